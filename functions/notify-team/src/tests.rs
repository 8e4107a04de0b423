//! The function in memory, with receivers on this machine.

mod channels;
mod delivery;
mod ending;
mod receiver;
mod requests;

use std::sync::Arc;

use serde_json::{Value, json};
use till_app::ports::{Alarm, AlarmWord, Clock as _, Secret};
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::{Hold, HoldWord, Says};
use till_domain::provider::Method;
use till_shop::plain::{sample, within};
use till_shop::{Shop, table};

use self::receiver::Receiver;
use super::*;

/// A stage with a sandbox and no address for mails.
fn shop() -> Shop {
    Shop::new().set("SANDBOX_API_ID", "sandbox1")
}

fn with_channels(shop: &Shop, channels: &Value) {
    let json = json!({"language": "en", "channels": channels}).to_string();
    shop.memory.put_secret(CHANNELS_SECRET, Secret { current: Arc::from(json), previous: None });
}

/// A shop whose one channel is a webhook to this receiver.
fn with_webhook(receiver: &Receiver) -> Shop {
    let shop = shop();
    with_channels(&shop, &json!([webhook("ops", receiver)]));
    shop
}

fn webhook(name: &str, receiver: &Receiver) -> Value {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    json!({"name": name, "kind": "webhook", "url": receiver.url("/hook"), "secret": secret})
}

/// Plays an event, in a process of its own.
fn play(shop: &Shop, event: &Value) -> Reply {
    let function = NotifyTeam::read(&shop.environment()).unwrap();
    let event = serde_json::from_value(event.clone()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sender = Sender::new(None).unwrap();
        function.handle(&shop.ports(), &sender, event, within(TIME_BUDGET, shop.now())).await
    })
}

fn on_schedule(shop: &Shop) -> Answer {
    match play(shop, &sample("notify-team.schedule")) {
        Reply::Schedule(answer) => answer,
        Reply::Messages(answer) => panic!("{answer:?}"),
    }
}

fn batch(bodies: &[String]) -> Value {
    let record = |(n, body): (usize, &String)| json!({"messageId": n.to_string(), "body": body});
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<Value>>()})
}

/// Delivers alarms as functions on AWS send them. Returns how many messages are to come again.
fn raise(shop: &Shop, alarms: &[Alarm]) -> usize {
    let now = shop.ports().now();
    let bodies: Vec<String> = alarms.iter().map(|alarm| till_aws::alarms::write_alarm(alarm, now)).collect();
    match play(shop, &batch(&bodies)) {
        Reply::Messages(answer) => answer.batch_item_failures.len(),
        Reply::Schedule(answer) => panic!("{answer:?}"),
    }
}

/// An order whose payment is odd, and its alarm.
fn odd(shop: &Shop) -> (OrderNo, Alarm) {
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    let amount = Money::new(1, shop.stored(no).sold.price.currency()).unwrap();
    shop.pay_amount(no, amount);
    let order = shop.stored(no);
    let hold = order.holds()[0];
    assert_eq!(hold.word, HoldWord::OddPayment);
    (no, Alarm::of_hold(&order, hold))
}

/// The alarms in each message that arrived: `(state, word, order number or subject)`.
fn told(receiver: &Receiver) -> Vec<Vec<(String, String, String)>> {
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let alarm = |alarm: &Value| {
        let about = if alarm["order_no"].is_null() { &alarm["subject"] } else { &alarm["order_no"] };
        (said(&alarm["state"]), said(&alarm["word"]), said(about))
    };
    let messages = receiver.take();
    messages.iter().map(|one| one.json()["data"]["alarms"].as_array().unwrap().iter().map(alarm).collect()).collect()
}

fn states(receiver: &Receiver) -> Vec<Vec<String>> {
    told(receiver).into_iter().map(|message| message.into_iter().map(|(state, ..)| state).collect()).collect()
}

const DAY: u32 = 86_400;

#[test]
fn alarm_is_told_at_once_and_then_daily_until_its_hold_is_gone() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let (no, alarm) = odd(&shop);
    assert_eq!(raise(&shop, std::slice::from_ref(&alarm)), 0);
    let first = ("raised".to_owned(), "odd_payment".to_owned(), no.to_string());
    assert_eq!(told(&receiver), [vec![first]]);
    for _ in 0..95 {
        shop.pass(900);
        assert_eq!(on_schedule(&shop).sent, 0);
    }
    assert_eq!(raise(&shop, &[alarm]), 0);
    assert!(told(&receiver).is_empty(), "once a day, however often it is raised");
    shop.pass(900);
    assert_eq!(on_schedule(&shop), Answer { standing: 1, sent: 1, ..Answer::default() });
    assert_eq!(states(&receiver), [["standing"]]);
    // The money is back with the buyer.
    let payment = shop.stored(no).payments[0].clone();
    shop.hears(no, Says::BackInAll { trade_no: payment.trade_no, amount: payment.amount });
    assert!(shop.stored(no).holds().is_empty());
    shop.pass(900);
    assert_eq!(on_schedule(&shop).standing, 0);
    assert!(told(&receiver).is_empty(), "it waits for the next message");
    assert_eq!(raise(&shop, &[Alarm::about(AlarmWord::SweepLate, "sweep")]), 0);
    assert_eq!(states(&receiver), [["raised", "over"]]);
    shop.pass(DAY);
    on_schedule(&shop);
    assert!(states(&receiver).iter().flatten().all(|state| state != "standing"), "nothing stands any more");
}

