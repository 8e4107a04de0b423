//! Wallets and ledgers: their released shapes, their writes, and the ring of the newest entries.

mod by_hand;

use proptest::prelude::*;
use till_app::caller::{Caller, Role};
use till_app::ports::{Commit, CommitGoods, Committed, ListEntries, LoadEntry, LoadWallet, Unavailable};
use till_domain::id::OrderNo;
use till_domain::product::{Grant, MembershipGrant, PointsGrant, QuotaGrant};
use till_domain::text::{Key, QuotaName, Reason, UserId};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{
    Change, Credit, Entry, Giver, GrantRound, Lot, Parts, PointsByHand, Replaced, Source, Span, Upgrade, Wallet,
};

use crate::item::{Reader, number, text};
use crate::order_item::samples::{start, tier, yuan};
use crate::size::item_bytes;
use crate::test_aws::{TestAws, released_item};
use crate::{keys, ledger_item, wallet_item};

fn user() -> UserId {
    UserId::parse("u-1").unwrap()
}

fn at(after: u32) -> Time {
    start().plus(Seconds(after))
}

fn granted(letter: &str, round: u8) -> GrantRound {
    GrantRound { order: OrderNo::parse(&format!("ORD202501020304050000000{letter}")).unwrap(), round }
}

fn queries() -> QuotaName {
    QuotaName::parse("queries").unwrap()
}

/// The released ones.
fn entries() -> [Entry; 3] {
    let grants = vec![
        Grant::Membership(MembershipGrant::new(tier("premium", 2), 90).unwrap()),
        Grant::Points(PointsGrant::new(100).unwrap()),
        Grant::Quota(QuotaGrant::new(queries(), 500, 30).unwrap()),
    ];
    let credit = Credit { source: granted("A", 2), credit: yuan(995), kept: yuan(1_990), worth: yuan(1_990) };
    let upgrade = Some(Upgrade { replaced: vec![credit] });
    let spent = Entry::spend(
        Key::parse("job-1").unwrap(),
        20,
        Some((queries(), 20)),
        Reason::parse("导出报表").unwrap(),
        at(0),
        3,
    );
    [
        Entry::grant(granted("B", 1), grants.clone(), yuan(3_995), upgrade, at(0), 2).unwrap(),
        Entry::revoke(granted("B", 1), &grants, at(1), 4).unwrap(),
        spent.unwrap(),
    ]
}

/// A new kind of entry compiles only with a released item.
fn released_entry(entry: &Entry) -> &'static str {
    match entry.change() {
        Change::Grant { .. } => include_str!("../../tests/shapes/ledger.grant.json"),
        Change::Revoke { .. } => include_str!("../../tests/shapes/ledger.revoke.json"),
        Change::Spend { .. } => include_str!("../../tests/shapes/ledger.spend.json"),
        Change::Admin { done, .. } => by_hand::released(done),
    }
}

fn released_wallet() -> Wallet {
    let inner = Span {
        source: granted("A", 2).into(),
        tier: tier("pro", 1),
        left: Seconds::days(15),
        used: Seconds::days(15),
        worth: yuan(1_990),
        replaced: vec![],
    };
    let span = Span {
        source: granted("B", 1).into(),
        tier: tier("premium", 2),
        left: Seconds::days(90),
        used: Seconds(0),
        worth: yuan(4_990),
        replaced: vec![Replaced { span: inner, credit: yuan(995) }],
    };
    let lot = Lot { source: granted("C", 1).into(), name: queries(), left: 480, ends_at: at(30 * 86_400) };
    let (spans, lots) = (vec![span], vec![lot]);
    let points_by_hand = PointsByHand::default();
    let parts = Parts { version: 3, at: at(0), points: -20, points_by_hand, spans, lots, ended: None };
    Wallet::from_parts(parts).unwrap()
}

#[test]
fn released_items_read_and_write_back() {
    for entry in entries().into_iter().chain(by_hand::entries()) {
        let released = released_item(released_entry(&entry));
        assert_eq!(ledger_item::read(&released).as_ref(), Ok(&entry));
        assert_eq!(ledger_item::write(&entry), released);
    }
    let released = released_item(include_str!("../../tests/shapes/wallet.json"));
    assert_eq!(wallet_item::read(&released), Ok(released_wallet()));
    let newest =
        [Source::Spend(Key::parse("job-1").unwrap()), Source::Grant(granted("B", 1)), Source::Grant(granted("A", 2))];
    assert_eq!(wallet_item::newest(&released), Ok(newest.to_vec()));
}

