//! Secrets: both values, the number of calls, the allowed names, and the log.

use till_app::ports::{ReadSecret, Secret, Unavailable};
use till_domain::time::Seconds;

use crate::order_item::samples::start;
use crate::test_aws::Reply;
use crate::test_aws::{ServiceCall, TestAws};
use till_memory::LogCapture;

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
            Some(value) => {
                let made = serde_json::json!({"SecretString": value, "CreatedDate": start().unix(), "VersionId": "v"});
                Reply::Answer(200, made.to_string())
            }
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
async fn previous_value_counts_for_the_grace_after_the_current_one_was_made() {
    for (hours, grace) in [(0, 0), (1, 3_600), (24, 86_400), (168, 604_800)] {
        let mut test = TestAws::new().await;
        test.aws.settings.rotation_grace = Seconds::hours(hours);
        test.on_call(having(Some("new"), Some("old")));
        let read = async || values(test.aws.read_secret("account/main").await.unwrap());
        if grace > 0 {
            test.pass(Seconds(grace - 1));
            assert_eq!(read().await, Some(both("new", Some("old"))), "{hours} hours");
            test.take_calls();
            test.pass(Seconds(1));
        }
        assert_eq!(read().await, Some(both("new", None)), "{hours} hours");
        // It ended while both values were in the cache.
        assert_eq!(test.take_calls().len(), usize::from(grace == 0));
        assert_eq!(values(test.aws.refresh_secret("account/main").await.unwrap()), Some(both("new", None)));
        assert_eq!(test.take_calls().len(), 1, "a value that counts no longer is not read");
    }
}

#[tokio::test]
async fn previous_value_does_not_count_if_the_service_does_not_say_since_when_it_is_replaced() {
    let test = TestAws::new().await;
    test.on_call(|_| Reply::Answer(200, r#"{"SecretString":"value"}"#.to_owned()));
    assert_eq!(values(test.aws.read_secret("account/main").await.unwrap()), Some(both("value", None)));
}

#[tokio::test]
async fn refreshes_are_paced_for_each_secret() {
    let test = TestAws::new().await;
    test.on_call(having(Some("value"), None));
    let calls = async |name: &str, times: u32| {
        for _ in 0..times {
            test.aws.refresh_secret(name).await.unwrap();
        }
        test.take_calls().len()
    };
    // Two calls for each reading, and one of a secret that is missing.
    assert_eq!(calls("account/main", 1_000).await, 8);
    assert_eq!(calls("account/other", 2).await, 2);
    test.pass(Seconds(14));
    assert_eq!(calls("account/main", 1_000).await, 0);
    test.pass(Seconds(1));
    assert_eq!(calls("account/main", 1_000).await, 2);
    test.pass(Seconds(45));
    assert_eq!(calls("account/main", 1_000).await, 6);
}

#[tokio::test]
async fn failed_refreshes_are_paced_too() {
    let test = TestAws::new().await;
    test.on_call(having(Some("known"), None));
    test.aws.read_secret("account/main").await.unwrap();
    test.on_call(|_| Reply::Answer(400, r#"{"__type":"InternalServiceError"}"#.to_owned()));
    for _ in 0..4 {
        assert_eq!(test.aws.refresh_secret("account/main").await, Err(Unavailable));
    }
    test.take_calls();
    assert_eq!(values(test.aws.refresh_secret("account/main").await.unwrap()), Some(both("known", None)));
    assert!(test.take_calls().is_empty());
}

#[tokio::test]
async fn half_read_secret_is_an_error() {
    let test = TestAws::new().await;
    test.on_call(|call| {
        if call.body.contains("AWSCURRENT") {
            Reply::Answer(200, format!(r#"{{"SecretString":"new","CreatedDate":{}}}"#, start().unix()))
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
        "tokens",
        "tickets/",
        "account/",
        "account/a/b",
        "account/../bearer",
        "account/a b",
        "account/.",
        "sandbox/config",
        "/bearer",
        "arn:aws:secretsmanager",
        &long,
    ] {
        assert_eq!(test.aws.read_secret(name).await, Err(Unavailable), "{name}");
        assert_eq!(test.aws.refresh_secret(name).await, Err(Unavailable), "{name}");
    }
    assert!(test.take_calls().is_empty());
    assert!(test.aws.read_secret("tickets").await.is_ok());
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
