//! A merchant at Alipay's gateway: calls signed, answers and callbacks verified with the tests' own code.

use std::cell::{Cell, RefCell};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::books::{Trade, key};
use crate::config::Config;
use crate::desk::Sandbox;
use crate::http::{Outgoing, Request, Response, escaped, form};
use crate::keys::Sides;
use crate::memory::Memory;
use crate::notice::{Notice, Signing};
use crate::players;
use crate::ports::{Clock, Delivery, Post, Queue, Store, StoreError, Stored};
use crate::provider::Provider;
use crate::time;

mod gateway;
mod opening;
mod refunding;
mod telling;

const PUBLIC_URL: &str = "http://sandbox.test";
const NOTIFY_URL: &str = "https://shop.test/notify?from=alipay";

type Pairs = Vec<(String, String)>;

struct Town {
    memory: Memory,
    ahead: Cell<i64>,
    slept: Cell<u32>,
    is_down: Cell<bool>,
    posted: RefCell<Vec<Outgoing>>,
}

impl Store for Town {
    async fn load(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        if self.is_down.get() { Err(StoreError::Unavailable) } else { self.memory.load(key).await }
    }

    async fn save(&self, key: &str, json: &str, over: Option<u64>) -> Result<(), StoreError> {
        self.memory.save(key, json, over).await
    }

    async fn list(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Vec<(String, Stored)>, StoreError> {
        self.memory.list(folder, before, most).await
    }
}

impl Queue for Town {
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError> {
        self.memory.enqueue(delivery, delay_seconds).await
    }
}

impl Post for Town {
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)> {
        self.posted.borrow_mut().push(outgoing.clone());
        Some((200, b"success".to_vec()))
    }
}

impl Clock for Town {
    fn now(&self) -> i64 {
        self.memory.now() + self.ahead.get()
    }

    async fn sleep(&self, seconds: u32) {
        self.slept.set(self.slept.get() + seconds);
    }
}

struct Answered {
    raw: String,
    name: String,
    content: Value,
    is_signed: bool,
}

impl Answered {
    fn code(&self) -> &str {
        self.field("code")
    }

    fn word(&self) -> &str {
        self.field("sub_code")
    }

    fn field(&self, name: &str) -> &str {
        self.content.get(name).and_then(Value::as_str).unwrap_or("-")
    }

    fn has(&self, name: &str) -> bool {
        self.content.get(name).is_some()
    }
}

struct Shop {
    sandbox: Sandbox<Town>,
    app_id: String,
    seller_id: String,
    private_key: String,
    alipay_public_key: String,
    certificates: Option<(String, String)>,
}

/// Keys take long to make: once for all tests.
fn keys() -> &'static (Config, Value) {
    static KEYS: OnceLock<(Config, Value)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let sides = Sides::make("test", PUBLIC_URL, "http://shop.test/stripe").unwrap();
        let merchant = serde_json::to_value(&sides.merchant).unwrap();
        (sides.sandbox, merchant)
    })
}

fn run(test: impl AsyncFnOnce(Shop)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let (config, merchant) = keys().clone();
        let (memory, _due) = Memory::new().unwrap();
        let town = Town {
            memory,
            ahead: Cell::new(0),
            slept: Cell::new(0),
            is_down: Cell::new(false),
            posted: RefCell::default(),
        };
        let of = |name: &str| merchant["alipay"][name].as_str().unwrap().to_owned();
        test(Shop {
            sandbox: Sandbox::open(config, town).unwrap(),
            app_id: of("app_id"),
            seller_id: of("seller_id"),
            private_key: of("app_private_key"),
            alipay_public_key: of("alipay_public_key"),
            certificates: None,
        })
        .await;
    });
}

impl Shop {
    fn now(&self) -> i64 {
        self.sandbox.ports.now()
    }

    fn later(&self, seconds: i64) {
        self.sandbox.ports.ahead.set(self.sandbox.ports.ahead.get() + seconds);
    }

    fn sign(&self, pairs: &Pairs) -> String {
        let mut kept: Vec<_> = pairs.iter().filter(|(name, value)| name != "sign" && !value.is_empty()).collect();
        kept.sort();
        let lines: Vec<String> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let key = RsaPrivateKey::from_pkcs8_pem(&self.private_key).unwrap();
        let signature: Signature = SigningKey::<Sha256>::new(key).sign(lines.join("&").as_bytes());
        STANDARD.encode(signature.to_bytes())
    }

    fn is_alipays(&self, text: &str, signature: &str) -> bool {
        let key = RsaPublicKey::from_public_key_pem(&self.alipay_public_key).unwrap();
        let signature = STANDARD.decode(signature).unwrap();
        let signature = Signature::try_from(signature.as_slice()).unwrap();
        VerifyingKey::<Sha256>::new(key).verify(text.as_bytes(), &signature).is_ok()
    }