#[test]
fn invalid_wallet_or_entry_is_refused() {
    for (name, value) in
        [("v", text("3")), ("p", number(i128::from(i64::MAX))), ("s", number(1)), ("e3", text("spend#"))]
    {
        let mut item = released_item(include_str!("../../tests/shapes/wallet.json"));
        item.insert(name.to_owned(), value);
        assert!(wallet_item::read(&item).and(wallet_item::newest(&item)).is_err(), "{name}");
    }
    for (name, value) in [("src", text("gift#1")), ("k", text("3995")), ("g", text("all")), ("v", number(-1))] {
        let mut item = released_item(include_str!("../../tests/shapes/ledger.grant.json"));
        item.insert(name.to_owned(), value);
        assert!(ledger_item::read(&item).is_err(), "{name}");
    }
}

/// Grants points by the n-th order; every fourth entry spends one.
fn next(wallet: &mut Wallet, n: u32) -> Entry {
    let version = wallet.next_version();
    let entry = if n.is_multiple_of(4) {
        Entry::spend(Key::parse(&format!("job-{n}")).unwrap(), 1, None, Reason::parse("use").unwrap(), at(n), version)
    } else {
        let source = GrantRound::first(OrderNo::mint(at(n), n.into()));
        let grants = vec![Grant::Points(PointsGrant::new(10).unwrap())];
        Entry::grant(source, grants, yuan(990), None, at(n), version)
    };
    let entry = entry.unwrap();
    wallet.apply(&entry).unwrap();
    entry
}

async fn commit(test: &TestAws, wallet: &Wallet, entry: &Entry) -> Result<Committed, Unavailable> {
    let user = user();
    test.aws.commit(Commit { order: None, user: &user, wallet, entry, unchanged: &[], by: None, record: None }).await
}

#[tokio::test]
async fn entry_names_who_commanded_it_and_reads_back_without() {
    let test = TestAws::new().await;
    let (user, mut wallet) = (user(), Wallet::new());
    let entry = next(&mut wallet, 1);
    let by = Caller { user: UserId::parse("exporter").unwrap(), role: Role::Service };
    let commit = Commit {
        order: None,
        user: &user,
        wallet: &wallet,
        entry: &entry,
        unchanged: &[],
        by: Some(&by),
        record: None,
    };
    assert_eq!(test.aws.commit(commit).await, Ok(Committed::Yes));
    let item = test.get(&keys::ledger(&user, &entry.source())).await.unwrap();
    let read = Reader::new(&item);
    assert_eq!((read.text("by"), read.text("role")), (Ok("exporter"), Ok("service")));
    assert_eq!(test.aws.load_entry(&user, &entry.source()).await, Ok(Some(entry)));
}

#[tokio::test]
async fn wallet_and_ledger_read_back_as_written() {
    let test = TestAws::new().await;
    let mut wallet = test.aws.load_wallet(&user()).await.unwrap();
    assert_eq!(wallet, Wallet::new());
    assert_eq!(test.aws.list_entries(&user()).await, Ok(vec![]));
    let mut written = Vec::new();
    for n in 1..=20 {
        let entry = next(&mut wallet, n);
        assert_eq!(commit(&test, &wallet, &entry).await, Ok(Committed::Yes));
        assert_eq!(test.aws.load_wallet(&user()).await.as_ref(), Ok(&wallet));
        assert_eq!(test.aws.load_entry(&user(), &entry.source()).await, Ok(Some(entry.clone())));
        written.insert(0, entry);
        let listed = test.aws.list_entries(&user()).await.unwrap();
        assert_eq!(listed, written.iter().take(16).cloned().collect::<Vec<_>>(), "after {n}");
    }
    // An ordinary wallet with its ring fits into one write unit.
    assert!(item_bytes(&test.get(&keys::wallet(&user())).await.unwrap()) <= 1_000);
    assert_eq!(test.aws.load_entry(&user(), &Source::Grant(granted("Z", 1))).await, Ok(None));
    assert_eq!(test.aws.list_entries(&UserId::parse("u-2").unwrap()).await, Ok(vec![]));
}

