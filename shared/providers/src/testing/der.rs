//! Writes DER and PEM by hand, for keys and certificates that tests make at run time. The tests of `till` read it too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;

pub fn encode(der: &[u8]) -> String {
    STANDARD.encode(der)
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let letters = encode(der);
    let lines: Vec<&str> = letters.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

pub const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
pub const NULL: &[u8] = &[5, 0];

pub fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = match body.len() {
        n @ 0..=0x7f => vec![u8::try_from(n).unwrap()],
        n => {
            let digits: Vec<u8> = n.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            [&[0x80 | u8::try_from(digits.len()).unwrap()], digits.as_slice()].concat()
        }
    };
    [&[tag], length.as_slice(), &body].concat()
}

pub fn seq(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, parts)
}

pub fn int(bytes: &[u8]) -> Vec<u8> {
    der(0x02, &[bytes])
}

pub fn oid(bytes: &[u8]) -> Vec<u8> {
    der(0x06, &[bytes])
}

/// A distinguished name: the last byte of each attribute's object identifier below 2.5.4, and its text.
pub fn name(parts: &[(u8, &str)]) -> Vec<u8> {
    let part =
        |(last, text): &(u8, &str)| der(0x31, &[&seq(&[&oid(&[0x55, 4, *last]), &der(0x0c, &[text.as_bytes()])])]);
    seq(&[&parts.iter().flat_map(part).collect::<Vec<u8>>()])
}

/// A certificate that is valid between two Unix times. Its signature is zeros, because Till does not judge it.
pub fn certificate_for(
    issuer: &[(u8, &str)],
    subject: &[(u8, &str)],
    serial: &[u8],
    spki: &[u8],
    from: i64,
    until: i64,
) -> Vec<u8> {
    let time = |unix| DateTime::from_timestamp(unix, 0).unwrap().format("%y%m%d%H%M%SZ").to_string();
    let validity = seq(&[from, until].map(|unix| der(0x17, &[time(unix).as_bytes()])).each_ref().map(Vec::as_slice));
    let algorithm = seq(&[&oid(SHA256_WITH_RSA), NULL]);
    let (version, issuer, subject) = (der(0xa0, &[&int(&[2])]), name(issuer), name(subject));
    let inner = seq(&[&version, &int(serial), &algorithm, &issuer, &validity, &subject, spki]);
    seq(&[&inner, &algorithm, &der(0x03, &[&[0; 257]])])
}
