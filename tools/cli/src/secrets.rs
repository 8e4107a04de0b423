//! `till secrets`: new values for the secrets that Till makes itself, and the end of the value before the current one. It says
//! what counts from when and until when, and never shows a value.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use till_app::ports::ReadSecret as _;
use till_aws::Aws;
use till_aws::rotation::Standing;
use till_domain::time::Time;

use crate::{Failure, confirm, files, put_secret};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new random value; the one before it counts for ROTATION_GRACE_HOURS more
    Rotate {
        /// Which key
        name: Signing,
        /// Do not ask before the change
        #[arg(long)]
        yes: bool,
    },
    /// End the value before the current one now: for a key that is known to others
    RevokePrevious {
        /// bearer, tickets, proxy, or account/ID
        name: String,
        /// Do not ask before the change
        #[arg(long)]
        yes: bool,
    },
}

/// A secret whose value Till can make. Those of accounts come from the providers: `till accounts`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Signing {
    /// Signs users' tokens, where JWT_ALGORITHM is HS256
    Bearer,
    /// Signs the tickets of sockets
    Tickets,
}

impl Signing {
    const ALL: [Self; 2] = [Self::Bearer, Self::Tickets];

    const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Tickets => "tickets",
        }
    }

    fn new_value(self) -> Result<String, Failure> {
        Ok(json!({ self.name(): files::secret()? }).to_string())
    }
}

pub async fn run(aws: &Aws, arguments: Arguments) -> Result<(), Failure> {
    let stage = &aws.settings().stage;
    match arguments.command {
        Command::Rotate { name, yes } => {
            println!("{stage}: the secret {} gets a new random value.", name.name());
            confirm(yes)?;
            put_secret(aws, name.name(), &name.new_value()?).await?;
            println!("{}", rotated(name, standing(aws, name.name()).await?));
        }
        Command::RevokePrevious { name, yes } => {
            println!("{stage}: the value of {name} before the current one will verify nothing any more.");
            confirm(yes)?;
            let was_there = aws.revoke_previous(&name).await.map_err(|why| format!("the secret {name}: {why}"))?;
            println!("{}", revoked(&name, was_there, standing(aws, &name).await?));
        }
    }
    Ok(())
}

/// Makes the secrets that a stack on this machine does not have yet.
pub async fn make_missing(aws: &Aws) -> Result<(), Failure> {
    for signing in Signing::ALL {
        if aws.standing(signing.name()).await?.is_none() {
            put_secret(aws, signing.name(), &signing.new_value()?).await?;
        }
    }
    Ok(())
}

/// The key that signs users' tokens.
pub async fn bearer(aws: &Aws) -> Result<String, Failure> {
    let secret = aws
        .read_secret("bearer")
        .await?
        .ok_or("the stack has no secret `bearer`: `till secrets rotate bearer` makes one")?;
    // The parser's message may quote the secret.
    let value: Value = serde_json::from_str(&secret.current).map_err(|_| "the secret `bearer` is no JSON")?;
    value["bearer"].as_str().map(str::to_owned).ok_or_else(|| "the secret `bearer` has no field `bearer`".into())
}

async fn standing(aws: &Aws, name: &str) -> Result<Standing, Failure> {
    aws.standing(name).await?.ok_or_else(|| format!("there is no secret {name}").into())
}

fn rotated(name: Signing, standing: Standing) -> String {
    let signed = match name {
        Signing::Bearer => {
            "Tokens that your sign-in signs with it are accepted at once. Give it to your sign-in: the value is in Secrets Manager"
        }
        Signing::Tickets => "New tickets are signed with it within five minutes",
    };
    let before = match standing.previous_until {
        Some(until) => format!(
            "What the value before it signed is accepted until {} (unless the stage sets another ROTATION_GRACE_HOURS). To end that now: till secrets revoke-previous {}",
            written(until),
            name.name()
        ),
        None => "No value before it is accepted".to_owned(),
    };
    format!("The new value of {} stands since {}.\n{signed}.\n{before}.", name.name(), written(standing.since))
}

fn revoked(name: &str, was_there: bool, standing: Standing) -> String {
    let since = written(standing.since);
    if was_there {
        format!(
            "Only the value of {name} that was made at {since} counts from now on. Functions that are running may have the old one in \
             their memory for five minutes more; to end that too, deploy any change of a setting: it starts them anew."
        )
    } else {
        format!("There was no value of {name} before the current one, which was made at {since}.")
    }
}

/// In UTC, to the second.
fn written(at: Time) -> String {
    let china = at.minus(till_domain::time::Seconds::hours(8)).in_china();
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
        china.year, china.month, china.day, china.hour, china.minute, china.second
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(unix: i64) -> Time {
        Time::from_unix(unix).unwrap()
    }

    #[test]
    fn what_counts_until_when_is_said_in_words() {
        let both = Standing { since: at(1_795_219_200), previous_until: Some(at(1_795_305_600)) };
        let alone = Standing { previous_until: None, ..both };
        let told = rotated(Signing::Bearer, both);
        assert!(told.contains("bearer stands since 2026-11-21 00:00:00 UTC"), "{told}");
        assert!(told.contains("accepted until 2026-11-22 00:00:00 UTC"), "{told}");
        assert!(told.contains("till secrets revoke-previous bearer"), "{told}");
        assert!(rotated(Signing::Tickets, alone).ends_with("No value before it is accepted."));
        assert!(revoked("account/main", true, alone).contains("five minutes"));
        assert!(revoked("tickets", false, alone).starts_with("There was no value of tickets"));
    }

    #[test]
    fn new_value_is_a_long_random_key_in_a_field_of_the_secrets_name() {
        for signing in Signing::ALL {
            let value: Value = serde_json::from_str(&signing.new_value().unwrap()).unwrap();
            let key = value[signing.name()].as_str().unwrap();
            assert!(key.len() >= 43, "{} bytes", key.len());
            assert_ne!(signing.new_value().unwrap(), value.to_string());
        }
    }
}
