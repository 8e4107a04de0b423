//! Items that are only added: every record, each orphan once, and strays at most once a minute.

use till_app::ports::{
    CallbackAudit, Cause, KeepOrphan as _, KeepRecord as _, KeepRejected as _, LoadOrder as _, Orphan, Outcome, Record,
    RejectedCallback, SettleOrphan as _, Settlement, Unavailable,
};
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{Fulfilment, Report, Says, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::{Reason, TradeNo, UserId};
use till_domain::time::{Seconds, Time};

use crate::fixture::{account, number, price, start};
use crate::tested_store::TestedStore;

fn record(no: OrderNo) -> Record {
    let outcome = Outcome::Changed(Status::Pending, Fulfilment::None);
    Record {
        order: no,
        at: start(),
        cause: Cause::Command,
        account: None,
        outcome,
        callback: None,
        by: None,
        remedy: None,
    }
}

pub async fn records_add_up_and_store_no_order(tested: &impl TestedStore) {
    let no = number(1);
    for n in 0..3 {
        assert_eq!(tested.records(no).await, n);
        tested.store().keep_record(record(no)).await;
    }
    assert_eq!((tested.records(no).await, tested.records(number(2)).await), (3, 0));
    assert_eq!(tested.store().load_order(no).await, Ok(None), "telling of an order does not store it");
}

pub async fn every_kind_of_record_is_kept(tested: &impl TestedStore) {
    let no = number(1);
    let callback = |facts| CallbackAudit { from: "203.0.113.9".to_owned(), hash: "ab".repeat(32), facts };
    let long = callback(vec![("trade_no", "4".repeat(64)), ("name", "一".repeat(2_000))]);
    let rows = [
        (Cause::Pushed, Outcome::Changed(Status::Paid, Fulfilment::Granted), Some(callback(Vec::new()))),
        (Cause::Pushed, Outcome::Refused(Refusal::OrderNotFound), Some(long)),
        (Cause::Asked, Outcome::Unanswered, None),
        (Cause::Task, Outcome::ProviderRefused, None),
        (Cause::Sweep, Outcome::Refused(Refusal::AmountTooSmall { least: price() }), None),
    ];
    let kept = rows.len();
    for (cause, outcome, callback) in rows {
        tested.store().keep_record(Record { cause, outcome, callback, account: Some(account()), ..record(no) }).await;
    }
    assert_eq!(tested.records(no).await, kept);
}

pub async fn orphan_is_kept_once_and_never_deleted(tested: &impl TestedStore) {
    let later = start().plus(Seconds(60));
    let mut other_word = orphan("T1", later);
    other_word.report.says = Says::BackUnclear { trade_no: other_word.trade_no.clone() };
    let other_number = Orphan { number: "PAY-2020".to_owned(), ..orphan("T1", later) };
    let mut other_provider = orphan("T1", later);
    other_provider.report.account.provider = Provider::Stripe;
    let other_trade = orphan("T2", later);
    let first = orphan("T1", start());
    for orphan in [&first, &orphan("T1", later), &other_word, &other_number, &other_provider, &other_trade] {
        assert_eq!(tested.store().keep_orphan(orphan).await, Ok(None));
    }
    tested.pass(Seconds::days(20_000));
    tested.purge().await;
    assert_eq!(tested.orphans().await, ["stripe T1", "wechat T1", "wechat T2"]);
}

pub async fn orphan_is_settled_once(tested: &impl TestedStore) {
    let store = tested.store();
    let (kept, provider) = (orphan("T1", start()), account().provider);
    let other = TradeNo::parse("T2").unwrap();
    let settlement = |n| Settlement {
        order: number(n),
        by: UserId::parse("ann").unwrap(),
        reason: Reason::parse("the buyer wrote").unwrap(),
        at: start(),
    };
    assert_eq!(store.settle_orphan(provider, &kept.trade_no, &settlement(1)).await, Err(Unavailable));
    assert_eq!(store.load_orphan(provider, &kept.trade_no).await, Ok(None));
    assert_eq!(store.keep_orphan(&kept).await, Ok(None));
    for (asked, stored) in [(1, 1), (2, 1), (1, 1)] {
        let settled = store.settle_orphan(provider, &kept.trade_no, &settlement(asked)).await;
        assert_eq!(settled, Ok(settlement(stored)));
    }
    let stored = store.load_orphan(provider, &kept.trade_no).await.unwrap().unwrap();
    assert_eq!((&stored.orphan, stored.payment()), (&kept, Some(&kept.report)));
    assert_eq!(stored.settlement, Some(settlement(1)));
    assert_eq!(store.keep_orphan(&orphan("T1", start().plus(Seconds(60)))).await, Ok(Some(number(1))));
    assert_eq!(store.load_orphan(provider, &other).await, Ok(None));
    assert_eq!(store.load_orphan(Provider::Stripe, &kept.trade_no).await, Ok(None));
}

fn orphan(trade_no: &str, at: Time) -> Orphan {
    let trade_no = TradeNo::parse(trade_no).unwrap();
    let says = Says::Paid { trade_no: trade_no.clone(), amount: price(), paid_at: start(), buyer: None };
    let report = Report { attempt: AttemptNo::FIRST, account: account(), asked_at: None, says };
    Orphan { number: number(1).payment(AttemptNo::FIRST).to_string(), trade_no, report, at }
}

pub async fn rejected_callbacks_are_kept_once_a_minute(tested: &impl TestedStore) {
    let stray = |account: &str, reason, seconds| RejectedCallback {
        provider: Provider::WeChat,
        account: account.to_owned(),
        reason,
        from: "203.0.113.9".to_owned(),
        length: 900,
        hash: "ab".repeat(32),
        at: start().plus(Seconds(seconds)),
    };
    let steps = [
        (stray("main", "bad_signature", 0), 1),
        (stray("main", "bad_signature", 59), 1),
        (stray("main", "too_old", 59), 2),
        (stray("other", "too_old", 59), 3),
        (stray("main", "bad_signature", 60), 4),
        (RejectedCallback { length: 1, from: "203.0.113.10".to_owned(), ..stray("main", "bad_signature", 61) }, 4),
    ];
    for (stray, kept) in steps {
        tested.store().keep_rejected(&stray).await;
        assert_eq!(tested.strays().await, kept, "{stray:?}");
    }
}
