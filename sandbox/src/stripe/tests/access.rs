//! Authentication, how requests are read, and the headers of every answer.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{SESSION, Shop, header, request};
use crate::http::Request;
use crate::tests::{Wait as _, json};

fn with(name: &str, value: &str) -> Request {
    let mut request = request("GET", "/v1/balance", &[], None);
    request.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    request.headers.push((name.to_owned(), value.to_owned()));
    request
}

#[test]
fn only_secret_key_is_accepted_and_no_key_is_repeated() {
    let shop = Shop::new();
    let basic = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
    for (value, status) in [
        ("Bearer sk_test_main".to_owned(), 200),
        ("bearer  sk_test_main".to_owned(), 200),
        (basic("sk_test_main:"), 200),
        (basic("sk_test_main"), 200),
        (basic("sk_test_nobody:"), 401),
        ("Basic ***".to_owned(), 401),
        ("Bearer sk_test_nobody".to_owned(), 401),
        ("Bearer sk_test_mai".to_owned(), 401),
        ("Bearer sk_test_mainx".to_owned(), 401),
        ("Bearer sk_test_maiN".to_owned(), 401),
        ("Bearer ".to_owned(), 401),
        ("sk_test_main".to_owned(), 401),
        ("Digest sk_test_main".to_owned(), 401),
        (String::new(), 401),
        ("Bearer pk_test_main".to_owned(), 403),
    ] {
        let answer = shop.sandbox.handle(&with("Authorization", &value)).wait();
        assert_eq!(answer.status, status, "{value:?}");
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert!(!text.contains("sk_test_") && !text.contains("pk_test_"), "{text}");
        if status != 200 {
            assert_eq!(json(&answer)["error"]["type"], "invalid_request_error");
        }
    }
    let mut nobody = with("Authorization", "");
    nobody.headers.clear();
    assert_eq!(shop.sandbox.handle(&nobody).wait().status, 401);
}

#[test]
fn every_answer_has_request_id_and_version() {
    let shop = Shop::new();
    let first = shop.sandbox.handle(&with("Stripe-Version", "2024-06-20")).wait();
    let second = shop.sandbox.handle(&with("Authorization", "none")).wait();
    assert!(header(&first, "Request-Id").unwrap().starts_with("req_"));
    assert_ne!(header(&first, "Request-Id"), header(&second, "Request-Id"));
    assert_eq!(header(&first, "Stripe-Version"), Some("2024-06-20"));
    assert_eq!(header(&second, "Stripe-Version"), Some("2025-09-30.clover"));
    for version in ["2025-9-30", "newest", "2025-09-30.", "2025-09-30.Clover", "2025-09-30\r\nX: y", "２025-09-30"] {
        let answer = shop.sandbox.handle(&with("Stripe-Version", version)).wait();
        assert_eq!(answer.status, 400, "{version}");
        assert_eq!(header(&answer, "Stripe-Version"), Some("2025-09-30.clover"));
    }
}

#[test]
fn unknown_addresses_are_answered_404() {
    let shop = Shop::new();
    for (method, path) in [
        ("GET", "/v1"),
        ("GET", "/v1/customers"),
        ("DELETE", "/v1/refunds/re_1"),
        ("PUT", "/v1/checkout/sessions"),
        ("GET", "/v1/checkout/sessions/a/b/c"),
    ] {
        let (status, error) = shop.refused(method, path, &[]);
        assert_eq!(status, 404);
        assert!(error["message"].as_str().unwrap().starts_with("Unrecognized request URL"), "{error}");
    }
}

#[test]
fn json_body_is_refused() {
    let shop = Shop::new();
    let mut request = request("POST", "/v1/checkout/sessions", &SESSION, None);
    request.headers.retain(|(name, _)| name != "Content-Type");
    request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    let answer = shop.sandbox.handle(&request).wait();
    assert_eq!(answer.status, 400);
    assert!(json(&answer)["error"]["message"].as_str().unwrap().contains("application/x-www-form-urlencoded"));
}

#[test]
fn malformed_forms_are_refused() {
    let shop = Shop::new();
    let deep = format!("a{}", "[b]".repeat(50));
    let many: Vec<(String, String)> = (0..2000).map(|nth| (format!("metadata[k{nth}]"), "v".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let strange: [&[(&str, &str)]; 12] = [
        &[("a[", "1")],
        &[("a]", "1")],
        &[("[a]", "1")],
        &[("a[b]c", "1")],
        &[("a", "1"), ("a[b]", "2")],
        &[("a[b]", "1"), ("a", "2")],
        &[("mode[0]", "payment")],
        &[("line_items", "1")],
        &[("line_items[x][quantity]", "1")],
        &[("metadata[a][b]", "1")],
        &[(&deep, "1")],
        &many,
    ];
    for parameters in strange {
        for path in ["/v1/checkout/sessions", "/v1/payment_intents", "/v1/refunds"] {
            let (status, error) = shop.refused("POST", path, parameters);
            assert_eq!((status, error["type"].as_str()), (400, Some("invalid_request_error")), "{error}");
        }
    }
    let mut bytes = request("POST", "/v1/refunds", &[], None);
    bytes.body = (0..=255).collect();
    assert_eq!(shop.sandbox.handle(&bytes).wait().status, 400);
}

#[test]
fn store_that_is_down_is_answered_api_error() {
    let shop = Shop::new();
    shop.sandbox.ports.is_down.set(true);
    for key in [None, Some("k")] {
        let answer = shop.sandbox.handle(&request("POST", "/v1/checkout/sessions", &SESSION, key)).wait();
        assert_eq!((answer.status, json(&answer)["error"]["type"].as_str()), (503, Some("api_error")));
    }
}
