//! Fuzz target: Alipay's answers: the scanner, the signature, and what is made of them. An answer is one byte that says to which
//! question, and then the text that is signed.

use std::sync::LazyLock;

use serde_json::Value;
use till_app::ports::Payer;
use till_domain::currency::Currency;
use till_domain::order::{Order, Refund, Says};
use till_domain::provider::Method;
use till_providers::alipay::scan;
use till_providers::provide::PaymentApi as _;
use till_providers::{Error, Headers, Response, Verdict};

use super::alipay::{check_amount, world};
use super::kit::{Answers, Edit, NUMBER, check_says, edited, mentions, mode, twice, wait_for};
use super::sample;

const TRADE_NO: &str = "2026112122001468450512505578";
/// Texts nested deeper than this are refused, and so is what nests deeper in a number or a text of them.
const SURE_DEPTH: usize = 30;

pub fn response(data: &[u8]) {
    match mode(data, 4) {
        Some((0, rest)) => check_raw(rest),
        Some((1, rest)) => {
            if let Some((question, subject)) = question(rest) {
                check_signed(question, subject, subject);
            }
        }
        Some((2, rest)) => {
            if let Some((edit, rest)) = Edit::parse(rest)
                && let Some((question, subject)) = question(rest)
            {
                check_edited(question, subject, &edit);
            }
        }
        Some((_, rest)) => {
            if let Some((question, subject)) = question(rest)
                && let Ok(text) = std::str::from_utf8(subject)
                && !text.contains(r"\\")
            {
                check_signed(question, subject, text.replace(r"\/", "/").as_bytes());
            }
        }
        None => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Question {
    Query,
    Close,
    Refund,
    RefundQuery,
    Precreate,
}

impl Question {
    const ALL: [Self; 5] = [Self::Query, Self::Close, Self::Refund, Self::RefundQuery, Self::Precreate];

    const fn key(self) -> &'static str {
        match self {
            Self::Query => "alipay_trade_query_response",
            Self::Close => "alipay_trade_close_response",
            Self::Refund => "alipay_trade_refund_response",
            Self::RefundQuery => "alipay_trade_fastpay_refund_query_response",
            Self::Precreate => "alipay_trade_precreate_response",
        }
    }
}

fn question(data: &[u8]) -> Option<(Question, &[u8])> {
    let (n, subject) = mode(data, 5)?;
    Some((Question::ALL[usize::from(n)], subject))
}

struct Trade {
    order: Order,
    refund: Refund,
}

/// An order of 9.90 yuan, and a refund of 3.00 of it.
fn trade() -> &'static Trade {
    static TRADE: LazyLock<Trade> = LazyLock::new(|| {
        let order = sample::order(Method::AlipayQr, Currency::CNY, None);
        Trade { refund: sample::refund(&order, TRADE_NO, 300), order }
    });
    &TRADE
}

fn asked(question: Question, body: &[u8]) -> Result<Vec<Says>, Error> {
    let Trade { order, refund } = trade();
    let merchant = &world().merchant;
    let (refund_order, payer) = (sample::refund_order(order, refund), Payer::default());
    twice(|| {
        let outside = Answers::new([Response { status: 200, headers: Headers::default(), body: body.to_vec() }]);
        match question {
            Question::Query => wait_for(merchant.query(&outside, sample::asked(order))),
            Question::Close => wait_for(merchant.close(&outside, sample::asked(order))),
            Question::Refund => wait_for(merchant.refund(&outside, refund_order)),
            Question::RefundQuery => wait_for(merchant.query_refund(&outside, refund_order)),
            Question::Precreate => {
                wait_for(merchant.create(&outside, sample::new_trade(order, &payer))).map(|_| Vec::new())
            }
        }
    })
}

/// An unsigned answer is only an error with the verdict "ask" or "retry". If it is JSON, the scanner finds what a parser finds.
fn check_raw(body: &[u8]) {
    for question in Question::ALL {
        let error = asked(question, body).expect_err("it is not signed");
        assert!(matches!(error.verdict(), Verdict::Ask | Verdict::Retry), "{error:?} is certain");
        if let Ok(found) = scan::envelope(body, question.key()) {
            check_found(body, question, found);
        }
    }
}

