//! The parts of an X.509 certificate that we read. Its chain is not verified: a certificate is trusted because it was
//! configured, or because it came encrypted with a key that only we and the provider have.

use till_domain::time::{Seconds, Time};
use x509_cert::Certificate as X509;
use x509_cert::der::asn1::{Ia5StringRef, PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::{Any, Decode as _, Encode as _, Tag, Tagged as _};
use x509_cert::name::Name;

/// All signature algorithms with RSA have object identifiers below this one.
const SIGNED_WITH_RSA: &str = "1.2.840.113549.1.1.";

const COMMON_NAME: &str = "2.5.4.3";

/// A certificate is renewed by a person, who may be away.
pub(crate) const ENDS_SOON: Seconds = Seconds::days(30);

#[derive(Clone, Debug)]
pub struct Certificate {
    /// The highest byte first, without leading zeros.
    pub serial: Vec<u8>,
    /// Pairs of an object identifier in dots and a value, in the certificate's order.
    pub issuer: Vec<(String, String)>,
    /// As the issuer; empty if it cannot be read, because no signature depends on it.
    pub subject: Vec<(String, String)>,
    /// As SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    pub signed_with_rsa: bool,
    pub from: Time,
    pub until: Time,
}

impl Certificate {
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let X509 { tbs_certificate: inner, signature_algorithm, .. } = X509::from_der(der).ok()?;
        let serial = inner.serial_number.as_bytes().iter().copied().skip_while(|byte| *byte == 0).collect();
        let issuer = pairs(&inner.issuer)?;
        let subject = pairs(&inner.subject).unwrap_or_default();
        let time = |at: x509_cert::time::Time| Time::from_unix(at.to_unix_duration().as_secs().try_into().ok()?).ok();
        Some(Self {
            serial,
            issuer,
            subject,
            public_key: inner.subject_public_key_info.to_der().ok()?,
            signed_with_rsa: signature_algorithm.oid.to_string().starts_with(SIGNED_WITH_RSA),
            from: time(inner.validity.not_before)?,
            until: time(inner.validity.not_after)?,
        })
    }

    /// The name of what the certificate is about.
    pub fn common_name(&self) -> Option<&str> {
        self.subject.iter().find(|(id, _)| id == COMMON_NAME).map(|(_, name)| name.as_str())
    }

    /// The serial number as WeChat Pay writes it.
    pub fn serial_hex(&self) -> String {
        crate::hex::lower(&self.serial).to_uppercase()
    }
}

fn pairs(name: &Name) -> Option<Vec<(String, String)>> {
    let parts = name.0.iter().flat_map(|part| part.0.iter());
    parts.map(|one| Some((one.oid.to_string(), text(&one.value)?))).collect()
}

fn text(value: &Any) -> Option<String> {
    Some(match value.tag() {
        Tag::Utf8String => Utf8StringRef::try_from(value).ok()?.to_string(),
        Tag::PrintableString => PrintableStringRef::try_from(value).ok()?.to_string(),
        Tag::Ia5String => Ia5StringRef::try_from(value).ok()?.to_string(),
        Tag::TeletexString => TeletexStringRef::try_from(value).ok()?.to_string(),
        _ => String::from_utf8_lossy(value.value()).into_owned(),
    })
}
