//! One merchant account: its settings, all checked at once, and its keys, parsed once.

use std::fmt;

use serde::Deserialize;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use super::serial;
use crate::account::{AccountMode, CertificateEnd, Faults, Place, Reader, consists_of};
use crate::key::{PrivateKey, PublicKey, certificates};

pub const LIVE: &str = "https://openapi.alipay.com";
pub const TEST: &str = "https://openapi-sandbox.dl.alipaydev.com";
/// Its former address, whose TLS certificate has expired.
pub const DEAD_TEST: &str = "https://openapi.alipaydev.com";
/// Alipay's limit for addresses.
pub const MOST_URL_CHARACTERS: usize = 256;

/// An account's settings, with either Alipay's public key or three certificates. They have no `Debug`, so that no key is
/// printed.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub app_id: String,
    /// The seller's number: 16 digits that begin with 2088.
    pub seller_id: String,
    pub app_private_key: String,
    /// Alipay's public key as the platform shows it, not the application's.
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
    pub account: Account,
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

#[derive(Clone, Debug)]
pub(super) struct Serials {
    pub app: String,
    pub alipay: String,
    pub root: String,
    /// Of the application's certificate or Alipay's own, whichever is earlier. Roots that have ended are sent all the same.
    pub first_end: CertificateEnd,
}

impl Merchant {
    /// Checks an account's settings and reports all their faults.
    pub fn parse(id: AccountId, settings: &Settings, place: Place<'_>) -> Result<Self, Faults> {
        let mut reader = Reader::default();
        let is_app = consists_of(&settings.app_id, 8..=32, u8::is_ascii_digit);
        reader.check("app_id", is_app, "must be 8 to 32 digits");
        let seller_id = &settings.seller_id;
        let is_seller = consists_of(seller_id, 16..=16, u8::is_ascii_digit) && seller_id.starts_with("2088");
        reader.check("seller_id", is_seller, "must be 16 digits that begin with 2088");
        reader.notify_url(place, MOST_URL_CHARACTERS);
        let return_url = given(settings.return_url.as_ref());
        if let Some(url) = return_url {
            reader.url("return_url", url, place.mode, MOST_URL_CHARACTERS);
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
}

/// An empty setting counts as not given, because templates of settings contain all of them.
fn given(setting: Option<&String>) -> Option<&str> {
    setting.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn base(reader: &mut Reader, settings: &Settings, place: Place<'_>) -> String {
    let own = match place.mode {
        AccountMode::Live => LIVE,
        AccountMode::Test => TEST,
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
type Trust = (PublicKey, Option<Serials>);

fn trust(reader: &mut Reader, settings: &Settings, private_key: Option<&PrivateKey>) -> Option<Trust> {
    let files = [
        ("app_certificate", given(settings.app_certificate.as_ref())),
        ("alipay_certificate", given(settings.alipay_certificate.as_ref())),
        ("alipay_root_certificate", given(settings.alipay_root_certificate.as_ref())),
    ];
    let has_files = files.iter().any(|(_, file)| file.is_some());
    let Some(text) = given(settings.alipay_public_key.as_ref()) else {
        let why = "is missing: give it, or app_certificate, alipay_certificate and alipay_root_certificate";
        reader.check("alipay_public_key", has_files, why);
        for (field, file) in &files {
            reader.check(field, !has_files || file.is_some(), "is missing: certificates are three, or none");
        }
        let [(_, Some(app)), (_, Some(alipay)), (_, Some(root))] = files else { return None };
        return certified(reader, app, alipay, root, private_key);
    };
    let why = "is not for accounts with certificates: give it or the three of them";
    reader.check("alipay_public_key", !has_files, why);
    let key = reader.key("alipay_public_key", PublicKey::parse(text))?;
    let is_own = private_key.is_some_and(|private| private.is_of(&key));
    let why = "is the application's own key: Alipay's is shown beside it on the platform";
    reader.check("alipay_public_key", !is_own, why);
    Some((key, None))
}

fn certified(
    reader: &mut Reader,
    app: &str,
    alipay: &str,
    root: &str,
    private_key: Option<&PrivateKey>,
) -> Option<Trust> {
    const NAMELESS: &str = "has an issuer that Alipay does not have";
    let app = reader.key("app_certificate", certificates(app)).unwrap_or_default();
    let alipay = reader.key("alipay_certificate", certificates(alipay)).unwrap_or_default();
    let root = reader.key("alipay_root_certificate", certificates(root)).unwrap_or_default();
    // A missing file is reported above. The first certificate of a file is its subject; the others are its chain.
    let (app, alipay) = app.first().zip(alipay.first()).filter(|_| !root.is_empty())?;
    let app_key = reader.key("app_certificate", PublicKey::of(app));
    if let Some((private, public)) = private_key.zip(app_key) {
        reader.check("app_certificate", private.is_of(&public), "is not about app_private_key");
    }
    let key = reader.key("alipay_certificate", PublicKey::of(alipay));
    if let Some((private, public)) = private_key.zip(key.as_ref()) {
        reader.check("alipay_certificate", !private.is_of(public), "is the application's own certificate");
    }
    let ends = [("app_certificate", app.until), ("alipay_certificate", alipay.until)];
    let ends = ends.map(|(field, at)| CertificateEnd { field, at });
    let first_end = ends.into_iter().min_by_key(|end| end.at)?;
    let (app, alipay, root) = (serial::of(app), serial::of(alipay), serial::of_roots(&root));
    reader.check("app_certificate", app.is_some(), NAMELESS);
    reader.check("alipay_certificate", alipay.is_some(), NAMELESS);
    reader.check("alipay_root_certificate", root.is_some(), "holds no certificate of Alipay's that is signed with RSA");
    Some((key?, Some(Serials { app: app?, alipay: alipay?, root: root?, first_end })))
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant").field("account", &self.account).field("app_id", &self.app_id).finish_non_exhaustive()
    }
}
