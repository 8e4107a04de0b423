//! An HTTP client for servers on this machine: each request has a connection of its own.

use std::net::Ipv4Addr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The emulator creates a whole stack within one call, and a function may take half a minute.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(2);

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a request to a port of this machine and waits for the whole answer.
pub(crate) fn send(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, String> {
    let request = Request::builder().method(method).uri(path).header("host", format!("127.0.0.1:{port}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let call = async {
        let response = exchange(port, request.body(Full::from(body.to_vec()))?).await?;
        let status = response.status().as_u16();
        Ok(Answer { status, body: response.into_body().collect().await?.to_bytes().to_vec() })
    };
    block_on(call).map_err(|error| format!("{method} http://127.0.0.1:{port}{path}: {error}"))
}

/// Sends a request and returns the answer as soon as its head is there.
pub(crate) async fn exchange(port: u16, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Error> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) =
        http1::Builder::new().preserve_header_case(true).handshake(TokioIo::new(stream)).await?;
    // An error of the connection is reported by the request or by the body of the answer.
    tokio::spawn(connection.with_upgrades());
    Ok(timeout(ANSWER_TIMEOUT, sender.send_request(request)).await??)
}

pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    /// A server that answers one request with this text and then closes the connection; the thread returns the request.
    fn server(answer: &'static str) -> (u16, JoinHandle<String>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("the listener has an address").port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client connects");
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).expect("the client sends a request");
            request.truncate(length);
            stream.write_all(answer.as_bytes()).expect("the client reads");
            String::from_utf8(request).expect("the request is text")
        });
        (port, server)
    }

    #[test]
    fn request_arrives_and_answer_is_returned() {
        let (port, server) = server("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nnoleft over");
        let answer = send(port, "PUT", "/a?b", &[("x-a", "1")], b"").expect("the server answers");
        assert_eq!(answer, Answer { status: 404, body: b"no".to_vec() });
        let request = server.join().expect("the server ended without a panic");
        let host = format!("host: 127.0.0.1:{port}");
        let expected = ["PUT /a?b HTTP/1.1", host.as_str(), "x-a: 1", ""];
        assert_eq!(request.lines().collect::<Vec<_>>(), expected);
        assert!(send(port, "GET", "/", &[], b"").is_err(), "no server listens any more");
    }

    #[test]
    fn body_is_read_whole_or_the_call_fails() {
        for (answer, body) in [
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
                Some("abc0123456789"),
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", None),
            ("HTTP/1.1 200 OK\r\n\r\nto the end", Some("to the end")),
            ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", None),
            ("hello", None),
        ] {
            let read = send(server(answer).0, "GET", "/", &[], b"").map(|answer| answer.text());
            assert_eq!(read.as_deref().ok(), body, "{read:?}");
        }
    }
}
