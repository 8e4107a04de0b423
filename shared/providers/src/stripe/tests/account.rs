//! Settings: what is wrong is told all at once, and nothing of it is printed.

use super::{merchant, parse, place, settings};
use crate::account::{Mode, Place};
use crate::stripe::account::{Merchant, Settings};
use till_domain::text::AccountId;

type Change = Box<dyn Fn(&mut Settings)>;

fn faults(change: impl FnOnce(&mut Settings), mode: Mode) -> Vec<&'static str> {
    let mut settings = settings();
    change(&mut settings);
    let faults = parse(&settings, mode).map(|_| ()).map_err(|faults| faults.0).err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.field).collect()
}

#[test]
fn good_settings_make_an_account() {
    assert_eq!(merchant().account().to_owned().id.as_str(), "main");
    let live = |settings: &mut Settings| {
        settings.secret_key = "rk_live_0123".to_owned();
        settings.publishable_key = "pk_live_0123".to_owned();
    };
    assert!(faults(live, Mode::Live).is_empty());
    assert!(faults(|s| s.api_version = Some("2024-06-20".to_owned()), Mode::Test).is_empty());
    assert!(
        faults(|s| s.payment_method_types = Some(vec!["card".to_owned(), "link".to_owned()]), Mode::Test).is_empty()
    );
    assert!(faults(|s| s.success_url = Some("http://localhost:3000/".to_owned()), Mode::Test).is_empty());
}

#[test]
fn each_setting_has_its_rule() {
    let text = str::to_owned;
    let cases: Vec<(&str, Change)> = vec![
        ("secret_key", Box::new(move |s| s.secret_key = text("sk_live_0123"))),
        ("secret_key", Box::new(move |s| s.secret_key = text("pk_test_0123"))),
        ("secret_key", Box::new(move |s| s.secret_key = text("sk_test_"))),
        ("secret_key", Box::new(move |s| s.secret_key = text("sk_test_01 23"))),
        ("secret_key", Box::new(move |s| s.secret_key = text("sk_test_01\r\nX: y"))),
        ("secret_key", Box::new(move |s| s.secret_key = text(""))),
        ("secret_key", Box::new(move |s| s.secret_key = format!("sk_test_{}", "a".repeat(255)))),
        ("publishable_key", Box::new(move |s| s.publishable_key = text("pk_live_0123"))),
        ("publishable_key", Box::new(move |s| s.publishable_key = text("sk_test_0123"))),
        ("webhook_secrets", Box::new(move |s| s.webhook_secrets = vec![])),
        ("webhook_secrets", Box::new(move |s| s.webhook_secrets = vec![text("whsec_a"); 6])),
        ("webhook_secrets", Box::new(move |s| s.webhook_secrets = vec![text("whsec_")])),
        ("webhook_secrets", Box::new(move |s| s.webhook_secrets = vec![text("whsec_a ")])),
        ("webhook_secrets", Box::new(move |s| s.webhook_secrets = vec![text("a")])),
        ("deployment", Box::new(move |s| s.deployment = text(""))),
        ("deployment", Box::new(move |s| s.deployment = text("my shop"))),
        ("deployment", Box::new(move |s| s.deployment = "a".repeat(65))),
        ("payment_method_types", Box::new(move |s| s.payment_method_types = Some(vec![]))),
        ("payment_method_types", Box::new(move |s| s.payment_method_types = Some(vec![text("Card")]))),
        ("api_version", Box::new(move |s| s.api_version = Some(text("latest")))),
        ("api_version", Box::new(move |s| s.api_version = Some(text("2026-08-26.")))),
        ("api_version", Box::new(move |s| s.api_version = Some(text("2026-08-26\n")))),
        ("success_url", Box::new(move |s| s.success_url = Some(text("javascript:alert(1)")))),
        ("cancel_url", Box::new(move |s| s.cancel_url = Some(text("https://shop.example/a b")))),
        ("cancel_url", Box::new(move |s| s.cancel_url = Some(format!("https://a/{}", "a".repeat(2048))))),
    ];
    for (n, (field, change)) in cases.into_iter().enumerate() {
        assert_eq!(faults(change, Mode::Test), [field], "case {n}");
    }
}

#[test]
fn a_live_account_has_live_keys_https_and_stripe_itself() {
    assert_eq!(faults(|_| {}, Mode::Live), ["secret_key", "publishable_key"]);
    let live = |settings: &mut Settings| {
        settings.secret_key = "sk_live_0123".to_owned();
        settings.publishable_key = "pk_live_0123".to_owned();
        settings.success_url = Some("http://shop.example/".to_owned());
    };
    assert_eq!(faults(live, Mode::Live), ["success_url"]);
    let elsewhere = Place { base_url: Some("http://127.0.0.1:9"), ..place(Mode::Live) };
    let id = AccountId::parse("main").unwrap();
    let why = Merchant::parse(id.clone(), &settings(), elsewhere).unwrap_err();
    assert!(why.to_string().starts_with("base_url: is for test accounts alone"), "{why}");
    let sandbox = Place { mode: Mode::Test, ..elsewhere };
    assert_eq!(Merchant::parse(id, &settings(), sandbox).unwrap().base, "http://127.0.0.1:9");
    assert_eq!(merchant().base, "https://api.stripe.com");
}

#[test]
fn all_faults_are_told_at_once_and_none_of_their_letters() {
    let mut settings = settings();
    settings.secret_key = "sk_prod_hidden".to_owned();
    settings.publishable_key = "hidden".to_owned();
    settings.webhook_secrets = vec!["hidden".to_owned()];
    settings.deployment = "hid den".to_owned();
    let why = parse(&settings, Mode::Test).unwrap_err();
    assert_eq!(why.0.len(), 4, "{why}");
    assert!(!why.to_string().contains("hid"), "{why}");
}

#[test]
fn debug_prints_no_secret() {
    let printed = format!("{:?} {:?}", settings(), merchant());
    for secret in ["sk_test", "0123456789", "whsec", "first"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn settings_are_read_from_json_and_unknown_ones_refused() {
    let json =
        r#"{"secret_key":"sk_test_1","publishable_key":"pk_test_1","webhook_secrets":["whsec_1"],"deployment":"a"}"#;
    let settings: Settings = serde_json::from_str(json).unwrap();
    assert!(parse(&settings, Mode::Test).is_ok());
    assert!(serde_json::from_str::<Settings>(&json.replace("deployment", "deplyoment")).is_err());
    assert!(serde_json::from_str::<Settings>(&json.replace('}', r#","secret_key":"sk_test_2"}"#)).is_err());
}
