//! The transaction on a table, and on scripted answers that no emulator gives.

use till_app::ports::{LoadEntry as _, LoadOrder as _, LoadWallet as _, SaveOrder as _, Saved};
use till_domain::order::{Facts, May, Order};
use till_domain::time::Seconds;
use till_domain::wallet::{Entry, Wallet};

use super::*;
use crate::item::{SCHEMA, text};
use crate::order_item::ORDER_SCHEMA;
use crate::order_item::samples::{paid, pending, start};
use crate::test_aws::TestAws;
use crate::test_aws::{Reply, aws_that_answers};
use till_memory::LogCapture;

/// An order whose goods are granted, the wallet after it, and the entry.
fn granting(order: &Order, wallet: &Wallet) -> (Order, Wallet, Entry) {
    let (mut order, mut wallet) = (order.clone(), wallet.clone());
    let now = order.created_at.plus(Seconds(121));
    let entry = order.grant(wallet.next_version(), now).unwrap();
    wallet.apply(&entry).unwrap();
    order.claim(now, May::Enqueue);
    (order, wallet, entry)
}

fn commit<'a>(order: &'a Order, wallet: &'a Wallet, entry: &'a Entry, unchanged: &'a [(OrderNo, u64)]) -> Commit<'a> {
    Commit { order: Some(order), user: &order.sold.user, wallet, entry, unchanged, by: None, record: None }
}

/// With a stored paid order.
async fn test_with(n: u64) -> (TestAws, Order) {
    let test = TestAws::new().await;
    let order = stored(&test, n).await;
    (test, order)
}

async fn stored(test: &TestAws, n: u64) -> Order {
    assert_eq!(test.aws.save_order(&pending(n, start())).await, Ok(Saved::Yes));
    let order = paid(n, start());
    assert_eq!(test.aws.save_order(&order).await, Ok(Saved::Yes));
    order
}

#[tokio::test]
async fn commit_writes_order_wallet_and_entry() {
    let (test, before) = test_with(1).await;
    let (order, wallet, entry) = granting(&before, &Wallet::new());
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &[])).await, Ok(Committed::Yes));
    let user = &order.sold.user;
    assert_eq!(test.aws.load_order(order.no).await, Ok(Some(order.clone())));
    assert_eq!(test.aws.load_wallet(user).await, Ok(wallet.clone()));
    assert_eq!(test.aws.load_entry(user, &entry.source()).await, Ok(Some(entry)));
    // A second order of the same user adds to it.
    let second = stored(&test, 2).await;
    let (order, wallet, entry) = granting(&second, &wallet);
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &[])).await, Ok(Committed::Yes));
    assert_eq!(test.aws.load_wallet(user).await, Ok(wallet));
}

#[tokio::test]
async fn commit_with_one_failed_condition_writes_nothing() {
    let (test, before) = test_with(1).await;
    let other = stored(&test, 2).await;
    let (order, wallet, entry) = granting(&before, &Wallet::new());
    let facts = |version| Order::from_facts(Facts { version, ..Facts::clone(&order) });
    let (early, late) = (facts(order.version - 1), facts(order.version + 1));
    let (_, later, later_entry) = granting(&before, &wallet);
    for (name, rival) in [
        ("an older order", commit(&early, &wallet, &entry, &[])),
        ("a newer order", commit(&late, &wallet, &entry, &[])),
        ("a newer wallet", commit(&order, &later, &later_entry, &[])),
        ("an order that moved", commit(&order, &wallet, &entry, &[(other.no, other.version - 1)])),
        ("an order that is not there", commit(&order, &wallet, &entry, &[(pending(9, start()).no, 1)])),
    ] {
        assert_eq!(test.aws.commit(rival).await, Ok(Committed::Conflict), "{name}");
        assert_eq!(test.aws.load_order(order.no).await, Ok(Some(before.clone())), "{name}");
        assert_eq!(test.aws.load_wallet(&order.sold.user).await, Ok(Wallet::new()), "{name}");
        assert_eq!(test.aws.load_entry(&order.sold.user, &entry.source()).await, Ok(None), "{name}");
    }
    // An order that is listed twice is checked once.
    let unchanged = [(other.no, other.version), (other.no, other.version)];
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &unchanged)).await, Ok(Committed::Yes));
}

#[tokio::test]
async fn second_commit_of_one_entry_is_a_duplicate() {
    let (test, before) = test_with(1).await;
    let (order, wallet, entry) = granting(&before, &Wallet::new());
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &[])).await, Ok(Committed::Yes));
    // The same commit again, and one based on the current order and wallet: both meet the entry.
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &[])).await, Ok(Committed::Duplicate));
    let again = Order::from_facts(Facts { version: order.version + 1, ..Facts::clone(&order) });
    let (_, later, later_entry) = granting(&before, &wallet);
    assert_eq!(test.aws.commit(commit(&again, &later, &later_entry, &[])).await, Ok(Committed::Duplicate));
    assert_eq!(test.aws.load_wallet(&order.sold.user).await, Ok(wallet));
}

