//! Orphans in the table: kept once, settled once, read back.

use till_domain::id::AttemptNo;
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
async fn orphan_is_kept_once_and_never_deleted() {
    let test = TestAws::new().await;
    let key = keys::orphan(account().provider, &trade_no());
    assert_eq!(test.aws.keep_orphan(&orphan(paid(100))).await, Ok(None));
    let first = test.get(&key).await.unwrap();
    assert_eq!(test.aws.keep_orphan(&orphan(paid(200))).await, Ok(None));
    assert_eq!(test.get(&key).await.as_ref(), Some(&first));
    let reader = Reader::new(&first);
    assert_eq!((reader.text("says"), reader.text("amount")), (Ok("paid"), Ok("100 CNY")));
    assert_eq!((reader.text("buyer"), reader.text("number")), (Ok("oUpF8"), Ok(no().as_str())));
    assert_eq!((reader.get_as("paid_at"), reader.text("account")), (Ok(start()), Ok("wechat:main")));
    assert!(!reader.has(TTL));
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
    assert_eq!(test.aws.load_orphan(provider, &trade_no()).await, Ok(None));
    assert_eq!(test.aws.settle_orphan(provider, &trade_no(), &settlement(no(), start())).await, Err(Unavailable));
    test.aws.keep_orphan(&orphan(paid(100))).await.unwrap();
    let stored = StoredOrphan { orphan: orphan(paid(100)), settlement: None };
    assert_eq!(test.aws.load_orphan(provider, &trade_no()).await, Ok(Some(stored.clone())));
    let first = settlement(no(), start());
    assert_eq!(test.aws.settle_orphan(provider, &trade_no(), &first).await, Ok(first.clone()));
    let other = settlement(pending(2, start()).no, start().plus(Seconds(1)));
    assert_eq!(test.aws.settle_orphan(provider, &trade_no(), &other).await, Ok(first.clone()));
    assert_eq!(test.aws.keep_orphan(&orphan(paid(200))).await, Ok(Some(no())));
    let settled = StoredOrphan { settlement: Some(first), ..stored };
    assert_eq!(test.aws.load_orphan(provider, &trade_no()).await, Ok(Some(settled)));
}

#[tokio::test]
async fn orphan_of_a_dispute_is_no_payment() {
    let test = TestAws::new().await;
    let (no, amount, state) = (DisputeNo::parse("dp_1").unwrap(), yuan(6), DisputeState::Lost);
    test.aws.keep_orphan(&orphan(Says::Dispute { no, trade_no: trade_no(), amount, state })).await.unwrap();
    let stored = test.aws.load_orphan(account().provider, &trade_no()).await.unwrap().unwrap();
    assert_eq!((stored.payment(), &stored.settlement), (None, &None));
}
