//! Published test vectors. From alipay/alipay-sdk-nodejs-all (MIT): the notification and the answer of
//! `test/alipay.test.ts`, the names of `test/antcertutil.test.ts`, and the keys and certificates of `test/fixtures/` (the
//! root certificates are Alipay's public file, of which that repository keeps the name alone). The cases of extraction are
//! those of alipay/alipay-sdk-java-all, `v2/src/test/java/com/alipay/api/internal/util/AlipaySignatureTest.java`.

use super::*;

const APP_CERTIFICATE: &str = include_str!("fixtures/appCertPublicKey_2021001161683774.crt");
const ALIPAY_CERTIFICATE: &str = include_str!("fixtures/alipayCertPublicKey_RSA2.crt");
const ROOT_CERTIFICATES: &str = include_str!("fixtures/alipayRootCert.crt");
/// `test/fixtures/app-private-key.pem`: published, and of no account that can do anything.
const APP_PRIVATE_KEY: &str = include_str!("fixtures/app-private-key.pem");
/// `notifyAlipayPublicKeyV1` of "verify sign should delete sign_type".
const NOTIFY_KEY_1: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqObrdC7hrgAVM98tK0nv3hSQRGGKT4lBsQjHiGjeYZjOPIPHR5knm2jnnz/YGIXIofVHkA/tAlBAd5DrY7YpvI4tP5EONLtZKC2ghBMx7McI2wRD0xiqzxOQr1FuhZGJ8/AUokBzJrzY+aGX2xcOrxFYRlFilvVLTXg4LWjR1tdPkO6+i7wQZAIVMClPkwVRZEbaERRHlKqTzv2gGv5rDU8gRoe1LeaN+6BlbTqHWkQcNCUNrA8C6l17XAXGKDsm/9TFWwO8EPHHHCaQdjtV5/FdcWIt+L8SR1ss7EXTjYDFtxcKVv9rEoY1lX8T4mX+GbXfZHraG5NCF1+XioL5JwIDAQAB";
/// `test/fixtures/alipay-public-key.pem` as it was when the answer was recorded.
const ANSWER_KEY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAk7LzhmMa2c4qQd4fqAqenfbuFoA7stPKvoS1LrZEsVnOOGUUjwoa1oU9xsSPjcOWhIerU/VAN4J95GIAXx59ipcleIyfLn2FhHXPgLJpvo+b2jJFyn/1/DbeJDh+0yDVAOf50Z7HhI0mdUhFMkXlT7BU0ZMtJf/TmISFEfhDU/w6qFd6D42L97byAkq0K6LroglSVF24GqJEa7hSeUIkZWj7RasykXrc2uVJ1+ejkXE0LyPxa2AHykMGbJLf5SiZvaNzUZgnKIR36mLOHpQ/2JCXxhXZYUWHzy0kMH54JcUEeksFWBYLGvLjV1phbcUIc3Q76tIuqApY6E222OoZZQIDAQAB";

