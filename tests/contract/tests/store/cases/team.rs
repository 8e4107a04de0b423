//! The team's lists: all orders by day, payments by trade number, orders on hold, and what is kept for people.

use till_app::caller::{Caller, Role};
use till_app::ports::{
    CallbackAudit, Cause, Change, Closing, Command, DecideOrphan as _, FindTrade as _, HeldOrder, KeepOrphan as _,
    KeepRecord as _, KeepRejected as _, Kept, KeptRecord, ListHeld as _, ListNumbers as _, ListOrphans as _,
    ListRecords as _, ListRejected as _, ListedProduct, LoadOrders as _, LoadedOrders, Noted, Notes, Orphan,
    OrphanStatus, Outcome, Record, RejectedCallback, Settlement, StoredOrphan, TeamSubject,
};
use till_app::setup::save_product;
use till_domain::currency::Currency;
use till_domain::day::{Day, Days};
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::Money;
use till_domain::order::{
    Decision, DisputeState, Fingerprint, Fulfilment, HoldWord, May, Order, RefundId, RefundWord, Report, Resolution,
    Says, Status,
};
use till_domain::provider::{Account, Provider};
use till_domain::refusal::Refusal;
use till_domain::text::{Buyer, DisputeNo, OutsideRefundNo, Reason, TradeNo, UserId};
use till_domain::time::{Seconds, Time};

use crate::fixture::{
    account, account_at, next, number, order, order_of, over, paid, points, price, reason, report, save, service,
    start, user,
};
use crate::tested_store::TestedStore;

fn trade(text: &str) -> TradeNo {
    TradeNo::parse(text).unwrap()
}

fn paid_by(text: &str, amount: Money) -> Says {
    Says::Paid { trade_no: trade(text), amount, paid_at: start(), buyer: None }
}

/// Every number of these days, page by page, and how many pages that took.
async fn numbers(tested: &impl TestedStore, days: Days, most: usize) -> (Vec<OrderNo>, usize) {
    let (mut all, mut before, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = tested.store().list_numbers(days, before, most).await.unwrap();
        assert!(page.numbers.len() <= most, "{} of {most}", page.numbers.len());
        all.extend(page.numbers);
        pages += 1;
        assert!(pages < 200, "it never ends");
        match page.next {
            None => return (all, pages),
            next => before = next,
        }
    }
}

pub async fn orders_of_days_are_listed_newest_first_in_pages(tested: &impl TestedStore) {
    let today = Day::of(start());
    let mut made: Vec<(Day, OrderNo)> = Vec::new();
    // The last second of a day, its first one, and days so far apart that one page does not reach over them.
    for (day, orders) in [(today, 60), (today.minus(1), 1), (today.minus(2), 30), (today.minus(40), 7)] {
        for n in 0..orders {
            let at = if n == 0 { day.end().minus(Seconds(1)) } else { day.start().plus(Seconds(n / 2)) };
            let order = order_of(user(), at, made.len().try_into().unwrap());
            save(tested.store(), &[&order]).await;
            made.push((day, order.no));
        }
    }
    made.sort_unstable_by_key(|(_, no)| std::cmp::Reverse(*no));
    let of = |days: Days| -> Vec<OrderNo> {
        let inside = made.iter().filter(|(day, _)| days.first <= *day && *day <= days.last);
        inside.map(|(_, no)| *no).collect()
    };
    let ranges = [
        Days { first: today.minus(60), last: today.plus(3) },
        Days { first: today.minus(40), last: today.minus(2) },
        Days::one(today),
        Days::one(today.minus(1)),
        Days::one(today.minus(9)),
        Days { first: today, last: today.minus(1) },
    ];
    for days in ranges {
        for most in [1_000, 60, 25, 1] {
            let (found, _) = numbers(tested, days, most).await;
            assert!(found == of(days), "{days:?} in pages of {most}: {} orders", found.len());
        }
    }
    let page = tested.store().list_numbers(Days::one(today), Some(made[9].1), 5).await.unwrap();
    assert_eq!(page.numbers, made[10..15].iter().map(|(_, no)| *no).collect::<Vec<_>>(), "older than that order");
}

