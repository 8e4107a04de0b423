//! Fuzz target: WeChat Pay's callbacks. A notice is the event's type on a line of its own, and then what is sealed.

use std::sync::OnceLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use till_domain::order::Says;
use till_providers::provide::PaymentApi as _;
use till_providers::wechat::notify::Raw;
use till_providers::wechat::{Merchant, Settings};
use till_providers::{CallbackContent, Distrust, Error, Response};

use super::kit::{
    Answers, Edit, NOW, Pair, Wire, base64, check_heard, edited, made_up, main_id, mentions, mode, now, place, says,
    split_once, twice, wait_for,
};

const APPID: &str = "wxd678efh567hg6787";
const MCHID: &str = "1900007291";
const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
const SEAL_NONCE: &[u8; 12] = b"fdasflkja484";
/// The name of a certificate that was not downloaded yet.
const UNKNOWN_SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";

pub fn callback(data: &[u8]) {
    match mode(data, 5) {
        Some((0, rest)) => {
            let heard = heard(&Wire::parse(rest));
            assert!(heard.is_err(), "it is not signed: {heard:?}");
        }
        Some((1, rest)) => check_signed(rest, None),
        Some((2, rest)) => {
            let (body, plain) = noticed(rest);
            check_signed(&body, Some(plain));
        }
        Some((3, rest)) => {
            if let Some((edit, rest)) = Edit::parse(rest) {
                check_edited(&noticed(rest).0, &edit);
            }
        }
        Some((_, rest)) => check_download(rest),
        None => {}
    }
}

struct World {
    platform: Pair,
    settings: Settings,
    merchant: Merchant,
    seal: LessSafeKey,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let apiv3_key = made_up::<16>();
        let platform = Pair::generate();
        let settings = Settings {
            appid: APPID.to_owned(),
            mchid: MCHID.to_owned(),
            merchant_serial: "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB".to_owned(),
            merchant_private_key: Pair::generate().private_text,
            platform_public_key_id: Some(PUBLIC_KEY_ID.to_owned()),
            platform_public_key: Some(platform.public_text.clone()),
            platform_certificates: Vec::new(),
            merchant_certificate: None,
            apiv3_key,
        };
        let seal = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, settings.apiv3_key.as_bytes()).unwrap());
        World { merchant: merchant(&settings), platform, settings, seal }
    })
}

fn merchant(settings: &Settings) -> Merchant {
    Merchant::parse(main_id(), settings, place()).unwrap()
}

fn signed(body: &[u8], serial: &str) -> Wire {
    const NONCE: &str = "d824f2e086d3c1df967785d13fcd22ef";
    let at = NOW.to_string();
    let message = [at.as_bytes(), b"\n", NONCE.as_bytes(), b"\n", body, b"\n"].concat();
    let headers = [
        ("Wechatpay-Timestamp", at),
        ("Wechatpay-Nonce", NONCE.to_owned()),
        ("Wechatpay-Serial", serial.to_owned()),
        ("Wechatpay-Signature", world().platform.sign(&message)),
    ];
    Wire { headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(), body: body.to_vec() }
}

fn sealed(plain: &[u8]) -> String {
    let mut bytes = plain.to_vec();
    let nonce = Nonce::assume_unique_for_key(*SEAL_NONCE);
    world().seal.seal_in_place_append_tag(nonce, Aad::from(b"kind"), &mut bytes).unwrap();
    let nonce = String::from_utf8_lossy(SEAL_NONCE);
    let ciphertext = base64(&bytes);
    format!(r#""algorithm":"AEAD_AES_256_GCM","ciphertext":"{ciphertext}","associated_data":"kind","nonce":"{nonce}""#)
}

/// A notification's body, and what is sealed in it.
fn noticed(data: &[u8]) -> (Vec<u8>, &[u8]) {
    let (event, plain) = split_once(data, b"\n").unwrap_or((b"TRANSACTION.SUCCESS", data));
    let event: String =
        event.iter().map(|byte| char::from(*byte)).filter(|c| c.is_alphanumeric() || *c == '.').collect();
    let kind = if event.starts_with("REFUND") { "refund" } else { "transaction" };
    let body = format!(
        r#"{{"id":"EV-2018022511223320873","create_time":"2026-11-21T09:59:58+08:00","event_type":"{event}",
        "resource":{{"original_type":"{kind}",{}}}}}"#,
        sealed(plain)
    );
    (body.into_bytes(), plain)
}

