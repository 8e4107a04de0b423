//! The queue on the emulator: each case has a queue of its own with the rules of the stack's queue, because that one already has
//! a consumer.

use std::time::Duration;

use serde_json::{Value, json};
use till_app::ports::{Enqueue as _, Task, Unavailable};
use till_aws::Aws;
use till_contract::Departure;
use till_contract::tap::Tap;
use till_journeys::{Outcome, ensure, same};
use till_lambda::task;
use tokio::time::{Instant, sleep};

use super::{MOST_RECEIVES, Queue, ReceivedMessage, number, only};
use crate::case::{Case, Implementation, cases};
use crate::emulator::{self, Place, TRIES, unique};

const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a received message is hidden here.
const HIDDEN_SECONDS: u32 = 1;
/// Longer than a second as the service counts it.
const WAIT: Duration = Duration::from_millis(1_200);
/// How long dead letters are kept: 14 days.
const KEPT_SECONDS: &str = "1209600";

pub struct OnEmulator {
    place: Place,
    tap: Tap,
    url: String,
    dead_url: String,
}

impl Implementation for OnEmulator {
    const NAME: &'static str = emulator::NAME;
    const DEPARTURES: &'static [Departure] = emulator::DEPARTURES;

    async fn new() -> Outcome<Self> {
        let place = Place::running()?;
        let name = unique("till-contract");
        let dead = sqs(&place, "CreateQueue", &json!({"QueueName": format!("{name}-dead")})).await?;
        let dead_url = text(&dead, "/QueueUrl")?;
        let wanted = json!({"QueueUrl": dead_url, "AttributeNames": ["QueueArn"]});
        let arn = text(&sqs(&place, "GetQueueAttributes", &wanted).await?, "/Attributes/QueueArn")?;
        let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": MOST_RECEIVES}).to_string();
        let rules = json!({"VisibilityTimeout": HIDDEN_SECONDS.to_string(), "RedrivePolicy": redrive});
        let made = sqs(&place, "CreateQueue", &json!({"QueueName": name, "Attributes": rules})).await?;
        Ok(Self { url: text(&made, "/QueueUrl")?, place, tap: Tap::default(), dead_url })
    }

    async fn end(self) -> Outcome {
        ensure(!self.tap.is_losing(), || "no answer was lost, so the case has proved nothing".to_owned())?;
        for url in [&self.url, &self.dead_url] {
            self.sqs("DeleteQueue", &json!({"QueueUrl": url})).await?;
        }
        Ok(())
    }
}

impl Queue for OnEmulator {
    type Sender = Aws;

    fn sender(&self) -> Outcome<Aws> {
        self.place.process(&self.tap, &[("FULFILMENT_QUEUE_URL", &self.url)])
    }

    async fn receive(&self, count: usize) -> Outcome<Vec<ReceivedMessage>> {
        let (begun, mut messages) = (Instant::now(), Vec::new());
        while messages.len() < count {
            let more = self.look().await?;
            if more.is_empty() {
                sleep(Duration::from_millis(20)).await;
            }
            messages.extend(more);
            ensure(begun.elapsed() < TIMEOUT, || format!("{} of {count} messages came", messages.len()))?;
        }
        Ok(messages)
    }

    async fn look(&self) -> Outcome<Vec<ReceivedMessage>> {
        self.messages(&self.url).await?.iter().map(parse).collect()
    }

    async fn delete(&self, message: &ReceivedMessage) -> Outcome {
        let wanted = json!({"QueueUrl": self.url, "ReceiptHandle": message.handle});
        self.sqs("DeleteMessage", &wanted).await.map(drop)
    }

    async fn time_out(&self) -> Outcome {
        sleep(WAIT).await;
        Ok(())
    }

    async fn give_back(&self, message: &ReceivedMessage) -> Outcome {
        let wanted = json!({"QueueUrl": self.url, "ReceiptHandle": message.handle, "VisibilityTimeout": 0});
        self.sqs("ChangeMessageVisibility", &wanted).await.map(drop)
    }

    async fn dead(&self) -> Outcome<Vec<Task>> {
        let messages = self.messages(&self.dead_url).await?;
        messages.iter().map(|message| parse(message).map(|received| received.task)).collect()
    }

    fn lose_answer(&self) {
        self.tap.lose(&["SendMessage"], 1);
    }
}

impl OnEmulator {
    async fn sqs(&self, call: &str, body: &Value) -> Outcome<Value> {
        sqs(&self.place, call, body).await
    }

    async fn messages(&self, url: &str) -> Outcome<Vec<Value>> {
        let wanted = json!({
            "QueueUrl": url,
            "MaxNumberOfMessages": 10,
            "WaitTimeSeconds": 0,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
            "MessageAttributeNames": ["All"],
        });
        let answer = self.sqs("ReceiveMessage", &wanted).await?;
        Ok(answer["Messages"].as_array().cloned().unwrap_or_default())
    }

    async fn rule(&self, url: &str, name: &str) -> Outcome<String> {
        let wanted = json!({"QueueUrl": url, "AttributeNames": [name]});
        text(&self.sqs("GetQueueAttributes", &wanted).await?, &format!("/Attributes/{name}"))
    }
}

