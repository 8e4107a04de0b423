//! Alarms reach a receiver: each word that functions raise on the stack, once and then daily, one by one, and after the receiver was
//! down.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::receiver::Receiver;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::alarm_causes::{RAISED, Raised, raise_each};
use super::steps::{Scene, eventually, unique};
use super::{Journey, journeys};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
/// A key of Standard Webhooks.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Those that take a day, a broken table, a slow queue or another certificate. They are put on the queue as functions do.
const SENT: [&str; 11] = [
    "refund_unclear",
    "grant_failed",
    "unreachable_provider",
    "stated_payment",
    "stated_denied",
    "stuck_order",
    "sweep_failed",
    "disputes_failed",
    "slow_grant",
    "key_ending",
    "channel_failed",
];

pub fn all() -> Vec<Journey> {
    journeys!("alarms":
        alarm_is_told_once_then_daily_and_at_last_that_it_is_over,
        second_hold_arrives_while_the_first_stands,
        receivers_that_are_down_for_an_hour_lose_nothing,
    )
}

/// A channel of a journey, with a name that no other has: what was told is kept under it.
struct Channel {
    name: String,
    url: String,
}

impl Channel {
    fn of(url: String) -> Self {
        Self { name: unique("ops").to_lowercase(), url }
    }
}

/// Sends alarms to these channels only.
async fn send_to(scene: &Scene, channels: &[&Channel]) -> Outcome {
    let written: Vec<Value> = channels
        .iter()
        .map(|channel| json!({"name": channel.name, "kind": "webhook", "url": channel.url, "secret": SECRET}))
        .collect();
    let secret = json!({"language": "en", "channels": written}).to_string();
    scene.emulator.put_secret("channels", &secret).await?;
    // Its processes would learn of the channels within five minutes.
    scene.emulator.restart("notify-team").await
}

/// Hands an alarm over as its queue does, without waiting for others to come with it.
async fn hand_over(scene: &Scene, word: &str, subject: &str) -> Outcome {
    let body = json!({"v": 1, "word": word, "subject": subject, "at": now()}).to_string();
    let batch = json!({"Records": [{"messageId": unique("message"), "body": body}]});
    scene.emulator.invoke("notify-team", &batch).await.map(drop)
}

/// What the schedule does every 15 minutes. Another process may be sending just now.
async fn look(scene: &Scene) -> Outcome {
    eventually("notify-team looked at all alarms", Duration::from_millis(300), async || {
        let answer = scene.emulator.invoke("notify-team", &json!({"detail-type": "Scheduled Event"})).await?;
        Ok(if answer["failed"] == false { Ok(()) } else { Err(answer.to_string()) })
    })
    .await
}

pub async fn each_word_reaches_a_receiver(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let receiver = Receiver::open()?;
    send_to(&scene, &[&Channel::of(receiver.url("/alarms"))]).await?;
    let told = each_word(&scene, &receiver).await;
    send_to(&scene, &[]).await?;
    told
}

async fn each_word(scene: &Scene, receiver: &Receiver) -> Outcome {
    let raised = raise_each(scene).await?;
    let subject = unique("journey");
    for word in SENT {
        let alarm = json!({"v": 1, "word": word, "subject": subject, "at": now()});
        scene.emulator.raise_alarm(&alarm).await?;
    }
    let name = format!("till-dev {subject}");
    let cloudwatch = json!({"AlarmName": name, "AlarmDescription": "a journey", "NewStateValue": "ALARM",
        "StateChangeTime": cloudwatch_time(now())});
    scene.emulator.raise_alarm(&cloudwatch).await?;

    let expected: BTreeSet<&str> = RAISED.into_iter().chain(SENT).chain(["aws_alarm"]).collect();
    let alarms = eventually("each word came", Duration::from_millis(300), async || {
        let alarms = receiver.alarms()?;
        let words: BTreeSet<&str> = alarms.iter().filter_map(|alarm| alarm["word"].as_str()).collect();
        let missing: Vec<&&str> = expected.difference(&words).collect();
        let of_orders = raised.orders.iter().filter(|(word, no)| count(&alarms, word, no) == 0);
        let missing_orders: Vec<&(&str, String)> = of_orders.collect();
        let is_complete = missing.is_empty() && missing_orders.is_empty();
        Ok(if is_complete { Ok(alarms) } else { Err(format!("{missing:?} {missing_orders:?} did not come")) })
    })
    .await?;
    for (word, no) in &raised.orders {
        same(&format!("alarms {word} of {no}"), &count(&alarms, word, no), &1)?;
    }
    let buyer = scene.buyer.user.as_str();
    ensure(alarms.iter().all(|alarm| !alarm.to_string().contains(buyer)), || format!("{buyer} is named"))?;
    ends_come(scene, receiver, &raised, &name).await
}

