//! The testers' addresses, as JSON and as pages.

use super::{FakePorts, START, Wait as _, browser, json, sandbox, tester, trade};
use crate::action::Action;
use crate::fault::Fault;
use crate::http::Response;
use crate::provider::Provider;
use crate::sandbox::Sandbox;

fn world() -> Sandbox<FakePorts> {
    let sandbox = sandbox();
    let mut trade = trade("T1");
    trade.details.insert("session".to_owned(), "cs_test_1".into());
    trade.details.insert("success_url".to_owned(), "https://shop.example/done?s={CHECKOUT_SESSION_ID}".into());
    sandbox.add(&trade, &[]).wait().unwrap();
    sandbox
}

fn post(sandbox: &Sandbox<FakePorts>, path: &str) -> Response {
    sandbox.handle(&tester("POST", path)).wait()
}

fn location(response: &Response) -> &str {
    let found = response.headers.iter().find(|(name, _)| name == "Location");
    found.map_or("", |(_, value)| value.as_str())
}

#[test]
fn books_are_json_for_programs_and_pages_for_browsers() {
    let sandbox = world();
    for path in ["/trades/T1", "/books/T1"] {
        let answer = sandbox.handle(&tester("GET", path)).wait();
        assert_eq!((answer.status, json(&answer)["amount"].as_u64()), (200, Some(1000)), "{path}");
    }
    let all = json(&sandbox.handle(&tester("GET", "/books")).wait());
    assert_eq!(all["trades"][0]["payment_no"], "T1");
    assert_eq!(json(&sandbox.handle(&tester("GET", "/trades")).wait())[0]["payment_no"], "T1");
    for path in ["/", "/trades", "/trades/T1"] {
        let answer = sandbox.handle(&browser("GET", path)).wait();
        assert_eq!(answer.status, 200);
        assert!(answer.headers.contains(&("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned())));
        assert!(String::from_utf8(answer.body).unwrap().starts_with("<!doctype html>"));
    }
}

#[test]
fn missing_trades_and_unknown_words_answer_404() {
    let sandbox = world();
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
        let answer = sandbox.handle(&tester(method, path)).wait();
        assert_eq!((answer.status, json(&answer)["error"].as_str()), (404, Some(word)), "{method} {path}");
    }
    let page = sandbox.handle(&browser("GET", "/trades/<b>")).wait();
    assert_eq!(page.status, 404);
    assert!(!String::from_utf8(page.body).unwrap().contains("<b>"));
}

#[test]
fn mock_addresses_and_actions_pay_and_fail() {
    for (method, path, state, count) in [
        ("POST", "/mock/success/T1", "paid", 1),
        ("GET", "/mock/simulate-payment/T1", "paid", 1),
        ("POST", "/mock/failure/T1", "failed", 0),
        ("POST", "/trades/T1/pay", "paid", 1),
        ("POST", "/trades/T1/process", "processing", 0),
        ("POST", "/trades/T1/pay_late", "paid", 1),
    ] {
        let sandbox = world();
        let answer = json(&sandbox.handle(&tester(method, path)).wait());
        assert_eq!(answer["state"], state, "{path}");
        assert_eq!(answer["payments"].as_array().unwrap().len(), count, "{path}");
    }
}

#[test]
fn browser_is_redirected_to_shop_after_payment() {
    let sandbox = world();
    let answer = sandbox.handle(&browser("POST", "/trades/T1/fail")).wait();
    assert_eq!((answer.status, location(&answer)), (303, "https://sandbox.example/trades/T1"));
    let answer = sandbox.handle(&browser("POST", "/mock/simulate-payment/T1")).wait();
    assert_eq!((answer.status, location(&answer)), (303, "https://shop.example/done?s=cs_test_1"));
    let again = sandbox.handle(&browser("POST", "/trades/T1/pay")).wait();
    assert_eq!(again.status, 409);
    assert!(String::from_utf8(again.body).unwrap().contains("paid already"));
    let again = post(&sandbox, "/trades/T1/pay");
    assert_eq!((again.status, json(&again)["error"].as_str()), (409, Some("refused")));
}

#[test]
fn amount_parameter_changes_paid_and_refunded_amount() {
    let sandbox = world();
    assert_eq!(post(&sandbox, "/trades/T1/pay?amount=-1").status, 400);
    assert_eq!(post(&sandbox, "/trades/T1/pay?amount=1.5").status, 400);
    let mut request = tester("POST", "/trades/T1/pay");
    request.body = b"amount=777".to_vec();
    assert_eq!(json(&sandbox.handle(&request).wait())["payments"][0]["amount"], 777);
    let answer = json(&post(&sandbox, "/trades/T1/refund_on_platform?amount=77"));
    assert_eq!(answer["refunds"][0]["amount"], 77);
    // Half of the rest.
    let answer = json(&post(&sandbox, "/trades/T1/refund_on_platform"));
    assert_eq!(answer["refunds"][1]["amount"], 350);
    assert_eq!(answer["refunds"][1]["number"], serde_json::Value::Null);
    assert_eq!(post(&sandbox, "/trades/T1/refund_on_platform?amount=351").status, 409);
}

#[test]
fn wrong_second_and_disputed_payments_are_recorded() {
    let sandbox = world();
    assert_eq!(post(&sandbox, "/trades/T1/pay_again").status, 409);
    let wrong = json(&post(&sandbox, "/trades/T1/pay_wrong_amount"));
    assert_eq!(wrong["payments"][0]["amount"], 999);
    assert_eq!(json(&post(&sandbox, "/trades/T1/pay_again"))["payments"].as_array().unwrap().len(), 2);
    assert_eq!(json(&post(&sandbox, "/trades/T1/open_dispute"))["disputes"][0]["state"], "opened");
    assert_eq!(json(&post(&sandbox, "/trades/T1/win_dispute"))["disputes"][0]["state"], "won");
    assert_eq!(post(&sandbox, "/trades/T1/lose_dispute").status, 409);
    assert_eq!(post(&sandbox, "/trades/T1/finish_refund").status, 409);

    let late = world();
    let answer = json(&post(&late, "/trades/T1/pay_late"));
    assert_eq!(answer["payments"][0]["at"], START + 3601);
}

#[test]
fn only_faults_of_provider_are_armed() {
    let sandbox = world();
    for fault in Fault::ALL {
        let answer = post(&sandbox, &format!("/trades/T1/faults/{}", fault.word()));
        assert_eq!(answer.status == 200, fault.exists_at(Provider::Stripe), "{fault:?}");
    }
    let armed = sandbox.trade("trade/stripe/main/T1").wait().unwrap().unwrap().armed;
    assert_eq!(armed, Fault::ALL.into_iter().filter(|fault| *fault != Fault::Probe).collect::<Vec<_>>());
    let answer = sandbox.handle(&browser("POST", "/faults/stripe/time_out")).wait();
    assert_eq!(answer.status, 303);
    assert_eq!(json(&post(&sandbox, "/faults/stripe/answer_500"))["armed"], "answer_500");
}

#[test]
fn actions_of_other_providers_are_refused() {
    let sandbox = sandbox();
    let mut trade = trade("W1");
    trade.provider = Provider::WeChat;
    sandbox.add(&trade, &[]).wait().unwrap();
    for action in Action::ALL.into_iter().filter(|action| !action.exists_at(Provider::WeChat)) {
        let answer = post(&sandbox, &format!("/trades/W1/{}", action.word()));
        assert_eq!((answer.status, json(&answer)["error"].as_str()), (409, Some("not_here")), "{action:?}");
    }
}

#[test]
fn store_that_is_down_is_answered_503() {
    let sandbox = world();
    sandbox.ports.is_down.set(true);
    for (method, path) in [("GET", "/trades"), ("GET", "/trades/T1"), ("POST", "/trades/T1/pay")] {
        let answer = sandbox.handle(&tester(method, path)).wait();
        assert_eq!((answer.status, json(&answer)["error"].as_str()), (503, Some("unavailable")), "{path}");
    }
}
