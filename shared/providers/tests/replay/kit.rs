//! What the targets share: keys that are made once per process and never stored, an outside that answers from the input,
//! callbacks as bytes on the wire, and what must hold of everything that is accepted.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use till_domain::id::PaymentNo;
use till_domain::money::{MOST_MINOR, Money};
use till_domain::order::Says;
use till_domain::provider::Account;
use till_domain::time::Time;
use till_providers::account::{AccountMode, Place};
use till_providers::callback_content::CallbackSubject;
use till_providers::key::PrivateKey;
use till_providers::{CallbackContent, Headers, NoAnswer, Outside, Request, Response};

pub use super::sample::{main_id, now};

/// 2026-11-21 10:00:00 in China.
pub const NOW: i64 = 1_795_226_400;
/// The number of the order that everything is about.
pub const NUMBER: &str = "ORD20261121100000TESTTEST";

/// The record of one callback: no provider has more fields in it, or longer ones.
const MOST_FACTS: usize = 24;
const MOST_FACT_BYTES: usize = 128;
/// The shortest refund in a list of them, in JSON, has more bytes than this.
const LEAST_REPORT_BYTES: usize = 16;
/// A conversation that a callback begins makes two calls at most: a download, and again at another host.
const MOST_CALLS: u32 = 2;

pub fn place() -> Place<'static> {
    Place { mode: AccountMode::Test, notify_url: "https://shop.example/callback/main", base_url: None }
}

/// How an input is meant, and what it holds.
pub fn mode(data: &[u8], modes: u8) -> Option<(u8, &[u8])> {
    data.split_first().map(|(first, rest)| (first.wrapping_sub(b'0') % modes, rest))
}

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// A random text of twice as many characters as bytes.
pub fn made_up<const BYTES: usize>() -> String {
    let mut entropy = [0; BYTES];
    aws_lc_rs::rand::fill(&mut entropy).unwrap();
    hex(&entropy)
}

/// A key pair, in the forms in which settings hold it.
pub struct Pair {
    pub private: PrivateKey,
    pub private_text: String,
    pub public_text: String,
}

impl Pair {
    pub fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let private_text = base64(private.as_ref());
        let public_text = base64(public.as_ref());
        Self { private: PrivateKey::parse(&private_text).unwrap(), private_text, public_text }
    }

    pub fn sign(&self, message: &[u8]) -> String {
        self.private.sign(message).unwrap()
    }
}

/// A callback as bytes: `name:value` lines, an empty line, and the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Wire {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Wire {
    /// Takes bytes apart. Where there is no empty line, all of it is the body.
    pub fn parse(data: &[u8]) -> Self {
        let Some((head, body)) = split_once(data, b"\n\n") else {
            return Self { headers: Vec::new(), body: data.to_vec() };
        };
        let head = String::from_utf8_lossy(head);
        let pairs = head.split('\n').filter_map(|line| line.split_once(':'));
        let headers = pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        Self { headers, body: body.to_vec() }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let lines = self.headers.iter().flat_map(|(name, value)| [name.as_str(), ":", value.as_str(), "\n"]);
        [lines.collect::<String>().as_bytes(), b"\n", &self.body].concat()
    }

    pub fn headers(&self) -> Headers {
        Headers::new(self.headers.iter().cloned())
    }
}

pub fn split_once<'a>(data: &'a [u8], gap: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = data.windows(gap.len()).position(|window| window == gap)?;
    Some((data.get(..at)?, data.get(at + gap.len()..)?))
}

/// An edit, and what is left of the input: two bytes say where, one how much to cut, one how much to put in, which follows.
pub struct Edit<'a> {
    at: usize,
    cut: usize,
    put: &'a [u8],
}

impl<'a> Edit<'a> {
    pub fn parse(data: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&[high, low, cut, put], rest) = data.split_first_chunk()?;
        let (put, rest) = rest.split_at_checked(usize::from(put))?;
        Some((Self { at: usize::from(high) << 8 | usize::from(low), cut: usize::from(cut), put }, rest))
    }
}

/// Bytes after an edit by an attacker.
pub fn edited(bytes: &[u8], edit: &Edit<'_>) -> Vec<u8> {
    let start = edit.at.checked_rem(bytes.len()).unwrap_or(0);
    let end = start.saturating_add(edit.cut).min(bytes.len());
    [&bytes[..start], edit.put, &bytes[end..]].concat()
}

