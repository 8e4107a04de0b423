//! What each kind of channel gets over real HTTP.

use std::collections::BTreeMap;

use super::*;
use crate::signature::{of_dingtalk, of_feishu, of_webhook};

/// One alarm, sent to a channel of this kind. Returns what came.
fn sent(kind: &str, more: &Value, answer: (u16, &str)) -> (receiver::Received, Answer) {
    let receiver = Receiver::new();
    receiver.answer(answer.0, answer.1);
    let shop = shop();
    let mut channel = json!({"name": "one", "kind": kind, "url": receiver.url("/hook?key=k")});
    channel.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    with_channels(&shop, &json!([channel]));
    raise(&shop, &[odd(&shop).1]);
    let mut came = receiver.take();
    assert_eq!(came.len(), 1, "{kind}");
    shop.pass(120);
    let answer = on_schedule(&shop);
    (came.remove(0), answer)
}

/// The shop's clock.
const NOON: i64 = 1_735_704_000;

#[test]
fn feishu_gets_a_signed_text() {
    let (received, after) = sent("feishu", &json!({"secret": "demo"}), (200, r#"{"code":0,"msg":"success"}"#));
    let body = received.json();
    assert_eq!(received.path, "/hook?key=k");
    assert_eq!((&body["msg_type"], &body["timestamp"]), (&json!("text"), &json!(NOON.to_string())));
    assert_eq!(body["sign"], of_feishu(NOON, "demo"));
    assert!(body["content"]["text"].as_str().unwrap().contains("odd_payment"), "{body}");
    assert_eq!(after.sent, 0, "it was accepted");
    let (unsigned, _) = sent("feishu", &json!({}), (200, r#"{"StatusCode":0}"#));
    assert!(unsigned.json()["sign"].is_null(), "a bot may ask for a keyword instead");
}

#[test]
fn wecom_gets_a_text() {
    let (received, after) = sent("wecom", &json!({"language": "zh"}), (200, r#"{"errcode":0,"errmsg":"ok"}"#));
    let body = received.json();
    assert_eq!(body["msgtype"], "text");
    assert!(body["text"]["content"].as_str().unwrap().starts_with("【Till test】1 条告警"), "{body}");
    assert_eq!(received.headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(after.sent, 0);
}

#[test]
fn dingtalk_gets_a_text_at_a_signed_address() {
    let (received, after) = sent("dingtalk", &json!({"secret": "SECx"}), (200, r#"{"errcode":0,"errmsg":"ok"}"#));
    let query: BTreeMap<String, String> =
        form_urlencoded::parse(received.path.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
    let milliseconds = NOON * 1_000;
    assert_eq!(query["key"], "k");
    assert_eq!(query["timestamp"], milliseconds.to_string());
    assert_eq!(query["sign"], of_dingtalk(milliseconds, "SECx"));
    assert_eq!(received.json()["msgtype"], "text");
    assert_eq!(after.sent, 0);
}

#[test]
fn slack_gets_a_text() {
    let (received, after) = sent("slack", &json!({}), (200, "ok"));
    assert!(received.json()["text"].as_str().unwrap().starts_with("[Till test] 1 alarm"), "{}", received.body);
    assert_eq!(after.sent, 0);
}

#[test]
fn webhook_gets_a_signed_event_with_everything_that_is_known() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let (received, after) = sent("webhook", &json!({"secret": secret}), (204, ""));
    let (id, timestamp) = (&received.headers["webhook-id"], &received.headers["webhook-timestamp"]);
    assert_eq!(*timestamp, NOON.to_string());
    let key = crate::channels::webhook_key(secret).unwrap();
    assert_eq!(received.headers["webhook-signature"], of_webhook(id, NOON, &received.body, &key));
    let body = received.json();
    assert_eq!((&body["type"], &body["timestamp"]), (&json!("till.alarms"), &json!("2025-01-01T04:00:00Z")));
    let alarm = &body["data"]["alarms"][0];
    assert_eq!((&alarm["word"], &alarm["amount"]), (&json!("odd_payment"), &json!("0.01 CNY")));
    assert_eq!((&alarm["provider"], &alarm["account"]), (&json!("wechat"), &json!("main")));
    assert!(alarm["trade_no"].is_string() && !received.body.contains("u1"), "{}", received.body);
    assert_eq!(after.sent, 0);
}

#[test]
fn what_is_refused_is_sent_again() {
    let secret = json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    for (kind, more, answer) in [
        ("feishu", json!({}), (200, r#"{"code":9499,"msg":"Bad Request"}"#)),
        ("wecom", json!({}), (200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#)),
        ("dingtalk", json!({}), (200, r#"{"errcode":310000,"errmsg":"keywords not in content"}"#)),
        ("slack", json!({}), (404, "no_service")),
        ("webhook", secret.clone(), (302, "")),
        ("webhook", secret, (500, "")),
    ] {
        let (_, after) = sent(kind, &more, answer);
        assert_eq!((after.sent, after.refused), (0, 1), "{kind} {answer:?}");
    }
}
