//! Decisions about holds.

use till_app::perform::Perform;
use till_app::ports::CountRefunds;
use till_app::resolve::{Resolved, resolve};
use till_domain::currency::Currency;
use till_domain::order::{Decision, HoldWord, Order, Resolution};
use till_domain::text::TradeNo;
use till_domain::time::Seconds;
use till_lambda::fields::{Fields, required};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, View};

use crate::limits::RefundLimits;
use crate::{About, Action, about};

pub async fn answer(
    ports: &(impl Perform + CountRefunds),
    limits: &RefundLimits,
    qr_code_lives: Seconds,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let fields = Fields::parse(call.request, &["order_no", "hold", "decision", "reason", "trade_no", "amount"])?;
    let word = required("hold", fields.text("hold")?.map(|text| hold(&text)).transpose()?)?;
    let decision = required("decision", fields.text("decision")?.map(|text| decision(&text)).transpose()?)?;
    let About { order, trade_no, reason } = about(ports, &fields).await?;
    let amount = fields.money("amount", currency(&order, word, trade_no.as_ref()))?;
    let by = call.user()?.clone();
    let resolution = Resolution { word, trade_no, decision, amount, by, reason };
    let Resolved { order, given_back } = resolve(ports, order.no, &resolution, call.deadline.time).await?;
    let view = View { now: ports.now(), qr_code_lives };
    for amount in given_back {
        limits.count(ports, call.caller()?, order.no, amount).await;
    }
    Ok(json(200, &shapes::team_order(&order, view)))
}

fn hold(text: &str) -> Result<HoldWord, Problem> {
    HoldWord::ALL.into_iter().find(|word| word.as_str() == text).ok_or_else(|| {
        let words = HoldWord::ALL.map(HoldWord::as_str).join(", ");
        Problem::invalid_field("hold", format!("must be one of {words}"))
    })
}

fn decision(text: &str) -> Result<Decision, Problem> {
    let known = Decision::ALL.into_iter().find(|decision| decision.as_str() == text);
    known.ok_or_else(|| Problem::invalid_field("decision", "must be accept, return or clear"))
}

/// The currency of the payment on hold.
fn currency(order: &Order, word: HoldWord, trade_no: Option<&TradeNo>) -> Currency {
    let holds = order.holds();
    let held = holds.iter().filter(|hold| hold.word == word).find_map(|hold| order.trade_of(*hold));
    let payment = trade_no.or(held).and_then(|trade_no| order.payment(trade_no));
    payment.map_or(order.sold.price, |payment| payment.amount).currency()
}
