//! The sample event, and sweeps over many orders.

use serde_json::json;
use till_app::ports::{CallbackSubject, DisputePage, ListedDispute, Unanswered};
use till_domain::id::OrderNo;
use till_domain::order::{DisputeState, DueKind, Fulfilment, Report, Says, Status};
use till_domain::provider::Method;
use till_domain::text::DisputeNo;
use till_memory::{CallKind, Fault, ProviderCall};
use till_shop::plain::{sample, wait, within};
use till_shop::{Shop, table};

use super::*;

fn play(shop: &Shop, patience: &Patience) -> Answer {
    play_within(shop, patience, TIME_BUDGET)
}

fn play_within(shop: &Shop, patience: &Patience, budget: Duration) -> Answer {
    let event = serde_json::from_value(sample("sweep-orders.schedule")).unwrap();
    match wait(function().handle(&shop.ports(), patience, event, within(budget, shop.now()))) {
        Reply::Schedule(answer) => answer,
        Reply::Hints(answer) => panic!("{answer:?}"),
    }
}

/// The sample batch: a hint of each shard, then messages that are none. Returns those that are to be delivered again.
fn play_hints(shop: &Shop) -> Vec<String> {
    let event = serde_json::from_value(sample("sweep-orders.shards")).unwrap();
    match wait(function().handle(&shop.ports(), &Patience::default(), event, within(TIME_BUDGET, shop.now()))) {
        Reply::Hints(answer) => answer.batch_item_failures.into_iter().map(|one| one.item_identifier).collect(),
        Reply::Schedule(answer) => panic!("{answer:?}"),
    }
}

fn function() -> SweepOrders {
    SweepOrders::read(&Environment::default()).unwrap()
}

/// A sweep of a process that has looked through all disputes lately.
fn swept(answer: Answer) -> Answer {
    Answer { looked: 0, ..answer }
}

fn orders(shop: &Shop, count: usize) {
    for _ in 0..count {
        shop.order("u1", "points", "1", Method::WechatNative);
    }
}

#[test]
fn sweep_handles_the_orders_that_are_due() {
    let shop = Shop::new();
    let first = play(&shop, &Patience::default());
    assert_eq!(first, Answer { looked: 1, ..Answer::default() }, "no orders; the disputes are listed at once");
    orders(&shop, 3);
    assert_eq!(play(&shop, &Patience::default()).found, 0, "none is due yet");
    shop.pass(6 * 60);
    let answer = play(&shop, &Patience::default());
    assert_eq!(answer, Answer { found: 3, claimed: 3, ..Answer::default() });
    let expected = json!({"found": 3, "claimed": 3, "left": 0, "looked": 0, "shared": false, "failed": false});
    assert_eq!(serde_json::to_value(answer).unwrap(), expected);
    assert_eq!(shop.script.lines(|lines| lines.calls.len()), 7, "three were created, each is queried, and one list");
}

#[test]
fn sweep_reads_the_index_page_by_page() {
    let shop = Shop::new();
    orders(&shop, MOST_ORDERS + 5);
    shop.pass(6 * 60);
    let swept = play(&shop, &Patience::default());
    assert_eq!((swept.claimed, swept.failed), (MOST_ORDERS + 5, false));
    let looks = shop.seen(CallKind::FindDue);
    assert_eq!(looks, 2);
}

#[test]
fn sweep_asks_others_for_help_once_when_a_look_does_not_return_all() {
    for (due, expected) in [(MOST_ORDERS - 1, (false, 0)), (MOST_ORDERS, (true, 1)), (2 * MOST_ORDERS, (true, 1))] {
        let shop = Shop::new();
        orders(&shop, due);
        shop.pass(6 * 60);
        let swept = play(&shop, &Patience::default());
        assert_eq!((swept.shared, shop.seen(CallKind::ShareSweep)), expected, "{due} due");
        assert_eq!(swept.claimed, due, "it works nevertheless: the others may not come");
    }
}

#[test]
fn sweep_without_a_queue_does_all_by_itself() {
    let shop = Shop::new();
    orders(&shop, MOST_ORDERS + 5);
    shop.pass(6 * 60);
    shop.fail(CallKind::ShareSweep, Fault::Before);
    let swept = play(&shop, &Patience::default());
    assert_eq!((swept.claimed, swept.shared, swept.failed), (MOST_ORDERS + 5, false, false));
}

