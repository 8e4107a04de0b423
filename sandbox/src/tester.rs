//! What testers call: actions and faults by `POST`, short forms under `/mock`, and the books. Browsers get pages,
//! other callers JSON; `docs/sandbox.md` lists the addresses.

use serde_json::json;

use crate::act::Act;
use crate::books::Trade;
use crate::desk::Sandbox;
use crate::fault::Fault;
use crate::http::{Request, Response, form};
use crate::listed::EVERYBODY;
use crate::newest::Newest;
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::{page, players};

const MOST_LISTED: usize = 50;

pub async fn answer<P: Ports>(sandbox: &Sandbox<P>, request: &Request) -> Response {
    let method = request.method.as_str();
    let parts = request.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let answered = match (method, parts.as_slice()) {
        ("GET", []) => list(sandbox, request).await,
        ("GET", ["books"]) => books(sandbox, request).await,
        ("GET", ["trades" | "books", number]) => show(sandbox, request, number).await,
        ("POST", ["trades", number, "faults", word]) => match Fault::parse(word) {
            Some(fault) => arm(sandbox, request, number, fault).await,
            None => Ok(error(404, "no_such_fault", "there is no such fault")),
        },
        ("POST", ["trades", number, word]) => match Act::parse(word) {
            Some(act) => perform(sandbox, request, number, act).await,
            None => Ok(error(404, "no_such_act", "there is no such act")),
        },
        ("POST", ["faults", provider, word]) => arm_provider(sandbox, request, provider, word).await,
        ("GET" | "POST", ["mock", "success" | "simulate-payment", number]) => {
            perform(sandbox, request, number, Act::Pay).await
        }
        ("GET" | "POST", ["mock", "failure", number]) => perform(sandbox, request, number, Act::Fail).await,
        _ => Ok(error(404, "not_found", "there is nothing at this address: GET / shows what there is")),
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
    sandbox.newest(EVERYBODY, before.as_deref(), MOST_LISTED).await
}

async fn show<P: Ports>(sandbox: &Sandbox<P>, request: &Request, number: &str) -> Answered {
    let Some(trade) = sandbox.named(&format!("tester/{number}")).await? else { return Ok(unknown(request, number)) };
    let now = sandbox.ports.now();
    Ok(if request.wants_page() {
        let onward = players::return_to(&sandbox.config, &trade, now);
        Response::page(200, page::trade(&trade, onward.as_deref(), now, &request.root()))
    } else {
        Response::json(200, &trade)
    })
}

async fn arm<P: Ports>(sandbox: &Sandbox<P>, request: &Request, number: &str, fault: Fault) -> Answered {
    let Some(trade) = sandbox.named(&format!("tester/{number}")).await? else { return Ok(unknown(request, number)) };
    if !fault.is_of(trade.provider) {
        return Ok(error(409, "not_here", "this provider has no such fault"));
    }
    let changed = sandbox
        .change(&trade.key(), |trade, _| {
            trade.armed.push(fault);
            ((), Vec::new())
        })
        .await?;
    Ok(changed.map_or_else(|| unknown(request, number), |(trade, ())| done(sandbox, request, &trade, false)))
}

async fn arm_provider<P: Ports>(sandbox: &Sandbox<P>, request: &Request, provider: &str, word: &str) -> Answered {
    let providers = [Provider::WeChat, Provider::Alipay, Provider::Stripe];
    let provider = providers.into_iter().find(|one| one.as_str() == provider);
    let fault = Fault::parse(word).filter(|fault| matches!(fault, Fault::Answer500 | Fault::TimeOut));
    let (Some(provider), Some(fault)) = (provider, fault) else {
        return Ok(error(404, "no_such_fault", "POST /faults/{wechat, alipay or stripe}/{answer_500 or time_out}"));
    };
    sandbox.arm_for_all(provider, fault).await?;
    Ok(if request.wants_page() {
        Response::see_other(&request.root())
    } else {
        Response::json(200, &json!({ "armed": fault, "provider": provider }))
    })
}

async fn perform<P: Ports>(sandbox: &Sandbox<P>, request: &Request, number: &str, act: Act) -> Answered {
    let Some(trade) = sandbox.named(&format!("tester/{number}")).await? else { return Ok(unknown(request, number)) };
    if !act.is_of(trade.provider) {
        return Ok(error(409, "not_here", "this provider has no such act"));
    }
    let Ok(amount) = amount(request) else {
        return Ok(error(400, "bad_amount", "amount is a whole number of the provider's minor units"));
    };
    if act == Act::Resend {
        sandbox.resend(&trade.key()).await?;
        return Ok(done(sandbox, request, &trade, false));
    }
    let changed = sandbox
        .change(&trade.key(), |trade, now| match act.apply(trade, amount, now) {
            Ok(happened) => (Ok(()), vec![happened]),
            Err(refusal) => (Err(refusal), Vec::new()),
        })
        .await?;
    Ok(match changed {
        None => unknown(request, number),
        Some((trade, Ok(()))) => done(sandbox, request, &trade, act == Act::Pay),
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
    let onward = players::return_to(&sandbox.config, trade, sandbox.ports.now()).filter(|_| is_paid);
    Response::see_other(&onward.unwrap_or_else(|| page::address(&sandbox.config.public_url, &trade.payment_no)))
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
