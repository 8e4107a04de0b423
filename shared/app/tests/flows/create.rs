//! Making an order: the provider first, then one write; and every reason not to.

use till_app::Failure;
use till_app::breaker::Breaker;
use till_app::create::{CreateRequest, Found};
use till_app::ports::{Alarm, AlarmWord, Sales};
use till_domain::currency::Currency;
use till_domain::id::AttemptNo;
use till_domain::money::Money;
use till_domain::order::{AttemptState, Status};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Method, Provider};
use till_domain::refusal::Refusal;
use till_domain::time::Time;
use till_domain::wallet::{MOST_EXACT, Parts, PointsByHand, Wallet};
use till_memory::{CallKind, Fault, ProviderCall};

use crate::run::done;
use crate::world::{World, account, buyer, cny, first, keyed, request, start};

#[test]
fn provider_that_is_silent_three_times_is_not_called_again_for_a_while() {
    let (world, breaker) = (World::new(), Breaker::default());
    let create = |name| {
        let request = keyed(name);
        let found = Found { claim: None, sales: Sales::Open };
        done(till_app::create::create(&world.ports(), &world.settings, &request, found, &breaker, world.deadline()))
    };
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    for name in ["one", "two", "three"] {
        assert!(create(name).is_err());
    }
    let raised = world.memory.tables(|tables| tables.other_alarms.clone());
    assert_eq!(
        raised,
        [Alarm::about_account(AlarmWord::ProviderSilent, &account(Provider::WeChat))],
        "the team is told once"
    );
    world.bank.books(|books| books.silent.clear());
    let calls = world.bank.count(CallKind::Create);
    assert!(create("four").is_err());
    assert_eq!(world.bank.count(CallKind::Create), calls);
    world.pass(30);
    assert!(create("five").is_ok() && create("six").is_ok());
}

#[test]
fn create_opens_one_trade_and_stores_one_order() {
    let world = World::new();
    let payable = world.create(&request("points", "hundred")).unwrap();
    let order = &payable.order;
    assert_eq!((order.status(), order.version, order.sold.price), (Status::Pending, 1, cny(990)));
    assert_eq!(order.expire_at, start().plus(world.settings.expire_after));
    let attempt = &order.attempts[0];
    assert_eq!((attempt.state, attempt.payable_until), (AttemptState::Open, Some(order.expire_at)));
    assert_eq!(payable.show.and_then(|show| show.qr_code_url), Some(format!("qr-{}", order.no)));
    assert_eq!(world.orders(), std::slice::from_ref(order));
    assert_eq!(world.bank.books(|books| books.trades.len()), 1);
    assert_eq!(order.due_at(), Some(start().plus(till_domain::time::Seconds(60))), "asked about in a minute");
}

#[test]
fn two_requests_without_a_key_make_two_orders() {
    let world = World::new();
    let (one, other) = (world.order_points(), world.order_points());
    assert_ne!(one.no, other.no);
    assert_eq!(world.orders().len(), 2);
}

#[test]
fn create_is_refused_before_the_provider_is_called() {
    let usd = |minor| Money::new(minor, Currency::USD).unwrap();
    let hundred = || request("points", "hundred");
    let stripe = |product| CreateRequest { method: Method::StripeCheckout, ..request("points", product) };
    for (what, wish, refusal) in [
        ("no such product", request("points", "million"), Refusal::ProductNotFound),
        ("no such type", request("coins", "hundred"), Refusal::ProductNotFound),
        ("not on sale", request("points", "withdrawn"), Refusal::ProductNotFound),
        ("no account", CreateRequest { method: Method::AlipayQr, ..hundred() }, Refusal::MethodUnavailable),
        ("no price by WeChat", request("points", "cheap"), Refusal::MethodUnavailable),
        (
            "a currency that WeChat does not take",
            CreateRequest { currency: Some(Currency::USD), ..hundred() },
            Refusal::MethodUnavailable,
        ),
        (
            "a currency without a price",
            CreateRequest { currency: Some(Currency::JPY), ..stripe("hundred") },
            Refusal::MethodUnavailable,
        ),
        ("below the least", stripe("cheap"), Refusal::AmountTooSmall { least: usd(50) }),
        ("above the most", request("points", "dear"), Refusal::AmountTooLarge { most: cny(100_000_000) }),
        ("no upgrade", CreateRequest { is_upgrade: true, ..hundred() }, Refusal::NothingToUpgrade),
    ] {
        let world = World::new();
        assert_eq!(world.create(&wish).unwrap_err(), Failure::Refused(refusal), "{what}");
        nothing_happened(&world);
    }
}

fn nothing_happened(world: &World) {
    assert_eq!(world.orders(), []);
    assert_eq!(world.bank.books(|books| books.calls.len()), 0);
}

#[test]
fn create_is_refused_while_orders_are_paused() {
    let mut world = World::new();
    world.settings.paused = true;
    assert_eq!(world.create(&request("points", "hundred")).unwrap_err(), Failure::Refused(Refusal::Paused));
    nothing_happened(&world);
}

