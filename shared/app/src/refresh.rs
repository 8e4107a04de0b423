//! Asks the providers about an order at once: for a page that waits for a payment, and for a person who confirms one by
//! hand.

use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{AttemptState, Order, RefundState};
use till_domain::time::Time;

use crate::failure::Failure;
use crate::perform::{Perform, ask, ask_refund, perform};
use crate::write::{in_time, load};

#[derive(Clone, Debug)]
pub struct Refreshed {
    pub order: Order,
    /// Whether every question was answered, and taken in.
    pub answered: bool,
}

/// Asks about every attempt that could have brought money and every refund that is under way, and does what follows. A
/// question without an answer changes nothing: it is still a duty of the sweep.
pub async fn refresh<P: Perform>(ports: &P, no: OrderNo, deadline: Time) -> Result<Refreshed, Failure> {
    let mut order = load(ports, no).await?;
    let attempts: Vec<_> =
        order.attempts.iter().filter(|attempt| is_open_to_news(attempt.state)).map(|a| a.n).collect();
    let under_way = |state| matches!(state, RefundState::Processing | RefundState::Abnormal);
    let refunds: Vec<u16> =
        (0_u16..).zip(&order.refunds).filter(|(_, refund)| under_way(refund.state)).map(|(i, _)| i).collect();
    let mut answered = true;
    let mut taken = Vec::new();
    let questions = attempts.into_iter().map(Question::Attempt).chain(refunds.into_iter().map(Question::Refund));
    for question in questions {
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
    Ok(Refreshed { order, answered })
}

enum Question {
    Attempt(AttemptNo),
    Refund(u16),
}

/// An attempt that is still opening has no news yet, and further news about a paid one are refunds and disputes.
const fn is_open_to_news(state: AttemptState) -> bool {
    match state {
        AttemptState::Open | AttemptState::Processing | AttemptState::Failed | AttemptState::Closed => true,
        AttemptState::Opening | AttemptState::Paid => false,
    }
}
