//! Alarms end for each kind of reason, are told to be over, and are put away.

use till_app::ports::{Orphan, Settlement};
use till_domain::order::Report;
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, Reason, TradeNo, UserId};
use till_memory::{CallKind, Fault};

use super::*;

/// Runs the schedule through a day, and returns what was told.
fn day(shop: &Shop, receiver: &Receiver) -> Vec<Vec<String>> {
    for _ in 0..96 {
        shop.pass(900);
        on_schedule(shop);
    }
    states(receiver)
}

/// A stored payment that names this number, and its alarm.
fn orphan(shop: &Shop, number: &str, trade_no: &str) -> Alarm {
    let account = Account { provider: Provider::WeChat, id: AccountId::parse("main").unwrap() };
    let says = shop.paid(trade_no, Money::new(990, till_domain::currency::Currency::CNY).unwrap());
    let report = Report { attempt: till_domain::id::AttemptNo::FIRST, account, asked_at: None, says };
    let trade_no = TradeNo::parse(trade_no).unwrap();
    let orphan = Orphan { number: number.to_owned(), trade_no, report, at: shop.now() };
    shop.memory.tables(|tables| tables.orphans.push(orphan.clone()));
    Alarm::of_orphan(&orphan)
}

#[test]
fn orphan_stands_until_a_person_settles_it() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let alarm = orphan(&shop, "ORD20250101120000LOST0000", "T1");
    raise(&shop, std::slice::from_ref(&alarm));
    assert_eq!(states(&receiver), [["raised"]]);
    for _ in 0..3 {
        assert_eq!(day(&shop, &receiver), [["standing"]], "the provider stopped sending long ago");
    }
    shop.fail(CallKind::LoadOrphan, Fault::Before);
    assert_eq!(on_schedule(&shop).standing, 1, "a table that does not answer ends nothing");
    let settlement = Settlement {
        order: till_shop::shop::first(),
        by: UserId::parse("ann").unwrap(),
        reason: Reason::parse("found").unwrap(),
        at: shop.now(),
    };
    let key = (Provider::WeChat, alarm.trade_no.unwrap());
    shop.memory.tables(|tables| tables.settlements.insert(key, settlement));
    assert_eq!(on_schedule(&shop).standing, 0, "at once");
    assert_eq!(day(&shop, &receiver), [["over"]]);
}

#[test]
fn orphan_is_over_when_its_order_took_the_money_in() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    // The notification was quicker than the order.
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    let order = shop.stored(no);
    raise(&shop, &[orphan(&shop, no.as_str(), "T1")]);
    assert_eq!(on_schedule(&shop).standing, 1, "the order does not have it yet");
    shop.hears(no, shop.paid("T1", order.sold.price));
    assert_eq!(on_schedule(&shop).standing, 0);
}

#[test]
fn orphan_that_is_gone_is_over() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    raise(&shop, &[orphan(&shop, "shop-77", "T1")]);
    assert_eq!(on_schedule(&shop).standing, 1);
    shop.memory.tables(|tables| tables.orphans.clear());
    assert_eq!(on_schedule(&shop).standing, 0);
}

#[test]
fn stuck_order_stands_until_it_can_be_used() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    shop.memory.tables(|tables| tables.stuck_orders.insert(no));
    raise(&shop, &[Alarm::about_order(AlarmWord::StuckOrder, no)]);
    assert_eq!(states(&receiver), [["raised"]]);
    for _ in 0..2 {
        assert_eq!(day(&shop, &receiver), [["standing"]], "nothing is due, so nothing raises it");
    }
    shop.memory.tables(|tables| tables.stuck_orders.clear());
    assert_eq!(on_schedule(&shop).standing, 0);
    assert_eq!(day(&shop, &receiver), [["over"]]);
}

#[test]
fn order_that_is_stuck_now_and_then_is_one_alarm() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    for _ in 0..12 {
        raise(&shop, &[Alarm::about_order(AlarmWord::StuckOrder, no)]);
        shop.pass(1_800);
        on_schedule(&shop);
    }
    assert_eq!(states(&receiver), [["raised"]]);
}

#[test]
fn second_outage_of_a_day_is_told_at_once() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let silent = [Alarm::about(AlarmWord::ProviderSilent, "wechat")];
    let down_for_ten_minutes = || {
        for _ in 0..10 {
            raise(&shop, &silent);
            shop.pass(60);
        }
    };
    down_for_ten_minutes();
    assert_eq!(states(&receiver), [["raised"]]);
    for _ in 0..48 {
        shop.pass(900);
        on_schedule(&shop);
    }
    down_for_ten_minutes();
    assert_eq!(states(&receiver).concat().first().map(String::as_str), Some("raised"));
}

#[test]
fn outage_is_told_anew_although_no_schedule_looked_in_between() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let late = [Alarm::about(AlarmWord::SweepLate, "sweep")];
    raise(&shop, &late);
    shop.pass(3_600);
    raise(&shop, &late);
    assert_eq!(states(&receiver), [["raised"], ["raised"]]);
}

#[test]
fn what_comes_and_goes_every_half_hour_calls_once_a_day() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    for _ in 0..50 {
        raise(&shop, &[Alarm::about(AlarmWord::ProviderSilent, "wechat")]);
        shop.pass(1_800);
        on_schedule(&shop);
    }
    assert_eq!(states(&receiver), [["raised"], ["standing"]]);
}

#[test]
fn account_whose_settings_are_wrong_stands_for_hours_without_a_raise() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    raise(&shop, &[Alarm::about(AlarmWord::UnusableAccount, "wechat:main")]);
    shop.pass(6 * 3_600 - 1);
    assert_eq!(on_schedule(&shop).standing, 1, "each process raises it once");
    shop.pass(1);
    assert_eq!(on_schedule(&shop).standing, 0);
}

