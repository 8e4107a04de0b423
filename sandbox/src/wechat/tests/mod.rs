//! A merchant at WeChat Pay: requests signed, answers and callbacks verified with the tests' own code. The tests
//! set the clock.

mod callbacks;
mod orders;
mod queries;
mod refunds;
mod signatures;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::RsaPublicKey;
use rsa::pkcs8::DecodePublicKey as _;
use serde_json::{Value, json};
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

use crate::books::Trade;
use crate::callback::Callback;
use crate::config::PlatformKey;
use crate::http::{Request, Response};
use crate::ports::Clock as _;
use crate::sandbox::Sandbox;
use crate::tests::{FakePorts, Wait as _, rsa_signature, rsa_verifies, sides};

const NOW: i64 = 1_795_000_000;
const ORDER: &str = "ORD20261118150640ABCD1234";
const NATIVE: &str = "/v3/pay/transactions/native";
const CLOSE: &str = "/v3/pay/transactions/out-trade-no/ORD20261118150640ABCD1234/close";
const REFUNDS: &str = "/v3/refund/domestic/refunds";
const NOTIFY_URL: &str = "https://shop.example/notify/wechat";
const REFUND_NOTIFY_URL: &str = "https://shop.example/notify/refund";

struct Shop {
    sandbox: Sandbox<FakePorts>,
    side: Value,
}

struct Reply {
    status: u16,
    body: Value,
    headers: Vec<(String, String)>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        crate::tests::header(&self.headers, name)
    }

    fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }
}

impl Shop {
    fn open() -> Self {
        Self::signing_with(PlatformKey::PublicKey)
    }

    fn signing_with(key: PlatformKey) -> Self {
        let mut config = sides().sandbox.clone();
        config.wechat[0].signs_with = key;
        let ports = FakePorts::default();
        ports.set_now(NOW);
        Self { sandbox: Sandbox::open(config, ports).unwrap(), side: sides().merchant["wechat"].clone() }
    }

    fn of_merchant(&self, name: &str) -> &str {
        self.side[name].as_str().unwrap()
    }

    fn mchid(&self) -> &str {
        self.of_merchant("mchid")
    }

