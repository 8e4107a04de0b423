//! Starts a function, then answers its events one after the other. No work continues after an answer, because Lambda freezes
//! the process.

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use till_app::ports::Clock as _;
use tracing::Instrument as _;

use crate::clock::SystemClock;
use crate::deadline::Deadline;
use crate::http::{self, BadEvent, Request, Response};
use crate::logs;
use crate::messages::Language;
use crate::problem::Problem;
use crate::settings::Environment;

pub type StartError = lambda_runtime::Error;

/// Reads the environment, starts the function, and serves until Lambda ends the process. An error at start is logged.
pub fn run(start: impl AsyncFnOnce(Environment) -> Result<(), StartError>) -> ExitCode {
    let environment = Environment::of_process();
    logs::begin(&environment);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(StartError::from).and_then(|runtime| runtime.block_on(start(environment))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the function cannot start");
            ExitCode::FAILURE
        }
    }
}

/// Serves HTTP requests, each within `budget`.
pub async fn http(budget: Duration, handle: impl AsyncFn(Request, Deadline) -> Response) -> Result<(), StartError> {
    let handle = &handle;
    events(budget, async move |event: Box<RawValue>, deadline| {
        http::written(respond(event.get(), async |request| handle(request, deadline).await).await)
    })
    .await
}

/// An event that is not a request is answered too: a failed invocation would show internal details.
async fn respond(event: &str, handle: impl AsyncFnOnce(Request) -> Response) -> Response {
    match http::read(event) {
        Ok(request) => handle(request).await,
        Err(BadEvent) => Problem::new(400, "invalid_json").answer(Language::Chinese, ""),
    }
}

/// Serves events of any kind, each within `budget`.
pub async fn events<E: DeserializeOwned, A: Serialize>(
    budget: Duration,
    handle: impl AsyncFn(E, Deadline) -> A,
) -> Result<(), StartError> {
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<E>| async move {
        let LambdaEvent { payload, context } = event;
        let deadline = Deadline::after(budget, left(context.deadline), SystemClock.now(), Instant::now());
        let span = tracing::info_span!("invocation", invocation = context.request_id);
        // Boxed, because the nested futures of a whole function are too deep for the compiler.
        Ok::<A, StartError>(Box::pin(handle(payload, deadline)).instrument(span).await)
    }))
    .await
}

/// The time until Lambda ends this invocation. `deadline` is in milliseconds since 1970, or 0 if a local emulator sends
/// none: then only our own budget applies.
fn left(deadline: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if deadline == 0 { Duration::MAX } else { Duration::from_millis(deadline).saturating_sub(now) }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::http::ReadResponse as _;

    #[test]
    fn event_that_is_not_a_request_is_answered_with_a_problem() {
        let event = |path: &str, value: &str, body: &str| {
            format!(
                r#"{{"rawPath":"{path}","headers":{{"x":"{value}"}},"body":"{body}","isBase64Encoded":true,
                "requestContext":{{"http":{{"method":"POST"}}}}}}"#
            )
        };
        let answer =
            |event: &str| respond(event, async |_| http::json(200, &serde_json::json!({}))).now_or_never().unwrap();
        assert_eq!(answer(&event("/a", "1", "YQ==")).code(), 200);
        for (what, event) in [
            ("bad base64", event("/a", "1", "{")),
            ("no URI", event("/a b", "1", "")),
            ("a header that is no text", event("/a", "\\u0000", "")),
            ("another kind", r#"{"Records":[]}"#.to_owned()),
        ] {
            let response = answer(&event);
            let body =
                r#"{"code":400,"error":"invalid_json","msg":"请求内容不是有效的 JSON","request_id":"","data":null}"#;
            assert_eq!((response.code(), response.text()), (400, body), "{what}");
        }
    }
}
