//! HTTP with providers. Every call has a time limit and a limit for the body.

use std::path::Path;
use std::time::Duration;

use till_http::{Answer, BadBundle, Bytes, Client, Limits, Roots};
use tokio::time::timeout;

use crate::error::NoAnswer;
use crate::http::{Headers, MOST_BODY_BYTES, Request, Response, Verb};

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(3),
    // A function sleeps between invocations, and the provider may have closed a connection meanwhile, which would look like a
    // call that may have taken effect.
    idle: Duration::from_secs(20),
};

#[derive(Clone, Debug)]
pub struct Transport(Client);

impl Transport {
    /// Trusts the root certificates of the web, or those of a file alone, such as that of a provider that is played here.
    pub fn new(bundle: Option<&Path>) -> Result<Self, BadBundle> {
        let roots = Roots::in_bundle_or(bundle, Roots::of_the_web)?;
        Ok(Self(Client::new(roots, LIMITS)))
    }

    /// Sends a request and waits for the whole answer, for at most `within`.
    pub async fn send(&self, request: &Request, within: Duration) -> Result<Response, NoAnswer> {
        timeout(within, self.exchange(request)).await.unwrap_or(Err(NoAnswer::TimedOut))
    }

    async fn exchange(&self, request: &Request) -> Result<Response, NoAnswer> {
        let method = match request.verb {
            Verb::Get => http::Method::GET,
            Verb::Post => http::Method::POST,
        };
        let mut sending = http::Request::builder().method(method).uri(format!("{}{}", request.base, request.target));
        for (name, value) in &request.headers {
            sending = sending.header(*name, value);
        }
        let sending = sending.body(Bytes::copy_from_slice(&request.body)).map_err(|_| NoAnswer::Unreachable)?;
        read(self.0.send(sending).await.map_err(why)?).await
    }
}

async fn read(answer: Answer) -> Result<Response, NoAnswer> {
    let answer = answer.whole(MOST_BODY_BYTES).await.map_err(why)?.ok_or(NoAnswer::TooLarge)?;
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let (status, headers) = (answer.status().as_u16(), Headers::new(headers));
    Ok(Response { status, headers, body: answer.into_body() })
}

fn why(error: till_http::NoAnswer) -> NoAnswer {
    match error {
        till_http::NoAnswer::Unreachable => NoAnswer::Unreachable,
        till_http::NoAnswer::Broken => NoAnswer::Broken,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpListener};
    use std::thread;

    use super::*;

    /// A server for one connection: it reads a request's head and writes this answer, or stays silent without one.
    fn server(answer: Option<Vec<u8>>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).unwrap();
            match answer {
                // The client may have closed the connection already.
                Some(answer) => drop(stream.write_all(&answer)),
                // Waits until the client gives up.
                None => drop(stream.read(&mut head)),
            }
        });
        address
    }

    fn send(address: SocketAddr, within: Duration) -> Result<Response, NoAnswer> {
        let request = Request {
            verb: Verb::Post,
            base: format!("http://{address}"),
            target: "/v3/pay?x=1".to_owned(),
            headers: vec![("Accept", "application/json".to_owned())],
            body: b"{}".to_vec(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Transport::new(None).unwrap().send(&request, within).await })
    }

    fn answering(answer: &str) -> Result<Response, NoAnswer> {
        send(server(Some(answer.as_bytes().to_vec())), Duration::from_secs(10))
    }

    #[test]
    fn answer_is_returned_with_status_headers_and_body() {
        let response = answering("HTTP/1.1 404 Not Found\r\nRequest-ID: 7\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        assert_eq!((response.status, response.body.as_slice()), (404, b"{}".as_slice()));
        assert_eq!(response.headers.one("Request-ID"), Ok("7"));
    }

    #[test]
    fn redirect_is_not_followed() {
        let moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(answering(moved).unwrap().status, 302);
    }

    #[test]
    fn body_above_the_limit_is_an_error() {
        let mut answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        answer.resize(answer.len() + MOST_BODY_BYTES + 1, b'x');
        assert_eq!(send(server(Some(answer)), Duration::from_secs(10)), Err(NoAnswer::TooLarge));
    }

    #[test]
    fn each_missing_answer_has_its_reason() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(send(closed, Duration::from_secs(10)), Err(NoAnswer::Unreachable), "the port is closed");
        assert_eq!(send(server(None), Duration::from_millis(50)), Err(NoAnswer::TimedOut), "the server is silent");
        assert_eq!(answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), Err(NoAnswer::Broken), "it breaks off");
        assert_eq!(answering(""), Err(NoAnswer::Broken), "it hangs up");
    }
}
