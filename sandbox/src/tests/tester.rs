//! The testers' addresses, as JSON and as pages.

use super::{Fake, START, block, browser, json, sandbox, tester, trade};
use crate::act::Act;
use crate::desk::Sandbox;
use crate::fault::Fault;
use crate::http::Response;
use crate::provider::Provider;

async fn world() -> Sandbox<Fake> {
    let sandbox = sandbox();
    let mut trade = trade("T1");
    trade.details.insert("session".to_owned(), "cs_test_1".into());
    trade.details.insert("success_url".to_owned(), "https://shop.example/done?s={CHECKOUT_SESSION_ID}".into());
    sandbox.add(&trade, &[]).await.unwrap();
    sandbox
}

async fn post(sandbox: &Sandbox<Fake>, path: &str) -> Response {
    sandbox.handle(&tester("POST", path)).await
}

fn location(response: &Response) -> &str {
    let found = response.headers.iter().find(|(name, _)| name == "Location");
    found.map_or("", |(_, value)| value.as_str())
}

#[test]
fn books_are_json_for_programs_and_pages_for_browsers() {
    block(async {
        let sandbox = world().await;
        for path in ["/trades/T1", "/books/T1"] {
            let answer = sandbox.handle(&tester("GET", path)).await;
            assert_eq!((answer.status, json(&answer)["amount"].as_u64()), (200, Some(1000)), "{path}");
        }
        let all = json(&sandbox.handle(&tester("GET", "/books")).await);
        assert_eq!(all["trades"][0]["payment_no"], "T1");
        assert_eq!(json(&sandbox.handle(&tester("GET", "/")).await)[0]["payment_no"], "T1");
        for path in ["/", "/trades/T1"] {
            let answer = sandbox.handle(&browser("GET", path)).await;
            assert_eq!(answer.status, 200);
            assert!(answer.headers.contains(&("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned())));
            assert!(String::from_utf8(answer.body).unwrap().starts_with("<!doctype html>"));
        }
    });
}

#[test]
fn missing_trades_and_unknown_words_answer_404() {
    block(async {
        let sandbox = world().await;
        for (method, path, word) in [
            ("GET", "/trades/T2", "no_such_trade"),
            ("POST", "/trades/T2/pay", "no_such_trade"),
            ("POST", "/trades/T2/faults/time_out", "no_such_trade"),
            ("POST", "/trades/T1/explode", "no_such_act"),
            ("POST", "/trades/T1/faults/explode", "no_such_fault"),
            ("POST", "/faults/stripe/lose_callback", "no_such_fault"),
            ("POST", "/faults/paypal/time_out", "no_such_fault"),
            ("GET", "/elsewhere", "not_found"),
            ("DELETE", "/trades/T1", "not_found"),
            ("GET", "/trades/T1/pay", "not_found"),
        ] {
            let answer = sandbox.handle(&tester(method, path)).await;
            assert_eq!((answer.status, json(&answer)["error"].as_str()), (404, Some(word)), "{method} {path}");
        }
        let page = sandbox.handle(&browser("GET", "/trades/<b>")).await;
        assert_eq!(page.status, 404);
        assert!(!String::from_utf8(page.body).unwrap().contains("<b>"));
    });
}

#[test]
fn short_ways_pay_and_fail() {
    block(async {
        for (method, path, state, count) in [
            ("POST", "/mock/success/T1", "paid", 1),
            ("GET", "/mock/simulate-payment/T1", "paid", 1),
            ("POST", "/mock/failure/T1", "failed", 0),
            ("POST", "/trades/T1/pay", "paid", 1),
            ("POST", "/trades/T1/process", "processing", 0),
            ("POST", "/trades/T1/pay_late", "paid", 1),
        ] {
            let sandbox = world().await;
            let answer = json(&sandbox.handle(&tester(method, path)).await);
            assert_eq!(answer["state"], state, "{path}");
            assert_eq!(answer["payments"].as_array().unwrap().len(), count, "{path}");
        }
    });
}

#[test]
fn a_browser_that_paid_goes_on_to_the_shop() {
    block(async {
        let sandbox = world().await;
        let answer = sandbox.handle(&browser("POST", "/trades/T1/fail")).await;
        assert_eq!((answer.status, location(&answer)), (303, "https://sandbox.example/trades/T1"));
        let answer = sandbox.handle(&browser("POST", "/mock/simulate-payment/T1")).await;
        assert_eq!((answer.status, location(&answer)), (303, "https://shop.example/done?s=cs_test_1"));
        let again = sandbox.handle(&browser("POST", "/trades/T1/pay")).await;
        assert_eq!(again.status, 409);
        assert!(String::from_utf8(again.body).unwrap().contains("paid already"));
        let again = post(&sandbox, "/trades/T1/pay").await;
        assert_eq!((again.status, json(&again)["error"].as_str()), (409, Some("refused")));
    });
}

#[test]
fn amounts_can_be_given() {
    block(async {
        let sandbox = world().await;
        assert_eq!(post(&sandbox, "/trades/T1/pay?amount=-1").await.status, 400);
        assert_eq!(post(&sandbox, "/trades/T1/pay?amount=1.5").await.status, 400);
        let mut request = tester("POST", "/trades/T1/pay");
        request.body = b"amount=777".to_vec();
        assert_eq!(json(&sandbox.handle(&request).await)["payments"][0]["amount"], 777);
        let answer = json(&post(&sandbox, "/trades/T1/refund_on_platform?amount=77").await);
        assert_eq!(answer["refunds"][0]["amount"], 77);
        // Half of the rest.
        let answer = json(&post(&sandbox, "/trades/T1/refund_on_platform").await);
        assert_eq!(answer["refunds"][1]["amount"], 350);
        assert_eq!(answer["refunds"][1]["number"], serde_json::Value::Null);
        assert_eq!(post(&sandbox, "/trades/T1/refund_on_platform?amount=351").await.status, 409);
    });
}

#[test]
fn wrong_second_and_disputed_payments_are_recorded() {
    block(async {
        let sandbox = world().await;
        assert_eq!(post(&sandbox, "/trades/T1/pay_again").await.status, 409);
        let wrong = json(&post(&sandbox, "/trades/T1/pay_wrong_amount").await);
        assert_eq!(wrong["payments"][0]["amount"], 999);
        assert_eq!(json(&post(&sandbox, "/trades/T1/pay_again").await)["payments"].as_array().unwrap().len(), 2);
        assert_eq!(json(&post(&sandbox, "/trades/T1/open_dispute").await)["disputes"][0]["state"], "opened");
        assert_eq!(json(&post(&sandbox, "/trades/T1/win_dispute").await)["disputes"][0]["state"], "won");
        assert_eq!(post(&sandbox, "/trades/T1/lose_dispute").await.status, 409);
        assert_eq!(post(&sandbox, "/trades/T1/finish_refund").await.status, 409);

        let late = world().await;
        let answer = json(&post(&late, "/trades/T1/pay_late").await);
        assert_eq!(answer["payments"][0]["at"], START + 3601);
    });
}

#[test]
fn only_the_providers_own_faults_are_armed() {
    block(async {
        let sandbox = world().await;
        for fault in Fault::ALL {
            let answer = post(&sandbox, &format!("/trades/T1/faults/{}", fault.word())).await;
            assert_eq!(answer.status == 200, fault.is_of(Provider::Stripe), "{fault:?}");
        }
        let armed = sandbox.trade("trade/stripe/main/T1").await.unwrap().unwrap().armed;
        assert_eq!(armed, Fault::ALL.into_iter().filter(|fault| *fault != Fault::Probe).collect::<Vec<_>>());
        let answer = sandbox.handle(&browser("POST", "/faults/stripe/time_out")).await;
        assert_eq!(answer.status, 303);
        assert_eq!(json(&post(&sandbox, "/faults/stripe/answer_500").await)["armed"], "answer_500");
    });
}

#[test]
fn acts_of_other_providers_are_refused() {
    block(async {
        let sandbox = sandbox();
        let mut trade = trade("W1");
        trade.provider = Provider::WeChat;
        sandbox.add(&trade, &[]).await.unwrap();
        for act in Act::ALL.into_iter().filter(|act| !act.is_of(Provider::WeChat)) {
            let answer = post(&sandbox, &format!("/trades/W1/{}", act.word())).await;
            assert_eq!((answer.status, json(&answer)["error"].as_str()), (409, Some("not_here")), "{act:?}");
        }
    });
}

#[test]
fn a_store_that_is_down_answers_503() {
    block(async {
        let sandbox = world().await;
        sandbox.ports.is_down.set(true);
        for (method, path) in [("GET", "/"), ("GET", "/trades/T1"), ("POST", "/trades/T1/pay")] {
            let answer = sandbox.handle(&tester(method, path)).await;
            assert_eq!((answer.status, json(&answer)["error"].as_str()), (503, Some("unavailable")), "{path}");
        }
    });
}
