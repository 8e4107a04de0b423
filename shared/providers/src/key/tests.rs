//! Keys in every form in which they are stored or pasted, and everything that is pasted instead. All keys are made at run
//! time; what only has to be recognised has the outer structure of the real thing and no content.

use std::sync::LazyLock;

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use proptest::prelude::*;

use super::{BadKey, Expected, Given, MOST_KEY_BYTES, PrivateKey, PublicKey, certificates, elements};
use crate::base64::{decode_pasted, encode};
use crate::error::Distrust;
use crate::testing::keys::{self, NULL, Pair, RSA, SHA256_WITH_RSA, der, int, oid, pem, seq};

struct Made {
    pkcs8: Vec<u8>,
    pkcs1: Vec<u8>,
    spki: Vec<u8>,
    pkcs1_public: Vec<u8>,
    certificate: Vec<u8>,
}

fn made(size: KeySize) -> Made {
    let Pair { pkcs8, spki, pkcs1_public, .. } = Pair::generate(size);
    let pkcs1 = elements(elements(&pkcs8)[0].1)[2].1.to_vec();
    let certificate = certificate(&[0x2a], &spki);
    Made { pkcs8, pkcs1, spki, pkcs1_public, certificate }
}

static KEY: LazyLock<Made> = LazyLock::new(|| made(KeySize::Rsa2048));

const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
const ISSUER: [(u8, &str); 1] = [(3, "Issuer")];

fn certificate(serial: &[u8], spki: &[u8]) -> Vec<u8> {
    keys::certificate(&ISSUER, serial, spki)
}

/// A modulus of so many bytes: odd, with its highest bit set.
fn modulus(bytes: usize) -> Vec<u8> {
    let mut n: Vec<u8> = (0..bytes).map(|n| u8::try_from(n * 7 % 251).unwrap() | 1).collect();
    n[0] = 0xc1;
    [&[0], n.as_slice()].concat()
}

fn short_public() -> Vec<u8> {
    let key = seq(&[&int(&modulus(128)), &int(&[1, 0, 1])]);
    seq(&[&seq(&[&oid(RSA), NULL]), &der(0x03, &[&[0], &key])])
}

fn short_private() -> Vec<u8> {
    let (n, half) = (modulus(128), modulus(64));
    let parts = [&[0][..], &n, &[1, 0, 1], &n, &half, &half, &half, &half, &half].map(int);
    seq(&parts.each_ref().map(Vec::as_slice))
}

fn ec_pkcs8() -> Vec<u8> {
    seq(&[&int(&[0]), &seq(&[&oid(EC), &oid(&[0x2a])]), &der(0x04, &[&[7; 40]])])
}

fn request() -> Vec<u8> {
    let inner = seq(&[&int(&[0]), &keys::name(&ISSUER), &KEY.spki, &der(0xa0, &[])]);
    seq(&[&inner, &seq(&[&oid(SHA256_WITH_RSA), NULL]), &der(0x03, &[&[0; 257]])])
}

fn encrypted() -> Vec<u8> {
    seq(&[&seq(&[&oid(PBES2), &seq(&[])]), &der(0x04, &[&[7; 64]])])
}

/// The same key in every form in which it is pasted.
fn forms(label: &str, der: &[u8]) -> Vec<(&'static str, String)> {
    let (text, bare) = (pem(label, der), encode(der));
    let lines = text.lines().skip(1).filter(|line| !line.starts_with('-'));
    vec![
        ("PEM", text.clone()),
        ("bare base64", bare.clone()),
        ("base64 in lines", lines.collect::<Vec<_>>().join("\r\n")),
        ("base64 with spaces", format!("  {}  \t", bare.replace('A', "A "))),
        ("base64 without padding", bare.trim_end_matches('=').to_owned()),
        ("base64 after a BOM", format!("\u{feff}{bare}")),
        ("PEM in one line", text.replace('\n', "")),
        ("PEM with spaces for breaks", text.replace('\n', " ")),
        ("PEM with a literal \\n", text.replace('\n', "\\n")),
        ("PEM with a literal \\r\\n", text.replace('\n', "\\r\\n")),
        ("base64 with a literal \\n", bare.replace('Q', "Q\\n")),
        ("PEM with CRLF", text.replace('\n', "\r\n")),
        ("PEM after a BOM", format!("\u{feff}{text}")),
        ("PEM with a wrong label", text.replace(label, "SOMETHING ELSE")),
        ("PEM among words", format!("Bag Attributes: none\n{text}Thank you\n")),
        ("PEM without its end", text.split("-----END").next().unwrap().to_owned()),
    ]
}

