//! A person's decision about a hold.

use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::{Order, Resolution, Role};
use till_domain::time::Time;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::perform::{Perform, perform};
use crate::remedy::RemedyRequest;
use crate::write::{Change, Writer, write};

#[derive(Clone, Debug)]
pub struct Resolved {
    pub order: Order,
    /// The payments that go back because of this decision.
    pub given_back: Vec<Money>,
}

/// Saves the decision, and does what follows from it.
pub async fn resolve<P: Perform>(
    ports: &P,
    no: OrderNo,
    resolution: &Resolution,
    deadline: Time,
) -> Result<Resolved, Failure> {
    resolve_once(ports, no, resolution, None, deadline).await
}

/// The same, once for each remedy that it is part of.
pub async fn resolve_once<P: Perform>(
    ports: &P,
    no: OrderNo,
    resolution: &Resolution,
    asked: Option<&RemedyRequest>,
    deadline: Time,
) -> Result<Resolved, Failure> {
    let (by, note) = (Caller::admin(resolution.by.clone()), asked.map(RemedyRequest::note));
    let writer = Writer { remedy: note.as_ref(), ..Writer::commanded(&by) };
    let written = write(ports, no, None, writer, |order, now| {
        if asked.map(|asked| order.is_remedied(asked.remedy)).transpose()? == Some(true) {
            return Ok(Change::Nothing(Vec::new()));
        }
        let odd: Vec<bool> = order.payments.iter().map(|payment| payment.role == Role::Odd).collect();
        order.resolve(resolution, now)?;
        if let Some(asked) = asked {
            order.remember(asked.remedy, now);
        }
        let now_extra =
            order.payments.iter().zip(odd).filter(|(payment, was_odd)| *was_odd && payment.role == Role::Extra);
        Ok(Change::Done(now_extra.map(|(payment, _)| payment.amount).collect::<Vec<Money>>()))
    });
    let written = written.await?;
    let given_back = written.outcome;
    let order = perform(ports, written.order, written.taken, deadline).await.order;
    Ok(Resolved { order, given_back })
}
