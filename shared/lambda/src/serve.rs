//! Starts a function, then answers its events one after the other. No work continues after an answer, because Lambda freezes
//! the process.

use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use till_app::figures;
use till_app::ports::{Clock as _, ReadSecret};
use tracing::Instrument as _;

use crate::clock::SystemClock;
use crate::deadline::Deadline;
use crate::http::{self, ReadRequest as _, Request, Response};
use crate::logs;
use crate::messages::{Language, accepted_language};
use crate::problem::Problem;
use crate::settings::Environment;
use crate::trusted_proxy::TrustedProxy;

pub type StartError = lambda_runtime::Error;

/// When this process began.
static BEGUN: OnceLock<Instant> = OnceLock::new();

/// Reads the environment, starts the function, and serves until Lambda ends the process. An error at start is logged.
pub fn run(start: impl AsyncFnOnce(Environment) -> Result<(), StartError>) -> ExitCode {
    BEGUN.get_or_init(Instant::now);
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

/// Serves HTTP requests, each within `budget`. Where a proxy is trusted, only those that came through it.
pub async fn http(
    environment: &Environment,
    secrets: &impl ReadSecret,
    budget: Duration,
    handle: impl AsyncFn(Request, Deadline) -> Response,
) -> Result<(), StartError> {
    let (handle, proxy) = (&handle, &TrustedProxy::read(environment)?);
    events(budget, async move |event: Box<RawValue>, deadline| {
        let answer = async |request| handle(request, deadline).await;
        http::written(respond(event.get(), proxy, secrets, answer).await)
    })
    .await
}

/// How long an invocation may take.
#[derive(Clone, Copy, Debug)]
pub struct Budgets {
    pub request: Duration,
    pub schedule: Duration,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Reply<R, A> {
    Request(R),
    Schedule(A),
}

/// Serves HTTP requests as [`http()`] does, and the events of a schedule, whose content is not read. An error of `scheduled` fails the
/// invocation.
pub async fn http_and_schedule<A: Serialize, E: Into<StartError>>(
    environment: &Environment,
    secrets: &impl ReadSecret,
    budgets: Budgets,
    handle: impl AsyncFn(Request, Deadline) -> Response,
    scheduled: impl AsyncFn(Deadline) -> Result<A, E>,
) -> Result<(), StartError> {
    let (handle, scheduled, proxy) = (&handle, &scheduled, &TrustedProxy::read(environment)?);
    #[expect(clippy::borrowed_box, reason = "the event is read as a box, and only looked at here")]
    let budget = |event: &Box<RawValue>| if is_of_schedule(event.get()) { budgets.schedule } else { budgets.request };
    invocations(budget, async move |event: Box<RawValue>, deadline| {
        if is_of_schedule(event.get()) {
            return scheduled(deadline).await.map(Reply::Schedule).map_err(Into::<StartError>::into);
        }
        let answer = async |request| handle(request, deadline).await;
        Ok(Reply::Request(http::written(respond(event.get(), proxy, secrets, answer).await)))
    })
    .await
}

/// No client can send such an event: its request would be within one of the gateway.
fn is_of_schedule(event: &str) -> bool {
    #[derive(Deserialize)]
    struct Event {
        source: Option<String>,
        #[serde(rename = "detail-type")]
        detail_type: Option<String>,
    }
    serde_json::from_str::<Event>(event).is_ok_and(|event| {
        event.source.as_deref() == Some("aws.events") && event.detail_type.as_deref() == Some("Scheduled Event")
    })
}

/// An event that is not a request is answered too: a failed invocation would show internal details.
async fn respond(
    event: &str,
    proxy: &TrustedProxy,
    secrets: &impl ReadSecret,
    handle: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let Ok(mut request) = http::read(event) else {
        return Problem::new(400, "invalid_json").answer(Language::Chinese, "");
    };
    match proxy.admit(secrets, &mut request).await {
        Ok(()) => handle(request).await,
        Err(problem) => {
            let (method, path, request_id) = (request.method().as_str(), request.uri().path(), request.request_id());
            let Problem { status, error, .. } = problem;
            tracing::info!(
                method,
                path,
                status,
                error,
                request_id,
                "refused: requests have to come through the trusted proxy"
            );
            let language = accepted_language(request.header("accept-language"));
            http::with(problem.answer(language, request_id), "x-request-id", request_id)
        }
    }
}

/// Serves events of any kind, each within `budget`.
pub async fn events<E: DeserializeOwned, A: Serialize>(
    budget: Duration,
    handle: impl AsyncFn(E, Deadline) -> A,
) -> Result<(), StartError> {
    let handle = &handle;
    invocations(|_: &E| budget, async move |event: E, deadline: Deadline| Ok(handle(event, deadline).await)).await
}

async fn invocations<E: DeserializeOwned, A: Serialize>(
    budget: impl Fn(&E) -> Duration,
    handle: impl AsyncFn(E, Deadline) -> Result<A, StartError>,
) -> Result<(), StartError> {
    let started = BEGUN.get().map_or(Duration::ZERO, Instant::elapsed);
    figures::started(u64::try_from(started.as_millis()).unwrap_or(u64::MAX));
    let (budget, handle) = (&budget, &handle);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<E>| async move {
        let LambdaEvent { payload, context } = event;
        let deadline = Deadline::after(budget(&payload), left(context.deadline), SystemClock.now(), Instant::now());
        let span = tracing::info_span!("invocation", invocation = context.request_id);
        // Boxed, because the nested futures of a whole function are too deep for the compiler.
        Box::pin(handle(payload, deadline)).instrument(span).await
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

    use till_app::ports::{Secret, Unavailable};

    use super::*;
    use crate::http::ReadResponse as _;

    /// A stage whose secrets cannot be read.
    struct NoSecrets;

    impl ReadSecret for NoSecrets {
        async fn read_secret(&self, _: &str) -> Result<Option<Secret>, Unavailable> {
            Err(Unavailable)
        }

        async fn refresh_secret(&self, _: &str) -> Result<Option<Secret>, Unavailable> {
            Err(Unavailable)
        }
    }

    fn answer(set: &[(&str, &str)], event: &str) -> Response {
        let proxy = TrustedProxy::read(&set.iter().copied().collect()).unwrap();
        let handle = async |_| http::json(200, &serde_json::json!({}));
        respond(event, &proxy, &NoSecrets, handle).now_or_never().unwrap()
    }

    #[test]
    fn event_that_is_not_a_request_is_answered_with_a_problem() {
        let event = |path: &str, value: &str, body: &str| {
            format!(
                r#"{{"rawPath":"{path}","headers":{{"x":"{value}"}},"body":"{body}","isBase64Encoded":true,
                "requestContext":{{"http":{{"method":"POST"}}}}}}"#
            )
        };
        assert_eq!(answer(&[], &event("/a", "1", "YQ==")).code(), 200);
        for (what, event) in [
            ("bad base64", event("/a", "1", "{")),
            ("no URI", event("/a b", "1", "")),
            ("a header that is no text", event("/a", "\\u0000", "")),
            ("another kind", r#"{"Records":[]}"#.to_owned()),
        ] {
            let response = answer(&[], &event);
            let body =
                r#"{"code":400,"error":"invalid_json","msg":"请求内容不是有效的 JSON","request_id":"","data":null}"#;
            assert_eq!((response.code(), response.text()), (400, body), "{what}");
        }
    }

    #[test]
    fn event_of_a_schedule_is_told_from_a_request() {
        let schedule = include_str!("../../../events/sweep-orders.schedule.json");
        assert!(is_of_schedule(schedule));
        for event in [
            include_str!("../../../events/order-status.orders.json"),
            r#"{"body":"{\"source\":\"aws.events\",\"detail-type\":\"Scheduled Event\"}"}"#,
            r#"{"source":"aws.events"}"#,
            r#"{"source":"mine","detail-type":"Scheduled Event"}"#,
            "[]",
            "null",
        ] {
            assert!(!is_of_schedule(event), "{event}");
        }
    }

    #[test]
    fn request_is_not_handled_unless_the_trusted_proxy_is_known() {
        let event = r#"{"rawPath":"/a","headers":{"x-till-proxy":"secret","accept-language":"en"},
            "requestContext":{"requestId":"r1","http":{"method":"POST"}}}"#;
        let response = answer(&[("TRUSTED_PROXY", "x-till-proxy")], event);
        assert_eq!((response.code(), response.header("x-request-id")), (503, Some("r1")));
        assert!(response.text().contains(r#""error":"unavailable""#), "{}", response.text());
        assert_eq!(answer(&[], event).code(), 200);
    }
}
