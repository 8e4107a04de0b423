//! Public documents over HTTPS, such as the keys that verify users' tokens. Addresses come from the configuration; redirects are
//! not followed, and a document has a size limit.

use std::time::Duration;

use till_app::ports::{FetchDocument, Unavailable};
use till_http::{Bytes, Client};

use crate::aws::Aws;
use crate::clients::web_client;

/// A set of keys usually has a few KiB.
const MOST_BODY_BYTES: usize = 256 * 1_024;
const TIME_BUDGET: Duration = Duration::from_secs(2);

impl FetchDocument for Aws {
    async fn fetch_document(&self, url: &str) -> Result<Vec<u8>, Unavailable> {
        let is_local = self.settings.endpoint_url.is_some();
        if !(url.starts_with("https://") || (is_local && url.starts_with("http://"))) {
            tracing::error!("the address of a document must begin with https://");
            return Err(Unavailable);
        }
        let client = self.cache.documents.get_or_init(web_client);
        let fetched = tokio::time::timeout(TIME_BUDGET, fetch(client, url)).await;
        fetched.unwrap_or(Err("it took more than two seconds")).map_err(|why| {
            tracing::warn!(url, why, "a document could not be fetched");
            Unavailable
        })
    }
}

async fn fetch(client: &Client, url: &str) -> Result<Vec<u8>, &'static str> {
    let request = http::Request::get(url).header("accept", "application/json").body(Bytes::new());
    let answer = client.send(request.map_err(|_| "the address is invalid")?).await.map_err(|_| "no answer came")?;
    if answer.status() != 200 {
        return Err("the answer was not 200");
    }
    let answer = answer.whole(MOST_BODY_BYTES).await.map_err(|_| "the answer broke off")?;
    answer.map(http::Response::into_body).ok_or("it is larger than 256 KiB")
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;
    use crate::test_aws::TestAws;

    /// Starts a server that gives one answer, and returns its address.
    fn serving(answer: Vec<u8>) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0_u8; 4_096];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /keys HTTP/1.1\r\n"));
            // The connection stays open until the client closes it.
            let _ = stream.write_all(&answer);
            let _ = stream.read(&mut request);
        });
        url
    }

    fn answer(head: &str, body: &[u8]) -> Vec<u8> {
        [format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn document_is_fetched_up_to_its_size_limit() {
        let test = TestAws::new().await;
        let whole = vec![b'a'; MOST_BODY_BYTES];
        let url = serving(answer("200 OK", &whole));
        assert_eq!(test.aws.fetch_document(&url).await, Ok(whole));
        let url = serving(answer("200 OK", &vec![b'a'; MOST_BODY_BYTES + 1]));
        assert_eq!(test.aws.fetch_document(&url).await, Err(Unavailable));
    }

    #[tokio::test]
    async fn answer_other_than_200_is_an_error() {
        let test = TestAws::new().await;
        for head in ["404 Not Found", "500 Internal Server Error", "302 Found\r\nlocation: /elsewhere"] {
            let url = serving(answer(head, b"{}"));
            assert_eq!(test.aws.fetch_document(&url).await, Err(Unavailable), "{head}");
        }
    }

    #[tokio::test]
    async fn document_server_that_stalls_is_given_up() {
        let test = TestAws::new().await;
        let begun = std::time::Instant::now();
        let url = serving(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_vec());
        assert_eq!(test.aws.fetch_document(&url).await, Err(Unavailable));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn documents_on_aws_require_https() {
        let url = serving(answer("200 OK", b"{}"));
        let local = TestAws::new().await;
        let mut aws = local.aws;
        aws.settings.endpoint_url = None;
        assert_eq!(aws.fetch_document(&url).await, Err(Unavailable));
        for other in ["file:///etc/passwd", "ftp://127.0.0.1/", "", "keys"] {
            assert_eq!(aws.fetch_document(other).await, Err(Unavailable), "{other}");
        }
    }
}
