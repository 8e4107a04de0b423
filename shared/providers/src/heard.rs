//! What a verified callback or answer comes to.

use till_app::ports::RefundOrder;
use till_domain::id::PaymentNo;
use till_domain::order::{RefundWord, Report, Says};
use till_domain::provider::Account;

/// A callback, verified and read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heard {
    /// What it is about.
    pub about: About,
    /// What it said, field by field, for the record: only fields that hold no person's data beyond what a payment's audit
    /// needs.
    pub facts: Vec<(&'static str, String)>,
}

/// What a callback is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum About {
    /// A payment under one of our numbers: to be settled, and acknowledged once it is.
    Payment {
        /// Its number.
        payment_no: PaymentNo,
        /// What is said of it.
        reports: Vec<Report>,
    },
    /// Money under a number that we never gave: nobody's here, and not to be acknowledged before a person has seen it.
    Foreign {
        /// The number, at most 64 characters of it, with `?` for all that are not visible ASCII: it never looks like ours.
        number: String,
        /// What is said of it.
        says: Vec<Says>,
    },
    /// Nothing of ours: to be acknowledged and recorded.
    Nothing(&'static str),
}

/// What a callback is answered with: each provider wants its own words, and nobody learns more than they say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// What the body is; nothing, when there is none.
    pub content_type: Option<&'static str>,
    /// The body, to the letter.
    pub body: &'static str,
}

/// A field for the record: so many of its visible ASCII characters at most.
pub(crate) fn fact(text: &str, most: usize) -> String {
    text.chars().filter(char::is_ascii_graphic).take(most).collect()
}

/// What is said of a number that should be ours.
pub(crate) fn about(number: &str, account: &Account, says: Vec<Says>) -> About {
    let Ok(payment_no) = PaymentNo::parse(number) else {
        let visible = number.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' });
        return About::Foreign { number: visible.take(64).collect(), says };
    };
    let report = |says| Report { attempt: payment_no.attempt, account: account.clone(), asked_at: None, says };
    About::Payment { payment_no, reports: says.into_iter().map(report).collect() }
}

/// What is said of the refund that was asked about, or ordered.
pub(crate) fn refund_is(order: &RefundOrder<'_>, word: RefundWord) -> Says {
    let RefundOrder { refund, trade_no, .. } = order;
    Says::Refund { id: refund.id.clone(), trade_no: (*trade_no).clone(), amount: refund.amount, word }
}
