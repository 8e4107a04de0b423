//! A merchant at Stripe: calls, refusals, and events with their signatures.

mod access;
mod events;
mod intents;
mod once;
mod refunds;
mod session_life;
mod sessions;

use serde_json::Value;

use crate::desk::Sandbox;
use crate::http::{Request, Response, escaped};
use crate::ports::Clock as _;
use crate::tests::{Fake, START, json, sandbox, tester};

/// The required parameters of a Session.
pub const SESSION: [(&str, &str); 6] = [
    ("mode", "payment"),
    ("success_url", "https://shop.example/done?session={CHECKOUT_SESSION_ID}"),
    ("line_items[0][price_data][currency]", "usd"),
    ("line_items[0][price_data][unit_amount]", "1000"),
    ("line_items[0][price_data][product_data][name]", "Points"),
    ("line_items[0][quantity]", "1"),
];

/// What Till adds.
pub const OURS: [(&str, &str); 6] = [
    ("client_reference_id", "ORD1"),
    ("metadata[order_no]", "ORD1"),
    ("metadata[payment_no]", "ORD1_2"),
    ("payment_intent_data[metadata][order_no]", "ORD1"),
    ("payment_intent_data[metadata][payment_no]", "ORD1_2"),
    ("payment_method_types[0]", "card"),
];

pub type Form<'a> = &'a [(&'a str, &'a str)];

pub struct Shop {
    pub sandbox: Sandbox<Fake>,
}

pub fn request(method: &str, path: &str, parameters: &[(&str, &str)], key: Option<&str>) -> Request {
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let form = pairs.join("&");
    let mut headers = vec![
        ("Authorization".to_owned(), "Bearer sk_test_main".to_owned()),
        ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
    ];
    headers.extend(key.map(|key| ("Idempotency-Key".to_owned(), key.to_owned())));
    let (query, body) = if method == "POST" { (String::new(), form.into_bytes()) } else { (form, Vec::new()) };
    Request { method: method.to_owned(), path: path.to_owned(), query, headers, body, ..Request::default() }
}

pub fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

impl Shop {
    pub fn new() -> Self {
        Self { sandbox: sandbox() }
    }

    pub fn now(&self) -> i64 {
        self.sandbox.ports.now()
    }

    pub fn pass(&self, seconds: i64) {
        self.sandbox.ports.passed.set(self.now() - START + seconds);
    }

    pub async fn call(&self, method: &str, path: &str, parameters: &[(&str, &str)]) -> (u16, Value) {
        let response = self.sandbox.handle(&request(method, path, parameters, None)).await;
        (response.status, json(&response))
    }

    pub async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let (status, body) = self.call("GET", path, parameters).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub async fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let (status, body) = self.call("POST", path, parameters).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Returns the status and the error.
    pub async fn refused(&self, method: &str, path: &str, parameters: &[(&str, &str)]) -> (u16, Value) {
        let (status, body) = self.call(method, path, parameters).await;
        assert!(status >= 400, "{body}");
        assert_eq!(body.as_object().unwrap().len(), 1);
        let error = body["error"].clone();
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
        (status, error)
    }

    pub async fn session(&self) -> Value {
        self.post("/v1/checkout/sessions", &[&SESSION[..], &OURS[..]].concat()).await
    }

    pub async fn intent(&self) -> Value {
        let parameters =
            [("amount", "1000"), ("currency", "usd"), ("metadata[order_no]", "ORD2"), ("metadata[payment_no]", "ORD2")];
        self.post("/v1/payment_intents", &parameters).await
    }

    /// Returns the PaymentIntent.
    pub async fn paid(&self) -> String {
        let session = self.session().await;
        self.act("ORD1_2", "pay").await;
        let session = self.get(&format!("/v1/checkout/sessions/{}", session["id"].as_str().unwrap()), &[]).await;
        session["payment_intent"].as_str().unwrap().to_owned()
    }

    pub async fn act(&self, payment_no: &str, act: &str) {
        let answer = self.sandbox.handle(&tester("POST", &format!("/trades/{payment_no}/{act}"))).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    pub async fn events(&self, payment_no: &str) -> Vec<Value> {
        let trade = self.sandbox.named(&format!("tester/{payment_no}")).await.unwrap().unwrap();
        trade.notices.iter().map(|notice| serde_json::from_str(&notice.content).unwrap()).collect()
    }

    pub async fn kinds(&self, payment_no: &str) -> Vec<String> {
        self.events(payment_no).await.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}
