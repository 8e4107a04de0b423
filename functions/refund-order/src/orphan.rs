//! Two decisions about a payment without an order: a person settles it to an order, or closes it as dealt with elsewhere.

use till_app::orphans::{SettleOrphan, close_orphan, settle_orphan};
use till_app::ports::{Clock, Closing, DecideOrphan, LoadOrphan};
use till_domain::id::OrderNo;
use till_domain::order::RemedyWord;
use till_domain::provider::Provider;
use till_domain::text::{Reason, TradeNo};
use till_lambda::fields::{Fields, parsed, required};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::remedy;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, View};

use crate::{Action, RefundOrder};

pub async fn settle(
    ports: &impl SettleOrphan,
    function: &RefundOrder,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let fields = Fields::parse(call.request, &["order_no", "reason"])?;
    let no = fields.required("order_no", OrderNo::parse)?;
    let reason = fields.required("reason", Reason::parse)?;
    let (provider, trade_no) = named(call)?;
    let asked = remedy::requested(call, RemedyWord::SettleOrphan, &reason, &[Some(no.as_str())])?;
    let order = settle_orphan(ports, provider, &trade_no, no, &asked, call.deadline.time).await?;
    let view = View { now: ports.now(), qr_code_lives: function.qr_code_lives };
    Ok(json(200, &shapes::team_order(&order, view)))
}

pub async fn close(
    ports: &(impl LoadOrphan + DecideOrphan + Clock),
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let fields = Fields::parse(call.request, &["reason"])?;
    let reason = fields.required("reason", Reason::parse)?;
    let (provider, trade_no) = named(call)?;
    let (key, request) = remedy::fingerprints(call, &reason, &[])?;
    let closing = Closing { by: call.user()?.clone(), reason, at: ports.now(), key, request };
    let orphan = close_orphan(ports, provider, &trade_no, &closing).await?;
    Ok(json(200, &shapes::orphan(&orphan)))
}

/// The payment that the path names.
fn named(call: &Call<'_, Action>) -> Result<(Provider, TradeNo), Problem> {
    let provider = provider(call.segment("provider").unwrap_or_default())?;
    let trade_no = parsed("trade_no", call.segment("trade_no").map(str::to_owned), TradeNo::parse)?;
    Ok((provider, required("trade_no", trade_no)?))
}

fn provider(sent: &str) -> Result<Provider, Problem> {
    Provider::ALL.into_iter().find(|provider| provider.as_str() == sent).ok_or_else(|| {
        let words = Provider::ALL.map(Provider::as_str).join(", ");
        Problem::invalid_field("provider", format!("must be one of {words}"))
    })
}
