//! Why an order is as it is and what happens next, in sentences that a support person can read to its buyer, in Chinese and in
//! English. Amounts, times and providers are filled in; the buyer's name at the provider and secrets never are.

mod advice;
mod fill;
mod next;
mod situations;

use serde::Serialize;
use till_domain::language::Language;
use till_domain::order::{Decision, Order, RefundId, Situation, Slot, Topic};
use till_domain::time::Time;

use crate::shapes::Instant;

pub use advice::{ADVICE, DECISIONS};
pub use fill::PLACEHOLDERS;
pub use next::{NEXT, TRIES, duty_word};
pub use situations::SITUATIONS;

/// The same in each language, with placeholders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text {
    pub chinese: &'static str,
    pub english: &'static str,
}

impl Text {
    const fn of(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.chinese,
            Language::English => self.english,
        }
    }
}

/// One row of a table of texts.
const fn row<T>(word: T, chinese: &'static str, english: &'static str) -> (T, Text) {
    (word, Text { chinese, english })
}

fn text_of<T: PartialEq>(rows: &[(T, Text)], word: &T) -> Option<Text> {
    rows.iter().find(|(known, _)| known == word).map(|(_, text)| *text)
}

/// One thing that is said of an order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Said {
    /// The situation's word, which never changes.
    pub situation: &'static str,
    /// The number of the attempt, payment, refund or dispute that it is about; none if it is about the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    pub sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<SaidNext>,
    /// What a person must look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<&'static str>,
    /// Those that fit the hold now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<&'static str>,
    /// What a person can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// What happens next by itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SaidNext {
    pub duty: &'static str,
    pub at: Instant,
    /// How often it was tried.
    pub tries: u8,
    pub sentence: String,
}

/// Everything that is to say of an order at a moment, the order as a whole first.
pub fn sentences(order: &Order, now: Time, language: Language) -> Vec<Said> {
    order.situations(now).iter().map(|situation| say(order, situation, now, language)).collect()
}

fn say(order: &Order, situation: &Situation, now: Time, language: Language) -> Said {
    let fill = fill::Fill { order, situation, now, language };
    Said {
        situation: situation.word.as_str(),
        about: number_of(order, situation.about),
        sentence: text_of(SITUATIONS, &situation.word).map(|text| fill.in_text(text)).unwrap_or_default(),
        next: situation.next.map(|slot| said_next(&fill, slot)),
        hold: situation.hold.map(|hold| hold.word.as_str()),
        decisions: situation.decisions.iter().copied().map(Decision::as_str).collect(),
        advice: fill.in_all(&advice::advice(order, situation)),
    }
}

fn said_next(fill: &fill::Fill<'_>, slot: Slot) -> SaidNext {
    let duty = duty_word(slot.duty);
    let tries = (slot.tries > 0).then_some(TRIES);
    let texts: Vec<Text> = text_of(NEXT, &duty).into_iter().chain(tries).collect();
    let sentence = fill.in_all(&texts).unwrap_or_default();
    SaidNext { duty, at: Instant(slot.next), tries: slot.tries, sentence }
}

/// The number by which people find the matter, here or at the provider.
fn number_of(order: &Order, about: Topic) -> Option<String> {
    match about {
        Topic::Order => None,
        Topic::Attempt(n) => Some(order.no.payment(n).to_string()),
        Topic::Payment(i) => order.payments.get(usize::from(i)).map(|payment| payment.trade_no.to_string()),
        Topic::Refund(i) => order.refunds.get(usize::from(i)).map(|refund| match &refund.id {
            RefundId::Ours(n) => order.no.refund(*n).to_string(),
            RefundId::Theirs(no) => no.to_string(),
        }),
        Topic::Dispute(i) => order.disputes.get(usize::from(i)).map(|dispute| dispute.no.to_string()),
    }
}
