//! Settings: all faults are reported at once, and no value is printed.

use super::*;

type Change = Box<dyn Fn(&mut Settings)>;

fn faults(change: impl FnOnce(&mut Settings), mode: AccountMode) -> String {
    let mut settings = settings();
    change(&mut settings);
    parse(&settings, mode).err().map(|faults| fields(&faults)).unwrap_or_default()
}

#[test]
fn valid_settings_have_no_fault() {
    assert_eq!(merchant().account.id.as_str(), "main");
    let live = |settings: &mut Settings| {
        settings.secret_key = "rk_live_0123".to_owned();
        settings.publishable_key = "pk_live_0123".to_owned();
    };
    assert!(faults(live, AccountMode::Live).is_empty());
    assert!(faults(|s| s.api_version = Some("2024-06-20".to_owned()), AccountMode::Test).is_empty());
    assert!(
        faults(|s| s.payment_method_types = Some(vec!["card".to_owned(), "link".to_owned()]), AccountMode::Test)
            .is_empty()
    );
    assert!(faults(|s| s.success_url = Some("http://localhost:3000/".to_owned()), AccountMode::Test).is_empty());
}

#[test]
fn each_invalid_setting_is_one_fault() {
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
        assert_eq!(faults(change, AccountMode::Test), field, "case {n}");
    }
}

#[test]
fn live_account_needs_live_keys_https_and_stripes_own_host() {
    assert_eq!(faults(|_| {}, AccountMode::Live), "secret_key publishable_key");
    let live = |settings: &mut Settings| {
        settings.secret_key = "sk_live_0123".to_owned();
        settings.publishable_key = "pk_live_0123".to_owned();
        settings.success_url = Some("http://shop.example/".to_owned());
    };
    assert_eq!(faults(live, AccountMode::Live), "success_url");
    let elsewhere = Place { base_url: Some("http://127.0.0.1:9"), ..place(AccountMode::Live) };
    let id = main_id();
    let why = Merchant::parse(id.clone(), &settings(), elsewhere).unwrap_err();
    assert!(why.to_string().starts_with("base_url: is for test accounts alone"), "{why}");
    let sandbox = Place { mode: AccountMode::Test, ..elsewhere };
    assert_eq!(Merchant::parse(id, &settings(), sandbox).unwrap().base, "http://127.0.0.1:9");
    assert_eq!(merchant().base, "https://api.stripe.com");
}

#[test]
fn all_faults_are_reported_at_once_without_values() {
    let mut settings = settings();
    settings.secret_key = "sk_prod_hidden".to_owned();
    settings.publishable_key = "hidden".to_owned();
    settings.webhook_secrets = vec!["hidden".to_owned()];
    settings.deployment = "hid den".to_owned();
    let why = parse(&settings, AccountMode::Test).unwrap_err();
    assert_eq!(why.0.len(), 4, "{why}");
    assert!(!why.to_string().contains("hid"), "{why}");
}

#[test]
fn debug_prints_no_secret() {
    let printed = format!("{:?}", merchant());
    for secret in ["sk_test", "0123456789", "whsec", "first"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn settings_json_is_read_strictly() {
    let json =
        r#"{"secret_key":"sk_test_1","publishable_key":"pk_test_1","webhook_secrets":["whsec_1"],"deployment":"a"}"#;
    let settings: Settings = serde_json::from_str(json).unwrap();
    assert!(parse(&settings, AccountMode::Test).is_ok());
    assert!(serde_json::from_str::<Settings>(&json.replace("deployment", "deplyoment")).is_err());
    assert!(serde_json::from_str::<Settings>(&json.replace('}', r#","secret_key":"sk_test_2"}"#)).is_err());
}
