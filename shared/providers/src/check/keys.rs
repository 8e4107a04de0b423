//! Findings about keys: why a text is not the key that it should be.

use super::kinds::{
    CERTIFICATE_AS_PRIVATE, KEY_CUT, KEY_DAMAGED, KEY_ENCRYPTED, KEY_IS_PKCS1, KEY_IS_REQUEST, KEY_IS_SSH, KEY_NOT_RSA,
    KEY_TOO_SHORT, KEY_UNREADABLE, NOT_A_CERTIFICATE, PRIVATE_AS_PUBLIC, PUBLIC_AS_PRIVATE, SETTING_MISSING,
};
use super::{Findings, Kind};
use crate::certificate::Certificate;
use crate::key::{BadKey, Expected, Given, LEAST_BITS, PrivateKey, PublicKey, bits, certificates, kind_of};

/// Whether a text is a private key of any kind, even one that cannot be used.
pub fn is_private_key(text: &str) -> bool {
    match kind_of(text) {
        Given::Pkcs1Private | Given::Pkcs8Private | Given::OtherPrivate | Given::Encrypted => true,
        Given::Nothing
        | Given::Unreadable
        | Given::Public
        | Given::OtherPublic
        | Given::Certificate
        | Given::CertificateRequest
        | Given::Ssh => false,
    }
}

pub(super) fn private(found: &mut Findings, field: &str, text: &str) -> Option<PrivateKey> {
    let key = PrivateKey::parse(text).map_err(|why| found.add(kind(why, text), field)).ok()?;
    found.add_if(kind_of(text) == Given::Pkcs1Private, KEY_IS_PKCS1, field);
    Some(key)
}

pub(super) fn public(found: &mut Findings, field: &str, text: &str) -> Option<PublicKey> {
    PublicKey::parse(text).map_err(|why| found.add(kind(why, text), field)).ok()
}

/// The certificates of a text, the first of which is its subject.
pub(super) fn chain(found: &mut Findings, field: &str, text: &str) -> Vec<Certificate> {
    certificates(text).map_err(|why| found.add(kind(why, text), field)).unwrap_or_default()
}

fn kind(why: BadKey, text: &str) -> Kind {
    if why.is_damaged {
        return if bits(text).is_some_and(|bits| bits < LEAST_BITS) { KEY_TOO_SHORT } else { KEY_DAMAGED };
    }
    match (why.given, why.expected) {
        (Given::Nothing, _) => SETTING_MISSING,
        (Given::Unreadable, _) if is_cut(text) => KEY_CUT,
        (Given::Unreadable, _) => KEY_UNREADABLE,
        (Given::Encrypted, _) => KEY_ENCRYPTED,
        (Given::Ssh, _) => KEY_IS_SSH,
        (Given::CertificateRequest, _) => KEY_IS_REQUEST,
        (Given::Certificate, _) => CERTIFICATE_AS_PRIVATE,
        (Given::Public | Given::OtherPublic, Expected::Private) => PUBLIC_AS_PRIVATE,
        (Given::Pkcs1Private | Given::Pkcs8Private | Given::OtherPrivate, Expected::Public) => PRIVATE_AS_PUBLIC,
        (Given::OtherPrivate | Given::OtherPublic, Expected::Private | Expected::Public) => KEY_NOT_RSA,
        (_, Expected::Certificate) => NOT_A_CERTIFICATE,
        // Each of these is a right key, and no error of its parser.
        (Given::Public, Expected::Public) | (Given::Pkcs1Private | Given::Pkcs8Private, Expected::Private) => {
            KEY_DAMAGED
        }
    }
}

/// Whether a text has a beginning of PEM and no end.
fn is_cut(text: &str) -> bool {
    text.contains("-----BEGIN") && !text.contains("-----END")
}
