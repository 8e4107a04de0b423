//! Conversations that let a buyer pay: opening a trade, and showing it again.

use super::*;

fn payer() -> Payer {
    Payer {
        openid: Some(OPENID.to_owned()),
        return_url: Some("https://shop.example/done?order=1&x=付".to_owned()),
        ip: Some("203.0.113.7".to_owned()),
        ..Payer::default()
    }
}

fn code_url() -> Response {
    good(200, &format!("{{\"code_url\":\"{CODE}\"}}"))
}

/// Opens a trade for an order of 9.90.
fn create(script: &Script, method: Method, payer: &Payer) -> Result<Opened, Error> {
    create_until(script, method, payer, now().plus(Seconds::minutes(30)))
}

fn create_until(script: &Script, method: Method, payer: &Payer, expire_at: Time) -> Result<Opened, Error> {
    let order = order_until(expire_at, method, Currency::CNY, None);
    run(merchant().create(script, new_trade(&order, payer)))
}

/// Opens a trade for something else.
fn create_for(script: &Script, sold: &Sold) -> Result<Opened, Error> {
    let (order, payer) = (native_order(), payer());
    run(merchant().create(script, NewTrade { sold, ..new_trade(&order, &payer) }))
}

#[test]
fn opened_qr_code_is_shown_until_the_order_ends() {
    let script = Script::new([Ok(code_url())]);
    let opened = create(&script, NATIVE, &payer()).unwrap();
    assert_eq!(opened.handle.unwrap().as_str(), CODE);
    assert_eq!(opened.payable_until, Some(now().plus(Seconds::minutes(30))));
    let shown = Show {
        qr_code_url: Some(CODE.to_owned()),
        qr_code_expire_at: Some(now().plus(Seconds::minutes(30))),
        ..Show::default()
    };
    assert_eq!(opened.show, shown);
    let sent = script.done();
    assert_eq!(asked_for(&sent), ["POST /v3/pay/transactions/native"]);
    assert_eq!(
        body_of(&sent[0]),
        r#"{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"100 点数","out_trade_no":"ORD20261121100000TESTTEST","time_expire":"2026-11-21T10:30:00+08:00","notify_url":"https://shop.example/wechat/main","amount":{"total":990,"currency":"CNY"}}"#
    );
    assert_eq!(sent[0].base, "https://api.mch.weixin.qq.com");
    let header = |name| sent[0].headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str());
    assert_eq!(header("Accept"), Some("application/json"));
    assert_eq!(header("Content-Type"), Some("application/json"));
    assert_eq!(header("Wechatpay-Serial"), Some(super::PUBLIC_KEY_ID));
    assert!(header("User-Agent").unwrap().starts_with("Till/"));
}

