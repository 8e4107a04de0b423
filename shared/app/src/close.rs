//! Closes every open attempt of an order at its provider and takes the answers in: the first step of cancel, expire and
//! retry. Then cancels the order, which is refused while an attempt may still be paid.

use till_domain::order::{Attempt, By, Duty, Order, Remedy, Report, Subject, Why};
use till_domain::provider::Provider;
use till_domain::time::Time;

use crate::failure::Failure;
use crate::ports::{Asked, Message, Outcome};
use crate::record_answer::{ASKED, Perform, reports};
use crate::settle::take_in;
use crate::write::{Change, Writer, Written, in_time, record_call, write};

pub struct Closed {
    pub order: Order,
    pub taken: Vec<Duty>,
    /// A provider that did not answer, or could not be asked in time: its attempt is still open.
    pub unanswered: Option<Provider>,
    /// Whether every provider that was asked answered; `None` if none was asked.
    pub answered: Option<bool>,
}

/// Asks each provider to close, and saves all answers in one write.
pub async fn close_open<P: Perform>(ports: &P, order: Order, deadline: Time) -> Result<Closed, Failure> {
    let mut heard: Vec<Report> = Vec::new();
    let mut silent: Vec<Subject> = Vec::new();
    let (mut unanswered, mut answered) = (None, None);
    let now = ports.now();
    let closable = |attempt: &&Attempt| attempt.must_be_closed() && !attempt.is_being_opened(now);
    for attempt in order.attempts.iter().filter(closable) {
        let (subject, asked_at) = (Subject::Attempt(attempt.n), ports.now());
        if !in_time(ports, deadline) {
            unanswered = Some(attempt.account.provider);
            break;
        }
        let says = ports.close(Asked::about(&order, attempt)).await;
        answered = Some(answered.unwrap_or(true) && says.is_ok());
        if let Ok(says) = says {
            heard.extend(reports(&order, &subject, asked_at, says));
        } else {
            record_call(ports, order.no, &attempt.account, Outcome::Unanswered, None).await;
            unanswered = Some(attempt.account.provider);
            silent.push(subject);
        }
    }
    let no = order.no;
    let written = write(ports, no, Some(order), ASKED, |order, now| {
        let told = take_in(order, &heard, now);
        let missed = silent.iter().map(|subject| order.unanswered(subject)).max().unwrap_or(false);
        Ok(Change::done_if(told | missed, ()))
    });
    let written = written.await?;
    // Another writer may have begun an attempt meanwhile; the command that follows sees it.
    let open =
        written.order.attempts.iter().find(|attempt| attempt.must_be_closed()).map(|a: &Attempt| a.account.provider);
    Ok(Closed { order: written.order, taken: written.taken, unanswered: unanswered.and(open), answered })
}

/// Cancels an order whose attempts were closed, if the rules allow it now, and tells its buyer: the second half of cancel
/// and expire. A remedy that it is part of is remembered in the same write.
pub async fn cancel_closed<P: Perform>(
    ports: &P,
    order: Order,
    writer: Writer<'_>,
    why: Why,
    by: &By,
    remedy: Option<Remedy>,
) -> Result<Written<()>, Failure> {
    let cancelled = write(ports, order.no, Some(order), writer, |order, now| {
        if remedy.map(|remedy| order.is_remedied(remedy)).transpose()? == Some(true) {
            return Ok(Change::Nothing(()));
        }
        let before = order.cancelled;
        order.cancel(why, by.clone(), now)?;
        let is_new = order.cancelled != before;
        if let Some(remedy) = remedy.filter(|_| is_new) {
            order.remember(remedy, now);
        }
        Ok(Change::done_if(is_new, ()))
    });
    let cancelled = cancelled.await?;
    if cancelled.changed {
        ports.push(&cancelled.order.sold.user, cancelled.order.no, Message::OrderCancelled).await;
    }
    Ok(cancelled)
}
