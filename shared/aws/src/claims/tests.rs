//! Claims: one wins, each move is conditional, and claims of a later release are not overwritten.

use std::sync::Arc;

use till_app::ports::{Claim, ClaimKey, ClaimState, Claimed, Frozen, RequestHash, Show, Shown, Unavailable};
use till_domain::id::OrderNo;
use till_domain::order::{LatePolicy, Policy, Sold};
use till_domain::product::{Grant, MembershipGrant};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, UserId};
use till_domain::time::Seconds;
use till_domain::wallet::{Credit, GrantRound, Upgrade};

use crate::claim_item;
use crate::item::{Attributes, number, text};
use crate::keys;
use crate::order_item::samples::{start, tier, yuan};
use crate::size::item_bytes;
use crate::test_aws::{TestAws, released_item};

const RELEASED: &str = include_str!("../../tests/shapes/claim.json");

fn user() -> UserId {
    UserId::parse("u-1").unwrap()
}

fn key() -> Key {
    Key::parse("cart-7").unwrap()
}

/// The released one.
fn claim() -> Claim {
    let at = start();
    let replaced = GrantRound::first(OrderNo::parse("ORD202501020304050000000A").unwrap());
    let credit = Credit { source: replaced, credit: yuan(1_000), kept: yuan(1_990), worth: yuan(1_990) };
    let sold = Sold {
        user: user(),
        kind: ProductType::parse("membership").unwrap(),
        product: ProductId::parse("2").unwrap(),
        name: ProductName::parse("高级会员 90 天").unwrap(),
        price: yuan(3_990),
        grants: vec![Grant::Membership(MembershipGrant::new(tier("premium", 2), 90).unwrap())],
        upgrade: Some(Upgrade { replaced: vec![credit] }),
        upgrade_worth: None,
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
    Claim { user: user(), key: key(), frozen, owner: 1, since: at, state: ClaimState::Running, shown: None }
}

/// The item with its key.
fn stored(claim: &Claim) -> Attributes {
    let mut item = claim_item::write(claim);
    item.extend(keys::claim(&claim.user, &claim.key).attributes());
    item
}

fn of_another_order(n: u64) -> Claim {
    let mut other = claim();
    other.frozen.no = OrderNo::mint(other.frozen.created_at, n);
    other
}

#[test]
fn released_claim_reads_and_writes_back() {
    let released = released_item(RELEASED);
    assert_eq!(claim_item::read(&user(), &key(), &released), Ok(claim()));
    assert_eq!(stored(&claim()), released);
}

/// So a key costs an order two write units: the claim, and its last state.
#[test]
fn claim_costs_one_write_unit() {
    let mut largest = claim();
    largest.frozen.sold = Arc::new(crate::order_item::samples::sold());
    largest.user = largest.frozen.sold.user.clone();
    for claim in [claim(), largest] {
        assert!(item_bytes(&stored(&claim)) <= 1_024);
    }
}

#[test]
fn unknown_text_is_an_error() {
    for (name, value) in [
        ("st", text("paused")),
        ("meth", text("wechat")),
        ("acc", text("wechat")),
        ("acc", text("paypal#main")),
        ("hash", crate::item::bytes([1_u8; 31])),
        ("own", number(256)),
        ("no", text("ORD1")),
    ] {
        let mut item = released_item(RELEASED);
        item.insert(name.to_owned(), value);
        assert!(claim_item::read(&user(), &key(), &item).is_err(), "{name}");
    }
}

#[tokio::test]
async fn first_claim_of_a_key_wins() {
    let test = TestAws::new().await;
    assert_eq!(test.aws.load_claim(&user(), &key()).await, Ok(None));
    assert_eq!(test.aws.put_claim(&claim()).await, Ok(Claimed::Yes));
    assert_eq!(test.aws.put_claim(&of_another_order(1)).await, Ok(Claimed::Exists(Box::new(claim()))));
    assert_eq!(test.aws.load_claim(&user(), &key()).await, Ok(Some(claim())));
    // The same key of another user is another claim.
    assert_eq!(test.aws.load_claim(&UserId::parse("u-2").unwrap(), &key()).await, Ok(None));
}

#[tokio::test]
async fn claim_whose_answer_is_lost_is_recognised_as_our_own() {
    let test = TestAws::new().await;
    test.lose_next_answer();
    assert_eq!(test.aws.put_claim(&claim()).await, Ok(Claimed::Yes));
    test.lose_next_answer();
    assert_eq!(test.aws.put_claim(&of_another_order(1)).await, Ok(Claimed::Exists(Box::new(claim()))));
}

#[tokio::test]
async fn what_was_shown_reads_back_and_stays_when_a_claim_moves() {
    let test = TestAws::new().await;
    test.aws.put_claim(&claim()).await.unwrap();
    let some = |value: &str| Some(value.to_owned());
    let show = Show {
        qr_code_url: some("weixin://a"),
        qr_code_expire_at: Some(test.now().plus(Seconds(1))),
        pay_url: some("https://pay.example/a?b=c"),
        pay_form: some("<form></form>"),
        pay_params: vec![("appId".to_owned(), "wx1".to_owned()), ("package".to_owned(), "prepay_id=p".to_owned())],
        client_secret: some("made up"),
        publishable_key: some("made up too"),
        good_until: Some(test.now().plus(Seconds(240))),
    };
    let shown = Shown::of(till_domain::id::AttemptNo::FIRST, &show);
    let done = Claim { state: ClaimState::Done, shown, ..claim() };
    assert_eq!(test.aws.move_claim(&claim(), &done).await, Ok(Claimed::Yes));
    assert_eq!(test.aws.load_claim(&user(), &key()).await, Ok(Some(done.clone())));
    // A release that does not know it moves the claim without it.
    let moved = Claim { state: ClaimState::Idle, shown: None, ..claim() };
    assert_eq!(test.aws.move_claim(&done, &moved).await, Ok(Claimed::Yes));
    assert_eq!(test.aws.load_claim(&user(), &key()).await.unwrap().unwrap().shown, done.shown);
}

#[tokio::test]
async fn claim_moves_only_from_its_stored_owner_and_state() {
    let test = TestAws::new().await;
    test.aws.put_claim(&claim()).await.unwrap();
    let idle = Claim { state: ClaimState::Idle, ..claim() };
    let taken = Claim { owner: 2, state: ClaimState::Running, since: test.now().plus(Seconds(60)), ..claim() };
    let stands = |claim: &Claim| Ok(Claimed::Exists(Box::new(claim.clone())));
    assert_eq!(test.aws.move_claim(&idle, &taken).await, stands(&claim()));
    assert_eq!(test.aws.move_claim(&claim(), &idle).await, Ok(Claimed::Yes));
    assert_eq!(test.aws.move_claim(&claim(), &taken).await, stands(&idle));
    assert_eq!(test.aws.move_claim(&idle, &taken).await, Ok(Claimed::Yes));
    // The first owner comes back too late.
    assert_eq!(test.aws.move_claim(&claim(), &Claim { state: ClaimState::Done, ..claim() }).await, stands(&taken));
    assert_eq!(test.aws.load_claim(&user(), &key()).await, Ok(Some(taken.clone())));
    // A claim of the same owner and state for another order does not move either.
    let other = Claim { owner: 2, since: taken.since, ..of_another_order(1) };
    assert_eq!(test.aws.move_claim(&other, &Claim { state: ClaimState::Done, ..other.clone() }).await, stands(&taken));
}

#[tokio::test]
async fn claim_expires_after_a_day() {
    let test = TestAws::new().await;
    test.aws.put_claim(&claim()).await.unwrap();
    test.pass(Seconds(86_399));
    assert_eq!(test.aws.put_claim(&of_another_order(1)).await, Ok(Claimed::Exists(Box::new(claim()))));
    test.pass(Seconds(1));
    assert_eq!(test.aws.load_claim(&user(), &key()).await, Ok(None));
    let moved = test.aws.move_claim(&claim(), &Claim { state: ClaimState::Done, ..claim() }).await;
    assert!(matches!(moved, Ok(Claimed::Exists(_))), "{moved:?}");
    let mut next = of_another_order(1);
    next.frozen.created_at = test.now();
    assert_eq!(test.aws.put_claim(&next).await, Ok(Claimed::Yes));
    assert_eq!(test.aws.load_claim(&user(), &key()).await, Ok(Some(next)));
}

#[tokio::test]
async fn missing_claim_does_not_move() {
    let test = TestAws::new().await;
    let moved = test.aws.move_claim(&claim(), &Claim { state: ClaimState::Done, ..claim() }).await;
    assert_eq!(moved, Ok(Claimed::Exists(Box::new(claim()))));
    assert_eq!(test.aws.load_claim(&user(), &key()).await, Ok(None));
}

#[tokio::test]
async fn claim_of_a_later_release_is_read_but_not_moved() {
    let test = TestAws::new().await;
    test.aws.put_claim(&claim()).await.unwrap();
    let place = keys::claim(&user(), &key());
    test.set(&place, "later", text("kept")).await;
    let done = Claim { state: ClaimState::Done, ..claim() };
    assert_eq!(test.aws.move_claim(&claim(), &done).await, Ok(Claimed::Yes));
    assert_eq!(test.get(&place).await.unwrap()["later"], text("kept"));
    test.set(&place, "schema", number(2)).await;
    assert_eq!(test.aws.load_claim(&user(), &key()).await, Ok(Some(done.clone())));
    assert_eq!(test.aws.move_claim(&done, &claim()).await, Err(Unavailable));
    test.set(&place, "st", text("paused")).await;
    assert_eq!(test.aws.load_claim(&user(), &key()).await, Err(Unavailable));
    assert_eq!(test.aws.put_claim(&claim()).await, Err(Unavailable));
}
