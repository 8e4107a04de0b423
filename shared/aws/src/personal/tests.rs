//! After an erasure no item names the user or the buyer, and the money, the goods and their proofs are as before; wherever it was cut
//! off before.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use till_app::caller::Caller;
use till_app::ports::{
    CallbackAudit, Cause, Commit, CommitGoods, Committed, Connection, CountCalls, KeepConnection, KeepOrphan,
    KeepRecord, ListRecords, Listens, LoadEntry, LoadOrder, LoadWallet, Orphan, Outcome, Record, SaveOrder, Saved,
    Scope, TeamSubject,
};
use till_app::team_record::of_entry;
use till_domain::id::AttemptNo;
use till_domain::order::{DisputeState, May, Order, Report, Says};
use till_domain::text::{Buyer, DisputeNo, Key, Reason, TradeNo, UserId};
use till_domain::time::Seconds;
use till_domain::wallet::{ByHand, Entry, Wallet};

use super::*;
use crate::item::{attributes, text};
use crate::keys;
use crate::order_item::samples::{account, paid, pending, price, sold, start};
use crate::test_aws::TestAws;

const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

fn user() -> UserId {
    sold().user
}

/// The user, as the one who sent a request.
fn caller() -> Caller {
    Caller::buyer(user())
}

fn pseudonym(n: u32) -> UserId {
    UserId::parse(&format!("erased-{n:032}")).unwrap()
}

/// The orders and the wallet of a user with something in every place.
async fn bought(test: &TestAws, count: u64) -> (Vec<Order>, Wallet, Vec<Entry>) {
    let (mut orders, mut wallet, mut entries) = (Vec::new(), Wallet::new(), Vec::new());
    for n in 0..count {
        assert_eq!(test.aws.save_order(&pending(n, start())).await, Ok(Saved::Yes));
        let mut order = paid(n, start());
        assert_eq!(test.aws.save_order(&order).await, Ok(Saved::Yes));
        let now = start().plus(Seconds(121));
        let entry = order.grant(wallet.next_version(), now).unwrap();
        wallet.apply(&entry).unwrap();
        order.claim(now, May::Enqueue);
        commit(test, &order, &wallet, &entry).await;
        record(test, &order).await;
        orders.push(order);
        entries.push(entry);
    }
    let given = by_hand(test, &mut wallet).await;
    entries.push(given);
    let orphan = Orphan {
        number: "elsewhere".to_owned(),
        trade_no: TradeNo::parse("420000").unwrap(),
        report: Report {
            attempt: AttemptNo::FIRST,
            account: account(),
            asked_at: None,
            says: Says::Paid {
                trade_no: TradeNo::parse("420000").unwrap(),
                amount: price(),
                paid_at: start(),
                buyer: Some(Buyer::parse(OPENID).unwrap()),
            },
        },
        at: start(),
    };
    test.aws.keep_orphan(&orphan).await.unwrap();
    let connection = Connection { id: "c-1".to_owned(), user: user(), listens: Listens::User };
    test.aws.keep_connection(&connection).await.unwrap();
    let claim = attributes([("owner", Some(text(user())))]);
    test.put(&keys::claim(&user(), &Key::parse("k").unwrap()), claim).await;
    test.aws.count_call(Scope::CreationsOfUser, user().as_str(), test.now()).await.unwrap();
    (orders, wallet, entries)
}

/// The team gave a membership and a quota by hand.
async fn by_hand(test: &TestAws, wallet: &mut Wallet) -> Entry {
    let (key, reason) = (Key::parse("case-1").unwrap(), Reason::parse("goodwill").unwrap());
    let at = start().plus(Seconds(122));
    let done = ByHand::Grant(till_memory::samples::grants());
    let entry = Entry::by_hand(key, done, reason, at, wallet.next_version()).unwrap();
    wallet.apply(&entry).unwrap();
    let (buyer, by) = (user(), Caller::admin(UserId::parse("kim").unwrap()));
    let record = of_entry(&buyer, &entry, &by);
    let commit = Commit {
        order: None,
        user: &buyer,
        wallet,
        entry: &entry,
        unchanged: &[],
        by: Some(&by),
        record: record.as_ref(),
    };
    assert_eq!(test.aws.commit(commit).await, Ok(Committed::Yes));
    entry
}

