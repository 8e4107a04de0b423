//! Alarms end when their reason does, and a channel that cannot be used is told of through the others.

use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::receiver::Receiver;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure};

use super::steps::{Scene, eventually, unique};

const ALARMS: &str = "ALARM";

pub async fn orphan_stands_until_it_is_settled(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let receiver = Receiver::open()?;
    let unusable = unique("bad").to_lowercase();
    let channels = json!({"language": "en", "channels": [
        {"name": unique("ops").to_lowercase(), "kind": "webhook", "url": receiver.url("/alarms"),
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
        {"name": unusable, "kind": "slack", "url": "ftp://127.0.0.1/"}]});
    scene.emulator.put_secret("channels", &channels.to_string()).await?;
    scene.emulator.restart("notify-team").await?;

    let trade_no = scene.paid_without_an_order().await?;
    let subject = format!("wechat:{trade_no}");
    let heard = |state: &str, word: &str, subject: &str| -> Outcome<bool> {
        let is = |one: &Value| one["state"] == state && one["word"] == word && one["subject"] == subject;
        Ok(receiver.alarms()?.iter().any(is))
    };
    eventually("the orphan and the channel were told of", Duration::from_millis(300), async || {
        let both = (heard("raised", "orphan", &subject)?, heard("raised", "channel_failed", &unusable)?);
        Ok(if both == (true, true) { Ok(()) } else { Err(format!("{both:?}")) })
    })
    .await?;
    on_schedule(&scene).await?;
    ensure(is_standing(&scene, &subject).await?, || "the money belongs to nobody, and the alarm is over".to_owned())?;

    let admin = Caller::admin(&scene.stack).await?;
    let (no, _) = scene.order("wechat").await?;
    let body = json!({"order_no": no, "reason": "the buyer paid the order that is gone"});
    let path = format!("/orphans/wechat/{trade_no}/settle");
    admin.remedy(&path, &body, &unique("settle")).await?.expect(200)?;
    eventually("its end was told, and it is put away", Duration::from_millis(500), async || {
        on_schedule(&scene).await?;
        // The end comes with the next message.
        let alarm = json!({"v": 1, "word": "sweep_late", "subject": unique("next"), "at": super::alarms::now()});
        scene.emulator.raise_alarm(&alarm).await?;
        let is_told = heard("over", "orphan", &subject)?;
        let is_there = scene.emulator.item(ALARMS, &format!("orphan#{subject}")).await?.is_some();
        Ok(if is_told && !is_there { Ok(()) } else { Err(format!("told: {is_told}, still there: {is_there}")) })
    })
    .await?;
    scene.emulator.put_secret("channels", &json!({"channels": []}).to_string()).await?;
    scene.emulator.restart("notify-team").await
}

/// What happens every 15 minutes.
async fn on_schedule(scene: &Scene) -> Outcome {
    scene.emulator.invoke("notify-team", &json!({"detail-type": "Scheduled Event"})).await.map(drop)
}

async fn is_standing(scene: &Scene, subject: &str) -> Outcome<bool> {
    let alarm = scene.emulator.item(ALARMS, &format!("orphan#{subject}")).await?;
    Ok(alarm.is_some_and(|alarm| alarm["ended"].is_null()))
}
