//! What a verified callback or answer says.

use till_app::ports::RefundOrder;
pub use till_app::ports::{CallbackReply, CallbackSubject};
use till_domain::id::PaymentNo;
use till_domain::order::{RefundWord, Report, Says};
use till_domain::provider::Account;

/// A callback, verified and read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallbackContent {
    pub about: CallbackSubject,
    /// Its fields, for the record: only those that hold no personal data beyond what a payment's audit
    /// needs.
    pub facts: Vec<(&'static str, String)>,
}

/// A field for the record: its visible ASCII characters, `most` at most.
pub(crate) fn fact(text: &str, most: usize) -> String {
    text.chars().filter(char::is_ascii_graphic).take(most).collect()
}

/// Reports about a payment number that should be ours.
pub(crate) fn about(number: &str, account: &Account, says: Vec<Says>) -> CallbackSubject {
    let Ok(payment_no) = PaymentNo::parse(number) else {
        let visible = number.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' });
        return CallbackSubject::Foreign { number: visible.take(64).collect(), says };
    };
    let report = |says| Report { attempt: payment_no.attempt, account: account.clone(), asked_at: None, says };
    CallbackSubject::Payment { payment_no, reports: says.into_iter().map(report).collect() }
}

/// A report about the refund that was sent or queried.
pub(crate) fn refund_is(order: &RefundOrder<'_>, word: RefundWord) -> Says {
    let RefundOrder { refund, trade_no, .. } = order;
    Says::Refund { id: refund.id.clone(), trade_no: (*trade_no).clone(), amount: refund.amount, word }
}
