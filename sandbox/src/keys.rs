//! New keys for a sandbox and for a merchant that plays against it: everything that a merchant exchanges with the
//! providers' consoles.

use std::str::FromStr as _;
use std::time::Duration;

use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::{OsRng, RngCore as _};
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::Sha256;
use x509_cert::builder::{Builder as _, CertificateBuilder, Profile};
use x509_cert::der::EncodePem as _;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Validity;

use crate::config::{AlipayApp, AlipayCertificates, Config, PlatformKey, StripeAccount, WeChatMerchant};
use crate::random;

type Failure = Box<dyn std::error::Error>;

const FIVE_YEARS: Duration = Duration::from_hours(5 * 365 * 24);

/// Both sides' keys: what the sandbox is started with, and what a merchant has.
#[derive(Clone, Serialize)]
pub struct Sides {
    pub sandbox: Config,
    /// `base_url`, and for each provider what a merchant gets from its console.
    pub merchant: Value,
}

impl Sides {
    /// `webhook_url` is where Stripe's events go.
    pub fn make(stage: &str, public_url: &str, webhook_url: &str) -> Result<Self, Failure> {
        let (wechat, wechat_side) = wechat()?;
        let (alipay, alipay_side) = alipay()?;
        let (stripe, stripe_side) = stripe(webhook_url);
        let sandbox = Config {
            stage: stage.to_owned(),
            public_url: public_url.to_owned(),
            api_url: String::new(),
            wechat: vec![wechat],
            alipay: vec![alipay],
            stripe: vec![stripe],
        };
        let merchant =
            json!({ "base_url": public_url, "wechat": wechat_side, "alipay": alipay_side, "stripe": stripe_side });
        Ok(Self { sandbox, merchant })
    }

    /// WeChat Pay signs with its certificate instead of its public key, and merchants can download it.
    #[must_use]
    pub fn with_wechat_certificates(mut self) -> Self {
        self.sandbox.wechat.iter_mut().for_each(|merchant| merchant.signs_with = PlatformKey::Certificate);
        self.merchant["wechat"]["signs_with"] = json!(PlatformKey::Certificate);
        self
    }
}

fn wechat() -> Result<(WeChatMerchant, Value), Failure> {
    let (merchant, platform, certified) = (Pair::new()?, Pair::new()?, Pair::new()?);
    let issuer = "CN=Tenpay.com Root CA,OU=Tenpay.com CA Center,O=Tenpay.com,C=CN";
    let account = WeChatMerchant {
        appid: format!("wx{}", random::hex(16)),
        mchid: format!("19{}", random::digits(8)),
        merchant_serial: random::hex(40).to_uppercase(),
        merchant_public_key: merchant.public,
        apiv3_key: random::letters(32),
        platform_public_key_id: format!("PUB_KEY_ID_01{}", random::digits(30)),
        platform_private_key: platform.private,
        platform_certificate: certified.certificate(issuer, None)?,
        platform_certificate_key: certified.private,
        signs_with: PlatformKey::PublicKey,
    };
    let side = json!({
        "appid": account.appid,
        "mchid": account.mchid,
        "merchant_serial": account.merchant_serial,
        "merchant_private_key": merchant.private,
        "platform_public_key_id": account.platform_public_key_id,
        "platform_public_key": platform.public,
        "platform_certificate": account.platform_certificate,
        "signs_with": account.signs_with,
        "apiv3_key": account.apiv3_key,
    });
    Ok((account, side))
}

fn alipay() -> Result<(AlipayApp, Value), Failure> {
    let (app, alipay, root) = (Pair::new()?, Pair::new()?, Pair::new()?);
    let issuer = "CN=Ant Financial Certification Authority R1,OU=Certification Authority,O=Ant Financial,C=CN";
    let certificates = AlipayCertificates {
        app: app.certificate(issuer, Some(&root))?,
        alipay: alipay.certificate(issuer, Some(&root))?,
        roots: root.certificate(issuer, None)?,
    };
    let (app_id, seller_id) = (format!("2021{}", random::digits(12)), format!("2088{}", random::digits(12)));
    let side = json!({
        "app_id": app_id,
        "seller_id": seller_id,
        "app_private_key": app.private,
        "app_public_key": app.public,
        "alipay_public_key": alipay.public,
        "app_certificate": certificates.app,
        "alipay_certificate": certificates.alipay,
        "alipay_root_certificate": certificates.roots,
    });
    let (app_public_key, alipay_private_key) = (app.public, alipay.private);
    let account = AlipayApp { app_id, seller_id, app_public_key, alipay_private_key, certificates: Some(certificates) };
    Ok((account, side))
}

fn stripe(webhook_url: &str) -> (StripeAccount, Value) {
    let account = StripeAccount {
        name: "main".to_owned(),
        secret_key: format!("sk_test_{}", random::letters(32)),
        publishable_key: format!("pk_test_{}", random::letters(32)),
        webhook_url: webhook_url.to_owned(),
        webhook_secrets: vec![format!("whsec_{}", random::letters(32))],
    };
    let side = json!({
        "secret_key": account.secret_key,
        "publishable_key": account.publishable_key,
        "webhook_secret": account.webhook_secrets[0],
    });
    (account, side)
}

/// An RSA key of 2048 bits, as PEM.
struct Pair {
    private: String,
    public: String,
    key: RsaPrivateKey,
}

impl Pair {
    fn new() -> Result<Self, Failure> {
        let key = RsaPrivateKey::new(&mut OsRng, 2048)?;
        let private = key.to_pkcs8_pem(LineEnding::LF)?.to_string();
        let public = RsaPublicKey::from(&key).to_public_key_pem(LineEnding::LF)?;
        Ok(Self { private, public, key })
    }

    /// A certificate signed by another key, or self-signed and then named like the issuer. The issuer has all four
    /// parts of the providers' own issuers, because SDKs read them by name.
    fn certificate(&self, issuer: &str, by: Option<&Self>) -> Result<String, Failure> {
        let issuer = Name::from_str(issuer)?;
        let (profile, subject) = match by {
            None => (Profile::Root, issuer),
            Some(_) => (
                Profile::Leaf { issuer, enable_key_agreement: false, enable_key_encipherment: false },
                Name::from_str(&format!("CN=sandbox {},O=Till,C=CN", random::hex(8)))?,
            ),
        };
        let signer = SigningKey::<Sha256>::new(by.unwrap_or(self).key.clone());
        let mut serial = [0; 20];
        OsRng.fill_bytes(&mut serial);
        // A serial number is positive: the first bit is 0, the first byte is not.
        if let Some(first) = serial.first_mut() {
            *first = (*first & 0x7f) | 0x40;
        }
        let builder = CertificateBuilder::new(
            profile,
            SerialNumber::new(&serial)?,
            Validity::from_now(FIVE_YEARS)?,
            subject,
            SubjectPublicKeyInfoOwned::from_key(RsaPublicKey::from(&self.key))?,
            &signer,
        )?;
        Ok(builder.build::<rsa::pkcs1v15::Signature>()?.to_pem(LineEnding::LF)?)
    }
}