#[test]
fn end_without_another_message_is_told_a_day_later() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    assert_eq!(raise(&shop, &[Alarm::about(AlarmWord::SweepLate, "sweep")]), 0);
    assert_eq!(states(&receiver), [["raised"]]);
    shop.pass(3_599);
    assert_eq!(on_schedule(&shop).standing, 1, "it may be raised again");
    shop.pass(1);
    assert_eq!(on_schedule(&shop).standing, 0, "it was not raised for an hour");
    assert!(states(&receiver).is_empty());
    shop.pass(DAY);
    on_schedule(&shop);
    assert_eq!(states(&receiver), [["over"]]);
    shop.pass(DAY);
    on_schedule(&shop);
    assert!(states(&receiver).is_empty());
}

#[test]
fn second_hold_is_told_while_the_first_stands() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let ((first, one), (second, two)) = (odd(&shop), odd(&shop));
    assert_ne!(first, second);
    raise(&shop, &[one]);
    raise(&shop, &[two]);
    let about: Vec<String> = told(&receiver).into_iter().flatten().map(|(.., about)| about).collect();
    assert_eq!(about, [first.to_string(), second.to_string()]);
    // Another hold of the same word on the same order.
    let order = shop.stored(first);
    let hold = Hold { about: till_domain::order::About::Payment(1), ..order.holds()[0] };
    raise(&shop, &[Alarm::of_hold(&order, hold)]);
    assert_eq!(states(&receiver), [["raised"]]);
}

#[test]
fn alarms_that_come_together_are_one_message() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let bot = json!({"name": "people", "kind": "slack", "url": receiver.url("/people")});
    with_channels(&shop, &json!([webhook("ops", &receiver), bot]));
    let alarms: Vec<Alarm> = (0..60).map(|_| odd(&shop).1).collect();
    assert_eq!(raise(&shop, &alarms), 0);
    let messages = receiver.take();
    let (people, programs): (Vec<_>, Vec<_>) = messages.iter().partition(|one| one.path == "/people");
    assert_eq!(people.len(), 1);
    let text = people[0].json()["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("[Till test] 60 alarms: odd_payment 60"), "{text}");
    assert_eq!(text.matches("• ").count(), 10, "{text}");
    let named = |one: &&receiver::Received| one.json()["data"]["alarms"].as_array().unwrap().len();
    assert_eq!(programs.iter().map(named).collect::<Vec<_>>(), [50, 10], "programs get each of them");
}

#[test]
fn only_messages_that_are_no_alarms_come_again() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let Reply::Messages(answer) = play(&shop, &sample("notify-team.alarms")) else { panic!("a batch has an answer") };
    let again: Vec<&str> = answer.batch_item_failures.iter().map(|failed| failed.item_identifier.as_str()).collect();
    assert_eq!(again, ["later-release"]);
    let words: Vec<String> = told(&receiver).into_iter().flatten().map(|(_, word, _)| word).collect();
    assert_eq!(words.len(), 3, "{words:?}");
    for word in ["sweep_late", "unusable_account", "aws_alarm"] {
        assert!(words.iter().any(|known| known == word), "{word}: {words:?}");
    }
}

#[test]
fn row_and_samples_agree_with_the_code() {
    let row = table::row("notify-team");
    let queue = &row["triggers"][1];
    assert_eq!((&queue["kind"], &queue["queue"]), (&json!("queue"), &json!(QUEUE)));
    assert!(row["timeout_seconds"].as_u64().unwrap() > TIME_BUDGET.as_secs());
    table::all_played("notify-team", &[include_str!("tests.rs")]);
}

#[test]
fn document_for_operators_has_a_section_for_each_word_and_no_other() {
    let document = include_str!("../../../docs/operating.md");
    let (_, rest) = document.split_once("\n## What each word means\n").unwrap();
    let (part, _) = rest.split_once("\n## ").unwrap();
    let mut sections: Vec<&str> =
        part.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    let mut words: Vec<&str> = AlarmWord::ALL.iter().map(|word| word.as_str()).collect();
    sections.sort_unstable();
    words.sort_unstable();
    assert_eq!(sections, words);
    let sections = part.split("\n### ").skip(1);
    let missing: Vec<&str> =
        sections.filter(|section| !section.contains("**Do")).filter_map(|s| s.lines().next()).collect();
    assert_eq!(missing, ["`aws_alarm`"], "it says what to do for each subject, in a table");
}