fn check_found(body: &[u8], question: Question, found: scan::Envelope<'_>) {
    assert!(is_within(body, found.subject));
    let Ok(Value::Object(whole)) = serde_json::from_slice(body) else { return };
    let answers: Vec<&Value> = [question.key(), "error_response"].iter().filter_map(|key| whole.get(*key)).collect();
    let parse = |text: &[u8]| serde_json::from_slice::<Value>(text).expect("a part of sound JSON is sound");
    assert_eq!(answers, [&parse(found.subject)], "the scanner and the parser see two answers");
    assert_eq!(found.sign.map(parse).as_ref(), whole.get("sign"));
    assert_eq!(found.cert_sn.map(parse).as_ref(), whole.get("alipay_cert_sn"));
}

fn is_within(whole: &[u8], part: &[u8]) -> bool {
    let (outer, inner) = (whole.as_ptr_range(), part.as_ptr_range());
    outer.start <= inner.start && inner.end <= outer.end
}

fn enveloped(question: Question, subject: &[u8], text: &[u8]) -> Vec<u8> {
    let head = format!("{{\"{}\":", question.key());
    let tail = format!(",\"sign\":\"{}\"}}", world().alipay.sign(text));
    [head.as_bytes(), subject, tail.as_bytes()].concat()
}

/// An answer whose `subject` Alipay sent, and signed as `text`.
fn check_signed(question: Question, subject: &[u8], text: &[u8]) {
    let body = enveloped(question, subject, text);
    let found = scan::envelope(&body, question.key());
    let is_sound = matches!(serde_json::from_slice(subject), Ok(Value::Object(_))) && depth(subject) <= SURE_DEPTH;
    if is_sound {
        let found = found.expect("a sound answer is found");
        assert_eq!(found.subject, subject.trim_ascii(), "another text is found than was sent");
    }
    let says = match asked(question, &body) {
        Ok(says) => says,
        Err(error) => {
            let is_believed = !matches!(error, Error::Distrust(till_providers::Distrust::BadSignature));
            assert!(!is_sound || subject.trim_ascii() != subject || is_believed, "what Alipay signed is rejected");
            return;
        }
    };
    for says in &says {
        check_says(says);
        check_amount(says);
        check_money(says, subject);
    }
}

/// An upper limit of a text's nesting.
fn depth(text: &[u8]) -> usize {
    text.iter().filter(|byte| matches!(byte, b'{' | b'[')).count()
}

fn check_money(says: &Says, subject: &[u8]) {
    match says {
        Says::Paid { amount, trade_no, .. } => {
            assert!(mentions(subject, "TRADE_") && mentions(subject, "10000"), "paid without a word for it");
            assert!(mentions(subject, NUMBER), "another order's payment");
            let whole = (amount.minor() / 100).to_string();
            assert!(mentions(subject, trade_no.as_str()) && mentions(subject, &whole), "{says:?}");
        }
        Says::Refund { id, amount, trade_no, .. } => {
            // It is the refund that was asked about, whatever the answer holds.
            let refund = &trade().refund;
            assert_eq!((id, amount, trade_no), (&refund.id, &refund.amount, &refund.trade_no));
        }
        Says::BackInAll { trade_no, .. } | Says::BackUnclear { trade_no } => {
            assert!(trade_no.as_str() == TRADE_NO || mentions(subject, trade_no.as_str()));
        }
        Says::Closed { .. } => {
            let is_told = ["TRADE_CLOSED", NUMBER, "TRADE_NOT_EXIST", "trade_not_exist"];
            assert!(
                is_told.iter().any(|word| mentions(&subject.to_ascii_uppercase(), word)),
                "closed without a word for it"
            );
        }
        Says::NotPaid | Says::Processing | Says::Failed | Says::Declined(_) | Says::Unknown => {}
        Says::Dispute { .. } => panic!("Alipay tells of no disputes"),
    }
}

/// An attacker can change only what is not part of the signed text.
fn check_edited(question: Question, subject: &[u8], edit: &Edit<'_>) {
    let genuine = enveloped(question, subject, subject);
    let changed = edited(&genuine, edit);
    match asked(question, &changed) {
        Ok(says) => assert_eq!(Ok(says), asked(question, &genuine), "another answer is accepted"),
        // A refusal that is certain was signed, and is the one that was sent.
        Err(error) if matches!(error.verdict(), Verdict::Final | Verdict::OurFault) => {
            assert_eq!(Err(error), asked(question, &genuine), "another refusal is accepted");
        }
        Err(_) => {}
    }
}