#[tokio::test]
async fn of_two_writes_on_one_wallet_version_one_wins() {
    let test = TestAws::new().await;
    let (mut one, mut other) = (Wallet::new(), Wallet::new());
    let (first, second) = (next(&mut one, 1), next(&mut other, 2));
    assert_eq!(commit(&test, &one, &first).await, Ok(Committed::Yes));
    assert_eq!(commit(&test, &other, &second).await, Ok(Committed::Conflict));
    assert_eq!(commit(&test, &one, &first).await, Ok(Committed::Duplicate));
    let mut stale = one.clone();
    let third = next(&mut one, 3);
    assert_eq!(commit(&test, &one, &third).await, Ok(Committed::Yes));
    let fifth = next(&mut stale, 5);
    assert_eq!(commit(&test, &stale, &fifth).await, Ok(Committed::Conflict));
    assert_eq!(test.aws.load_wallet(&user()).await, Ok(one));
    assert_eq!(test.aws.load_entry(&user(), &fifth.source()).await, Ok(None));
}

#[tokio::test]
async fn later_attribute_survives_and_later_schema_is_not_overwritten() {
    let test = TestAws::new().await;
    let place = keys::wallet(&user());
    let mut wallet = Wallet::new();
    let first = next(&mut wallet, 1);
    commit(&test, &wallet, &first).await.unwrap();
    test.set(&place, "later", text("kept")).await;
    let second = next(&mut wallet, 2);
    assert_eq!(commit(&test, &wallet, &second).await, Ok(Committed::Yes));
    assert_eq!(test.get(&place).await.unwrap()["later"], text("kept"));
    test.set(&place, "schema", number(3)).await;
    assert_eq!(test.aws.load_wallet(&user()).await.as_ref(), Ok(&wallet));
    let before = test.get(&place).await;
    let third = next(&mut wallet, 3);
    assert_ne!(commit(&test, &wallet, &third).await, Ok(Committed::Yes));
    assert_eq!(test.get(&place).await, before);
    test.set(&place, "s", text("in a new way")).await;
    assert_eq!(test.aws.load_wallet(&user()).await, Err(Unavailable));
}

fn giver(by_hand: bool, granted: GrantRound) -> Giver {
    if by_hand { Giver::Admin(Key::parse(&format!("case-{}", granted.round)).unwrap()) } else { granted.into() }
}

/// A span of this rank that may replace ones of lower ranks.
fn span(rank: u8) -> BoxedStrategy<Span> {
    let of_one = (any::<(u8, u32, u32)>(), 0..1_000_000_u64, 1..=255_u8);
    let inner = if rank == 0 { Just(vec![]).boxed() } else { prop::collection::vec(span(rank - 1), 0..2).boxed() };
    let made = (of_one, inner).prop_map(move |(((n, left, used), extra, round), inner)| {
        let replaced: Vec<Replaced> =
            inner.into_iter().map(|span| Replaced { credit: yuan(span.worth.minor() / 2), span }).collect();
        let credits: u64 = replaced.iter().map(|inner| inner.credit.minor()).sum();
        let order = OrderNo::mint(at(left / 2), u64::from(n) << 8 | u64::from(rank));
        Span {
            source: giver(n.is_multiple_of(5), GrantRound { order, round }),
            tier: tier(&format!("t{rank}"), rank),
            left: Seconds(left.max(1)),
            used: Seconds(used),
            worth: yuan(credits + extra),
            replaced,
        }
    });
    made.boxed()
}

fn lot() -> impl Strategy<Value = Lot> {
    (any::<u64>(), 1..=9_007_199_254_740_991_u64, 1..=255_u8, "[a-z0-9_-]{1,32}").prop_map(|(n, left, round, name)| {
        Lot {
            source: giver(n.is_multiple_of(5), GrantRound { order: OrderNo::mint(at(7), n), round }),
            name: QuotaName::parse(&name).unwrap(),
            left,
            ends_at: at(u32::try_from(n % 1_000_000).unwrap()),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_wallet_reads_back_from_its_update(
        spans in prop::collection::vec(span(4), 0..4),
        lots in prop::collection::vec(lot(), 0..8),
        version in 1..=9_007_199_254_740_991_u64,
        points in -9_007_199_254_740_991..=9_007_199_254_740_991_i64,
        points_by_hand in by_hand::points(),
        ended in prop::option::of(by_hand::ended()),
    ) {
        let parts = Parts { version, at: at(3), points, points_by_hand, spans, lots, ended };
        // What the team gave by hand cannot be inside an upgrade.
        let Ok(wallet) = Wallet::from_parts(parts) else { return Ok(()) };
        let update = wallet_item::wallet_update("till", &user(), &wallet, &entries()[0]).unwrap();
        // The item after the update: each value `:name` under `name`.
        let values = update.expression_attribute_values().unwrap();
        let item = values.iter().map(|(name, value)| (name.trim_start_matches(':').to_owned(), value.clone())).collect();
        prop_assert_eq!(wallet_item::read(&item), Ok(wallet));
    }
}
