//! Orphans in the table: kept once, settled once, read back.

use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{DisputeState, Report, Says};
use till_domain::text::{Buyer, DisputeNo, Reason, UserId};
use till_domain::time::{Seconds, Time};

use super::*;
use crate::item::Reader;
use crate::keys::TTL;
use crate::order_item::samples::{account, pending, start, yuan};
use crate::test_aws::{Reply, TestAws, aws_that_answers};

fn no() -> OrderNo {
    pending(1, start()).no
}

fn trade_no() -> TradeNo {
    TradeNo::parse("4200001").unwrap()
}

fn orphan(says: Says) -> Orphan {
    let report = Report { attempt: AttemptNo::FIRST, account: account(), asked_at: None, says };
    Orphan { number: no().to_string(), trade_no: trade_no(), report, at: start() }
}

fn paid(minor: u64) -> Says {
    let buyer = Some(Buyer::parse("oUpF8").unwrap());
    Says::Paid { trade_no: trade_no(), amount: yuan(minor), paid_at: start(), buyer }
}

#[tokio::test]
async fn first_report_stands_in_attributes_of_its_own_and_later_ones_in_a_list() {
    let test = TestAws::new().await;
    let key = keys::orphan(account().provider, &trade_no());
    test.aws.keep_orphan(&orphan(paid(100))).await.unwrap();
    let first = test.get(&key).await.unwrap();
    let reader = Reader::new(&first);
    assert_eq!((reader.text("says"), reader.text("amount")), (Ok("paid"), Ok("100 CNY")));
    assert_eq!((reader.text("buyer"), reader.text("number")), (Ok("oUpF8"), Ok(no().as_str())));
    assert_eq!((reader.get_as("paid_at"), reader.text("account")), (Ok(start()), Ok("wechat:main")));
    assert_eq!((reader.text("held"), reader.get_as("hs")), (Ok("ORPHAN"), Ok(start())));
    assert!(!reader.has(TTL) && !reader.has("later"));
    test.aws.keep_orphan(&orphan(paid(100))).await.unwrap();
    assert_eq!(test.get(&key).await.as_ref(), Some(&first), "it says nothing new");
    let stored = test.aws.keep_orphan(&orphan(back(40))).await.unwrap();
    assert_eq!(test.aws.load_orphan(account().provider, &trade_no()).await, Ok(Some(stored.clone())));
    let second = test.get(&key).await.unwrap();
    let unchanged = |name: &str| first.get(name) == second.get(name);
    assert!(["says", "amount", "buyer", "number", "at", "held", "hs"].into_iter().all(unchanged), "{second:?}");
    assert_eq!((stored.later.len(), stored.back()), (1, Some(yuan(40))));
    let returned = test.aws.keep_orphan(&orphan(back(100))).await.unwrap();
    assert!(!returned.is_open() && !test.get(&key).await.unwrap().contains_key("held"));
}

/// The release before writes neither a list nor an entry of the index, and leaves both as they are when it settles.
#[tokio::test]
async fn orphan_of_the_release_before_is_read_and_gets_its_entry_with_the_next_report() {
    let test = TestAws::new().await;
    let key = keys::orphan(account().provider, &trade_no());
    let mut old = write_orphan(&StoredOrphan::new(orphan(paid(100))));
    old.retain(|name, _| !["held", "hs"].contains(&name.as_str()));
    test.aws.put_item(&key, old).unwrap().send().await.unwrap();
    let stored = StoredOrphan::new(orphan(paid(100)));
    assert_eq!(test.aws.load_orphan(account().provider, &trade_no()).await, Ok(Some(stored.clone())));
    assert_eq!(test.aws.keep_orphan(&orphan(paid(100))).await, Ok(stored));
    assert!(test.get(&key).await.unwrap().contains_key("held"));
    let mut settled = Attributes::new();
    settlement(no(), start()).write(&mut settled);
    let update = ItemUpdate::new(key.clone(), "attribute_exists(pk)").set_all(settled);
    update.call(&test.aws).unwrap().send().await.unwrap();
    assert_eq!(test.aws.list_open_orphans(None, 10).await.unwrap().items, []);
    let again = test.aws.keep_orphan(&orphan(paid(100))).await.unwrap();
    assert_eq!(again.settlement, Some(settlement(no(), start())));
    assert!(!test.get(&key).await.unwrap().contains_key("held"), "the entry that was left is taken away");
}

fn back(minor: u64) -> Says {
    Says::BackInAll { trade_no: trade_no(), amount: yuan(minor) }
}

#[tokio::test]
async fn orphan_that_cannot_be_kept_is_an_error() {
    assert_eq!(aws_that_answers(Reply::BrokenConnection).keep_orphan(&orphan(paid(100))).await, Err(Unavailable));
}

fn settlement(order: OrderNo, at: Time) -> Settlement {
    Settlement { order, by: UserId::parse("ann").unwrap(), reason: Reason::parse("the buyer wrote").unwrap(), at }
}

#[tokio::test]
async fn orphan_is_settled_once_and_says_so_to_later_reports() {
    let test = TestAws::new().await;
    let provider = account().provider;
    test.aws.keep_orphan(&orphan(paid(100))).await.unwrap();
    let first = settlement(no(), start());
    let settled = StoredOrphan { settlement: Some(first.clone()), ..StoredOrphan::new(orphan(paid(100))) };
    assert_eq!(test.aws.settle_orphan(provider, &trade_no(), &first).await, Ok(settled.clone()));
    let other = settlement(pending(2, start()).no, start().plus(Seconds(1)));
    assert_eq!(test.aws.settle_orphan(provider, &trade_no(), &other).await, Ok(settled.clone()));
    assert_eq!(test.aws.keep_orphan(&orphan(back(100))).await, Ok(settled));
}

#[tokio::test]
async fn orphan_of_a_dispute_is_a_payment_once_that_is_reported() {
    let test = TestAws::new().await;
    let (no, amount, state) = (DisputeNo::parse("dp_1").unwrap(), yuan(6), DisputeState::Lost);
    let dispute = orphan(Says::Dispute { no, trade_no: trade_no(), amount, state });
    assert_eq!(test.aws.keep_orphan(&dispute).await.unwrap().payment(), None);
    let stored = test.aws.keep_orphan(&orphan(paid(100))).await.unwrap();
    assert_eq!((stored.payment().map(|payment| &payment.says), stored.back()), (Some(&paid(100)), Some(yuan(6))));
}

#[test]
fn place_of_a_page_reads_back() {
    let place = "1735689600 ORPHAN#wechat 4200001";
    assert_eq!(write_place(&read_place(place).unwrap()).unwrap(), place);
    for bad in ["", "1 2", "x ORPHAN#wechat 4200001"] {
        assert!(read_place(bad).is_err(), "{bad}");
    }
}
