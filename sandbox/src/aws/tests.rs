//! The store on an emulated table in this process: bookkeeping, concurrent writers, lists, sizes.

use std::collections::BTreeSet;
use std::rc::Rc;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use futures_util::future::join_all;
use serde_json::json;

use super::pack::{MAX_PACKED_BYTES, pack};
use super::table::keys;
use super::{Aws, Settings, configure};
use crate::action::Action;
use crate::books::{RefundState, Trade};
use crate::callback::Callback;
use crate::config::Config;
use crate::fault::Fault;
use crate::ports::{Store as _, StoreError, Stored};
use crate::provider::Provider;
use crate::sandbox::{CallFault, Sandbox};
use crate::tests::{FakePorts, START, browser, tester, trade};
use crate::trade::Refusal;

/// A table of its own, which is gone with the test's runtime.
async fn table() -> Aws {
    let engine = dynoxide::Database::memory().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_with_shutdown(listener, engine, std::future::pending()));
    let settings = Settings {
        region: "eu-central-1".to_owned(),
        endpoint_url: Some(endpoint),
        stage: "local".to_owned(),
        table_name: "till".to_owned(),
        queue_url: String::new(),
        api_id: "a1b2c3d4".to_owned(),
        roots: till_http::Roots::of_the_web(),
    };
    let variable = |name: &str| name.starts_with("AWS_").then(|| "test".to_owned());
    let config = configure(&settings, variable).build();
    let aws = Aws::new(settings, &config);
    create(&aws).await;
    aws
}

async fn create(aws: &Aws) {
    let mut table = aws.dynamodb.create_table().table_name("till").billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let defined = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind);
        table = table.attribute_definitions(defined.build().unwrap()).key_schema(key.build().unwrap());
    }
    table.send().await.unwrap();
}