fn count(alarms: &[Value], word: &str, no: &str) -> usize {
    alarms.iter().filter(|one| one["word"] == word && one["order_no"] == no).count()
}

/// A hold that is gone, and an alarm of CloudWatch that is over, are told with the next message.
async fn ends_come(scene: &Scene, receiver: &Receiver, raised: &Raised, name: &str) -> Outcome {
    let odd = raised.order("odd_payment")?;
    give_odd_payment_back(scene, odd).await?;
    let over = json!({"AlarmName": name, "NewStateValue": "OK", "StateChangeTime": cloudwatch_time(now())});
    scene.emulator.raise_alarm(&over).await?;
    eventually("the ends came", Duration::from_millis(500), async || {
        look(scene).await?;
        // Another alarm is the next message.
        hand_over(scene, "sweep_late", &unique("next")).await?;
        let alarms = receiver.alarms()?;
        let is_over = |one: &&Value| one["state"] == "over" && (one["order_no"] == odd || one["subject"] == name);
        let ends = alarms.iter().filter(is_over).count();
        Ok(if ends == 2 { Ok(()) } else { Err(format!("{ends} of 2")) })
    })
    .await
}

async fn give_odd_payment_back(scene: &Scene, no: &str) -> Outcome {
    let decision = json!({"order_no": no, "hold": "odd_payment", "decision": "return", "reason": "a wrong amount"});
    Caller::admin(&scene.stack).await?.post("/resolve-hold", &decision).await?.expect(200).map(drop)
}

async fn alarm_is_told_once_then_daily_and_at_last_that_it_is_over(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let receiver = Receiver::open()?;
    let channel = Channel::of(receiver.url("/daily"));
    send_to(&scene, &[&channel]).await?;
    let told = daily(&scene, &receiver, &channel.name).await;
    send_to(&scene, &[]).await?;
    told
}

async fn daily(scene: &Scene, receiver: &Receiver, channel: &str) -> Outcome {
    let subject = unique("daily");
    let is_told = async |what: &str, expected: &[&str]| -> Outcome {
        look(scene).await?;
        same(what, &receiver.states(&subject)?, &expected.iter().map(|state| (*state).to_owned()).collect())
    };
    let key = format!("sweep_late#{subject}");
    let age = async |numbers: Vec<String>| scene.emulator.age_item("ALARM", &key, &numbers, DAY).await;
    hand_over(scene, "sweep_late", &subject).await?;
    is_told("what was told at once", &["raised"]).await?;
    hand_over(scene, "sweep_late", &subject).await?;
    is_told("what was told when it was raised again", &["raised"]).await?;
    // It stands for a day, as it was raised all the time.
    age(vec!["/since".to_owned(), format!("/told/M/{channel}/M/at")]).await?;
    is_told("what was told a day later", &["raised", "standing"]).await?;
    is_told("what was told by the next look", &["raised", "standing"]).await?;
    // It was not raised for a day. That it is over comes with the next message.
    age(vec!["/last".to_owned()]).await?;
    look(scene).await?;
    hand_over(scene, "sweep_late", &unique("next")).await?;
    is_told("what was told at its end", &["raised", "standing", "over"]).await?;
    is_told("what was told after its end", &["raised", "standing", "over"]).await
}

