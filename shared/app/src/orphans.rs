//! Verified payments that fit no order: each is kept, and a person can settle it to an order. What the provider reports of it
//! afterwards goes to that order.

use till_domain::id::{OrderNo, PaymentNo};
use till_domain::order::{Order, Report};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::TradeNo;
use till_domain::time::Time;

use crate::failure::Failure;
use crate::perform::{Perform, perform};
use crate::ports::{CallbackAudit, Orphan, SettleOrphan, Settlement};
use crate::remedy::{RemedyRequest, write_remedy};
use crate::settle::Settle;
use crate::tell::tell;
use crate::write::{Change, Writer, load, write};

/// Keeps the reports about money and tells the team, unless a person has settled this payment to an order: then that order
/// takes them in. Without such an order it ends in [`Failure::Orphan`], since the provider must send them again.
pub(crate) async fn take_in_orphans<P: Settle>(
    ports: &P,
    number: &str,
    reports: &[Report],
    callback: Option<&CallbackAudit>,
) -> Result<Order, Failure> {
    let (mut settled, mut is_lost) = (None, false);
    for report in reports {
        let Some(trade_no) = report.says.trade_no() else { continue };
        let orphan =
            Orphan { number: number.to_owned(), trade_no: trade_no.clone(), report: report.clone(), at: ports.now() };
        match ports.keep_orphan(&orphan).await? {
            Some(no) => settled = Some(adopt(ports, no, report, callback).await?),
            None => {
                is_lost = true;
                ports.raise_orphan(&orphan).await?;
            }
        }
    }
    settled.filter(|_| !is_lost).ok_or(Failure::Orphan)
}

async fn adopt<P: Settle>(
    ports: &P,
    no: OrderNo,
    report: &Report,
    callback: Option<&CallbackAudit>,
) -> Result<Order, Failure> {
    let writer = Writer { callback, ..Writer::PUSHED };
    let written =
        write(ports, no, None, writer, |order, now| Ok(Change::done_if(order.adopt(report, now), ()))).await?;
    Ok(tell(ports, written.order, written.taken, writer).await)
}

/// Settles an orphan to an order. The orphan is marked first: whatever happens then, the same request or the provider's next
/// report finishes it.
pub async fn settle_orphan<P: Perform + SettleOrphan>(
    ports: &P,
    provider: Provider,
    trade_no: &TradeNo,
    no: OrderNo,
    asked: &RemedyRequest,
    deadline: Time,
) -> Result<Order, Failure> {
    let order = load(ports, no).await?;
    if order.is_remedied(asked.remedy)? {
        return Ok(order);
    }
    let stored = ports.load_orphan(provider, trade_no).await?.ok_or(Refusal::OrphanNotFound)?;
    let named = PaymentNo::parse(&stored.orphan.number).ok().map(|number| number.order);
    let names_another = named.filter(|named| *named != no);
    if let Some(named) = names_another
        && ports.load_order(named).await?.is_some()
    {
        // That order takes the payment in by itself.
        let rule = "is not the order that the payment names";
        return Err(Refusal::InvalidField { field: "order_no", rule }.into());
    }
    let rule = "is of a refund or a dispute, not of a payment";
    let payment = stored.payment().cloned().ok_or(Refusal::InvalidField { field: "trade_no", rule })?;
    let settlement = match stored.settlement {
        Some(settlement) => settlement,
        None => {
            let (by, reason, at) = (asked.by.clone(), asked.reason.clone(), ports.now());
            ports.settle_orphan(provider, trade_no, &Settlement { order: no, by, reason, at }).await?
        }
    };
    if settlement.order != no {
        return Err(Refusal::OrphanSettled.into());
    }
    // An order can be written after the callback of its payment came.
    let written = write_remedy(ports, no, Some(order), asked, |order, now| {
        if named == Some(no) {
            order.settle(&payment, now)
        } else {
            order.adopt(&payment, now)
        };
        Ok(())
    });
    let written = written.await?;
    Ok(perform(ports, written.order, written.taken, deadline).await.order)
}
