//! Which channels are used, and what the others hear of one that is not.

use till_memory::LogCapture;

use super::*;

/// State and name of each failing channel, as the last messages tell them.
fn failures(receiver: &Receiver) -> Vec<(String, String)> {
    let lines = told(receiver).into_iter().flatten();
    lines.filter(|(_, word, _)| word == "channel_failed").map(|(state, _, name)| (state, name)).collect()
}

fn is(state: &str, name: &str) -> Vec<(String, String)> {
    vec![(state.to_owned(), name.to_owned())]
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
    let (all_is_well, failed) = ("1 alarm: odd_payment 1", "2 alarms: odd_payment 1, channel_failed 1");
    for (secret, title) in [
        (None, all_is_well),
        (Some("{}"), all_is_well),
        (Some("no JSON"), failed),
        (Some(r#"{"channels":[{"name":"a","kind":"slack","url":"http://a"}]}"#), failed),
    ] {
        let shop = shop().set("ALARM_TOPIC_ARN", "arn:aws:sns:eu-west-1:111111111111:till-test-alarms");
        if let Some(secret) = secret {
            shop.memory.put_secret(CHANNELS_SECRET, Secret { current: Arc::from(secret), previous: None });
        }
        raise(&shop, &[odd(&shop).1]);
        let mails = shop.memory.tables(|tables| tables.mails.clone());
        assert_eq!(mails.len(), 1, "{secret:?}");
        assert_eq!(mails[0].0, format!("[Till test] {title}"));
        assert!(mails[0].1.contains("docs/operating.md"), "{}", mails[0].1);
    }
}

#[test]
fn channel_that_cannot_be_used_is_told_of_through_the_others() {
    let receiver = Receiver::new();
    let shop = shop();
    let bad = json!({"name": "bot", "kind": "slack", "url": "http://bot.example"});
    let mut wants_little = webhook("ops", &receiver);
    wants_little["words"] = json!(["orphan"]);
    with_channels(&shop, &json!([bad, wants_little]));
    let log = LogCapture::new();
    on_schedule(&shop);
    assert_eq!(failures(&receiver), is("raised", "bot"), "before any alarm needs it");
    let counted = log.lines().into_iter().find(|line| line.contains("alarm=\"channel_failed\"")).unwrap();
    assert!(counted.starts_with("ERROR") && !counted.contains("bot.example"), "{counted}");
    on_schedule(&shop);
    assert!(failures(&receiver).is_empty(), "it stands already");
    shop.pass(DAY);
    on_schedule(&shop);
    assert_eq!(failures(&receiver), is("standing", "bot"));
    with_channels(&shop, &json!([webhook("ops", &receiver)]));
    shop.pass(900);
    on_schedule(&shop);
    shop.pass(DAY);
    on_schedule(&shop);
    assert_eq!(failures(&receiver), is("over", "bot"));
}

#[test]
fn word_of_a_later_release_leaves_its_channel_the_other_words() {
    let (some, all) = (Receiver::new(), Receiver::new());
    let shop = shop();
    let mut channel = webhook("some", &some);
    channel["words"] = json!(["odd_payment", "of_a_later_release"]);
    with_channels(&shop, &json!([channel, webhook("all", &all)]));
    raise(&shop, &[odd(&shop).1, Alarm::about(AlarmWord::SweepLate, "sweep")]);
    let words: Vec<String> = told(&some).into_iter().flatten().map(|(_, word, _)| word).collect();
    assert_eq!(words, ["odd_payment"]);
    assert_eq!(failures(&all), is("raised", "some"));
}

#[test]
fn channel_that_refuses_for_an_hour_is_told_of_through_the_others() {
    let (good, bad) = (Receiver::new(), Receiver::new());
    let shop = shop();
    with_channels(&shop, &json!([webhook("bad", &bad), webhook("good", &good)]));
    bad.answer(500, "");
    raise(&shop, &[odd(&shop).1]);
    for _ in 0..3 {
        shop.pass(900);
        on_schedule(&shop);
    }
    assert!(failures(&good).is_empty(), "three quarters of an hour are no hour");
    shop.pass(900);
    on_schedule(&shop);
    assert_eq!(failures(&good), is("raised", "bad"));
    bad.accept();
    for _ in 0..6 {
        shop.pass(900);
        on_schedule(&shop);
    }
    let words: Vec<(String, String)> =
        told(&bad).into_iter().flatten().map(|(state, word, _)| (state, word)).rev().take(1).collect();
    assert_eq!(words, [("raised".to_owned(), "odd_payment".to_owned())], "it never hears of itself");
    shop.pass(DAY);
    on_schedule(&shop);
    assert_eq!(failures(&good), is("over", "bad"));
}

#[test]
fn mail_channel_without_an_address_is_told_of() {
    let receiver = Receiver::new();
    let shop = shop();
    with_channels(&shop, &json!([{"name": "mail", "kind": "email"}, webhook("ops", &receiver)]));
    raise(&shop, &[odd(&shop).1]);
    assert_eq!(failures(&receiver), is("raised", "mail"));
}

#[test]
fn channel_that_refused_what_is_no_news_any_more_does_not_fail() {
    let (good, bad) = (Receiver::new(), Receiver::new());
    let shop = shop();
    with_channels(&shop, &json!([webhook("bad", &bad), webhook("good", &good)]));
    bad.go_down();
    raise(&shop, &[Alarm::about(AlarmWord::SweepLate, "sweep")]);
    let mut said = Vec::new();
    for _ in 0..9 * 24 {
        shop.pass(3_600);
        on_schedule(&shop);
        said.extend(failures(&good));
    }
    let states: Vec<&str> = said.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!((states.first(), states.last()), (Some(&"raised"), Some(&"over")), "{states:?}");
}