fn heard(wire: &Wire) -> Result<CallbackContent, Distrust> {
    let headers = wire.headers();
    let merchant = &world().merchant;
    twice(|| Raw { headers: &headers, body: &wire.body }.verify(merchant, now())?.content(merchant))
}

fn check_signed(body: &[u8], plain: Option<&[u8]>) {
    let wire = signed(body, PUBLIC_KEY_ID);
    let headers = wire.headers();
    let verified = Raw { headers: &headers, body: &wire.body }.verify(&world().merchant, now());
    assert!(verified.is_ok(), "what WeChat Pay signed is rejected: {verified:?}");
    let Ok(heard) = heard(&wire) else { return };
    check_heard(&heard, &world().merchant.account, body.len());
    for says in says(&heard.about) {
        // Only this test can seal, so reported money must have a sealed text.
        check_money(says, plain.expect("money is reported that was not sealed"));
    }
}

/// Money stands in the text as a number, beside the merchant's.
fn check_money(says: &Says, plain: &[u8]) {
    match says {
        Says::Paid { amount, trade_no, .. } => {
            assert!(mentions(plain, "SUCCESS") || mentions(plain, "REFUND"), "paid without a word for it");
            assert!(mentions(plain, APPID) && mentions(plain, MCHID), "paid to another merchant");
            assert!(mentions(plain, trade_no.as_str()) && mentions(plain, &amount.minor().to_string()));
        }
        Says::Refund { amount, trade_no, .. } => {
            assert!(mentions(plain, MCHID), "refunded by another merchant");
            assert!(mentions(plain, trade_no.as_str()) && mentions(plain, &amount.minor().to_string()));
        }
        Says::NotPaid
        | Says::Processing
        | Says::Failed
        | Says::Declined(_)
        | Says::Closed { .. }
        | Says::Unknown
        | Says::BackInAll { .. }
        | Says::BackUnclear { .. }
        | Says::Dispute { .. } => {}
    }
}

/// An attacker can change only what is not read.
fn check_edited(body: &[u8], edit: &Edit<'_>) {
    let genuine = signed(body, PUBLIC_KEY_ID);
    let changed = Wire::parse(&edited(&genuine.to_bytes(), edit));
    let headers = changed.headers();
    if (Raw { headers: &headers, body: &changed.body }).verify(&world().merchant, now()).is_ok() {
        assert_eq!(changed.body, genuine.body, "another body is accepted");
        assert_eq!(heard(&changed), heard(&genuine));
    }
}

/// A callback that names an unknown certificate causes a download. The download is sealed and signed with a known key, and may
/// hold anything: a certificate that makes the callback verify would have to be about the platform's key, which the input does
/// not know.
fn check_download(data: &[u8]) {
    let (serial, pem) = split_once(data, b"\n").unwrap_or((UNKNOWN_SERIAL.as_bytes(), data));
    let serial: String = serial.iter().map(|byte| char::from(*byte)).filter(char::is_ascii_hexdigit).take(64).collect();
    let body = format!(r#"{{"data":[{{"serial_no":"{serial}","encrypt_certificate":{{{}}}}}]}}"#, sealed(pem));
    let answer = signed(body.as_bytes(), PUBLIC_KEY_ID);
    let wire = signed(b"{}", &serial);
    let headers = wire.headers();
    let result = twice(|| {
        // What was downloaded is remembered: each time begins anew.
        let merchant = merchant(&world().settings);
        let response = Response { status: 200, headers: answer.headers(), body: answer.body.clone() };
        wait_for(merchant.verify(&Answers::new([response]), &headers, &wire.body))
    });
    assert!(matches!(result, Err(Error::Distrust(_))), "{result:?}");
}
