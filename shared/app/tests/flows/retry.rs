//! A retry closes open attempts, reserves its number, and only then calls the provider.

use till_app::Failure;
use till_app::caller::Caller;
use till_app::create::CreateRequest;
use till_app::ports::Payer;
use till_app::retry::{Payable, RetryRequest};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{AttemptState, Fulfilment, Order, Status};
use till_domain::provider::{Method, Provider};
use till_domain::refusal::Refusal;
use till_domain::text::UserId;
use till_memory::flows::retry;
use till_memory::{CallKind, Fault};

use crate::provider::TradeState;
use crate::run::{done, run, side_by_side};
use crate::world::{World, buyer, first};

pub fn wish(no: OrderNo, method: Option<Method>) -> RetryRequest {
    RetryRequest { by: Caller::buyer(buyer()), no, method, payer: Payer::default() }
}

fn try_again(world: &World, no: OrderNo, method: Option<Method>) -> Result<Payable, Failure> {
    done(retry(&world.ports(), &wish(no, method), world.deadline()))
}

fn states(order: &Order) -> Vec<(u8, AttemptState)> {
    order.attempts.iter().map(|attempt| (attempt.n.get(), attempt.state)).collect()
}

#[test]
fn retry_takes_the_next_number_and_closes_earlier_attempts() {
    use AttemptState::{Closed, Open};
    let (world, no) = World::with_order_no();
    let second = try_again(&world, no, Some(Method::StripeCheckout)).unwrap();
    assert_eq!(states(&second.order), [(1, Closed), (2, Open)]);
    assert_eq!(second.order.attempts[1].account.provider, Provider::Stripe);
    assert_eq!(second.show.unwrap().qr_code_url, Some(format!("qr-{no}_2")));
    let third = try_again(&world, no, None).unwrap();
    assert_eq!(states(&third.order), [(1, Closed), (2, Closed), (3, Open)]);
    assert_eq!(third.order.attempts[2].method, Method::StripeCheckout, "as before");
    assert_eq!(world.order(no), third.order);
}

#[test]
fn retry_is_refused_after_ten_attempts() {
    let (world, no) = World::with_order_no();
    for _ in 2..=10 {
        try_again(&world, no, None).unwrap();
    }
    assert_eq!(try_again(&world, no, None).unwrap_err(), Failure::Refused(Refusal::TooManyAttempts));
}

#[test]
fn retry_is_refused_and_opens_no_trade() {
    let late = World::new();
    let late_no = late.order_points().no;
    late.pass(28 * 60 + 1);
    let just = World::new();
    let just_no = just.order_points().no;
    just.pass(28 * 60);
    let processing = World::new();
    let order = processing.order_points();
    processing.bank.books(|books| books.trades.get_mut(&first(&order)).unwrap().state = TradeState::Processing);
    let short = World::new();
    let short_no = short.pay_short(&short.order_points()).no;
    let paid = World::new();
    let paid_no = paid.bought_points().no;
    let seen_paid = World::new();
    let seen_order = seen_paid.order_points();
    seen_paid.pay(first(&seen_order));
    for (world, no, refusal) in [
        (&late, late_no, Refusal::Expired),
        (&processing, order.no, Refusal::PaymentProcessing),
        (&short, short_no, Refusal::PaymentInReview),
        (&paid, paid_no, Refusal::AlreadyPaid),
        (&seen_paid, seen_order.no, Refusal::AlreadyPaid),
    ] {
        assert_eq!(try_again(world, no, None).unwrap_err(), Failure::Refused(refusal));
        assert_eq!(world.order(no).attempts.len(), 1);
        assert_eq!(world.bank.count(CallKind::Create), 1);
    }
    assert!(try_again(&just, just_no, None).is_ok(), "two minutes are enough");
    seen_paid.settle_down();
    assert_eq!(seen_paid.wallet().points(), 100, "and what the close told is taken in");
}

#[test]
fn retry_by_another_user_or_without_account_changes_nothing() {
    let (world, order) = World::with_order();
    let other = RetryRequest { by: Caller::buyer(UserId::parse("u2").unwrap()), ..wish(order.no, None) };
    let refused = done(retry(&world.ports(), &other, world.deadline())).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::OrderNotFound));
    let refused = try_again(&world, order.no, Some(Method::AlipayQr)).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::MethodUnavailable));
    assert_eq!(world.order(order.no), order);
}

#[test]
fn retry_by_a_method_that_cannot_take_the_price_closes_nothing() {
    let world = World::new();
    let by_stripe = CreateRequest { method: Method::StripeCheckout, currency: Some(Currency::USD), ..hundred() };
    let order = world.create(&by_stripe).unwrap().order;
    let refused = try_again(&world, order.no, Some(Method::WechatNative)).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::MethodUnavailable));
    assert_eq!(world.order(order.no), order);
}

