//! Alarms reach a receiver: each word that functions raise on the stack, and what the channels say of it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::receiver::Receiver;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, eventually, unique};

/// The words that functions raise here by what happens. The others are put on the queue as functions would.
const RAISED: [&str; 3] = ["odd_payment", "orphan", "large_payment"];

/// Those that take a day, a broken store or many processes.
const SENT: [&str; 14] = [
    "dispute",
    "refund_unclear",
    "refund_abnormal",
    "refund_failed",
    "grant_failed",
    "unreachable_provider",
    "stuck_order",
    "unusable_account",
    "refund_limit",
    "sweep_failed",
    "disputes_failed",
    "provider_silent",
    "refused_callbacks",
    "sweep_late",
];

pub async fn each_word_reaches_a_receiver(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let receiver = Receiver::open()?;
    let channels = json!({"language": "en", "channels": [{"name": unique("ops").to_lowercase(), "kind": "webhook",
        "url": receiver.url("/alarms"), "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}]});
    scene.emulator.put_secret("channels", &channels.to_string()).await?;
    // Its processes would learn of the channels within five minutes.
    scene.emulator.restart("notify-team").await?;

    let variables = scene.emulator.variables("fulfil-order").await?;
    let mut low = variables.clone();
    low["ALARM_PAYMENT_ABOVE_CNY"] = json!("0.01");
    scene.emulator.set_variables("fulfil-order", &low).await?;
    let large = scene.granted("wechat").await;
    scene.emulator.set_variables("fulfil-order", &variables).await?;
    let large = large?;

    let (odd, _) = scene.order("alipay").await?;
    scene.sandbox.act(&odd, "pay_wrong_amount").await?;
    let (lost, _) = scene.order("wechat").await?;
    scene.emulator.delete(&format!("ORDER#{lost}"), "ORDER").await?;
    scene.sandbox.pay(&lost).await?;

    let subject = unique("journey");
    for word in SENT {
        let alarm = json!({"v": 1, "word": word, "subject": subject, "at": now()});
        scene.emulator.raise_alarm(&alarm).await?;
    }
    let name = format!("till-dev {subject}");
    let cloudwatch = json!({"AlarmName": name, "AlarmDescription": "a journey", "NewStateValue": "ALARM",
        "StateChangeTime": "2026-11-21T07:00:00.000+0000"});
    scene.emulator.raise_alarm(&cloudwatch).await?;

    let expected: BTreeSet<&str> = RAISED.into_iter().chain(SENT).chain(["aws_alarm"]).collect();
    let alarms = eventually("each word came", Duration::from_millis(300), async || {
        let alarms = receiver.alarms()?;
        let words: BTreeSet<&str> = alarms.iter().filter_map(|alarm| alarm["word"].as_str()).collect();
        let missing: Vec<&&str> = expected.difference(&words).collect();
        Ok(if missing.is_empty() { Ok(alarms.clone()) } else { Err(format!("{missing:?} did not come")) })
    })
    .await?;
    let of = |word: &str, no: &str| alarms.iter().filter(|one| one["word"] == word && one["order_no"] == no).count();
    same("alarms of the odd payment", &of("odd_payment", &odd), &1)?;
    same("alarms of the large payment", &of("large_payment", &large), &1)?;
    let buyer = scene.buyer.user.as_str();
    ensure(alarms.iter().all(|alarm| !alarm.to_string().contains(buyer)), || format!("{buyer} is named"))?;

    // A hold that is gone, and an alarm of CloudWatch that is over, are told with the next message.
    let admin = Caller::admin(&scene.stack).await?;
    let decision = json!({"order_no": odd, "hold": "odd_payment", "decision": "return", "reason": "a wrong amount"});
    admin.post("/resolve-hold", &decision).await?.expect(200)?;
    let over = json!({"AlarmName": name, "NewStateValue": "OK", "StateChangeTime": "2026-11-21T07:10:00.000+0000"});
    scene.emulator.raise_alarm(&over).await?;
    eventually("the ends came", Duration::from_millis(500), async || {
        // What the schedule does every 15 minutes; another alarm is the next message.
        scene.emulator.invoke("notify-team", &json!({"detail-type": "Scheduled Event"})).await?;
        let alarm = json!({"v": 1, "word": "sweep_late", "subject": unique("next"), "at": now()});
        scene.emulator.raise_alarm(&alarm).await?;
        let alarms = receiver.alarms()?;
        let is_over =
            |one: &&Value| one["state"] == "over" && (one["order_no"] == odd.as_str() || one["subject"] == name);
        let ends = alarms.iter().filter(is_over).count();
        Ok(if ends == 2 { Ok(()) } else { Err(format!("{ends} of 2")) })
    })
    .await?;
    let channels = json!({"channels": []}).to_string();
    scene.emulator.put_secret("channels", &channels).await?;
    scene.emulator.restart("notify-team").await
}

pub(super) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
}
