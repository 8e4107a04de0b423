//! Signatures of requests and answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{NATIVE, NOW, ORDER, REFUNDS, Shop, with};
use crate::config::PlatformKey;
use crate::http::Request;

fn authorization(request: &mut Request) -> &mut String {
    request.headers.iter_mut().find(|(name, _)| name == "authorization").map(|(_, value)| value).unwrap()
}

#[test]
fn prefix_of_path_is_signed() {
    let mut shop = Shop::paid();
    let prefix = "/_aws/execute-api/0a1b2c3d";
    shop.sandbox.config.public_url = format!("http://127.0.0.1:4566{prefix}");
    let target = shop.query_path(ORDER);
    let mut request = shop.request("GET", &format!("{prefix}{target}"), "");
    assert_eq!(shop.send(&request).status, 200);
    // A gateway removes the prefix and may change the path's encoding.
    request.path = request.path.replace(prefix, "");
    assert_eq!(shop.send(&request).status, 200);
    assert_eq!(shop.send(&Request { is_path_decoded: true, ..request }).status, 200);
    let without = shop.request("GET", &target, "");
    let reply = shop.send(&without);
    assert_eq!(reply.refusal(), (401, "SIGN_ERROR"));
    assert_eq!(reply.body["detail"]["sign_information"]["url"], format!("{prefix}{target}"));
}

#[test]
fn signature_of_path_decoded_by_gateway_is_verified() {
    let shop = Shop::open();
    let number = "ORD|1*2-3-4";
    let mut order = shop.order();
    order["out_trade_no"] = number.into();
    assert_eq!(shop.post(NATIVE, &order).status, 200);
    for spelling in ["ORD%7C1%2A2-3-4", "ORD%7C1*2-3-4"] {
        let target = shop.query_path(spelling);
        let request = shop.request("GET", &target, "");
        assert_eq!(shop.send(&request).status, 200, "{spelling}");
        let path = crate::http::encoded_path(&request.path);
        let respelt = Request { path: path.clone(), is_path_decoded: true, ..request.clone() };
        assert_eq!(shop.send(&respelt).status, 200, "{spelling}");
        // Without a gateway the path counts as it was sent.
        let other = Request { path: path.clone(), ..request };
        assert_eq!(shop.send(&other).status == 200, spelling.contains("%2A"), "{spelling}");
        let mut wrong = respelt;
        wrong.path = path.replace("3-4", "3-5");
        assert_eq!(shop.send(&wrong).refusal(), (401, "SIGN_ERROR"), "{spelling}");
    }
}

