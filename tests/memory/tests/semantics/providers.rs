//! What reaches the providers' side of a trade that is to be opened.

use std::cell::RefCell;
use std::rc::Rc;

use till_app::ports::{Clock as _, CreateError, NewTrade, Opened, Payer, Provide as _, Show};
use till_domain::id::AttemptNo;
use till_domain::time::Time;
use till_memory::{Answer, CallKind, Fault, Memory, ProviderCall};

use crate::fixture::{account, now, order, price, start, tables};

#[test]
fn new_trade_reaches_the_provider_as_it_was_sent() {
    let calls: Rc<RefCell<Vec<ProviderCall>>> = Rc::default();
    let heard = Rc::clone(&calls);
    let opened = Opened { handle: None, payable_until: None, show: Show::default() };
    let answer = opened.clone();
    let provider = move |call: &ProviderCall, _: Time| {
        heard.borrow_mut().push(call.clone());
        Answer::Opened(Ok(Box::new(answer.clone())))
    };
    let memory = Memory::new(tables(), provider, start());
    let (order, account, payer) = (order(1), account(), Payer::default());
    let payment_no = order.no.payment(AttemptNo::FIRST.next().unwrap());
    let method = order.attempts[0].method;
    let expire_at = order.expire_at;
    let trade = NewTrade { payment_no, method, account: &account, sold: &order.sold, expire_at, payer: &payer };
    assert_eq!(now(memory.ports().create(trade)), Ok(opened));
    let call = ProviderCall::Create { payment_no, method, account: account.clone(), price: price(), expire_at };
    assert_eq!(*calls.borrow(), [call]);
    memory.faults(|faults| faults.plan(CallKind::Create, 1, Fault::Before));
    assert_eq!(now(memory.ports().create(trade)), Err(CreateError::Unanswered));
}

#[test]
fn pause_takes_no_time() {
    let memory = crate::fixture::memory();
    let ports = memory.ports();
    now(ports.pause(1));
    assert_eq!(ports.now(), start());
}
