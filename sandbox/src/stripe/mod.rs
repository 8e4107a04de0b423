//! Stripe's side: authentication, idempotency, and the dispatch of calls. Subscriptions, customers and connected
//! accounts are not played.

pub mod callbacks;
mod calls;
mod checkout;
mod disputes;
mod error;
mod expand;
mod idempotency;
mod ids;
mod intents;
mod money;
mod objects;
mod pagination;
mod params;
mod refunds;
mod session_params;
mod sessions;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::config::StripeAccount;
use crate::http::{Request, Response, form};
use crate::ports::Ports;
use crate::random;
use crate::sandbox::Sandbox;
use callbacks::VERSION;
use calls::Call;
use error::Refused;
use idempotency::{Claim, StoredAnswer};
use params::Params;

const MAX_ID_CHARACTERS: usize = 100;

pub async fn answer<P: Ports>(sandbox: &Sandbox<P>, request: &Request) -> Response {
    let request_id = format!("req_{}", random::letters(14));
    let version = request.header("stripe-version").unwrap_or(VERSION).to_owned();
    let answered = if is_version(&version) {
        answer_once(sandbox, request, &request_id).await
    } else {
        Err(Refused::request(400, "Invalid Stripe API version."))
    };
    let response = answered.unwrap_or_else(|refused| refused.response()).with("Request-Id", request_id);
    response.with("Stripe-Version", if is_version(&version) { version } else { VERSION.to_owned() })
}

/// Authenticates the caller, and runs each idempotency key once.
async fn answer_once<P: Ports>(sandbox: &Sandbox<P>, request: &Request, request_id: &str) -> Result<Response, Refused> {
    let account = account(&sandbox.config.stripe, request)?;
    let params = parameters(request)?;
    let key = request.header("idempotency-key").filter(|_| request.method == "POST");
    if key.is_some_and(|key| key.is_empty() || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte))) {
        let message = "Idempotency keys must be non-empty and consist of printable ASCII characters.";
        return Err(Refused::other_use(message));
    }
    let (ports, fingerprint) = (&sandbox.ports, params.fingerprint());
    let reservation = match key {
        None => None,
        Some(key) => match idempotency::claim(ports, &account.name, key, &request.path, &fingerprint).await? {
            Claim::Started(reservation) => Some(reservation),
            Claim::Replay(answer) => {
                let response = Response::new(answer.status, "application/json; charset=utf-8", answer.body);
                let response = response.with("Idempotency-Key", key).with("Original-Request", answer.request);
                return Ok(response.with("Idempotent-Replayed", "true"));
            }
        },
    };
    let (request_id, key) = (request_id.to_owned(), key.map(str::to_owned));
    let mut call = Call { sandbox, account, request: request_id.clone(), key: key.clone(), params, is_late: false };
    let done = dispatch(&mut call, request).await;
    let (status, is_stored) = done.as_ref().map_or_else(|refused| (refused.status, refused.is_stored), |_| (200, true));
    let response = Response::json(status, &done.unwrap_or_else(|refused| refused.body()));
    match reservation {
        Some(reservation) if is_stored => {
            let body = String::from_utf8_lossy(&response.body).into_owned();
            reservation.store(ports, StoredAnswer { status, body, request: request_id.clone() }).await?;
        }
        Some(reservation) => reservation.release(ports).await?,
        None => {}
    }
    // The answer is stored before the delay, so that a repeated request gets it.
    if call.is_late {
        sandbox.delay_answer().await;
    }
    Ok(match key {
        Some(key) => response.with("Idempotency-Key", key).with("Original-Request", request_id),
        None => response,
    })
}

