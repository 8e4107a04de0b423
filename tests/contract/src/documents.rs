//! Public documents: fetched whole, up to a size limit.

pub mod emulator;

use till_app::ports::{FetchDocument, Unavailable};
use till_journeys::{Outcome, ensure, same};

use crate::case::{Case, Implementation, cases};

const MOST_BYTES: usize = 256 * 1_024;

/// Both ends of documents.
pub trait Documents: Implementation {
    type Ports: FetchDocument;

    fn ports(&self) -> &Self::Ports;

    /// Publishes a document and gives its address.
    async fn publish(&self, document: Vec<u8>) -> Outcome<String>;

    /// An address without a document.
    async fn nowhere(&self) -> Outcome<String>;
}

pub fn all<W: Documents>() -> Vec<Case> {
    cases!(W, "documents":
        document_is_fetched_whole,
        document_over_the_size_limit_is_refused,
        missing_document_is_an_error,
    )
}

async fn document_is_fetched_whole(documents: &impl Documents) -> Outcome {
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    for document in [br#"{"keys":[]}"#.to_vec(), Vec::new(), bytes, vec![b'a'; MOST_BYTES]] {
        let url = documents.publish(document.clone()).await?;
        for _ in 0..2 {
            let fetched = documents.ports().fetch_document(&url).await;
            ensure(fetched.as_ref() == Ok(&document), || {
                format!("{} bytes were published, and {:?} fetched", document.len(), fetched.map(|got| got.len()))
            })?;
        }
    }
    Ok(())
}

async fn document_over_the_size_limit_is_refused(documents: &impl Documents) -> Outcome {
    let url = documents.publish(vec![b'a'; MOST_BYTES + 1]).await?;
    let fetched = documents.ports().fetch_document(&url).await.map(|got| got.len());
    same("what was fetched of a document over the limit", &fetched, &Err(Unavailable))
}

async fn missing_document_is_an_error(documents: &impl Documents) -> Outcome {
    let url = documents.nowhere().await?;
    same("what was fetched", &documents.ports().fetch_document(&url).await, &Err(Unavailable))
}
