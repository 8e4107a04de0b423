//! Takes in a provider's notification: saves the order, then puts tasks into the queue. It calls no provider.

use till_domain::id::{AttemptNo, PaymentNo};
use till_domain::order::{Order, Report, Says};
use till_domain::provider::Account;
use till_domain::refusal::Refusal;
use till_domain::time::Time;

use crate::failure::Failure;
use crate::orphans::take_in_orphans;
use crate::ports::{CallbackAudit, Enqueue, KeepOrphan, Push, RaiseAlarm};
use crate::push::push_decline;
use crate::tell::tell;
use crate::write::{Change, Write, Writer, write};

pub trait Settle: Write + KeepOrphan + Enqueue + RaiseAlarm + Push {}

impl<P: Write + KeepOrphan + Enqueue + RaiseAlarm + Push> Settle for P {}

/// Takes in verified reports of one payment. `callback` is kept in the record of the change. Only `Ok` may be acknowledged;
/// after anything else the provider must send them again.
pub async fn settle<P: Settle>(
    ports: &P,
    payment_no: PaymentNo,
    reports: &[Report],
    callback: Option<&CallbackAudit>,
) -> Result<Order, Failure> {
    let writer = Writer { callback, ..Writer::PUSHED };
    let settled = write(ports, payment_no.order, None, writer, |order, now| Ok(hear(order, reports, now))).await;
    match settled {
        Ok(written) => {
            let order = tell(ports, written.order, written.taken, writer).await;
            if written.outcome {
                push_decline(ports, &order).await;
            }
            Ok(order)
        }
        Err(Failure::Refused(Refusal::OrderNotFound)) => {
            take_in_orphans(ports, &payment_no.to_string(), reports, callback).await
        }
        Err(failure) => Err(failure),
    }
}

/// Takes in verified reports about a number that we never gave. They are acknowledged only if a person has settled their payment
/// to an order.
pub async fn settle_foreign<P: Settle>(
    ports: &P,
    number: &str,
    account: &Account,
    says: &[Says],
    callback: Option<&CallbackAudit>,
) -> Result<Order, Failure> {
    let report = |says: &Says| Report {
        attempt: AttemptNo::FIRST,
        account: account.clone(),
        asked_at: None,
        says: says.clone(),
    };
    let reports: Vec<Report> = says.iter().map(report).collect();
    take_in_orphans(ports, number, &reports, callback).await
}

/// Takes all reports into an order. The outcome is whether an attempt had a payment declined for the first time.
pub(crate) fn hear(order: &mut Order, reports: &[Report], now: Time) -> Change<bool> {
    let before = order.declined_attempts();
    let changed = take_in(order, reports, now);
    Change::done_if(changed, order.declined_attempts() > before)
}

/// Takes all reports into an order, and returns whether anything changed.
pub(crate) fn take_in(order: &mut Order, reports: &[Report], now: Time) -> bool {
    reports.iter().fold(false, |changed, report| order.settle(report, now) | changed)
}