const MESSAGE: &[u8] = b"a message";

#[test]
fn private_key_signs_in_every_form() {
    let sign = |text: &str| PrivateKey::parse(text).unwrap().sign(MESSAGE).unwrap();
    let expected = sign(&pem("PRIVATE KEY", &KEY.pkcs8));
    let raw = decode_pasted(expected.as_bytes()).unwrap();
    // Verified by the library alone, with the key in the form in which it was made.
    let judge = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &KEY.pkcs1_public);
    judge.verify(MESSAGE, &raw).unwrap();
    for (label, der) in [("PRIVATE KEY", &KEY.pkcs8), ("RSA PRIVATE KEY", &KEY.pkcs1)] {
        for (form, text) in forms(label, der) {
            assert_eq!(sign(&text), expected, "{label}, {form}");
        }
    }
}

#[test]
fn public_key_verifies_in_every_form() {
    let private = PrivateKey::parse(&encode(&KEY.pkcs8)).unwrap();
    let signature = decode_pasted(private.sign(MESSAGE).unwrap().as_bytes()).unwrap();
    let kinds = [("PUBLIC KEY", &KEY.spki), ("RSA PUBLIC KEY", &KEY.pkcs1_public), ("CERTIFICATE", &KEY.certificate)];
    for (label, der) in kinds {
        for (form, text) in forms(label, der) {
            let key = PublicKey::parse(&text).unwrap_or_else(|why| panic!("{label}, {form}: {why}"));
            assert_eq!(key.verify(MESSAGE, &signature), Ok(()), "{label}, {form}");
            assert_eq!(key.verify(b"another", &signature), Err(Distrust::BadSignature), "{label}, {form}");
        }
    }
    assert_eq!(private.public().unwrap().verify(MESSAGE, &signature), Ok(()));
    for changed in [&signature[1..], &[], &[0; 256], &[signature.as_slice(), &[0]].concat()] {
        assert_eq!(private.public().unwrap().verify(MESSAGE, changed), Err(Distrust::BadSignature));
    }
}

#[test]
fn private_key_knows_its_public_part_in_every_form() {
    let private = PrivateKey::parse(&encode(&KEY.pkcs1)).unwrap();
    for der in [&KEY.spki, &KEY.pkcs1_public, &KEY.certificate] {
        assert!(private.is_of(&PublicKey::parse(&encode(der)).unwrap()));
    }
    assert!(!private.is_of(&PublicKey::parse(&encode(&made(KeySize::Rsa2048).spki)).unwrap()));
}

#[test]
fn key_of_3072_bits_signs_and_verifies() {
    let large = made(KeySize::Rsa3072);
    let private = PrivateKey::parse(&pem("RSA PRIVATE KEY", &large.pkcs1)).unwrap();
    let signature = decode_pasted(private.sign(MESSAGE).unwrap().as_bytes()).unwrap();
    assert_eq!(signature.len(), 384);
    assert_eq!(PublicKey::parse(&encode(&large.spki)).unwrap().verify(MESSAGE, &signature), Ok(()));
    let other = PublicKey::parse(&encode(&KEY.spki)).unwrap();
    assert_eq!(other.verify(MESSAGE, &signature), Err(Distrust::BadSignature));
}

