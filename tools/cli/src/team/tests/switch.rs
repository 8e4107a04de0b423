//! Accounts, switched off and on and made the default.

use super::*;

const ACCOUNTS: &str = r#"{"accounts":[
{"provider":"wechat","id":"main","mode":"live","is_on":true,"is_default":true},
{"provider":"wechat","id":"second","mode":"live","is_on":false,"is_default":false},
{"provider":"alipay","id":"main","mode":"live","is_on":true,"is_default":true}]}"#;

#[tokio::test]
async fn account_is_switched_by_its_fields_alone_and_its_effect_is_shown_before() {
    for (words, path, body, plan) in [
        (
            "off wechat main",
            "wechat/main",
            r#"{"is_on":false,"reason":"down"}"#,
            "switch off: wechat main live, default\n  buyers are offered no method of wechat; ",
        ),
        (
            "off wechat second",
            "wechat/second",
            r#"{"is_on":false,"reason":"down"}"#,
            "switch off: wechat second live, off\n  new payments go through the default account as before; ",
        ),
        (
            "on alipay main",
            "alipay/main",
            r#"{"is_on":true,"reason":"down"}"#,
            "switch on: alipay main live, default\n  new payments of alipay go through it; ",
        ),
        (
            "default wechat second",
            "wechat/second",
            r#"{"is_default":true,"is_on":true,"reason":"down"}"#,
            "make the default: wechat second live, off\n  new payments of wechat go through it; what was begun through any \
             account goes on\n  no longer the default: wechat main live, default\n",
        ),
    ] {
        let done = r#"{"provider":"wechat","id":"x","mode":"live","is_on":false,"is_default":true}"#;
        let server = Server::start(&[
            ("GET /api/v1/admin/accounts", 200, ACCOUNTS),
            ("PATCH /api/v1/admin/accounts/", 200, done),
        ]);
        let refused = till(&server, &format!("accounts {words} --reason down")).await;
        assert_eq!((refused.exit, server.changes().len()), (Some(Exit::NotConfirmed), 0), "{words}");
        let ended = till(&server, &format!("accounts {words} --reason down --yes")).await;
        assert_eq!((ended.exit, ended.out.as_str()), (None, "wechat x live, default, off\n"), "{words}: {}", ended.why);
        let sent = server.changes().pop().unwrap();
        assert_eq!((sent.line, sent.body.as_str()), (format!("PATCH /api/v1/admin/accounts/{path}"), body), "{words}");
        assert!(ended.notes.contains(plan), "{words}: {}", ended.notes);
    }
}

#[tokio::test]
async fn account_that_is_not_there_is_not_found_and_a_reason_is_needed() {
    let server = Server::start(&[("GET /api/v1/admin/accounts", 200, ACCOUNTS)]);
    let ended = till(&server, "accounts off stripe main --reason down --yes").await;
    assert_eq!((ended.exit, ended.why.as_str()), (Some(Exit::NotFound), "there is no account main at stripe"));
    assert!(Till::try_parse_from(["till", "accounts", "off", "wechat", "main"]).is_err(), "a reason is missing");
    assert!(Till::try_parse_from(["till", "accounts"]).is_ok(), "the list needs none");
}
