//! The secret of the channels, right and wrong.

use super::*;

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn one(channel: &str) -> Result<Vec<Channel>, BadChannels> {
    read_channels(&format!(r#"{{"channels":[{channel}]}}"#), false)
}

#[test]
fn channels_of_each_kind_are_read() {
    let json = format!(
        r#"{{"language":"en","channels":[{{"name":"mail","kind":"email","language":"zh"}},
        {{"name":"a","kind":"feishu","url":"https://open.feishu.cn/open-apis/bot/v2/hook/x","secret":"s"}},
        {{"name":"b","kind":"wecom","url":"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x"}},
        {{"name":"c","kind":"dingtalk","url":"https://oapi.dingtalk.com/robot/send?access_token=x","secret":"SECx"}},
        {{"name":"d","kind":"slack","url":"https://hooks.slack.com/services/x","words":["orphan","aws_alarm"]}},
        {{"name":"e","kind":"webhook","url":"https://ops.example/till","secret":"{KEY}"}}]}}"#
    );
    let channels = read_channels(&json, false).unwrap();
    assert_eq!(channels.iter().map(|one| one.kind).collect::<Vec<_>>(), Kind::ALL);
    let languages: Vec<&str> = channels.iter().map(|one| one.language.as_str()).collect();
    assert_eq!(languages, ["zh", "en", "en", "en", "en", "en"]);
    let wants = |n: usize, word| channels[n].wants(&Alarm::about(word, "c"));
    assert!(wants(4, AlarmWord::Orphan) && !wants(4, AlarmWord::SweepLate) && wants(5, AlarmWord::SweepLate));
    assert!(wants(4, AlarmWord::ChannelFailed), "whatever words it wants");
    assert!(!wants(3, AlarmWord::ChannelFailed), "it is the channel c itself");
    assert_eq!(channels[3].host(), "oapi.dingtalk.com");
    assert!(!format!("{channels:?}").contains("access_token"), "{channels:?}");
    assert_eq!(read_channels("{}", false), Ok(Vec::new()));
}

#[test]
fn wrong_channel_is_named_without_its_values() {
    let bad = |name: &str| name.to_owned();
    for (channel, why) in [
        (r#"{"name":"a","kind":"sms","url":"https://a.example"}"#, BadChannels::Kind(bad("a"))),
        (r#"{"name":"A b","kind":"slack","url":"https://a.example"}"#, BadChannels::Name),
        (r#"{"name":"a","kind":"slack","url":"http://a.example/secret"}"#, BadChannels::Url(bad("a"))),
        (r#"{"name":"a","kind":"slack","url":"http://127.0.0.1:1/secret"}"#, BadChannels::Url(bad("a"))),
        (r#"{"name":"a","kind":"slack","url":"https://u:p@a.example"}"#, BadChannels::Url(bad("a"))),
        (r#"{"name":"a","kind":"slack"}"#, BadChannels::Url(bad("a"))),
        (r#"{"name":"a","kind":"email","url":"https://a.example"}"#, BadChannels::MailUrl(bad("a"))),
        (r#"{"name":"a","kind":"webhook","url":"https://a.example"}"#, BadChannels::Key(bad("a"))),
        (
            r#"{"name":"a","kind":"webhook","url":"https://a.example","secret":"whsec_AA=="}"#,
            BadChannels::Key(bad("a")),
        ),
        (r#"{"name":"a","kind":"wecom","url":"https://a.example","secret":"s"}"#, BadChannels::NoKey(bad("a"))),
        (r#"{"name":"a","kind":"email","words":["Orphan"]}"#, BadChannels::Word(bad("a"))),
        (r#"{"name":"a","kind":"email","language":"fr"}"#, BadChannels::Language),
        (r#"{"name":"a","kind":"email"},{"name":"a","kind":"email"}"#, BadChannels::Name),
        (r#"{"name":"a","kind":"email","token":"s"}"#, BadChannels::Shape),
    ] {
        let refused = one(channel).unwrap_err();
        assert_eq!(refused, why, "{channel}");
        assert!(!refused.to_string().contains("secret\"") && !refused.to_string().contains("example"), "{refused}");
    }
    let many = [r#"{"name":"a","kind":"email"}"#; 9].join(",");
    assert_eq!(one(&many), Err(BadChannels::TooMany));
}

#[test]
fn faults_of_some_channels_leave_the_others() {
    let json = r#"{"language":"fr","later":1,"channels":[
        {"name":"a","kind":"email","words":["orphan","of_a_later_release"]},
        {"name":"b","kind":"email","words":["of_a_later_release"]},
        {"name":"c","kind":"pager","url":"https://a.example"},
        {"name":"a","kind":"email"},
        {"name":"d","kind":"email","urgent":true}, 7]}"#;
    let UsableChannels { channels, faults } = read_usable_channels(json, false);
    let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "d"]);
    let words: Vec<Option<&[AlarmWord]>> = channels.iter().map(|channel| channel.words.as_deref()).collect();
    assert_eq!(words, [Some(&[AlarmWord::Orphan][..]), Some(&[]), None], "a channel never gets what it did not want");
    let owned = |name: &str| name.to_owned();
    assert_eq!(
        faults,
        [
            BadChannels::Shape,
            BadChannels::Language,
            BadChannels::Word(owned("a")),
            BadChannels::Word(owned("b")),
            BadChannels::Kind(owned("c")),
            BadChannels::Name,
            BadChannels::Shape,
            BadChannels::Shape,
        ]
    );
    let many = [r#"{"name":"a","kind":"email"}"#; 9].join(",");
    let usable = read_usable_channels(&format!(r#"{{"channels":[{many}]}}"#), false);
    assert_eq!((usable.channels.len(), usable.faults[0].clone()), (1, BadChannels::TooMany));
}

#[test]
fn receiver_on_this_machine_is_for_stages_with_a_sandbox() {
    let json = r#"{"channels":[{"name":"a","kind":"slack","url":"http://127.0.0.1:8080/hook"}]}"#;
    assert!(read_channels(json, true).is_ok());
    for other in ["http://127.0.0.2/hook", "http://localhost/hook", "http://127.0.0.1.example/hook"] {
        assert!(read_channels(&json.replace("http://127.0.0.1:8080/hook", other), true).is_err(), "{other}");
    }
}