fn hundred() -> CreateRequest {
    crate::world::request("points", "hundred")
}

/// The buyer cannot be kept waiting for a provider that is down: a second payment is safe.
#[test]
fn retry_leaves_an_unreachable_attempt_open_and_its_payment_goes_back() {
    let (world, order) = World::with_order();
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    let payable = try_again(&world, order.no, Some(Method::StripeCheckout)).unwrap();
    assert_eq!(states(&payable.order), [(1, AttemptState::Open), (2, AttemptState::Open)]);
    assert!(payable.show.is_some());
    world.bank.books(|books| books.silent.clear());
    let second = order.no.payment(AttemptNo::new(2).unwrap());
    for no in [second, first(&order)] {
        let reports = world.pay(no);
        world.settle(no, &reports).unwrap();
    }
    world.settle_down();
    assert_eq!(world.bank.money(), (1_980, 990));
    assert_eq!((world.order(order.no).status(), world.wallet().points()), (Status::Paid, 100));
}

/// The close of the new attempt is lost, so that it stays open at its provider.
#[test]
fn retry_shows_nothing_for_an_order_that_was_paid_meanwhile() {
    let (world, order) = World::with_order();
    world.memory.faults(|faults| {
        faults.plan(CallKind::Close, 1, Fault::Before);
        faults.plan(CallKind::Close, 2, Fault::Before);
        faults.plan(CallKind::Create, 1, Fault::Delay);
    });
    let by_stripe = wish(order.no, Some(Method::StripeCheckout));
    let (first, second) = (world.clone(), world.clone());
    let shown = side_by_side(vec![
        Box::pin(async { retry(&first.ports(), &by_stripe, first.deadline()).await.map(|payable| payable.show) }),
        Box::pin(async {
            second.buy(&order);
            Ok(None)
        }),
    ]);
    assert_eq!(shown[0], Ok(None));
    assert_eq!(states(&world.order(order.no)), [(1, AttemptState::Paid), (2, AttemptState::Open)]);
}

#[test]
fn attempt_that_the_provider_refused_is_closed_and_final() {
    let (world, no) = World::with_order_no();
    world.bank.books(|books| books.refuses = true);
    let failure = try_again(&world, no, None).unwrap_err();
    assert_eq!(failure, Failure::Provider { provider: Provider::WeChat, refused: true });
    assert_eq!(states(&world.order(no)), [(1, AttemptState::Closed), (2, AttemptState::Closed)]);
    assert!(world.order(no).attempts[1].is_final);
    world.bank.books(|books| books.refuses = false);
    assert_eq!(try_again(&world, no, None).unwrap().order.attempts.len(), 3);
}

/// The trade may be there or not: it stays reserved, the next try closes it, and so does the end of the order.
#[test]
fn attempt_without_an_answer_stays_opening_until_it_is_closed() {
    for fault in [Fault::Before, Fault::After] {
        let (world, no) = World::with_order_no();
        world.memory.faults(|faults| faults.plan(CallKind::Create, 1, fault));
        let failure = try_again(&world, no, None).unwrap_err();
        assert_eq!(failure, Failure::Provider { provider: Provider::WeChat, refused: false });
        assert_eq!(states(&world.order(no)).last(), Some(&(2, AttemptState::Opening)));
        world.pass(31);
        let third = try_again(&world, no, None).unwrap();
        assert_eq!(states(&third.order)[1..], [(2, AttemptState::Closed), (3, AttemptState::Open)]);
        world.settle_down();
        assert_eq!(world.order(no).status(), Status::Cancelled);
        assert_eq!(world.bank.open_attempts(), [], "{fault:?}");
    }
}

#[test]
fn attempt_number_of_a_dead_retry_is_not_used_again() {
    let (world, no) = World::with_order_no();
    world.memory.faults(|faults| faults.plan(CallKind::Create, 1, Fault::DieBefore));
    assert!(run(retry(&world.ports(), &wish(no, None), world.deadline())).is_none());
    world.pass(31);
    assert_eq!(try_again(&world, no, None).unwrap().order.newest_attempt().unwrap().n.get(), 3);
}

#[test]
fn payment_of_the_new_attempt_pays_for_the_order() {
    let (world, no) = World::with_order_no();
    try_again(&world, no, Some(Method::StripeCheckout)).unwrap();
    let second = no.payment(AttemptNo::new(2).unwrap());
    let reports = world.pay(second);
    world.settle(second, &reports).unwrap();
    world.settle_down();
    assert_eq!((world.order(no).status(), world.order(no).fulfilment()), (Status::Paid, Fulfilment::Granted));
}
