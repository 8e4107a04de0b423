use till_app::ports::{ReadSecret, Secret, Unavailable};
use till_domain::time::Seconds;

use crate::testing::Reply;
use crate::world::{Ear, Heard, World};

/// A service that has these versions of the one secret `till/test/account/main`.
fn having(current: Option<&'static str>, previous: Option<&'static str>) -> impl FnMut(&Heard) -> Reply + Send {
    move |heard| {
        let asked: serde_json::Value = serde_json::from_str(&heard.body).unwrap();
        let value = match (asked["SecretId"].as_str(), asked["VersionStage"].as_str()) {
            (Some("till/test/account/main"), Some("AWSCURRENT")) => current,
            (Some("till/test/account/main"), Some("AWSPREVIOUS")) => previous,
            _ => None,
        };
        match value {
            Some(value) => Reply::Answer(200, serde_json::json!({ "SecretString": value }).to_string()),
            None => Reply::Answer(400, r#"{"__type":"ResourceNotFoundException"}"#.to_owned()),
        }
    }
}

fn values(secret: Option<Secret>) -> Option<(String, Option<String>)> {
    secret.map(|secret| (secret.current.to_string(), secret.previous.map(|value| value.to_string())))
}

fn both(current: &str, previous: Option<&str>) -> (String, Option<String>) {
    (current.to_owned(), previous.map(str::to_owned))
}

#[tokio::test]
async fn both_values_are_read_once_in_five_minutes() {
    let world = World::new().await;
    world.script(having(Some("new"), Some("old")));
    let read = async || values(world.aws.read_secret("account/main").await.unwrap());
    assert_eq!(read().await, Some(both("new", Some("old"))));
    assert_eq!(world.heard().len(), 2);
    world.script(having(Some("newest"), Some("new")));
    world.pass(Seconds(299));
    assert_eq!(read().await, Some(both("new", Some("old"))));
    assert!(world.heard().is_empty());
    world.pass(Seconds(1));
    assert_eq!(read().await, Some(both("newest", Some("new"))));
}

#[tokio::test]
async fn there_need_be_no_value_before_and_no_secret() {
    let world = World::new().await;
    world.script(having(Some("first"), None));
    assert_eq!(values(world.aws.read_secret("account/main").await.unwrap()), Some(both("first", None)));
    assert_eq!(world.aws.read_secret("account/other").await, Ok(None));
    world.heard();
    // That there is none is known for a while, too.
    assert_eq!(world.aws.read_secret("account/other").await, Ok(None));
    assert!(world.heard().is_empty());
}

#[tokio::test]
async fn what_did_not_fit_is_read_anew_once_in_five_minutes() {
    let world = World::new().await;
    world.script(having(Some("old"), None));
    let refresh = async || values(world.aws.refresh_secret("account/main").await.unwrap());
    world.aws.read_secret("account/main").await.unwrap();
    world.script(having(Some("new"), Some("old")));
    world.pass(Seconds(10));
    assert_eq!(refresh().await, Some(both("new", Some("old"))));
    world.script(having(Some("newest"), Some("new")));
    world.heard();
    world.pass(Seconds(200));
    assert_eq!(refresh().await, Some(both("new", Some("old"))));
    assert!(world.heard().is_empty());
    world.pass(Seconds(100));
    assert_eq!(refresh().await, Some(both("newest", Some("new"))));
}

#[tokio::test]
async fn a_service_that_is_down_is_not_asked_by_every_forged_signature() {
    let world = World::new().await;
    world.script(having(Some("known"), None));
    world.aws.read_secret("account/main").await.unwrap();
    world.script(|_| Reply::Answer(500, "{}".to_owned()));
    assert_eq!(world.aws.refresh_secret("account/main").await, Err(Unavailable));
    world.heard();
    assert_eq!(values(world.aws.refresh_secret("account/main").await.unwrap()), Some(both("known", None)));
    assert!(world.heard().is_empty());
}

#[tokio::test]
async fn half_a_secret_is_none() {
    let world = World::new().await;
    world.script(|heard| {
        if heard.body.contains("AWSCURRENT") {
            Reply::Answer(200, r#"{"SecretString":"new"}"#.to_owned())
        } else {
            Reply::Answer(500, "{}".to_owned())
        }
    });
    assert_eq!(world.aws.read_secret("account/main").await, Err(Unavailable));
    world.script(having(Some("new"), Some("old")));
    assert_eq!(values(world.aws.read_secret("account/main").await.unwrap()), Some(both("new", Some("old"))));
}

#[tokio::test]
async fn no_other_name_is_asked_for() {
    let world = World::new().await;
    world.script(|_| Reply::Answer(200, r#"{"SecretString":"stolen"}"#.to_owned()));
    let long = format!("account/{}", "a".repeat(65));
    for name in [
        "",
        "token",
        "tokens/",
        "account/",
        "account/a/b",
        "account/../tokens",
        "account/a b",
        "account/.",
        "sandbox/config",
        "/tokens",
        "arn:aws:secretsmanager",
        &long,
    ] {
        assert_eq!(world.aws.read_secret(name).await, Err(Unavailable), "{name}");
        assert_eq!(world.aws.refresh_secret(name).await, Err(Unavailable), "{name}");
    }
    assert!(world.heard().is_empty());
    assert!(world.aws.read_secret("tokens").await.is_ok());
}

#[tokio::test]
async fn the_log_never_has_a_value_or_a_hostile_name() {
    let ear = Ear::new();
    let world = World::new().await;
    world.script(having(Some("sk_live_value"), Some("sk_live_before")));
    let secret = world.aws.read_secret("account/main").await.unwrap();
    assert_eq!(format!("{secret:?}"), "Some(Secret)");
    world.script(|_| Reply::Answer(400, r#"{"__type":"DecryptionFailure","message":"sk_live_value"}"#.to_owned()));
    world.pass(Seconds::minutes(5));
    assert_eq!(world.aws.read_secret("account/main").await, Err(Unavailable));
    assert_eq!(world.aws.read_secret("account/hostile\nname").await, Err(Unavailable));
    let said = ear.said();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|line| !line.contains("sk_live") && !line.contains("hostile")), "{said:?}");
}