pub async fn orders_are_loaded_newest_first_without_those_that_are_gone(tested: &impl TestedStore) {
    let mut made: Vec<Order> = Vec::new();
    for n in 0..120 {
        let bought = paid(&order_of(user(), start().plus(Seconds(n)), n.into()));
        save(tested.store(), &[&order_of(user(), start().plus(Seconds(n)), n.into()), &bought]).await;
        made.insert(0, bought);
    }
    let abandoned = order(1_000);
    save(tested.store(), &[&abandoned, &over(&abandoned)]).await;
    tested.pass(Seconds::days(91));
    let mut asked: Vec<OrderNo> = made.iter().rev().map(|order| order.no).collect();
    asked.extend([abandoned.no, number(2_000), made[3].no]);
    assert_eq!(tested.store().load_orders(&asked).await, Ok(LoadedOrders { orders: made, unreadable: Vec::new() }));
    assert_eq!(tested.store().load_orders(&[]).await, Ok(LoadedOrders::default()));
}

pub async fn every_payment_leads_to_its_order(tested: &impl TestedStore) {
    let find = async |provider, text: &str| tested.store().find_trade(provider, &trade(text)).await.unwrap();
    let first = order(1);
    save(tested.store(), &[&first]).await;
    assert_eq!(find(Provider::WeChat, "T1").await, [], "it is not paid");
    let once = paid(&first);
    let mut twice = once.clone();
    for other in ["T2", "T#3 of 4".split(' ').next().unwrap()] {
        assert!(twice.settle(&report(paid_by(other, price())), start()));
    }
    twice.claim(start(), May::All);
    save(tested.store(), &[&once]).await;
    assert_eq!(find(Provider::WeChat, "T1").await, [first.no]);
    assert_eq!(find(Provider::WeChat, "T2").await, []);
    save(tested.store(), &[&twice, &next(&twice, start())]).await;
    for text in ["T1", "T2", "T#3"] {
        assert_eq!(find(Provider::WeChat, text).await, [first.no], "{text}");
        assert_eq!(find(Provider::Alipay, text).await, [], "{text} of another provider");
    }
    assert_eq!(find(Provider::WeChat, "T").await, [], "the whole number counts");
}

/// The order after a payment of a wrong amount.
fn odd(order: &Order, text: &str) -> Order {
    let mut odd = order.clone();
    assert!(odd.settle(&report(paid_by(text, Money::new(1, Currency::CNY).unwrap())), start()));
    odd.claim(start(), May::All);
    odd
}

pub async fn held_orders_are_listed_by_the_time_they_wait(tested: &impl TestedStore) {
    let held = async |after, most| tested.store().list_held(after, most).await.unwrap();
    let (first, second, third) = (odd(&order(3), "T3"), odd(&order(1), "T1"), odd(&order(2), "T2"));
    save(tested.store(), &[&order(1), &order(2), &order(3)]).await;
    assert_eq!(held(None, 10).await, []);
    save(tested.store(), &[&first]).await;
    tested.pass(Seconds(100));
    save(tested.store(), &[&second, &third]).await;
    tested.pass(Seconds(100));
    // A later write does not change since when it is held.
    let later = next(&first, tested.now());
    save(tested.store(), &[&later]).await;
    let at = |seconds, no| HeldOrder { since: start().plus(Seconds(seconds)), no };
    let mut same_time = [at(100, second.no), at(100, third.no)];
    same_time.sort_unstable();
    let all = held(None, 10).await;
    let mut sorted = all.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [at(0, first.no), same_time[0], same_time[1]]);
    assert_eq!(all[0], sorted[0], "the one that waits longest comes first");
    let mut read = Vec::new();
    while let Some(one) = held(read.last().copied(), 1).await.pop() {
        read.push(one);
    }
    assert_eq!(read, all, "page by page");
    let mut decided = later;
    let resolution = Resolution {
        word: HoldWord::OddPayment,
        trade_no: None,
        decision: Decision::Return,
        amount: None,
        by: user(),
        reason: reason(),
    };
    decided.resolve(&resolution, tested.now()).unwrap();
    decided.claim(tested.now(), May::All);
    save(tested.store(), &[&decided]).await;
    let mut left = held(None, 10).await;
    left.sort_unstable();
    assert_eq!(left, same_time, "it is decided");
}

