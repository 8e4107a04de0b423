//! HTTP with providers. One connector is shared; every call has a time limit and a limit for the body,
//! and redirects are not followed.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};

use crate::error::NoAnswer;
use crate::http::{Headers, MOST_BODY_BYTES, Request, Response, Verb};

/// Time limit for opening a connection.
const LONGEST_CONNECT: Duration = Duration::from_secs(3);

/// A connection that was idle for longer is not reused: a function sleeps between invocations, and the provider
/// may have closed it meanwhile, which would look like a call that may have taken effect.
const LONGEST_IDLE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
pub struct Transport(Client);

#[derive(Debug, thiserror::Error)]
#[error("cannot set up HTTP towards the providers")]
pub struct NoTransport(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Transport {
    /// Trusts the public root certificates of the web.
    pub fn new() -> Result<Self, NoTransport> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| NoTransport(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(LONGEST_CONNECT)
            .pool_idle_timeout(LONGEST_IDLE)
            .redirect(Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| NoTransport(error.into()))?;
        Ok(Self(client))
    }

    /// Sends a request and waits for the whole answer, for at most `within`.
    pub async fn send(&self, request: &Request, within: Duration) -> Result<Response, NoAnswer> {
        let method = match request.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
        };
        let mut sending = self.0.request(method, format!("{}{}", request.base, request.target)).timeout(within);
        for (name, value) in &request.headers {
            sending = sending.header(*name, value);
        }
        if !request.body.is_empty() {
            sending = sending.body(request.body.clone());
        }
        let mut answer = sending.send().await.map_err(|error| why(&error))?;
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let (status, headers) = (answer.status().as_u16(), Headers::new(headers));
        let mut response = Response { status, headers, body: Vec::new() };
        while let Some(chunk) = answer.chunk().await.map_err(|error| why(&error))? {
            if response.body.len().saturating_add(chunk.len()) > MOST_BODY_BYTES {
                return Err(NoAnswer::TooLarge);
            }
            response.body.extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

fn why(error: &reqwest::Error) -> NoAnswer {
    if error.is_connect() || error.is_builder() {
        NoAnswer::Unreachable
    } else if error.is_timeout() {
        NoAnswer::TimedOut
    } else {
        NoAnswer::Broken
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
        runtime.block_on(async { Transport::new().unwrap().send(&request, within).await })
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
