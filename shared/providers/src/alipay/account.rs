//! One merchant account: its settings, checked all at once, and its keys, parsed once. Nothing here prints a key.

use std::fmt;

use serde::Deserialize;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use super::serial;
use crate::account::{Faults, Mode, Place, Reader};
use crate::key::{PrivateKey, PublicKey, certificates};

/// Where live accounts are.
pub const LIVE: &str = "https://openapi.alipay.com";
/// Alipay's own test gateway.
pub const TEST: &str = "https://openapi-sandbox.dl.alipaydev.com";
/// What it was called before; its certificate has ended.
const DEAD_TEST: &str = "https://openapi.alipaydev.com";
/// Alipay's limit for addresses.
pub const MOST_URL_CHARACTERS: usize = 256;

/// Signed with one key and verified with another, to see whether the two are a pair.
const PROBE: &[u8] = b"do these two belong together?";

/// An account's settings. Its keys are either Alipay's public key alone, or three certificates.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub app_id: String,
    /// The seller's number: 16 digits that begin with 2088.
    pub seller_id: String,
    /// The application's private key.
    pub app_private_key: String,
    /// Alipay's public key, as the platform shows it. Not the application's.
    pub alipay_public_key: Option<String>,
    /// The application's certificate: `appCertPublicKey_….crt`.
    pub app_certificate: Option<String>,
    /// Alipay's certificate: `alipayCertPublicKey_RSA2.crt`.
    pub alipay_certificate: Option<String>,
    /// Alipay's root certificates: `alipayRootCert.crt`.
    pub alipay_root_certificate: Option<String>,
    /// What the contract for QR codes is called: `QR_CODE_OFFLINE`, the default, or `FACE_TO_FACE_PAYMENT`.
    pub precreate_product_code: Option<String>,
    /// Where Alipay's pages send the buyer back to, when the request does not say.
    pub return_url: Option<String>,
    /// For test accounts: Alipay's test gateway, which is also the default.
    pub gateway: Option<String>,
}

pub struct Merchant {
    account: Account,
    pub(super) app_id: String,
    pub(super) seller_id: String,
    pub(super) base: String,
    pub(super) notify_url: String,
    pub(super) return_url: Option<String>,
    pub(super) precreate_product_code: &'static str,
    pub(super) private_key: PrivateKey,
    pub(super) alipay_key: PublicKey,
    pub(super) serials: Option<Serials>,
}

/// The names of an account's certificates.
#[derive(Clone, Debug)]
pub(super) struct Serials {
    pub app: String,
    pub alipay: String,
    pub root: String,
}

impl Merchant {
    /// Checks an account's settings and reports all their faults.
    pub fn parse(id: AccountId, settings: &Settings, place: Place<'_>) -> Result<Self, Faults> {
        let mut reader = Reader::default();
        reader.check("app_id", is_digits(&settings.app_id, 8..=32), "must be 8 to 32 digits");
        let is_seller = is_digits(&settings.seller_id, 16..=16) && settings.seller_id.starts_with("2088");
        reader.check("seller_id", is_seller, "must be 16 digits that begin with 2088");
        reader.notify_url(place, MOST_URL_CHARACTERS);
        let return_url = given(settings.return_url.as_ref());
        if let Some(url) = return_url {
            let plain = place.mode == Mode::Test && url.starts_with("http://");
            let is_address = (plain || url.starts_with("https://")) && url.bytes().all(|b| b.is_ascii_graphic());
            reader.check("return_url", is_address, "must begin with https:// and be visible ASCII characters");
            let most = MOST_URL_CHARACTERS;
            reader.check("return_url", url.len() <= most, format_args!("must be at most {most} characters"));
        }
        let base = base(&mut reader, settings, place);
        let precreate_product_code = product_code(&mut reader, settings);
        let private_key = reader.key("app_private_key", PrivateKey::parse(&settings.app_private_key));
        let trust = trust(&mut reader, settings, private_key.as_ref());
        let made = private_key.zip(trust).map(|(private_key, (alipay_key, serials))| Self {
            account: Account { provider: Provider::Alipay, id },
            app_id: settings.app_id.clone(),
            seller_id: settings.seller_id.clone(),
            base,
            notify_url: place.notify_url.to_owned(),
            return_url: return_url.map(str::to_owned),
            precreate_product_code,
            private_key,
            alipay_key,
            serials,
        });
        reader.done(made)
    }

    pub const fn account(&self) -> &Account {
        &self.account
    }

    pub fn app_id(&self) -> &str {
        &self.app_id
    }
}

