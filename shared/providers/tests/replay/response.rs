//! Fuzzed: Alipay's answers: the scanner, the signature, and what is made of them. An answer is one byte that says to which
//! question, and then the text that is signed.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use till_app::ports::{Asked, NewTrade, Payer, RefundOrder};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::Money;
use till_domain::order::{Attempt, By, NewOrder, Order, Policy, Refund, RefundId, Says, Sold};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::Method;
use till_domain::text::{ProductId, ProductName, ProductType, TradeNo, UserId};
use till_domain::time::Seconds;
use till_providers::alipay::scan;
use till_providers::provide::PaymentApi as _;
use till_providers::{Error, Headers, Response, Verdict};

use super::alipay::{check_amount, world};
use super::kit::{Answers, Edit, NUMBER, check_says, edited, mentions, mode, now, twice, wait_for};

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

/// What Alipay is asked.
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
    static TRADE: OnceLock<Trade> = OnceLock::new();
    TRADE.get_or_init(|| {
        let account = world().merchant.account().clone();
        let money = |minor| Money::new(minor, Currency::CNY).unwrap();
        let sold = Sold {
            user: UserId::parse("u1").unwrap(),
            kind: ProductType::parse("points").unwrap(),
            product: ProductId::parse("1").unwrap(),
            name: ProductName::parse("100 点数").unwrap(),
            price: money(990),
            grants: vec![Grant::Points(PointsGrant::new(100).unwrap())],
            upgrade: None,
        };
        let expire_at = now().plus(Seconds::minutes(30));
        let attempt = Attempt::opening(AttemptNo::FIRST, Method::AlipayQr, account.clone(), now());
        let new = NewOrder {
            no: OrderNo::parse(NUMBER).unwrap(),
            created_at: now(),
            expire_at,
            sold: Arc::new(sold),
            policy: Policy::default(),
        };
        let id = RefundId::Ours(RefundIndex::FIRST);
        let refund = Refund::new(id, TradeNo::parse(TRADE_NO).unwrap(), account, money(300), By::Till, now());
        Trade { order: Order::new(new, attempt.opened(None, Some(expire_at))), refund }
    })
}

fn asked(question: Question, body: &[u8]) -> Result<Vec<Says>, Error> {
    let Trade { order, refund } = trade();
    let merchant = &world().merchant;
    let attempt = order.attempts.first().unwrap();
    let payment_no = order.no.payment(attempt.n);
    let about = Asked::about(order, attempt);
    let refund_order = RefundOrder {
        refund_no: Some(order.no.refund(RefundIndex::FIRST)),
        refund,
        trade_no: &refund.trade_no,
        paid: Some((payment_no, order.sold.price)),
    };
    let payer = Payer::default();
    let new = NewTrade {
        payment_no,
        method: attempt.method,
        account: &attempt.account,
        sold: &order.sold,
        expire_at: order.expire_at,
        payer: &payer,
    };
    twice(|| {
        let outside = Answers::new([Response { status: 200, headers: Headers::default(), body: body.to_vec() }]);
        match question {
            Question::Query => wait_for(merchant.query(&outside, about)),
            Question::Close => wait_for(merchant.close(&outside, about)),
            Question::Refund => wait_for(merchant.refund(&outside, refund_order)),
            Question::RefundQuery => wait_for(merchant.query_refund(&outside, refund_order)),
            Question::Precreate => wait_for(merchant.create(&outside, new)).map(|_| Vec::new()),
        }
    })
}

/// Nobody signed it: no more comes of it than an error that says "ask", or "again". And where it is JSON, what is found is
/// what a parser finds.
fn check_raw(body: &[u8]) {
    for question in Question::ALL {
        let error = asked(question, body).expect_err("nobody signed it");
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
            assert!(!is_sound || subject.trim_ascii() != subject || is_believed, "what Alipay signed is not believed");
            return;
        }
    };
    for says in &says {
        check_says(says);
        check_amount(says);
        check_money(says, subject);
    }
}

/// At least as deep as a text is nested.
fn depth(text: &[u8]) -> usize {
    text.iter().filter(|byte| matches!(byte, b'{' | b'[')).count()
}

fn check_money(says: &Says, subject: &[u8]) {
    match says {
        Says::Paid { amount, trade_no, .. } => {
            assert!(mentions(subject, "TRADE_") && mentions(subject, "10000"), "paid out of nothing");
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
            assert!(is_told.iter().any(|word| mentions(&subject.to_ascii_uppercase(), word)), "closed out of nothing");
        }
        Says::NotPaid | Says::Processing | Says::Failed | Says::Unknown => {}
        Says::Dispute { .. } => panic!("Alipay tells of no disputes"),
    }
}

/// Somebody on the way can change what is not part of the text, and nothing else.
fn check_edited(question: Question, subject: &[u8], edit: &Edit<'_>) {
    let genuine = enveloped(question, subject, subject);
    let changed = edited(&genuine, edit);
    match asked(question, &changed) {
        Ok(says) => assert_eq!(Ok(says), asked(question, &genuine), "another answer is believed"),
        // A refusal that is certain was signed, and is the one that was sent.
        Err(error) if matches!(error.verdict(), Verdict::Final | Verdict::OurFault) => {
            assert_eq!(Err(error), asked(question, &genuine), "another refusal is believed");
        }
        Err(_) => {}
    }
}