/// Texts of every kind, each with what it is.
fn texts_of_every_kind() -> Vec<(Given, String)> {
    let ec_public = seq(&[&seq(&[&oid(EC), &oid(&[0x2a])]), &der(0x03, &[&[4; 66]])]);
    let sec1 = seq(&[&int(&[1]), &der(0x04, &[&[7; 32]]), &der(0xa0, &[&oid(&[0x2a])])]);
    let ed25519 = seq(&[&int(&[0]), &seq(&[&oid(ED25519)]), &der(0x04, &[&[7; 34]])]);
    let openssh = [b"openssh-key-v1\0".as_slice(), &[0; 60]].concat();
    let body = encode(&[9; 96]);
    vec![
        (Given::Nothing, String::new()),
        (Given::Nothing, " \r\n\t ".to_owned()),
        (Given::Unreadable, "MySecretPassword!".to_owned()),
        (Given::Unreadable, "c2VjcmV0IHdvcmRz".to_owned()),
        (Given::Unreadable, "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----".to_owned()),
        (Given::Unreadable, "-----BEGIN".to_owned()),
        (Given::Unreadable, "A".repeat(MOST_KEY_BYTES + 1)),
        (Given::Unreadable, encode(&KEY.pkcs8).replace('/', "_").replace('+', "-") + "_-"),
        (Given::Unreadable, pem("PRIVATE KEY", &KEY.pkcs8[..900])),
        (Given::Unreadable, encode(&seq(&[]))),
        (Given::OtherPrivate, pem("PRIVATE KEY", &ec_pkcs8())),
        (Given::OtherPrivate, pem("EC PRIVATE KEY", &sec1)),
        (Given::OtherPrivate, pem("PRIVATE KEY", &ed25519)),
        (Given::OtherPublic, pem("PUBLIC KEY", &ec_public)),
        (Given::Encrypted, pem("ENCRYPTED PRIVATE KEY", &encrypted())),
        (
            Given::Encrypted,
            format!(
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n{body}\n-----END"
            ),
        ),
        (Given::CertificateRequest, pem("CERTIFICATE REQUEST", &request())),
        (Given::Ssh, pem("OPENSSH PRIVATE KEY", &openssh)),
        (Given::Ssh, format!("ssh-rsa {body} me@laptop")),
        (Given::Pkcs1Private, pem("RSA PRIVATE KEY", &KEY.pkcs1)),
        (Given::Pkcs8Private, pem("PRIVATE KEY", &KEY.pkcs8)),
        (Given::Public, pem("PUBLIC KEY", &KEY.spki)),
        (Given::Public, encode(&KEY.pkcs1_public)),
        (Given::Certificate, pem("CERTIFICATE", &KEY.certificate)),
    ]
}

/// Whether an error repeats no eight letters in a row of what was given.
fn is_discreet(why: BadKey, text: &str) -> bool {
    let message = format!("{why} {why:?}");
    let letters: Vec<char> = text.chars().collect();
    !letters.windows(8).any(|some| message.contains(&some.iter().collect::<String>()))
}

#[test]
fn error_names_what_was_given() {
    for (given, text) in texts_of_every_kind() {
        let (private, public, certs) = (PrivateKey::parse(&text), PublicKey::parse(&text), certificates(&text));
        let bad = |expected| BadKey { given, expected, is_damaged: false };
        match given {
            Given::Pkcs1Private | Given::Pkcs8Private => assert!(private.is_ok()),
            _ => assert_eq!(private.err(), Some(bad(Expected::Private)), "{text:.60}"),
        }
        match given {
            Given::Public | Given::Certificate => assert!(public.is_ok()),
            _ => assert_eq!(public.err(), Some(bad(Expected::Public)), "{text:.60}"),
        }
        match given {
            Given::Certificate => assert_eq!(certs.unwrap().len(), 1),
            _ => assert_eq!(certs.err(), Some(bad(Expected::Certificate)), "{text:.60}"),
        }
        for expected in [Expected::Private, Expected::Public, Expected::Certificate] {
            assert!(is_discreet(bad(expected), &text), "{text:.60}");
        }
    }
}

#[test]
fn error_message_names_what_was_given_and_expected() {
    let message = |text: &str| PrivateKey::parse(text).unwrap_err().to_string();
    let expected = "expected an RSA private key of 2048 bits or more, PKCS#1 or PKCS#8, as PEM or base64; given ";
    for (text, given) in [
        (String::new(), "nothing"),
        ("hello".to_owned(), "something that is no key: neither PEM nor base64 of one"),
        (encode(&KEY.spki), "an RSA public key"),
        (encode(&KEY.certificate), "a certificate"),
        (encode(&request()), "a request for a certificate"),
        (encode(&ec_pkcs8()), "a private key that is not for RSA"),
        (encode(&encrypted()), "a private key under a password: take the password away first"),
        ("ssh-rsa AAAA".to_owned(), "a key file of OpenSSH"),
        (encode(&short_private()), "an RSA private key (PKCS#1), damaged or too short"),
    ] {
        assert_eq!(message(&text), format!("{expected}{given}"));
    }
    assert_eq!(
        PublicKey::parse(&encode(&KEY.pkcs8)).unwrap_err().to_string(),
        "expected an RSA public key of 2048 bits or more, or its certificate, as PEM or base64; \
        given an RSA private key (PKCS#8)"
    );
    assert_eq!(
        certificates(&encode(&KEY.spki)).unwrap_err().to_string(),
        "expected a certificate, as PEM or base64; given an RSA public key"
    );
}

