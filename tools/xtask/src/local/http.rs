//! As much of HTTP/1.1 as it takes to talk to a server on this machine: one request a connection, whole bodies. It goes
//! nowhere else.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Connecting to this machine takes no time, or nobody listens.
const CONNECT: Duration = Duration::from_secs(2);
/// A stack is made within one call.
const MOST_TO_ANSWER: Duration = Duration::from_mins(2);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Its body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a request to a port of this machine, and waits for the answer.
pub(crate) fn send(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, String> {
    let told = |error: std::io::Error| format!("127.0.0.1:{port}: {error}");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, CONNECT).map_err(told)?;
    stream.set_read_timeout(Some(MOST_TO_ANSWER)).and_then(|()| stream.set_nodelay(true)).map_err(told)?;
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    let mut answer = Vec::new();
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body))
        .and_then(|()| stream.read_to_end(&mut answer))
        .map_err(told)?;
    parse(&answer)
        .ok_or_else(|| format!("127.0.0.1:{port}: {method} {path} was answered with something else than HTTP"))
}

/// Reads an answer that ends with its connection.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let rest = bytes.get(end.checked_add(4)?..)?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let header = |name: &str| {
        let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let is_chunked = header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let length: Option<usize> = header("content-length").and_then(|length| length.parse().ok());
    let body = match length {
        _ if is_chunked => joined(rest)?,
        Some(length) => rest.get(..length)?.to_vec(),
        None => rest.to_vec(),
    };
    Some(Answer { status, body })
}

/// The chunks of a body, without what is between them.
fn joined(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..line)?).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        let start = line.checked_add(2)?;
        let end = start.checked_add(size)?;
        body.extend_from_slice(rest.get(start..end)?);
        if size == 0 {
            return Some(body);
        }
        rest = rest.get(end.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn a_request_arrives_and_its_answer_comes_back() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a port");
        let port = listener.local_addr().expect("it listens").port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("somebody comes");
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).expect("it speaks");
            request.truncate(length);
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nnoleft over").expect("it listens");
            String::from_utf8(request).expect("it is text")
        });
        let answer = send(port, "PUT", "/a?b", &[("x-a", "1")], b"").expect("it answers");
        assert_eq!(answer, Answer { status: 404, body: b"no".to_vec() });
        let request = server.join().expect("it ended well");
        let host = format!("host: 127.0.0.1:{port}");
        assert_eq!(
            request.lines().collect::<Vec<_>>(),
            ["PUT /a?b HTTP/1.1", host.as_str(), "connection: close", "x-a: 1", "content-length: 0", ""]
        );
        assert!(send(port, "GET", "/", &[], b"").is_err(), "nobody listens any more");
    }

    #[test]
    fn bodies_are_read_whole_or_not_at_all() {
        let body = |text: &str| parse(text.as_bytes()).map(|answer| answer.text());
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(
            body(&format!("{chunked}3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n")).as_deref(),
            Some("abc0123456789")
        );
        assert_eq!(body(&format!("{chunked}3\r\nab")), None);
        assert_eq!(body("HTTP/1.1 200 OK\r\n\r\nto the end").as_deref(), Some("to the end"));
        assert_eq!(body("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"), None);
        assert_eq!(body("hello"), None);
    }
}