/// The reason why alarms have a queue of their own: an alarm of CloudWatch that is on already says nothing of a second line.
async fn second_hold_arrives_while_the_first_stands(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let receiver = Receiver::open()?;
    send_to(&scene, &[&Channel::of(receiver.url("/holds"))]).await?;
    let told = two_holds(&scene, &receiver).await;
    send_to(&scene, &[]).await?;
    told
}

async fn two_holds(scene: &Scene, receiver: &Receiver) -> Outcome {
    let mut orders = Vec::new();
    for _ in 0..2 {
        let (no, _) = scene.order("alipay").await?;
        scene.sandbox.act(&no, "pay_wrong_amount").await?;
        orders.push(no);
        eventually("each hold came once", Duration::from_millis(200), async || {
            let alarms = receiver.alarms()?;
            let counts: Vec<usize> = orders.iter().map(|no| count(&alarms, "odd_payment", no)).collect();
            Ok(if counts.iter().all(|count| *count == 1) { Ok(()) } else { Err(format!("{counts:?}")) })
        })
        .await?;
    }
    for no in &orders {
        give_odd_payment_back(scene, no).await?;
    }
    Ok(())
}

async fn receivers_that_are_down_for_an_hour_lose_nothing(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let failing = Receiver::open()?;
    failing.set_down(true);
    let port = Receiver::free_port()?;
    let channels = [Channel::of(failing.url("/failing")), Channel::of(format!("http://127.0.0.1:{port}/closed"))];
    send_to(&scene, &[&channels[0], &channels[1]]).await?;
    let told = down_for_an_hour(&scene, &failing, port, &channels).await;
    send_to(&scene, &[]).await?;
    told
}

async fn down_for_an_hour(scene: &Scene, failing: &Receiver, port: u16, channels: &[Channel; 2]) -> Outcome {
    // The longest pause after a refused message is an hour.
    let hour_passes = async || {
        let pauses: Vec<String> = channels.iter().map(|one| format!("/pauses/M/{}/M/until", one.name)).collect();
        scene.emulator.age_item("ALARM", "TURN", &pauses, HOUR).await
    };
    let subjects = ["first", "second", "third"].map(unique);
    for subject in &subjects {
        hand_over(scene, "sweep_late", subject).await?;
        look(scene).await?;
        hour_passes().await?;
    }
    look(scene).await?;
    hour_passes().await?;
    ensure(failing.refused() >= 2, || format!("it was tried {} times", failing.refused()))?;
    same("what came while it was down", &failing.alarms()?.len(), &0)?;
    failing.set_down(false);
    let closed = Receiver::open_at(port)?;
    for _ in 0..2 {
        look(scene).await?;
        for receiver in [failing, &closed] {
            for subject in &subjects {
                same("what came when it was up again", &receiver.states(subject)?, &vec!["raised".to_owned()])?;
            }
        }
    }
    Ok(())
}

pub(super) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// As CloudWatch writes a time: `2026-11-21T07:00:00.000+0000`. The days since 1970 become a date by counting years and months.
fn cloudwatch_time(unix: u64) -> String {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut days, seconds) = (unix / 86_400, unix % 86_400);
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.000+0000", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_written_as_cloudwatch_does() {
        for (unix, text) in [
            (1_795_244_400, "2026-11-21T07:00:00.000+0000"),
            (1_709_164_800, "2024-02-29T00:00:00.000+0000"),
            (1_735_689_599, "2024-12-31T23:59:59.000+0000"),
        ] {
            assert_eq!(cloudwatch_time(unix), text);
        }
    }

    /// A test of notify-team holds the document and the words together.
    #[test]
    fn each_word_of_the_document_for_operators_is_raised_or_sent() {
        let document = include_str!("../../../../docs/operating.md");
        let sections: BTreeSet<&str> =
            document.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
        let words: BTreeSet<&str> = RAISED.into_iter().chain(SENT).chain(["aws_alarm"]).collect();
        assert_eq!(words, sections);
    }
}