pub async fn orphans_read_back_in_pages(tested: &impl TestedStore) {
    let amount = price();
    let theirs = RefundId::Theirs(OutsideRefundNo::parse("503").unwrap());
    let refund = |trade_no, id, word| Says::Refund { id, trade_no, amount, word };
    let buyer = Some(Buyer::parse("oUpF8uMuAJO").unwrap());
    let kinds: [fn(TradeNo) -> Says; 3] = [
        |trade_no| Says::BackUnclear { trade_no },
        |trade_no| Says::BackInAll { trade_no, amount: price() },
        |trade_no| Says::Dispute {
            no: DisputeNo::parse("dp_1").unwrap(),
            trade_no,
            amount: price(),
            state: DisputeState::Opened,
        },
    ];
    let mut said = vec![
        Says::Paid { trade_no: trade("a"), amount, paid_at: start(), buyer },
        refund(trade("b"), theirs.clone(), RefundWord::Processing),
        refund(trade("c"), RefundId::Ours(RefundIndex::LAST), RefundWord::Succeeded),
    ];
    said.extend(["d", "e", "f"].iter().zip(kinds).map(|(text, kind)| kind(trade(text))));
    let words = [RefundWord::Unclear, RefundWord::NoBalance, RefundWord::Abnormal, RefundWord::Failed];
    said.extend(["g", "h", "i", "j"].iter().zip(words).map(|(text, word)| refund(trade(text), theirs.clone(), word)));
    let mut kept = Vec::new();
    for (text, says) in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].iter().zip(said) {
        let report = Report { attempt: AttemptNo::FIRST, account: account(), asked_at: Some(start()), says };
        let orphan = Orphan { number: format!("theirs-{text}"), trade_no: trade(text), report, at: start() };
        let stored = StoredOrphan::new(orphan);
        assert_eq!(tested.store().keep_orphan(&stored.orphan).await.as_ref(), Ok(&stored));
        kept.push(stored);
    }
    for most in [100, 10, 3, 1] {
        let (mut read, mut from) = (Vec::new(), None);
        loop {
            let page = tested.store().list_orphans(Provider::WeChat, from.as_deref(), most).await.unwrap();
            assert!(page.items.len() <= most);
            read.extend(page.items);
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        assert_eq!(read, kept, "in pages of {most}");
    }
    let none = tested.store().list_orphans(Provider::Stripe, None, 10).await;
    assert_eq!(none, Ok(Kept { items: Vec::new(), unreadable: Vec::new(), next: None }));
}