#[test]
fn hints_of_all_shards_sweep_all_orders_and_a_message_that_is_no_hint_is_delivered_again() {
    let shop = Shop::new();
    orders(&shop, 40);
    shop.pass(6 * 60);
    assert_eq!(play_hints(&shop), ["no-json", "no-shard", "version-2"]);
    assert_eq!(shop.seen(CallKind::ListDisputes), 0, "the schedule asks for disputes");
    assert_eq!(play(&shop, &Patience::default()).found, 0);
    let saved = shop.seen(CallKind::SaveOrder);
    assert_eq!(play_hints(&shop), ["no-json", "no-shard", "version-2"], "late and repeated hints");
    assert_eq!(shop.seen(CallKind::SaveOrder), saved);
}

#[test]
fn hint_whose_shard_cannot_be_read_is_delivered_again() {
    let shop = Shop::new();
    shop.fail(CallKind::FindDue, Fault::Before);
    assert_eq!(play_hints(&shop), ["shard-0", "no-json", "no-shard", "version-2"]);
}

#[test]
fn hanging_provider_does_not_hold_the_orders_of_others() {
    let shop = Shop::new();
    orders(&shop, 100);
    let stripe: Vec<OrderNo> = (0..100).map(|_| shop.order("u2", "points", "1", Method::StripeCheckout)).collect();
    shop.pass(6 * 60);
    // The first question hangs for ever, which is longer than any call to a provider takes.
    shop.fail(CallKind::Query, Fault::DieBefore);
    let event = serde_json::from_value(sample("sweep-orders.schedule")).unwrap();
    let (patience, function, ports) = (Patience::default(), function(), shop.ports());
    let sweep = function.handle(&ports, &patience, event, within(TIME_BUDGET, shop.now()));
    assert!(wait(async { tokio::time::timeout(Duration::from_millis(50), sweep).await }).is_err());
    let asked = |no: &OrderNo| shop.stored(*no).due_at().is_some_and(|due| due > shop.now());
    assert!(stripe.iter().all(asked), "one of Stripe's orders was not looked at");
}

#[test]
fn order_that_owes_money_is_swept_before_any_number_of_others() {
    let shop = Shop::new();
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    shop.pay(no);
    shop.grant(no);
    orders(&shop, MOST_ORDERS);
    shop.pass(6 * 60);
    // A second payment: it is to go back, and nobody has sent it yet.
    shop.pay(no);
    shop.pass(1);
    assert_eq!(shop.stored(no).due_kind(), DueKind::MoneyOrGoods);
    let before = shop.script.lines(|lines| lines.calls.len());
    play(&shop, &Patience::default());
    let calls = shop.script.lines(|lines| lines.calls.split_off(before));
    let first = calls.iter().find(|call| !matches!(call, ProviderCall::ListDisputes(..)));
    assert!(matches!(first, Some(ProviderCall::Refund(_))), "{first:?}");
}

#[test]
fn expired_order_is_cancelled_in_the_end() {
    let shop = Shop::new();
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    let patience = Patience::default();
    for _ in 0..90 {
        shop.pass(60);
        assert!(!play(&shop, &patience).failed);
    }
    assert_eq!(shop.stored(no).status(), Status::Cancelled);
}

#[test]
fn orders_of_a_silent_provider_wait_from_sweep_to_sweep() {
    let shop = Shop::new();
    orders(&shop, 40);
    shop.script.lines(|lines| lines.query = Some(Err(Unanswered)));
    shop.pass(6 * 60);
    let patience = Patience::default();
    let first = play(&shop, &patience);
    assert!(first.left > 0 && first.claimed >= 3, "{first:?}");
    let second = play(&shop, &patience);
    assert_eq!((second.claimed, second.left), (0, first.left), "{second:?}");
    assert_eq!(alarms(&shop), [AlarmWord::ProviderSilent; 2], "as long as it is silent");
    assert!(play(&shop, &Patience::default()).claimed > 0, "another process does not know of the silence");
}

#[test]
fn sweep_without_enough_time_begins_nothing() {
    let shop = Shop::new();
    orders(&shop, 1);
    shop.pass(6 * 60);
    assert_eq!(play_within(&shop, &Patience::default(), Duration::from_secs(14)), Answer::default());
}

#[test]
fn silent_index_fails_the_sweep() {
    let shop = Shop::new();
    shop.fail(CallKind::FindDue, Fault::Before);
    assert_eq!(swept(play(&shop, &Patience::default())), Answer { failed: true, ..Answer::default() });
}

