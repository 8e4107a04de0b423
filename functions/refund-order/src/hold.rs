//! Decisions about holds.

use till_app::Failure;
use till_app::perform::Perform;
use till_app::ports::CountRefunds;
use till_app::resolve::resolve_once;
use till_domain::currency::Currency;
use till_domain::order::{Decision, HoldWord, Order, RemedyWord, Resolution};
use till_domain::refusal::Refusal;
use till_domain::text::TradeNo;
use till_lambda::fields::required;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::remedy;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, View};

use crate::{About, Action, RefundOrder, about, is_remedy, read_fields};

pub async fn resolve(
    ports: &(impl Perform + CountRefunds),
    function: &RefundOrder,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let fields = read_fields(call, &["hold", "decision", "reason", "trade_no", "amount"])?;
    let word = required("hold", fields.text("hold")?.map(|text| hold(&text)).transpose()?)?;
    let decision = required("decision", fields.text("decision")?.map(|text| decision(&text)).transpose()?)?;
    let About { order, trade_no, reason } = about(ports, call, &fields).await?;
    let amount = fields.money("amount", currency(&order, word, trade_no.as_ref()))?;
    let by = call.user()?.clone();
    let amount_part = amount.map(|amount| amount.to_string());
    let trade_part = trade_no.as_ref().map(TradeNo::as_str);
    let parts = [Some(word.as_str()), Some(decision.as_str()), trade_part, amount_part.as_deref()];
    let asked = is_remedy(call).then(|| remedy::requested(call, RemedyWord::Resolve, &reason, &parts)).transpose()?;
    let resolution = Resolution { word, trade_no, decision, amount, by, reason };
    let resolved = resolve_once(ports, order.no, &resolution, asked.as_ref(), call.deadline.time).await?;
    let view = View { now: ports.now(), qr_code_lives: function.qr_code_lives };
    for amount in resolved.given_back {
        function.limits.count(ports, call.caller()?, order.no, amount).await;
    }
    Ok(json(200, &shapes::team_order(&resolved.order, view)))
}

/// The goods were taken back for a refund that failed afterwards: they are delivered in another round.
pub async fn regrant(
    ports: &impl Perform,
    function: &RefundOrder,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let fields = read_fields(call, &["reason"])?;
    let About { order, reason, trade_no: _ } = about(ports, call, &fields).await?;
    let asked = remedy::requested(call, RemedyWord::Regrant, &reason, &[])?;
    let kept = order.kept().ok_or(Refusal::NotDue)?;
    let resolution = Resolution {
        word: HoldWord::RefundFailed,
        trade_no: Some(kept.trade_no.clone()),
        decision: Decision::Accept,
        amount: None,
        by: asked.by.clone(),
        reason,
    };
    let resolved = resolve_once(ports, order.no, &resolution, Some(&asked), call.deadline.time).await;
    let resolved = resolved.map_err(|failure| match failure {
        Failure::Refused(Refusal::NoSuchHold | Refusal::InvalidField { .. }) => Failure::from(Refusal::NotDue),
        failure => failure,
    })?;
    let view = View { now: ports.now(), qr_code_lives: function.qr_code_lives };
    Ok(json(200, &shapes::team_order(&resolved.order, view)))
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
