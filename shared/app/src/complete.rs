//! Completing an order whose payment Till has not heard of. Its providers are asked first, and what they say counts. Only if
//! the provider of an attempt does not answer may an admin state that this attempt was paid.

use std::cmp::Reverse;

use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{Duty, Order, Statement};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::time::Time;

use crate::failure::Failure;
use crate::perform::{Perform, ask, perform};
use crate::remedy::{RemedyRequest, write_remedy};
use crate::write::{in_time, load};

/// What an admin states, if the provider does not answer, and how much may be stated on this stage.
#[derive(Clone, Copy, Debug)]
pub struct Completion<'a> {
    pub statement: Option<&'a Statement>,
    pub most: Option<Money>,
}

struct Asked {
    order: Order,
    taken: Vec<Duty>,
    /// A provider that gave no answer, or was not asked in time.
    silent: Option<Provider>,
}

pub async fn complete<P: Perform>(
    ports: &P,
    no: OrderNo,
    asked: &RemedyRequest,
    completion: Completion<'_>,
    deadline: Time,
) -> Result<Order, Failure> {
    let order = load(ports, no).await?;
    if order.is_remedied(asked.remedy)? {
        return Ok(order);
    }
    if order.kept().is_some() {
        return Err(Refusal::AlreadyPaid.into());
    }
    let Completion { statement, most } = completion;
    let Asked { order, mut taken, silent } = ask_providers(ports, order, statement, deadline).await?;
    let known = Some(order.clone());
    let decided = write_remedy(ports, no, known, asked, |order, now| match statement {
        _ if order.kept().is_some() => Ok(()),
        Some(statement) => order.state_payment(statement, most, now),
        None => order.may_complete().and(Err(Refusal::ProviderDenies)),
    });
    match decided.await {
        Ok(written) => {
            taken.extend(written.taken);
            Ok(perform(ports, written.order, taken, deadline).await.order)
        }
        Err(failure) => {
            perform(ports, order, taken, deadline).await;
            match (failure, silent) {
                (Failure::Refused(Refusal::ProviderDenies), Some(provider)) if statement.is_none() => {
                    Err(Failure::Provider { provider, refused: false })
                }
                (failure, _) => Err(failure),
            }
        }
    }
}

/// Asks about every attempt that can bring money until one is paid: the one that is stated first, so that it is asked in time.
async fn ask_providers<P: Perform>(
    ports: &P,
    order: Order,
    statement: Option<&Statement>,
    deadline: Time,
) -> Result<Asked, Failure> {
    let mut attempts: Vec<AttemptNo> =
        order.attempts.iter().filter(|attempt| attempt.can_bring_money()).map(|attempt| attempt.n).collect();
    attempts.sort_unstable_by_key(|n| (statement.is_none_or(|stated| stated.attempt != *n), Reverse(*n)));
    let mut asked = Asked { order, taken: Vec::new(), silent: None };
    for n in attempts {
        let provider = asked.order.attempt(n).map(|attempt| attempt.account.provider);
        if !in_time(ports, deadline) {
            asked.silent = asked.silent.or(provider);
            break;
        }
        let learned = ask(ports, &asked.order, n).await?;
        if learned.outcome == Some(false) {
            asked.silent = asked.silent.or(provider);
        }
        asked.order = learned.order;
        asked.taken.extend(learned.taken);
        if asked.order.kept().is_some() {
            break;
        }
    }
    Ok(asked)
}
