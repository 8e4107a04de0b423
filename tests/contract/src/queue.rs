//! Tasks in a queue: each arrives at least once; one that is not deleted comes again, and after five receipts is a dead letter.

pub mod emulator;

use futures_util::future::join_all;
use till_app::ports::{Enqueue, Task, Unavailable};
use till_domain::id::OrderNo;
use till_domain::time::Time;
use till_journeys::{Outcome, ensure, same};

use crate::case::{Case, Implementation, cases};

/// Receipts before a message becomes a dead letter.
pub const MOST_RECEIVES: u64 = 5;
const SENDERS: u64 = 16;

/// A received message.
#[derive(Clone, Debug)]
pub struct ReceivedMessage {
    pub task: Task,
    /// How often it was received, this time included.
    pub receives: u64,
    pub handle: String,
}

/// Both ends of a queue.
pub trait Queue: Implementation {
    type Sender: Enqueue;

    fn sender(&self) -> Outcome<Self::Sender>;

    /// Receives this many messages, and waits for them if necessary.
    async fn receive(&self, count: usize) -> Outcome<Vec<ReceivedMessage>>;

    /// Receives every message that is visible now.
    async fn look(&self) -> Outcome<Vec<ReceivedMessage>>;

    async fn delete(&self, message: &ReceivedMessage) -> Outcome;

    /// Waits until a received message is visible again.
    async fn time_out(&self) -> Outcome;

    /// Makes a received message visible again at once.
    async fn give_back(&self, message: &ReceivedMessage) -> Outcome;

    async fn dead(&self) -> Outcome<Vec<Task>>;

    /// Loses the answer to the next send, which takes effect. A sender that retries may get the second answer.
    fn lose_answer(&self);
}

pub fn all<W: Queue>() -> Vec<Case> {
    cases!(W, "queue":
        task_arrives_as_sent,
        deleted_message_does_not_return,
        second_delete_of_a_message_is_no_error,
        undeleted_message_returns,
        received_message_is_hidden_for_a_while,
        message_is_dead_after_five_receipts,
        lost_answer_sends_the_task_twice,
        sixteen_simultaneous_senders_lose_nothing,
    )
}

pub fn number(entropy: u64) -> Outcome<OrderNo> {
    // 2026-11-21 00:00:00 UTC.
    let at = Time::from_unix(1_795_219_200).map_err(|error| format!("{error:?}"))?;
    Ok(OrderNo::mint(at, entropy))
}

async fn send(sender: &impl Enqueue, task: Task) -> Outcome {
    sender.enqueue(task).await.map_err(|Unavailable| format!("{task:?} was not taken"))
}

fn sorted(messages: &[ReceivedMessage]) -> Vec<Task> {
    let mut tasks: Vec<Task> = messages.iter().map(|message| message.task).collect();
    tasks.sort_unstable();
    tasks
}

/// The only message of some.
pub fn only(messages: Vec<ReceivedMessage>) -> Outcome<ReceivedMessage> {
    match <[ReceivedMessage; 1]>::try_from(messages) {
        Ok([message]) => Ok(message),
        Err(messages) => Err(format!("there are {} messages instead of one", messages.len())),
    }
}

async fn is_empty(queue: &impl Queue) -> Outcome {
    let messages = queue.look().await?;
    ensure(messages.is_empty(), || format!("there are still messages: {messages:?}"))
}

async fn task_arrives_as_sent(queue: &impl Queue) -> Outcome {
    let sender = queue.sender()?;
    let tasks = [Task::Grant(number(1)?), Task::Grant(number(2)?), Task::Revoke(number(1)?)];
    for task in tasks {
        send(&sender, task).await?;
    }
    let messages = queue.receive(tasks.len()).await?;
    let mut expected = tasks.to_vec();
    expected.sort_unstable();
    same("the tasks that arrived", &sorted(&messages), &expected)?;
    ensure(messages.iter().all(|message| message.receives == 1), || format!("received before: {messages:?}"))?;
    for message in &messages {
        queue.delete(message).await?;
    }
    is_empty(queue).await
}