#[test]
fn create_is_refused_while_the_team_suspends_orders() {
    let world = World::new();
    world.memory.tables(|tables| tables.sales = Sales::Open.suspended(Time::FIRST, [].into()));
    assert_eq!(world.create(&request("points", "hundred")).unwrap_err(), Failure::Refused(Refusal::Paused));
    nothing_happened(&world);
    world.memory.tables(|tables| tables.sales = Sales::Open);
    assert!(world.create(&request("points", "hundred")).is_ok());
}

#[test]
fn create_is_refused_above_the_configured_limit() {
    let mut world = World::new();
    world.settings.most = vec![cny(989)];
    let refused = world.create(&request("points", "hundred")).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::AmountTooLarge { most: cny(989) }));
    world.settings.most = vec![cny(990)];
    assert!(world.create(&request("points", "hundred")).is_ok());
}

#[test]
fn currency_is_the_requests_or_the_deployments_or_the_products_first() {
    let mut world = World::new();
    let wish = CreateRequest { method: Method::StripeCheckout, ..request("points", "hundred") };
    let usd = Money::new(199, Currency::USD).unwrap();
    let price = |world: &World, wish: &CreateRequest| world.create(wish).unwrap().order.sold.price;
    assert_eq!(price(&world, &wish), cny(990));
    assert_eq!(price(&world, &CreateRequest { currency: Some(Currency::USD), ..wish.clone() }), usd);
    world.settings.stripe_currency = Some(Currency::USD);
    assert_eq!(price(&world, &wish), usd);
    assert_eq!(price(&world, &CreateRequest { method: Method::WechatNative, ..wish.clone() }), cny(990));
    assert_eq!(price(&world, &CreateRequest { currency: Some(Currency::CNY), ..wish }), cny(990));
}

#[test]
fn create_is_refused_when_the_wallet_is_full() {
    let world = World::new();
    let points = i64::try_from(MOST_EXACT).unwrap();
    let parts = Parts {
        version: 1,
        at: Time::FIRST,
        points,
        points_by_hand: PointsByHand::default(),
        spans: Vec::new(),
        lots: Vec::new(),
        ended: None,
    };
    world.memory.tables(|tables| tables.wallets.insert(buyer(), Wallet::from_parts(parts).unwrap()));
    let refused = world.create(&request("points", "hundred")).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::WalletFull));
    nothing_happened(&world);
}

#[test]
fn create_stores_no_order_when_the_provider_refuses_or_is_silent() {
    let wechat = Provider::WeChat;
    for refused in [true, false] {
        let world = World::new();
        world.bank.books(|books| {
            books.refuses = refused;
            books.silent.extend(Some(wechat).filter(|_| !refused));
        });
        let failure = world.create(&request("points", "hundred")).unwrap_err();
        assert_eq!(failure, Failure::Provider { provider: wechat, refused });
        assert_eq!(world.orders(), []);
    }
}

#[test]
fn create_that_dies_before_its_write_leaves_only_the_trade() {
    let world = World::new();
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::DieBefore));
    let wish = request("points", "hundred");
    let died = crate::run::run(till_memory::flows::create(&world.ports(), &world.settings, &wish, world.deadline()));
    assert!(died.is_none());
    assert_eq!((world.orders().len(), world.bank.books(|books| books.trades.len())), (0, 1));
}

/// The store's client repeats a write whose answer was lost, and finds its own.
#[test]
fn create_succeeds_when_its_write_was_repeated() {
    for wish in [request("points", "hundred"), crate::world::keyed("k")] {
        let world = World::new();
        world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Twice));
        let payable = world.create(&wish).unwrap();
        assert!(payable.show.is_some());
        world.buy(&payable.order);
        world.settle_down();
        assert_eq!(world.wallet().points(), 100);
    }
}

#[test]
fn order_delivers_what_was_sold_though_the_catalogue_changed() {
    let (world, order) = World::with_order();
    world.memory.tables(|tables| tables.products = std::sync::Arc::default());
    world.buy(&order);
    world.work();
    assert_eq!(world.order(order.no).grants(), [Grant::Points(PointsGrant::new(100).unwrap())]);
    assert_eq!(world.wallet().points(), 100);
    assert_eq!(first(&order).to_string(), order.no.to_string());
}

/// The trade has the order's number and end, and is opened through its account for its price; a retry's has a number of its
/// own, and all else the same.
#[test]
fn create_and_retry_send_the_frozen_price_and_end() {
    let (world, order) = World::with_order();
    world.pass(60);
    let wish = crate::retry::wish(order.no, Some(Method::StripeCheckout));
    done(till_memory::flows::retry(&world.ports(), &wish, world.deadline())).unwrap();
    let made = |n, method: Method| ProviderCall::Create {
        payment_no: order.no.payment(AttemptNo::new(n).unwrap()),
        method,
        account: account(method.provider()),
        price: order.sold.price,
        expire_at: order.expire_at,
    };
    let calls = world.bank.books(|books| books.calls.clone());
    let created: Vec<_> = calls.into_iter().filter(|call| matches!(call, ProviderCall::Create { .. })).collect();
    assert_eq!(created, [made(1, Method::WechatNative), made(2, Method::StripeCheckout)]);
}