/// "with sign_type arguments verify success": a real notification, Chinese text and JSON in it.
fn real_notice() -> Vec<(&'static str, &'static str)> {
    vec![
        ("gmt_create", "2019-08-15 15:56:22"),
        ("charset", "utf-8"),
        ("seller_email", "z97-yuquerevenue@service.aliyun.com"),
        ("subject", "语雀空间 500人规模"),
        (
            "sign",
            "QfTb8tqE1BMhS5qAnXtvsF3/jBkEvu9q9en0pdbBUDDjvKycZhQb7h8GDs4FKfi049PynaNuatxSgLb/nLWZpXyyh0LEWdK2S6Ri7nPwrVgOs08zugLO20vOQz44y3ti2Ncm8/wZts1Fr2gZ7pShnVX3d1B50hbsXnObT1r/U8ONNQjWXd0HIul4TG+Q3fm3svmSvFEy0WnzuhcyHPX5Gm4ELNctL6Qd5YniGJFNcc7kopHYtI/XD9YCKCH6Ct02rzUs9i11C9CsadtZn+WhxF26Dqt9sGEFajkJ8cxUTLi8+VCpLHsgPE8P0y095uQcDdK0YjCh4x7wVSov+lrmOQ==",
        ),
        ("buyer_id", "2088102534368455"),
        ("invoice_amount", "0.10"),
        ("notify_id", "2019081500222155624068450559358070"),
        ("fund_bill_list", r#"[{"amount":"0.10","fundChannel":"ALIPAYACCOUNT"}]"#),
        ("notify_type", "trade_status_sync"),
        ("trade_status", "TRADE_SUCCESS"),
        ("receipt_amount", "0.10"),
        ("buyer_pay_amount", "0.10"),
        ("sign_type", "RSA2"),
        ("app_id", "2019073166072302"),
        ("seller_id", "2088531891668739"),
        ("gmt_payment", "2019-08-15 15:56:24"),
        ("notify_time", "2019-08-15 15:56:25"),
        ("version", "1.0"),
        ("out_trade_no", "20190815155618536-564-57"),
        ("total_amount", "0.10"),
        ("trade_no", "2019081522001468450512505578"),
        ("auth_app_id", "2019073166072302"),
        ("buyer_logon_id", "xud***@126.com"),
        ("point_amount", "0.00"),
    ]
}

fn bytes_of(notice: &[(&'static str, &'static str)]) -> Vec<u8> {
    unsigned_form(&notice.iter().map(|(key, value)| (*key, value.as_bytes())).collect::<Vec<_>>())
}

fn their_merchant() -> Merchant {
    parse(&Settings {
        app_id: "2019073166072302".to_owned(),
        seller_id: "2088531891668739".to_owned(),
        alipay_public_key: Some(NOTIFY_KEY_1.to_owned()),
        ..settings()
    })
}

#[test]
fn published_notification_is_accepted() {
    let body = bytes_of(&real_notice());
    let raw = Raw { body: &body };
    assert_eq!(raw.app_id().as_deref(), Some("2019073166072302"));
    let merchant = their_merchant();
    let heard = raw.verify(&merchant).unwrap().content(&merchant).unwrap();
    let CallbackSubject::Foreign { number, says } = heard.about else { panic!("{:?}", heard.about) };
    assert_eq!(number, "20190815155618536-564-57");
    let [Says::Paid { trade_no, amount, paid_at, buyer }] = says.as_slice() else { panic!("{says:?}") };
    assert_eq!(trade_no.as_str(), "2019081522001468450512505578");
    assert_eq!(amount.to_string(), "0.10");
    assert_eq!(crate::time::to_china(*paid_at), "2019-08-15 15:56:24");
    assert_eq!(buyer.as_ref().unwrap().as_str(), "2088102534368455");
}

#[test]
fn published_notification_with_a_changed_field_is_rejected() {
    let merchant = their_merchant();
    for (n, (key, _)) in real_notice().iter().enumerate().filter(|(_, (key, _))| !key.starts_with("sign")) {
        let mut notice = real_notice();
        notice[n].1 = "2088102534368456";
        let body = bytes_of(&notice);
        assert_eq!(Raw { body: &body }.verify(&merchant).unwrap_err(), BadSignature, "{key} changed");
        notice.remove(n);
        let body = bytes_of(&notice);
        assert_eq!(Raw { body: &body }.verify(&merchant).unwrap_err(), BadSignature, "{key} left out");
    }
}

#[test]
fn published_answer_is_accepted() {
    // checkResponseSign "should work".
    let merchant = parse(&Settings { alipay_public_key: Some(ANSWER_KEY.to_owned()), ..settings() });
    let body = r#"{"alipay_open_file_upload_response":{"code":"10000","msg":"Success","file_id":"CAxAToWB1JsAAAAAAAAAAAAADgSLAQBr"},"sign":"F+LDzpTNiavn7xVZPGuPCSSVRSmWzJGgtuji6tVELGEaqMaNj0jRKXUEr5nloZJBBmwEnddOyCjjepMmrTKTvoOqQ0Efxpr/R1iEeHTHVbb/Q8TTh6Up5gHJDkILdaWS2q1cWeQ6VT+HQY9P3WRXS7uhILHuDODIhpAyCu5KhWGt0rMCIG+Im6NODJP2oohtSCtmTFXg58HH587Z2y2bdbjzOxLvzD9IrU1imghXQ2S/Q+wMIvRk9on6cWnBLkrNvJKapA2ReNGWOwyuASvB9zDVzhMPbR+3mfRGkVDxsq5HYLjBKGskJMXHw0HuugZij6ScRuaLPODhmHwr/pJ9yw=="}"#;
    let found = envelope(body.as_bytes(), "alipay_open_file_upload_response").unwrap();
    let verified = sign::verify(&merchant, found).unwrap();
    let expected = r#"{"code":"10000","msg":"Success","file_id":"CAxAToWB1JsAAAAAAAAAAAAADgSLAQBr"}"#;
    assert_eq!(verified.text(), expected.as_bytes());
    let changed = body.replace("Success", "success");
    let found = envelope(changed.as_bytes(), "alipay_open_file_upload_response").unwrap();
    assert_eq!(sign::verify(&merchant, found).unwrap_err(), BadSignature);
}

#[test]
fn certificate_names_equal_the_published_ones() {
    let name = |text| serial::of(&certificates(text).unwrap()[0]).unwrap();
    assert_eq!(name(APP_CERTIFICATE), "866efef280dec9137a87d047ac446315");
    assert_eq!(name(ALIPAY_CERTIFICATE), "7513daaaa48aa3ba2e4018d84402479c");
    let roots = certificates(ROOT_CERTIFICATES).unwrap();
    assert_eq!(roots.len(), 4, "two of them are not signed with RSA");
    let name = serial::of_roots(&roots).unwrap();
    assert_eq!(name, "687b59193f3f462dd5336e5abf83c5d8_02941eef3187dddf3d3b83462e1dfcf6");
    assert_eq!(serial::of_roots(&[]), None);
}

#[test]
fn certificate_of_another_key_is_a_fault() {
    let settings = Settings {
        app_private_key: APP_PRIVATE_KEY.to_owned(),
        alipay_public_key: None,
        app_certificate: Some(APP_CERTIFICATE.to_owned()),
        alipay_certificate: Some(ALIPAY_CERTIFICATE.to_owned()),
        alipay_root_certificate: Some(ROOT_CERTIFICATES.to_owned()),
        ..settings()
    };
    let faults = Merchant::parse(main_id(), &settings, place()).unwrap_err();
    assert_eq!(faults.to_string(), "app_certificate: is not about app_private_key");
}

/// Made with `openssl dgst -sha256 -sign app-private-key.pem` over the text that the rules give: this signature has no
/// randomness in it.
#[test]
fn request_signature_equals_that_of_openssl() {
    let merchant = parse(&Settings { app_private_key: APP_PRIVATE_KEY.to_owned(), ..settings() });
    let request = calls::query(&merchant, now(), PaymentNo::parse(NUMBER).unwrap()).unwrap();
    let expected = "/gateway.do?app_id=2021000122671080&method=alipay.trade.query&format=JSON&charset=utf-8\
&sign_type=RSA2&timestamp=2026-11-21%2010%3A00%3A00&version=1.0&sign=FjFhJ4x%2B%2FAswhs%2BA222YtKOImEOSXiOk6HiMLU3e\
x%2Be3YJ01mQZ0SSIeUSBroAr3zQ7tS0ujvkR%2BAypwdZF9gshYlik7CUVkeZV7ATAvGkZpk%2Fzt4QEuVcGitLGuYHU%2Bc1XQ6XZAFuJsXvDK6m\
fgzKdJAqJIagMAxaAyBhDyRQESCJ0NDcLFJXYTZD7o9ALswXPwcCBNiQjTFGQDz4bbm4JwJwRn%2BFdMhGosIfowxBTmUmYlcEsoWmDuD7mhBkaY60\
dzZO4DXm8Vsq8Ygk%2FtZG8S0k%2FqpuwzweYr8fqAdVizly2W5RcQaM6cbEJhuduafMckap26KG6hy%2B%2BWNyJjzw%3D%3D";
    assert_eq!(request.target, expected);
    assert_eq!(request.body, b"biz_content=%7B%22out_trade_no%22%3A%22ORD20261121100000TESTTEST%22%7D");
    assert_eq!(request.base, "https://openapi.alipay.com");
}

#[test]
fn signed_part_is_found_byte_for_byte() {
    let key = "alipay_trade_create_response";
    for subject in [
        // Java: normal_json, nested_object, nested_array.
        r#"{"code":"10000","msg":"Success","out_trade_no":"20150320010101001","trade_no":"2019062322001446881000041395"}"#,
        r#"{"code":"10000","nested":{"a":1,"b":"2"},"trade_no":"2019062322001446881000041395"}"#,
        r#"{"code":"10000","nested":{"a":1,"b":"2","array":["1","2","3"]},"out_trade_no":"20150320010101001"}"#,
        // paired_braces_in_json_value, …_key
        r#"{"code":"10000","out_trade_no":"201{5}0320010101001{}"}"#,
        r#"{"code":"10000","out_{trade}_{no}":"201{5}0320010101001{}"}"#,
        // not_paired_brace_in_json_value, …_key
        r#"{"code":"100}00","msg":"Suc}cess","array":["{1","2","3"],"trade_no":"2019062{322001446881000041395"}"#,
        r#"{"co{de":"100}00","ms}g":"Suc}cess","ne{sted":{"a":1},"{out_{trade}_{no}":"x","trade_no}":"20{1"}"#,
        // not_paired_brace_and_quotation_in_json_value
        r#"{"co{de":"100}00","ms}g":"Suc\"}cess","array":["\"{1","2"],"out":"201{5\"}03","trade_no}":"20\"190{1"}"#,
        // even_consecutive_escape_count_before_quotation_in_json_key_and_value
        r#"{"code":"10000\\",         "msg": "Success",         "\\out_trade_no\\": "\\\\2015\\\\",  "t": "1"     }"#,
        // encrypted
        r#""eyJjb2RlIjoiMTAwMDAiLCJtc2ciOiJTdWNjZXNzIiwib3V0X3RyYWRlX25vIjoiMjAxNTAzMjAwMTAxMDEwMDEifQ==""#,
        // Node: getSignStr "normal" and "include sign key in data".
        r#"{"code":"10000","image_url":"http:\/\/oalipay-dl-django.alicdn.com\/rest\/1.0\/image?fileIds=Zp1&zoom=original"}"#,
        r#"{"code":"10000","sign":"xxx","msg":"Success"}"#,
    ] {
        for body in [
            format!(r#"{{"{key}":{subject},"sign":"TS355N=="}}"#),
            format!(r#"{{"sign":"TS355N==","{key}":{subject}}}"#),
            // …_with_blank_space, and Node's "include \r\n\s".
            format!("{{\"{key}\"\r\n        :\n        {subject},\n\n   \"sign\"  :  \"TS355N==\"\t}}\n"),
            format!(r#"{{"other":{{"{key}":1}},"{key}":{subject},"sign":"TS355N==","n":-1.5e3,"t":true}}"#),
        ] {
            let expected = Envelope { subject: subject.as_bytes(), sign: Some(br#""TS355N==""#), cert_sn: None };
            assert_eq!(envelope(body.as_bytes(), key), Ok(expected), "{body}");
        }
    }
}
