//! Accounts: listed, created, changed.

use super::*;

const SETTINGS: &str = r#"{"secret_key": "sk_test_SampleOfAKey", "publishable_key": "pk_test_SampleOfAKey", "webhook_secrets": ["whsec_SampleOfASecret"], "deployment": "dev"}"#;

#[test]
fn list_shows_every_account_and_no_key() {
    let scene = Scene::new();
    scene.play(&Event::read("team-setup.accounts")).is(
        200,
        r#"{"accounts":[
        {"provider":"wechat","id":"main","mode":"test","is_on":true,"is_default":true,"base_url":null,"hints":[],
        "callback_url":"https://abc.execute-api.eu-west-1.amazonaws.com/api/v1/payment/wechat/callback/main","remark":null,"changed":null},
        {"provider":"alipay","id":"main","mode":"test","is_on":true,"is_default":true,"base_url":null,"hints":[],
        "callback_url":"https://abc.execute-api.eu-west-1.amazonaws.com/api/v1/payment/alipay/callback/main","remark":null,"changed":null},
        {"provider":"stripe","id":"main","mode":"test","is_on":true,"is_default":true,"base_url":null,"hints":["acct_0ther","dev"],
        "callback_url":"https://abc.execute-api.eu-west-1.amazonaws.com/api/v1/payment/stripe/webhook/main","remark":null,"changed":null}],"unreadable":[]}"#,
    );
    scene.done(&create());
    let listed = scene.play(&Event::read("team-setup.accounts")).json();
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 4);
    scene.play(&Event::read("team-setup.accounts").query("all=1")).is_bad_field("all");
}