/// A dispute of an order, as Stripe's list has it.
fn listed(shop: &Shop, no: OrderNo, state: DisputeState) -> DisputePage {
    let order = shop.stored(no);
    let payment = order.kept().unwrap();
    let says = Says::Dispute {
        no: DisputeNo::parse("du_1").unwrap(),
        trade_no: payment.trade_no.clone(),
        amount: payment.amount,
        state,
    };
    let report = Report { attempt: payment.attempt, account: payment.account.clone(), asked_at: None, says };
    let about = CallbackSubject::Payment { payment_no: no.payment(payment.attempt), reports: vec![report] };
    let is_open = state == DisputeState::Opened;
    DisputePage { disputes: vec![ListedDispute { opened_at: shop.now(), is_open, about }], next: None }
}

#[test]
fn lost_dispute_is_found_by_the_hourly_list_alone() {
    let shop = Shop::new();
    let no = shop.order("u1", "points", "1", Method::StripeCheckout);
    shop.pay(no);
    shop.grant(no);
    play(&shop, &Patience::default());
    let page = listed(&shop, no, DisputeState::Lost);
    shop.script.lines(|lines| lines.disputes = Some(Ok(page)));
    shop.pass(59 * 60);
    assert_eq!(play(&shop, &Patience::default()).looked, 0);
    assert_eq!(shop.stored(no).fulfilment(), Fulfilment::Granted);
    shop.pass(60);
    assert_eq!(play(&shop, &Patience::default()).looked, 1);
    assert_eq!(shop.stored(no).fulfilment(), Fulfilment::Revoking);
}

#[test]
fn account_that_is_switched_off_is_asked_for_disputes_too() {
    let shop = Shop::new();
    shop.turn_off(Provider::Stripe);
    assert_eq!(play(&shop, &Patience::default()).looked, 1);
}

#[test]
fn silent_stripe_is_asked_for_disputes_again_after_ten_minutes() {
    let shop = Shop::new();
    shop.script.lines(|lines| lines.disputes = Some(Err(Unanswered)));
    let asked = |minutes: u32| {
        shop.pass(minutes * 60);
        let before = shop.seen(CallKind::ListDisputes);
        assert_eq!(play(&shop, &Patience::default()).looked, 0);
        shop.seen(CallKind::ListDisputes) - before
    };
    assert_eq!([asked(0), asked(9), asked(1), asked(10)], [1, 0, 1, 1]);
    shop.script.lines(|lines| lines.disputes = None);
    shop.pass(600);
    assert_eq!(play(&shop, &Patience::default()).looked, 1);
}

#[test]
fn row_has_a_schedule_of_one_minute() {
    let row = table::row("sweep-orders");
    assert_eq!((&row["triggers"][0]["kind"], &row["triggers"][0]["rate_minutes"]), (&json!("schedule"), &json!(1)));
    assert_eq!((&row["triggers"][1]["kind"], &row["triggers"][1]["queue"]), (&json!("queue"), &json!(QUEUE)));
    assert!(row["timeout_seconds"].as_u64().unwrap() >= TIME_BUDGET.as_secs());
}

#[test]
fn tests_play_every_sample() {
    table::all_played("sweep-orders", &[include_str!("tests.rs")]);
}

fn alarms(shop: &Shop) -> Vec<AlarmWord> {
    shop.memory.tables(|tables| tables.other_alarms.iter().map(|alarm| alarm.word).collect())
}

#[test]
fn sweep_that_comes_late_to_an_order_raises_an_alarm() {
    let shop = Shop::new();
    orders(&shop, 1);
    shop.pass(15 * 60);
    play(&shop, &Patience::default());
    assert!(alarms(&shop).is_empty(), "it was due for fourteen minutes");
    shop.pass(25 * 60);
    play(&shop, &Patience::default());
    assert_eq!(alarms(&shop), [AlarmWord::SweepLate]);
}

#[test]
fn sweep_that_fails_raises_an_alarm_with_its_reason() {
    let shop = Shop::new();
    shop.fail(CallKind::FindDue, Fault::Before);
    play(&shop, &Patience::default());
    assert_eq!(alarms(&shop), [AlarmWord::SweepFailed]);
    let note = shop.memory.tables(|tables| tables.other_alarms[0].note.clone());
    assert!(note.unwrap().starts_with("the sweep could not find what is due: "));
}
