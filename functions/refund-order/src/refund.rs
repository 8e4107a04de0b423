//! Refunds.

use serde::Serialize;
use till_app::Failure;
use till_app::perform::Perform;
use till_app::ports::CountRefunds;
use till_app::refund::refund_once;
use till_domain::order::{HoldWord, Order, RefundRequest, RemedyWord};
use till_domain::refusal::Refusal;
use till_lambda::http::{Response, json};
use till_lambda::problem::{Data, Problem};
use till_lambda::remedy;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, Amount, TeamOrderShape, View};

use crate::{About, Action, RefundOrder, about, is_remedy, read_fields};

#[derive(Serialize)]
struct Answer {
    order_no: String,
    refund_no: String,
    state: &'static str,
    amount: Amount,
    amount_minor: u64,
    currency: String,
    order: TeamOrderShape,
}

pub async fn answer(
    ports: &(impl Perform + CountRefunds),
    function: &RefundOrder,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let key = remedy::key(call)?;
    let fields = read_fields(call, &["reason", "amount", "revoke", "trade_no"])?;
    let revoke = fields.flag("revoke")?;
    let About { order, trade_no, reason } = about(ports, call, &fields).await?;
    let payment = match &trade_no {
        Some(trade_no) => order.payment(trade_no),
        None => order.kept(),
    };
    // An odd payment may be in another currency than the order, and is refunded in its own.
    let currency = payment.map_or(order.sold.price, |payment| payment.amount).currency();
    let amount = fields.money("amount", currency)?;
    let by = call.user()?.clone();
    let parts = [amount.map(|amount| amount.to_string()), trade_no.as_ref().map(ToString::to_string)];
    let [amount_part, trade_part] = &parts;
    let parts = [amount_part.as_deref(), trade_part.as_deref(), revoke.then_some("revoke")];
    let asked = is_remedy(call).then(|| remedy::requested(call, RemedyWord::Refund, &reason, &parts)).transpose()?;
    let wanted = RefundRequest { key, trade_no, amount, revoke, reason, by };
    let refunded = refund_once(ports, order.no, &wanted, asked.as_ref(), call.deadline.time).await;
    let refunded = refunded.map_err(|failure| explained(failure, &order))?;
    let order = refunded.order;
    let done = order.refund_of_ours(refunded.n).ok_or_else(Problem::internal)?;
    if refunded.is_new {
        function.limits.count(ports, call.caller()?, order.no, done.amount).await;
    }
    let done = shapes::refund(&order, done);
    let answer = Answer {
        order_no: order.no.to_string(),
        refund_no: done.refund_no,
        state: done.state,
        amount: done.amount,
        amount_minor: done.amount_minor,
        currency: done.currency,
        order: shapes::team_order(&order, View { now: ports.now(), qr_code_lives: function.qr_code_lives }),
    };
    Ok(json(200, &answer))
}

/// Where nothing is kept because what came is odd, the refusal names that payment and the route that decides about it.
fn explained(failure: Failure, order: &Order) -> Problem {
    let odd = order.holds().into_iter().find(|hold| hold.word == HoldWord::OddPayment);
    let trade_no = odd.and_then(|hold| order.trade_of(hold)).filter(|_| order.kept().is_none());
    let problem = Problem::from(failure);
    match (failure, trade_no) {
        (Failure::Refused(Refusal::NotPaid), Some(trade_no)) => {
            let (trade_no, hold) = (trade_no.to_string(), HoldWord::OddPayment.as_str());
            Problem { data: Some(Data::Held { trade_no, hold, route: "resolve-hold" }), ..problem }
        }
        _ => problem,
    }
}