#[test]
fn short_or_damaged_key_is_refused_when_it_is_read() {
    let inner = short_private();
    let in_pkcs8 = seq(&[&int(&[0]), &seq(&[&oid(RSA), NULL]), &der(0x04, &[&inner])]);
    let mut flipped = KEY.pkcs8.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for (given, der) in [
        (Given::Pkcs1Private, inner),
        (Given::Pkcs8Private, in_pkcs8),
        (Given::Pkcs8Private, flipped),
        (Given::Pkcs1Private, seq(&[&int(&[0]), &int(&[1]), &int(&[1])])),
    ] {
        let why = PrivateKey::parse(&encode(&der)).unwrap_err();
        assert_eq!(why, BadKey { given, expected: Expected::Private, is_damaged: true });
        assert!(is_discreet(why, &encode(&der)));
    }
    let no_numbers = seq(&[&seq(&[&oid(RSA), NULL]), &der(0x03, &[&[0; 40]])]);
    for (given, der) in [
        (Given::Public, short_public()),
        (Given::Public, seq(&[&int(&modulus(128)), &int(&[1, 0, 1])])),
        (Given::Public, no_numbers),
        (Given::Certificate, certificate(&[1], &short_public())),
    ] {
        let why = PublicKey::parse(&encode(&der)).map(|_| ()).unwrap_err();
        assert_eq!(why, BadKey { given, expected: Expected::Public, is_damaged: true }, "{given:?}");
    }
}

#[test]
fn certificate_chain_is_read_in_order() {
    let one = |serial: &[u8]| pem("CERTIFICATE", &certificate(serial, &KEY.spki));
    let chain = certificates(&format!("{}some words\n{}", one(&[0x01, 0xab]), one(&[0x00, 0xff]))).unwrap();
    let serials: Vec<String> = chain.iter().map(crate::Certificate::serial_hex).collect();
    assert_eq!(serials, ["01AB", "FF"]);
    assert_eq!(chain[0].issuer, [("2.5.4.3".to_owned(), "Issuer".to_owned())]);
    assert!(chain[0].signed_with_rsa);
    // A block that is no certificate makes the whole text an error.
    let spoilt = certificates(&format!("{}{}", one(&[1]), pem("PRIVATE KEY", &KEY.pkcs8))).unwrap_err();
    assert_eq!(spoilt, BadKey { given: Given::Pkcs8Private, expected: Expected::Certificate, is_damaged: false });
    let broken = certificate(&[1], &seq(&[]));
    let damaged = certificates(&pem("CERTIFICATE", &broken)).unwrap_err();
    assert_eq!(damaged, BadKey { given: Given::Certificate, expected: Expected::Certificate, is_damaged: true });
}

#[test]
fn debug_prints_no_key() {
    let private = PrivateKey::parse(&encode(&KEY.pkcs8)).unwrap();
    assert_eq!(format!("{private:?} {:?}", private.public().unwrap()), "PrivateKey PublicKey");
}

fn all(text: &str) -> [Option<BadKey>; 3] {
    [PrivateKey::parse(text).err(), PublicKey::parse(text).err(), certificates(text).err()]
}

proptest! {
    #[test]
    fn any_text_parses_without_panic(text in "\\PC{0,300}") {
        for why in all(&text).into_iter().flatten() {
            prop_assert!(is_discreet(why, &text) || text.is_ascii(), "{}", why);
        }
    }

    #[test]
    fn any_pem_parses_without_panic(label in "[A-Z ]{0,20}", body in "[A-Za-z0-9+/=\\\\nr -]{0,300}") {
        let _ = all(&format!("-----BEGIN {label}-----{body}-----END {label}-----"));
    }

    #[test]
    fn any_bytes_parse_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = all(&encode(&bytes));
        let _ = all(&encode(&seq(&[&bytes])));
    }

    #[test]
    fn cut_or_flipped_key_parses_without_panic(which in 0..5_usize, at in any::<prop::sample::Index>(), bit in 0..8_u8, cut in any::<bool>()) {
        let key = [&KEY.pkcs8, &KEY.pkcs1, &KEY.spki, &KEY.pkcs1_public, &KEY.certificate][which];
        let at = at.index(key.len());
        let mut changed = key.clone();
        if cut {
            changed.truncate(at);
        } else {
            changed[at] ^= 1 << bit;
        }
        let _ = all(&encode(&changed));
    }
}
