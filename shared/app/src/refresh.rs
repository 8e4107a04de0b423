//! Asks the providers about an order at once: for a page that waits for a payment, and for a person who confirms one by
//! hand.

use std::cmp::Reverse;

use till_domain::id::AttemptNo;
use till_domain::order::{Order, RefundState};
use till_domain::time::Time;

use crate::perform::{Perform, ask, ask_refund, perform};
use crate::write::in_time;

#[derive(Clone, Debug)]
pub struct Refreshed {
    pub order: Order,
    /// Whether there was an answer to every question that the order leaves open, and all were taken in.
    pub answered: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Question {
    Attempt(AttemptNo),
    Refund(u16),
}

/// Whether a provider could have news about an order.
pub fn is_open_to_news(order: &Order) -> bool {
    !questions(order).is_empty()
}

/// Asks about the attempts that can still bring money and the refunds that are under way, newest first and at most so many, and
/// does what follows. A question without an answer changes nothing: it is still a duty of the sweep.
pub async fn refresh<P: Perform>(ports: &P, order: Order, most: usize, deadline: Time) -> Refreshed {
    let questions = questions(&order);
    let mut order = order;
    let mut answered = questions.len() <= most;
    let mut taken = Vec::new();
    for question in questions.into_iter().take(most) {
        if !in_time(ports, deadline) {
            answered = false;
            break;
        }
        let learned = match question {
            Question::Attempt(n) => ask(ports, &order, n).await,
            Question::Refund(i) => ask_refund(ports, &order, i).await,
        };
        match learned {
            Ok(written) => {
                answered &= written.outcome.unwrap_or(true);
                order = written.order;
                taken.extend(written.taken);
            }
            Err(_) => answered = false,
        }
    }
    let order = perform(ports, order, taken, deadline).await.order;
    Refreshed { order, answered }
}

fn questions(order: &Order) -> Vec<Question> {
    let mut attempts: Vec<AttemptNo> =
        order.attempts.iter().filter(|attempt| attempt.can_bring_money()).map(|attempt| attempt.n).collect();
    attempts.sort_unstable_by_key(|n| Reverse(*n));
    let under_way = |state| matches!(state, RefundState::Processing | RefundState::Abnormal);
    let mut refunds: Vec<u16> =
        (0_u16..).zip(&order.refunds).filter(|(_, refund)| under_way(refund.state)).map(|(i, _)| i).collect();
    refunds.reverse();
    attempts.into_iter().map(Question::Attempt).chain(refunds.into_iter().map(Question::Refund)).collect()
}
