//! The request that each kind of channel takes, and which answers accept it. Bots answer 200 to what they refuse, and say so in the
//! body.

use std::fmt;

use form_urlencoded::byte_serialize;
use serde_json::{Value, json};
use till_app::ports::KeptAlarm;
use till_domain::time::Time;
use till_http::Bytes;

use crate::channels::{Channel, Kind, webhook_key};
use crate::due::{Line, Notice};
use crate::signature::{of_dingtalk, of_feishu, of_webhook};
use crate::texts;

/// The reason that a channel gave for not accepting a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused {
    pub status: u16,
    /// The bot's own code.
    pub code: Option<i64>,
    kind: Kind,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the channel answered {}", self.status)?;
        if let Some(code) = self.code {
            write!(f, " with the code {code}")?;
        }
        match meaning(self.kind, self.status, self.code) {
            Some(meaning) => write!(f, ": {meaning}"),
            None => Ok(()),
        }
    }
}

/// Explains those answers of channels that a team can do something about.
fn meaning(kind: Kind, status: u16, code: Option<i64>) -> Option<&'static str> {
    const TOO_OFTEN: &str = "it gets too many messages";
    match (kind, status, code) {
        (Kind::Feishu, _, Some(19_021)) => Some("the secret does not fit, or the clock is wrong"),
        (Kind::Feishu, _, Some(19_022)) => Some("the bot takes messages of other addresses only"),
        (Kind::Feishu, _, Some(19_024)) | (Kind::DingTalk, _, Some(310_000)) => {
            Some("the bot asks for a keyword or a signature that the message does not have")
        }
        (Kind::Feishu, _, Some(19_001))
        | (Kind::WeCom, _, Some(93_000))
        | (Kind::DingTalk, _, Some(300_001 | 400_101)) => Some("there is no such bot"),
        (Kind::Feishu, _, Some(11_232))
        | (Kind::WeCom, _, Some(45_009))
        | (Kind::DingTalk, _, Some(130_101 | 410_100))
        | (_, 429, _) => Some(TOO_OFTEN),
        (_, 301..=308, _) => Some("it sends us elsewhere, and redirects are not followed"),
        (_, 401 | 403, _) => Some("it does not trust us"),
        (_, 404 | 410, _) => Some("there is no such receiver any more"),
        _ => None,
    }
}

/// `None` for a channel that takes no requests.
pub(crate) fn request(channel: &Channel, notice: &Notice, now: Time) -> Option<http::Request<Bytes>> {
    let text = || texts::message(notice, channel.language, channel.kind.most_text_bytes());
    let seconds = now.unix();
    let id = notice.id(&channel.name);
    let (mut url, mut headers) = (channel.url.clone(), Vec::new());
    let body = match channel.kind {
        Kind::Email => return None,
        Kind::Feishu => {
            let mut body = json!({"msg_type": "text", "content": {"text": text()}});
            if let Some(secret) = &channel.secret {
                body["timestamp"] = Value::from(seconds.to_string());
                body["sign"] = Value::from(of_feishu(seconds, secret));
            }
            body
        }
        Kind::WeCom => json!({"msgtype": "text", "text": {"content": text()}}),
        Kind::DingTalk => {
            if let Some(secret) = &channel.secret {
                let milliseconds = seconds.saturating_mul(1_000);
                let sign = of_dingtalk(milliseconds, secret);
                let sign: String = byte_serialize(sign.as_bytes()).collect();
                let separator = if url.contains('?') { '&' } else { '?' };
                url = format!("{url}{separator}timestamp={milliseconds}&sign={sign}");
            }
            json!({"msgtype": "text", "text": {"content": text()}})
        }
        Kind::Slack => json!({"text": escaped_for_slack(&text())}),
        Kind::Webhook => event(notice, &text(), now),
    };
    let body = body.to_string();
    if channel.kind == Kind::Webhook {
        let key = webhook_key(channel.secret.as_deref()?)?;
        headers.push(("webhook-signature", of_webhook(&id, seconds, &body, &key)));
        headers.push(("webhook-timestamp", seconds.to_string()));
        headers.push(("webhook-id", id));
    }
    let request = http::Request::post(url).header("content-type", "application/json; charset=utf-8");
    let request = request.header("user-agent", "till");
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body(Bytes::from(body)).ok()
}

/// Whether a channel accepted a message.
pub(crate) fn judge(kind: Kind, status: u16, body: &[u8]) -> Result<(), Refused> {
    let refused = |code| Err(Refused { status, code, kind });
    match kind {
        Kind::Email | Kind::Slack | Kind::Webhook if (200..300).contains(&status) => Ok(()),
        Kind::Email | Kind::Slack | Kind::Webhook => refused(None),
        Kind::Feishu | Kind::WeCom | Kind::DingTalk => {
            let code = bot_code(body);
            if status == 200 && code == Some(0) { Ok(()) } else { refused(code) }
        }
    }
}

