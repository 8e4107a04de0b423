//! A merchant at Stripe: calls, refusals, and events with their signatures.

mod access;
mod disputes;
mod events;
mod idempotency;
mod intents;
mod refunds;
mod session_lifecycle;
mod sessions;

use serde_json::Value;

use crate::http::{Request, Response, percent_encoded};
use crate::ports::Clock as _;
use crate::sandbox::Sandbox;
use crate::tests::{FakePorts, START, Wait as _, json, sandbox};

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
    pub sandbox: Sandbox<FakePorts>,
}

pub fn request(method: &str, path: &str, parameters: &[(&str, &str)], key: Option<&str>) -> Request {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
        .collect();
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
    crate::tests::header(&response.headers, name)
}

/// The id of an object.
pub fn id_of(object: &Value) -> &str {
    object["id"].as_str().unwrap()
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

    pub fn call(&self, method: &str, path: &str, parameters: &[(&str, &str)]) -> (u16, Value) {
        let response = self.sandbox.handle(&request(method, path, parameters, None)).wait();
        (response.status, json(&response))
    }

    pub fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let (status, body) = self.call("GET", path, parameters);
        assert_eq!(status, 200, "{body}");
        body
    }

    pub fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let (status, body) = self.call("POST", path, parameters);
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Returns the status and the error.
    pub fn refused(&self, method: &str, path: &str, parameters: &[(&str, &str)]) -> (u16, Value) {
        let (status, body) = self.call(method, path, parameters);
        assert!(status >= 400, "{body}");
        assert_eq!(body.as_object().unwrap().len(), 1);
        let error = body["error"].clone();
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{error}");
        (status, error)
    }

    pub fn session(&self) -> Value {
        self.post("/v1/checkout/sessions", &[&SESSION[..], &OURS[..]].concat())
    }

    pub fn intent(&self) -> Value {
        let parameters =
            [("amount", "1000"), ("currency", "usd"), ("metadata[order_no]", "ORD2"), ("metadata[payment_no]", "ORD2")];
        self.post("/v1/payment_intents", &parameters)
    }

    /// Returns the PaymentIntent.
    pub fn paid(&self) -> String {
        let session = self.session();
        self.act("ORD1_2", "pay");
        let session = self.get(&format!("/v1/checkout/sessions/{}", id_of(&session)), &[]);
        session["payment_intent"].as_str().unwrap().to_owned()
    }

    pub fn act(&self, payment_no: &str, action: &str) {
        crate::tests::act(&self.sandbox, payment_no, action);
    }

    pub fn events(&self, payment_no: &str) -> Vec<Value> {
        let trade = crate::tests::stored(&self.sandbox, payment_no);
        trade.callbacks.iter().map(|callback| serde_json::from_str(&callback.content).unwrap()).collect()
    }

    pub fn kinds(&self, payment_no: &str) -> Vec<String> {
        self.events(payment_no).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}
