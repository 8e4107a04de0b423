//! A user's wallet, shown and changed by hand.

use super::*;

const USER: &str = r#"{"user_id":"ann","wallet":{"points":70,"membership":{"tier":"gold","until":"2025-02-01T00:00:00+08:00"},
"quotas":[{"name":"queries","left":9}]},"ledger":[{"at":"A","type":"spend","points":5,"reason":"a report"}],"orders":[],"next":null}"#;

#[tokio::test]
async fn user_is_shown_with_wallet_and_ledger() {
    let server = Server::start(&[("GET /api/v1/admin/users/ann", 200, USER)]);
    let ended = till(&server, "users show ann").await;
    assert_eq!(
        ended.out,
        "user       ann\npoints     70\nmembership gold until 2025-02-01T00:00:00+08:00\nquota      queries: 9\n\nLEDGER\n\
         AT  ENTRY  WHAT      REASON\nA   spend  5 points  a report\n"
    );
}

#[tokio::test]
async fn changes_by_hand_show_the_wallet_and_send_their_fields() {
    let done = r#"{"points":20,"membership":{"tier":null,"until":null},"quotas":[],
        "entry":{"taken":{"points":50,"quota":{"name":"queries","count":0},"membership":{"tier":"gold","seconds":86400}}}}"#;
    let server = Server::start(&[
        ("GET /api/v1/admin/users/ann%40b", 200, USER),
        ("POST /api/v1/admin/users/ann%40b/", 200, done),
    ]);
    for (words, line, body, shown) in [
        (
            "grant ann@b --points 5 --membership gold:2:30 --quota queries:10:90",
            "grant",
            r#"{"grants":[{"amount":5,"type":"points"},{"days":30,"rank":2,"tier":"gold","type":"membership"},{"count":10,"days":90,"name":"queries","type":"quota"}],"reason":"x"}"#,
            "grant ann@b: 5 points, 30 days of gold, 10 of queries for 90 days; no money moves",
        ),
        ("extend ann@b --days 7", "extend", r#"{"days":7,"reason":"x"}"#, "7 more days"),
        (
            "revoke ann@b --points 80 --membership gold:1 --quota queries:3",
            "revoke",
            r#"{"membership":{"days":1,"tier":"gold"},"points":80,"quota":{"count":3,"name":"queries"},"reason":"x"}"#,
            "revoke ann@b: up to 80 points, up to 1 days of gold, up to 3 of queries",
        ),
    ] {
        let ended = till(&server, &format!("users {words} --reason x --yes")).await;
        assert_eq!(ended.exit, None, "{words}: {}", ended.why);
        let sent = server.changes().pop().unwrap();
        assert_eq!((sent.line, sent.body.as_str()), (format!("POST /api/v1/admin/users/ann%40b/{line}"), body));
        assert!(ended.notes.contains(shown) && ended.notes.contains("points     70"), "{words}: {}", ended.notes);
        assert!(ended.out.contains("points     20\nmembership none"), "{words}: {}", ended.out);
        let taken = ended.out.contains("taken      50 points, 1 days of gold\n");
        assert_eq!(taken, line == "revoke", "{words}: {}", ended.out);
    }
}

#[tokio::test]
async fn change_by_hand_without_a_sense_is_refused_before_anything_is_sent() {
    let server = Server::start(&[]);
    for words in ["grant ann", "revoke ann", "grant ann --membership gold:30", "revoke ann --quota queries:many"] {
        let ended = till(&server, &format!("users {words} --reason x --yes")).await;
        assert_eq!(ended.exit, Some(Exit::Usage), "{words}: {}", ended.why);
    }
    assert!(server.heard().is_empty());
}