/// Feishu says `code`, and in older answers `StatusCode`; WeCom and DingTalk say `errcode`.
fn bot_code(body: &[u8]) -> Option<i64> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    ["code", "errcode", "StatusCode"].into_iter().find_map(|name| answer.get(name)?.as_i64())
}

/// Slack's own signs for links and mentions are made of these.
fn escaped_for_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The body for programs.
fn event(notice: &Notice, text: &str, now: Time) -> Value {
    let alarms: Vec<Value> = notice.lines.iter().map(|(line, kept)| alarm(*line, kept)).collect();
    json!({
        "type": "till.alarms",
        "timestamp": texts::instant(now),
        "data": {"stage": notice.stage, "text": text, "alarms": alarms},
    })
}

fn alarm(line: Line, kept: &KeptAlarm) -> Value {
    let KeptAlarm { alarm, since, last, raised, ended, .. } = kept;
    let state = match line {
        Line::First => "raised",
        Line::Again => "standing",
        Line::Over => "over",
    };
    let mut shown = json!({
        "word": alarm.word.as_str(),
        "subject": alarm.subject,
        "state": state,
        "since": texts::instant(*since),
        "last": texts::instant(*last),
        "raised": raised,
    });
    let optional = [
        ("ended", ended.map(texts::instant)),
        ("order_no", alarm.order_no.map(|no| no.to_string())),
        ("trade_no", alarm.trade_no.as_ref().map(ToString::to_string)),
        ("provider", alarm.account.as_ref().map(|account| account.provider.to_string())),
        ("account", alarm.account.as_ref().map(|account| account.id.to_string())),
        ("amount", alarm.amount.map(|amount| format!("{amount:?}"))),
        ("value", alarm.measured.as_ref().map(|measured| measured.value.clone())),
        ("limit", alarm.measured.as_ref().map(|measured| measured.limit.clone())),
        ("note", alarm.note.clone()),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            shown[name] = Value::from(value);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bot_that_answers_200_with_a_code_has_refused() {
        for (kind, status, body, code) in [
            (Kind::Feishu, 200, r#"{"code":0,"msg":"success","data":{}}"#, None),
            (Kind::Feishu, 200, r#"{"StatusCode":0,"StatusMessage":"success"}"#, None),
            (
                Kind::Feishu,
                200,
                r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}"#,
                Some(19_021),
            ),
            (Kind::WeCom, 200, r#"{"errcode":0,"errmsg":"ok"}"#, None),
            (Kind::WeCom, 200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#, Some(45_009)),
            (Kind::DingTalk, 200, r#"{"errcode":310000,"errmsg":"sign not match"}"#, Some(310_000)),
        ] {
            let judged = judge(kind, status, body.as_bytes());
            assert_eq!(judged.err().and_then(|refused| refused.code), code, "{body}");
            assert_eq!(judged.is_ok(), code.is_none(), "{body}");
        }
        for (kind, status, body) in
            [(Kind::Feishu, 200, "<html>"), (Kind::WeCom, 502, r#"{"errcode":0}"#), (Kind::DingTalk, 200, "{}")]
        {
            assert!(judge(kind, status, body.as_bytes()).is_err(), "{kind:?} {status} {body}");
        }
        for kind in [Kind::Slack, Kind::Webhook] {
            for (status, accepted) in [(200, true), (204, true), (302, false), (404, false), (429, false), (500, false)]
            {
                assert_eq!(judge(kind, status, b"").is_ok(), accepted, "{kind:?} {status}");
            }
        }
    }

    #[test]
    fn refusal_says_what_the_team_can_do() {
        for (kind, status, body, part) in [
            (Kind::Feishu, 200, r#"{"code":19021}"#, "19021: the secret"),
            (Kind::WeCom, 200, r#"{"errcode":93000}"#, "no such bot"),
            (Kind::DingTalk, 200, r#"{"errcode":130101}"#, "too many"),
            (Kind::Webhook, 302, "", "not followed"),
        ] {
            let refused = judge(kind, status, body.as_bytes()).unwrap_err().to_string();
            assert!(refused.contains(part), "{refused}");
        }
    }

    #[test]
    fn text_for_slack_makes_no_links_and_mentions() {
        assert_eq!(escaped_for_slack("<!channel> a & b"), "&lt;!channel&gt; a &amp; b");
    }
}
