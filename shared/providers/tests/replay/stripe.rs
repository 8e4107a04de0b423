//! Fuzz target: Stripe's webhooks. An event is its body and, after an empty line, what Stripe answers if it is asked.

use std::sync::OnceLock;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use till_domain::order::Says;
use till_providers::provide::PaymentApi as _;
use till_providers::stripe::notify::Raw;
use till_providers::stripe::{Merchant, Settings};
use till_providers::{CallbackContent, Error, Headers, Response};

use super::kit::{
    Answers, Edit, NOW, Wire, amount, check_heard, edited, hex, made_up, main_id, mentions, mode, now, place, says,
    split_once, twice, wait_for,
};

const DEPLOYMENT: &str = "shop-1";

pub fn webhook(data: &[u8]) {
    match mode(data, 4) {
        Some((0, rest)) => {
            let heard = heard(&Wire::parse(rest), b"", 200);
            assert!(heard.is_err(), "it is not signed: {heard:?}");
        }
        Some((1, rest)) => check_signed(rest, 200),
        Some((2, rest)) => {
            if let Some((edit, rest)) = Edit::parse(rest) {
                check_edited(rest, &edit);
            }
        }
        Some((_, rest)) => check_signed(rest, 402),
        None => {}
    }
}

struct World {
    key: Key,
    merchant: Merchant,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let made_up = made_up::<24>();
        let secret = format!("whsec_{made_up}");
        let settings = Settings {
            secret_key: format!("sk_test_{made_up}"),
            publishable_key: format!("pk_test_{made_up}"),
            webhook_secrets: vec![secret.clone(), format!("whsec_old{made_up}")],
            deployment: DEPLOYMENT.to_owned(),
            ..Settings::default()
        };
        let merchant = Merchant::parse(main_id(), &settings, place()).unwrap();
        World { key: Key::new(HMAC_SHA256, secret.as_bytes()), merchant }
    })
}

fn signed(body: &[u8]) -> Wire {
    let at = NOW.to_string();
    let tag = sign(&world().key, &[at.as_bytes(), b".", body].concat());
    Wire {
        headers: vec![("Stripe-Signature".to_owned(), format!("t={at},v1={}", hex(tag.as_ref())))],
        body: body.to_vec(),
    }
}

fn heard(wire: &Wire, answer: &[u8], status: u16) -> Result<CallbackContent, Error> {
    let headers = wire.headers();
    twice(|| {
        let response = Response { status, headers: Headers::default(), body: answer.to_vec() };
        let raw = Raw { headers: &headers, body: &wire.body };
        wait_for(world().merchant.verify(&Answers::new([response]), raw.headers, raw.body))
    })
}

fn check_signed(data: &[u8], status: u16) {
    let (event, answer) = split_once(data, b"\n\n").unwrap_or((data, b""));
    let wire = signed(event);
    let headers = wire.headers();
    let verified = Raw { headers: &headers, body: event }.verify(&world().merchant, now());
    assert!(verified.is_ok(), "what Stripe signed is rejected: {:?}", verified.err());
    let Ok(heard) = heard(&wire, answer, status) else { return };
    check_heard(&heard, &world().merchant.account, data.len());
    for says in says(&heard.about) {
        assert!(mentions(data, DEPLOYMENT), "another deployment's is ours");
        check_money(says, data);
    }
}

fn check_money(says: &Says, data: &[u8]) {
    let (Some(amount), Some(trade_no)) = (amount(says), says.trade_no()) else { return };
    let is_paid = matches!(says, Says::Paid { .. });
    assert!(!is_paid || mentions(data, "succeeded") || mentions(data, "paid"), "paid without a word for it");
    // Two currencies have two more zeros on the wire; the other digits are in the text all the same.
    assert!(mentions(data, trade_no.as_str()) && mentions(data, &amount.minor().to_string()), "{says:?}");
}

/// An attacker can change only what is not read.
fn check_edited(data: &[u8], edit: &Edit<'_>) {
    let (event, answer) = split_once(data, b"\n\n").unwrap_or((data, b""));
    let genuine = signed(event);
    let changed = Wire::parse(&edited(&genuine.to_bytes(), edit));
    let headers = changed.headers();
    if (Raw { headers: &headers, body: &changed.body }).verify(&world().merchant, now()).is_ok() {
        assert_eq!(changed.body, genuine.body, "another body is accepted");
        assert_eq!(heard(&changed, answer, 200), heard(&genuine, answer, 200));
    }
}
