//! Secrets: which values are valid, how long they are cached, and which names are read.

pub mod emulator;

use till_app::ports::{ReadSecret, Secret, Unavailable};
use till_domain::time::Seconds;
use till_journeys::{Outcome, ensure, same};

use crate::case::{Case, Implementation, cases};

/// None if there is no secret.
pub type Values = Option<Both>;
/// The current value and the previous one.
pub type Both = (String, Option<String>);

/// Names that lead to other secrets, or to none.
pub const INVALID_NAMES: [&str; 11] = [
    "",
    "token",
    "tokens",
    "tickets/",
    "account/",
    "account/a/b",
    "account/../bearer",
    "account/a b",
    "sandbox/config",
    "/bearer",
    "arn:aws:secretsmanager:us-east-1:000000000000:secret:till/dev/bearer",
];

/// Both ends of secrets.
pub trait Secrets: Implementation {
    type Ports: ReadSecret;

    fn ports(&self) -> &Self::Ports;

    /// Writes a secret in another process, so that this one's cache does not change.
    async fn write(&self, name: &str, json: &str) -> Outcome;

    fn pass(&self, length: Seconds);
}

pub fn all<W: Secrets>() -> Vec<Case> {
    cases!(W, "secrets":
        first_value_has_no_previous_one,
        previous_value_stays_valid,
        value_is_cached_for_five_minutes,
        previous_value_counts_for_a_day_after_the_new_one,
        refresh_reads_a_secret_anew_four_times_and_then_every_15_seconds,
        each_secret_is_refreshed_separately,
        missing_secret_is_none,
        secret_with_an_unknown_name_is_not_read,
        secret_value_is_never_shown,
    )
}

pub fn values(secret: Result<Option<Secret>, Unavailable>) -> Outcome<Values> {
    let secret = secret.map_err(|Unavailable| "the secret could not be read".to_owned())?;
    Ok(secret.map(|one| (one.current.to_string(), one.previous.map(|value| value.to_string()))))
}

pub fn both(current: &str, previous: Option<&str>) -> Both {
    (current.to_owned(), previous.map(str::to_owned))
}

async fn reads(secrets: &impl Secrets, name: &str, expected: impl Into<Values>) -> Outcome {
    same(&format!("{name}, as it is read"), &values(secrets.ports().read_secret(name).await)?, &expected.into())
}

async fn refreshes(secrets: &impl Secrets, name: &str, expected: impl Into<Values>) -> Outcome {
    same(&format!("{name}, as it is read anew"), &values(secrets.ports().refresh_secret(name).await)?, &expected.into())
}

const ONE: &str = r#"{"key":"1"}"#;
const TWO: &str = r#"{"key":"2 密钥"}"#;
const THREE: &str = r#"{"key":"3"}"#;

async fn first_value_has_no_previous_one(secrets: &impl Secrets) -> Outcome {
    for name in ["bearer", "tickets", "account/main"] {
        secrets.write(name, ONE).await?;
        reads(secrets, name, both(ONE, None)).await?;
    }
    Ok(())
}

async fn previous_value_stays_valid(secrets: &impl Secrets) -> Outcome {
    secrets.write("account/main", ONE).await?;
    secrets.write("account/main", TWO).await?;
    reads(secrets, "account/main", both(TWO, Some(ONE))).await?;
    // Only one previous value is kept.
    secrets.write("account/main", THREE).await?;
    secrets.pass(Seconds::minutes(5));
    reads(secrets, "account/main", both(THREE, Some(TWO))).await
}

async fn value_is_cached_for_five_minutes(secrets: &impl Secrets) -> Outcome {
    secrets.write("account/main", ONE).await?;
    reads(secrets, "account/main", both(ONE, None)).await?;
    secrets.write("account/main", TWO).await?;
    secrets.pass(Seconds(299));
    reads(secrets, "account/main", both(ONE, None)).await?;
    secrets.pass(Seconds(1));
    reads(secrets, "account/main", both(TWO, Some(ONE))).await
}

async fn previous_value_counts_for_a_day_after_the_new_one(secrets: &impl Secrets) -> Outcome {
    let name = "account/main";
    secrets.write(name, ONE).await?;
    secrets.write(name, TWO).await?;
    // A minute for the clocks of both sides.
    secrets.pass(Seconds(86_340));
    reads(secrets, name, both(TWO, Some(ONE))).await?;
    // Both values are in the cache now.
    secrets.pass(Seconds(120));
    reads(secrets, name, both(TWO, None)).await?;
    refreshes(secrets, name, both(TWO, None)).await
}

async fn refresh_reads_a_secret_anew_four_times_and_then_every_15_seconds(secrets: &impl Secrets) -> Outcome {
    let name = "account/main";
    secrets.write(name, ONE).await?;
    reads(secrets, name, both(ONE, None)).await?;
    for _ in 0..3 {
        refreshes(secrets, name, both(ONE, None)).await?;
    }
    secrets.write(name, TWO).await?;
    refreshes(secrets, name, both(TWO, Some(ONE))).await?;
    secrets.write(name, THREE).await?;
    secrets.pass(Seconds(14));
    // Until then the cached values are returned.
    refreshes(secrets, name, both(TWO, Some(ONE))).await?;
    reads(secrets, name, both(TWO, Some(ONE))).await?;
    secrets.pass(Seconds(1));
    refreshes(secrets, name, both(THREE, Some(TWO))).await
}

async fn each_secret_is_refreshed_separately(secrets: &impl Secrets) -> Outcome {
    for name in ["account/one", "account/two"] {
        secrets.write(name, ONE).await?;
        reads(secrets, name, both(ONE, None)).await?;
        secrets.write(name, TWO).await?;
    }
    for name in ["account/one", "account/two"] {
        refreshes(secrets, name, both(TWO, Some(ONE))).await?;
    }
    Ok(())
}

async fn missing_secret_is_none(secrets: &impl Secrets) -> Outcome {
    for name in ["bearer", "account/nobody"] {
        reads(secrets, name, None).await?;
        secrets.write(name, ONE).await?;
        // That there is none is cached too.
        reads(secrets, name, None).await?;
        refreshes(secrets, name, both(ONE, None)).await?;
        reads(secrets, name, both(ONE, None)).await?;
    }
    Ok(())
}

async fn secret_with_an_unknown_name_is_not_read(secrets: &impl Secrets) -> Outcome {
    secrets.write("bearer", ONE).await?;
    // The sandbox's own secret, which functions must not read.
    secrets.write("sandbox/config", ONE).await?;
    let long = format!("account/{}", "a".repeat(65));
    for name in INVALID_NAMES.into_iter().chain([long.as_str()]) {
        for read in [secrets.ports().read_secret(name).await, secrets.ports().refresh_secret(name).await] {
            ensure(read == Err(Unavailable), || format!("{name:?}: it was read, though no secret has such a name"))?;
        }
    }
    reads(secrets, "bearer", both(ONE, None)).await
}

async fn secret_value_is_never_shown(secrets: &impl Secrets) -> Outcome {
    secrets.write("account/main", ONE).await?;
    secrets.write("account/main", THREE).await?;
    let secret = secrets.ports().read_secret("account/main").await;
    same("what is shown", &format!("{secret:?}"), &"Ok(Some(Secret))".to_owned())
}
