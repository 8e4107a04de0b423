//! `till channels`: where alarms go. They are one secret, because whoever has a bot's URL can write to the team: nothing here prints
//! a URL or a key.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use till_app::ports::{AlarmWord, ReadSecret as _};
use till_aws::Aws;
use till_domain::time::Time;
use till_notify_team::{CHANNELS_SECRET, Channel, Kind, Notice, Sender, read_channels, send_test};

use crate::deployment::Deployment;
use crate::{Failure, confirm, files, put_secret};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the channels, without their URLs and keys
    Show,
    /// Replace the channels by those of a file: docs/operating.md has its form
    Set {
        /// The channels as JSON
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Do not ask before the change
        #[arg(long)]
        yes: bool,
    },
    /// Send a message to each channel, or to one, and say what it answered
    Test {
        /// Only this channel, by its name in the file
        #[arg(long, value_name = "CHANNEL")]
        name: Option<String>,
    },
}

pub async fn run(deployment: &Deployment, arguments: Arguments) -> Result<(), Failure> {
    let aws = &deployment.aws;
    let allows_local = allows_local(deployment);
    match arguments.command {
        Command::Show => {
            print!("{}", list(&stored(aws, allows_local).await?));
            Ok(())
        }
        Command::Set { file, yes } => set(aws, &file, yes, allows_local).await,
        Command::Test { name } => test(aws, name.as_deref(), allows_local).await,
    }
}

/// Receivers on this machine are for stages with a sandbox, as in the function.
fn allows_local(deployment: &Deployment) -> bool {
    let has_sandbox = match &deployment.outputs {
        Some(outputs) => outputs.get("SandboxApiId").is_ok(),
        None => std::env::var("SANDBOX_API_ID").is_ok_and(|id| !id.is_empty()),
    };
    has_sandbox && !deployment.aws.settings().is_production()
}

async fn stored(aws: &Aws, allows_local: bool) -> Result<Vec<Channel>, Failure> {
    let Some(secret) = aws.read_secret(CHANNELS_SECRET).await? else { return Ok(Vec::new()) };
    read_channels(&secret.current, allows_local).map_err(|bad| format!("the secret {CHANNELS_SECRET}: {bad}").into())
}

async fn set(aws: &Aws, file: &Path, yes: bool, allows_local: bool) -> Result<(), Failure> {
    let json = std::fs::read_to_string(file).map_err(|error| files::with_name(file, &error))?;
    let channels = read_channels(&json, allows_local).map_err(|bad| format!("{}: {bad}", file.display()))?;
    println!("{}: alarms will go to", aws.settings().stage);
    print!("{}", list(&channels));
    confirm(yes)?;
    put_secret(aws, CHANNELS_SECRET, &json).await?;
    println!("They count within five minutes. `till channels test` sends a message to each.");
    Ok(())
}

async fn test(aws: &Aws, name: Option<&str>, allows_local: bool) -> Result<(), Failure> {
    let all = stored(aws, allows_local).await?;
    let chosen: Vec<&Channel> = all.iter().filter(|channel| name.is_none_or(|name| channel.name == name)).collect();
    if chosen.is_empty() {
        return Err(
            name.map_or_else(|| "no channel is set".into(), |name| format!("there is no channel {name}").into())
        );
    }
    let sender =
        Sender::new(std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()).as_deref().map(Path::new))?;
    let mut refused = 0_usize;
    for channel in chosen {
        let name = &channel.name;
        if channel.kind == Kind::Email && aws.settings().alarm_topic_arn.is_none() {
            println!("{name}: mails go through the stage's topic: docs/deploying.md says how to try it");
            continue;
        }
        let notice = Notice::test(&aws.settings().stage, now());
        match send_test(aws, &sender, channel, &notice, now()).await {
            Ok(()) => println!("{name}: it accepted the message"),
            Err(why) => {
                refused = refused.saturating_add(1);
                println!("{name}: {why}");
            }
        }
    }
    if refused == 0 { Ok(()) } else { Err(format!("{refused} did not accept the message").into()) }
}

/// A line for each channel.
fn list(channels: &[Channel]) -> String {
    if channels.is_empty() {
        return "e-mail only, if the stage has an address\n".to_owned();
    }
    let line = |channel: &Channel| {
        let Channel { name, kind, language, words, .. } = channel;
        let names = |words: &[AlarmWord]| words.iter().map(|word| word.as_str()).collect::<Vec<&str>>().join(", ");
        let words = words.as_deref().map_or_else(|| "all words".to_owned(), names);
        let place = match (kind, channel.is_signed()) {
            (Kind::Email, _) => "the address of the stage".to_owned(),
            (_, true) => format!("{}, signed", channel.host()),
            (_, false) => format!("{}, not signed", channel.host()),
        };
        format!("  {name}: {}, {place}, {language}, {words}\n", kind.as_str())
    };
    channels.iter().map(line).collect()
}

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).ok().and_then(|unix| Time::from_unix(unix).ok()).unwrap_or(Time::FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_shows_no_url_and_no_key() {
        let json = r#"{"channels":[{"name":"mail","kind":"email"},
            {"name":"ops","kind":"dingtalk","url":"https://oapi.dingtalk.com/robot/send?access_token=hidden",
            "secret":"SEChidden","words":["orphan","dispute"],"language":"en"}]}"#;
        let shown = list(&read_channels(json, false).unwrap());
        let expected = "  mail: email, the address of the stage, zh, all words\n  \
                        ops: dingtalk, oapi.dingtalk.com, signed, en, orphan, dispute\n";
        assert_eq!(shown, expected);
        assert!(list(&[]).starts_with("e-mail only"));
    }
}
