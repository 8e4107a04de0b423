//! Secrets on the emulator: each case has a folder of its own, and writes as the program `till` does.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use till_app::ports::{ReadSecret as _, Unavailable};
use till_aws::Aws;
use till_contract::Departure;
use till_contract::tap::Tap;
use till_domain::time::{Seconds, Time};
use till_journeys::{Outcome, ensure, same};

use super::{INVALID_NAMES, Secrets, both, values};
use crate::case::{Case, Implementation, cases};
use crate::emulator::{self, Place, unique};

pub struct OnEmulator {
    place: Place,
    stage: String,
    now: Rc<Cell<Time>>,
    aws: Aws,
    tap: Tap,
    /// The program `till`, as another process.
    tool: Aws,
    tool_tap: Tap,
}

impl Implementation for OnEmulator {
    const NAME: &'static str = emulator::NAME;
    const DEPARTURES: &'static [Departure] = emulator::DEPARTURES;

    async fn new() -> Outcome<Self> {
        let place = Place::running()?;
        let stage = unique("contract");
        // The service dates the values by its own clock.
        let start = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?.as_secs();
        let start = i64::try_from(start).ok().and_then(|unix| Time::from_unix(unix).ok()).ok_or("no time of day")?;
        let (now, tap, tool_tap) = (Rc::new(Cell::new(start)), Tap::default(), Tap::default());
        let clock = Rc::clone(&now);
        let aws = place.process(&tap, &[("STAGE", &stage)])?.with_clock(move || clock.get());
        let tool = place.process(&tool_tap, &[("STAGE", &stage)])?;
        Ok(Self { place, stage, now, aws, tap, tool, tool_tap })
    }

    async fn end(self) -> Outcome {
        ensure(!self.tool_tap.is_losing(), || "no answer was lost, so the case has proved nothing".to_owned())?;
        let ours =
            json!({"Filters": [{"Key": "name", "Values": [format!("till/{}/", self.stage)]}], "MaxResults": 100});
        let listed = self.manager("ListSecrets", &ours).await?;
        for secret in listed["SecretList"].as_array().into_iter().flatten() {
            let named = json!({"SecretId": secret["Name"], "ForceDeleteWithoutRecovery": true});
            self.manager("DeleteSecret", &named).await?;
        }
        Ok(())
    }
}

impl Secrets for OnEmulator {
    type Ports = Aws;

    fn ports(&self) -> &Aws {
        &self.aws
    }

    async fn write(&self, name: &str, json: &str) -> Outcome {
        self.tool.put_secret(name, json).await.map_err(|error| format!("{name}: {error}"))
    }

    fn pass(&self, length: Seconds) {
        self.now.set(self.now.get().plus(length));
    }
}

impl OnEmulator {
    async fn manager(&self, call: &str, body: &Value) -> Outcome<Value> {
        self.place.emulator.call("secretsmanager", &format!("secretsmanager.{call}"), "1.1", body).await
    }

    fn id(&self, name: &str) -> String {
        format!("till/{}/{name}", self.stage)
    }

    /// The stages of each version that has any.
    async fn versions(&self, name: &str) -> Outcome<Vec<String>> {
        let told = self.manager("ListSecretVersionIds", &json!({"SecretId": self.id(name)})).await?;
        let stages = |version: &Value| version["VersionStages"].to_string();
        let all = told["Versions"].as_array().into_iter().flatten().map(stages);
        // AWS leaves out versions without a stage; the emulator lists them.
        let mut versions: Vec<String> = all.filter(|stages| stages != "[]").collect();
        versions.sort_unstable();
        Ok(versions)
    }
}

const CURRENT: &str = r#"["AWSCURRENT"]"#;
const PREVIOUS: &str = r#"["AWSPREVIOUS"]"#;
const ONE: &str = r#"{"key":"1"}"#;
const TWO: &str = r#"{"key":"2"}"#;

