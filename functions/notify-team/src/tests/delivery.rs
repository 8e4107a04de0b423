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
    assert_eq!(raise(&shop, std::slice::from_ref(&alarm)), 1, "its message comes again");
    assert!(on_schedule(&shop).failed);
    shop.pass(60);
    assert_eq!(raise(&shop, &[alarm]), 0);
    assert_eq!(states(&receiver), [["raised"]]);
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
fn order_that_does_not_answer_does_not_end_its_alarm() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    raise(&shop, &[odd(&shop).1]);
    shop.fail(CallKind::LoadOrder, Fault::Before);
    assert_eq!(on_schedule(&shop).standing, 1);
    assert_eq!(on_schedule(&shop).standing, 1);
}

#[test]
fn alarm_of_cloudwatch_ends_when_cloudwatch_says_so() {
    let receiver = Receiver::new();
    let shop = with_webhook(&receiver);
    let body = |state: &str, minute: u32| {
        let at = format!("2025-01-01T04:{minute:02}:00.000+0000");
        json!({"AlarmName": "till-test the API fails", "AlarmDescription": "Callers are answered 500 and more",
            "NewStateValue": state, "StateChangeTime": at, "NewStateReason": "Threshold Crossed"})
        .to_string()
    };
    play(&shop, &batch(&[body("ALARM", 0)]));
    assert_eq!(states(&receiver), [["raised"]]);
    for _ in 0..3 {
        shop.pass(DAY);
        on_schedule(&shop);
    }
    assert_eq!(states(&receiver), [["standing"], ["standing"], ["standing"]], "silence does not end it");
    play(&shop, &batch(&[body("OK", 9), body("ALARM", 0)]));
    assert_eq!(on_schedule(&shop).standing, 0, "the older message came late");
}

#[test]
fn channel_gets_the_words_that_it_wants() {
    let receiver = Receiver::new();
    let shop = shop();
    let mut channel = webhook("ops", &receiver);
    channel["words"] = json!(["orphan", "sweep_late"]);
    with_channels(&shop, &json!([channel]));
    raise(&shop, &[odd(&shop).1, Alarm::about(AlarmWord::SweepLate, "sweep")]);
    let words: Vec<String> = told(&receiver).into_iter().flatten().map(|(_, word, _)| word).collect();
    assert_eq!(words, ["sweep_late"]);
}

#[test]
fn alarms_go_by_mail_where_no_channel_can_be_used() {
    for secret in
        [None, Some("{}"), Some("no JSON"), Some(r#"{"channels":[{"name":"a","kind":"slack","url":"http://a"}]}"#)]
    {
        let shop = shop().set("ALARM_TOPIC_ARN", "arn:aws:sns:eu-west-1:111111111111:till-test-alarms");
        if let Some(secret) = secret {
            shop.memory.put_secret(CHANNELS_SECRET, Secret { current: Arc::from(secret), previous: None });
        }
        raise(&shop, &[odd(&shop).1]);
        let mails = shop.memory.tables(|tables| tables.mails.clone());
        assert_eq!(mails.len(), 1, "{secret:?}");
        assert_eq!(mails[0].0, "[Till test] 1 alarm: odd_payment 1");
        assert!(mails[0].1.contains("docs/operating.md"), "{}", mails[0].1);
    }
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