async fn sqs(place: &Place, call: &str, body: &Value) -> Outcome<Value> {
    let answer = place.emulator.call("sqs", &format!("AmazonSQS.{call}"), "1.0", body).await;
    // Some of the service's answers have no body.
    answer.or_else(|said| if said.contains("EOF") { Ok(Value::Null) } else { Err(said) })
}

fn text(answer: &Value, pointer: &str) -> Outcome<String> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("no {pointer} in {answer}"))
}

/// Parsed as fulfil-order does.
fn parse(message: &Value) -> Outcome<ReceivedMessage> {
    let body = text(message, "/Body")?;
    let receives = text(message, "/Attributes/ApproximateReceiveCount")?;
    Ok(ReceivedMessage {
        task: task::read(&body).map_err(|bad| format!("{bad}: {body}"))?,
        receives: receives.parse().map_err(|_| format!("no count: {receives}"))?,
        handle: text(message, "/ReceiptHandle")?,
    })
}

/// Cases that need the real service.
pub fn own() -> Vec<Case> {
    cases!(OnEmulator, "queue":
        task_body_matches_the_released_one,
        queue_with_a_delay_holds_a_task_back,
        missing_queue_is_an_error,
        send_without_any_answer_is_an_error,
        queue_of_the_stack_has_the_same_rules,
    )
}

async fn task_body_matches_the_released_one(queue: &OnEmulator) -> Outcome {
    let no = number(1)?;
    for (task, word) in [(Task::Grant(no), "grant"), (Task::Revoke(no), "revoke")] {
        let sent = queue.sender()?.enqueue(task).await;
        same("the sending", &sent, &Ok(()))?;
        let message = queue.messages(&queue.url).await?.pop().ok_or("no message came")?;
        same("the body", &text(&message, "/Body")?, &format!(r#"{{"v":1,"task":"{word}","order_no":"{no}"}}"#))?;
        same("the attributes", &message.get("MessageAttributes"), &None)?;
        queue.delete(&parse(&message)?).await?;
    }
    Ok(())
}

async fn queue_with_a_delay_holds_a_task_back(queue: &OnEmulator) -> Outcome {
    let rules = json!({"QueueUrl": queue.url, "Attributes": {"DelaySeconds": "1"}});
    queue.sqs("SetQueueAttributes", &rules).await?;
    let task = Task::Grant(number(1)?);
    same("the sending", &queue.sender()?.enqueue(task).await, &Ok(()))?;
    let early = queue.look().await?;
    ensure(early.is_empty(), || format!("it came at once: {early:?}"))?;
    sleep(WAIT).await;
    let message = only(queue.look().await?)?;
    same("what came", &(message.task, message.receives), &(task, 1))?;
    queue.delete(&message).await
}

async fn missing_queue_is_an_error(queue: &OnEmulator) -> Outcome {
    let nowhere = format!("{}-nowhere", queue.url);
    let sender = queue.place.process(&queue.tap, &[("FULFILMENT_QUEUE_URL", &nowhere)])?;
    same("the sending", &sender.enqueue(Task::Grant(number(1)?)).await, &Err(Unavailable))?;
    // A retry would not help, so there is none.
    same("the calls", &queue.tap.take_calls(), &vec!["SendMessage".to_owned()])
}

/// The task is still in the queue, once for each try.
async fn send_without_any_answer_is_an_error(queue: &OnEmulator) -> Outcome {
    queue.tap.lose(&["SendMessage"], TRIES);
    let task = Task::Revoke(number(1)?);
    same("the sending", &queue.sender()?.enqueue(task).await, &Err(Unavailable))?;
    let messages = queue.receive(TRIES).await?;
    ensure(messages.iter().all(|message| message.task == task), || format!("something else came: {messages:?}"))
}

/// The product's queue has the rules of the cases' queues.
async fn queue_of_the_stack_has_the_same_rules(queue: &OnEmulator) -> Outcome {
    let stack = &queue.place.stack;
    let (url, dead_url) = (stack.output("queue_url")?, stack.output("dead_letter_queue_url")?);
    let redrive: Value = serde_json::from_str(&queue.rule(url, "RedrivePolicy").await?)
        .map_err(|error| format!("the redrive policy: {error}"))?;
    // Templates write it as a number or as text.
    let most = redrive["maxReceiveCount"].to_string();
    same("the most receipts", &most.trim_matches('"').to_owned(), &MOST_RECEIVES.to_string())?;
    same("where dead letters go", &text(&redrive, "/deadLetterTargetArn")?, &queue.rule(dead_url, "QueueArn").await?)?;
    same(
        "how long dead letters are kept",
        &queue.rule(dead_url, "MessageRetentionPeriod").await?,
        &KEPT_SECONDS.into(),
    )?;
    same("the delay", &queue.rule(url, "DelaySeconds").await?, &"0".into())?;
    // Longer than the consumer may take, so that no other consumer receives a task in work.
    let hidden = queue.rule(url, "VisibilityTimeout").await?;
    let wanted = format!("{}/2015-03-31/functions/{}", stack.output("endpoint_url")?, stack.function("fulfil-order")?);
    let consumer = till_journeys::http::send("GET", &wanted, &[], b"").await?.expect(200)?.json()?;
    let takes = consumer["Configuration"]["Timeout"].as_u64().ok_or_else(|| format!("no time-out in {consumer}"))?;
    same("how long a received message is hidden", &hidden, &(6 * takes).to_string())
}