pub async fn open_orphans_are_listed_oldest_first_until_they_are_decided(tested: &impl TestedStore) {
    let store = tested.store();
    let orphan = |provider, text: &str, minute| {
        let says = Says::Paid { trade_no: trade(text), amount: price(), paid_at: start(), buyer: None };
        let report =
            Report { attempt: AttemptNo::FIRST, account: Account { provider, ..account() }, asked_at: None, says };
        Orphan {
            number: "theirs".to_owned(),
            trade_no: trade(text),
            report,
            at: start().plus(Seconds::minutes(minute)),
        }
    };
    let (wechat, stripe) = (Provider::WeChat, Provider::Stripe);
    for (provider, text, minute) in
        [(wechat, "late", 3), (stripe, "first", 1), (wechat, "second", 2), (wechat, "gone", 0)]
    {
        store.keep_orphan(&orphan(provider, text, minute)).await.unwrap();
    }
    let back = Says::BackInAll { trade_no: trade("gone"), amount: price() };
    let gone = orphan(wechat, "gone", 0);
    let returned = Orphan { report: Report { says: back, ..gone.report.clone() }, ..gone };
    assert_eq!(store.keep_orphan(&returned).await.unwrap().status(), OrphanStatus::Returned);
    for (most, pages) in [(10, 1), (2, 2), (1, 3)] {
        let (mut read, mut from, mut count) = (Vec::new(), None, 0);
        loop {
            let page = store.list_open_orphans(from.as_deref(), most).await.unwrap();
            read.extend(page.items.into_iter().map(|stored| stored.orphan.trade_no.to_string()));
            (from, count) = (page.next, count + 1);
            if from.is_none() {
                break;
            }
        }
        assert_eq!(read, ["first", "second", "late"], "{most} at once");
        assert!((pages..=pages + 1).contains(&count), "{count} pages of {most}");
    }
    let (by, reason, at) = (UserId::parse("ann").unwrap(), Reason::parse("seen").unwrap(), start());
    let settlement = Settlement { order: number(1), by: by.clone(), reason: reason.clone(), at };
    store.settle_orphan(stripe, &trade("first"), &settlement).await.unwrap();
    let closing = Closing { by, reason, at, key: Fingerprint(1), request: Fingerprint(2) };
    store.close_orphan(wechat, &trade("late"), &closing).await.unwrap();
    let left = store.list_open_orphans(None, 10).await.unwrap();
    assert_eq!(left.items.iter().map(|one| one.orphan.trade_no.as_str()).collect::<Vec<_>>(), ["second"]);
}

pub async fn rejected_callbacks_of_a_day_are_listed_newest_first(tested: &impl TestedStore) {
    let today = Day::of(start());
    let rejected = |n: u32, at: Time| RejectedCallback {
        provider: Provider::Alipay,
        account: format!("a{n}"),
        reason: "bad_signature",
        from: "203.0.113.9".to_owned(),
        length: 900,
        hash: "ab".repeat(32),
        at,
    };
    for n in 0..5 {
        tested.store().keep_rejected(&rejected(n, today.start().plus(Seconds(n * 60)))).await;
    }
    tested.store().keep_rejected(&rejected(9, today.end())).await;
    let list = async |day, from: Option<&str>, most| tested.store().list_rejected(day, from, most).await.unwrap();
    let first = list(today, None, 3).await;
    let second = list(today, first.next.as_deref(), 3).await;
    let accounts: Vec<&str> = first.items.iter().chain(&second.items).map(|one| one.account.as_str()).collect();
    assert_eq!(accounts, ["a4", "a3", "a2", "a1", "a0"]);
    assert_eq!(second.next, None);
    assert_eq!(first.items[0], (&rejected(4, today.start().plus(Seconds(240)))).into());
    assert_eq!(list(today.plus(1), None, 3).await.items.len(), 1);
    assert_eq!(list(today.minus(1), None, 3).await.items.len(), 0);
}

fn record(no: OrderNo, at: Time, by: Option<Caller>) -> Record {
    let outcome = Outcome::Changed(Status::Paid, Fulfilment::Queued);
    Record { order: no, at, cause: Cause::Command, account: None, outcome, callback: None, by, remedy: None }
}