async fn commit(test: &TestAws, order: &Order, wallet: &Wallet, entry: &Entry) {
    let by = caller();
    let commit = Commit {
        order: Some(order),
        user: &order.sold.user,
        wallet,
        entry,
        unchanged: &[],
        by: Some(&by),
        record: None,
    };
    assert_eq!(test.aws.commit(commit).await, Ok(Committed::Yes));
}

async fn record(test: &TestAws, order: &Order) {
    let facts = vec![("trade_state", "SUCCESS".to_owned()), ("openid", OPENID.to_owned())];
    let callback = Some(CallbackAudit { from: "203.0.113.1".to_owned(), hash: "ab".to_owned(), facts });
    let outcome = Outcome::Changed(order.status(), order.fulfilment());
    let record = Record {
        order: order.no,
        at: start(),
        cause: Cause::Pushed,
        account: None,
        outcome,
        callback,
        by: Some(caller()),
        remedy: None,
    };
    test.aws.keep_record(record).await;
}

/// The keys of all items of the table that contain a text.
async fn items_with(test: &TestAws, what: &str) -> Vec<String> {
    let all = test.aws.clients.dynamodb().scan().table_name("till").consistent_read(true).send().await.unwrap();
    let contain = all.items().iter().filter(|item| format!("{item:?}").contains(what));
    contain.map(|item| format!("{:?} {:?}", item["pk"], item["sk"])).collect()
}

/// What the user had stands under the pseudonym, and nothing names the user or the buyer.
async fn assert_erased(test: &TestAws, name: &UserId, had: &(Vec<Order>, Wallet, Vec<Entry>)) {
    for what in [user().as_str(), OPENID] {
        assert_eq!(items_with(test, what).await, Vec::<String>::new());
    }
    let (orders, wallet, entries) = had;
    assert_eq!(test.aws.load_wallet(name).await.as_ref(), Ok(wallet));
    for entry in entries {
        assert_eq!(test.aws.load_entry(name, &entry.source()).await, Ok(Some(entry.clone())));
    }
    let records = test.aws.list_team_records(&TeamSubject::User(name.clone()), None, 10).await.unwrap().items;
    let said: Vec<_> = records.iter().map(|one| (one.by.as_str(), one.reason.as_deref())).collect();
    assert_eq!(said, [("kim", Some("goodwill"))]);
    for order in orders {
        let now = test.aws.load_order(order.no).await.unwrap().unwrap();
        assert_eq!((&now.sold.user, now.version), (name, order.version + 1));
        assert_eq!(now.payments[0].buyer.as_ref().map(ToString::to_string), Some(name.to_string()));
        assert_eq!((now.payments[0].amount, &now.payments[0].trade_no), (price(), &order.payments[0].trade_no));
        assert_eq!(
            (now.status(), now.fulfilment(), &now.timeline),
            (order.status(), order.fulfilment(), &order.timeline)
        );
    }
    assert_eq!(items_with(test, "moving").await, Vec::<String>::new());
}

#[tokio::test]
async fn everything_about_a_user_is_found_and_exported() {
    let test = TestAws::new().await;
    assert!(test.aws.personal(&user()).await.unwrap().is_empty());
    let (orders, ..) = bought(&test, 2).await;
    let found = test.aws.personal(&user()).await.unwrap();
    assert_eq!((found.orders.len(), found.wallet.len(), found.orphans.len()), (2, 4, 1));
    assert_eq!(found.records.len(), 1, "a change by hand");
    assert_eq!(found.passing.len(), 3, "a key, a socket and a counter");
    let json = found.to_json();
    let first = &json["orders"][orders[0].no.as_str()];
    assert_eq!((first.as_array().map(Vec::len), &json["buyer_ids"]), (Some(2), &serde_json::json!([OPENID])));
    let mut named: BTreeSet<String> = items_with(&test, user().as_str()).await.into_iter().collect();
    named.extend(items_with(&test, OPENID).await);
    let exported = 2 * 2 + found.wallet.len() + found.records.len() + found.orphans.len() + found.passing.len();
    assert_eq!(named.len(), exported, "nothing that names them is left out");
}

