//! A merchant at WeChat Pay: requests signed, answers and callbacks verified with the tests' own code. The tests
//! set the clock.

mod callbacks;
mod orders;
mod queries;
mod refunds;
mod signatures;

use std::cell::{Cell, RefCell};
use std::sync::OnceLock;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::Sha256;
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

use crate::books::Trade;
use crate::config::{Config, PlatformKey};
use crate::desk::Sandbox;
use crate::http::{Outgoing, Request, Response};
use crate::keys::Sides;
use crate::memory::Memory;
use crate::notice::Notice;
use crate::ports::{Clock, Delivery, Post, Queue, Store, StoreError, Stored};

const NOW: i64 = 1_795_000_000;
const ORDER: &str = "ORD20261118150640ABCD1234";
const NOTIFY_URL: &str = "https://shop.example/notify/wechat";
const REFUND_NOTIFY_URL: &str = "https://shop.example/notify/refund";

struct World {
    memory: Memory,
    now: Cell<i64>,
    slept: Cell<u32>,
    queued: RefCell<Vec<(Delivery, u32)>>,
    is_down: Cell<bool>,
    /// Another caller opens every trade a moment earlier.
    is_raced: Cell<bool>,
}

impl Store for World {
    async fn load(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        if self.is_down.get() { Err(StoreError::Unavailable) } else { self.memory.load(key).await }
    }

    async fn save(&self, key: &str, json: &str, over: Option<u64>) -> Result<(), StoreError> {
        if self.is_raced.get() && over.is_none() && key.starts_with("trade/") {
            self.memory.save(key, json, None).await?;
        }
        self.memory.save(key, json, over).await
    }

    async fn list(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Vec<(String, Stored)>, StoreError> {
        self.memory.list(folder, before, most).await
    }
}

impl Queue for World {
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError> {
        self.queued.borrow_mut().push((delivery.clone(), delay_seconds));
        Ok(())
    }
}

impl Post for World {
    async fn post(&self, _outgoing: &Outgoing) -> Option<(u16, Vec<u8>)> {
        None
    }
}

impl Clock for World {
    fn now(&self) -> i64 {
        self.now.get()
    }

    async fn sleep(&self, seconds: u32) {
        self.slept.set(self.slept.get() + seconds);
        self.now.set(self.now.get() + i64::from(seconds));
    }
}

struct Shop {
    sandbox: Sandbox<World>,
    side: Value,
}

struct Reply {
    status: u16,
    body: Value,
    headers: Vec<(String, String)>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
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
        // Keys take long to make: once for all tests.
        static SIDES: OnceLock<(String, String)> = OnceLock::new();
        let (config, side) = SIDES.get_or_init(|| {
            let sides = Sides::make("test", "http://sandbox.example", "http://127.0.0.1:9/stripe").unwrap();
            let merchant = serde_json::to_value(&sides.merchant).unwrap()["wechat"].to_string();
            (serde_json::to_string(&sides.sandbox).unwrap(), merchant)
        });
        let mut config: Config = serde_json::from_str(config).unwrap();
        config.wechat[0].signs_with = key;
        let memory = Memory::new().unwrap().0;
        let world = World {
            memory,
            now: Cell::new(NOW),
            slept: Cell::new(0),
            queued: RefCell::default(),
            is_down: Cell::new(false),
            is_raced: Cell::new(false),
        };
        Self { sandbox: Sandbox::open(config, world).unwrap(), side: serde_json::from_str(side).unwrap() }
    }

    fn of_merchant(&self, name: &str) -> &str {
        self.side[name].as_str().unwrap()
    }

    fn mchid(&self) -> &str {
        self.of_merchant("mchid")
    }

    fn sign(&self, message: &[u8]) -> String {
        let key = RsaPrivateKey::from_pkcs8_pem(self.of_merchant("merchant_private_key")).unwrap();
        STANDARD.encode(SigningKey::<Sha256>::new(key).sign(message).to_bytes())
    }

    fn request(&self, method: &str, target: &str, body: &str) -> Request {
        let (at, nonce) = (self.sandbox.ports.now(), "593BEC0C930BF1AFEB40B4A08C8FB242");
        let signature = self.sign(format!("{method}\n{target}\n{at}\n{nonce}\n{body}\n").as_bytes());
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
        run(self.sandbox.handle(request))
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

    fn act(&self, number: &str, act: &str) {
        let path = format!("/trades/{number}/{act}");
        let response = self.handle(&Request { method: "POST".to_owned(), path, ..Request::default() });
        assert_eq!(response.status, 200, "{act}: {}", String::from_utf8_lossy(&response.body));
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

    fn opened() -> Self {
        let shop = Self::open();
        assert_eq!(shop.post("/v3/pay/transactions/native", &shop.order()).status, 200);
        shop
    }

    fn paid() -> Self {
        let shop = Self::opened();
        shop.act(ORDER, "pay");
        shop
    }

    fn trade(&self) -> Trade {
        run(self.sandbox.named(&format!("tester/{ORDER}"))).unwrap().unwrap()
    }

    fn query(&self) -> Value {
        let reply = self.get(&format!("/v3/pay/transactions/out-trade-no/{ORDER}?mchid={}", self.mchid()));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }

    fn notices(&self) -> Vec<Notice> {
        self.trade().notices
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
        let signature = STANDARD.decode(header("Wechatpay-Signature")).ok();
        let signature = signature.and_then(|signature| Signature::try_from(signature.as_slice()).ok());
        signature.is_some_and(|signature| VerifyingKey::<Sha256>::new(key).verify(&message, &signature).is_ok())
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

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
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
