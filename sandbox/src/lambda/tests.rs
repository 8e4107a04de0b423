//! Events of the gateway and the queue, each a file under `events/`, and how the function answers them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Value, json};

use super::{Function, Message, Source, UnknownEvent};
use crate::books::Trade;
use crate::config::Config;
use crate::fault::Fault;
use crate::http::Outgoing;
use crate::notice::Notice;
use crate::ports::{Clock, Delivery, Post, Queue, Store, StoreError, Stored};
use crate::tests::{Fake, START, block, sandbox, trade};

#[derive(Clone, Default)]
struct World {
    fake: Rc<Fake>,
    has_no_keys: Rc<Cell<bool>>,
    stage: Rc<RefCell<Option<String>>>,
    reads: Rc<Cell<u32>>,
    /// How many callbacks end in a panic.
    panics: Rc<Cell<u32>>,
}

impl Source for World {
    async fn config(&self) -> Result<Config, StoreError> {
        self.reads.set(self.reads.get() + 1);
        if self.has_no_keys.get() {
            return Err(StoreError::Unavailable);
        }
        let config = sandbox().config;
        let stage = self.stage.borrow().clone().unwrap_or_else(|| config.stage.clone());
        Ok(Config { public_url: "http://127.0.0.1:4566/_aws/execute-api/a1b2c3d4".to_owned(), stage, ..config })
    }
}

impl Store for World {
    async fn load(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        self.fake.load(key).await
    }

    async fn save(&self, key: &str, json: &str, over: Option<u64>) -> Result<(), StoreError> {
        self.fake.save(key, json, over).await
    }

    async fn list(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Vec<(String, Stored)>, StoreError> {
        self.fake.list(folder, before, most).await
    }
}

impl Queue for World {
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError> {
        self.fake.enqueue(delivery, delay_seconds).await
    }
}

impl Post for World {
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)> {
        if self.panics.get() > 0 {
            self.panics.set(self.panics.get() - 1);
            panic!("as the test wants it");
        }
        self.fake.post(outgoing).await
    }
}

impl Clock for World {
    fn now(&self) -> i64 {
        self.fake.now()
    }

    async fn sleep(&self, seconds: u32) {
        self.fake.sleep(seconds).await;
    }
}

/// An unpaid trade `T1`, with two callbacks that were never sent.
async fn world() -> (World, Function<World>) {
    let world = World::default();
    let function = Function::new(world.clone());
    let mut trade = trade("T1");
    trade.notices = ["evt_1", "evt_2"]
        .map(|id| Notice {
            id: id.to_owned(),
            kind: "checkout.session.completed".to_owned(),
            url: "https://shop.example/stripe".to_owned(),
            content: "{}".to_owned(),
            at: START,
            faults: vec![],
            tries: vec![],
        })
        .to_vec();
    function.sandbox().await.unwrap().add(&trade, &[]).await.unwrap();
    (world, function)
}

