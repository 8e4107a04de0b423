//! What is remembered of an orphan, and when it is open.

use till_domain::currency::Currency;
use till_domain::id::AttemptNo;
use till_domain::order::RefundId;
use till_domain::provider::Account;
use till_domain::text::{AccountId, DisputeNo, OutsideRefundNo};

use super::*;

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn trade_no() -> TradeNo {
    TradeNo::parse("T1").unwrap()
}

fn by(account: &str, says: Says) -> Orphan {
    let account = Account { provider: Provider::Alipay, id: AccountId::parse(account).unwrap() };
    let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says };
    Orphan { number: "shop-1".to_owned(), trade_no: trade_no(), report, at: Time::FIRST }
}

fn heard(says: Says) -> Orphan {
    by("main", says)
}

fn paid(minor: u64) -> Says {
    Says::Paid { trade_no: trade_no(), amount: cny(minor), paid_at: Time::FIRST, buyer: None }
}

fn in_all(minor: u64) -> Says {
    Says::BackInAll { trade_no: trade_no(), amount: cny(minor) }
}

fn refund(no: &str, minor: u64, word: RefundWord) -> Says {
    let id = RefundId::Theirs(OutsideRefundNo::parse(no).unwrap());
    Says::Refund { id, trade_no: trade_no(), amount: cny(minor), word }
}

fn dispute(state: DisputeState) -> Says {
    Says::Dispute { no: DisputeNo::parse("d1").unwrap(), trade_no: trade_no(), amount: cny(100), state }
}

fn stored(says: impl IntoIterator<Item = Says>) -> StoredOrphan {
    let mut says = says.into_iter().map(heard);
    let mut stored = StoredOrphan::new(says.next().unwrap());
    says.for_each(|one| assert!(stored.hear(&one), "{one:?}"));
    stored
}

#[test]
fn only_news_is_added_and_a_higher_total_takes_the_place_of_a_lower() {
    let mut orphan = stored([paid(100), in_all(10), refund("r1", 10, RefundWord::Succeeded)]);
    let before = orphan.clone();
    let later = Says::Paid {
        trade_no: trade_no(),
        amount: cny(100),
        paid_at: Time::FIRST.plus(till_domain::time::Seconds(9)),
        buyer: None,
    };
    let other_account = by("other", refund("r1", 10, RefundWord::Succeeded));
    for known in [heard(later), heard(in_all(9)), heard(in_all(10)), other_account] {
        assert!(!orphan.hear(&known), "{known:?}");
    }
    assert_eq!(orphan, before);
    assert!(orphan.hear(&heard(in_all(30))));
    assert_eq!((orphan.later.len(), orphan.back()), (2, Some(cny(30))));
    assert!(orphan.hear(&by("other", paid(100))), "another account of ours announces it too");
    assert!(orphan.hear(&heard(refund("r1", 10, RefundWord::Failed))));
    assert_eq!(orphan.later.len(), 4);
}

#[test]
fn reports_beyond_the_limit_become_money_back_by_an_unknown_amount() {
    let mut orphan = stored([paid(100)]);
    for n in 0..MOST_LATER_REPORTS {
        assert!(orphan.hear(&heard(refund(&format!("r{n}"), 1, RefundWord::Processing))));
    }
    assert!(orphan.hear(&heard(refund("rx", 1, RefundWord::Processing))));
    assert_eq!(orphan.later.len(), MOST_LATER_REPORTS + 1);
    assert_eq!(orphan.later.last().unwrap().report.says, Says::BackUnclear { trade_no: trade_no() });
    assert!(!orphan.hear(&heard(refund("ry", 1, RefundWord::Processing))));
    assert!(orphan.is_open());
}

#[test]
fn orphan_is_open_until_a_person_decides_or_all_of_it_is_back() {
    use RefundWord::{Failed, Processing, Succeeded};
    for (says, back, state) in [
        (vec![paid(100)], Some(0), OrphanStatus::Open),
        (vec![paid(100), in_all(99)], Some(99), OrphanStatus::Open),
        (vec![paid(100), in_all(100)], Some(100), OrphanStatus::Returned),
        (vec![in_all(100), paid(100)], Some(100), OrphanStatus::Returned),
        (vec![paid(100), in_all(250)], Some(100), OrphanStatus::Returned),
        (vec![in_all(100)], None, OrphanStatus::Open),
        (vec![paid(100), refund("r1", 100, Processing)], Some(0), OrphanStatus::Open),
        (vec![paid(100), refund("r1", 40, Succeeded), refund("r2", 60, Succeeded)], Some(100), OrphanStatus::Returned),
        (vec![paid(100), refund("r1", 100, Succeeded), refund("r1", 100, Failed)], Some(0), OrphanStatus::Open),
        (vec![paid(100), dispute(DisputeState::Opened)], Some(0), OrphanStatus::Open),
        (vec![dispute(DisputeState::Lost), paid(100)], Some(100), OrphanStatus::Returned),
        (vec![paid(100), Says::BackUnclear { trade_no: trade_no() }], Some(0), OrphanStatus::Open),
    ] {
        let orphan = stored(says.clone());
        assert_eq!((orphan.back(), orphan.status()), (back.map(cny), state), "{says:?}");
    }
    let (who, why) = (UserId::parse("ann").unwrap(), Reason::parse("paid by hand").unwrap());
    let (key, request) = (Fingerprint(1), Fingerprint(2));
    let closing = Closing { by: who.clone(), reason: why.clone(), at: Time::FIRST, key, request };
    let closed = StoredOrphan { closing: Some(closing), ..stored([paid(100)]) };
    assert_eq!((closed.status(), closed.is_open()), (OrphanStatus::Closed, false));
    let settlement = Settlement { order: OrderNo::mint(Time::FIRST, 1), by: who, reason: why, at: Time::FIRST };
    let settled = StoredOrphan { settlement: Some(settlement), ..closed };
    assert_eq!((settled.status(), settled.is_open()), (OrphanStatus::Settled, false));
}

#[test]
fn words_of_states_are_stable() {
    assert_eq!(OrphanStatus::ALL.map(OrphanStatus::as_str), ["open", "settled", "closed", "returned"]);
}
