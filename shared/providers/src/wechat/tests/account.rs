//! Settings: which are accepted, and the faults of the others.

use super::*;

fn parse(settings: &Settings, place: Place<'_>) -> Result<Merchant, Faults> {
    Merchant::parse(main_id(), settings, place)
}

#[test]
fn settings_json_is_read_strictly() {
    let text = serde_json::json!({
        "appid": super::APPID, "mchid": super::MCHID, "merchant_serial": super::MERCHANT_SERIAL.to_lowercase(),
        "merchant_private_key": vectors::PUBLISHED_KEY, "apiv3_key": APIV3_KEY,
        "platform_certificates": [platform_certificate(platform(), "5157F09EFDC096DE15EBE81A47057A7232F1B8E1")],
    });
    let read: Settings = serde_json::from_value(text.clone()).unwrap();
    let merchant = parse(&read, live()).unwrap();
    assert_eq!(merchant.serial, super::MERCHANT_SERIAL, "written as WeChat Pay writes it");
    assert_eq!(merchant.account.id.as_str(), "main");

    let mut unknown = text.clone();
    unknown["api_key"] = "x".into();
    assert!(serde_json::from_value::<Settings>(unknown).is_err(), "an unknown field");
    let mut missing = text;
    missing.as_object_mut().unwrap().remove("apiv3_key");
    assert!(serde_json::from_value::<Settings>(missing).is_err());
    assert!(serde_json::from_str::<Settings>(r#"{"appid":"a","appid":"b"}"#).is_err(), "a field twice");
}

#[test]
fn each_invalid_setting_is_one_fault() {
    type Change = fn(&mut Settings);
    let rows: [(&str, Change); 19] = [
        ("appid", |s| s.appid.clear()),
        ("appid", |s| s.appid = "wxd678efh567hg678".to_owned()),
        ("appid", |s| s.appid = "WXD678EFH567HG6787".to_owned()),
        ("appid", |s| s.appid = "2021000000000000".to_owned()),
        ("mchid", |s| s.mchid.clear()),
        ("mchid", |s| s.mchid = "19000072x1".to_owned()),
        ("mchid", |s| s.mchid = "1".repeat(33)),
        ("merchant_serial", |s| s.merchant_serial.clear()),
        ("merchant_serial", |s| s.merchant_serial = "40:8B:07".to_owned()),
        ("merchant_private_key", |s| s.merchant_private_key.clear()),
        ("merchant_private_key", |s| s.merchant_private_key = platform().public_pem()),
        ("apiv3_key", |s| s.apiv3_key.truncate(31)),
        ("apiv3_key", |s| s.apiv3_key.push('x')),
        ("apiv3_key", |s| s.apiv3_key = "密".repeat(32)),
        ("platform_public_key_id", |s| s.platform_public_key_id = None),
        ("platform_public_key_id", |s| s.platform_public_key_id = Some("5157F09EFDC096DE".to_owned())),
        ("platform_public_key", |s| s.platform_public_key = None),
        ("platform_public_key", |s| s.platform_public_key = Some(platform_certificate(platform(), "0157F09EFDC096DE"))),
        ("platform_certificates", |s| s.platform_certificates = vec![platform().public_pem()]),
    ];
    for (n, (field, change)) in rows.into_iter().enumerate() {
        let mut changed = settings();
        change(&mut changed);
        assert_eq!(fields(&parse(&changed, live()).unwrap_err()), field, "row {n}");
    }
}

#[test]
fn merchant_certificate_is_the_one_of_its_serial_and_key() {
    let own = crate::testing::keys::own();
    let with = |serial: &str, key: &Pair| {
        let certificate = platform_certificate_for(key, serial, now().unix(), now().unix() + 86_400);
        let key = own.private_text.clone();
        let settings = Settings { merchant_certificate: Some(certificate), merchant_private_key: key, ..settings() };
        parse(&settings, live()).map(|merchant| merchant.certificate_end.unwrap())
    };
    let end = with(&MERCHANT_SERIAL.to_lowercase(), own).unwrap();
    assert_eq!((end.field, end.at), ("merchant_certificate", now().plus(Seconds::days(1))));
    for (serial, key, expected) in [
        ("5157F09EFDC096DE", own, "has another serial number than merchant_serial"),
        (MERCHANT_SERIAL, platform(), "is not about merchant_private_key"),
    ] {
        let faults = with(serial, key).unwrap_err();
        assert_eq!(faults.to_string(), format!("merchant_certificate: {expected}"));
    }
    assert_eq!(merchant().certificate_end, None, "it may be left out");
}

#[test]
fn all_faults_are_reported_at_once_without_a_secret() {
    let secret = "sec-ret-sec-ret";
    let wrong = Settings {
        appid: String::new(),
        mchid: "x".to_owned(),
        merchant_serial: "y".to_owned(),
        merchant_private_key: secret.to_owned(),
        apiv3_key: secret.to_owned(),
        platform_public_key_id: Some("z".to_owned()),
        platform_public_key: Some(secret.to_owned()),
        platform_certificates: vec![secret.to_owned()],
        merchant_certificate: Some(secret.to_owned()),
    };
    let place =
        Place { mode: AccountMode::Live, notify_url: "http://shop.example/?x", base_url: Some("https://x.example") };
    let faults = parse(&wrong, place).unwrap_err();
    let expected = "appid mchid merchant_serial notify_url notify_url base_url merchant_private_key merchant_certificate apiv3_key \
        platform_public_key_id platform_public_key platform_certificates";
    assert_eq!(fields(&faults), expected);
    assert!(!faults.to_string().contains(secret));
}

#[test]
fn debug_prints_no_key() {
    let printed = format!("{:?}", merchant());
    for secret in [APIV3_KEY, "BEGIN", PUBLIC_KEY_ID] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn live_account_has_two_hosts_and_test_account_only_its_own() {
    assert_eq!(merchant().bases, ["https://api.mch.weixin.qq.com", "https://api2.wechatpay.cn"]);
    let sandbox =
        Place { mode: AccountMode::Test, notify_url: NOTIFY_URL, base_url: Some("http://127.0.0.1:9/wechat/") };
    let merchant = parse(&certificate_settings(), sandbox).unwrap();
    assert_eq!(merchant.bases, ["http://127.0.0.1:9/wechat"]);
    let long = format!("https://shop.example/{}", "x".repeat(255 - 21));
    let place = |notify_url| Place { mode: AccountMode::Live, notify_url, base_url: None };
    assert_eq!(long.len(), 255);
    assert!(parse(&settings(), place(&long)).is_ok());
    assert_eq!(fields(&parse(&settings(), place(&format!("{long}x"))).unwrap_err()), "notify_url");
}
