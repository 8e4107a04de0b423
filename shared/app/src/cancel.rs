//! Cancelling an order for its buyer or an admin: its attempts are closed at their providers first.

use till_domain::id::OrderNo;
use till_domain::order::{By, Order, Status, Why};
use till_domain::refusal::Refusal;
use till_domain::text::UserId;
use till_domain::time::Time;

use crate::caller::Caller;
use crate::close::{cancel_closed, close_open};
use crate::failure::Failure;
use crate::perform::{Perform, perform};
use crate::remedy::{RemedyRequest, write_remedy};
use crate::write::{Writer, load};

/// A retry can come between the closing and the cancelling; its attempt is closed in the next round.
const MOST_ROUNDS: u32 = 3;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Canceller {
    /// Its buyer; another user's order is not found.
    Buyer(UserId),
    Admin(UserId),
}

/// Cancels a pending order for an admin, once for each remedy.
pub async fn cancel_once<P: Perform>(
    ports: &P,
    no: OrderNo,
    asked: &RemedyRequest,
    deadline: Time,
) -> Result<Order, Failure> {
    let order = load(ports, no).await?;
    if order.is_remedied(asked.remedy)? {
        return Ok(order);
    }
    let order = cancel_for(ports, &Canceller::Admin(asked.by.clone()), no, Some(asked), deadline).await?;
    // Unless it was cancelled before, this remedy is remembered already.
    let remembered = write_remedy(ports, no, Some(order), asked, |_, _| Ok(())).await?;
    Ok(perform(ports, remembered.order, remembered.taken, deadline).await.order)
}

/// Cancels a pending order. Cancelling again gives the same answer; a provider that does not answer leaves it pending.
pub async fn cancel<P: Perform>(ports: &P, who: &Canceller, no: OrderNo, deadline: Time) -> Result<Order, Failure> {
    cancel_for(ports, who, no, None, deadline).await
}

async fn cancel_for<P: Perform>(
    ports: &P,
    who: &Canceller,
    no: OrderNo,
    asked: Option<&RemedyRequest>,
    deadline: Time,
) -> Result<Order, Failure> {
    let mut order = load(ports, no).await?;
    let (why, by, caller) = match who {
        Canceller::Buyer(user) if *user != order.sold.user => return Err(Refusal::OrderNotFound.into()),
        Canceller::Buyer(user) => (Why::User, By::Buyer, Caller::buyer(user.clone())),
        Canceller::Admin(admin) => (Why::Admin, By::Admin(admin.clone()), Caller::admin(admin.clone())),
    };
    let note = asked.map(RemedyRequest::note);
    let writer = Writer { remedy: note.as_ref(), ..Writer::commanded(&caller) };
    let remedy = asked.map(|asked| asked.remedy);
    for _ in 0..MOST_ROUNDS {
        if order.status() != Status::Pending {
            // Returns the refusal, or nothing if the order is cancelled already.
            order.cancel(why, by, ports.now())?;
            return Ok(order);
        }
        order.may_cancel(ports.now())?;
        let closed = close_open(ports, order, deadline).await?;
        match cancel_closed(ports, closed.order.clone(), writer, why, &by, remedy).await {
            Ok(cancelled) => {
                let taken = closed.taken.into_iter().chain(cancelled.taken).collect();
                return Ok(perform(ports, cancelled.order, taken, deadline).await.order);
            }
            Err(failure) => {
                perform(ports, closed.order, closed.taken, deadline).await;
                match (failure, closed.unanswered) {
                    (Failure::Refused(Refusal::StillOpen), Some(provider)) => {
                        return Err(Failure::Provider { provider, refused: false });
                    }
                    // An attempt that was begun meanwhile is in the store, but not in the order that we hold.
                    (Failure::Refused(Refusal::StillOpen), None) => order = load(ports, no).await?,
                    (failure, _) => return Err(failure),
                }
            }
        }
    }
    Err(Failure::Unavailable)
}
