//! Items that are never taken away: every record, each orphan with all that was reported of it, and strays at most once a minute.

use futures_util::future::join_all;
use till_app::ports::{
    CallbackAudit, Cause, Closing, DecideOrphan as _, KeepOrphan as _, KeepRecord as _, KeepRejected as _, LaterReport,
    LoadOrder as _, LoadOrphan as _, Orphan, Outcome, Record, RejectedCallback, Settlement, StoredOrphan, Unavailable,
};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{Fingerprint, Fulfilment, RefundId, RefundWord, Report, Says, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::{OutsideRefundNo, Reason, TradeNo, UserId};
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

pub async fn reports_of_an_orphan_are_kept_together_and_never_deleted(tested: &impl TestedStore) {
    let later = start().plus(Seconds(60));
    let mut other_word = orphan("T1", later);
    other_word.report.says = Says::BackUnclear { trade_no: other_word.trade_no.clone() };
    let other_number = Orphan { number: "PAY-2020".to_owned(), ..orphan("T1", later) };
    let mut other_provider = orphan("T1", later);
    other_provider.report.account.provider = Provider::Stripe;
    let other_trade = orphan("T2", later);
    let first = orphan("T1", start());
    let alone = |orphan: &Orphan| StoredOrphan::new(orphan.clone());
    let second = LaterReport { report: other_word.report.clone(), at: later };
    let both = StoredOrphan { later: vec![second], ..alone(&first) };
    for (orphan, stored) in [
        (&first, alone(&first)),
        (&orphan("T1", later), alone(&first)),
        (&other_word, both.clone()),
        (&other_word, both.clone()),
        (&other_number, both),
        (&other_provider, alone(&other_provider)),
        (&other_trade, alone(&other_trade)),
    ] {
        assert_eq!(tested.store().keep_orphan(orphan).await, Ok(stored), "{orphan:?}");
    }
    tested.pass(Seconds::days(20_000));
    tested.purge().await;
    assert_eq!(tested.orphans().await, ["stripe T1", "wechat T1", "wechat T2"]);
}

pub async fn first_decision_about_an_orphan_stands(tested: &impl TestedStore) {
    let (store, provider) = (tested.store(), account().provider);
    let trade = |text: &str| TradeNo::parse(text).unwrap();
    let (by, reason) = (UserId::parse("ann").unwrap(), Reason::parse("the buyer wrote").unwrap());
    let settlement = |n| Settlement { order: number(n), by: by.clone(), reason: reason.clone(), at: start() };
    let closing = |n| Closing {
        by: by.clone(),
        reason: reason.clone(),
        at: start(),
        key: Fingerprint(n),
        request: Fingerprint(u128::MAX),
    };
    assert_eq!(store.settle_orphan(provider, &trade("T1"), &settlement(1)).await, Err(Unavailable));
    assert_eq!(store.close_orphan(provider, &trade("T1"), &closing(1)).await, Err(Unavailable));
    assert_eq!(store.load_orphan(provider, &trade("T1")).await, Ok(None));
    let stored =
        |text, settlement, closing| StoredOrphan { settlement, closing, ..StoredOrphan::new(orphan(text, start())) };
    for text in ["T1", "T2"] {
        assert_eq!(store.keep_orphan(&orphan(text, start())).await, Ok(stored(text, None, None)));
    }
    let settled = stored("T1", Some(settlement(1)), None);
    for asked in [1, 2] {
        assert_eq!(
            store.settle_orphan(provider, &trade("T1"), &settlement(asked)).await,
            Ok(settled.clone()),
            "{asked}"
        );
    }
    assert_eq!(store.close_orphan(provider, &trade("T1"), &closing(1)).await, Ok(settled.clone()));
    let closed = stored("T2", None, Some(closing(1)));
    for asked in [1, 2] {
        assert_eq!(store.close_orphan(provider, &trade("T2"), &closing(asked)).await, Ok(closed.clone()), "{asked}");
    }
    assert_eq!(store.settle_orphan(provider, &trade("T2"), &settlement(1)).await, Ok(closed.clone()));
    for (text, stored) in [("T1", &settled), ("T2", &closed)] {
        assert_eq!(store.load_orphan(provider, &trade(text)).await.as_ref(), Ok(&Some(stored.clone())));
    }
    // The order of a settled one has what comes later; of a closed one it is still kept here.
    let mut news = orphan("T1", start().plus(Seconds(60)));
    news.report.says = Says::BackUnclear { trade_no: trade("T1") };
    assert_eq!(store.keep_orphan(&news).await, Ok(settled));
    let report = Report { says: Says::BackUnclear { trade_no: trade("T2") }, ..news.report };
    let later = vec![LaterReport { report: report.clone(), at: news.at }];
    let news = Orphan { trade_no: trade("T2"), report, ..news };
    assert_eq!(store.keep_orphan(&news).await, Ok(StoredOrphan { later, ..closed }));
    assert_eq!(store.load_orphan(Provider::Stripe, &trade("T1")).await, Ok(None));
}

/// Of reports that come at the same time none is lost.
pub async fn reports_of_an_orphan_at_the_same_time_are_all_kept(tested: &impl TestedStore) {
    let store = tested.store();
    store.keep_orphan(&orphan("T1", start())).await.unwrap();
    let said = |amount| {
        let mut said = orphan("T1", start());
        let id = RefundId::Theirs(OutsideRefundNo::parse(&format!("r{amount}")).unwrap());
        let amount = Money::new(amount, Currency::CNY).unwrap();
        said.report.says = Says::Refund { id, trade_no: said.trade_no.clone(), amount, word: RefundWord::Succeeded };
        said
    };
    let reports = [said(1), said(2), said(3)];
    let kept = join_all(reports.iter().map(|report| store.keep_orphan(report))).await;
    assert!(kept.iter().all(Result::is_ok), "{kept:?}");
    let stored = store.load_orphan(account().provider, &TradeNo::parse("T1").unwrap()).await.unwrap().unwrap();
    assert_eq!((stored.later.len(), stored.back().unwrap().minor()), (3, 6));
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
