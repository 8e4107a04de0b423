//! `till redrive`: sends the dead letters of a queue back into it, by SQS itself; on an emulator that cannot, one by one.

use std::io::Write;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata as _};
use aws_sdk_sqs::types::QueueAttributeName;
use clap::Args;

use super::Ask;
use crate::Failure;
use crate::deployment::Deployment;
use crate::exit::{Exit, Stopped};

/// Of one batch of letters that are sent back one by one.
const BATCH: i32 = 10;
/// An emulator that delivers a letter again before it is deleted must not keep the program busy for ever.
const MOST_BY_HAND: usize = 10_000;

#[derive(Args)]
pub struct Arguments {
    /// The queue: fulfilment, sweep or alarms
    #[arg(value_parser = queue)]
    queue: String,
    /// Letters that are sent back in a second, so that the functions are not flooded; 1 to 500
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..=500))]
    per_second: i32,
    /// Do not ask before
    #[arg(long)]
    yes: bool,
}

fn queue(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("a queue has a name of small letters, such as fulfilment".to_owned())
    }
}

struct Queue {
    url: String,
    arn: String,
    letters: u64,
}

pub async fn run(
    deployment: &Deployment,
    arguments: &Arguments,
    out: &mut dyn Write,
    notes: &mut dyn Write,
    ask: Ask,
) -> Result<(), Failure> {
    let client = Client::new(&deployment.config);
    let name = format!("till-{}-{}", deployment.aws.settings().stage, arguments.queue);
    let to = find(&client, &name).await?;
    let dead = find(&client, &format!("{name}-dead")).await?;
    if dead.letters == 0 {
        writeln!(out, "{name}-dead is empty")?;
        return Ok(());
    }
    writeln!(notes, "{name}-dead has about {} letters, which go back into {name} and are handled again", dead.letters)?;
    writeln!(notes, "a task that was done already does nothing twice")?;
    let confirmed = ask(arguments.yes).map_err(|why| Stopped::new(Exit::NotConfirmed, why.to_string()))?;
    if !confirmed {
        return Err(Stopped::new(Exit::NotConfirmed, "nothing was changed").into());
    }
    let start = client.start_message_move_task().source_arn(&dead.arn);
    let started = start.max_number_of_messages_per_second(arguments.per_second).send().await;
    match started {
        Ok(_) => writeln!(out, "SQS sends them back, {} a second at most", arguments.per_second)?,
        Err(error) if deployment.config.endpoint_url().is_some() && is_unknown(error.code()) => {
            writeln!(out, "sent back: {}", by_hand(&client, &dead, &to).await?)?;
        }
        Err(error) => return Err(format!("SQS: {}", DisplayErrorContext(&error)).into()),
    }
    Ok(())
}

/// Whether it is an action that an emulator does not have.
fn is_unknown(code: Option<&str>) -> bool {
    code.is_none_or(|code| {
        ["InvalidAction", "NotImplemented", "UnknownOperation", "Unsupported"].iter().any(|word| code.contains(word))
    })
}

async fn find(client: &Client, name: &str) -> Result<Queue, Failure> {
    let failed = |why: String| Stopped::new(Exit::Failed, format!("the queue {name}: {why}"));
    let found = client.get_queue_url().queue_name(name).send().await.map_err(|error| {
        if error
            .code()
            .is_some_and(|code| ["NonExistentQueue", "QueueDoesNotExist"].iter().any(|one| code.contains(one)))
        {
            let text = format!("there is no queue {name}: a stage has fulfilment, sweep and alarms");
            return Stopped::new(Exit::NotFound, text);
        }
        failed(DisplayErrorContext(&error).to_string())
    })?;
    let url = found.queue_url.ok_or_else(|| failed("it has no address".to_owned()))?;
    let names = [QueueAttributeName::QueueArn, QueueAttributeName::ApproximateNumberOfMessages];
    let read = client.get_queue_attributes().queue_url(&url).set_attribute_names(Some(names.to_vec())).send().await;
    let read = read.map_err(|error| failed(DisplayErrorContext(&error).to_string()))?;
    let mut attributes = read.attributes.unwrap_or_default();
    let arn = attributes.remove(&QueueAttributeName::QueueArn).ok_or_else(|| failed("it has no ARN".to_owned()))?;
    let letters = attributes.remove(&QueueAttributeName::ApproximateNumberOfMessages);
    Ok(Queue { url, arn, letters: letters.and_then(|letters| letters.parse().ok()).unwrap_or(0) })
}

/// A letter is deleted only after it was sent: it may come twice, and is never lost.
async fn by_hand(client: &Client, dead: &Queue, to: &Queue) -> Result<usize, Failure> {
    let mut sent: usize = 0;
    while sent < MOST_BY_HAND {
        let received = client.receive_message().queue_url(&dead.url).max_number_of_messages(BATCH).send().await?;
        let letters = received.messages.unwrap_or_default();
        if letters.is_empty() {
            break;
        }
        for letter in letters {
            client.send_message().queue_url(&to.url).message_body(letter.body.unwrap_or_default()).send().await?;
            client.delete_message().queue_url(&dead.url).set_receipt_handle(letter.receipt_handle).send().await?;
            sent = sent.saturating_add(1);
        }
    }
    Ok(sent)
}
