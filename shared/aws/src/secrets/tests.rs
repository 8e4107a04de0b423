//! Secrets: both values, the number of calls, the allowed names, and the log.

use till_app::ports::{ReadSecret, Secret, Unavailable};
use till_domain::time::Seconds;

use crate::log_capture::LogCapture;
use crate::test_aws::Reply;
use crate::test_aws::{ServiceCall, TestAws};

/// Answers of a service that has these versions of one secret, `till/test/account/main`.
fn having(current: Option<&'static str>, previous: Option<&'static str>) -> impl FnMut(&ServiceCall) -> Reply + Send {
    move |call| {
        let asked: serde_json::Value = serde_json::from_str(&call.body).unwrap();
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
async fn secret_values_are_read_once_in_five_minutes() {
    let test = TestAws::new().await;
    test.on_call(having(Some("new"), Some("old")));
    let read = async || values(test.aws.read_secret("account/main").await.unwrap());
    assert_eq!(read().await, Some(both("new", Some("old"))));
    assert_eq!(test.take_calls().len(), 2);
    test.on_call(having(Some("newest"), Some("new")));
    test.pass(Seconds(299));
    assert_eq!(read().await, Some(both("new", Some("old"))));
    assert!(test.take_calls().is_empty());
    test.pass(Seconds(1));
    assert_eq!(read().await, Some(both("newest", Some("new"))));
}

#[tokio::test]
async fn secret_may_have_no_previous_value_or_be_missing() {
    let test = TestAws::new().await;
    test.on_call(having(Some("first"), None));
    assert_eq!(values(test.aws.read_secret("account/main").await.unwrap()), Some(both("first", None)));
    assert_eq!(test.aws.read_secret("account/other").await, Ok(None));
    test.take_calls();
    // That there is none is cached too.
    assert_eq!(test.aws.read_secret("account/other").await, Ok(None));
    assert!(test.take_calls().is_empty());
}

#[tokio::test]
async fn refresh_reads_a_secret_anew_once_in_five_minutes() {
    let test = TestAws::new().await;
    test.on_call(having(Some("old"), None));
    let refresh = async || values(test.aws.refresh_secret("account/main").await.unwrap());
    test.aws.read_secret("account/main").await.unwrap();
    test.on_call(having(Some("new"), Some("old")));
    test.pass(Seconds(10));
    assert_eq!(refresh().await, Some(both("new", Some("old"))));
    test.on_call(having(Some("newest"), Some("new")));
    test.take_calls();
    test.pass(Seconds(200));
    assert_eq!(refresh().await, Some(both("new", Some("old"))));
    assert!(test.take_calls().is_empty());
    test.pass(Seconds(100));
    assert_eq!(refresh().await, Some(both("newest", Some("new"))));
}

#[tokio::test]
async fn failed_refresh_is_not_repeated_for_five_minutes() {
    let test = TestAws::new().await;
    test.on_call(having(Some("known"), None));
    test.aws.read_secret("account/main").await.unwrap();
    test.on_call(|_| Reply::Answer(500, "{}".to_owned()));
    assert_eq!(test.aws.refresh_secret("account/main").await, Err(Unavailable));
    test.take_calls();
    assert_eq!(values(test.aws.refresh_secret("account/main").await.unwrap()), Some(both("known", None)));
    assert!(test.take_calls().is_empty());
}

#[tokio::test]
async fn half_read_secret_is_an_error() {
    let test = TestAws::new().await;
    test.on_call(|call| {
        if call.body.contains("AWSCURRENT") {
            Reply::Answer(200, r#"{"SecretString":"new"}"#.to_owned())
        } else {
            Reply::Answer(500, "{}".to_owned())
        }
    });
    assert_eq!(test.aws.read_secret("account/main").await, Err(Unavailable));
    test.on_call(having(Some("new"), Some("old")));
    assert_eq!(values(test.aws.read_secret("account/main").await.unwrap()), Some(both("new", Some("old"))));
}

#[tokio::test]
async fn secret_with_an_unknown_name_is_not_requested() {
    let test = TestAws::new().await;
    test.on_call(|_| Reply::Answer(200, r#"{"SecretString":"stolen"}"#.to_owned()));
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
        assert_eq!(test.aws.read_secret(name).await, Err(Unavailable), "{name}");
        assert_eq!(test.aws.refresh_secret(name).await, Err(Unavailable), "{name}");
    }
    assert!(test.take_calls().is_empty());
    assert!(test.aws.read_secret("tokens").await.is_ok());
}

#[tokio::test]
async fn log_never_contains_a_secret_value_or_hostile_name() {
    let log = LogCapture::new();
    let test = TestAws::new().await;
    test.on_call(having(Some("sk_live_value"), Some("sk_live_before")));
    let secret = test.aws.read_secret("account/main").await.unwrap();
    assert_eq!(format!("{secret:?}"), "Some(Secret)");
    test.on_call(|_| Reply::Answer(400, r#"{"__type":"DecryptionFailure","message":"sk_live_value"}"#.to_owned()));
    test.pass(Seconds::minutes(5));
    assert_eq!(test.aws.read_secret("account/main").await, Err(Unavailable));
    assert_eq!(test.aws.read_secret("account/hostile\nname").await, Err(Unavailable));
    let said = log.lines();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|line| !line.contains("sk_live") && !line.contains("hostile")), "{said:?}");
}
