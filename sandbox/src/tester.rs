//! What testers call: the demo shop, actions and faults by `POST`, short forms under `/mock`, and the books. Browsers get
//! pages, other callers JSON; `docs/sandbox.md` lists the addresses.

use serde_json::json;

use crate::action::Action;
use crate::books::Trade;
use crate::fault::Fault;
use crate::http::{Request, Response, form};
use crate::listing::ALL_TRADES;
use crate::listing::Newest;
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::sandbox::Sandbox;
use crate::{page, provider, shop};

const MAX_LISTED: usize = 50;

pub async fn answer<P: Ports>(sandbox: &Sandbox<P>, request: &Request) -> Response {
    let method = request.method.as_str();
    let parts = request.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let answered = match (method, parts.as_slice()) {
        ("GET", []) => Ok(shop::page(sandbox)),
        ("GET", ["trades"]) => list(sandbox, request).await,
        ("GET", ["shop", "qr.svg"]) => Ok(shop::qr_code(request)),
        ("GET", ["shop", "trades", number]) => shop::newest_trade(sandbox, number).await,
        ("GET", ["shop", name]) => Ok(shop::file(name).unwrap_or_else(nothing)),
        ("POST", ["shop", "sign-in"]) => shop::sign_in(sandbox, request).await,
        ("GET", ["books"]) => books(sandbox, request).await,
        ("GET", ["trades" | "books", number]) => show(sandbox, request, number).await,
        ("POST", ["trades", number, "faults", word]) => match Fault::parse(word) {
            Some(fault) => arm(sandbox, request, number, fault).await,
            None => Ok(error(404, "no_such_fault", "there is no such fault")),
        },
        ("POST", ["trades", number, word]) => match Action::parse(word) {
            Some(action) => perform(sandbox, request, number, action).await,
            None => Ok(error(404, "no_such_act", "there is no such action")),
        },
        ("POST", ["faults", provider, word]) => arm_provider(sandbox, request, provider, word).await,
        ("GET" | "POST", ["mock", "success" | "simulate-payment", number]) => {
            perform(sandbox, request, number, Action::Pay).await
        }
        ("GET" | "POST", ["mock", "failure", number]) => perform(sandbox, request, number, Action::Fail).await,
        _ => Ok(nothing()),
    };
    answered.unwrap_or_else(|why| error(503, "unavailable", &why.to_string()))
}

type Answered = Result<Response, StoreError>;

async fn list<P: Ports>(sandbox: &Sandbox<P>, request: &Request) -> Answered {
    let Newest { trades, older } = newest(sandbox, request).await?;
    Ok(if request.wants_page() {
        Response::page(200, page::list(&trades, older.as_deref(), &request.root()))
    } else {
        Response::json(200, &trades)
    })
}

async fn books<P: Ports>(sandbox: &Sandbox<P>, request: &Request) -> Answered {
    let Newest { trades, older } = newest(sandbox, request).await?;
    Ok(Response::json(200, &json!({ "trades": trades, "older": older })))
}

async fn newest<P: Ports>(sandbox: &Sandbox<P>, request: &Request) -> Result<Newest, StoreError> {
    let before = request.parameter("before").filter(|before| !before.is_empty());
    sandbox.newest(ALL_TRADES, before.as_deref(), MAX_LISTED).await
}

async fn show<P: Ports>(sandbox: &Sandbox<P>, request: &Request, number: &str) -> Answered {
    let Some(trade) = sandbox.named(&format!("tester/{number}")).await? else { return Ok(unknown(request, number)) };
    let now = sandbox.ports.now();
    Ok(if request.wants_page() {
        let onward = provider::return_url(&sandbox.config, &trade, now);
        Response::page(200, page::trade(&trade, onward.as_deref(), now, &request.root()))
    } else {
        Response::json(200, &trade)
    })
}

