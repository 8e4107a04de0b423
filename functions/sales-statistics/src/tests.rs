//! Sample events, played against a shop in memory. That the figures are right is proved in tests/contract.

use serde_json::json;
use till_app::ports::Alarm;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{Decline, Report, Says};
use till_domain::provider::Method;
use till_memory::flows::settle;
use till_memory::{CallKind, Fault};
use till_shop::plain::{wait, within};
use till_shop::{Answered, Event, Shop, table};

use super::*;

const DAY: u32 = 86_400;

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = SalesStatistics::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

fn run(shop: &Shop) -> Answer {
    let function = SalesStatistics::read(&shop.environment()).unwrap();
    wait(function.on_schedule(&shop.ports(), within(ROLL_UP_BUDGET, shop.now())))
}

fn days() -> Event {
    Event::read("sales-statistics.days")
}

/// An order that is paid two minutes after it was made, and granted five seconds later; and one that nobody paid.
fn shop() -> Shop {
    let shop = Shop::new();
    let no = shop.order("u1", "membership", "1", Method::WechatNative);
    shop.pass(120);
    shop.pay(no);
    shop.pass(5);
    shop.grant(no);
    shop.order("u2", "points", "1", Method::StripeCheckout);
    shop
}

#[test]
fn code_agrees_with_its_row_and_every_sample_is_played() {
    let routes: Vec<String> = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    table::has_routes("sales-statistics", &routes, TIME_BUDGET);
    table::all_played("sales-statistics", &[include_str!("tests.rs")]);
    let row = table::row("sales-statistics");
    assert!(row["timeout_seconds"].as_u64().unwrap() > ROLL_UP_BUDGET.as_secs());
    assert_eq!((&row["triggers"][1]["kind"], &row["triggers"][1]["rate_minutes"]), (&json!("schedule"), &json!(60)));
    till_shop::plain::sample("sales-statistics.schedule");
}