/// Cases that need the real service.
pub fn own() -> Vec<Case> {
    cases!(OnEmulator, "secrets":
        cached_secret_costs_no_call,
        secret_with_an_unknown_name_costs_no_call,
        writing_the_current_value_changes_nothing,
        first_write_whose_answer_is_lost_succeeds,
        repeated_first_write_is_one_version,
        later_write_whose_answer_is_lost_is_one_version,
        retried_write_keeps_its_request_token,
        invalid_secret_is_not_written,
        secret_under_deletion_is_an_error,
        revoked_value_is_read_no_more,
        secrets_of_the_stack_are_read,
    )
}

async fn cached_secret_costs_no_call(secrets: &OnEmulator) -> Outcome {
    secrets.write("account/main", ONE).await?;
    // One call for each of the two values.
    let two = vec!["GetSecretValue".to_owned(); 2];
    for expected in [two.clone(), vec![]] {
        same("the value", &values(secrets.aws.read_secret("account/main").await)?, &Some(both(ONE, None)))?;
        same("the calls", &secrets.tap.take_calls(), &expected)?;
    }
    secrets.pass(Seconds(10));
    for expected in [two.clone(), two.clone(), two.clone(), two.clone(), vec![], vec![]] {
        same("the value", &values(secrets.aws.refresh_secret("account/main").await)?, &Some(both(ONE, None)))?;
        same("the calls to read it anew", &secrets.tap.take_calls(), &expected)?;
    }
    secrets.pass(Seconds(299));
    same("the value", &values(secrets.aws.read_secret("account/main").await)?, &Some(both(ONE, None)))?;
    same("the calls", &secrets.tap.take_calls(), &vec![])?;
    secrets.pass(Seconds(1));
    same("the value", &values(secrets.aws.read_secret("account/main").await)?, &Some(both(ONE, None)))?;
    same("the calls after five minutes", &secrets.tap.take_calls(), &two)
}

async fn secret_with_an_unknown_name_costs_no_call(secrets: &OnEmulator) -> Outcome {
    for name in INVALID_NAMES {
        same("the reading", &secrets.aws.read_secret(name).await.is_err(), &true)?;
        same("the reading anew", &secrets.aws.refresh_secret(name).await.is_err(), &true)?;
    }
    same("the calls", &secrets.tap.take_calls(), &vec![])
}

async fn writing_the_current_value_changes_nothing(secrets: &OnEmulator) -> Outcome {
    let name = "account/main";
    for _ in 0..3 {
        secrets.write(name, ONE).await?;
    }
    same("the versions", &secrets.versions(name).await?, &vec![CURRENT.to_owned()])?;
    for _ in 0..3 {
        secrets.write(name, TWO).await?;
    }
    same("the versions", &secrets.versions(name).await?, &vec![CURRENT.to_owned(), PREVIOUS.to_owned()])?;
    same("the values", &values(secrets.aws.read_secret(name).await)?, &Some(both(TWO, Some(ONE))))
}

/// The SDK retries, and the second answer is a success.
async fn first_write_whose_answer_is_lost_succeeds(secrets: &OnEmulator) -> Outcome {
    secrets.tool_tap.lose(&["CreateSecret"], 1);
    secrets.write("account/main", ONE).await
}

async fn repeated_first_write_is_one_version(secrets: &OnEmulator) -> Outcome {
    let name = "account/main";
    secrets.tool_tap.lose(&["CreateSecret"], 1);
    // After any answer the team writes it again.
    let _ = secrets.tool.put_secret(name, ONE).await;
    secrets.write(name, ONE).await?;
    same("the versions", &secrets.versions(name).await?, &vec![CURRENT.to_owned()])?;
    same("the values", &values(secrets.aws.read_secret(name).await)?, &Some(both(ONE, None)))
}