#[test]
fn account_that_cannot_be_read_is_named_and_the_others_can_be_changed() {
    let scene = Scene::new();
    scene.done(&create());
    let [stripe, other] = [(Provider::Stripe, "main"), (Provider::WeChat, "main")]
        .map(|(provider, id)| Account { provider, id: AccountId::parse(id).unwrap() });
    scene.shop.memory.tables(|tables| tables.unreadable_accounts.insert(stripe));
    let listed = scene.play(&Event::read("team-setup.accounts")).json();
    assert_eq!(listed["unreadable"], serde_json::json!([{"provider": "stripe", "id": "main"}]));
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 3);
    // Another one is switched off; this one is not there to be changed, and is not taken for a missing one.
    assert_eq!(scene.play(&change_new()).json()["is_on"], false);
    let its_own = change_new().path("/api/v1/admin/accounts/stripe/main").header("idempotency-key", "k5");
    scene.play(&its_own).is_problem(500, "unreadable");
    // Its keys are named by its id, and its merchant may be that of new keys.
    let fresh = create().header("idempotency-key", "k6");
    scene.play(&fresh.clone().field("id", r#""main""#)).is_bad_field("id");
    let second = fresh.field("id", r#""second""#);
    scene.play(&second).is_bad_field("same_merchant");
    scene.done(&second.field("same_merchant", "true"));
    // At another provider it is in nobody's way.
    scene.shop.memory.tables(|tables| tables.unreadable_accounts = [other].into());
    let third = create().header("idempotency-key", "k7").field("id", r#""third""#);
    scene.play(&third).is_bad_field("settings");
}

#[test]
fn account_is_created_with_its_keys_after_its_provider_was_asked() {
    let scene = Scene::new();
    scene.play(&create()).is(
        200,
        r#"{"provider":"stripe","id":"shop","mode":"test","is_on":true,"is_default":true,"base_url":null,
        "hints":["acct_1New","dev"],
        "callback_url":"https://abc.execute-api.eu-west-1.amazonaws.com/api/v1/payment/stripe/webhook/shop",
        "remark":"for the game's shop",
        "changed":{"by":"ann","at":"2025-01-01T12:00:00+08:00","reason":"the shop's own account"}}"#,
    );
    assert_eq!(scene.asked(), 1);
    assert_eq!(scene.keys().as_deref(), Some(SETTINGS));
    let before = scene.account(Provider::Stripe, "main").unwrap();
    assert!(!before.item.is_default, "the new default replaces the old one");
    let last = before.notes.last().unwrap();
    assert_eq!((last.by.as_str(), &last.key), ("ann", &None), "who did it stands there too");
    assert!(scene.account(Provider::Alipay, "main").unwrap().item.is_default);
}

#[test]
fn wrong_key_is_refused_before_anything_is_written() {
    let scene = Scene::new().says(Says::Status(401));
    let answer = scene.play(&create());
    answer.is_problem(422, "settings_refused");
    assert_eq!(answer.json()["data"]["finding"], "stripe_key_refused");
    assert!(scene.account(Provider::Stripe, "shop").is_none() && scene.keys().is_none());
    // Even where a person says that the provider need not be reached: it was.
    scene.play(&create().field("untried", "true")).is_problem(422, "settings_refused");
}

#[test]
fn provider_that_cannot_be_asked_needs_a_word() {
    let scene = Scene::new().says(Says::Nothing);
    let answer = scene.play(&create());
    answer.is_problem(502, "provider_not_reached");
    assert_eq!(answer.json()["data"]["provider"], "stripe");
    let untried = create().field("untried", "true");
    scene.play(&untried).is_bad_field("stripe_account");
    assert!(scene.account(Provider::Stripe, "shop").is_none() && scene.keys().is_none());
    scene.done(&untried.field("stripe_account", r#""acct_1New""#));
    assert_eq!(scene.account(Provider::Stripe, "shop").unwrap().item.hints, ["acct_1New", "dev"]);
}

#[test]
fn account_at_stripe_is_stated_where_its_key_may_not_read_it() {
    let scene = Scene::new().says(Says::Status(403));
    scene.play(&create()).is_bad_field("stripe_account");
    scene.play(&create().field("stripe_account", r#""main""#)).is_bad_field("stripe_account");
    scene.done(&create().field("stripe_account", r#""acct_1New""#));
    let scene = Scene::new();
    scene.play(&create().field("stripe_account", r#""acct_0ther""#)).is_bad_field("stripe_account");
}

#[test]
fn switching_off_and_default_need_no_key_and_no_question() {
    let scene = Scene::new();
    scene.done(&create());
    let answer = scene.play(&change()).json();
    assert_eq!((&answer["is_on"], &answer["is_default"]), (&false.into(), &true.into()));
    assert_eq!(answer["changed"]["reason"], "the contract ended");
    let back = change_new().path("/api/v1/admin/accounts/stripe/main").field("is_default", "true");
    let back = back.field("is_on", "true").field("remark", r#""the old one""#).header("idempotency-key", "k5");
    let answer = scene.play(&back).json();
    assert_eq!((&answer["is_default"], &answer["remark"]), (&true.into(), &"the old one".into()));
    assert!(!scene.account(Provider::Stripe, "shop").unwrap().item.is_default);
    assert_eq!(scene.asked(), 1, "the new account alone was tried");
    let without = back.field("remark", r#""""#).field("is_default", "").header("idempotency-key", "k6");
    assert_eq!(scene.play(&without).json()["remark"], serde_json::Value::Null);
    for needless in ["untried", "same_merchant"] {
        scene.play(&change().header("idempotency-key", needless).field(needless, "true")).is_bad_field(needless);
    }
}

#[test]
fn new_keys_of_an_account_are_tried_and_stay_with_their_merchant() {
    let scene = Scene::new();
    scene.done(&create());
    let rolled = SETTINGS.replace("sk_test_SampleOfAKey", "sk_test_SampleOfAnother");
    let change = change_new().field("is_on", "").field("settings", &rolled);
    scene.done(&change);
    assert_eq!(scene.keys().as_deref(), Some(rolled.as_str()));
    assert!(scene.account(Provider::Stripe, "shop").unwrap().item.is_on, "what is not sent stays");
    let scene = scene.says(Says::Account("acct_2New"));
    let others = change.header("idempotency-key", "k5").field("settings", SETTINGS);
    scene.play(&others).is_bad_field("settings");
    assert_eq!(scene.keys().as_deref(), Some(rolled.as_str()), "the keys of another merchant are not written");
}

#[test]
fn another_address_is_tried_with_the_keys_that_stand() {
    let scene = Scene::new();
    scene.done(&create());
    let moved = change_new().field("is_on", "").field("base_url", r#""https://stripe.example/""#);
    assert_eq!(scene.play(&moved).json()["base_url"], "https://stripe.example");
    assert_eq!(scene.stripe.asked.borrow().last().unwrap().base, "https://stripe.example");
    let back = moved.field("base_url", r#""""#).header("idempotency-key", "k5");
    assert_eq!(scene.play(&back).json()["base_url"], serde_json::Value::Null);
    let without_keys = change().field("base_url", r#""https://alipay.example""#).header("idempotency-key", "k6");
    scene.play(&without_keys).is_bad_field("settings");
}

#[test]
fn account_that_breaks_a_rule_is_refused() {
    let scene = Scene::new();
    for (field, value, named) in [
        ("provider", r#""paypal""#, "provider"),
        ("provider", "", "provider"),
        ("id", r#""a/b""#, "id"),
        ("mode", r#""real""#, "mode"),
        // A stage for tests has no live accounts.
        ("mode", r#""live""#, "account"),
        ("settings", "", "settings"),
        ("settings", r#""sk_test_SampleOfAKey""#, "settings"),
        ("settings", r#"{"secret_key": "sk_test_SampleOfAKey", "x": "whsec_SampleOfASecret"}"#, "settings"),
        ("base_url", r#""ftp://a""#, "account"),
        ("is_on", "1", "is_on"),
        ("reason", "", "reason"),
        ("remark", "5", "remark"),
        ("secret", r#""x""#, "secret"),
    ] {
        scene.play(&create().field(field, value)).is_bad_field(named);
    }
    scene
        .play(&create().field("provider", r#""alipay""#).field("stripe_account", r#""acct_1""#))
        .is_bad_field("stripe_account");
    assert_eq!(scene.shop.seen(CallKind::SaveAccountSecret) + scene.shop.seen(CallKind::SaveAccount), 0);
    assert_eq!(scene.asked(), 0, "what breaks a rule is not tried");
}

#[test]
fn account_stands_alone_under_its_id_and_for_its_merchant() {
    let scene = Scene::new();
    scene.play(&create().field("id", r#""main""#)).is_problem(409, "already_exists");
    scene.shop.memory.tables(|tables| {
        let alipay = tables.accounts.iter().find(|one| one.account.provider == Provider::Alipay).unwrap().clone();
        let account = Account { id: AccountId::parse("shop").unwrap(), ..alipay.account.clone() };
        tables.put_account(AccountSettings { account, ..alipay });
    });
    scene.play(&create()).is_bad_field("id");
    let scene = Scene::new().says(Says::Account("acct_0ther"));
    scene.play(&create()).is_bad_field("settings");
    scene.done(&create().field("same_merchant", "true"));
}

#[test]
fn account_whose_merchant_is_not_known_needs_a_word() {
    let scene = Scene::new();
    scene.shop.memory.tables(|tables| {
        let stripe = tables.accounts.iter().find(|one| one.account.provider == Provider::Stripe).unwrap().clone();
        tables.put_account(AccountSettings { hints: Vec::new(), ..stripe });
    });
    scene.play(&create()).is_bad_field("same_merchant");
    scene.done(&create().field("same_merchant", "true"));
    // The stored key tells it, where Stripe accepts that.
    let secret = Secret { current: SETTINGS.into(), previous: None };
    scene.shop.memory.put_secret("account/main", secret);
    scene.shop.pass(600);
    let another = create().field("id", r#""another""#).header("idempotency-key", "k5");
    scene.play(&another).is_bad_field("settings");
    assert!(scene.stripe.asked.borrow().len() >= 4, "both accounts were asked about");
}

#[test]
fn account_that_is_not_there_is_not_found() {
    let scene = Scene::new();
    for path in ["accounts/alipay/other", "accounts/paypal/main", "accounts/stripe/a%20b"] {
        scene.play(&change().path(&format!("/api/v1/admin/{path}"))).is_problem(404, "not_found");
    }
}
