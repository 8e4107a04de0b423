//! The limits of a day's refunds.

use till_app::ports::{Alarm, AlarmWord};
use till_domain::order::RefundWord;
use till_memory::{CallKind, Fault, LogCapture};

use super::*;

/// 1.00 of the order, refunded under this key.
fn one(key: &str) -> Event {
    Event::read("refund-order.all").field("amount", "1.00").header("idempotency-key", key)
}

fn alarms(shop: &Shop) -> Vec<Alarm> {
    let all = shop.memory.tables(|tables| tables.other_alarms.clone());
    assert!(all.iter().all(|alarm| alarm.word == AlarmWord::RefundLimit), "{all:?}");
    all
}

/// How many alarms each of these refunds raised.
fn alarms_of(shop: &Shop, keys: std::ops::Range<u32>) -> Vec<usize> {
    let mut raised = Vec::new();
    for key in keys {
        let before = alarms(shop).len();
        assert_eq!(play(shop, &one(&format!("k{key}"))).status(), 200, "refunds go on above the limit");
        raised.push(alarms(shop).len() - before);
    }
    raised
}

fn paid_with(settings: &[(&str, &str)]) -> Shop {
    let mut shop = ordered();
    for (name, value) in settings {
        shop = shop.set(name, value);
    }
    shop.pay(first());
    shop.grant(first());
    shop.script.lines(|lines| lines.refund = Some(Ok(RefundWord::Succeeded)));
    shop
}

#[test]
fn number_of_refunds_alarms_when_it_passes_the_limit_and_each_multiple_of_it() {
    let shop = paid_with(&[("REFUNDS_PER_DAY", "3")]);
    assert_eq!(alarms_of(&shop, 0..8), [0, 0, 0, 1, 0, 0, 1, 0]);
    shop.pass(86_400);
    assert_eq!(alarms_of(&shop, 8..10), [0, 0], "the next day begins anew");
}

#[test]
fn each_passing_of_a_limit_is_an_alarm_of_its_own_on_each_day() {
    let shop = paid_with(&[("REFUNDS_PER_DAY", "1")]);
    alarms_of(&shop, 0..3);
    shop.pass(86_400);
    alarms_of(&shop, 3..6);
    let subjects: Vec<String> = alarms(&shop).into_iter().map(|alarm| alarm.subject).collect();
    assert_eq!(subjects, ["2025-01-01:CNY:2", "2025-01-01:CNY:3", "2025-01-02:CNY:2", "2025-01-02:CNY:3"]);
}

#[test]
fn amount_of_refunds_alarms_by_its_currency() {
    let shop = paid_with(&[("REFUND_AMOUNT_PER_DAY_CNY", "2.50"), ("REFUND_AMOUNT_PER_DAY_USD", "0.01")]);
    assert_eq!(alarms_of(&shop, 0..5), [0, 0, 1, 0, 0]);
    assert_eq!(alarms_of(&shop, 5..6), [1]);
}

#[test]
fn alarm_says_who_gave_back() {
    let shop = paid_with(&[("REFUND_AMOUNT_PER_DAY_CNY", "0.99")]);
    play(&shop, &one("k"));
    let told = alarms(&shop).pop().unwrap();
    let measured = told.measured.clone().unwrap();
    assert_eq!((told.order_no, told.amount), (Some(first()), Some(cny(100))));
    assert_eq!((measured.value.as_str(), measured.limit.as_str()), ("1, 1.00 CNY", "100, 0.99 CNY"));
    assert_eq!(told.note.as_deref(), Some("ann (admin)"));
    // The buyer is not named.
    assert!(!format!("{told:?}").contains("u1"), "{told:?}");
}

#[test]
fn repeated_and_refused_refunds_are_not_counted() {
    let shop = paid_with(&[("REFUNDS_PER_DAY", "1")]);
    for _ in 0..3 {
        assert_eq!(play(&shop, &one("k")).status(), 200);
    }
    play(&shop, &one("other").field("amount", "1000.00")).is_problem(422, "refund_exceeds_paid");
    assert_eq!((shop.seen(CallKind::CountRefund), alarms(&shop).len()), (1, 0));
}

#[test]
fn returned_odd_payment_is_counted_and_other_decisions_are_not() {
    for (decision, expected) in [("return", (1, 1)), ("accept", (0, 0))] {
        let shop = ordered().set("REFUND_AMOUNT_PER_DAY_CNY", "89.99");
        shop.pay_amount(first(), cny(9_000));
        let event = Event::read("refund-order.hold-accept").field("decision", &format!("\"{decision}\""));
        assert_eq!(play(&shop, &event).status(), 200);
        assert_eq!((shop.seen(CallKind::CountRefund), alarms(&shop).len()), expected, "{decision}");
    }
}

#[test]
fn refund_goes_on_when_it_cannot_be_counted() {
    let shop = paid_with(&[]);
    shop.fail(CallKind::CountRefund, Fault::Before);
    let log = LogCapture::new();
    assert_eq!(play(&shop, &one("k")).status(), 200);
    assert_eq!(shop.stored(first()).refunds.len(), 1);
    assert!(log.lines().iter().any(|line| line.starts_with("ERROR") && line.contains("missing in the sum")));
}

#[test]
fn invalid_limit_is_refused_at_start() {
    for (name, value) in [
        ("REFUNDS_PER_DAY", "0"),
        ("REFUNDS_PER_DAY", "many"),
        ("REFUND_AMOUNT_PER_DAY_CNY", "1e3"),
        ("REFUND_AMOUNT_PER_DAY_XYZ", "1.00"),
    ] {
        let told = RefundOrder::read(&Shop::new().set(name, value).environment()).unwrap_err().to_string();
        assert!(told.starts_with(name), "{told}");
    }
}