    fn request(&self, method: &str, target: &str, body: &str) -> Request {
        let (at, nonce) = (self.sandbox.ports.now(), "593BEC0C930BF1AFEB40B4A08C8FB242");
        let message = format!("{method}\n{target}\n{at}\n{nonce}\n{body}\n");
        let signature = rsa_signature(self.of_merchant("merchant_private_key"), message.as_bytes());
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",timestamp=\"{at}\",serial_no=\"{}\",signature=\"{signature}\"",
            self.mchid(),
            self.of_merchant("merchant_serial"),
        );
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = [
            ("accept", "application/json"),
            ("user-agent", "tests"),
            ("content-type", "application/json"),
            ("authorization", &authorization),
        ];
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: body.as_bytes().to_vec(),
            ..Request::default()
        }
    }

    fn handle(&self, request: &Request) -> Response {
        self.sandbox.handle(request).wait()
    }

    /// Checks the answer's signature: right on success, absent otherwise.
    fn send(&self, request: &Request) -> Reply {
        let response = self.handle(request);
        if (200..300).contains(&response.status) {
            self.assert_signed(&response.headers, &response.body);
        } else {
            let is_signature = |(name, _): &(String, String)| name.to_ascii_lowercase().starts_with("wechatpay-");
            assert!(!response.headers.iter().any(is_signature), "a refusal is not signed");
        }
        let body = if response.body.is_empty() { Value::Null } else { serde_json::from_slice(&response.body).unwrap() };
        Reply { status: response.status, body, headers: response.headers }
    }

    fn get(&self, target: &str) -> Reply {
        self.send(&self.request("GET", target, ""))
    }

    fn post(&self, target: &str, body: &Value) -> Reply {
        self.send(&self.request("POST", target, &body.to_string()))
    }

    fn act(&self, number: &str, action: &str) {
        crate::tests::act(&self.sandbox, number, action);
    }

    /// The address of a query.
    fn query_path(&self, number: &str) -> String {
        format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", self.mchid())
    }

    fn order(&self) -> Value {
        json!({
            "appid": self.of_merchant("appid"),
            "mchid": self.mchid(),
            "description": "会员一个月",
            "out_trade_no": ORDER,
            "notify_url": NOTIFY_URL,
            "amount": { "total": 9900, "currency": "CNY" },
        })
    }

    fn close(&self) -> Reply {
        self.post(CLOSE, &json!({ "mchid": self.mchid() }))
    }

    fn opened() -> Self {
        let shop = Self::open();
        assert_eq!(shop.post(NATIVE, &shop.order()).status, 200);
        shop
    }

    fn paid() -> Self {
        let shop = Self::opened();
        shop.act(ORDER, "pay");
        shop
    }

    fn trade(&self) -> Trade {
        crate::tests::stored(&self.sandbox, ORDER)
    }

    fn query(&self) -> Value {
        let reply = self.get(&self.query_path(ORDER));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }

    fn callbacks(&self) -> Vec<Callback> {
        self.trade().callbacks
    }

    fn assert_signed(&self, headers: &[(String, String)], body: &[u8]) {
        assert!(self.is_signed(headers, body), "the signature is wrong");
    }

    /// Verifies with the key of the serial number in the headers.
    fn is_signed(&self, headers: &[(String, String)], body: &[u8]) -> bool {
        let header = |name: &str| {
            let mut found = headers.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
            let first = found.next().unwrap_or_else(|| panic!("{name} is missing"));
            assert!(found.next().is_none(), "{name} comes twice");
            first
        };
        assert_eq!(header("Wechatpay-Signature-Type"), "WECHATPAY2-SHA256-RSA2048");
        assert_eq!(header("Wechatpay-Timestamp"), self.sandbox.ports.now().to_string());
        let key = self.platform_key(header("Wechatpay-Serial"));
        let head = format!("{}\n{}\n", header("Wechatpay-Timestamp"), header("Wechatpay-Nonce"));
        let message = [head.as_bytes(), body, b"\n"].concat();
        rsa_verifies(key, &message, header("Wechatpay-Signature"))
    }

    fn platform_key(&self, serial: &str) -> RsaPublicKey {
        if serial == self.of_merchant("platform_public_key_id") {
            return RsaPublicKey::from_public_key_pem(self.of_merchant("platform_public_key")).unwrap();
        }
        assert_eq!(serial, self.certificate_serial());
        let certificate = Certificate::from_pem(self.of_merchant("platform_certificate")).unwrap();
        let info = certificate.tbs_certificate.subject_public_key_info.to_der().unwrap();
        RsaPublicKey::from_public_key_der(&info).unwrap()
    }

    fn certificate_serial(&self) -> String {
        let certificate = Certificate::from_pem(self.of_merchant("platform_certificate")).unwrap();
        let bytes = certificate.tbs_certificate.serial_number.as_bytes().to_vec();
        bytes.into_iter().map(|byte| format!("{byte:02X}")).reduce(|all, byte| all + &byte).unwrap()
    }

    fn unseal(&self, sealed: &Value) -> String {
        assert_eq!(sealed["algorithm"], "AEAD_AES_256_GCM");
        let text = |name: &str| sealed[name].as_str().unwrap();
        let cipher = Aes256Gcm::new_from_slice(self.of_merchant("apiv3_key").as_bytes()).unwrap();
        let ciphertext = STANDARD.decode(text("ciphertext")).unwrap();
        let payload = Payload { msg: &ciphertext, aad: text("associated_data").as_bytes() };
        assert_eq!(text("nonce").len(), 12);
        String::from_utf8(cipher.decrypt(Nonce::from_slice(text("nonce").as_bytes()), payload).unwrap()).unwrap()
    }
}

/// Changes one field of a body; `null` removes it.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), value);
    }
    body
}

fn refund_request(number: &str, amount: u64) -> Value {
    json!({
        "out_trade_no": ORDER,
        "out_refund_no": number,
        "reason": "用户取消",
        "notify_url": REFUND_NOTIFY_URL,
        "amount": { "refund": amount, "total": 9900, "currency": "CNY" },
    })
}