async fn sandbox() -> Sandbox<FakePorts<Aws>> {
    Sandbox::open(crate::tests::sandbox().config, FakePorts::on(table().await)).unwrap()
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn document_is_saved_only_over_version_that_was_read() {
    block(async {
        let store = table().await;
        let name = "trade/stripe/main/T1";
        assert_eq!(store.load(name).await, Ok(None));
        assert_eq!(store.save(name, "{}", Some(1)).await, Err(StoreError::Conflict));
        assert_eq!(store.save(name, "{\"a\":1}", None).await, Ok(()));
        assert_eq!(store.save(name, "{}", None).await, Err(StoreError::Conflict));
        assert_eq!(store.load(name).await, Ok(Some(Stored { version: 1, json: "{\"a\":1}".to_owned() })));
        assert_eq!(store.save(name, "{\"a\":2}", Some(1)).await, Ok(()));
        assert_eq!(store.save(name, "{\"a\":3}", Some(1)).await, Err(StoreError::Conflict));
        assert_eq!(store.load(name).await, Ok(Some(Stored { version: 2, json: "{\"a\":2}".to_owned() })));
        // Callers can ask for names that no document can have.
        for name in ["tester/", "", &format!("tester/{}", "x".repeat(2000))] {
            assert_eq!(store.load(name).await, Ok(None));
            assert_eq!(store.save(name, "{}", None).await, Err(StoreError::TooLarge));
        }
    });
}

#[test]
fn retried_write_recognises_its_own_first_write() {
    block(async {
        let store = table().await;
        let (pk, sk) = keys("trade/stripe/main/T1").unwrap();
        let put = || {
            let put = store.dynamodb.put_item().table_name("till").item("pk", pk.clone()).item("sk", sk.clone());
            put.item("w", AttributeValue::S("ours".to_owned()))
                .condition_expression("attribute_not_exists(pk)")
                .return_values_on_condition_check_failure(
                    aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
                )
        };
        put().send().await.unwrap();
        let again = put().send().await.unwrap_err();
        assert_eq!(super::table::refused(&again, "ours"), Ok(()));
        assert_eq!(super::table::refused(&again, "others"), Err(StoreError::Conflict));
    });
}

#[test]
fn concurrent_changes_are_all_kept() {
    block(async {
        let sandbox = sandbox().await;
        let trade = trade("T1");
        sandbox.add(&trade, &[]).await.unwrap();
        let key = trade.key();
        let pay = async || {
            let pay = |trade: &mut Trade, now| trade.pay(now, None).map(|event| ((), Some(event)));
            sandbox.try_change(&key, pay).await.unwrap().unwrap().1
        };
        let mut results = join_all((0..5).map(|_| pay())).await;
        results.sort_by_key(Result::is_err);
        assert_eq!(results, [Ok(()), Err(Refusal::Paid), Err(Refusal::Paid), Err(Refusal::Paid), Err(Refusal::Paid)]);
        let refund = async |number: &str| {
            let give = |trade: &mut Trade, now| {
                (trade.refund(now, None, Some(number), 10, RefundState::Succeeded).unwrap(), None)
            };
            sandbox.change(&key, give).await.unwrap().unwrap();
        };
        join_all(["R1", "R2", "R3", "R4"].map(refund)).await;
        let trade = sandbox.trade(&key).await.unwrap().unwrap();
        let numbers: BTreeSet<Option<&str>> = trade.refunds.iter().map(|refund| refund.number.as_deref()).collect();
        assert_eq!((trade.payments.len(), numbers.len()), (1, 4));
        // There is one payment, so its callbacks are enqueued once.
        assert_eq!(sandbox.ports.queue.borrow().len(), trade.callbacks.len());
    });
}

#[test]
fn only_one_of_concurrent_openings_succeeds() {
    block(async {
        let sandbox = sandbox().await;
        let opened = join_all((0..6).map(|amount| {
            let trade = Trade { amount: 1000 + amount, ..trade("T1") };
            let sandbox = &sandbox;
            async move { sandbox.add(&trade, &["name/stripe/session/cs_1".to_owned()]).await }
        }));
        let opened = opened.await;
        assert_eq!(opened.iter().filter(|result| result.is_ok()).count(), 1, "{opened:?}");
        assert!(opened.iter().all(|result| matches!(result, Ok(()) | Err(StoreError::Conflict))), "{opened:?}");
        assert!(sandbox.named("tester/T1").await.unwrap().is_some());
        assert!(sandbox.named("name/stripe/session/cs_1").await.unwrap().is_some());
    });
}

#[test]
fn an_armed_fault_is_used_once_by_concurrent_calls() {
    block(async {
        let sandbox = sandbox().await;
        join_all((0..3).map(|_| sandbox.arm_for_all(Provider::Alipay, Fault::Answer500))).await;
        let met = join_all((0..5).map(|_| sandbox.take_call_fault(Provider::Alipay, None))).await;
        let met: Vec<CallFault> = met.into_iter().map(Result::unwrap).collect();
        assert_eq!(met.iter().filter(|fault| **fault == CallFault::Error).count(), 3, "{met:?}");
    });
}

#[test]
fn testers_actions_are_recorded_in_the_books() {
    block(async {
        let sandbox = sandbox().await;
        sandbox.add(&trade("T1"), &[]).await.unwrap();
        for (path, status) in [
            ("/trades/T1/fail", 200),
            ("/trades/T1/pay", 200),
            ("/trades/T1/pay", 409),
            ("/trades/T1/refund_on_platform?amount=77", 200),
            ("/trades/T1/open_dispute", 200),
            ("/trades/T1/faults/time_out", 200),
            ("/trades/T2/pay", 404),
        ] {
            assert_eq!(sandbox.handle(&tester("POST", path)).await.status, status, "{path}");
        }
        let answer = sandbox.handle(&tester("GET", "/books/T1")).await;
        let books: Trade = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((books.payments.len(), books.refunds[0].amount, books.disputes.len()), (1, 77, 1));
        assert_eq!(books.armed, [Fault::TimeOut]);
        let found = sandbox.named(&crate::sandbox::name(Provider::Stripe, "transaction", &books.payments[0].id)).await;
        assert_eq!(found.unwrap().unwrap().payment_no, "T1");
    });
}

#[test]
fn lists_are_read_in_parts_newest_first() {
    block(async {
        let sandbox = sandbox().await;
        for nth in 0..120 {
            // The numbers run against the time, and half of the trades are another merchant's.
            let merchant = if nth % 2 == 0 { "main" } else { "other" };
            let made =
                Trade { created_at: START + nth, merchant: merchant.to_owned(), ..trade(&format!("T{}", 999 - nth)) };
            sandbox.add(&made, &[]).await.unwrap();
        }
        let mut seen: Vec<i64> = Vec::new();
        let mut parts = Vec::new();
        let mut path = "/books".to_owned();
        loop {
            let answer = sandbox.handle(&tester("GET", &path)).await;
            let part: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            let times = part["trades"].as_array().unwrap().iter().map(|trade| trade["created_at"].as_i64().unwrap());
            let before = seen.len();
            seen.extend(times);
            parts.push(seen.len() - before);
            let Some(older) = part["older"].as_str() else { break };
            path = format!("/books?before={}", crate::http::percent_encoded(older));
        }
        assert_eq!(parts, [50, 50, 20]);
        assert_eq!(seen, (0..120).rev().map(|nth| START + nth).collect::<Vec<i64>>());
        let page = String::from_utf8(sandbox.handle(&browser("GET", "/trades")).await.body).unwrap();
        assert!(page.contains("href=\"?before=") && page.contains("Older trades"), "{page}");
        assert_eq!(page.matches("<li>").count(), 50);
        let own = sandbox.newest(&crate::listing::folder(Provider::Stripe, "other"), None, 200).await.unwrap();
        assert_eq!((own.trades.len(), own.older), (60, None));
        assert!(own.trades.iter().all(|trade| trade.merchant == "other"));
    });
}

#[test]
fn list_is_bounded_in_bytes() {
    block(async {
        let sandbox = sandbox().await;
        for nth in 0..4 {
            let mut large = Trade { created_at: START + nth, ..trade(&format!("T{nth}")) };
            large.details.insert("note".to_owned(), "x".repeat(900 * 1024).into());
            sandbox.add(&large, &[]).await.unwrap();
        }
        let first = sandbox.newest("made/all", None, 50).await.unwrap();
        assert_eq!(first.trades.iter().map(|trade| trade.payment_no.as_str()).collect::<Vec<_>>(), ["T3", "T2"]);
        let second = sandbox.newest("made/all", first.older.as_deref(), 50).await.unwrap();
        assert_eq!(second.trades.iter().map(|trade| trade.payment_no.as_str()).collect::<Vec<_>>(), ["T1", "T0"]);
        assert_eq!(second.older, None);
    });
}

#[test]
fn trade_with_sixty_refunds_fits_and_too_large_trade_is_refused() {
    block(async {
        let sandbox = sandbox().await;
        let mut opened = Trade { amount: 1_000_000, ..trade("T1") };
        opened.details = serde_json::from_value(json!({ "family": "ABCDEFGHIJKLMNOPQRSTU" })).unwrap();
        sandbox.add(&opened, &[]).await.unwrap();
        let key = opened.key();
        assert_eq!(sandbox.handle(&tester("POST", "/trades/T1/pay")).await.status, 200);
        for _ in 0..60 {
            let path = format!("/trades/T1/{}?amount=100", Action::RefundOnPlatform.word());
            assert_eq!(sandbox.handle(&tester("POST", &path)).await.status, 200);
        }
        // Concurrently, like a batch.
        for batch in sandbox.ports.queue.take().chunks(10) {
            let delivered = join_all(batch.iter().map(|(_, delivery)| sandbox.deliver(delivery))).await;
            assert!(delivered.iter().all(Result::is_ok), "{delivered:?}");
        }
        let trade = sandbox.trade(&key).await.unwrap().unwrap();
        assert_eq!(trade.refunds.len(), 60);
        assert!(trade.callbacks.len() > 60 && trade.callbacks.iter().all(Callback::is_accepted));
        let json = serde_json::to_string(&trade).unwrap();
        let packed = pack(&json).unwrap();
        let packed = packed.as_b().unwrap().as_ref().len();
        assert!(json.len() > 150_000 && packed < MAX_PACKED_BYTES / 8, "{} bytes in {packed}", json.len());

        // An incompressible document is refused, and the books stay unchanged.
        let noise = crate::random::letters(700 * 1024);
        let grow = |trade: &mut Trade, _| (trade.details.insert("noise".to_owned(), noise.clone().into()), None);
        assert!(matches!(sandbox.change(&key, grow).await, Err(StoreError::TooLarge)));
        assert_eq!(serde_json::to_string(&sandbox.trade(&key).await.unwrap().unwrap()).unwrap(), json);
    });
}

#[test]
fn missing_table_is_unavailable() {
    block(async {
        let mut aws = table().await;
        let other = Settings { table_name: "nowhere".to_owned(), ..(*aws.settings).clone() };
        aws.settings = Rc::new(other);
        assert_eq!(aws.load("trade/a/b").await, Err(StoreError::Unavailable));
        assert_eq!(aws.save("trade/a/b", "{}", None).await, Err(StoreError::Unavailable));
        assert_eq!(aws.list("trade/a", None, 1).await, Err(StoreError::Unavailable));
    });
}

#[test]
fn secret_without_public_url_is_read() {
    let text = json!({ "stage": "local", "wechat": [], "alipay": [], "stripe": [] }).to_string();
    let config: Config = serde_json::from_str(&text).unwrap();
    assert_eq!(config.public_url, "");
}
