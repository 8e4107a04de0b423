//! The part of WeChat Pay that benchmarks need: a merchant's settings, and callbacks and answers with genuine signatures.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use till_domain::time::Time;

use crate::Failure;
use crate::keys::Keys;

const APIV3_KEY: &str = "0123456789abcdef0123456789abcdef";
const KEY_ID: &str = "PUB_KEY_ID_0000000000000024101100397200000006";
const SEAL_NONCE: &str = "only a bench";
const ASSOCIATED: &str = "transaction";

pub struct WeChat {
    pub keys: Keys,
    seal: LessSafeKey,
}

/// A text that WeChat Pay signed.
pub struct Signed {
    pub headers: [(&'static str, String); 5],
    pub body: String,
    /// The bytes that the signature covers.
    pub message: Vec<u8>,
    pub signature: Vec<u8>,
}

pub struct Callback {
    pub signed: Signed,
    /// The trade, encrypted.
    pub sealed: Vec<u8>,
}

impl WeChat {
    pub fn new() -> Result<Self, Failure> {
        Ok(Self { keys: Keys::new()?, seal: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, APIV3_KEY.as_bytes())?) })
    }

    /// A merchant's settings, as they stand in the secret of an account.
    pub fn settings(&self) -> Value {
        json!({
            "appid": "wx0123456789abcdef",
            "mchid": "1900000001",
            "merchant_serial": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
            "merchant_private_key": self.keys.private,
            "apiv3_key": APIV3_KEY,
            "platform_public_key_id": KEY_ID,
            "platform_public_key": self.keys.public,
        })
    }

    /// The callback about a payment of 9.90 yuan.
    pub fn callback(&self, payment_no: &str, now: Time) -> Result<Callback, Failure> {
        let trade = json!({
            "appid": "wx0123456789abcdef", "mchid": "1900000001", "out_trade_no": payment_no,
            "transaction_id": format!("4200{}", payment_no.trim_start_matches("ORD")), "trade_type": "NATIVE",
            "trade_state": "SUCCESS", "trade_state_desc": "支付成功", "bank_type": "OTHERS",
            "success_time": "2026-11-21T10:00:00+08:00", "payer": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
            "amount": { "total": 990, "payer_total": 990, "currency": "CNY", "payer_currency": "CNY" },
        });
        let mut sealed = trade.to_string().into_bytes();
        self.seal.seal_in_place_append_tag(nonce()?, Aad::from(ASSOCIATED), &mut sealed)?;
        let body = json!({
            "id": "0a5d4f1c-1b2c-5d3e-8f4a-000000000001", "create_time": "2026-11-21T10:00:00+08:00",
            "resource_type": "encrypt-resource", "event_type": "TRANSACTION.SUCCESS", "summary": "支付成功",
            "resource": {
                "original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", "associated_data": ASSOCIATED,
                "ciphertext": STANDARD.encode(&sealed), "nonce": SEAL_NONCE,
            },
        });
        Ok(Callback { signed: self.sign(body.to_string(), now)?, sealed })
    }

    /// Decrypts a trade as the product must, and returns its length.
    pub fn open(&self, sealed: &[u8]) -> Result<usize, Failure> {
        let mut opened = sealed.to_vec();
        Ok(self.seal.open_in_place(nonce()?, Aad::from(ASSOCIATED), &mut opened)?.len())
    }

    pub fn sign(&self, body: String, now: Time) -> Result<Signed, Failure> {
        let stamp = now.unix().to_string();
        let message = format!("{stamp}\nnonce\n{body}\n").into_bytes();
        let signature = self.keys.sign(&message)?;
        let headers = [
            ("Wechatpay-Timestamp", stamp),
            ("Wechatpay-Nonce", "nonce".to_owned()),
            ("Wechatpay-Signature", STANDARD.encode(&signature)),
            ("Wechatpay-Serial", KEY_ID.to_owned()),
            ("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
        ];
        Ok(Signed { headers, body, message, signature })
    }
}

/// The same nonce each time, as nothing that is encrypted here leaves the machine.
fn nonce() -> Result<Nonce, Failure> {
    Ok(Nonce::try_assume_unique_for_key(SEAL_NONCE.as_bytes())?)
}
