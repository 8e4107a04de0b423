//! Settings: which are accepted, and the faults of the others.

use super::*;

fn parse_at(settings: &Settings, place: Place<'_>) -> Result<Merchant, Faults> {
    Merchant::parse(main_id(), settings, place)
}

fn faults(settings: &Settings) -> String {
    parse_at(settings, place()).unwrap_err().to_string()
}

#[test]
fn all_faults_are_reported_at_once_without_values() {
    let all = Settings {
        app_id: "abc".to_owned(),
        seller_id: "1088102146225135".to_owned(),
        app_private_key: app().public_text.clone(),
        alipay_public_key: None,
        precreate_product_code: Some("FAST_INSTANT_TRADE_PAY".to_owned()),
        return_url: Some("javascript:alert(1)".to_owned()),
        gateway: Some("https://evil.example".to_owned()),
        ..settings()
    };
    let place = Place {
        mode: AccountMode::Live,
        notify_url: "http://shop.example/?a=b",
        base_url: Some("https://evil.example"),
    };
    let faults = parse_at(&all, place).unwrap_err();
    let expected = "app_id seller_id notify_url notify_url return_url gateway base_url precreate_product_code \
        app_private_key alipay_public_key";
    assert_eq!(fields(&faults), expected);
    let told = faults.to_string();
    assert!(!told.contains("evil") && !told.contains(&app().public_text[40..60]), "{told}");
}

#[test]
fn each_invalid_setting_is_one_fault() {
    type Change = fn(&mut Settings);
    let with = |change: Change| {
        let mut settings = settings();
        change(&mut settings);
        faults(&settings)
    };
    let table: [(Change, &str); 10] = [
        (|s| s.app_id = "1".repeat(33), "app_id: must be 8 to 32 digits"),
        (|s| s.app_id = "２０２１０００１".to_owned(), "app_id: must be 8 to 32 digits"),
        (|s| s.seller_id = "208810214622513".to_owned(), "seller_id: must be 16 digits that begin with 2088"),
        (
            |s| s.alipay_public_key = Some(app().public_text.clone()),
            "alipay_public_key: is the application's own key: Alipay's is shown beside it on the platform",
        ),
        (
            |s| s.alipay_public_key = Some(" ".to_owned()),
            "alipay_public_key: is missing: give it, or app_certificate, alipay_certificate and alipay_root_certificate",
        ),
        (
            |s| s.app_certificate = certified_settings().app_certificate,
            "alipay_public_key: is not for accounts with certificates: give it or the three of them",
        ),
        (
            |s| {
                s.alipay_public_key = None;
                s.alipay_certificate = certified_settings().alipay_certificate;
            },
            "app_certificate: is missing: certificates are three, or none; alipay_root_certificate: is missing: \
             certificates are three, or none",
        ),
        (
            |s| s.return_url = Some(format!("https://shop.example/{}", "a".repeat(256))),
            "return_url: must be at most 256 characters",
        ),
        (
            |s| s.gateway = Some(TEST.to_owned()),
            "gateway: must be https://openapi.alipay.com for this account, or be left out",
        ),
        (
            |s| s.precreate_product_code = Some("qr".to_owned()),
            "precreate_product_code: must be QR_CODE_OFFLINE or FACE_TO_FACE_PAYMENT",
        ),
    ];
    for (change, told) in table {
        assert_eq!(with(change), told);
    }
}

#[test]
fn certificates_must_belong_to_their_keys() {
    let with = |change: fn(&mut Settings)| {
        let mut settings = certified_settings();
        change(&mut settings);
        faults(&settings)
    };
    assert_eq!(
        with(|s| s.app_certificate = Some(certificate("Class 1", &[7], stranger()))),
        "app_certificate: is not about app_private_key"
    );
    assert_eq!(
        with(|s| s.alipay_certificate = Some(certificate("Class 1", &[7], app()))),
        "alipay_certificate: is the application's own certificate"
    );
    let told = with(|s| {
        s.app_certificate = Some(app().public_text.clone());
        s.alipay_root_certificate = Some("?".to_owned());
    });
    assert!(told.contains("app_certificate: expected a certificate"), "{told}");
    assert!(told.contains("alipay_root_certificate:"), "{told}");
    let serials = certified().serials.as_ref().unwrap();
    // md5 of "CN=Class 1,O=Ant,C=CN7" and of "CN=Class 2,O=Ant,C=CN300", by md5sum.
    assert_eq!(serials.app, APP_SN);
    assert_eq!(serials.alipay, ALIPAY_SN);
}

