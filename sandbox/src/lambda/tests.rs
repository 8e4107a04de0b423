//! Events of the gateway and the queue, each a file under `events/`, and how the function answers them.

use serde_json::{Value, json};

use super::{Function, Message, UNKNOWN_EVENT};
use crate::books::Trade;
use crate::callback::Callback;
use crate::fault::Fault;
use crate::ports::Delivery;
use crate::tests::{FakePorts, START, Wait as _, trade};

/// An unpaid trade `T1`, with two callbacks that were never sent.
fn world() -> (FakePorts, Function<FakePorts>) {
    let ports = FakePorts::default();
    let function = Function::new(ports.clone());
    let mut trade = trade("T1");
    trade.callbacks = ["evt_1", "evt_2"]
        .map(|id| {
            let url = "https://shop.example/stripe";
            Callback::new(id.to_owned(), "checkout.session.completed", url, "{}".to_owned(), START)
        })
        .to_vec();
    function.sandbox().wait().unwrap().add(&trade, &[]).wait().unwrap();
    (ports, function)
}

fn event(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn stored(function: &Function<FakePorts>, number: &str) -> Trade {
    function.sandbox().wait().unwrap().named(&format!("tester/{number}")).wait().unwrap().unwrap()
}

fn body(answer: &Value) -> Value {
    assert_eq!(answer["isBase64Encoded"], false);
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[test]
fn form_is_read_with_and_without_base64() {
    for file in [
        include_str!("../../../events/sandbox.session-base64.json"),
        include_str!("../../../events/sandbox.session-text.json"),
    ] {
        let (_, function) = world();
        let answer = function.handle(event(file)).wait().unwrap();
        assert_eq!(answer["statusCode"], 200, "{answer}");
        assert_eq!(answer["headers"]["Content-Type"], "application/json; charset=utf-8");
        let session = body(&answer);
        assert_eq!(session["amount_total"], 990);
        assert_eq!(session["url"], "http://127.0.0.1:4566/_aws/execute-api/a1b2c3d4/trades/T9");
        assert_eq!(stored(&function, "T9").subject, "100 points");
    }
}

#[test]
fn unreadable_requests_are_refused_with_an_answer() {
    let (_, function) = world();
    let broken = event(include_str!("../../../events/sandbox.broken-base64.json"));
    assert_eq!(function.handle(broken).wait().unwrap()["statusCode"], 400);
    let mut large = event(include_str!("../../../events/sandbox.session-text.json"));
    large["body"] = "x".repeat(1024 * 1024 + 1).into();
    assert_eq!(function.handle(large).wait().unwrap()["statusCode"], 413);
    for nothing in [json!({}), json!({ "version": "1.0", "httpMethod": "GET", "path": "/" }), Value::Null] {
        assert_eq!(function.handle(nothing).wait(), Err(UNKNOWN_EVENT));
    }
}

#[test]
fn pages_link_by_relative_paths() {
    let (_, function) = world();
    let page = event(include_str!("../../../events/sandbox.page.json"));
    let answer = function.handle(page).wait().unwrap();
    assert_eq!(
        (&answer["statusCode"], &answer["headers"]["Content-Type"]),
        (&200.into(), &"text/html; charset=utf-8".into())
    );
    let html = answer["body"].as_str().unwrap();
    assert!(html.contains("action=\"../trades/T1/pay\"") && html.contains("href=\"../\""), "{html}");
    let list = event(include_str!("../../../events/sandbox.list-before.json"));
    let answer = function.handle(list).wait().unwrap();
    // The first value of a name counts, and an empty one counts as missing.
    assert!(answer["body"].as_str().unwrap().contains("href=\"./trades/T1\""), "{answer}");
}

#[test]
fn first_of_duplicate_parameters_counts_and_path_is_decoded_once() {
    let (_, function) = world();
    let twice = event(include_str!("../../../events/sandbox.pay-amount-twice.json"));
    assert_eq!(body(&function.handle(twice).wait().unwrap())["payments"][0]["amount"], 777);
    let odd = event(include_str!("../../../events/sandbox.odd-path.json"));
    assert_eq!(body(&function.handle(odd.clone()).wait().unwrap())["error"], "no_such_trade");
    let number = "50% a|b付";
    function.sandbox().wait().unwrap().add(&trade(number), &[]).wait().unwrap();
    assert_eq!(body(&function.handle(odd).wait().unwrap())["payment_no"], number);
}

#[test]
fn duplicate_delivery_is_sent_once_and_plans_next_attempt_twice() {
    let (ports, function) = world();
    let batch = event(include_str!("../../../events/sandbox.callbacks-duplicate.json"));
    ports.answers.borrow_mut().push_back(Some((500, vec![])));
    for _ in 0..2 {
        assert_eq!(function.handle(batch.clone()).wait().unwrap(), json!({ "batchItemFailures": [] }));
    }
    assert_eq!(ports.posted.borrow().len(), 1);
    let tries = stored(&function, "T1").callbacks[0].attempts.len();
    assert_eq!(tries, 1);
    // The second delivery plans the same attempt again, in case the first plan was lost.
    let planned: Vec<Delivery> = ports.queue.borrow().iter().map(|(_, one)| one.clone()).collect();
    assert_eq!(planned.len(), 2);
    assert_eq!((planned[0].nth, &planned[0]), (1, &planned[1]));
    for (at, delivery) in ports.queue.take() {
        let message = Message::new(&delivery, at).body();
        ports.passed.set(at - START);
        let batch = json!({ "Records": [{ "messageId": "m", "body": message }] });
        assert_eq!(function.handle(batch).wait().unwrap(), json!({ "batchItemFailures": [] }));
    }
    assert_eq!(ports.posted.borrow().len(), 2);
    assert!(stored(&function, "T1").callbacks[0].is_accepted());
}

#[test]
fn bad_record_fails_alone() {
    let (ports, function) = world();
    let batch = event(include_str!("../../../events/sandbox.callbacks-one-bad.json"));
    let answer = function.handle(batch).wait().unwrap();
    let failed = json!([
        { "itemIdentifier": "00000000-0000-4000-8000-000000000002" },
        { "itemIdentifier": "00000000-0000-4000-8000-000000000003" },
    ]);
    assert_eq!(answer["batchItemFailures"], failed);
    assert_eq!(ports.posted.borrow().len(), 2);
}

#[test]
fn message_due_later_is_enqueued_again() {
    let (ports, function) = world();
    let batch = event(include_str!("../../../events/sandbox.callbacks-later.json"));
    assert_eq!(function.handle(batch).wait().unwrap(), json!({ "batchItemFailures": [] }));
    assert!(ports.posted.borrow().is_empty());
    assert_eq!(ports.queue.borrow()[0].0, START + 4000);
    let delivery = ports.queue.borrow()[0].1.clone();
    let message = Message::new(&delivery, START + 4000);
    for (now, wait, delay) in [(START, 4000, 900), (START + 3101, 899, 899), (START + 4000, 0, 0), (START + 9999, 0, 0)]
    {
        assert_eq!((message.wait_seconds(now), message.delay_seconds(now)), (wait, delay), "{now}");
    }
}

#[test]
fn delivery_of_unknown_trade_is_acknowledged() {
    let (ports, function) = world();
    let batch = event(include_str!("../../../events/sandbox.callbacks-unknown-trade.json"));
    assert_eq!(function.handle(batch).wait().unwrap(), json!({ "batchItemFailures": [] }));
    assert!(ports.posted.borrow().is_empty());
}

#[test]
fn store_that_is_down_returns_delivery_to_queue() {
    let (ports, function) = world();
    ports.is_down.set(true);
    let batch = event(include_str!("../../../events/sandbox.callbacks-duplicate.json"));
    let answer = function.handle(batch).wait().unwrap();
    assert_eq!(answer["batchItemFailures"][0]["itemIdentifier"], "00000000-0000-4000-8000-000000000001");
}

#[test]
fn config_is_read_once_a_minute_and_reused_when_unreadable() {
    let ports = FakePorts::default();
    let function = Function::new(ports.clone());
    let page = event(include_str!("../../../events/sandbox.page.json"));
    ports.has_no_config.set(true);
    assert_eq!(function.handle(page.clone()).wait().unwrap()["statusCode"], 503);
    ports.has_no_config.set(false);
    for (passed, reads) in [(0, 2), (59, 2), (60, 3), (61, 3)] {
        ports.passed.set(passed);
        assert_eq!(function.handle(page.clone()).wait().unwrap()["statusCode"], 404);
        assert_eq!(ports.config_reads.get(), reads, "after {passed} s");
    }
    ports.has_no_config.set(true);
    ports.passed.set(200);
    assert_eq!(function.handle(page.clone()).wait().unwrap()["statusCode"], 404);
    // A configuration for production is refused, whatever the function's own stage is.
    ports.has_no_config.set(false);
    ports.stage.replace(Some("production".to_owned()));
    ports.passed.set(300);
    assert_eq!(function.handle(page).wait().unwrap()["statusCode"], 503);
}

#[test]
fn panic_fails_only_its_own_record() {
    let (ports, function) = world();
    ports.panics.set(1);
    let batch = event(include_str!("../../../events/sandbox.callbacks-one-bad.json"));
    let answer = function.handle(batch).wait().unwrap();
    let failed = answer["batchItemFailures"].as_array().unwrap();
    assert_eq!(failed.len(), 3);
    assert_eq!(failed[0]["itemIdentifier"], "00000000-0000-4000-8000-000000000001");
    let callbacks = stored(&function, "T1").callbacks;
    assert_eq!((callbacks[0].attempts.len(), callbacks[1].is_accepted()), (0, true));
}

#[test]
fn armed_copies_are_separate_deliveries() {
    let (ports, function) = world();
    let sandbox = function.sandbox().wait().unwrap();
    let key = trade("T1").key();
    sandbox.change(&key, |trade, _| (trade.armed.push(Fault::ThreeCallbacks), None)).wait().unwrap();
    let answer =
        body(&function.handle(event(include_str!("../../../events/sandbox.pay-amount-twice.json"))).wait().unwrap());
    let callbacks = answer["notices"].as_array().unwrap().len() - 2;
    let copies: std::collections::BTreeSet<String> =
        ports.queue.borrow().iter().map(|(_, delivery)| delivery.copy.clone()).collect();
    assert_eq!(copies.len(), callbacks * 3);
}
