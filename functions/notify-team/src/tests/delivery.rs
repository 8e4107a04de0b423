//! Channels that are down, crashes, and settings.

use till_app::ports::SendingTurn;
use till_domain::time::Seconds;
use till_memory::{CallKind, Fault, LogCapture};

use super::*;

#[test]
fn receiver_that_is_down_for_an_hour_loses_nothing() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    receiver.go_down();
    let alarms: Vec<Alarm> = (0..3).map(|_| odd(&shop).1).collect();
    for alarm in &alarms {
        assert_eq!(raise(&shop, std::slice::from_ref(alarm)), 0, "it is kept");
        shop.pass(600);
    }
    for _ in 0..2 {
        shop.pass(900);
        assert_eq!(on_schedule(&shop).sent, 0);
    }
    receiver.accept();
    let mut runs = 0;
    while on_schedule(&shop).sent == 0 {
        shop.pass(900);
        runs += 1;
        assert!(runs < 5, "the pause is at most an hour");
    }
    assert_eq!(states(&receiver), [["raised"; 3]]);
    shop.pass(900);
    assert_eq!(on_schedule(&shop).sent, 0);
}

#[test]
fn channel_that_refuses_is_left_alone_for_a_while_and_holds_no_other() {
    let (good, bad) = (Receiver::new(), Receiver::new());
    let shop = shop();
    let feishu = json!({"name": "bot", "kind": "feishu", "url": bad.url("/bot"), "secret": "s"});
    with_channels(&shop, &json!([feishu, webhook("ops", &good)]));
    bad.answer(200, r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}"#);
    let log = LogCapture::new();
    raise(&shop, &[odd(&shop).1]);
    assert_eq!((bad.take().len(), states(&good)), (1, vec![vec!["raised".to_owned()]]));
    let said = log.lines().into_iter().find(|line| line.contains("did not accept")).unwrap();
    assert!(said.contains("19021") && said.contains("\"bot\"") && !said.contains("127.0.0.1"), "{said}");
    raise(&shop, &[odd(&shop).1]);
    assert_eq!((bad.take().len(), good.take().len()), (0, 1), "it has a pause");
    bad.accept();
    shop.pass(60);
    on_schedule(&shop);
    let late = bad.take();
    assert_eq!((late.len(), good.take().len()), (1, 0));
    assert!(late[0].body.contains("2 alarms: odd_payment 2"), "{}", late[0].body);
}

#[test]
fn message_comes_twice_with_one_id_when_it_could_not_be_noted() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let alarm = odd(&shop).1;
    // The first write keeps the alarm; the process is stopped before the second, which notes what was accepted.
    shop.memory.faults(|faults| faults.plan(CallKind::SaveKept, 2, Fault::Before));
    raise(&shop, &[alarm]);
    shop.pass(900);
    assert_eq!(on_schedule(&shop).sent, 1);
    shop.pass(900);
    assert_eq!(on_schedule(&shop).sent, 0);
    let ids: Vec<String> = receiver.take().into_iter().map(|one| one.headers["webhook-id"].clone()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn one_process_sends_at_a_time_and_a_stopped_one_holds_the_turn_for_a_minute() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let busy = SendingTurn { version: 1, busy_until: Some(shop.now().plus(Seconds(60))), ..SendingTurn::default() };
    shop.memory.tables(|tables| tables.turn = busy);
    let alarm = odd(&shop).1;
    assert_eq!(raise(&shop, &[alarm]), 0, "it is kept, and whoever sends looks once more");
    assert_eq!(on_schedule(&shop), Answer { busy: true, ..Answer::default() });
    assert!(receiver.take().is_empty());
    shop.pass(60);
    assert_eq!(on_schedule(&shop).sent, 1);
    assert_eq!(states(&receiver), [["raised"]]);
}

#[test]
fn alarm_that_comes_while_another_process_sends_is_sent_by_that_one() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let alarms = [odd(&shop).1, odd(&shop).1];
    // The first message is answered once somebody touches the other receiver.
    let gate = Receiver::new();
    receiver.answer_after(&gate);
    let function = NotifyTeam::read(&shop.environment()).unwrap();
    let ports = shop.ports();
    let send = async |alarm: &Alarm| {
        let sender = Sender::new(None).unwrap();
        let event = batch(&[till_aws::alarms::write_alarm(alarm, shop.now())]);
        let event = serde_json::from_value(event).unwrap();
        function.handle(&ports, &sender, event, within(TIME_BUDGET, shop.now())).await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let done = Reply::Messages(BatchAnswer::default());
    runtime.block_on(async {
        let second = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let answer = send(&alarms[1]).await;
            gate.touch();
            answer
        };
        let answers = futures_util::future::join(send(&alarms[0]), second).await;
        assert_eq!(answers, (done.clone(), done), "neither comes again");
    });
    let expected: Vec<String> = alarms.iter().map(|alarm| alarm.order_no.unwrap().to_string()).collect();
    let about: Vec<String> = told(&receiver).into_iter().flatten().map(|(.., about)| about).collect();
    assert_eq!(about, expected);
}

#[test]
fn slow_channel_does_not_hold_up_the_others() {
    let (slow, quick) = (Receiver::new(), Receiver::new());
    let shop = shop();
    with_channels(&shop, &json!([webhook("slow", &slow), webhook("quick", &quick)]));
    slow.answer_after(&quick);
    raise(&shop, &[odd(&shop).1]);
    assert_eq!((states(&slow), states(&quick)), (vec![vec!["raised".to_owned()]], vec![vec!["raised".to_owned()]]));
}

#[test]
fn alarm_that_cannot_be_kept_comes_again() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let alarm = odd(&shop).1;
    shop.fail(CallKind::LoadKept, Fault::Before);
    assert_eq!(raise(&shop, std::slice::from_ref(&alarm)), 1);
    shop.fail(CallKind::ListKept, Fault::Before);
    assert_eq!(raise(&shop, std::slice::from_ref(&alarm)), 1, "it is kept, and nobody was told");
    assert!(receiver.take().is_empty());
    assert_eq!(raise(&shop, &[alarm]), 0);
    assert_eq!(states(&receiver), [["raised"]]);
}

#[test]
fn alarm_is_kept_where_there_is_no_channel_yet() {
    let receiver = Receiver::new();
    let shop = shop();
    assert_eq!(raise(&shop, &[odd(&shop).1]), 0);
    shop.pass(3 * DAY);
    with_channels(&shop, &json!([webhook("ops", &receiver)]));
    on_schedule(&shop);
    assert_eq!(states(&receiver), [["raised"]]);
}

#[test]
fn stage_without_a_sandbox_sends_nothing_to_this_machine() {
    let receiver = Receiver::new();
    for (name, value) in [("SANDBOX_API_ID", ""), ("STAGE", "production")] {
        let shop = shop().set(name, value);
        with_channels(&shop, &json!([webhook("ops", &receiver)]));
        raise(&shop, &[odd(&shop).1]);
        assert!(receiver.take().is_empty(), "{name}");
    }
}
