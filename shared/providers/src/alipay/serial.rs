//! Alipay's names of certificates: MD5 over the issuer's name, its last part first, and the serial number in decimal digits.
//! A name only selects a certificate; it proves nothing.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};

use crate::certificate::Certificate;

/// The parts of the names of Alipay's issuers, and their abbreviations.
const SHORT: [(&str, &str); 7] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.25", "DC"),
];

/// The name of one certificate; `None` if its issuer's name has a part without an abbreviation.
pub fn of(certificate: &Certificate) -> Option<String> {
    let mut text = String::new();
    for (oid, value) in certificate.issuer.iter().rev() {
        let (_, short) = SHORT.iter().find(|(known, _)| known == oid)?;
        let gap = if text.is_empty() { "" } else { "," };
        write!(text, "{gap}{short}={value}").ok()?;
    }
    text.push_str(&decimal(&certificate.serial));
    Some(crate::hex::lower(&Md5::digest(text)))
}

/// The name of a file of root certificates: the names of those signed with RSA, in the file's order.
pub fn of_roots(certificates: &[Certificate]) -> Option<String> {
    let signed_with_rsa = certificates.iter().filter(|certificate| certificate.signed_with_rsa);
    let names: Vec<String> = signed_with_rsa.map(of).collect::<Option<_>>()?;
    (!names.is_empty()).then(|| names.join("_"))
}

/// A number, its highest byte first, in decimal digits.
fn decimal(bytes: &[u8]) -> String {
    // Nine digits a limb, the lowest limb first.
    const LIMB: u64 = 1_000_000_000;
    let mut limbs: Vec<u64> = vec![0];
    for byte in bytes {
        let mut carry = u64::from(*byte);
        for limb in &mut limbs {
            let sum = limb.saturating_mul(256).saturating_add(carry);
            *limb = sum.rem_euclid(LIMB);
            carry = sum.div_euclid(LIMB);
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut highest_first = limbs.iter().rev();
    let first = highest_first.next().map(u64::to_string).unwrap_or_default();
    highest_first.fold(first, |mut text, limb| {
        // Writing to a String does not fail.
        let _ = write!(text, "{limb:09}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length_are_written_in_decimal() {
        for (bytes, written) in [
            (&[][..], "0"),
            (&[0], "0"),
            (&[1, 0], "256"),
            (&[0x3b, 0x9a, 0xca, 0x00], "1000000000"),
            (&[0x3b, 0x9a, 0xc9, 0xff], "999999999"),
            (&[0xff; 16], "340282366920938463463374607431768211455"),
            (&[0xff; 20], "1461501637330902918203684832716283019655932542975"),
        ] {
            assert_eq!(decimal(bytes), written);
        }
    }
}
