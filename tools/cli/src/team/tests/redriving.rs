//! Dead letters go back by SQS, or one by one where an emulator cannot.

use till_aws::{Aws, Settings};

use super::*;
use crate::deployment::Deployment;
use crate::team::redrive;

const FOUND: (&str, u16, &str) =
    ("AmazonSQS.GetQueueUrl", 200, r#"{"QueueUrl":"http://127.0.0.1/1/till-dev-fulfilment"}"#);
const LETTERS: (&str, u16, &str) = (
    "AmazonSQS.GetQueueAttributes",
    200,
    r#"{"Attributes":{"QueueArn":"arn:aws:sqs:eu-west-1:1:q","ApproximateNumberOfMessages":"2"}}"#,
);

fn deployment(url: &str) -> Deployment {
    let settings = Settings::read(|name| match name {
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "AWS_ENDPOINT_URL" => Some(url.to_owned()),
        "STAGE" => Some("dev".to_owned()),
        _ => None,
    });
    let settings = settings.unwrap();
    let config = till_aws::configure(&settings, |name| name.starts_with("AWS_").then(|| "test".to_owned()));
    Deployment { aws: Aws::new(settings, config.clone()), config, outputs: None }
}

async fn redrive(server: &Server, words: &str) -> (Option<Exit>, String) {
    let Till { command, .. } = Till::try_parse_from(["till", "redrive"].into_iter().chain(words.split(' '))).unwrap();
    let Command::Team(crate::team::Command::Redrive(arguments)) = command else { panic!("it is a redrive") };
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    let result = redrive::run(&deployment(&server.url), &arguments, &mut out, &mut notes, yes_if_given).await;
    let exit = result.err().map(|failure| Exit::of(&failure));
    (exit, String::from_utf8([notes, out].concat()).unwrap())
}

fn actions(server: &Server) -> Vec<String> {
    server.heard().into_iter().map(|heard| heard.line.trim_start_matches("AmazonSQS.").to_owned()).collect()
}

#[tokio::test]
async fn sqs_is_asked_to_move_the_letters() {
    let server = Server::start(&[FOUND, LETTERS, ("AmazonSQS.StartMessageMoveTask", 200, r#"{"TaskHandle":"t"}"#)]);
    let (exit, out) = redrive(&server, "fulfilment --yes --per-second 5").await;
    assert_eq!(exit, None, "{out}");
    assert!(out.contains("about 2 letters") && out.contains("5 a second at most"), "{out}");
    let heard = server.heard();
    assert!(heard.iter().any(|one| one.body.contains(r#""QueueName":"till-dev-fulfilment-dead""#)));
    let started = heard.last().unwrap();
    assert!(started.body.contains(r#""SourceArn":"arn:aws:sqs:eu-west-1:1:q""#), "{}", started.body);
    assert!(started.body.contains(r#""MaxNumberOfMessagesPerSecond":5"#), "{}", started.body);
}

#[tokio::test]
async fn emulator_without_that_gets_them_one_by_one() {
    let letter = r#"{"Messages":[{"MessageId":"1","ReceiptHandle":"h1","Body":"task"}]}"#;
    let sent = r#"{"MessageId":"2","MD5OfMessageBody":"478f3a4c51824ad23cb50c1c60670c0f"}"#;
    let server = Server::start(&[
        FOUND,
        LETTERS,
        ("AmazonSQS.StartMessageMoveTask", 400, r#"{"__type":"InvalidAction","message":"no"}"#),
        ("AmazonSQS.ReceiveMessage", 200, letter),
        ("AmazonSQS.ReceiveMessage", 200, "{}"),
        ("AmazonSQS.SendMessage", 200, sent),
        ("AmazonSQS.DeleteMessage", 200, "{}"),
    ]);
    let (exit, out) = redrive(&server, "fulfilment --yes").await;
    assert_eq!(exit, None, "{out}");
    assert!(out.ends_with("sent back: 1\n"), "{out}");
    let actions = actions(&server);
    assert_eq!(actions[actions.len() - 4..], ["ReceiveMessage", "SendMessage", "DeleteMessage", "ReceiveMessage"]);
}

#[tokio::test]
async fn nothing_is_moved_without_a_yes_or_a_letter() {
    let server = Server::start(&[FOUND, LETTERS]);
    assert_eq!(redrive(&server, "fulfilment").await.0, Some(Exit::NotConfirmed));
    let none = LETTERS.2.replace("\"2\"", "\"0\"");
    let empty = Server::start(&[FOUND, (LETTERS.0, 200, &none)]);
    let (exit, out) = redrive(&empty, "fulfilment --yes").await;
    assert_eq!((exit, out.as_str()), (None, "till-dev-fulfilment-dead is empty\n"));
    let missing = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}"#;
    let other = Server::start(&[("AmazonSQS.GetQueueUrl", 400, missing)]);
    assert_eq!(redrive(&other, "nothing --yes").await.0, Some(Exit::NotFound));
    for server in [&server, &empty, &other] {
        assert!(!actions(server).iter().any(|action| action.contains("Move")), "{:?}", actions(server));
    }
}
