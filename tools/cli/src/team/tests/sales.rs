//! New orders, shown, suspended and resumed.

use super::*;

const OPEN: &str =
    r#"{"suspended":false,"since":null,"texts":{"zh":null,"en":null},"payment_enabled":true,"changed":null}"#;
const SUSPENDED: &str = r#"{"suspended":true,"since":"S","texts":{"zh":"中午恢复","en":null},"payment_enabled":true,
"changed":{"by":"ann","at":"S","reason":"wrong prices"}}"#;
const SHOWN: &str = "new orders suspended since S\ntext (zh)  中午恢复\nchanged    by ann at S: wrong prices\n";

#[tokio::test]
async fn sales_are_shown_as_they_stand() {
    let off = OPEN.replace(r#""payment_enabled":true"#, r#""payment_enabled":false"#);
    for (answer, shown) in [
        (OPEN, "new orders made\n"),
        (SUSPENDED, SHOWN),
        (&off, "new orders made\nnone is made in any case: this stage is deployed with PAYMENT_ENABLED=false\n"),
    ] {
        let server = Server::start(&[("GET /api/v1/admin/sales", 200, answer)]);
        assert_eq!(till(&server, "sales").await.out, shown);
        assert_eq!(till(&server, "sales --json").await.out, format!("{answer}\n"));
    }
}

#[tokio::test]
async fn suspension_is_shown_and_sent_with_its_texts() {
    let server =
        Server::start(&[("GET /api/v1/admin/sales", 200, OPEN), ("POST /api/v1/admin/sales/suspend", 200, SUSPENDED)]);
    let refused = till(&server, "suspend --text-zh 中午恢复 --reason x").await;
    assert_eq!((refused.exit, server.changes().len()), (Some(Exit::NotConfirmed), 0));
    for (words, body, plan) in [
        (
            "suspend --text-zh 中午恢复 --text-en Soon",
            r#"{"reason":"x","texts":{"en":"Soon","zh":"中午恢复"}}"#,
            "  buyers are told (zh): 中午恢复\n  buyers are told (en): Soon\n  now:\n  new orders made\n",
        ),
        ("suspend", r#"{"reason":"x"}"#, "  buyers are told the usual sentence\n  now:\n"),
    ] {
        let ended = till(&server, &format!("{words} --reason x --yes")).await;
        assert_eq!((ended.exit, ended.out.as_str()), (None, SHOWN), "{words}: {}", ended.why);
        let sent = server.changes().pop().unwrap();
        assert_eq!((sent.line.as_str(), sent.body.as_str()), ("POST /api/v1/admin/sales/suspend", body));
        assert!(ended.notes.contains(plan), "{words}: {}", ended.notes);
        assert!(ended.notes.contains(&sent.headers["idempotency-key"]));
    }
}

#[tokio::test]
async fn resuming_says_under_which_key_it_is_repeated() {
    let server =
        Server::start(&[("GET /api/v1/admin/sales", 200, SUSPENDED), ("POST /api/v1/admin/sales/resume", 200, OPEN)]);
    let ended = till(&server, "resume --reason x --key k1 --yes").await;
    assert_eq!((ended.exit, ended.out.as_str()), (None, "new orders made\n"), "{}", ended.why);
    assert!(ended.notes.contains("  new orders suspended since S\n") && ended.notes.contains("Idempotency-Key: k1"));
    let sent = server.changes().pop().unwrap();
    assert_eq!((sent.body.as_str(), sent.headers["idempotency-key"].as_str()), (r#"{"reason":"x"}"#, "k1"));
}

#[test]
fn text_for_buyers_is_refused_before_anything_is_sent() {
    let long = "a".repeat(201);
    for text in ["", &long] {
        let words = ["till", "suspend", "--reason", "x", "--text-en", text];
        assert!(Till::try_parse_from(words).is_err(), "{} characters", text.len());
    }
}