    fn unsigned(&self, method: &str, content: &Value) -> Pairs {
        let mut pairs = vec![
            ("app_id", self.app_id.clone()),
            ("method", method.to_owned()),
            ("format", "JSON".to_owned()),
            ("charset", "utf-8".to_owned()),
            ("sign_type", "RSA2".to_owned()),
            ("timestamp", time::alipay(self.now())),
            ("version", "1.0".to_owned()),
            ("notify_url", NOTIFY_URL.to_owned()),
            ("return_url", "https://shop.test/thanks?lang=zh#top".to_owned()),
            ("biz_content", content.to_string()),
        ];
        if let Some((app, root)) = &self.certificates {
            pairs.extend([("app_cert_sn", app.clone()), ("alipay_root_cert_sn", root.clone())]);
        }
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn signed(&self, method: &str, content: &Value) -> Pairs {
        self.seal(self.unsigned(method, content))
    }

    fn seal(&self, mut pairs: Pairs) -> Pairs {
        pairs.retain(|(name, _)| name != "sign");
        let signature = self.sign(&pairs);
        pairs.push(("sign".to_owned(), signature));
        pairs
    }

    async fn post(&self, query: &[(String, String)], body: &[(String, String)]) -> Response {
        self.send("POST", &written(query), written(body).into_bytes()).await
    }

    async fn send(&self, method: &str, query: &str, body: Vec<u8>) -> Response {
        let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        let request = Request {
            method: method.to_owned(),
            path: "/gateway.do".to_owned(),
            query: query.to_owned(),
            headers,
            body,
            ..Request::default()
        };
        self.sandbox.handle(&request).await
    }

    /// As SDKs do it: common parameters in the address, the content in the form.
    async fn call(&self, method: &str, content: &Value) -> Answered {
        let pairs = self.signed(method, content);
        let (body, query): (Pairs, Pairs) = pairs.into_iter().partition(|(name, _)| name == "biz_content");
        self.read(&self.post(&query, &body).await)
    }

    /// As SDKs do it: the signature covers the bytes between the name and what follows.
    fn read(&self, response: &Response) -> Answered {
        assert_eq!(response.status, 200);
        assert_eq!(response.headers[0], ("Content-Type".to_owned(), "text/html;charset=utf-8".to_owned()));
        let raw = String::from_utf8(response.body.clone()).unwrap();
        let whole: Value = serde_json::from_str(&raw).unwrap();
        let (name, content) = whole.as_object().unwrap().iter().find(|(name, _)| name.ends_with("_response")).unwrap();
        let signature = whole.get("sign").and_then(Value::as_str);
        if let Some(signature) = signature {
            let from = raw.find('{').unwrap() + name.len() + 4;
            let to = raw.find("},\"alipay_cert_sn\"").or_else(|| raw.find("},\"sign\"")).unwrap() + 1;
            assert!(self.is_alipays(&raw[from..to], signature), "{raw}");
        }
        Answered { name: name.clone(), content: content.clone(), is_signed: signature.is_some(), raw }
    }

    async fn precreate(&self, number: &str, amount: &str) -> Answered {
        self.call("alipay.trade.precreate", &order(number, amount)).await
    }

    async fn query(&self, number: &str) -> Answered {
        self.call("alipay.trade.query", &json!({ "out_trade_no": number })).await
    }

    async fn close(&self, number: &str) -> Answered {
        self.call("alipay.trade.close", &json!({ "out_trade_no": number })).await
    }

    async fn refund(&self, number: &str, amount: &str, request: &str) -> Answered {
        let content = json!({ "out_trade_no": number, "refund_amount": amount, "out_request_no": request });
        self.call("alipay.trade.refund", &content).await
    }

    /// A tester's action: `pay`, `faults/time_out` …
    async fn act(&self, number: &str, word: &str) {
        let request =
            Request { method: "POST".to_owned(), path: format!("/trades/{number}/{word}"), ..Request::default() };
        let answer = self.sandbox.handle(&request).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    async fn trade(&self, number: &str) -> Trade {
        let key = key(Provider::Alipay, &self.app_id, number);
        self.sandbox.trade(&key).await.unwrap().unwrap()
    }

    /// Reads a callback, and verifies its signature.
    fn told(&self, trade: &Trade, notice: &Notice, signing: Signing) -> (Pairs, bool) {
        let outgoing = players::sign(&self.sandbox.config, trade, notice, signing, self.now()).unwrap();
        self.received(&outgoing)
    }

    fn received(&self, outgoing: &Outgoing) -> (Pairs, bool) {
        let kind = "application/x-www-form-urlencoded;charset=utf-8";
        assert_eq!(outgoing.headers, [("Content-Type".to_owned(), kind.to_owned())]);
        let pairs = form(&outgoing.body);
        let is_signed = self.is_signed(&pairs);
        (pairs, is_signed)
    }

    fn is_signed(&self, pairs: &Pairs) -> bool {
        let mut kept: Vec<_> = pairs.iter().filter(|(name, _)| name != "sign" && name != "sign_type").collect();
        kept.sort();
        let lines: Vec<String> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.is_alipays(&lines.join("&"), of(pairs, "sign"))
    }
}

fn order(number: &str, amount: &str) -> Value {
    json!({ "out_trade_no": number, "total_amount": amount, "subject": "会员：一个月 {\"a\"}" })
}

fn of<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().find(|(other, _)| other == name).map_or("-", |(_, value)| value.as_str())
}

fn written(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}
