//! The text that Alipay's signatures (RSA2) cover, and certificate serial numbers.

use md5::{Digest as _, Md5};
use rsa::BigUint;
use x509_cert::Certificate;
use x509_cert::der::DecodePem as _;

/// The prefix of RSA signature algorithms. Only such certificates count as roots.
const WITH_RSA: &str = "1.2.840.113549.1.1";

/// The pairs that have a value, sorted by name, except the names in `without`.
pub fn text<'a>(pairs: impl IntoIterator<Item = &'a (String, String)>, without: &[&str]) -> String {
    let mut signed: Vec<&(String, String)> =
        pairs.into_iter().filter(|(name, value)| !value.is_empty() && !without.contains(&name.as_str())).collect();
    signed.sort();
    let joined: Vec<String> = signed.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    joined.join("&")
}

/// The serial number that Alipay gives to a certificate.
pub fn serial(pem: &str) -> Option<String> {
    Certificate::from_pem(pem).ok().as_ref().map(numbered)
}

pub fn root_serial(pems: &str) -> Option<String> {
    let roots = Certificate::load_pem_chain(pems.as_bytes()).ok()?;
    let with_rsa = roots.iter().filter(|root| root.signature_algorithm.oid.to_string().starts_with(WITH_RSA));
    let serials: Vec<String> = with_rsa.map(numbered).collect();
    (!serials.is_empty()).then(|| serials.join("_"))
}

/// MD5 of the issuer, last part first (RFC 4514), and the decimal serial number.
fn numbered(certificate: &Certificate) -> String {
    let body = &certificate.tbs_certificate;
    let number = BigUint::from_bytes_be(body.serial_number.as_bytes());
    // Formatting as a number keeps leading zeros.
    let hash: [u8; 16] = Md5::digest(format!("{}{number}", body.issuer)).into();
    format!("{:032x}", u128::from_be_bytes(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate of Alipay and its serial number, both published: alipay-sdk-nodejs-all,
    /// `test/antcertutil.test.ts` and `test/fixtures/alipayCertPublicKey_RSA2.crt` (with new line breaks).
    const PUBLISHED: &str = "\
-----BEGIN CERTIFICATE-----
MIIDsjCCApqgAwIBAgIQICAFFOY8L+BNU4cW/iE1izANBgkqhkiG9w0BAQsFADCB
gjELMAkGA1UEBhMCQ04xFjAUBgNVBAoMDUFudCBGaW5hbmNpYWwxIDAeBgNVBAsM
F0NlcnRpZmljYXRpb24gQXV0aG9yaXR5MTkwNwYDVQQDDDBBbnQgRmluYW5jaWFs
IENlcnRpZmljYXRpb24gQXV0aG9yaXR5IENsYXNzIDIgUjEwHhcNMjAwNTE0MTQ0
MjAxWhcNMjIwNTE0MTQ0MjAxWjCBkjELMAkGA1UEBhMCQ04xLTArBgNVBAoMJOad
reW3nueEleaXreS/oeaBr+aKgOacr+aciemZkOWFrOWPuDEPMA0GA1UECwwGQWxp
cGF5MUMwQQYDVQQDDDrmlK/ku5jlrp0o5Lit5Zu9Kee9kee7nOaKgOacr+aciemZ
kOWFrOWPuC0yMDg4ODMxMjA0NjU5MjE3MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A
MIIBCgKCAQEAhoVesfcGvUv1XvUndmX0rmSZ/2posJBCooySbSVFpV79RtHMzrVz
2aKkC3WvOXeT5iNeQK4mK8gp3vNkWrHTkQGx5BcmkeO1WS384CQde7dAS0gmxeFs
5bs+cCQqV2A2c2R9/5rJMtFtp1Ot/rIiMBUn6Ei0UoztM7AneavqQEzSwYlCKNhP
FFtHCiz7u4O5R9CIyvUmYr+zpem2HXBN9ygPAZ0aXBQipGbc45+G07ZCNsmY4hV/
Igya1aBf+Ye8p10Ew8uBBri0sIknhSC2LqKKy2IH1fO6q1d1jhN240QRHvbpRNv6
0kAfZsEulBASBrCMBi49NiJyr5nre7SNywIDAQABoxIwEDAOBgNVHQ8BAf8EBAMC
A/gwDQYJKoZIhvcNAQELBQADggEBAEx9T99X9NhDZYXDftc0wH0Tc5OVRIqWTYBN
/KEP1df+Ix5djcDrUUcXJMvprMw3frUymgJsf7YUgZ1+dMz+Gup5dCH3qUu/5c9R
3d8senb4wCiYR2FpJ3WGIONwInNQTs04a2wM4JIMCdCYWC/H1hdvNl9V4pYeMckT
ruSnPmJlL6E/pNF5AuIYP5AswZSOhASIQzt5Rr6QDz/YVGi2/6al5Bknm2f9dmsZ
bWDapKDrlJ3Ny2B0SZ0H47Y7lRlaVNe+Jj1jsrv16ONk1XLt71jyWyPAIlITLcyX
mMtT1IympPFRxBIngEImjGt6d1VUtkf61Cjpr0bRRDoZXvWRv5U=
-----END CERTIFICATE-----
";
    const PUBLISHED_SERIAL: &str = "7513daaaa48aa3ba2e4018d84402479c";

    #[test]
    fn serial_number_equals_published_one() {
        assert_eq!(serial(PUBLISHED).as_deref(), Some(PUBLISHED_SERIAL));
        assert_eq!(root_serial(PUBLISHED).as_deref(), Some(PUBLISHED_SERIAL));
        let two = root_serial(&format!("{PUBLISHED}{PUBLISHED}"));
        assert_eq!(two, Some(format!("{PUBLISHED_SERIAL}_{PUBLISHED_SERIAL}")));
        assert_eq!((serial("none"), root_serial("none")), (None, None));
    }

    #[test]
    fn signed_text_has_no_empty_values_and_is_sorted_by_bytes() {
        let pairs = [("b", "2"), ("a_b", "1"), ("B", "3"), ("sign", "s"), ("empty", ""), ("a", "付=&")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(text(&pairs, &["sign"]), "B=3&a=付=&&a_b=1&b=2");
    }
}