/// A setting that was left empty was not given: templates of settings have all of them.
fn given(setting: Option<&String>) -> Option<&str> {
    setting.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn base(reader: &mut Reader, settings: &Settings, place: Place<'_>) -> String {
    let own = match place.mode {
        Mode::Live => LIVE,
        Mode::Test => TEST,
    };
    if let Some(gateway) = given(settings.gateway.as_ref()) {
        let bare = gateway.trim_end_matches('/').trim_end_matches("/gateway.do");
        if bare == DEAD_TEST {
            reader.fault("gateway", format_args!("this test gateway is gone: the current one is {TEST}"));
        } else {
            reader.check("gateway", bare == own, format_args!("must be {own} for this account, or be left out"));
        }
    }
    reader.base(place, own)
}

fn product_code(reader: &mut Reader, settings: &Settings) -> &'static str {
    match given(settings.precreate_product_code.as_ref()) {
        None | Some("QR_CODE_OFFLINE") => "QR_CODE_OFFLINE",
        Some("FACE_TO_FACE_PAYMENT") => "FACE_TO_FACE_PAYMENT",
        Some(_) => {
            reader.fault("precreate_product_code", "must be QR_CODE_OFFLINE or FACE_TO_FACE_PAYMENT");
            "QR_CODE_OFFLINE"
        }
    }
}

/// The key that verifies Alipay's signatures, and with certificates also their names.
fn trust(
    reader: &mut Reader,
    settings: &Settings,
    private_key: Option<&PrivateKey>,
) -> Option<(PublicKey, Option<Serials>)> {
    let files = [
        ("app_certificate", given(settings.app_certificate.as_ref())),
        ("alipay_certificate", given(settings.alipay_certificate.as_ref())),
        ("alipay_root_certificate", given(settings.alipay_root_certificate.as_ref())),
    ];
    let public_key = given(settings.alipay_public_key.as_ref());
    match (public_key, files.iter().any(|(_, file)| file.is_some())) {
        (Some(_), true) => {
            reader.fault("alipay_public_key", "is not for accounts with certificates: give it or the three of them");
            None
        }
        (None, false) => {
            let why = "is missing: give it, or app_certificate, alipay_certificate and alipay_root_certificate";
            reader.fault("alipay_public_key", why);
            None
        }
        (Some(text), false) => {
            let key = reader.key("alipay_public_key", PublicKey::parse(text))?;
            let is_own = private_key.is_some_and(|private| is_pair(private, &key));
            let why = "is the application's own key: Alipay's is shown beside it on the platform";
            reader.check("alipay_public_key", !is_own, why);
            Some((key, None))
        }
        (None, true) => {
            for (field, file) in &files {
                reader.check(field, file.is_some(), "is missing: certificates are three, or none");
            }
            let [(_, Some(app)), (_, Some(alipay)), (_, Some(root))] = files else { return None };
            certified(reader, app, alipay, root, private_key)
        }
    }
}

fn certified(
    reader: &mut Reader,
    app: &str,
    alipay: &str,
    root: &str,
    private_key: Option<&PrivateKey>,
) -> Option<(PublicKey, Option<Serials>)> {
    const NAMELESS: &str = "has an issuer that Alipay does not have";
    let app = reader.key("app_certificate", certificates(app)).unwrap_or_default();
    let alipay = reader.key("alipay_certificate", certificates(alipay)).unwrap_or_default();
    let root = reader.key("alipay_root_certificate", certificates(root)).unwrap_or_default();
    // A missing file was reported already; the first certificate of each file is its own.
    let (app, alipay) = app.first().zip(alipay.first()).filter(|_| !root.is_empty())?;
    let app_key = reader.key("app_certificate", PublicKey::of(app));
    if let Some((private, public)) = private_key.zip(app_key) {
        reader.check("app_certificate", is_pair(private, &public), "is not about app_private_key");
    }
    let key = reader.key("alipay_certificate", PublicKey::of(alipay));
    if let Some((private, public)) = private_key.zip(key.as_ref()) {
        reader.check("alipay_certificate", !is_pair(private, public), "is the application's own certificate");
    }
    let (app, alipay, root) = (serial::of(app), serial::of(alipay), serial::of_roots(&root));
    reader.check("app_certificate", app.is_some(), NAMELESS);
    reader.check("alipay_certificate", alipay.is_some(), NAMELESS);
    reader.check("alipay_root_certificate", root.is_some(), "holds no certificate of Alipay's that is signed with RSA");
    Some((key?, Some(Serials { app: app?, alipay: alipay?, root: root? })))
}

fn is_pair(private: &PrivateKey, public: &PublicKey) -> bool {
    let signature = private.sign(PROBE).ok().and_then(|text| crate::base64::decode(text.as_bytes()));
    signature.is_some_and(|signature| public.verify(PROBE, &signature).is_ok())
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("app_id", &self.app_id)
            .field("seller_id", &self.seller_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant")
            .field("account", &self.account.id)
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}