/// Answers requests from the input until its answers are used up.
pub struct Answers {
    answers: RefCell<Vec<Response>>,
    calls: Cell<u32>,
}

impl Answers {
    pub fn new(answers: impl IntoIterator<Item = Response>) -> Self {
        let mut answers: Vec<Response> = answers.into_iter().collect();
        answers.reverse();
        Self { answers: RefCell::new(answers), calls: Cell::new(0) }
    }
}

impl Outside for Answers {
    fn now(&self) -> Time {
        now()
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        Ok("0123456789abcdef0123456789abcdef".to_owned())
    }

    async fn send(&self, _: &Request) -> Result<Response, NoAnswer> {
        self.calls.set(self.calls.get() + 1);
        assert!(self.calls.get() <= MOST_CALLS, "one input makes us ask again and again");
        self.answers.borrow_mut().pop().ok_or(NoAnswer::Unreachable)
    }
}

/// The same bytes come to the same result, as often as they come.
pub fn twice<T: PartialEq + Debug>(run: impl Fn() -> T) -> T {
    let first = run();
    assert_eq!(first, run(), "the same bytes came to two results");
    first
}

/// A conversation with [`Answers`] never waits.
pub fn wait_for<T>(conversation: impl Future<Output = T>) -> T {
    match pin!(conversation).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a conversation waits although its answers are there"),
    }
}

/// What must hold of every accepted callback: it is about this account, within limits, and no longer than its input.
pub fn check_heard(heard: &CallbackContent, account: &Account, said: usize) {
    assert!(heard.facts.len() <= MOST_FACTS, "{} facts", heard.facts.len());
    for (name, value) in &heard.facts {
        assert!(value.len() <= MOST_FACT_BYTES, "{name} has {} bytes", value.len());
        assert!(value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{name} is not plain: {value:?}");
    }
    let kept: usize = heard.facts.iter().map(|(_, value)| value.len()).sum();
    assert!(kept <= said, "{kept} bytes are kept of {said}");
    match &heard.about {
        CallbackSubject::Payment { payment_no, reports } => {
            assert_eq!(PaymentNo::parse(&payment_no.to_string()), Ok(*payment_no));
            assert!(reports.len() <= 2 + said / LEAST_REPORT_BYTES, "{} reports", reports.len());
            for report in reports {
                assert_eq!(report.attempt, payment_no.attempt);
                assert_eq!(&report.account, account);
                assert_eq!(report.asked_at, None, "it was pushed");
                check_says(&report.says);
            }
        }
        CallbackSubject::Foreign { number, says } => {
            assert!(PaymentNo::parse(number).is_err(), "{number} is ours");
            assert!(number.len() <= 64 && number.bytes().all(|byte| byte.is_ascii_graphic()), "{number:?}");
            says.iter().for_each(check_says);
        }
        CallbackSubject::Nothing(_) => {}
    }
}

/// The amount that is stated, if any.
pub fn amount(says: &Says) -> Option<Money> {
    match says {
        Says::Paid { amount, .. }
        | Says::Refund { amount, .. }
        | Says::BackInAll { amount, .. }
        | Says::Dispute { amount, .. } => Some(*amount),
        Says::NotPaid
        | Says::Processing
        | Says::Failed
        | Says::Declined(_)
        | Says::Closed { .. }
        | Says::Unknown
        | Says::BackUnclear { .. } => None,
    }
}

/// No amount is above the limit, and no number is a text that could not be ours to keep.
pub fn check_says(says: &Says) {
    let amount = amount(says);
    assert!(amount.is_none_or(|amount| amount.minor() <= MOST_MINOR), "{amount:?}");
    let number = says.trade_no().map_or("1", |number| number.as_str());
    assert!((1..=128).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_graphic()), "{number:?}");
}

/// All reports of a callback.
pub fn says(about: &CallbackSubject) -> Vec<&Says> {
    match about {
        CallbackSubject::Payment { reports, .. } => reports.iter().map(|report| &report.says).collect(),
        CallbackSubject::Foreign { says, .. } => says.iter().collect(),
        CallbackSubject::Nothing(_) => Vec::new(),
    }
}

/// Whether a text contains another, or a backslash: in JSON an escape can hide anything.
pub fn mentions(text: &[u8], what: &str) -> bool {
    text.contains(&b'\\') || text.windows(what.len()).any(|window| window == what.as_bytes())
}
