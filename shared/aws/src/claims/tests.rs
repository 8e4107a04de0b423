//! Claims: one wins, it moves from what it was alone, and what a later release wrote stays.

use std::sync::Arc;

use till_app::ports::{Claim, ClaimKey, ClaimState, Claimed, Frozen, RequestHash, Unavailable};
use till_domain::currency::Currency;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::{LatePolicy, Policy, Sold};
use till_domain::product::{Grant, MembershipGrant, Tier};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, TierName, UserId};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{Credit, GrantRound, Upgrade};

use crate::claim_item;
use crate::item::{number, text};
use crate::keys;
use crate::size::item_bytes;
use crate::world::{START, World, shape};

const RELEASED: &str = include_str!("../../tests/shapes/claim.json");

fn user() -> UserId {
    UserId::parse("u-1").unwrap()
}

fn key() -> Key {
    Key::parse("cart-7").unwrap()
}

fn yuan(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

/// As in the released shape.
fn claim() -> Claim {
    let at = Time::from_unix(START).unwrap();
    let replaced = GrantRound::first(OrderNo::parse("ORD202501020304050000000A").unwrap());
    let credit = Credit { source: replaced, credit: yuan(1_000), kept: yuan(1_990), worth: yuan(1_990) };
    let tier = Tier { name: TierName::parse("premium").unwrap(), rank: 2 };
    let sold = Sold {
        user: user(),
        kind: ProductType::parse("membership").unwrap(),
        product: ProductId::parse("2").unwrap(),
        name: ProductName::parse("高级会员 90 天").unwrap(),
        price: yuan(3_990),
        grants: vec![Grant::Membership(MembershipGrant::new(tier, 90).unwrap())],
        upgrade: Some(Upgrade { replaced: vec![credit] }),
    };
    let frozen = Frozen {
        no: OrderNo::parse("ORD20261121150000ABCDEF12").unwrap(),
        created_at: at,
        expire_at: at.plus(Seconds::minutes(30)),
        sold: Arc::new(sold),
        method: Method::WechatNative,
        account: Account { provider: Provider::WeChat, id: AccountId::parse("main").unwrap() },
        policy: Policy { late: LatePolicy::Refund, poll: Seconds::minutes(3), most_unanswered: 7 },
        hash: RequestHash(std::array::from_fn(|n| u8::try_from(n).unwrap())),
    };
    Claim { user: user(), key: key(), frozen, owner: 1, since: at, state: ClaimState::Running }
}

fn of_another_order(n: u64) -> Claim {
    let mut other = claim();
    other.frozen.no = OrderNo::mint(other.frozen.created_at, n);
    other
}

#[test]
fn the_released_shape_is_read_and_written() {
    let released = shape(RELEASED);
    assert_eq!(claim_item::read(&user(), &key(), &released), Ok(claim()));
    assert_eq!(claim_item::write(&claim()), released);
}

/// A key costs an order two write units: its claim, and that it is done.
#[test]
fn a_claim_is_one_write_unit() {
    let mut largest = claim();
    largest.frozen.sold = Arc::new(crate::order_item::samples::sold());
    largest.user = largest.frozen.sold.user.clone();
    for claim in [claim(), largest] {
        assert!(item_bytes(&claim_item::write(&claim)) <= 1_024);
    }
}

#[test]
fn what_is_not_known_is_not_guessed() {
    for (name, value) in [
        ("st", text("paused")),
        ("meth", text("wechat")),
        ("acc", text("wechat")),
        ("acc", text("paypal#main")),
        ("hash", crate::item::bytes([1_u8; 31])),
        ("own", number(256)),
        ("no", text("ORD1")),
    ] {
        let mut item = shape(RELEASED);
        item.insert(name.to_owned(), value);
        assert!(claim_item::read(&user(), &key(), &item).is_err(), "{name}");
    }
}

#[tokio::test]
async fn one_claim_of_a_key_wins() {
    let world = World::new().await;
    assert_eq!(world.aws.load_claim(&user(), &key()).await, Ok(None));
    assert_eq!(world.aws.put_claim(&claim()).await, Ok(Claimed::Yes));
    assert_eq!(world.aws.put_claim(&of_another_order(1)).await, Ok(Claimed::Exists(Box::new(claim()))));
    assert_eq!(world.aws.load_claim(&user(), &key()).await, Ok(Some(claim())));
    // Another user's key of the same name is another key.
    assert_eq!(world.aws.load_claim(&UserId::parse("u-2").unwrap(), &key()).await, Ok(None));
}

#[tokio::test]
async fn a_claim_whose_answer_got_lost_is_still_ours() {
    let world = World::new().await;
    world.lose_next_answer();
    assert_eq!(world.aws.put_claim(&claim()).await, Ok(Claimed::Yes));
    world.lose_next_answer();
    assert_eq!(world.aws.put_claim(&of_another_order(1)).await, Ok(Claimed::Exists(Box::new(claim()))));
}

#[tokio::test]
async fn a_claim_moves_from_what_it_was_and_from_nothing_else() {
    let world = World::new().await;
    world.aws.put_claim(&claim()).await.unwrap();
    let idle = Claim { state: ClaimState::Idle, ..claim() };
    let taken = Claim { owner: 2, state: ClaimState::Running, since: world.now().plus(Seconds(60)), ..claim() };
    let stands = |claim: &Claim| Ok(Claimed::Exists(Box::new(claim.clone())));
    assert_eq!(world.aws.move_claim(&idle, &taken).await, stands(&claim()));
    assert_eq!(world.aws.move_claim(&claim(), &idle).await, Ok(Claimed::Yes));
    assert_eq!(world.aws.move_claim(&claim(), &taken).await, stands(&idle));
    assert_eq!(world.aws.move_claim(&idle, &taken).await, Ok(Claimed::Yes));
    // The first owner comes back too late.
    assert_eq!(world.aws.move_claim(&claim(), &Claim { state: ClaimState::Done, ..claim() }).await, stands(&taken));
    assert_eq!(world.aws.load_claim(&user(), &key()).await, Ok(Some(taken.clone())));
    // Nor does a claim of the same owner and state move that was made for another order.
    let other = Claim { owner: 2, since: taken.since, ..of_another_order(1) };
    assert_eq!(world.aws.move_claim(&other, &Claim { state: ClaimState::Done, ..other.clone() }).await, stands(&taken));
}

#[tokio::test]
async fn a_claim_is_over_after_a_day() {
    let world = World::new().await;
    world.aws.put_claim(&claim()).await.unwrap();
    world.pass(Seconds(86_399));
    assert_eq!(world.aws.put_claim(&of_another_order(1)).await, Ok(Claimed::Exists(Box::new(claim()))));
    world.pass(Seconds(1));
    assert_eq!(world.aws.load_claim(&user(), &key()).await, Ok(None));
    let moved = world.aws.move_claim(&claim(), &Claim { state: ClaimState::Done, ..claim() }).await;
    assert!(matches!(moved, Ok(Claimed::Exists(_))), "{moved:?}");
    let mut next = of_another_order(1);
    next.frozen.created_at = world.now();
    assert_eq!(world.aws.put_claim(&next).await, Ok(Claimed::Yes));
    assert_eq!(world.aws.load_claim(&user(), &key()).await, Ok(Some(next)));
}

#[tokio::test]
async fn a_claim_that_is_gone_does_not_move() {
    let world = World::new().await;
    let moved = world.aws.move_claim(&claim(), &Claim { state: ClaimState::Done, ..claim() }).await;
    assert_eq!(moved, Ok(Claimed::Exists(Box::new(claim()))));
    assert_eq!(world.aws.load_claim(&user(), &key()).await, Ok(None));
}

#[tokio::test]
async fn what_a_later_release_wrote_is_read_and_not_moved() {
    let world = World::new().await;
    world.aws.put_claim(&claim()).await.unwrap();
    let place = keys::claim(&user(), &key());
    world.set(&place, "later", text("kept")).await;
    let done = Claim { state: ClaimState::Done, ..claim() };
    assert_eq!(world.aws.move_claim(&claim(), &done).await, Ok(Claimed::Yes));
    assert_eq!(world.get(&place).await.unwrap()["later"], text("kept"));
    world.set(&place, "schema", number(2)).await;
    assert_eq!(world.aws.load_claim(&user(), &key()).await, Ok(Some(done.clone())));
    assert_eq!(world.aws.move_claim(&done, &claim()).await, Err(Unavailable));
    world.set(&place, "st", text("paused")).await;
    assert_eq!(world.aws.load_claim(&user(), &key()).await, Err(Unavailable));
    assert_eq!(world.aws.put_claim(&claim()).await, Err(Unavailable));
}
