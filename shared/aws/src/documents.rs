//! Public documents over HTTPS: the keys that tokens are verified with. Only addresses from the configuration are fetched; no
//! redirect is followed, and nothing is read beyond its limit.

use std::cell::OnceCell;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use till_app::ports::{FetchDocument, Unavailable};

use crate::aws::Aws;
use crate::clients::document_connector;

/// A set of keys has a few KiB.
const MOST_BODY_BYTES: usize = 256 * 1_024;
const WHOLE: Duration = Duration::from_secs(2);

/// The connector, made when a first document is fetched: most functions never do.
#[derive(Default)]
pub struct Documents(OnceCell<SharedHttpConnector>);

impl FetchDocument for Aws {
    async fn fetch_document(&self, url: &str) -> Result<Vec<u8>, Unavailable> {
        let is_local = self.settings.endpoint_url.is_some();
        if !(url.starts_with("https://") || (is_local && url.starts_with("http://"))) {
            tracing::error!("a document's address does not begin with https://");
            return Err(Unavailable);
        }
        let connector = self.documents.0.get_or_init(document_connector);
        let fetched = tokio::time::timeout(WHOLE, fetch(connector, url)).await;
        fetched.unwrap_or(Err("it took more than two seconds")).map_err(|why| {
            tracing::warn!(url, why, "a document could not be fetched");
            Unavailable
        })
    }
}

async fn fetch(connector: &SharedHttpConnector, url: &str) -> Result<Vec<u8>, &'static str> {
    let mut request = HttpRequest::get(url).map_err(|_| "its address is not one")?;
    request.headers_mut().insert("accept", "application/json");
    let answer = connector.call(request).await.map_err(|_| "no answer came")?;
    if answer.status().as_u16() != 200 {
        return Err("the answer was not 200");
    }
    let too_large = "it is larger than 256 KiB";
    let mut body = ByteStream::new(answer.into_body());
    let mut read = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| "the answer broke off")?;
        if read.len().saturating_add(piece.len()) > MOST_BODY_BYTES {
            return Err(too_large);
        }
        read.extend_from_slice(&piece);
    }
    Ok(read)
}