#[test]
fn jsapi_trade_gives_the_buyer_signed_parameters() {
    let script = Script::new([Ok(good(200, r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#))]);
    let opened = create(&script, Method::WechatJsapi, &payer()).unwrap();
    assert_eq!(opened.handle.unwrap().as_str(), "wx201410272009395522657a690389285100");
    let names: Vec<&str> = opened.show.pay_params.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["appId", "timeStamp", "nonceStr", "package", "signType", "paySign"]);
    let sent = script.done();
    assert_eq!(asked_for(&sent), ["POST /v3/pay/transactions/jsapi"]);
    assert!(body_of(&sent[0]).ends_with(r#""payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#));
}

#[test]
fn h5_page_address_carries_the_return_url_and_is_not_kept() {
    let page = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx20&package=1";
    let script = Script::new([Ok(good(200, &format!("{{\"h5_url\":\"{page}\"}}")))]);
    let opened = create(&script, Method::WechatH5, &payer()).unwrap();
    assert_eq!(opened.handle, None, "an h5_url expires after five minutes");
    let back = "&redirect_url=https%3A%2F%2Fshop.example%2Fdone%3Forder%3D1%26x%3D%E4%BB%98";
    assert_eq!(opened.show.pay_url, Some(format!("{page}{back}")));
    assert_eq!(opened.show.good_until, Some(now().plus(Seconds::minutes(4))));
    let scene = r#""scene_info":{"payer_client_ip":"203.0.113.7","h5_info":{"type":"Wap"}}}"#;
    assert!(body_of(&script.done()[0]).ends_with(scene));
}

#[test]
fn trade_that_cannot_be_opened_is_not_sent() {
    let empty = Payer::default();
    let blank = Payer { openid: Some("a b".to_owned()), ip: Some("here".to_owned()), ..Payer::default() };
    for (method, payer, minutes) in [
        (Method::WechatJsapi, &empty, 30),
        (Method::WechatJsapi, &blank, 30),
        (Method::WechatH5, &empty, 30),
        (Method::WechatH5, &blank, 30),
        (Method::AlipayQr, &payer(), 30),
        (Method::StripeCheckout, &payer(), 30),
        (NATIVE, &payer(), 0),
    ] {
        let script = Script::new([]);
        let expire_at = now().plus(Seconds::minutes(minutes));
        let error = create_until(&script, method, payer, expire_at).unwrap_err();
        assert!(matches!(error, Error::Cannot(_)), "{method}");
        script.done();
    }
    let script = Script::new([Ok(code_url())]);
    assert!(create_until(&script, NATIVE, &payer(), now().plus(Seconds(60))).is_ok(), "a minute is enough");
    assert!(matches!(create_until(&script, NATIVE, &payer(), now().plus(Seconds(59))).unwrap_err(), Error::Cannot(_)));
}

#[test]
fn zero_price_and_other_currencies_are_not_sent() {
    for (minor, currency) in [(0, Currency::CNY), (990, Currency::USD)] {
        let error = create_for(&Script::new([]), &sold(minor, currency)).unwrap_err();
        assert!(matches!(error, Error::Cannot(_)), "{minor} {currency}");
    }
}

/// WeChat Pay counts a description's bytes: 127, and a Chinese character has three.
#[test]
fn long_product_name_is_cut_to_127_bytes_between_characters() {
    let name = ProductName::parse(&"会".repeat(120)).unwrap();
    let script = Script::new([Ok(code_url())]);
    create_for(&script, &Sold { name, ..sold(990, Currency::CNY) }).unwrap();
    let description = format!("\"description\":\"{}\",", "会".repeat(42));
    assert!(body_of(&script.done()[0]).contains(&description));
}

#[test]
fn refused_trade_is_final_only_for_certain_words() {
    for (answer, verdict) in [
        (bad(400, "PARAM_ERROR"), OurFault),
        (bad(400, "ORDER_CLOSED"), Final),
        // There is a trade under this number: "refused" would say that there is none.
        (bad(403, "OUT_TRADE_NO_USED"), Ask),
        (bad(400, "ORDER_PAID"), Ask),
        (bad(429, "FREQUENCY_LIMITED"), Retry),
        (bad(500, "SYSTEM_ERROR"), Ask),
        (bad(404, ""), Ask),
        (bad(200, ""), Ask),
        (good(200, "{}"), Ask),
        (good(200, r#"{"code_url":"a b"}"#), Ask),
        (good(200, r#"{"prepay_id":"wx20"}"#), Ask),
        (good(200, "not JSON"), Ask),
        (Stamp { key: stranger(), ..Stamp::default() }.answer(200, "{}"), Ask),
        (Stamp { serial: "PUB_KEY_ID_1", ..Stamp::default() }.answer(200, "{}"), Ask),
        (Stamp { at: now().minus(Seconds(300)), ..Stamp::default() }.answer(200, "{}"), Ask),
    ] {
        let status = answer.status;
        let script = Script::new([Ok(answer)]);
        let error = create(&script, NATIVE, &payer()).unwrap_err();
        assert_eq!(error.verdict(), verdict, "{status} {error:?}");
        script.done();
    }
}

#[test]
fn answer_with_a_probe_signature_is_rejected() {
    let headers = Stamp::default().pairs(b"{}").into_iter().map(|(name, value)| {
        let probe = name == "Wechatpay-Signature";
        (name, if probe { format!("WECHATPAY/SIGNTEST/{value}") } else { value })
    });
    let answer = Response { status: 200, headers: Headers::new(headers), body: b"{}".to_vec() };
    let error = create(&Script::new([Ok(answer)]), NATIVE, &payer()).unwrap_err();
    assert_eq!(error, Error::Distrust(Distrust::Probe));
}

#[test]
fn second_host_is_tried_only_after_unreachable() {
    let script = Script::new([Err(NoAnswer::Unreachable), Ok(code_url())]);
    create(&script, NATIVE, &payer()).unwrap();
    let sent = script.done();
    let bases: Vec<&str> = sent.iter().map(|request| request.base.as_str()).collect();
    assert_eq!(bases, ["https://api.mch.weixin.qq.com", "https://api2.wechatpay.cn"]);
    assert_eq!(sent[0].headers, sent[1].headers, "the same signed request");
    assert_eq!(sent[0].body, sent[1].body);

    let script = Script::new([Err(NoAnswer::Unreachable), Err(NoAnswer::Unreachable)]);
    assert_eq!(create(&script, NATIVE, &payer()).unwrap_err(), Error::NoAnswer(NoAnswer::Unreachable));
    script.done();
    for why in [NoAnswer::TimedOut, NoAnswer::Broken, NoAnswer::TooLarge, NoAnswer::NoTimeLeft] {
        let script = Script::new([Err(why)]);
        assert_eq!(create(&script, NATIVE, &payer()).unwrap_err(), Error::NoAnswer(why));
        script.done();
    }
}

#[test]
fn call_is_repeated_once_after_202_and_then_uncertain() {
    let script = Script::new([Ok(bad(202, "")), Ok(code_url())]);
    create(&script, NATIVE, &payer()).unwrap();
    let sent = script.done();
    assert_eq!(sent[0].body, sent[1].body);

    // After a 202 nothing is certain, whatever is answered next.
    for second in [
        Ok(bad(202, "")),
        Ok(good(202, "{\"code_url\":\"weixin://x\"}")),
        Ok(bad(400, "PARAM_ERROR")),
        Ok(bad(403, "OUT_TRADE_NO_USED")),
        Ok(bad(429, "FREQUENCY_LIMITED")),
        Err(NoAnswer::TimedOut),
        Err(NoAnswer::NoTimeLeft),
    ] {
        let script = Script::new([Ok(bad(202, "")), second.clone()]);
        assert_eq!(create(&script, NATIVE, &payer()).unwrap_err().verdict(), Ask, "{second:?}");
        script.done();
    }
    let script = Script::new([Ok(bad(202, "")), Err(NoAnswer::Unreachable), Err(NoAnswer::Unreachable)]);
    assert_eq!(create(&script, NATIVE, &payer()).unwrap_err().verdict(), Ask);
    script.done();
}

fn show(script: &Script, order: &Order, payer: &Payer) -> Result<Show, Error> {
    run(merchant().show(script, asked(order), payer))
}

#[test]
fn valid_handle_is_shown_without_a_call() {
    let script = Script::new([]);
    let native = native_order();
    let shown = show(&script, &native, &Payer::default()).unwrap();
    assert_eq!(shown.qr_code_url.as_deref(), Some(CODE));
    assert_eq!(shown.qr_code_expire_at, Some(native.expire_at));
    let jsapi = order(Method::WechatJsapi, Currency::CNY, Some("wx20141027"));
    let first = show(&script, &jsapi, &Payer::default()).unwrap();
    let second = show(&script, &jsapi, &Payer::default()).unwrap();
    assert_eq!(first.pay_params[3], ("package".to_owned(), "prepay_id=wx20141027".to_owned()));
    assert_ne!(first.pay_params[5], second.pay_params[5], "each is signed separately");
    script.done();
}

#[test]
fn expired_handle_is_replaced_by_the_same_request() {
    // The order lives longer than its QR code.
    let long = order_until(now().plus(Seconds::hours(5)), NATIVE, Currency::CNY, Some(CODE));
    for hours in [2, 4] {
        let at = now().plus(Seconds::hours(hours));
        let script = Script::new([Ok(Stamp { at, ..Stamp::default() }.answer(200, r#"{"code_url":"weixin://new"}"#))]);
        script.now.set(at);
        let shown = show(&script, &long, &Payer::default()).unwrap();
        assert_eq!(shown.qr_code_url.as_deref(), Some("weixin://new"));
        let until = at.plus(Seconds::hours(2)).min(long.expire_at);
        assert_eq!(shown.good_until, Some(at.plus(Seconds::hours(2))), "the order keeps the first code alone");
        assert_eq!(shown.qr_code_expire_at, Some(until), "its own two hours, and not past the order's end");
        let sent = script.done();
        assert!(body_of(&sent[0]).contains("\"time_expire\":\"2026-11-21T15:00:00+08:00\""));
    }
    let script = Script::new([]);
    script.now.set(now().plus(Seconds(2 * 3600 - 1)));
    assert_eq!(show(&script, &long, &Payer::default()).unwrap().qr_code_url.as_deref(), Some(CODE));
}

#[test]
fn h5_page_is_created_again_each_time() {
    let h5 = order(Method::WechatH5, Currency::CNY, None);
    let script = Script::new([Ok(good(200, r#"{"h5_url":"https://wx.tenpay.com/x"}"#))]);
    let back = Payer { return_url: None, ..payer() };
    assert_eq!(show(&script, &h5, &back).unwrap().pay_url.as_deref(), Some("https://wx.tenpay.com/x"));
    assert!(matches!(show(&script, &h5, &Payer::default()).unwrap_err(), Error::Cannot(_)));
    script.done();
}

#[test]
fn request_body_does_not_depend_on_the_time_of_sending() {
    let sent = |minutes| {
        let at = now().plus(Seconds::minutes(minutes));
        let script = Script::new([Ok(Stamp { at, ..Stamp::default() }.answer(200, "{\"code_url\":\"weixin://x\"}"))]);
        script.now.set(at);
        create(&script, NATIVE, &payer()).unwrap();
        script.done().remove(0).body
    };
    assert_eq!(sent(0), sent(20), "20 minutes later");
}