pub async fn records_of_an_order_read_back_newest_first(tested: &impl TestedStore) {
    let no = number(1);
    let facts = vec![("trade_no", "4200".to_owned()), ("amount", "990".to_owned())];
    let callback = CallbackAudit { from: "203.0.113.9".to_owned(), hash: "ab".repeat(32), facts };
    let at = |n| start().plus(Seconds(n));
    let pushed = Record {
        cause: Cause::Pushed,
        account: Some(account_at(Provider::Stripe)),
        callback: Some(callback),
        ..record(no, at(1), None)
    };
    let refused = Record { outcome: Outcome::Refused(Refusal::NotPaid), ..record(no, at(2), Some(service())) };
    let unanswered = Record { cause: Cause::Sweep, outcome: Outcome::Unanswered, ..record(no, at(3), None) };
    let all = [&unanswered, &refused, &pushed];
    for one in [&refused, &pushed, &unanswered] {
        tested.store().keep_record(one.clone()).await;
    }
    tested.store().keep_record(record(number(2), at(9), None)).await;
    save(tested.store(), &[&order(1)]).await;
    let expected: Vec<KeptRecord> = all.map(KeptRecord::from).into();
    let whole = tested.store().list_records(no, None, 10).await.unwrap();
    assert_eq!(whole, Kept { items: expected.clone(), unreadable: Vec::new(), next: None });
    let first = tested.store().list_records(no, None, 2).await.unwrap();
    let rest = tested.store().list_records(no, first.next.as_deref(), 2).await.unwrap();
    assert_eq!((first.items, rest.items), (expected[..2].to_vec(), expected[2..].to_vec()));
    tested.pass(Seconds::days(500));
    tested.purge().await;
}

pub async fn commands_of_the_team_are_listed_by_day(tested: &impl TestedStore) {
    let today = Day::of(start());
    let admin = Caller::admin(user());
    let at = |n| today.start().plus(Seconds(n));
    let of_the_team = [
        // Not in the order of their orders' numbers.
        record(number(5), at(10), Some(admin.clone())),
        record(number(1), at(20), Some(service())),
        record(number(3), at(30), Some(admin.clone())),
        record(number(3), at(86_399), Some(admin.clone())),
    ];
    for one in &of_the_team {
        tested.store().keep_record(one.clone()).await;
    }
    let others = [
        record(number(1), at(15), Some(Caller { user: user(), role: Role::User })),
        record(number(1), at(16), None),
        record(number(1), today.end(), Some(admin.clone())),
        record(number(1), today.start().minus(Seconds(1)), Some(admin)),
    ];
    for one in others {
        tested.store().keep_record(one).await;
    }
    let sorted = |sort, at| {
        let change = Change { by: user(), at, reason: Some(reason()), key: None, hash: None };
        let item = ListedProduct { product: points(), sort, description: None };
        Noted { item, notes: Notes::default().with(change) }
    };
    // Between the commands about orders, and on the next day.
    let first = sorted(1, at(25));
    save_product(tested.store(), None, &first, Some(Role::Admin)).await.unwrap();
    let next_day =
        Noted { notes: first.notes.with(sorted(2, today.end()).notes.changes[0].clone()), ..sorted(2, at(0)) };
    save_product(tested.store(), Some(&first), &next_day, Some(Role::Admin)).await.unwrap();
    let mut expected: Vec<Command> = of_the_team.iter().rev().map(|one| Command::OfOrder(one.into())).collect();
    let subject = TeamSubject::Product(points().kind().clone(), points().id().clone());
    let of_product = tested.store().list_team_records(&subject, None, 10).await.unwrap().items;
    expected.insert(2, Command::Other(of_product[1].clone()));
    for most in [100, 5, 3, 1] {
        let (mut read, mut from) = (Vec::new(), None);
        loop {
            let page = tested.store().list_commands(today, from.as_deref(), most).await.unwrap();
            assert!(page.items.len() <= most);
            read.extend(page.items);
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        assert_eq!(read, expected, "in pages of {most}");
    }
    assert_eq!(tested.store().list_commands(today.plus(1), None, 10).await.unwrap().items.len(), 2);
    assert_eq!(tested.store().list_commands(today.plus(2), None, 10).await.unwrap().items.len(), 0);
}
