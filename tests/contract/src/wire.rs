//! The wire between the SDK and the emulator: it notes what is called, and can lose an answer on its way back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use serde_json::Value;

#[derive(Debug, Default)]
struct Notes {
    calls: Vec<(String, Value)>,
    lose: Option<(&'static str, usize)>,
}

/// One end of the wire. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<Mutex<Notes>>);

impl Wire {
    pub fn client(&self) -> SharedHttpClient {
        let (wire, plain) = (self.clone(), Builder::new().build_http());
        http_client_fn(move |settings, components| {
            let plain = plain.http_connector(settings, components);
            SharedHttpConnector::new(Tap { wire: wire.clone(), plain })
        })
    }

    /// The next so many answers to this operation are lost; it takes effect all the same.
    pub fn lose(&self, operation: &'static str, answers: usize) {
        self.notes().lose = Some((operation, answers));
    }

    /// Whether a planned loss has not struck.
    pub fn is_losing(&self) -> bool {
        self.notes().lose.is_some()
    }

    /// The operations since the last look, each try of them.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.notes().calls).into_iter().map(|(operation, _)| operation).collect()
    }

    /// What was asked in this operation since the last look, in each try of it.
    pub fn take_requests(&self, operation: &str) -> Vec<Value> {
        let calls = std::mem::take(&mut self.notes().calls);
        calls.into_iter().filter(|(called, _)| called == operation).map(|(_, asked)| asked).collect()
    }

    fn loses(&self, operation: &str) -> bool {
        let mut notes = self.notes();
        match notes.lose {
            Some((planned, left)) if planned == operation => {
                notes.lose = left.checked_sub(1).filter(|left| *left > 0).map(|left| (planned, left));
                true
            }
            Some(_) | None => false,
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Tap {
    wire: Wire,
    plain: SharedHttpConnector,
}

impl HttpConnector for Tap {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or(request.uri());
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let (wire, plain) = (self.wire.clone(), self.plain.clone());
        let asked = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        wire.notes().calls.push((operation.clone(), asked));
        HttpConnectorFuture::new(async move {
            let answer = plain.call(request).await?;
            if answer.status().is_success() && wire.loses(&operation) {
                return Err(ConnectorError::io("the answer got lost".into()));
            }
            Ok(answer)
        })
    }
}