#[test]
fn today_is_counted_when_it_is_asked_for() {
    let shop = shop();
    let answer = play(&shop, &days()).json();
    assert_eq!((&answer["from"], &answer["to"]), (&json!("2024-12-31"), &json!("2025-01-01")));
    assert_eq!((&answer["time_zone"], &answer["is_complete"]), (&json!("+08:00"), &json!(true)));
    let (empty, today) = (&answer["days"][0], &answer["days"][1]);
    assert_eq!((&empty["created"], &empty["success_rate"], &empty["buyers"]), (&json!(0), &json!(null), &json!(0)));
    assert_eq!(empty["time_to_pay"], json!({"p50_seconds": null, "p95_seconds": null}));
    assert_eq!((&empty["by_currency"], &empty["by_method"]), (&json!([]), &json!([])));
    assert_eq!((&today["created"], &today["paid"], &today["pending"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!((&today["is_rolled_up"], &today["counted_at"]), (&json!(false), &json!("2025-01-01T12:02:05+08:00")));
    assert_eq!(
        (&today["success_rate"], &today["refund_rate"], &today["buyers"]),
        (&json!(1.0), &json!(0.0), &json!(1))
    );
    assert_eq!(today["time_to_grant"], json!({"p50_seconds": 5, "p95_seconds": 5}));
    let wechat = &today["by_method"][0];
    assert_eq!((&wechat["provider"], &wechat["method"]), (&json!("wechat"), &json!("wechat_native")));
    let kept = json!({"payments": 1, "amount": {"amount": 99.0, "amount_minor": 9900}, "back": {"amount": 0.0, "amount_minor": 0}});
    assert_eq!(wechat["money"]["kept"], kept);
    assert_eq!(answer["totals"]["created"], json!(2));
    let body = play(&shop, &days()).body().to_owned();
    assert!(body.contains(r#""success_rate":1.0000"#) && body.contains(r#""amount":99.00"#), "{body}");
}

#[test]
fn night_rolls_up_the_days_before_once_and_they_are_read_from_there() {
    let shop = shop();
    shop.pass(DAY);
    assert_eq!(run(&shop), Answer { counted: ROLLED_UP_DAYS, orders: 2, ..Answer::default() });
    assert_eq!(run(&shop), Answer { known: ROLLED_UP_DAYS, ..Answer::default() });
    let before = shop.seen(CallKind::LoadOrders);
    let answer = play(&shop, &Event::read("sales-statistics.range")).json();
    assert_eq!(shop.seen(CallKind::LoadOrders), before, "no order is read");
    let day = &answer["days"][1];
    assert_eq!((&day["is_rolled_up"], &day["created"]), (&json!(true), &json!(2)));
    assert_eq!(day["counted_at"], json!("2025-01-02T12:02:05+08:00"));
    // The next night sees what became of the second order.
    shop.pass(DAY);
    assert_eq!(run(&shop).counted, ROLLED_UP_DAYS);
}

#[test]
fn day_that_gets_no_answer_fails_the_run_and_the_next_one_counts_it() {
    for kind in [CallKind::SaveStatistics, CallKind::ListNumbers] {
        let shop = shop();
        shop.pass(DAY);
        shop.memory.faults(|faults| faults.plan(kind, 3, Fault::Before));
        let answer = run(&shop);
        assert_eq!((answer.counted, answer.failed), (ROLLED_UP_DAYS - 1, true), "the others are counted");
        assert_eq!(answer.or_failure(), Err(NotRolledUp));
        let next = run(&shop);
        assert_eq!(next, Answer { counted: 1, known: ROLLED_UP_DAYS - 1, orders: next.orders, ..Answer::default() });
        assert_eq!(next.or_failure(), Ok(next));
    }
}

#[test]
fn run_that_cannot_read_what_is_counted_already_fails() {
    let shop = shop();
    shop.pass(DAY);
    shop.memory.faults(|faults| faults.plan(CallKind::LoadStatistics, 1, Fault::Before));
    assert_eq!(run(&shop).or_failure(), Err(NotRolledUp));
}

#[test]
fn order_that_cannot_be_read_is_said_and_stops_no_day() {
    let shop = shop();
    let broken = shop.memory.tables(|tables| {
        let broken = *tables.orders.keys().next().unwrap();
        tables.stuck_orders.insert(broken);
        broken
    });
    let today = &play(&shop, &days()).json()["days"][1];
    assert_eq!((&today["created"], &today["unreadable"], &today["is_complete"]), (&json!(1), &json!(1), &json!(false)));
    shop.pass(DAY);
    shop.order("u3", "points", "1", Method::AlipayQr);
    let done = Answer { counted: ROLLED_UP_DAYS, orders: 2, unreadable: 1, ..Answer::default() };
    assert_eq!(run(&shop), done, "the days before it are counted");
    let answer = play(&shop, &days()).json();
    let (day, today) = (&answer["days"][0], &answer["days"][1]);
    assert_eq!((&day["is_rolled_up"], &day["unreadable"], &day["created"]), (&json!(true), &json!(1), &json!(1)));
    assert_eq!((&today["unreadable"], &today["is_complete"]), (&json!(0), &json!(true)));
    assert_eq!((&answer["totals"]["unreadable"], &answer["is_complete"]), (&json!(1), &json!(false)));
    // It can be read again, and the next night counts it.
    shop.memory.tables(|tables| tables.stuck_orders.remove(&broken));
    shop.pass(DAY);
    assert_eq!(run(&shop).unreadable, 0);
    let day = &play(&shop, &Event::read("sales-statistics.range")).json()["days"][1];
    assert_eq!((&day["created"], &day["unreadable"], &day["is_complete"]), (&json!(2), &json!(0), &json!(true)));
}

#[test]
fn days_whose_abandoned_orders_may_be_gone_are_not_counted_anew() {
    let shop = shop().set("ABANDONED_DAYS", "8");
    shop.pass(DAY);
    assert_eq!(run(&shop).counted, 7);
}

#[test]
fn store_without_an_answer_is_unavailable() {
    for kind in [CallKind::LoadStatistics, CallKind::ListNumbers, CallKind::LoadOrders] {
        let shop = shop();
        shop.memory.faults(|faults| faults.plan(kind, 1, Fault::Before));
        play(&shop, &days()).is_problem(503, "unavailable");
    }
}

#[test]
fn only_admins_may_read() {
    let shop = shop();
    play(&shop, &Event::read("sales-statistics.by-a-user")).is_problem(403, "forbidden");
    play(&shop, &days().token("TOKEN_OF_A_SERVICE")).is_problem(403, "forbidden");
    play(&shop, &days().without("authorization")).is_problem(401, "unauthenticated");
    play(&shop, &days().method("POST")).is_problem(405, "method_not_allowed");
}

#[test]
fn range_has_its_limits() {
    let shop = shop();
    for (query, from, to, count) in [
        ("", "2024-12-03", "2025-01-01", 30),
        ("days=1", "2025-01-01", "2025-01-01", 1),
        ("days=92", "2024-10-02", "2025-01-01", 92),
        ("from=2024-12-31", "2024-12-31", "2025-01-01", 2),
        ("to=2024-12-31", "2024-12-02", "2024-12-31", 30),
        ("from=2024-10-02&to=2025-01-01", "2024-10-02", "2025-01-01", 92),
    ] {
        let answer = play(&shop, &days().query(query)).json();
        let range = (answer["from"].as_str(), answer["to"].as_str(), answer["days"].as_array().unwrap().len());
        assert_eq!(range, (Some(from), Some(to), count), "{query}");
    }
    for (query, field) in [
        ("days=0", "days"),
        ("days=93", "days"),
        ("days=%2B5", "days"),
        ("days=x", "days"),
        ("days=3&from=2025-01-01", "days"),
        ("from=2025-02-01", "from"),
        ("from=2024-10-01", "from"),
        ("from=yesterday", "from"),
        ("to=2025-01-02", "to"),
        ("to=2025-1-1", "to"),
        ("month=1", "month"),
    ] {
        play(&shop, &days().query(query)).is_bad_field(field);
    }
}

fn alarms(shop: &Shop) -> Vec<(String, String)> {
    let of = |alarm: &Alarm| (alarm.word.to_string(), alarm.subject.clone());
    shop.memory.tables(|tables| std::mem::take(&mut tables.other_alarms).iter().map(of).collect())
}

/// Orders whose payment was declined, and whose buyers left then.
fn failed_orders(shop: &Shop, count: usize, method: Method) {
    for _ in 0..count {
        let no = shop.order("u1", "points", "1", method);
        shop.hears(no, Says::Declined(Decline::InsufficientFunds));
    }
}

fn paid_orders(shop: &Shop, count: usize, method: Method) -> Vec<OrderNo> {
    let pay = |_| {
        let no = shop.order("u1", "points", "1", method);
        shop.pay(no);
        no
    };
    (0..count).map(pay).collect()
}

fn pair(word: &str, subject: &str) -> (String, String) {
    (word.to_owned(), subject.to_owned())
}

#[test]
fn failure_rate_of_one_provider_is_told_while_it_lasts_and_once_after_midnight() {
    let shop = Shop::new().set("ALARM_LEAST_ORDERS", "3");
    paid_orders(&shop, 30, Method::WechatNative);
    paid_orders(&shop, 2, Method::StripeCheckout);
    failed_orders(&shop, 1, Method::StripeCheckout);
    let stripe = [pair("failure_rate", "stripe")];
    for _ in 0..2 {
        assert_eq!(run(&shop).alarms, 1);
        assert_eq!(alarms(&shop), stripe, "the others do not hide it");
    }
    // It is noon. The day ends after twelve hours.
    shop.pass(13 * 3_600);
    run(&shop);
    assert_eq!(alarms(&shop), stripe, "the whole of yesterday");
    shop.pass(3_600);
    run(&shop);
    assert!(alarms(&shop).is_empty());
}

#[test]
fn abandoned_orders_are_no_failures() {
    let shop = Shop::new().set("ALARM_LEAST_ORDERS", "1");
    paid_orders(&shop, 2, Method::WechatNative);
    for _ in 0..10 {
        shop.order("u2", "points", "1", Method::WechatNative);
    }
    assert_eq!(run(&shop).alarms, 0);
    shop.pass(2 * 3_600);
    assert_eq!(run(&shop).alarms, 0);
}

#[test]
fn refund_rate_is_that_of_all_orders() {
    let shop = Shop::new().set("ALARM_LEAST_ORDERS", "2").set("ALARM_REFUND_RATE_PERCENT", "50");
    let paid = [Method::WechatNative, Method::StripeCheckout].map(|method| paid_orders(&shop, 1, method)[0]);
    let give_back = |no: OrderNo| {
        let order = shop.stored(no);
        let payment = order.kept().unwrap();
        shop.hears(no, Says::BackInAll { trade_no: payment.trade_no.clone(), amount: payment.amount });
    };
    give_back(paid[0]);
    run(&shop);
    assert!(alarms(&shop).is_empty(), "exactly half of them");
    give_back(paid[1]);
    run(&shop);
    assert_eq!(alarms(&shop), [pair("refund_rate", "all")]);
}

/// A payment that a question finds so many seconds after it was made.
fn found_by_asking(shop: &Shop, seconds: u32) {
    let no = shop.order("u1", "points", "1", Method::AlipayQr);
    let order = shop.stored(no);
    let says = shop.paid(&format!("A{}", shop.orders()), order.sold.price);
    shop.pass(seconds);
    let account = order.attempts[0].account.clone();
    let report = Report { attempt: AttemptNo::FIRST, account, asked_at: Some(shop.now()), says };
    wait(settle(&shop.ports(), no.payment(AttemptNo::FIRST), &[report])).unwrap();
}

#[test]
fn account_whose_payments_are_found_by_asking_only_is_told() {
    let shop = Shop::new();
    paid_orders(&shop, 1, Method::AlipayQr);
    shop.pass(1);
    for nth in 1..=4 {
        found_by_asking(&shop, 120);
        run(&shop);
        assert!(alarms(&shop).is_empty(), "{nth}");
    }
    // A page that waits asks at once, and says nothing of notifications.
    found_by_asking(&shop, 119);
    run(&shop);
    assert!(alarms(&shop).is_empty(), "found by a page");
    found_by_asking(&shop, 120);
    paid_orders(&shop, 1, Method::WechatNative);
    run(&shop);
    assert_eq!(alarms(&shop), [pair("no_callbacks", "alipay:main")], "whatever comes of other accounts");
    shop.pass(1);
    paid_orders(&shop, 1, Method::AlipayQr);
    run(&shop);
    assert!(alarms(&shop).is_empty(), "they arrive again");
}

#[test]
fn rates_that_cannot_be_read_and_alarms_that_are_lost_do_not_stop_the_count() {
    let shop = Shop::new().set("ALARM_LEAST_ORDERS", "1");
    failed_orders(&shop, 1, Method::WechatNative);
    shop.fail(CallKind::Raise, Fault::Before);
    let answer = run(&shop);
    assert_eq!((answer.alarms, answer.failed, answer.counted), (0, false, ROLLED_UP_DAYS));
    shop.pass(DAY);
    shop.fail(CallKind::ListNumbers, Fault::Before);
    let answer = run(&shop);
    assert_eq!((answer.failed, answer.counted), (true, ROLLED_UP_DAYS));
}