fn event(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

async fn stored(function: &Function<World>, number: &str) -> Trade {
    function.sandbox().await.unwrap().named(&format!("tester/{number}")).await.unwrap().unwrap()
}

fn body(answer: &Value) -> Value {
    assert_eq!(answer["isBase64Encoded"], false);
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[test]
fn a_form_is_read_whether_it_comes_encoded_or_not() {
    for file in [
        include_str!("../../../events/sandbox.session-base64.json"),
        include_str!("../../../events/sandbox.session-text.json"),
    ] {
        block(async {
            let (_, function) = world().await;
            let answer = function.handle(event(file)).await.unwrap();
            assert_eq!(answer["statusCode"], 200, "{answer}");
            assert_eq!(answer["headers"]["Content-Type"], "application/json; charset=utf-8");
            let session = body(&answer);
            assert_eq!(session["amount_total"], 990);
            assert_eq!(session["url"], "http://127.0.0.1:4566/_aws/execute-api/a1b2c3d4/trades/T9");
            assert_eq!(stored(&function, "T9").await.subject, "100 points");
        });
    }
}

#[test]
fn unreadable_requests_are_refused_with_an_answer() {
    block(async {
        let (_, function) = world().await;
        let broken = event(include_str!("../../../events/sandbox.broken-base64.json"));
        assert_eq!(function.handle(broken).await.unwrap()["statusCode"], 400);
        let mut large = event(include_str!("../../../events/sandbox.session-text.json"));
        large["body"] = "x".repeat(1024 * 1024 + 1).into();
        assert_eq!(function.handle(large).await.unwrap()["statusCode"], 413);
        for nothing in [json!({}), json!({ "version": "1.0", "httpMethod": "GET", "path": "/" }), Value::Null] {
            assert_eq!(function.handle(nothing).await, Err(UnknownEvent));
        }
    });
}

#[test]
fn pages_link_by_ways_that_any_prefix_leaves_right() {
    block(async {
        let (_, function) = world().await;
        let page = event(include_str!("../../../events/sandbox.page.json"));
        let answer = function.handle(page).await.unwrap();
        assert_eq!(
            (&answer["statusCode"], &answer["headers"]["Content-Type"]),
            (&200.into(), &"text/html; charset=utf-8".into())
        );
        let html = answer["body"].as_str().unwrap();
        assert!(html.contains("action=\"../trades/T1/pay\"") && html.contains("href=\"../\""), "{html}");
        let list = event(include_str!("../../../events/sandbox.list-before.json"));
        let answer = function.handle(list).await.unwrap();
        // The first value of a name counts, and an empty one counts as missing.
        assert!(answer["body"].as_str().unwrap().contains("href=\"./trades/T1\""), "{answer}");
    });
}

#[test]
fn the_first_of_equal_names_counts_and_paths_are_decoded_once() {
    block(async {
        let (_, function) = world().await;
        let twice = event(include_str!("../../../events/sandbox.pay-amount-twice.json"));
        assert_eq!(body(&function.handle(twice).await.unwrap())["payments"][0]["amount"], 777);
        let odd = event(include_str!("../../../events/sandbox.odd-path.json"));
        assert_eq!(body(&function.handle(odd.clone()).await.unwrap())["error"], "no_such_trade");
        let number = "50% a|b付";
        function.sandbox().await.unwrap().add(&trade(number), &[]).await.unwrap();
        assert_eq!(body(&function.handle(odd).await.unwrap())["payment_no"], number);
    });
}

#[test]
fn a_delivery_that_comes_twice_is_sent_once_and_planned_on_both_times() {
    block(async {
        let (world, function) = world().await;
        let batch = event(include_str!("../../../events/sandbox.callbacks-duplicate.json"));
        world.fake.answers.borrow_mut().push_back(Some((500, vec![])));
        for _ in 0..2 {
            assert_eq!(function.handle(batch.clone()).await.unwrap(), json!({ "batchItemFailures": [] }));
        }
        assert_eq!(world.fake.posted.borrow().len(), 1);
        let tries = stored(&function, "T1").await.notices[0].tries.len();
        assert_eq!(tries, 1);
        // The second delivery plans the same attempt again, in case the first plan was lost.
        let planned: Vec<Delivery> = world.fake.queue.borrow().iter().map(|(_, one)| one.clone()).collect();
        assert_eq!(planned.len(), 2);
        assert_eq!((planned[0].nth, &planned[0]), (1, &planned[1]));
        for (at, delivery) in world.fake.queue.take() {
            let message = Message::new(&delivery, at).body();
            world.fake.passed.set(at - START);
            let batch = json!({ "Records": [{ "messageId": "m", "body": message }] });
            assert_eq!(function.handle(batch).await.unwrap(), json!({ "batchItemFailures": [] }));
        }
        assert_eq!(world.fake.posted.borrow().len(), 2);
        assert!(stored(&function, "T1").await.notices[0].is_accepted());
    });
}

#[test]
fn a_bad_record_fails_alone() {
    block(async {
        let (world, function) = world().await;
        let batch = event(include_str!("../../../events/sandbox.callbacks-one-bad.json"));
        let answer = function.handle(batch).await.unwrap();
        let failed = json!([
            { "itemIdentifier": "00000000-0000-4000-8000-000000000002" },
            { "itemIdentifier": "00000000-0000-4000-8000-000000000003" },
        ]);
        assert_eq!(answer["batchItemFailures"], failed);
        assert_eq!(world.fake.posted.borrow().len(), 2);
    });
}

#[test]
fn a_message_due_later_is_enqueued_again_and_never_delivered_early() {
    block(async {
        let (world, function) = world().await;
        let batch = event(include_str!("../../../events/sandbox.callbacks-later.json"));
        assert_eq!(function.handle(batch).await.unwrap(), json!({ "batchItemFailures": [] }));
        assert!(world.fake.posted.borrow().is_empty());
        assert_eq!(world.fake.queue.borrow()[0].0, START + 4000);
        let delivery = world.fake.queue.borrow()[0].1.clone();
        let message = Message::new(&delivery, START + 4000);
        for (now, wait, delay) in
            [(START, 4000, 900), (START + 3101, 899, 899), (START + 4000, 0, 0), (START + 9999, 0, 0)]
        {
            assert_eq!((message.wait_seconds(now), message.delay_seconds(now)), (wait, delay), "{now}");
        }
    });
}

#[test]
fn a_delivery_about_nothing_is_done() {
    block(async {
        let (world, function) = world().await;
        let batch = event(include_str!("../../../events/sandbox.callbacks-unknown-trade.json"));
        assert_eq!(function.handle(batch).await.unwrap(), json!({ "batchItemFailures": [] }));
        assert!(world.fake.posted.borrow().is_empty());
    });
}

#[test]
fn a_store_that_is_down_hands_deliveries_back() {
    block(async {
        let (world, function) = world().await;
        world.fake.is_down.set(true);
        let batch = event(include_str!("../../../events/sandbox.callbacks-duplicate.json"));
        let answer = function.handle(batch).await.unwrap();
        assert_eq!(answer["batchItemFailures"][0]["itemIdentifier"], "00000000-0000-4000-8000-000000000001");
    });
}

#[test]
fn keys_are_read_once_a_minute_and_old_ones_do_when_there_are_no_others() {
    block(async {
        let world = World::default();
        let function = Function::new(world.clone());
        let page = event(include_str!("../../../events/sandbox.page.json"));
        world.has_no_keys.set(true);
        assert_eq!(function.handle(page.clone()).await.unwrap()["statusCode"], 503);
        world.has_no_keys.set(false);
        for (passed, reads) in [(0, 2), (59, 2), (60, 3), (61, 3)] {
            world.fake.passed.set(passed);
            assert_eq!(function.handle(page.clone()).await.unwrap()["statusCode"], 404);
            assert_eq!(world.reads.get(), reads, "after {passed} s");
        }
        world.has_no_keys.set(true);
        world.fake.passed.set(200);
        assert_eq!(function.handle(page.clone()).await.unwrap()["statusCode"], 404);
        // A configuration for production is refused, whatever the function's own stage is.
        world.has_no_keys.set(false);
        world.stage.replace(Some("production".to_owned()));
        world.fake.passed.set(300);
        assert_eq!(function.handle(page).await.unwrap()["statusCode"], 503);
    });
}

#[test]
fn a_panic_fails_its_own_record_alone() {
    block(async {
        let (world, function) = world().await;
        world.panics.set(1);
        let batch = event(include_str!("../../../events/sandbox.callbacks-one-bad.json"));
        let answer = function.handle(batch).await.unwrap();
        let failed = answer["batchItemFailures"].as_array().unwrap();
        assert_eq!(failed.len(), 3);
        assert_eq!(failed[0]["itemIdentifier"], "00000000-0000-4000-8000-000000000001");
        let notices = stored(&function, "T1").await.notices;
        assert_eq!((notices[0].tries.len(), notices[1].is_accepted()), (0, true));
    });
}

#[test]
fn a_copy_that_was_armed_is_another_delivery() {
    block(async {
        let (world, function) = world().await;
        let sandbox = function.sandbox().await.unwrap();
        let key = trade("T1").key();
        sandbox.change(&key, |trade, _| (trade.armed.push(Fault::ThreeCallbacks), vec![])).await.unwrap();
        let answer =
            body(&function.handle(event(include_str!("../../../events/sandbox.pay-amount-twice.json"))).await.unwrap());
        let notices = answer["notices"].as_array().unwrap().len() - 2;
        let copies: std::collections::BTreeSet<String> =
            world.fake.queue.borrow().iter().map(|(_, delivery)| delivery.copy.clone()).collect();
        assert_eq!(copies.len(), notices * 3);
    });
}
