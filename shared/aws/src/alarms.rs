//! What a person must look at, told by the log: a line at level ERROR whose field `alarm` has the hold's stable word. Metric
//! filters count these lines and alarms watch the counts; so the words and the name of the field never change. A line holds
//! numbers that we gave, never who paid.

use till_app::ports::{Orphan, RaiseAlarm, Unavailable};
use till_domain::order::{Hold, Order};

use crate::aws::Aws;

/// The word of money that fits no order; the others are the words of holds.
pub const ORPHAN: &str = "orphan";

impl RaiseAlarm for Aws {
    async fn raise_alarm(&self, order: &Order, holds: &[Hold]) -> Result<(), Unavailable> {
        for hold in holds {
            tracing::error!(
                alarm = hold.word.as_str(),
                order_no = order.no.as_str(),
                about = ?hold.about,
                trade_no = order.trade_of(*hold).map(till_domain::text::TradeNo::as_str),
                "a person must look at this order"
            );
        }
        Ok(())
    }

    async fn raise_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable> {
        tracing::error!(
            alarm = ORPHAN,
            order_no = orphan.number,
            trade_no = orphan.trade_no.as_str(),
            provider = orphan.report.account.provider.as_str(),
            account = orphan.report.account.id.as_str(),
            "money came that fits no order"
        );
        Ok(())
    }
}