const APP_SN: &str = "bc3a91df8b2578881addcf0955212e2c";
pub const ALIPAY_SN: &str = "80ed771a644bb995ee0f4272d079394c";

#[test]
fn base_follows_mode_gateway_and_base_url() {
    let at = |mode, gateway: Option<&str>, base_url| {
        let place = Place { mode, notify_url: NOTIFY_URL, base_url };
        parse_at(&Settings { gateway: gateway.map(str::to_owned), ..settings() }, place)
    };
    for (mode, gateway, base_url, base) in [
        (AccountMode::Live, None, None, LIVE),
        (AccountMode::Live, Some("https://openapi.alipay.com/gateway.do"), None, LIVE),
        (AccountMode::Test, None, None, TEST),
        (AccountMode::Test, Some("https://openapi-sandbox.dl.alipaydev.com/gateway.do"), None, TEST),
        (AccountMode::Test, None, Some("http://127.0.0.1:9/alipay/"), "http://127.0.0.1:9/alipay"),
    ] {
        assert_eq!(at(mode, gateway, base_url).unwrap().base, base);
    }
    for (mode, gateway, base_url, told) in [
        (
            AccountMode::Test,
            Some("https://openapi.alipaydev.com/gateway.do"),
            None,
            "gateway: this test gateway is gone: the current one is https://openapi-sandbox.dl.alipaydev.com",
        ),
        (
            AccountMode::Test,
            Some(LIVE),
            None,
            "gateway: must be https://openapi-sandbox.dl.alipaydev.com for this account, or be left out",
        ),
        (
            AccountMode::Live,
            None,
            Some("http://127.0.0.1:9"),
            "base_url: is for test accounts alone: a live one talks to the provider",
        ),
    ] {
        assert_eq!(at(mode, gateway, base_url).unwrap_err().to_string(), told);
    }
}

#[test]
fn settings_json_is_read_strictly_and_debug_prints_no_secret() {
    let text = format!(
        r#"{{"app_id":"{APP_ID}","seller_id":"{SELLER_ID}","app_private_key":"{}","alipay_public_key":"{}"}}"#,
        app().private_text,
        alipay().public_text
    );
    let read: Settings = serde_json::from_str(&text).unwrap();
    let merchant = parse(&read);
    assert_eq!(merchant.precreate_product_code, "QR_CODE_OFFLINE");
    assert_eq!(merchant.app_id, APP_ID);
    assert_eq!(merchant.account.id.as_str(), "main");
    let printed = format!("{merchant:?}");
    for secret in [&app().private_text[..16], &alipay().public_text[60..80]] {
        assert!(!printed.contains(secret), "{printed}");
    }
    for (from, to) in
        [("\"seller_id\"", "\"sellerid\""), ("}", r#","app_id":"1"}"#), (r#""app_id""#, r#""app_id":"1","app_id""#)]
    {
        assert!(serde_json::from_str::<Settings>(&text.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn certificate_that_ends_first_is_known_without_its_roots() {
    assert_eq!(merchant().certificate_end(), None, "an account with a key");
    let day = 86_400;
    let until = |class: &str, pair: &Pair, days: i64| {
        let issuer = [(6, "CN"), (10, "Ant"), (3, class)];
        let (from, until) = (now().unix() - day, now().unix() + days * day);
        pem("CERTIFICATE", &testing::keys::certificate_for(&issuer, &issuer, &[7], &pair.spki, from, until))
    };
    for (app_days, alipay_days, field) in [(5, 9, "app_certificate"), (9, 5, "alipay_certificate")] {
        let settings = Settings {
            app_certificate: Some(until("Class 1", app(), app_days)),
            alipay_certificate: Some(until("Class 2", alipay(), alipay_days)),
            alipay_root_certificate: Some(until("Root", testing::keys::stranger(), 1)),
            ..certified_settings()
        };
        let end = parse(&settings).certificate_end().unwrap();
        assert_eq!((end.field, end.at), (field, now().plus(Seconds::days(5))));
    }
}