#[test]
fn changed_part_of_request_makes_signature_invalid() {
    let shop = Shop::paid();
    let query = shop.query_path(ORDER);
    let right = shop.request("GET", &query, "");
    assert_eq!(shop.send(&right).status, 200);
    let post = shop.request("POST", NATIVE, &shop.order().to_string());
    let refused = |name: &str, request: &Request| {
        assert_eq!(shop.send(request).refusal(), (401, "SIGN_ERROR"), "{name}");
    };
    let refuse_changed = |name: &str, request: &Request, change: &dyn Fn(&mut Request)| {
        let mut changed = request.clone();
        change(&mut changed);
        refused(name, &changed);
    };
    refuse_changed("path", &right, &|request| request.path = request.path.replace("ABCD1234", "ABCD1235"));
    refuse_changed("path with other escapes", &right, &|request| request.path = request.path.replace("ORD", "%4FRD"));
    refuse_changed("query", &right, &|request| request.query.push_str("&a=1"));
    refuse_changed("added body", &right, &|request| request.body = b"{}".to_vec());
    let middle = post.body.len() / 2;
    for bit in 0..8 {
        refuse_changed("body", &post, &|request| request.body[middle] ^= 1 << bit);
    }
    refuse_changed("longer body", &post, &|request| request.body.push(b'\n'));
    refuse_changed("another call", &post, &|request| request.path = "/v3/pay/transactions/app".to_owned());
    for (name, from, to) in [
        ("timestamp", format!("timestamp=\"{NOW}\""), format!("timestamp=\"{}\"", NOW + 1)),
        ("nonce", "593BEC0C930BF1AF".to_owned(), "593BEC0C930BF1AE".to_owned()),
        ("serial", format!("serial_no=\"{}", shop.of_merchant("merchant_serial")), "serial_no=\"0A".to_owned()),
        ("mchid", format!("mchid=\"{}\"", shop.mchid()), "mchid=\"1900000001\"".to_owned()),
    ] {
        refuse_changed(name, &right, &|request| {
            let header = authorization(request);
            assert!(header.contains(&from));
            *header = header.replace(&from, &to);
        });
    }
    let header = authorization(&mut right.clone()).clone();
    let (head, signature) = header.trim_end_matches('"').rsplit_once('"').unwrap();
    let bytes = STANDARD.decode(signature).unwrap();
    for at in [0, 100, 255] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        let header = format!("{head}\"{}\"", STANDARD.encode(bytes));
        refuse_changed("signature", &right, &|request| authorization(request).clone_from(&header));
    }
    for nonsense in ["ZmFrZQ==", "####", signature.trim_end_matches('=')] {
        let header = format!("{head}\"{nonsense}\"");
        refuse_changed("malformed signature", &right, &|request| authorization(request).clone_from(&header));
    }
}

#[test]
fn invalid_signature_is_refused_with_signed_message() {
    let shop = Shop::open();
    let body = r#"{"notify_url":"https://shop.example/"}"#;
    let mut request = shop.request("POST", NATIVE, body);
    request.body = body.replace("shop", "shep").into_bytes();
    let head = format!("POST\n{NATIVE}\n{NOW}\n593BEC0C930BF1AFEB40B4A08C8FB242\n");
    let detail = json!({
        "detail": { "issue": "sign not match" },
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": "POST",
            "sign_message_length": head.len() + body.len() + 1,
            "truncated_sign_message": format!("{head}{{\"notify\n"),
            "url": NATIVE,
        },
    });
    let reply = shop.send(&request);
    assert_eq!(reply.body, json!({ "code": "SIGN_ERROR", "message": "错误的签名，验签失败", "detail": detail }));
    assert!(reply.header("Request-ID").is_none(), "the front before payments gives none");

    let mut request = shop.request("POST", NATIVE, body);
    let header = authorization(&mut request);
    *header = header.replace(shop.of_merchant("merchant_serial"), "00");
    let reply = shop.send(&request);
    assert_eq!(reply.body, json!({ "code": "SIGN_ERROR", "message": "商户证书序列号有误。", "detail": detail }));

    let mut request = shop.request("POST", NATIVE, body);
    let header = authorization(&mut request);
    *header = header.replace(shop.mchid(), "1900000000");
    assert_eq!(shop.send(&request).body, json!({ "code": "SIGN_ERROR", "message": "签名错误" }));
}