/// A retry must not push out the previous value, which may still be in use.
async fn later_write_whose_answer_is_lost_is_one_version(secrets: &OnEmulator) -> Outcome {
    let name = "account/main";
    secrets.write(name, ONE).await?;
    secrets.tool_tap.lose(&["PutSecretValue"], 1);
    secrets.write(name, TWO).await?;
    same("the values", &values(secrets.aws.read_secret(name).await)?, &Some(both(TWO, Some(ONE))))?;
    same("the versions", &secrets.versions(name).await?, &vec![CURRENT.to_owned(), PREVIOUS.to_owned()])
}

/// By the token the service recognises a retry, and ignores it.
async fn retried_write_keeps_its_request_token(secrets: &OnEmulator) -> Outcome {
    let name = "account/main";
    for (call, json) in [("CreateSecret", ONE), ("PutSecretValue", TWO)] {
        secrets.tool_tap.lose(&[call], 1);
        // The emulator's answer does not matter here.
        let _ = secrets.tool.put_secret(name, json).await;
        let sent = secrets.tool_tap.take_requests(call);
        let tokens: Vec<Option<&str>> = sent.iter().map(|sent| sent["ClientRequestToken"].as_str()).collect();
        same(&format!("the tries of {call}"), &tokens.len(), &2)?;
        let is_one = tokens.first().is_some_and(|first| first.is_some() && tokens.iter().all(|one| one == first));
        ensure(is_one, || format!("{call} was repeated with {tokens:?}"))?;
    }
    Ok(())
}

async fn invalid_secret_is_not_written(secrets: &OnEmulator) -> Outcome {
    for (name, json) in
        [("other", ONE), ("account/../bearer", ONE), ("tokens", ONE), ("sandbox/other", ONE), ("bearer", "[]")]
    {
        ensure(secrets.tool.put_secret(name, json).await.is_err(), || format!("{name}: {json} is taken"))?;
    }
    same("the calls", &secrets.tool_tap.take_calls(), &vec![])
}

/// It can still be restored, so an account must not look as if it never had keys.
async fn secret_under_deletion_is_an_error(secrets: &OnEmulator) -> Outcome {
    let name = "account/main";
    secrets.write(name, ONE).await?;
    let id = secrets.id(name);
    secrets.manager("DeleteSecret", &json!({"SecretId": id, "RecoveryWindowInDays": 7})).await?;
    same("the reading", &secrets.aws.read_secret(name).await, &Err(Unavailable))?;
    secrets.manager("RestoreSecret", &json!({"SecretId": id})).await?;
    same("the values", &values(secrets.aws.read_secret(name).await)?, &Some(both(ONE, None)))
}

async fn revoked_value_is_read_no_more(secrets: &OnEmulator) -> Outcome {
    let name = "bearer";
    ensure(secrets.tool.revoke_previous(name).await.is_err(), || "a missing secret has a previous value".to_owned())?;
    secrets.write(name, ONE).await?;
    same("whether there was one", &secrets.tool.revoke_previous(name).await, &Ok(false))?;
    secrets.write(name, TWO).await?;
    same("the values", &values(secrets.aws.read_secret(name).await)?, &Some(both(TWO, Some(ONE))))?;
    same("whether there was one", &secrets.tool.revoke_previous(name).await, &Ok(true))?;
    same("the versions", &secrets.versions(name).await?, &vec![CURRENT.to_owned()])?;
    same("the cached values", &values(secrets.aws.read_secret(name).await)?, &Some(both(TWO, Some(ONE))))?;
    secrets.pass(Seconds::minutes(5));
    same("the values", &values(secrets.aws.read_secret(name).await)?, &Some(both(TWO, None)))
}

async fn secrets_of_the_stack_are_read(secrets: &OnEmulator) -> Outcome {
    let function = secrets.place.process(&Tap::default(), &[])?;
    for name in ["bearer", "tickets"] {
        let (current, _) = values(function.read_secret(name).await)?.ok_or("the stack lacks a secret")?;
        let told = secrets.place.emulator.secret(name).await?;
        let read: Value = serde_json::from_str(&current).map_err(|_| "the secret is no JSON")?;
        ensure(read == told, || format!("the stack's secret {name} is not what the service says"))?;
    }
    Ok(())
}