#[tokio::test]
async fn erased_user_stands_nowhere_and_money_and_goods_stay() {
    let test = TestAws::new().await;
    let had = bought(&test, 3).await;
    assert_eq!(test.aws.erase(&user(), &pseudonym(1)).await, Ok(Some(pseudonym(1))));
    assert_erased(&test, &pseudonym(1), &had).await;
    assert_eq!(test.aws.erase(&user(), &pseudonym(2)).await, Ok(None), "nothing is left to erase");
    // A dispute that is lost afterwards takes the goods back.
    let mut order = test.aws.load_order(had.0[0].no).await.unwrap().unwrap();
    let says = Says::Dispute {
        no: DisputeNo::parse("D1").unwrap(),
        trade_no: order.payments[0].trade_no.clone(),
        amount: price(),
        state: DisputeState::Lost,
    };
    let report = Report { attempt: AttemptNo::FIRST, account: account(), asked_at: None, says };
    let now = start().plus(Seconds::hours(1));
    assert!(order.settle(&report, now));
    order.claim(now, May::Enqueue);
    assert_eq!(test.aws.save_order(&order).await, Ok(Saved::Yes));
    let mut wallet = test.aws.load_wallet(&pseudonym(1)).await.unwrap();
    let entry = order.revoke(wallet.next_version(), now).unwrap();
    wallet.apply(&entry).unwrap();
    order.claim(now, May::Enqueue);
    commit(&test, &order, &wallet, &entry).await;
}

#[tokio::test]
async fn erasure_that_is_cut_off_anywhere_goes_on_under_the_same_pseudonym() {
    for polls in 0.. {
        let test = TestAws::new().await;
        let had = bought(&test, 2).await;
        let is_whole = {
            let (buyer, first, mut left) = (user(), pseudonym(1), polls);
            let mut erasure = pin!(test.aws.erase(&buyer, &first));
            poll_fn(|context| {
                if left == 0 {
                    return Poll::Ready(false);
                }
                left -= 1;
                erasure.as_mut().poll(context).map(|erased| erased == Ok(Some(pseudonym(1))))
            })
            .await
        };
        if is_whole {
            assert!(polls > 20, "it was cut off at {polls} places only");
            return;
        }
        let erased = test.aws.erase(&user(), &pseudonym(2)).await.unwrap();
        // If it was cut off before its first step, it begins anew; after its last one nothing is left.
        let name = erased.unwrap_or(pseudonym(1));
        assert_erased(&test, &name, &had).await;
        let other = if name == pseudonym(1) { pseudonym(2) } else { pseudonym(1) };
        assert_eq!(items_with(&test, other.as_str()).await, Vec::<String>::new(), "cut off after {polls} polls");
    }
}

#[tokio::test]
async fn user_with_something_unfinished_is_not_erased() {
    let test = TestAws::new().await;
    bought(&test, 1).await;
    assert_eq!(test.aws.save_order(&pending(7, start())).await, Ok(Saved::Yes));
    let before = items_with(&test, user().as_str()).await.len();
    let Err(NotErased::Unfinished(orders)) = test.aws.erase(&user(), &pseudonym(1)).await else {
        panic!("an order is pending")
    };
    assert_eq!(orders.iter().map(|(no, _)| *no).collect::<Vec<_>>(), [pending(7, start()).no]);
    assert_eq!(items_with(&test, user().as_str()).await.len(), before);
    assert_eq!(items_with(&test, pseudonym(1).as_str()).await, Vec::<String>::new());
}

#[tokio::test]
async fn another_user_is_left_alone() {
    let test = TestAws::new().await;
    bought(&test, 1).await;
    let other = UserId::parse(&format!("{}x", user())).unwrap();
    let connection = Connection { id: "c-2".to_owned(), user: other.clone(), listens: Listens::User };
    test.aws.keep_connection(&connection).await.unwrap();
    let before = items_with(&test, other.as_str()).await;
    test.aws.erase(&user(), &pseudonym(1)).await.unwrap();
    assert_eq!(before.len(), 1);
    assert_eq!(items_with(&test, other.as_str()).await, before);
}
