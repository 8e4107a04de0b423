//! The demo shop, the sandbox's first page: a visitor signs in as a demo user, buys through Till's API as any shop does, and
//! plays the provider beside it. The page's script uses the client for pages, `web/client`.

mod qr;
mod token;

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::action::Action;
use crate::books::Trade;
use crate::fault::Fault;
use crate::http::{Request, Response};
use crate::page::escape;
use crate::ports::{Ports, StoreError};
use crate::random;
use crate::sandbox::Sandbox;

const PAGE: &str = include_str!("shop/shop.html");
/// The stylesheet of all pages, and what the shop adds.
const STYLE: &str = concat!(include_str!("page.css"), include_str!("shop/shop.css"));
const SCRIPT: &str = include_str!("shop/shop.js");
const CLIENT: &str = include_str!("../../web/client/dist/till.js");

/// Till numbers the attempts of an order so.
const MOST_ATTEMPTS: u32 = 10;
/// What the shop offers beside a payment; the page of the trade has everything.
const ACTIONS: [Action; 6] =
    [Action::Pay, Action::Fail, Action::Process, Action::PayLate, Action::PayAgain, Action::PayWrongAmount];
/// A text that no QR code can hold is refused.
const MOST_QR_BYTES: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DemoUser {
    Ming,
    Sofia,
    /// A user whom nobody was before.
    Guest,
    Team,
}

#[derive(Deserialize)]
struct SignIn {
    user: DemoUser,
}

impl DemoUser {
    /// The user's id and role.
    fn id(self) -> (String, Option<&'static str>) {
        match self {
            Self::Ming => ("demo-ming".to_owned(), None),
            Self::Sofia => ("demo-sofia".to_owned(), None),
            Self::Guest => (format!("demo-guest-{}", random::letters(10)), None),
            Self::Team => ("demo-team".to_owned(), Some("admin")),
        }
    }
}

pub fn page<P: Ports>(sandbox: &Sandbox<P>) -> Response {
    let config = &sandbox.config;
    let api = api_address(&config.api_url, &config.public_url);
    let api_origin = if api.starts_with('/') { "" } else { origin(api) };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {api_origin} ws: wss:; \
         form-action 'self'; base-uri 'self'; frame-ancestors 'none'"
    );
    // Links hold without the slash at the end of the address, too.
    let base = format!("{}/", config.prefix());
    let page = Response::page(200, PAGE.replace("{{api}}", &escape(api)).replace("{{base}}", &escape(&base)));
    plain(page).with("Content-Security-Policy", policy).with("Referrer-Policy", "no-referrer")
}

pub fn file(name: &str) -> Option<Response> {
    let (kind, text) = match name {
        "shop.css" => ("text/css; charset=utf-8", STYLE),
        "shop.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "till.js" => ("text/javascript; charset=utf-8", CLIENT),
        _ => return None,
    };
    Some(plain(Response::new(200, kind, text)))
}

/// `?text=` as a QR code, in SVG.
pub fn qr_code(request: &Request) -> Response {
    let text = request.parameter("text").filter(|text| !text.is_empty() && text.len() <= MOST_QR_BYTES);
    match text.as_deref().and_then(qr::svg) {
        Some(svg) => plain(Response::new(200, "image/svg+xml", svg)),
        None => error(400, "bad_text", "text is 1 to 1024 bytes"),
    }
}

/// A bearer token of a demo user. Only a stage of play money has this function, and only its users are signed in.
pub async fn sign_in<P: Ports>(sandbox: &Sandbox<P>, request: &Request) -> Result<Response, StoreError> {
    let Ok(SignIn { user }) = serde_json::from_slice(&request.body) else {
        return Ok(error(400, "no_such_user", "user is ming, sofia, guest or team"));
    };
    let Some(key) = sandbox.ports.bearer_key().await? else {
        return Ok(error(404, "no_shop", "this sandbox stands alone, without Till's API"));
    };
    let (id, role) = user.id();
    let token = token::signed(&id, role, &key, sandbox.ports.now());
    let answer = json!({ "user": id, "token": token, "expires_in": token::LIVES_SECONDS });
    Ok(plain(Response::json(200, &answer)))
}

/// The newest trade of an order, and what can happen to it.
pub async fn newest_trade<P: Ports>(sandbox: &Sandbox<P>, order_no: &str) -> Result<Response, StoreError> {
    let names = (1..=MOST_ATTEMPTS).map(|nth| match nth {
        1 => format!("tester/{order_no}"),
        nth => format!("tester/{order_no}_{nth}"),
    });
    let found = try_join_all(names.map(async |name| sandbox.named(&name).await)).await?;
    let Some(trade) = found.into_iter().flatten().next_back() else {
        return Ok(error(404, "no_such_trade", "there is no trade of this order"));
    };
    Ok(plain(Response::json(200, &offered(&trade, sandbox.ports.now()))))
}

fn offered(trade: &Trade, now: i64) -> Value {
    let actions = ACTIONS.into_iter().filter(|action| action.exists_at(trade.provider));
    let actions: Vec<Value> = actions
        .map(|action| json!({ "word": action.word(), "label": action.label(), "can": action.can(trade, now) }))
        .collect();
    json!({
        "payment_no": trade.payment_no,
        "state": trade.state,
        "actions": actions,
        "loses_callback": trade.armed.contains(&Fault::LoseCallback),
    })
}

/// The API as the page calls it. At an emulator the sandbox and the API have one origin, under whatever name the page was opened.
fn api_address<'a>(api_url: &'a str, public_url: &str) -> &'a str {
    let api_origin = origin(api_url);
    if api_origin == origin(public_url) { api_url.strip_prefix(api_origin).unwrap_or(api_url) } else { api_url }
}

fn origin(url: &str) -> &str {
    let begin = url.find("://").map_or(0, |at| at.saturating_add(3));
    let end = url.get(begin..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| begin.saturating_add(at));
    url.get(..end).unwrap_or(url)
}

fn plain(response: Response) -> Response {
    response.with("Cache-Control", "no-store").with("X-Content-Type-Options", "nosniff")
}

fn error(status: u16, word: &str, msg: &str) -> Response {
    Response::json(status, &json!({ "error": word, "msg": msg }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_of_the_same_origin_is_called_by_its_path() {
        for (api, sandbox, called) in [
            (
                "http://127.0.0.1:4790/_aws/execute-api/aa",
                "http://127.0.0.1:4790/_aws/execute-api/cc",
                "/_aws/execute-api/aa",
            ),
            ("https://pay.example/v", "https://sandbox.example", "https://pay.example/v"),
            ("https://aa.example", "https://cc.example", "https://aa.example"),
            ("", "https://cc.example", ""),
        ] {
            assert_eq!(api_address(api, sandbox), called, "{api}");
        }
    }
}
