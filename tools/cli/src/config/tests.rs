//! Each fault is found by a file that has it, and has its row in the document.

use std::collections::BTreeSet;

use till_app::ports::AccountMode;
use till_domain::time::Time;
use till_providers::check::{self, Kind, Level};

use super::report::Report;
use super::samples::{
    CANARIES, MCHID, NOW, OWN, PROVIDERS, and, damaged, elliptic, encode, encrypted, reading, request, short_private,
    short_public, whole, with,
};

const DOCUMENT: &str = include_str!("../../../../docs/check-config.md");

fn kinds() -> impl Iterator<Item = &'static Kind> {
    check::ALL.iter().chain(super::kinds::ALL)
}

/// The faults and warnings of a file, in order.
fn words(text: &str, mode: Option<AccountMode>) -> Vec<&'static str> {
    let mut reading = reading(text);
    reading.mode = mode;
    let found = reading.check(Time::from_unix(NOW).unwrap());
    let told = found.iter().map(|placed| placed.finding.kind).filter(|kind| kind.level != Level::Note);
    told.map(|kind| kind.word).collect()
}

struct Sample {
    file: String,
    mode: Option<AccountMode>,
    expected: Vec<&'static str>,
}

fn sample(expected: &[&'static str], changes: &[(&str, &str)]) -> Sample {
    Sample { file: with(changes), mode: None, expected: expected.to_vec() }
}

fn lines(expected: &[&'static str], lines: &str) -> Sample {
    Sample { file: and(lines), mode: None, expected: expected.to_vec() }
}

fn in_mode(mode: AccountMode, expected: &[&'static str], changes: &[(&str, &str)]) -> Sample {
    Sample { mode: Some(mode), ..sample(expected, changes) }
}

fn of_keys() -> Vec<Sample> {
    let private = |expected, key: &str| sample(&[expected], &[("WECHAT_PAY_PRIVATE_KEY", key)]);
    let alipays = |expected, key: &str| sample(&[expected], &[("ALIPAY_PUBLIC_KEY", key)]);
    vec![
        private("key_unreadable", "hello"),
        private("key_cut", "-----BEGIN PRIVATE KEY-----"),
        private("key_damaged", &damaged()),
        private("key_too_short", &short_private()),
        private("key_encrypted", &encrypted()),
        private("key_not_rsa", &elliptic()),
        private("key_is_ssh", "ssh-rsa AAAAB3NzaC1yc2E= me@laptop"),
        private("key_is_request", &request()),
        private("public_as_private", &OWN.public()),
        private("certificate_as_private", &OWN.certificate(MCHID, -1, 300)),
        alipays("private_as_public", &OWN.private()),
        alipays("key_too_short", &short_public()),
        alipays("key_unreadable", "MIIB"),
        alipays("alipay_key_is_own", &encode(&OWN.spki)),
        sample(&["not_a_certificate"], &[("WECHAT_PAY_CERT", &OWN.public()), ("WECHAT_PAY_SERIAL_NO", "5A0B")]),
        sample(
            &["alipay_pair_differs", "setting_missing"],
            &[("ALIPAY_PUBLIC_KEY", ""), ("ALIPAY_APP_PUBLIC_KEY", &PROVIDERS.public())],
        ),
    ]
}

fn of_certificates() -> Vec<Sample> {
    let certificate = |expected, text: &str| sample(&[expected], &[("WECHAT_PAY_CERT", text)]);
    vec![
        certificate("certificate_expired", &OWN.certificate(MCHID, -300, -1)),
        certificate("certificate_ends_soon", &OWN.certificate(MCHID, -300, 29)),
        certificate("certificate_not_yet_valid", &OWN.certificate(MCHID, 1, 300)),
        certificate("certificate_of_another_merchant", &OWN.certificate("1900000000", -1, 300)),
        certificate("platform_certificate_as_merchants", &PROVIDERS.certificate("Tenpay.com sign", -1, 300)),
        certificate("wechat_pair_differs", &PROVIDERS.certificate(MCHID, -1, 300)),
        sample(&["serial_not_of_certificate"], &[("WECHAT_PAY_SERIAL_NO", "5A0C")]),
        sample(
            &["merchant_certificate_as_platforms"],
            &[("WECHAT_PAY_PLATFORM_CERT", &OWN.certificate(MCHID, -1, 300))],
        ),
    ]
}

fn of_addresses() -> Vec<Sample> {
    let notify = |expected, url: &str| sample(&[expected], &[("WECHAT_PAY_NOTIFY_URL", url)]);
    let long = format!("https://pay.example.com/{}", "a".repeat(240));
    vec![
        notify("address_not_https", "http://pay.example.com/notify"),
        notify("address_with_query", "https://pay.example.com/notify?shop=1"),
        notify("address_with_user", "https://me:word@pay.example.com/notify"),
        notify("address_of_this_machine", "https://localhost:8080/notify"),
        notify("address_of_this_machine", "https://127.0.0.1/notify"),
        notify("address_of_this_machine", "https://[::1]/notify"),
        notify("address_private", "https://192.168.1.5/notify"),
        notify("address_private", "https://10.0.0.8/notify"),
        notify("address_private", "https://[fd00::1]/notify"),
        notify("address_private", "https://backend/notify"),
        notify("address_two_slashes", "https://pay.example.com/notify//"),
        notify("address_too_long", &long),
        notify("address_malformed", "pay.example.com/notify"),
        sample(&["address_not_https"], &[("BASE_URL", "http://pay.example.com")]),
    ]
}

fn of_wechat() -> Vec<Sample> {
    let app = |expected, id: &str| sample(&[expected], &[("WECHAT_PAY_APP_ID", id)]);
    let serial = |expected, text: &str| sample(&[expected], &[("WECHAT_PAY_CERT", ""), ("WECHAT_PAY_SERIAL_NO", text)]);
    vec![
        app("wechat_appid_shape", "wx123"),
        app("wechat_appid_is_alipays", "2021000000000001"),
        app("setting_missing", ""),
        sample(
            &["wechat_ids_swapped", "wechat_ids_swapped", "certificate_of_another_merchant"],
            &[("WECHAT_PAY_APP_ID", MCHID), ("WECHAT_PAY_MCH_ID", "wx0123456789abcdef")],
        ),
        sample(&["wechat_mchid_shape", "certificate_of_another_merchant"], &[("WECHAT_PAY_MCH_ID", "19000001O9")]),
        serial("wechat_app_secret", "0123456789abcdef0123456789abcdef"),
        serial("serial_shape", "5A:0B"),
        serial("serial_is_public_key_id", "PUB_KEY_ID_0119000001092026"),
        sample(&["apiv3_key_length"], &[("WECHAT_PAY_API_V3_KEY", "too-short")]),
        sample(&["apiv3_key_is_v2_key"], &[("WECHAT_PAY_API_KEY", CANARIES[0])]),
        sample(&["only_v2_key"], &[("WECHAT_PAY_API_V3_KEY", "")]),
        sample(&["public_key_id_without_key"], &[("WECHAT_PAY_PUBLIC_KEY", "")]),
        sample(&["public_key_without_id"], &[("WECHAT_PAY_PUBLIC_KEY_ID", "")]),
        sample(&["public_key_id_shape"], &[("WECHAT_PAY_PUBLIC_KEY_ID", "0119000001092026")]),
        sample(&["public_key_is_certificate"], &[("WECHAT_PAY_PUBLIC_KEY", &PROVIDERS.certificate("a", -1, 300))]),
        sample(&["public_key_is_own"], &[("WECHAT_PAY_PUBLIC_KEY", &OWN.public())]),
    ]
}

fn of_alipay() -> Vec<Sample> {
    let app = |expected, id: &str| sample(&[expected], &[("ALIPAY_APP_ID", id)]);
    let gateway = |expected, url: &str| sample(&[expected], &[("ALIPAY_GATEWAY", url)]);
    let certificate = OWN.certificate("app", -1, 300);
    vec![
        app("alipay_app_id_shape", "2021000"),
        app("alipay_app_id_is_wechats", "wx0123456789abcdef"),
        app("alipay_app_id_is_seller", "2088000000000001"),
        sample(&["seller_id_shape"], &[("ALIPAY_SELLER_ID", "shop@example.com")]),
        gateway("gateway_dead", "https://openapi.alipaydev.com/gateway.do"),
        gateway("gateway_unknown", "https://alipay.example.com/gateway.do"),
        in_mode(
            AccountMode::Live,
            &["gateway_of_other_mode"],
            &[("ALIPAY_GATEWAY", "https://openapi-sandbox.dl.alipaydev.com/gateway.do")],
        ),
        sample(
            &["alipay_key_and_certificates", "alipay_certificates_incomplete", "alipay_certificates_incomplete"],
            &[("ALIPAY_APP_CERT", &certificate)],
        ),
        sample(&["content_key_unsupported"], &[("ALIPAY_AES_KEY", "c2VjcmV0IGtleSBvZiAxNg==")]),
        sample(&["sign_type_old"], &[("ALIPAY_SIGN_TYPE", "RSA")]),
        sample(&["setting_refused"], &[("ALIPAY_PRECREATE_PRODUCT_CODE", "SOMETHING")]),
    ]
}

fn of_stripe() -> Vec<Sample> {
    let secret = |expected, key: &str| sample(&[expected], &[("STRIPE_SECRET_KEY", key)]);
    let webhook = |expected, text: &str| sample(&[expected], &[("STRIPE_WEBHOOK_SECRET", text)]);
    vec![
        secret("stripe_key_shape", "sk_abc"),
        secret("stripe_publishable_as_secret", "pk_live_abc"),
        sample(&["stripe_secret_as_publishable"], &[("STRIPE_PUBLISHABLE_KEY", "sk_live_abc")]),
        in_mode(
            AccountMode::Live,
            &["stripe_test_key_in_live", "stripe_test_key_in_live"],
            &[("STRIPE_SECRET_KEY", "sk_test_abc"), ("STRIPE_PUBLISHABLE_KEY", "pk_test_abc")],
        ),
        sample(&["stripe_live_key_in_test", "stripe_keys_of_two_modes"], &[("STRIPE_SECRET_KEY", "rk_test_abc")]),
        webhook("webhook_secret_missing", ""),
        webhook("webhook_secret_shape", "secret"),
        webhook("webhook_secret_is_endpoint", "we_1abc"),
        webhook("webhook_secret_is_key", "sk_live_abc"),
    ]
}

fn of_files() -> Vec<Sample> {
    let split = OWN.private();
    let flat = format!("WECHAT_PAY_PRIVATE_KEY={}", split.replace('\n', " "));
    vec![
        lines(&["line_unreadable"], "just words"),
        lines(&["quote_unclosed"], "NAME=\"value"),
        lines(&["text_after_quote"], "NAME=\"a\"b"),
        lines(&["value_too_long"], &format!("NAME={}", "a".repeat(70_000))),
        lines(&["name_twice"], "ALIPAY_APP_ID=2021000000000002"),
        lines(&["names_differ"], "ALIPAY_APPID=2021000000000002"),
        sample(&["placeholder", "setting_missing"], &[("ALIPAY_APP_ID", "your_app_id")]),
        sample(&["placeholder", "setting_missing"], &[("STRIPE_SECRET_KEY", "sk_live_xxxxxxxx")]),
        sample(&["placeholder", "setting_missing"], &[("ALIPAY_PRIVATE_KEY", "changeme")]),
        sample(&["not_substituted", "setting_missing"], &[("ALIPAY_APP_ID", "${APP}")]),
        sample(&["quotes_within"], &[("ALIPAY_APP_ID", "'2021000000000001'")]),
        sample(&["spaces_within"], &[("ALIPAY_APP_ID", " 2021000000000001 ")]),
        Sample {
            file: with(&[("WECHAT_PAY_PRIVATE_KEY", "")]) + "\n" + &format!("WECHAT_PAY_PRIVATE_KEY={split}"),
            mode: None,
            expected: vec!["lines_without_quotes"],
        },
        Sample {
            file: with(&[("WECHAT_PAY_PRIVATE_KEY", "")]) + "\n" + &flat,
            mode: None,
            expected: vec!["line_breaks_lost"],
        },
        sample(&["file_missing", "setting_missing"], &[("ALIPAY_PRIVATE_KEY", "./app.pem")]),
        lines(&["secret_in_public_name"], &format!("NEXT_PUBLIC_STRIPE_SECRET_KEY={}", CANARIES[1])),
        lines(&["unknown_name"], "WECHAT_PAY_WHATEVER=1"),
        lines(&["unknown_name"], "ORDER_EXPIRE_MINUTS=5"),
        Sample {
            file: "APP_ID=abc\nSTRIPE_WEBHOOK_SECRET=whsec_a\nSTRIPE_SECRET_KEY=sk_test_a\nSTRIPE_PUBLISHABLE_KEY=pk_test_a"
                .to_owned(),
            mode: None,
            expected: vec!["ambiguous_name"],
        },
        sample(&["number_unreadable"], &[("ORDER_EXPIRE_MINUTES", "soon")]),
        sample(&["number_out_of_range"], &[("ORDER_EXPIRE_MINUTES", "1441")]),
        sample(&["not_true_or_false"], &[("PAYMENT_ENABLED", "yes please")]),
        lines(&["stage_setting_refused"], "STRIPE_CURRENCY=dollars"),
        sample(&["qr_code_outlives_order"], &[("QR_CODE_EXPIRE_MINUTES", "20")]),
        lines(&["mock_mode_with_live_keys"], "PAYMENT_MOCK_MODE=true"),
        Sample { file: "PORT=80".to_owned(), mode: None, expected: vec!["nothing_found"] },
    ]
}

fn samples() -> Vec<Sample> {
    [of_keys(), of_certificates(), of_addresses(), of_wechat(), of_alipay(), of_stripe(), of_files()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn whole_file_has_no_fault() {
    assert_eq!(words(&whole(), None), Vec::<&str>::new());
}

#[test]
fn each_spoilt_file_has_its_faults_and_no_others() {
    for (n, Sample { file, mode, expected }) in samples().into_iter().enumerate() {
        assert_eq!(words(&file, mode), expected, "sample {n}");
    }
}

#[test]
fn each_word_has_a_sample_or_its_own_test() {
    // Their tests: notes below, files in pem.rs, deployed accounts in deployed.rs, probes in shared/providers.
    let elsewhere = [
        "settings_unreadable",
        "file_unreadable",
        "file_is_p12",
        "account_without_secret",
        "account_wrong_mode",
        "default_account_missing",
        "clock_off",
        "provider_unreachable",
        "provider_busy",
        "wechat_signature_refused",
        "wechat_merchant_unknown",
        "wechat_not_permitted",
        "alipay_signature_refused",
        "alipay_app_unknown",
        "alipay_not_permitted",
        "answer_not_believed",
        "stripe_key_refused",
        "stripe_key_may_not",
        "probe_refused",
    ];
    let sampled: BTreeSet<&str> =
        samples().iter().flat_map(|sample| sample.expected.clone()).chain(elsewhere).collect();
    let missing: Vec<&str> = kinds()
        .filter(|kind| kind.level != Level::Note && !sampled.contains(kind.word))
        .map(|kind| kind.word)
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn notes_are_told_and_are_no_faults() {
    for (word, text) in [
        ("key_is_pkcs1", with(&[("WECHAT_PAY_PRIVATE_KEY", &OWN.pkcs1())])),
        ("platform_keys_downloaded", with(&[("WECHAT_PAY_PUBLIC_KEY", ""), ("WECHAT_PAY_PUBLIC_KEY_ID", "")])),
        ("stripe_restricted_key", with(&[("STRIPE_SECRET_KEY", "rk_live_abc")])),
        ("value_empty", and("ALIPAY_RETURN_URL=")),
    ] {
        let found = reading(&text).check(Time::from_unix(NOW).unwrap());
        assert!(found.iter().any(|placed| placed.finding.kind.word == word), "{word}");
        assert_eq!(words(&text, None), Vec::<&str>::new(), "{word}");
    }
}

#[test]
fn no_message_shows_a_secret() {
    let keys = [encode(&OWN.pkcs8), encode(&PROVIDERS.spki)];
    let letters = keys.iter().map(|key| &key[100..160]);
    let canaries: Vec<&str> = CANARIES.into_iter().chain(letters).collect();
    // Each secret also under each other name, where nobody expects it.
    let names = [
        "WECHAT_PAY_APP_ID",
        "WECHAT_PAY_SERIAL_NO",
        "ALIPAY_GATEWAY",
        "STRIPE_PUBLISHABLE_KEY",
        "BASE_URL",
        "ORDER_EXPIRE_MINUTES",
        "PAYMENT_ENABLED",
        "WECHAT_PAY_NOTIFY_URL",
        "WECHAT_PAY_CERT_PATH",
        "STRIPE_CURRENCY",
    ];
    let elsewhere = names.iter().flat_map(|name| CANARIES.map(|canary| with(&[(name, canary)])));
    for file in samples().into_iter().map(|sample| sample.file).chain(elsewhere) {
        let reading = reading(&file);
        let report = Report(reading.check(Time::from_unix(NOW).unwrap()));
        let told = format!("{:?}", reading.draft.told);
        for canary in &canaries {
            assert!(!report.text().contains(canary) && !report.json().to_string().contains(canary), "{canary}");
            assert!(!told.contains(canary), "{canary}");
        }
    }
}

#[test]
fn names_without_a_provider_are_wechats_where_the_file_says_so() {
    let alone = "APP_ID=wx0123456789abcdef\nMCH_ID=1900000109\nAPI_KEY=abc";
    let reading = reading(alone);
    let part = reading.draft.parts.values().next().unwrap();
    assert_eq!((part.value("appid"), part.value("mchid")), (Some("wx0123456789abcdef"), Some("1900000109")));
    assert!(!words(alone, None).contains(&"ambiguous_name"));
    assert!(words(alone, None).contains(&"only_v2_key"));
}

#[test]
fn document_has_the_row_of_each_word() {
    let row = |line: &'static str| line.strip_prefix("| `").map(|_| line);
    let written: Vec<&str> = DOCUMENT.lines().filter_map(row).collect();
    let expected: Vec<String> =
        kinds().map(|kind| format!("| `{}` | {} | {} |", kind.word, kind.level.as_str(), kind.message)).collect();
    assert_eq!(written, expected);
    let words: BTreeSet<&str> = kinds().map(|kind| kind.word).collect();
    assert_eq!(words.len(), expected.len(), "a word is there twice");
    assert!(kinds().filter(|kind| kind.level == Level::Fault).count() >= 40);
}

#[test]
fn file_that_is_cut_anywhere_can_be_read() {
    let whole = whole();
    for end in (0..whole.len()).step_by(61) {
        let report = Report(reading(&whole[..end]).check(Time::from_unix(NOW).unwrap()));
        for canary in CANARIES {
            assert!(!report.text().contains(canary), "cut at {end}");
        }
    }
}
