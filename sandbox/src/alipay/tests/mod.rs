//! A merchant at Alipay's gateway: calls signed, answers and callbacks verified with the tests' own code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::RsaPublicKey;
use rsa::pkcs8::DecodePublicKey as _;
use serde_json::{Value, json};

use crate::books::Trade;
use crate::callback::{Callback, Signing};
use crate::http::{Outgoing, Request, Response, form, percent_encoded};
use crate::ports::{Clock as _, Delivery};
use crate::provider::{self, Provider};
use crate::sandbox::Sandbox;
use crate::tests::{FakePorts, Wait as _, browser, rsa_signature, rsa_verifies, sides, tester};
use crate::time;

mod callbacks;
mod gateway;
mod orders;
mod refunds;

const PUBLIC_URL: &str = "http://sandbox.example";
const NOTIFY_URL: &str = "https://shop.test/notify?from=alipay";

type Pairs = Vec<(String, String)>;

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
    sandbox: Sandbox<FakePorts>,
    app_id: String,
    seller_id: String,
    private_key: String,
    alipay_public_key: String,
    certificates: Option<(String, String)>,
}

impl Shop {
    fn new() -> Self {
        let of = |name: &str| sides().merchant["alipay"][name].as_str().unwrap().to_owned();
        Self {
            sandbox: Sandbox::open(sides().sandbox.clone(), FakePorts::default()).unwrap(),
            app_id: of("app_id"),
            seller_id: of("seller_id"),
            private_key: of("app_private_key"),
            alipay_public_key: of("alipay_public_key"),
            certificates: None,
        }
    }

    fn now(&self) -> i64 {
        self.sandbox.ports.now()
    }

    fn later(&self, seconds: i64) {
        self.sandbox.ports.set_now(self.now() + seconds);
    }

    fn is_alipays(&self, text: &str, signature: &str) -> bool {
        let key = RsaPublicKey::from_public_key_pem(&self.alipay_public_key).unwrap();
        rsa_verifies(key, text.as_bytes(), signature)
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
        let signature = rsa_signature(&self.private_key, signed_text(&pairs, &["sign"]).as_bytes());
        pairs.push(("sign".to_owned(), signature));
        pairs
    }

    fn post(&self, query: &[(String, String)], body: &[(String, String)]) -> Response {
        self.send("POST", &written(query), written(body).into_bytes())
    }

    fn send(&self, method: &str, query: &str, body: Vec<u8>) -> Response {
        let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        let request = Request {
            method: method.to_owned(),
            path: "/gateway.do".to_owned(),
            query: query.to_owned(),
            headers,
            body,
            ..Request::default()
        };
        self.sandbox.handle(&request).wait()
    }

    /// As SDKs do it: common parameters in the address, the content in the form.
    fn call(&self, method: &str, content: &Value) -> Answered {
        let pairs = self.signed(method, content);
        let (body, query): (Pairs, Pairs) = pairs.into_iter().partition(|(name, _)| name == "biz_content");
        self.read(&self.post(&query, &body))
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

    fn precreate(&self, number: &str, amount: &str) -> Answered {
        self.call("alipay.trade.precreate", &order(number, amount))
    }

    fn query(&self, number: &str) -> Answered {
        self.call("alipay.trade.query", &json!({ "out_trade_no": number }))
    }

    fn close(&self, number: &str) -> Answered {
        self.call("alipay.trade.close", &json!({ "out_trade_no": number }))
    }

    fn refund(&self, number: &str, amount: &str, request: &str) -> Answered {
        let content = json!({ "out_trade_no": number, "refund_amount": amount, "out_request_no": request });
        self.call("alipay.trade.refund", &content)
    }

    fn act(&self, number: &str, action: &str) {
        crate::tests::act(&self.sandbox, number, action);
    }

    fn trade(&self, number: &str) -> Trade {
        crate::tests::stored(&self.sandbox, number)
    }

    /// Reads a callback, and verifies its signature.
    fn read_callback(&self, trade: &Trade, callback: &Callback, signing: Signing) -> (Pairs, bool) {
        let outgoing = provider::sign(&self.sandbox.config, trade, callback, signing, self.now()).unwrap();
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
        self.is_alipays(&signed_text(pairs, &["sign", "sign_type"]), of(pairs, "sign"))
    }
}

/// The sorted pairs that have a value.
fn signed_text(pairs: &Pairs, without: &[&str]) -> String {
    let is_signed = |(name, value): &&(String, String)| !without.contains(&name.as_str()) && !value.is_empty();
    let mut signed: Vec<_> = pairs.iter().filter(is_signed).collect();
    signed.sort();
    let lines: Vec<String> = signed.iter().map(|(name, value)| format!("{name}={value}")).collect();
    lines.join("&")
}

fn order(number: &str, amount: &str) -> Value {
    json!({ "out_trade_no": number, "total_amount": amount, "subject": "会员：一个月 {\"a\"}" })
}

fn of<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().find(|(other, _)| other == name).map_or("-", |(_, value)| value.as_str())
}

fn written(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
    pairs.join("&")
}
