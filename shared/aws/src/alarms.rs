//! Alarms for the team. Each is a message on the queue `alarms`, which notify-team reads, and a log line at level ERROR whose field
//! `alarm` has its word; metric filters count these lines. So neither the words nor the name of the field may change. Neither has
//! the buyer.

use serde::Serialize;
use till_app::ports::{Alarm, AlarmWord, Orphan, RaiseAlarm, Unavailable};
use till_domain::order::{Hold, Order};
use till_domain::time::Time;

use crate::aws::{Aws, missing_setting};

/// A message has at most a KiB.
const MOST_NOTE_BYTES: usize = 200;
/// A reader leaves a message of another version in the queue, for another release.
const VERSION: u8 = 1;

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
            self.send_alarm(&Alarm::of_hold(order, *hold)).await?;
        }
        Ok(())
    }

    async fn raise_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable> {
        tracing::error!(
            alarm = AlarmWord::Orphan.as_str(),
            order_no = orphan.number,
            trade_no = orphan.trade_no.as_str(),
            provider = orphan.report.account.provider.as_str(),
            account = orphan.report.account.id.as_str(),
            "a verified payment fits no order"
        );
        self.send_alarm(&Alarm::of_orphan(orphan)).await
    }

    async fn raise(&self, alarm: &Alarm) -> Result<(), Unavailable> {
        let Alarm { word, subject, measured, note, .. } = alarm;
        let measured = measured.as_ref();
        tracing::error!(
            alarm = word.as_str(),
            subject,
            value = measured.map(|measured| measured.value.as_str()),
            limit = measured.map(|measured| measured.limit.as_str()),
            note,
            "a person must look at this"
        );
        self.send_alarm(alarm).await
    }
}

impl Aws {
    /// Only the message, for those who log more than it may say.
    pub(crate) async fn send_alarm(&self, alarm: &Alarm) -> Result<(), Unavailable> {
        let url = self.settings.alarms_queue_url.as_deref().ok_or_else(|| missing_setting("ALARMS_QUEUE_URL"))?;
        self.send(url, write_alarm(alarm, self.now())).await
    }
}

/// `till_lambda::alarm` reads it.
#[derive(Serialize)]
struct Message<'a> {
    v: u8,
    word: &'a str,
    subject: &'a str,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minor: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

pub fn write_alarm(alarm: &Alarm, at: Time) -> String {
    let Alarm { word, subject, order_no, trade_no, account, amount, measured, note } = alarm;
    let currency = amount.map(till_domain::money::Money::currency);
    let message = Message {
        v: VERSION,
        word: word.as_str(),
        subject,
        at: at.unix(),
        order_no: order_no.as_ref().map(till_domain::id::OrderNo::as_str),
        trade_no: trade_no.as_ref().map(till_domain::text::TradeNo::as_str),
        provider: account.as_ref().map(|account| account.provider.as_str()),
        account: account.as_ref().map(|account| account.id.as_str()),
        minor: amount.map(till_domain::money::Money::minor),
        currency: currency.as_ref().map(till_domain::currency::Currency::code),
        value: measured.as_ref().map(|measured| measured.value.as_str()),
        limit: measured.as_ref().map(|measured| measured.limit.as_str()),
        note: note.as_deref().map(shortened),
    };
    // Texts and numbers always serialise.
    serde_json::to_string(&message).unwrap_or_default()
}

/// Ends after a whole character.
fn shortened(note: &str) -> &str {
    note.get(..note.floor_char_boundary(MOST_NOTE_BYTES)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use till_app::ports::Measured;
    use till_domain::id::AttemptNo;
    use till_domain::order::{About, HoldWord, Report, Says};
    use till_domain::text::TradeNo;

    use super::*;
    use crate::order_item::samples;
    use crate::test_aws::{Reply, TestAws};
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

    fn sent(test: &TestAws) -> Vec<serde_json::Value> {
        let calls = test.take_calls();
        assert!(calls.iter().all(|call| call.operation == "SendMessage"), "{calls:?}");
        calls.iter().map(|call| serde_json::from_str(&call.body).unwrap()).collect()
    }

    #[test]
    fn alarm_bodies_match_the_released_ones() {
        let limit = Alarm {
            measured: Some(Measured::new("101", "100")),
            note: Some("ann (admin)".to_owned()),
            ..Alarm::about(AlarmWord::RefundLimit, "CNY:101")
        };
        let rows = [
            (samples::alarm(), include_str!("../tests/shapes/alarm.hold.json")),
            (limit, include_str!("../tests/shapes/alarm.limit.json")),
        ];
        for (alarm, released) in rows {
            assert_eq!(write_alarm(&alarm, samples::start()), released.trim_end());
        }
    }

    #[tokio::test]
    async fn hold_is_told_once_the_queue_accepted_it() {
        let test = TestAws::new().await;
        let order = samples::paid(1, samples::start());
        let holds = [HoldWord::OddPayment, HoldWord::Dispute].map(|word| Hold { word, about: About::Payment(0) });
        assert_eq!(test.aws.raise_alarm(&order, &holds).await, Ok(()));
        let sent = sent(&test);
        assert_eq!(sent.len(), 2);
        for (message, hold) in sent.iter().zip(holds) {
            assert_eq!(message["QueueUrl"], "http://127.0.0.1/000000000000/alarms");
            let body = message["MessageBody"].as_str().unwrap();
            assert_eq!(body, write_alarm(&Alarm::of_hold(&order, hold), test.now()));
            assert!(body.len() < 512 && !body.contains(order.sold.user.as_str()), "{body}");
        }
        test.on_call(|_| Reply::BrokenConnection);
        assert_eq!(test.aws.raise_alarm(&order, &holds).await, Err(Unavailable));
    }

    #[tokio::test]
    async fn alarm_without_a_queue_is_not_told() {
        let test = TestAws::with(&[("ALARMS_QUEUE_URL", "")]).await;
        assert_eq!(test.aws.raise(&Alarm::about(AlarmWord::SweepFailed, "sweep")).await, Err(Unavailable));
        assert!(test.take_calls().is_empty());
    }
}
