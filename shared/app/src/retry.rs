//! Another attempt to pay an order: open attempts are closed, the new number is saved, and only then the provider is
//! called.

use till_domain::id::{AttemptNo, OrderNo, PaymentNo};
use till_domain::order::{Order, Says, Subject};
use till_domain::provider::{Account, Method};
use till_domain::refusal::Refusal;
use till_domain::time::Time;

use crate::breaker::Breaker;
use crate::caller::Caller;
use crate::close::close_open;
use crate::failure::Failure;
pub use crate::open::Payable;
use crate::open::{account_for, check_price, create_trade};
use crate::perform::{Perform, perform};
use crate::ports::{CreateError, FindAccount, NewTrade, Opened, Outcome, Payer, Unanswered};
use crate::record_answer::{ASKED, record_answer};
use crate::write::{Change, Writer, in_time, record_call, write};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RetryRequest {
    pub by: Caller,
    pub no: OrderNo,
    /// `None`: the same as before.
    pub method: Option<Method>,
    pub payer: Payer,
}

/// Begins another attempt at an order that the caller has loaded. An earlier one whose provider does not answer stays open:
/// a second payment is safe.
pub async fn retry<P: Perform + FindAccount>(
    ports: &P,
    request: &RetryRequest,
    order: Order,
    breaker: &Breaker,
    deadline: Time,
) -> Result<Payable, Failure> {
    if order.sold.user != request.by.user {
        return Err(Refusal::OrderNotFound.into());
    }
    order.may_retry(ports.now())?;
    let before = order.newest_attempt().map(|attempt| attempt.method);
    let method = request.method.or(before).ok_or(Refusal::MethodUnavailable)?;
    check_price(method, order.sold.price)?;
    let account = account_for(ports, method).await?;
    breaker.check(&account, ports.now())?;

    let closed = close_open(ports, order, deadline).await?;
    let order = perform(ports, closed.order, closed.taken, deadline).await.order;
    let writer = Writer::commanded(&request.by);
    let begun = write(ports, order.no, Some(order), writer, |order, now| {
        order.retry(method, account.clone(), now).map(Change::Done)
    });
    let begun = begun.await?;
    let n = begun.outcome;
    let order = perform(ports, begun.order, begun.taken, deadline).await.order;
    let payment_no = order.no.payment(n);
    // After the deadline another process may have closed this attempt as abandoned, so a trade must not be opened any
    // more.
    if !in_time(ports, deadline) {
        return Err(Failure::Provider { provider: account.provider, refused: false });
    }
    let asked_at = ports.now();
    let payer = request.payer.of_order(order.no);
    let trade = new_trade(&order, payment_no, method, &account, &payer);
    let opened = create_trade(ports, trade, breaker).await;
    learn_opened(ports, order, n, asked_at, opened, &request.by, deadline).await
}

async fn learn_opened<P: Perform>(
    ports: &P,
    order: Order,
    n: AttemptNo,
    asked_at: Time,
    opened: Result<Opened, CreateError>,
    by: &Caller,
    deadline: Time,
) -> Result<Payable, Failure> {
    let account = order.attempt(n).map(|attempt| attempt.account.clone()).ok_or(Failure::Unavailable)?;
    let provider = account.provider;
    let no = order.no;
    let (written, outcome) = match opened {
        Ok(opened) => {
            let written = write(ports, no, Some(order), ASKED, |order, now| {
                let changed = order.opened(n, opened.handle.clone(), opened.payable_until, now);
                Ok(Change::done_if(changed, ()))
            });
            (written.await?, Ok(opened.show))
        }
        Err(CreateError::Refused) => {
            record_call(ports, no, &account, Outcome::ProviderRefused, Some(by)).await;
            let none = Ok(vec![Says::Closed { for_good: true }]);
            let learned = record_answer(ports, &order, Subject::Attempt(n), asked_at, none).await?;
            (learned.map(|_| ()), Err(Failure::Provider { provider, refused: true }))
        }
        Err(CreateError::Unanswered) => {
            record_call(ports, no, &account, Outcome::Unanswered, Some(by)).await;
            let learned = record_answer(ports, &order, Subject::Attempt(n), asked_at, Err(Unanswered)).await?;
            (learned.map(|_| ()), Err(Failure::Provider { provider, refused: false }))
        }
    };
    let order = perform(ports, written.order, written.taken, deadline).await.order;
    outcome.map(|show| Payable { show: Some(show).filter(|_| order.is_payable(n)), order })
}

fn new_trade<'a>(
    order: &'a Order,
    payment_no: PaymentNo,
    method: Method,
    account: &'a Account,
    payer: &'a Payer,
) -> NewTrade<'a> {
    NewTrade { payment_no, method, account, sold: &order.sold, expire_at: order.expire_at, payer }
}
