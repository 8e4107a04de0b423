//! Changes by hand: their released shapes, and which release may write a wallet that has them.

use till_domain::wallet::{ByHand, Ended, Portion, TakenPoints};

use super::*;

/// A new kind of change by hand compiles only with a released item.
pub(super) const fn released(done: &ByHand) -> &'static str {
    match done {
        ByHand::Grant(_) => include_str!("../../../tests/shapes/ledger.admin-grant.json"),
        ByHand::Extend(_) => include_str!("../../../tests/shapes/ledger.admin-extend.json"),
        ByHand::Revoke { .. } => include_str!("../../../tests/shapes/ledger.admin-revoke.json"),
    }
}

fn entry(key: &str, done: ByHand, version: u64) -> Entry {
    let (key, reason) = (Key::parse(key).unwrap(), Reason::parse("补偿").unwrap());
    Entry::by_hand(key, done, reason, at(0), version).unwrap()
}

/// The released ones.
pub(super) fn entries() -> [Entry; 3] {
    let more = |days| MembershipGrant::new(tier("pro", 1), days).unwrap();
    let quota = Grant::Quota(QuotaGrant::new(queries(), 500, 30).unwrap());
    let grants = vec![Grant::Membership(more(30)), Grant::Points(PointsGrant::new(100).unwrap()), quota];
    let days = Some((tier("pro", 1).name, 12));
    let asked = Portion::new(70, Some((queries(), 60)), days).unwrap();
    let membership = Some((tier("pro", 1).name, Seconds(90_000)));
    let taken = Portion { points: 70, quota: Some((queries(), 0)), membership };
    [
        entry("case-1", ByHand::Grant(grants), 4),
        entry("case-2", ByHand::Extend(more(7)), 5),
        entry("case-3", ByHand::Revoke { asked, taken }, 6),
    ]
}

pub(super) fn points() -> impl Strategy<Value = PointsByHand> {
    let taken = prop::collection::vec((any::<u64>(), 1..9_000_u64), 0..4);
    (0..9_000_u64, taken).prop_map(|(given, taken)| {
        let taken = taken.into_iter().map(|(version, points)| TakenPoints { version, points });
        PointsByHand { given, taken: taken.collect() }
    })
}

pub(super) fn ended() -> impl Strategy<Value = Ended> {
    (any::<u8>(), any::<u32>()).prop_map(|(rank, after)| Ended { tier: tier("pro", rank), at: at(after) })
}

/// The team gave a membership and a quota, took points of an order, and an earlier membership ended.
fn released_wallet() -> Wallet {
    let by_team = || giver(true, granted("A", 7));
    let span = Span {
        source: by_team(),
        tier: tier("pro", 1),
        left: Seconds::days(15),
        used: Seconds(0),
        worth: yuan(0),
        replaced: vec![],
    };
    let lot = Lot { source: by_team(), name: queries(), left: 480, ends_at: at(30 * 86_400) };
    Wallet::from_parts(Parts {
        version: 6,
        at: at(0),
        points: 30,
        points_by_hand: PointsByHand { given: 0, taken: vec![TakenPoints { version: 6, points: 70 }] },
        spans: vec![span],
        lots: vec![lot],
        ended: Some(Ended { tier: tier("premium", 2), at: at(0) }),
    })
    .unwrap()
}

#[test]
fn released_wallet_with_changes_by_hand_reads_back() {
    let released = released_item(include_str!("../../../tests/shapes/wallet.by-hand.json"));
    assert_eq!(wallet_item::read(&released), Ok(released_wallet()));
    let key = |key: &str| Source::Admin(Key::parse(key).unwrap());
    assert_eq!(wallet_item::newest(&released), Ok(vec![key("case-3"), key("case-2"), key("case-1")]));
}

#[test]
fn invalid_change_by_hand_is_refused() {
    for (name, value) in [("m", number(1)), ("a", text("all")), ("b", number(70)), ("g", number(3)), ("r", text(""))] {
        let mut item = released_item(include_str!("../../../tests/shapes/ledger.admin-revoke.json"));
        item.insert(name.to_owned(), value);
        assert!(ledger_item::read(&item).is_err(), "{name}");
    }
    let mut unknown = released_item(include_str!("../../../tests/shapes/ledger.admin-extend.json"));
    unknown.remove("m");
    assert!(ledger_item::read(&unknown).is_err(), "a change that a later release knows");
}

/// The schema with which a wallet is stored.
async fn schema(test: &TestAws) -> u32 {
    Reader::new(&test.get(&keys::wallet(&user())).await.unwrap()).get_as("schema").unwrap()
}

async fn change(test: &TestAws, wallet: &mut Wallet, entry: Entry) -> u32 {
    wallet.apply(&entry).unwrap();
    assert_eq!(commit(test, wallet, &entry).await, Ok(Committed::Yes));
    assert_eq!(test.aws.load_wallet(&user()).await.as_ref(), Ok(&*wallet));
    assert_eq!(test.aws.list_entries(&user()).await.unwrap().first(), Some(&entry));
    schema(test).await
}

#[tokio::test]
async fn wallet_has_the_later_schema_only_while_an_older_release_would_misread_it() {
    let test = TestAws::new().await;
    let mut wallet = Wallet::new();
    let grants = vec![Grant::Points(PointsGrant::new(10).unwrap())];
    let order = Entry::grant(granted("A", 1), grants.clone(), yuan(990), None, at(0), 1).unwrap();
    assert_eq!(change(&test, &mut wallet, order.clone()).await, 1);
    let points = entry("case-1", ByHand::Grant(grants.clone()), 2);
    assert_eq!(change(&test, &mut wallet, points).await, 1, "an older release treats given points right");
    let part = Portion::new(15, None, None).unwrap();
    let taken = entry("case-2", ByHand::Revoke { asked: part.clone(), taken: part }, 3);
    assert_eq!(change(&test, &mut wallet, taken).await, 2, "it would take them from the order again");
    let revoke = Entry::revoke(granted("A", 1), &grants, at(1), 4).unwrap().sparing(Some(&order));
    assert_eq!(change(&test, &mut wallet, revoke).await, 1);
    assert_eq!(wallet.points(), 0);
    let quota = vec![Grant::Quota(QuotaGrant::new(queries(), 5, 1).unwrap())];
    assert_eq!(change(&test, &mut wallet, entry("case-3", ByHand::Grant(quota), 5)).await, 2);
    let later = Entry::grant(granted("B", 1), grants, yuan(990), None, at(2 * 86_400), 6).unwrap();
    assert_eq!(change(&test, &mut wallet, later).await, 1, "the quota has run out");
}
