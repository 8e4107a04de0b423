//! New keys for a sandbox and for a merchant that plays against it: everything that a merchant exchanges with the
//! providers' consoles.

use std::str::FromStr as _;
use std::time::Duration;

use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::{OsRng, RngCore as _};
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde::Serialize;
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
#[derive(Serialize)]
pub struct Sides {
    pub sandbox: Config,
    pub merchant: MerchantSide,
}

#[derive(Serialize)]
pub struct MerchantSide {
    pub base_url: String,
    pub wechat: WeChatSide,
    pub alipay: AlipaySide,
    pub stripe: StripeSide,
}

#[derive(Serialize)]
pub struct WeChatSide {
    appid: String,
    mchid: String,
    merchant_serial: String,
    merchant_private_key: String,
    platform_public_key_id: String,
    platform_public_key: String,
    platform_certificate: String,
    signs_with: PlatformKey,
    apiv3_key: String,
}

#[derive(Serialize)]
pub struct AlipaySide {
    app_id: String,
    seller_id: String,
    app_private_key: String,
    app_public_key: String,
    alipay_public_key: String,
    app_certificate: String,
    alipay_certificate: String,
    alipay_root_certificate: String,
}

#[derive(Serialize)]
pub struct StripeSide {
    secret_key: String,
    publishable_key: String,
    webhook_secret: String,
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
            wechat: vec![wechat],
            alipay: vec![alipay],
            stripe: vec![stripe],
        };
        let merchant = MerchantSide {
            base_url: public_url.to_owned(),
            wechat: wechat_side,
            alipay: alipay_side,
            stripe: stripe_side,
        };
        Ok(Self { sandbox, merchant })
    }

    /// WeChat Pay signs with its certificate instead of its public key, and merchants can download it.
    #[must_use]
    pub fn with_wechat_certificates(mut self) -> Self {
        self.sandbox.wechat.iter_mut().for_each(|merchant| merchant.signs_with = PlatformKey::Certificate);
        self.merchant.wechat.signs_with = PlatformKey::Certificate;
        self
    }
}

fn wechat() -> Result<(WeChatMerchant, WeChatSide), Failure> {
    let merchant = Pair::new()?;
    let platform = Pair::new()?;
    let certified = Pair::new()?;
    let certificate = certified.certificate("CN=Tenpay.com Root CA,OU=Tenpay.com CA Center,O=Tenpay.com,C=CN", None)?;
    let appid = format!("wx{}", random::hex(16));
    let mchid = format!("19{}", random::digits(8));
    let merchant_serial = random::hex(40).to_uppercase();
    let apiv3_key = random::letters(32);
    let platform_public_key_id = format!("PUB_KEY_ID_01{}", random::digits(30));
    let played = WeChatMerchant {
        appid: appid.clone(),
        mchid: mchid.clone(),
        merchant_serial: merchant_serial.clone(),
        merchant_public_key: merchant.public.clone(),
        apiv3_key: apiv3_key.clone(),
        platform_public_key_id: platform_public_key_id.clone(),
        platform_private_key: platform.private,
        platform_certificate: certificate.clone(),
        platform_certificate_key: certified.private,
        signs_with: PlatformKey::PublicKey,
    };
    let side = WeChatSide {
        appid,
        mchid,
        merchant_serial,
        merchant_private_key: merchant.private,
        platform_public_key_id,
        platform_public_key: platform.public,
        platform_certificate: certificate,
        signs_with: played.signs_with,
        apiv3_key,
    };
    Ok((played, side))
}

fn alipay() -> Result<(AlipayApp, AlipaySide), Failure> {
    let app = Pair::new()?;
    let alipay = Pair::new()?;
    let root = Pair::new()?;
    let issuer = "CN=Ant Financial Certification Authority R1,OU=Certification Authority,O=Ant Financial,C=CN";
    let certificates = AlipayCertificates {
        app: app.certificate(issuer, Some(&root))?,
        alipay: alipay.certificate(issuer, Some(&root))?,
        roots: root.certificate(issuer, None)?,
    };
    let app_id = format!("2021{}", random::digits(12));
    let seller_id = format!("2088{}", random::digits(12));
    let side = AlipaySide {
        app_id: app_id.clone(),
        seller_id: seller_id.clone(),
        app_private_key: app.private,
        app_public_key: app.public.clone(),
        alipay_public_key: alipay.public,
        app_certificate: certificates.app.clone(),
        alipay_certificate: certificates.alipay.clone(),
        alipay_root_certificate: certificates.roots.clone(),
    };
    let played = AlipayApp {
        app_id,
        seller_id,
        app_public_key: app.public,
        alipay_private_key: alipay.private,
        certificates: Some(certificates),
    };
    Ok((played, side))
}

fn stripe(webhook_url: &str) -> (StripeAccount, StripeSide) {
    let secret_key = format!("sk_test_{}", random::letters(32));
    let publishable_key = format!("pk_test_{}", random::letters(32));
    let webhook_secret = format!("whsec_{}", random::letters(32));
    let played = StripeAccount {
        name: "main".to_owned(),
        secret_key: secret_key.clone(),
        publishable_key: publishable_key.clone(),
        webhook_url: webhook_url.to_owned(),
        webhook_secrets: vec![webhook_secret.clone()],
    };
    (played, StripeSide { secret_key, publishable_key, webhook_secret })
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
