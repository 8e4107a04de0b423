//! Completing an order by hand.

use till_app::complete::{Completion, complete};
use till_app::perform::Perform;
use till_domain::id::AttemptNo;
use till_domain::money::Money;
use till_domain::order::{Order, RemedyWord, Statement};
use till_domain::refusal::Refusal;
use till_domain::text::{Reason, TradeNo};
use till_lambda::fields::{Fields, required};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::remedy;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, View};

use crate::{Action, RefundOrder};

pub async fn answer(
    ports: &impl Perform,
    function: &RefundOrder,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let no = remedy::order_no(call)?;
    let fields = Fields::parse(call.request, &["reason", "attempt", "trade_no", "amount", "evidence"])?;
    let reason = fields.required("reason", Reason::parse)?;
    let order = ports.load_order(no).await?.ok_or(Refusal::OrderNotFound)?;
    let statement = statement(&fields, &order, call)?;
    let parts = statement.as_ref().map(|stated| {
        let Statement { attempt, trade_no, amount, evidence, by: _ } = stated;
        [attempt.to_string(), trade_no.to_string(), amount.to_string(), evidence.to_string()]
    });
    let parts: Vec<Option<&str>> = parts.iter().flatten().map(|part| Some(part.as_str())).collect();
    let asked = remedy::requested(call, RemedyWord::Complete, &reason, &parts)?;
    let most = function.most_stated.iter().copied().find(|most| most.currency() == order.sold.price.currency());
    let completion = Completion { statement: statement.as_ref(), most };
    let order = complete(ports, no, &asked, completion, call.deadline.time).await?;
    let view = View { now: ports.now(), qr_code_lives: function.qr_code_lives };
    Ok(json(200, &shapes::team_order(&order, view)))
}

/// What the admin states: all of it, or nothing. Without an attempt it is the newest.
fn statement(fields: &Fields, order: &Order, call: &Call<'_, Action>) -> Result<Option<Statement>, Problem> {
    let trade_no = fields.optional("trade_no", TradeNo::parse)?;
    let amount: Option<Money> = fields.money("amount", order.sold.price.currency())?;
    let evidence = fields.optional("evidence", Reason::parse)?;
    let attempt = fields.number("attempt")?.map(attempt).transpose()?;
    if trade_no.is_none() && amount.is_none() && evidence.is_none() && attempt.is_none() {
        return Ok(None);
    }
    let newest = order.newest_attempt().map_or(AttemptNo::FIRST, |newest| newest.n);
    Ok(Some(Statement {
        attempt: attempt.unwrap_or(newest),
        trade_no: required("trade_no", trade_no)?,
        amount: required("amount", amount)?,
        evidence: required("evidence", evidence)?,
        by: call.user()?.clone(),
    }))
}

fn attempt(n: u64) -> Result<AttemptNo, Problem> {
    let n = u8::try_from(n).ok().and_then(AttemptNo::new);
    n.ok_or_else(|| Problem::invalid_field("attempt", "must be 1 to 99"))
}