#[test]
fn large_payment_is_told_once_and_put_away() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let (no, _) = odd(&shop);
    let large = [Alarm::about_order(AlarmWord::LargePayment, no)];
    raise(&shop, &large);
    assert_eq!(states(&receiver), [["raised"]]);
    assert_eq!(on_schedule(&shop).standing, 0);
    assert!(shop.memory.tables(|tables| tables.kept_alarms.is_empty()));
    // The delivery of its goods is tried again.
    for _ in 0..3 {
        shop.pass(3_600);
        raise(&shop, &large);
        on_schedule(&shop);
    }
    assert!(states(&receiver).is_empty());
    assert!(shop.memory.tables(|tables| tables.kept_alarms.is_empty()));
}

#[test]
fn alarm_is_put_away_once_its_end_was_told() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let late = Alarm::about(AlarmWord::SweepLate, "sweep");
    let first = shop.now();
    raise(&shop, std::slice::from_ref(&late));
    assert_eq!(day(&shop, &receiver), [["raised"]]);
    assert_eq!(day(&shop, &receiver), [["over"]]);
    on_schedule(&shop);
    assert!(shop.memory.tables(|tables| tables.kept_alarms.is_empty()));
    // A dead letter is sent back, and the same thing happens once more.
    let old = till_aws::alarms::write_alarm(&late, first);
    play(&shop, &batch(&[old]));
    assert!(states(&receiver).is_empty(), "it was told already");
    raise(&shop, &[late]);
    assert_eq!(states(&receiver), [["raised"]]);
}

#[test]
fn alarm_whose_end_a_channel_does_not_know_is_kept_for_a_week() {
    let (up, down) = (Receiver::new(), Receiver::new());
    let shop = shop();
    with_channels(&shop, &json!([webhook("up", &up), webhook("down", &down)]));
    raise(&shop, &[Alarm::about(AlarmWord::SweepLate, "sweep")]);
    down.go_down();
    let is_kept =
        || shop.memory.tables(|tables| tables.kept_alarms.keys().any(|(word, _)| *word == AlarmWord::SweepLate));
    for _ in 0..7 {
        day(&shop, &up);
    }
    assert!(is_kept());
    day(&shop, &up);
    assert!(!is_kept());
}

#[test]
fn thousands_of_one_word_hide_no_other() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let (_, alarm) = odd(&shop);
    raise(&shop, &[Alarm::about(AlarmWord::StuckOrder, "0")]);
    let sample = shop.memory.tables(|tables| tables.kept_alarms.values().next().unwrap().clone());
    shop.memory.tables(|tables| {
        for n in 0..3_000 {
            let alarm = Alarm::about(AlarmWord::StuckOrder, format!("{n:04}"));
            let kept = till_app::ports::KeptAlarm { alarm, ..sample.clone() };
            tables.kept_alarms.insert((AlarmWord::StuckOrder, kept.alarm.subject.clone()), kept);
        }
    });
    receiver.take();
    raise(&shop, &[Alarm::about(AlarmWord::SweepLate, "sweep"), alarm]);
    let messages = receiver.take();
    let text = messages[0].json()["data"]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("[Till test] 2 alarms: odd_payment 1, sweep_late 1"), "{text}");
    // A day later nobody gets three thousand lines.
    shop.pass(DAY);
    raise(&shop, &[Alarm::about(AlarmWord::SweepFailed, "sweep")]);
    let named = |one: receiver::Received| one.json()["data"]["alarms"].as_array().unwrap().len();
    let counts: Vec<usize> = receiver.take().into_iter().map(named).collect();
    assert_eq!(counts.iter().sum::<usize>(), 1_003, "{counts:?}");
}

#[test]
fn order_that_does_not_answer_does_not_end_its_alarm() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    raise(&shop, &[odd(&shop).1]);
    shop.fail(CallKind::LoadOrder, Fault::Before);
    assert_eq!(on_schedule(&shop).standing, 1);
    assert_eq!(on_schedule(&shop).standing, 1);
}

/// A message of CloudWatch, so many minutes after four o'clock.
fn from_cloudwatch(state: &str, minute: u32) -> String {
    let at = format!("2025-01-01T04:{minute:02}:00.000+0000");
    json!({"AlarmName": "till-test the API fails", "AlarmDescription": "Callers are answered 500 and more",
        "NewStateValue": state, "StateChangeTime": at, "NewStateReason": "Threshold Crossed"})
    .to_string()
}

#[test]
fn alarm_of_cloudwatch_ends_when_cloudwatch_says_so() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    play(&shop, &batch(&[from_cloudwatch("ALARM", 0)]));
    assert_eq!(states(&receiver), [["raised"]]);
    for _ in 0..3 {
        assert_eq!(day(&shop, &receiver), [["standing"]], "silence does not end it");
    }
    play(&shop, &batch(&[from_cloudwatch("OK", 9), from_cloudwatch("ALARM", 0)]));
    assert_eq!(on_schedule(&shop).standing, 0, "the older message came late");
}

#[test]
fn alarm_of_cloudwatch_that_was_renamed_ends_after_a_week() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    play(&shop, &batch(&[from_cloudwatch("ALARM", 0)]));
    states(&receiver);
    for _ in 0..6 {
        assert_eq!(day(&shop, &receiver), [["standing"]]);
    }
    assert!(day(&shop, &receiver).is_empty());
    assert_eq!(day(&shop, &receiver), [["over"]]);
    assert!(day(&shop, &receiver).is_empty());
}