#[test]
fn malformed_authorization_is_refused_with_message_of_service_part() {
    let shop = Shop::open();
    let right = authorization(&mut shop.request("GET", "/v3/certificates", "")).clone();
    let long = right.replace("EB40B4A08C8FB242", "EB40B4A08C8FB2421");
    let mut wrong = vec![
        String::new(),
        "Bearer fake-token".to_owned(),
        "WECHATPAY2-SHA256-RSA2048".to_owned(),
        "WECHATPAY2-SHA256-RSA2048 ".to_owned(),
        right.replace("WECHATPAY2-SHA256-RSA2048 ", "WECHATPAY2-SM2-WITH-SM3 "),
        right.replace("WECHATPAY2-SHA256-RSA2048 ", "WECHATPAY2-SHA256-RSA2048  "),
        right.replace('"', ""),
        right.replace(',', ", "),
        right.replace("nonce_str=", "nonce="),
        format!("{right},mchid=\"1900000000\""),
        format!("{right},more=\"1\""),
        right.replace(&format!("\"{NOW}\""), "\"\""),
        right.replace(&format!("\"{NOW}\""), &format!("\"+{NOW}\"")),
        right.replace(&format!("\"{NOW}\""), "\"99999999999999999999\""),
        long,
    ];
    wrong.push(right.split_once(",nonce_str").unwrap().0.to_owned());
    for header in wrong {
        for (method, target, message, has_id) in [
            ("GET", "/v3/certificates", "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》", true),
            ("POST", NATIVE, "签名信息错误，验签失败", false),
        ] {
            let mut request = shop.request(method, target, "");
            authorization(&mut request).clone_from(&header);
            let reply = shop.send(&request);
            assert_eq!(
                (reply.status, &reply.body),
                (401, &json!({ "code": "SIGN_ERROR", "message": message })),
                "{header}"
            );
            assert_eq!(reply.header("Request-ID").is_some(), has_id);
        }
    }
    let mut request = shop.request("POST", NATIVE, "");
    request.headers.retain(|(name, _)| name != "authorization");
    assert_eq!(shop.send(&request).refusal(), (401, "SIGN_ERROR"));
}

#[test]
fn authorization_parts_are_read_in_any_order() {
    let shop = Shop::opened();
    let target = shop.query_path(ORDER);
    let mut request = shop.request("GET", &target, "");
    let header = authorization(&mut request);
    let (scheme, parts) = header.split_once(' ').unwrap();
    let mut parts: Vec<&str> = parts.split(',').collect();
    parts.reverse();
    *header = format!("{scheme} {}", parts.join(","));
    assert_eq!(shop.send(&request).status, 200);
}

#[test]
fn timestamp_may_differ_by_five_minutes() {
    let shop = Shop::opened();
    let target = shop.query_path(ORDER);
    let request = shop.request("GET", &target, "");
    for (seconds, status) in [(-301, 401), (-300, 200), (0, 200), (300, 200), (301, 401)] {
        shop.sandbox.ports.set_now(NOW + seconds);
        let reply = shop.send(&request);
        assert_eq!(reply.status, status, "{seconds}");
        if status == 401 {
            assert_eq!(reply.body["message"], "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟");
        }
    }
}

#[test]
fn unknown_paths_get_a_bare_status() {
    let shop = Shop::open();
    for (method, target, status) in [
        ("GET", NATIVE, 405),
        ("POST", "/v3/pay/transactions/out-trade-no/ORD20261118150640ABCD1234", 405),
        ("GET", "/v3/pay/transactions/out-trade-no/ORD20261118150640ABCD1234/close", 405),
        ("POST", "/v3/pay/transactions/id/4200000000000000000000000000", 405),
        ("GET", REFUNDS, 405),
        ("DELETE", "/v3/refund/domestic/refunds/R1", 405),
        ("POST", "/v3/certificates", 405),
        ("POST", "/v3/pay/transactions/micropay", 404),
        ("POST", "/v3/pay/transactions/native/", 404),
        ("POST", "/v3//pay/transactions/native", 404),
        ("GET", "/v3/pay/transactions/out-trade-no/%FF", 404),
        ("GET", "/v3", 404),
        ("GET", "/v3/", 404),
    ] {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request =
            Request { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), ..Request::default() };
        let reply = shop.send(&request);
        assert_eq!((reply.status, reply.body), (status, Value::Null), "{method} {target}");
    }
}