async fn arm<P: Ports>(sandbox: &Sandbox<P>, request: &Request, number: &str, fault: Fault) -> Answered {
    let Some(trade) = sandbox.named(&format!("tester/{number}")).await? else { return Ok(unknown(request, number)) };
    if !fault.exists_at(trade.provider) {
        return Ok(error(409, "not_here", "this provider has no such fault"));
    }
    let changed = sandbox
        .change(&trade.key(), |trade, _| {
            trade.armed.push(fault);
            ((), None)
        })
        .await?;
    Ok(changed.map_or_else(|| unknown(request, number), |(trade, ())| done(sandbox, request, &trade, false)))
}

async fn arm_provider<P: Ports>(sandbox: &Sandbox<P>, request: &Request, provider: &str, word: &str) -> Answered {
    let provider = Provider::ALL.into_iter().find(|one| one.as_str() == provider);
    let fault = Fault::parse(word).filter(|fault| fault.is_for_calls());
    let (Some(provider), Some(fault)) = (provider, fault) else {
        let providers = Provider::ALL.map(Provider::as_str).join("|");
        let faults: Vec<_> = Fault::ALL.into_iter().filter(|fault| fault.is_for_calls()).map(Fault::word).collect();
        let usage = format!("POST /faults/{{{providers}}}/{{{}}}", faults.join("|"));
        return Ok(error(404, "no_such_fault", &usage));
    };
    sandbox.arm_for_all(provider, fault).await?;
    Ok(if request.wants_page() {
        Response::see_other(&format!("{}trades", request.root()))
    } else {
        Response::json(200, &json!({ "armed": fault, "provider": provider }))
    })
}

async fn perform<P: Ports>(sandbox: &Sandbox<P>, request: &Request, number: &str, action: Action) -> Answered {
    let Some(trade) = sandbox.named(&format!("tester/{number}")).await? else { return Ok(unknown(request, number)) };
    if !action.exists_at(trade.provider) {
        return Ok(error(409, "not_here", "this provider has no such action"));
    }
    let Ok(amount) = amount(request) else {
        return Ok(error(400, "bad_amount", "amount is a whole number of the provider's minor units"));
    };
    if action == Action::Resend {
        sandbox.resend(&trade.key()).await?;
        return Ok(done(sandbox, request, &trade, false));
    }
    let changed = sandbox
        .try_change(&trade.key(), |trade, now| action.apply(trade, amount, now).map(|event| ((), Some(event))))
        .await?;
    Ok(match changed {
        None => unknown(request, number),
        Some((trade, Ok(()))) => done(sandbox, request, &trade, action == Action::Pay),
        Some((trade, Err(refusal))) if request.wants_page() => {
            Response::page(409, page::refused(&trade, &refusal.to_string(), &request.root()))
        }
        Some((_, Err(refusal))) => error(409, "refused", &refusal.to_string()),
    })
}

/// `amount=` of the query or of a form.
fn amount(request: &Request) -> Result<Option<u64>, ()> {
    let in_form = || form(&request.body).into_iter().find(|(name, _)| name == "amount").map(|(_, value)| value);
    let text = request.parameter("amount").or_else(in_form).filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(drop)).transpose()
}

/// A browser continues to the trade's page (or, after a payment, to the shop); other callers get the books.
fn done<P: Ports>(sandbox: &Sandbox<P>, request: &Request, trade: &Trade, is_paid: bool) -> Response {
    if !request.wants_page() {
        return Response::json(200, trade);
    }
    let onward = provider::return_url(&sandbox.config, trade, sandbox.ports.now()).filter(|_| is_paid);
    Response::see_other(&onward.unwrap_or_else(|| page::address(&sandbox.config.public_url, &trade.payment_no)))
}

fn nothing() -> Response {
    error(404, "not_found", "there is nothing at this address: GET / is the shop, GET /trades lists the trades")
}

fn unknown(request: &Request, number: &str) -> Response {
    if request.wants_page() {
        Response::page(404, page::unknown(number, &request.root()))
    } else {
        error(404, "no_such_trade", "there is no trade of this number")
    }
}

fn error(status: u16, word: &str, msg: &str) -> Response {
    Response::json(status, &json!({ "error": word, "msg": msg }))
}
