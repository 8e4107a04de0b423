//! Disputes as a merchant reads them, and the merchant's own account.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::calls::Call;
use super::error::Refused;
use super::pagination::Page;
use super::params::Params;
use super::{expand, ids, objects};
use crate::ports::Ports;

pub async fn retrieve<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Value, Refused> {
    let found = call.by_object_id(id, "dp").await?;
    call.take_call_fault(found.as_ref().map(|(trade, _)| trade)).await?;
    let paths = call.only_expand()?;
    let missing = || Refused::missing("dispute", id, "dispute");
    let (trade, nth) = found.ok_or_else(missing)?;
    expand::expanded(objects::dispute(&trade, nth).ok_or_else(missing)?, &paths, &trade, false)
}

pub async fn list<P: Ports>(call: &mut Call<'_, P>) -> Result<Value, Refused> {
    call.take_call_fault(None).await?;
    let mut params = std::mem::take(&mut call.params);
    let page = Page::take(&mut params)?;
    let paths = expand::paths(&mut params)?;
    let created = Created::take(&mut params)?;
    let intent = params.text("payment_intent", 255)?;
    params.refuse_rest()?;
    let mut disputes = Vec::new();
    for trade in call.disputed_trades().await? {
        for (nth, dispute) in trade.disputes.iter().enumerate().rev() {
            let is_wanted = created.includes(dispute.at) && intent.as_ref().is_none_or(|id| *id == dispute.payment);
            if let Some(object) = objects::dispute(&trade, nth).filter(|_| is_wanted) {
                disputes.push(expand::expanded(object, &paths, &trade, true)?);
            }
        }
    }
    disputes.sort_by_key(|dispute| std::cmp::Reverse(dispute["created"].as_i64()));
    page.of(disputes, "dispute", "/v1/disputes")
}

/// The id of a Stripe account never changes. Here it follows from the secret key, of which each account has one.
pub async fn own_account<P: Ports>(call: &mut Call<'_, P>) -> Result<Value, Refused> {
    call.take_call_fault(None).await?;
    std::mem::take(&mut call.params).refuse_rest()?;
    let digest = Sha256::digest(&call.account.secret_key);
    let id = format!("acct_{}", ids::hex(digest.get(..8).unwrap_or_default()));
    Ok(json!({
        "id": id, "object": "account", "business_type": "company", "charges_enabled": true, "country": "US",
        "default_currency": "usd", "details_submitted": true, "payouts_enabled": true, "type": "standard",
        "settings": { "dashboard": { "display_name": call.account.name } },
    }))
}

/// `created[gte]` and the like, or a moment alone.
#[derive(Default)]
struct Created {
    least: Option<u64>,
    most: Option<u64>,
}

impl Created {
    fn take(params: &mut Params) -> Result<Self, Refused> {
        let Some(mut group) = params.group("created")? else { return Ok(Self::default()) };
        let above = group.number("gt")?.map(|at| at.saturating_add(1));
        let below = group.number("lt")?.map(|at| at.saturating_sub(1));
        let created = Self { least: group.number("gte")?.max(above), most: group.number("lte")?.or(below) };
        group.refuse_rest()?;
        Ok(created)
    }

    fn includes(&self, at: i64) -> bool {
        let at = u64::try_from(at).unwrap_or(0);
        self.least.is_none_or(|least| at >= least) && self.most.is_none_or(|most| at <= most)
    }
}