#[test]
fn refunds_and_certificates_require_accept_and_user_agent() {
    let shop = Shop::open();
    for (method, target) in [("POST", REFUNDS), ("GET", "/v3/refund/domestic/refunds/R1"), ("GET", "/v3/certificates")]
    {
        for missing in ["user-agent", "accept"] {
            let mut request = shop.request(method, target, "");
            request.headers.retain(|(name, _)| name != missing && name != "authorization");
            let reply = shop.send(&request);
            let expected = json!({ "code": "INVALID_REQUEST", "message": "Http头缺少Accept或User-Agent" });
            assert_eq!((reply.status, reply.body), (400, expected), "{target} {missing}");
        }
    }
    let mut request = shop.request("POST", NATIVE, &shop.order().to_string());
    request.headers.retain(|(name, _)| name != "user-agent");
    assert_eq!(shop.send(&request).status, 200, "orders need no user agent");
}

#[test]
fn answer_is_signed_with_requested_key() {
    for (configured, of_config) in [(PlatformKey::PublicKey, "public"), (PlatformKey::Certificate, "certificate")] {
        let shop = Shop::signing_with(configured);
        let public = shop.of_merchant("platform_public_key_id").to_owned();
        let certificate = shop.certificate_serial();
        let configured = if of_config == "public" { &public } else { &certificate };
        for (wanted, expected) in [
            (None, configured),
            (Some(public.as_str()), &public),
            (Some(certificate.as_str()), &certificate),
            (Some("PUB_KEY_ID_0"), configured),
        ] {
            let mut request = shop.request("POST", NATIVE, &shop.order().to_string());
            if let Some(wanted) = wanted {
                request.headers.push(("wechatpay-serial".to_owned(), wanted.to_owned()));
            }
            let reply = shop.send(&request);
            assert_eq!(reply.status, 200);
            assert_eq!(reply.header("Wechatpay-Serial"), Some(expected.as_str()), "{of_config} {wanted:?}");
            assert!(reply.header("Request-ID").is_some());
            assert_eq!(reply.header("Content-Type"), Some("application/json; charset=utf-8"));
        }
        assert_eq!(certificate.len(), 40);
        assert_eq!(certificate, certificate.to_uppercase());
    }
}

#[test]
fn certificates_are_answered_only_in_certificate_mode() {
    let shop = Shop::signing_with(PlatformKey::Certificate);
    let reply = shop.get("/v3/certificates?algorithm_type=RSA");
    assert_eq!(reply.status, 200, "{}", reply.body);
    let data = reply.body["data"].as_array().unwrap();
    assert_eq!(data.len(), 1);
    assert_eq!(data[0]["serial_no"], shop.certificate_serial());
    assert_eq!(reply.header("Wechatpay-Serial"), data[0]["serial_no"].as_str());
    let sealed = &data[0]["encrypt_certificate"];
    assert_eq!(sealed["associated_data"], "certificate");
    assert_eq!(shop.unseal(sealed), shop.of_merchant("platform_certificate"));
    let time = |name: &str| crate::time::parse_rfc3339(data[0][name].as_str().unwrap()).unwrap();
    assert_eq!(time("expire_time") - time("effective_time"), 5 * 365 * 86_400);

    let reply = Shop::open().get("/v3/certificates");
    assert_eq!(reply.refusal(), (404, "RESOURCE_NOT_EXISTS"));
    assert!(reply.body["message"].as_str().unwrap().starts_with("无可用的平台证书"));
}

#[test]
fn unreadable_keys_are_answered_500() {
    let mut shop = Shop::open();
    shop.sandbox.config.wechat[0].platform_private_key = "none".to_owned();
    assert_eq!(shop.post(NATIVE, &shop.order()).refusal(), (500, "SYSTEM_ERROR"));
    let mut shop = Shop::signing_with(PlatformKey::Certificate);
    shop.sandbox.config.wechat[0].platform_certificate = "none".to_owned();
    assert_eq!(shop.get("/v3/certificates").refusal(), (500, "SYSTEM_ERROR"));
    let mut shop = Shop::open();
    shop.sandbox.config.wechat[0].merchant_public_key = "none".to_owned();
    assert_eq!(shop.post(NATIVE, &with(&shop.order(), "/attach", Value::Null)).refusal(), (500, "SYSTEM_ERROR"));
}
