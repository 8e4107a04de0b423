//! Remedies: what a person of the team does about an order, each once under its key.

use till_domain::id::OrderNo;
use till_domain::order::{Order, Remedy};
use till_domain::refusal::Refusal;
use till_domain::text::{Reason, UserId};
use till_domain::time::Time;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::ports::RemedyNote;
use crate::write::{Change, Write, Writer, Written, write};

/// A remedy, who asks for it, and why.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RemedyRequest {
    pub remedy: Remedy,
    pub by: UserId,
    pub reason: Reason,
}

impl RemedyRequest {
    pub fn note(&self) -> RemedyNote {
        RemedyNote { word: self.remedy.word, reason: self.reason.clone() }
    }
}

/// Applies a remedy and remembers it in the same write. The outcome is `None` if it was applied before: then nothing changes.
pub async fn write_remedy<P: Write, T>(
    ports: &P,
    no: OrderNo,
    known: Option<Order>,
    asked: &RemedyRequest,
    mut apply: impl FnMut(&mut Order, Time) -> Result<T, Refusal>,
) -> Result<Written<Option<T>>, Failure> {
    let (by, note) = (Caller::admin(asked.by.clone()), asked.note());
    let writer = Writer { remedy: Some(&note), ..Writer::commanded(&by) };
    write(ports, no, known, writer, |order, now| {
        if order.is_remedied(asked.remedy)? {
            return Ok(Change::Nothing(None));
        }
        let outcome = apply(order, now)?;
        order.remember(asked.remedy, now);
        Ok(Change::Done(Some(outcome)))
    })
    .await
}
