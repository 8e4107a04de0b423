//! Fuzz target: Alipay's notifications. Parameters are `key=value` lines of any bytes, in any order, without the signature.

use std::sync::OnceLock;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::Says;
use till_providers::alipay::notify::Raw;
use till_providers::alipay::{Merchant, Settings};
use till_providers::{CallbackContent, Distrust};

use super::kit::{Edit, Pair, amount, check_heard, edited, main_id, mode, place, says, split_once, twice};

const APP_ID: &str = "2021000122671080";
const SELLER_ID: &str = "2088102146225135";
/// 100,000,000.00 yuan, in fen: Alipay takes no more at once.
const MOST_FEN: u64 = 10_000_000_000;
/// More parameters than this are refused; two of them are about the signature.
const MOST_PARAMETERS: usize = 128;

type Pairs<'a> = Vec<(&'a [u8], &'a [u8])>;

pub fn callback(data: &[u8]) {
    match mode(data, 4) {
        Some((0, rest)) => {
            let heard = heard(rest);
            assert!(heard.is_err(), "it is not signed: {heard:?}");
            let hint = Raw { body: rest }.app_id();
            let is_number = |hint: &String| hint.len() <= 32 && hint.bytes().all(|byte| byte.is_ascii_digit());
            assert!(hint.as_ref().is_none_or(is_number), "{hint:?}");
        }
        Some((1, rest)) => check_signed(&parameters(rest), true),
        Some((2, rest)) => {
            if let Some((edit, rest)) = Edit::parse(rest) {
                check_edited(&form(&parameters(rest), true), &edit);
            }
        }
        Some((_, rest)) => check_signed(&parameters(rest), false),
        None => {}
    }
}

pub struct World {
    pub alipay: Pair,
    pub merchant: Merchant,
}

pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let alipay = Pair::generate();
        let settings = Settings {
            app_id: APP_ID.to_owned(),
            seller_id: SELLER_ID.to_owned(),
            app_private_key: Pair::generate().private_text,
            alipay_public_key: Some(alipay.public_text.clone()),
            ..Settings::default()
        };
        let merchant = Merchant::parse(main_id(), &settings, place()).unwrap();
        World { alipay, merchant }
    })
}

/// No amount of Alipay's is above its own limit, or of another currency.
pub fn check_amount(says: &Says) {
    let is_possible = |amount: Money| amount.minor() <= MOST_FEN && amount.currency() == Currency::CNY;
    assert!(amount(says).is_none_or(is_possible), "{says:?}");
}

/// The parameters of an input, without those that are about the signature.
fn parameters(data: &[u8]) -> Pairs<'_> {
    let lines = data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let pairs = lines.map(|line| split_once(line, b"=").unwrap_or((line, b"")));
    pairs.filter(|(key, _)| !matches!(*key, b"sign" | b"sign_type")).collect()
}

/// The form that Alipay would send. Its libraries differ in whether what is empty is signed.
fn form(pairs: &Pairs<'_>, with_empty: bool) -> Vec<u8> {
    let mut sorted: Pairs<'_> = pairs.iter().copied().filter(|(_, value)| with_empty || !value.is_empty()).collect();
    sorted.sort_unstable();
    let text = sorted.iter().map(|(key, value)| [key, b"=".as_slice(), value].concat()).collect::<Vec<_>>().join(&b'&');
    let sign = world().alipay.sign(&text);
    let encoded = |bytes: &[u8]| percent_encode(bytes, NON_ALPHANUMERIC).to_string().replace("%20", "+");
    let about_signing = [(b"sign_type".as_slice(), b"RSA2".as_slice()), (b"sign", sign.as_bytes())];
    let all = pairs.iter().copied().chain(about_signing);
    all.map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect::<Vec<_>>().join("&").into_bytes()
}

fn heard(body: &[u8]) -> Result<CallbackContent, Distrust> {
    let merchant = &world().merchant;
    twice(|| Raw { body }.verify(merchant)?.content(merchant))
}

fn check_signed(pairs: &Pairs<'_>, with_empty: bool) {
    let body = form(pairs, with_empty);
    let verified = Raw { body: &body }.verify(&world().merchant);
    match verified.err() {
        None => {}
        Some(Distrust::Twice(_)) => assert!(has_duplicates(pairs), "nothing is there twice"),
        Some(Distrust::TooLarge) => assert!(pairs.len() + 2 > MOST_PARAMETERS, "{} parameters", pairs.len()),
        Some(Distrust::Malformed(_)) if is_ambiguous(pairs) => {}
        Some(why) => panic!("what Alipay signed is rejected: {why}"),
    }
    let Ok(heard) = heard(&body) else { return };
    check_heard(&heard, &world().merchant.account, body.len());
    for says in says(&heard.about) {
        check_amount(says);
        if let Says::Paid { amount, trade_no, .. } = says {
            let is = |wanted: &str, text: &str| pairs.contains(&(wanted.as_bytes(), text.as_bytes()));
            let is_taken = ["TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED"].iter().any(|w| is("trade_status", w));
            assert!(is_taken, "paid without a word for it");
            assert!(is("app_id", APP_ID) && is("seller_id", SELLER_ID), "paid to another merchant");
            assert!(is("trade_no", trade_no.as_str()));
            let (yuan, fen) = (amount.minor() / 100, amount.minor() % 100);
            let spellings = [format!("{yuan}"), format!("{yuan}.{}", fen / 10), format!("{yuan}.{fen:02}")];
            assert!(spellings.iter().any(|text| is("total_amount", text)), "{amount:?} without a field for it");
        }
    }
}

fn has_duplicates(pairs: &Pairs<'_>) -> bool {
    let mut keys: Vec<&[u8]> = pairs.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|two| two[0] == two[1])
}

/// Whether the signed text could be another notification's.
fn is_ambiguous(pairs: &Pairs<'_>) -> bool {
    pairs.iter().any(|(key, value)| key.iter().any(|b| matches!(b, b'&' | b'=')) || value.contains(&b'&'))
}

/// An attacker can only write the same parameters in another way.
fn check_edited(genuine: &[u8], edit: &Edit<'_>) {
    let changed = edited(genuine, edit);
    if heard(genuine).is_ok() && (Raw { body: &changed }).verify(&world().merchant).is_ok() {
        assert_eq!(heard(&changed), heard(genuine), "another notification is accepted");
    }
}