async fn deleted_message_does_not_return(queue: &impl Queue) -> Outcome {
    send(&queue.sender()?, Task::Grant(number(1)?)).await?;
    let message = only(queue.receive(1).await?)?;
    queue.delete(&message).await?;
    queue.time_out().await?;
    is_empty(queue).await?;
    same("the dead letters", &queue.dead().await?, &vec![])
}

/// A slow consumer may delete a message after another consumer did.
async fn second_delete_of_a_message_is_no_error(queue: &impl Queue) -> Outcome {
    send(&queue.sender()?, Task::Grant(number(1)?)).await?;
    let message = only(queue.receive(1).await?)?;
    queue.delete(&message).await?;
    queue.delete(&message).await?;
    is_empty(queue).await
}

async fn undeleted_message_returns(queue: &impl Queue) -> Outcome {
    let task = Task::Revoke(number(1)?);
    send(&queue.sender()?, task).await?;
    let first = only(queue.receive(1).await?)?;
    queue.time_out().await?;
    let second = only(queue.receive(1).await?)?;
    same("the tasks", &[first.task, second.task], &[task, task])?;
    same("the counts of receipts", &[first.receives, second.receives], &[1, 2])?;
    queue.delete(&second).await
}

async fn received_message_is_hidden_for_a_while(queue: &impl Queue) -> Outcome {
    send(&queue.sender()?, Task::Grant(number(1)?)).await?;
    let message = only(queue.receive(1).await?)?;
    let seen = queue.look().await?;
    ensure(seen.is_empty(), || "a received message is visible to another consumer".to_owned())?;
    queue.delete(&message).await
}

async fn message_is_dead_after_five_receipts(queue: &impl Queue) -> Outcome {
    let (task, other) = (Task::Grant(number(1)?), Task::Grant(number(2)?));
    let sender = queue.sender()?;
    send(&sender, task).await?;
    for receipt in 1..=MOST_RECEIVES {
        same("the dead letters", &queue.dead().await?, &vec![])?;
        let message = only(queue.receive(1).await?)?;
        same("the receipt", &(message.task, message.receives), &(task, receipt))?;
        queue.give_back(&message).await?;
    }
    is_empty(queue).await?;
    same("the dead letters", &queue.dead().await?, &vec![task])?;
    // It does not block other messages.
    send(&sender, other).await?;
    let message = only(queue.receive(1).await?)?;
    same("the receipt", &(message.task, message.receives), &(other, 1))?;
    queue.delete(&message).await
}

async fn lost_answer_sends_the_task_twice(queue: &impl Queue) -> Outcome {
    let (sender, task) = (queue.sender()?, Task::Grant(number(1)?));
    queue.lose_answer();
    // A sender without an answer sends it again.
    if sender.enqueue(task).await.is_err() {
        send(&sender, task).await?;
    }
    let messages = queue.receive(2).await?;
    same("the tasks that arrived", &sorted(&messages), &vec![task, task])?;
    // They are two messages: deleting one does not delete the other.
    let [first, second] = messages.as_slice() else { return Err("there are not two messages".to_owned()) };
    queue.delete(first).await?;
    queue.give_back(second).await?;
    let again = only(queue.receive(1).await?)?;
    same("the message that came again", &(again.task, again.receives), &(task, 2))?;
    queue.delete(&again).await?;
    is_empty(queue).await
}

async fn sixteen_simultaneous_senders_lose_nothing(queue: &impl Queue) -> Outcome {
    let senders = (0..SENDERS).map(|_| queue.sender()).collect::<Outcome<Vec<_>>>()?;
    let tasks = (0..SENDERS).map(|nth| number(nth).map(Task::Grant)).collect::<Outcome<Vec<_>>>()?;
    let sent = join_all(senders.iter().zip(&tasks).map(|(sender, task)| send(sender, *task))).await;
    sent.into_iter().collect::<Outcome<Vec<()>>>()?;
    let messages = queue.receive(tasks.len()).await?;
    let mut expected = tasks;
    expected.sort_unstable();
    same("the tasks that arrived", &sorted(&messages), &expected)?;
    for message in &messages {
        queue.delete(message).await?;
    }
    is_empty(queue).await
}
