//! Alarms for the team: each is a log line at level ERROR whose field `alarm` has a stable word. Metric filters count these lines,
//! so neither the words nor the name of the field may change. A line has order and trade numbers, never the buyer.

use till_app::ports::{Orphan, RaiseAlarm, Unavailable};
use till_domain::order::{Hold, Order};

use crate::aws::Aws;

/// The word for money that fits no order. The other words are those of holds, and [`STUCK`].
pub const ORPHAN: &str = "orphan";
/// The word for an order that can be neither read nor written.
pub const STUCK: &str = "stuck_order";

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
            "a verified payment fits no order"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use till_domain::id::AttemptNo;
    use till_domain::order::{About, HoldWord, Report, Says};
    use till_domain::text::TradeNo;

    use super::*;
    use crate::order_item::samples;
    use crate::test_aws::TestAws;
    use till_memory::LogCapture;

    #[tokio::test]
    async fn each_hold_is_logged_as_one_alarm_line() {
        let test = TestAws::new().await;
        let order = samples::paid(1, samples::start());
        let hold = |word| Hold { word, about: About::Payment(0) };
        let log = LogCapture::new();
        let holds = HoldWord::ALL.map(hold);
        test.aws.raise_alarm(&order, &holds).await.unwrap();
        let said = log.lines();
        assert_eq!(said.len(), holds.len());
        let trade_no = order.payments[0].trade_no.as_str();
        for (line, hold) in said.iter().zip(holds) {
            let expected = format!("alarm=\"{}\" order_no=\"{}\"", hold.word, order.no);
            assert!(line.starts_with("ERROR") && line.contains(&expected) && line.contains(trade_no), "{line}");
        }
        // The buyer is not named.
        let buyer = order.payments[0].buyer.as_ref().unwrap().as_str();
        assert!(said.iter().all(|line| !line.contains(buyer) && !line.contains(order.sold.user.as_str())));
    }

    #[tokio::test]
    async fn orphan_is_logged_as_one_alarm_line() {
        let test = TestAws::new().await;
        let trade_no = TradeNo::parse("4200001234").unwrap();
        let report =
            Report { attempt: AttemptNo::FIRST, account: samples::account(), asked_at: None, says: Says::Unknown };
        let orphan = Orphan { number: "shop-77".to_owned(), trade_no, report, at: samples::start() };
        let log = LogCapture::new();
        test.aws.raise_orphan(&orphan).await.unwrap();
        let said = log.lines();
        assert_eq!(said.len(), 1);
        for part in ["ERROR", "alarm=\"orphan\"", "order_no=\"shop-77\"", "trade_no=\"4200001234\"", "account=\"main\""]
        {
            assert!(said[0].contains(part), "{part}: {}", said[0]);
        }
    }
}