async fn dispatch<P: Ports>(call: &mut Call<'_, P>, request: &Request) -> Result<Value, Refused> {
    // Errors repeat an unknown id: no id is longer than this.
    let parts = request.parts().into_iter().map(|part| part.chars().take(MAX_ID_CHARACTERS).collect());
    let parts: Vec<String> = parts.collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match (request.method.as_str(), parts.get(1..).unwrap_or_default()) {
        ("POST", ["checkout", "sessions"]) => sessions::create(call).await,
        ("GET", ["checkout", "sessions"]) => sessions::list(call).await,
        ("GET", ["checkout", "sessions", id]) => sessions::retrieve(call, id).await,
        ("GET", ["checkout", "sessions", id, "line_items"]) => sessions::line_items(call, id).await,
        ("POST", ["checkout", "sessions", id, "expire"]) => sessions::expire(call, id).await,
        ("POST", ["payment_intents"]) => intents::create(call).await,
        ("GET", ["payment_intents", id]) => intents::retrieve(call, id).await,
        ("POST", ["payment_intents", id]) => intents::update(call, id).await,
        ("POST", ["payment_intents", id, "cancel"]) => intents::cancel(call, id).await,
        ("POST", ["refunds"]) => refunds::create(call).await,
        ("GET", ["refunds"]) => refunds::list(call).await,
        ("GET", ["refunds", id]) => refunds::retrieve(call, id).await,
        ("GET", ["charges", id]) => intents::charge(call, id).await,
        ("GET", ["disputes"]) => disputes::list(call).await,
        ("GET", ["disputes", id]) => disputes::retrieve(call, id).await,
        ("GET", ["account"]) => disputes::own_account(call).await,
        ("GET", ["balance"]) => refunds::balance(call).await,
        (method, _) => {
            let path: String = request.path.chars().take(200).collect();
            Err(Refused::request(404, format!("Unrecognized request URL ({method}: {path}).")))
        }
    }
}

/// The key comes as a bearer token, or as the user of basic authentication, as curl sends it.
fn account<'a>(accounts: &'a [StripeAccount], request: &Request) -> Result<&'a StripeAccount, Refused> {
    let absent = "You did not provide an API key. You need to provide your API key in the Authorization header, using \
                  Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
    let header = request.header("authorization").ok_or_else(|| Refused::request(401, absent))?;
    let (scheme, credential) = header.trim().split_once(' ').unwrap_or((header, ""));
    let key = if scheme.eq_ignore_ascii_case("bearer") {
        credential.trim().to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let decoded = BASE64_STANDARD.decode(credential.trim()).unwrap_or_default();
        let text = String::from_utf8(decoded).unwrap_or_default();
        text.split(':').next().unwrap_or_default().to_owned()
    } else {
        String::new()
    };
    if key.is_empty() {
        return Err(Refused::request(401, absent));
    }
    if let Some(account) = accounts.iter().find(|account| account.secret_key == key) {
        return Ok(account);
    }
    if accounts.iter().any(|account| account.publishable_key == key) {
        let message = "This API call cannot be made with a publishable API key. Please use a secret API key.";
        return Err(Refused { code: Some("secret_key_required"), ..Refused::request(403, message) });
    }
    // Stripe shows the end of the key here; the sandbox does not.
    Err(Refused::request(401, "Invalid API Key provided."))
}

/// In the query of `GET`, in the form of `POST`.
fn parameters(request: &Request) -> Result<Params, Refused> {
    if request.method != "POST" {
        return Params::parse(form(request.query.as_bytes()));
    }
    let kind = request.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if !request.body.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
        let message = "Invalid request (check that your POST content type is application/x-www-form-urlencoded).";
        return Err(Refused::request(400, message));
    }
    Params::parse(form(&request.body))
}

/// `2022-08-01`, or since 2024 with a name: `2025-09-30.clover`.
fn is_version(text: &str) -> bool {
    let (date, name) = text.split_once('.').map_or((text, None), |(date, name)| (date, Some(name)));
    let is_date = date.len() == 10
        && date
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    let is_name = |name: &str| (1..=30).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase());
    is_date && name.is_none_or(is_name)
}