#[tokio::test]
async fn commit_whose_answer_is_lost_is_recognised_as_our_own() {
    let (test, before) = test_with(1).await;
    let (order, wallet, entry) = granting(&before, &Wallet::new());
    test.lose_next_answer();
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &[])).await, Ok(Committed::Yes));
    assert_eq!(test.aws.load_order(order.no).await, Ok(Some(order.clone())));
    assert_eq!(test.aws.load_wallet(&order.sold.user).await, Ok(wallet));
}

#[tokio::test]
async fn of_two_simultaneous_commits_one_wins() {
    let (test, before) = test_with(1).await;
    let (order, wallet, entry) = granting(&before, &Wallet::new());
    let one = test.aws.commit(commit(&order, &wallet, &entry, &[]));
    let other = test.aws.commit(commit(&order, &wallet, &entry, &[]));
    let (one, other) = tokio::join!(one, other);
    assert_eq!([one, other].iter().filter(|answer| **answer == Ok(Committed::Yes)).count(), 1, "{one:?} {other:?}");
    assert_eq!(test.aws.load_wallet(&order.sold.user).await, Ok(wallet));
}

#[tokio::test]
async fn commit_over_an_order_of_a_later_release_is_refused() {
    let (test, before) = test_with(1).await;
    test.set(&keys::order(before.no), SCHEMA, number(ORDER_SCHEMA + 1)).await;
    let (order, wallet, entry) = granting(&before, &Wallet::new());
    let log = LogCapture::new();
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &[])).await, Err(Unavailable));
    assert_eq!(log.lines().len(), 1);
    assert_eq!(test.aws.load_wallet(&order.sold.user).await, Ok(Wallet::new()));
}

#[tokio::test]
async fn attribute_of_a_later_release_survives_a_write() {
    let (test, before) = test_with(1).await;
    test.set(&keys::order(before.no), "zz", text("kept")).await;
    let (order, wallet, entry) = granting(&before, &Wallet::new());
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &[])).await, Ok(Committed::Yes));
    assert_eq!(test.get(&keys::order(order.no)).await.unwrap().get("zz"), Some(&text("kept")));
}

#[tokio::test]
async fn spending_commits_without_an_order() {
    let (test, before) = test_with(1).await;
    let (_, wallet, entry) = granting(&before, &Wallet::new());
    let user = &before.sold.user;
    let commit = Commit { order: None, user, wallet: &wallet, entry: &entry, unchanged: &[], by: None, record: None };
    assert_eq!(test.aws.commit(commit.clone()).await, Ok(Committed::Yes));
    assert_eq!(test.aws.commit(commit).await, Ok(Committed::Duplicate));
    assert_eq!(test.aws.load_order(before.no).await, Ok(Some(before)));
}

#[tokio::test]
async fn commit_of_more_than_a_hundred_items_is_refused() {
    let (test, before) = test_with(1).await;
    let (order, wallet, entry) = granting(&before, &Wallet::new());
    let unchanged: Vec<(OrderNo, u64)> = (0..98).map(|n| (pending(100 + n, start()).no, 1)).collect();
    let log = LogCapture::new();
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &unchanged)).await, Err(Unavailable));
    assert!(log.lines()[0].contains("too large"));
    assert_eq!(test.aws.commit(commit(&order, &wallet, &entry, &unchanged[..97])).await, Ok(Committed::Conflict));
}

/// One reason each for wallet, order and entry, in this order.
#[tokio::test]
async fn cancellation_reasons_decide_the_outcome_of_a_commit() {
    let (order, wallet, entry) = granting(&paid(1, start()), &Wallet::new());
    let (fine, failed, busy) =
        (r#"{"Code":"None"}"#, r#"{"Code":"ConditionalCheckFailed"}"#, r#"{"Code":"ThrottlingError"}"#);
    let (held, wrong) = (r#"{"Code":"TransactionConflict"}"#, r#"{"Code":"ValidationError"}"#);
    for (reasons, answer) in [
        ([fine, fine, failed], Ok(Committed::Duplicate)),
        ([failed, failed, failed], Ok(Committed::Duplicate)),
        ([failed, fine, fine], Ok(Committed::Conflict)),
        ([fine, failed, fine], Ok(Committed::Conflict)),
        ([held, fine, fine], Ok(Committed::Conflict)),
        ([fine, fine, held], Ok(Committed::Conflict)),
        ([fine, busy, fine], Err(Unavailable)),
        ([failed, busy, fine], Err(Unavailable)),
        ([fine, wrong, fine], Err(Unavailable)),
        ([fine, fine, fine], Err(Unavailable)),
    ] {
        let body =
            format!(r#"{{"__type":"a#TransactionCanceledException","CancellationReasons":[{}]}}"#, reasons.join(","));
        let aws = aws_that_answers(Reply::Answer(400, body));
        assert_eq!(aws.commit(commit(&order, &wallet, &entry, &[])).await, answer, "{reasons:?}");
    }
    for (code, answer) in [
        ("TransactionInProgressException", Ok(Committed::Conflict)),
        ("ProvisionedThroughputExceededException", Err(Unavailable)),
        ("IdempotentParameterMismatchException", Err(Unavailable)),
        ("AccessDeniedException", Err(Unavailable)),
    ] {
        let aws = aws_that_answers(Reply::Answer(400, format!(r#"{{"__type":"a#{code}"}}"#)));
        assert_eq!(aws.commit(commit(&order, &wallet, &entry, &[])).await, answer, "{code}");
    }
}
