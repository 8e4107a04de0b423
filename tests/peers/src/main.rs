//! The product's side of the wire behind a line protocol, so that suites in other languages can check it with official SDKs.
//! Each line on standard input is a question, each on standard output an answer. README.md here describes the protocol.

mod facts;
mod lines;
mod settings;
mod told;

use std::io;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use till_app::ports::{NewTrade, RefundOrder};
use till_domain::order::Says;
use till_providers::callback_content::CallbackSubject;
use till_providers::provide::Merchant;
use till_providers::{CallbackContent, Error, Headers, Outside as _};

use facts::Facts;
use lines::Lines;
use settings::Accounts;

/// Why a question has no answer: a fault of the suites or of the pipe.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("till-peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let lines = Lines::new(io::stdin().lines(), io::stdout());
    let mut accounts = Accounts::default();
    while let Some(question) = lines.read()? {
        let answer = match question["do"].as_str() {
            Some("account") => {
                accounts.add(&question["provider"], &question["settings"]).map(|()| json!({ "ok": true }))?
            }
            Some("call") => {
                let facts = Facts::read(&question["with"], settings::account(&question["provider"])?, lines.now())?;
                call(accounts.get(&question["provider"])?, &question["call"], &facts, &lines)?
            }
            Some("hear") => read_callback(accounts.get(&question["provider"])?, &question, &lines)?,
            _ => return Err("a question has \"do\": \"account\", \"call\" or \"hear\"".into()),
        };
        lines.write(&answer)?;
    }
    Ok(())
}

/// Calls a provider. A call waits only for the next line, so polling it once completes it.
macro_rules! talk {
    ($merchant:expr, $lines:expr, $call:ident($($argument:expr),*)) => {
        $merchant.$call($lines, $($argument),*).now_or_never().ok_or("a call waits for something else than its answer")?
    };
}

fn call(merchant: &Merchant, call: &Value, facts: &Facts, lines: &Lines) -> Result<Value, Failure> {
    let said: Result<Vec<Says>, Error> = match call.as_str() {
        Some("create") => {
            let trade = NewTrade {
                payment_no: facts.payment_no,
                method: facts.method,
                account: &facts.account,
                sold: &facts.order.sold,
                expire_at: facts.order.expire_at,
                payer: &facts.payer,
            };
            return Ok(match talk!(merchant, lines, create(trade)) {
                Ok(opened) => json!({ "done": { "show": told::show(&opened.show) } }),
                Err(error) => failed(&error),
            });
        }
        Some("query") => talk!(merchant, lines, query(facts.asked()?)),
        Some("close") => talk!(merchant, lines, close(facts.asked()?)),
        Some(word @ ("refund" | "query_refund")) => {
            let refund = facts.refund()?;
            let order = RefundOrder {
                refund_no: Some(facts.refund_no()?),
                refund: &refund,
                trade_no: &refund.trade_no,
                paid: Some((Some(facts.payment_no), facts.order.sold.price)),
            };
            if word == "refund" {
                talk!(merchant, lines, refund(order))
            } else {
                talk!(merchant, lines, query_refund(order))
            }
        }
        _ => return Err("a call is create, query, close, refund or query_refund".into()),
    };
    Ok(match said {
        Ok(says) => json!({ "done": { "says": told::says(&says, facts.payment_no) } }),
        Err(error) => failed(&error),
    })
}

fn failed(error: &Error) -> Value {
    let why = std::error::Error::source(error).map_or_else(|| error.to_string(), |why| format!("{error}: {why}"));
    let word = match error {
        Error::Distrust(_) => "distrust",
        Error::NoAnswer(_) => "no_answer",
        Error::Said { .. } => "said",
        Error::NoAccount => "no_account",
        Error::Cannot(_) => "cannot",
    };
    json!({ "failed": word, "why": why })
}

fn read_callback(merchant: &Merchant, question: &Value, lines: &Lines) -> Result<Value, Failure> {
    let headers = question["headers"].as_object().ok_or("headers are an object")?;
    let headers = Headers::new(headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())));
    let body = STANDARD.decode(question["body_base64"].as_str().unwrap_or_default())?;
    let content = merchant.verify(lines, &headers, &body).now_or_never();
    Ok(match content.ok_or("a conversation waits for something else than its answer")? {
        Ok(CallbackContent { about: CallbackSubject::Payment { payment_no, reports }, .. }) => {
            let says: Vec<Says> = reports.into_iter().map(|report| report.says).collect();
            json!({ "heard": { "payment_no": payment_no.to_string(), "says": told::says(&says, payment_no) } })
        }
        Ok(CallbackContent { about: CallbackSubject::Foreign { number, .. }, .. }) => {
            json!({ "heard": { "payment_no": number, "says": [] } })
        }
        Ok(CallbackContent { about: CallbackSubject::Nothing(why), .. }) => {
            json!({ "heard": { "nothing": why, "says": [] } })
        }
        Err(Error::Distrust(why)) => json!({ "distrust": why.word() }),
        Err(error) => failed(&error),
    })
}
