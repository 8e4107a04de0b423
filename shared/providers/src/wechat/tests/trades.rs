//! Conversations that let a buyer pay: opening a trade, and showing it again.

use std::sync::Arc;

use till_app::ports::{NewTrade, Opened, Payer, Show};
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{NewOrder, Order, Policy};
use till_domain::provider::Method;
use till_domain::text::ProductName;
use till_domain::time::{Seconds, Time};

use super::{Stamp, asked_for, bad, body_of, good, merchant, run, stranger};
use crate::error::{Distrust, Error, NoAnswer, Verdict};
use crate::http::Response;
use crate::provide::PaymentApi as _;
use crate::script::{Script, account, asked, now, order, sold};

const NATIVE: Method = Method::WechatNative;
const CODE: &str = "weixin://wxpay/bizpayurl?pr=JyC91EIz1";

fn payer() -> Payer {
    Payer {
        openid: Some("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".to_owned()),
        return_url: Some("https://shop.example/done?order=1&x=付".to_owned()),
        ip: Some("203.0.113.7".to_owned()),
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
    let (sold, account) = (sold(990, Currency::CNY), account(method));
    let order = order(method, Currency::CNY, None);
    let payment_no = order.no.payment(till_domain::id::AttemptNo::FIRST);
    let trade = NewTrade { payment_no, method, account: &account, sold: &sold, expire_at, payer };
    run(merchant().create(script, trade))
}

#[test]
fn a_qr_code_is_opened() {
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
fn inside_wechat_a_buyer_gets_signed_parameters() {
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
fn a_phones_browser_gets_a_page_that_sends_it_back() {
    let page = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx20&package=1";
    let script = Script::new([Ok(good(200, &format!("{{\"h5_url\":\"{page}\"}}")))]);
    let opened = create(&script, Method::WechatH5, &payer()).unwrap();
    assert_eq!(opened.handle, None, "dead after five minutes");
    let back = "&redirect_url=https%3A%2F%2Fshop.example%2Fdone%3Forder%3D1%26x%3D%E4%BB%98";
    assert_eq!(opened.show.pay_url, Some(format!("{page}{back}")));
    let scene = r#""scene_info":{"payer_client_ip":"203.0.113.7","h5_info":{"type":"Wap"}}}"#;
    assert!(body_of(&script.done()[0]).ends_with(scene));
}

#[test]
fn what_cannot_be_opened_is_not_sent() {
    let nobody = Payer::default();
    let blank = Payer { openid: Some("a b".to_owned()), ip: Some("here".to_owned()), return_url: None };
    for (method, payer, minutes) in [
        (Method::WechatJsapi, &nobody, 30),
        (Method::WechatJsapi, &blank, 30),
        (Method::WechatH5, &nobody, 30),
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
fn only_whole_fen_of_cny_are_taken() {
    for price in [Money::zero(Currency::CNY), Money::new(990, Currency::USD).unwrap()] {
        let order = order(NATIVE, Currency::CNY, None);
        let sold = till_domain::order::Sold { price, ..sold(990, Currency::CNY) };
        let (account, payer) = (account(NATIVE), payer());
        let payment_no = order.no.payment(till_domain::id::AttemptNo::FIRST);
        let expire_at = order.expire_at;
        let trade = NewTrade { payment_no, method: NATIVE, account: &account, sold: &sold, expire_at, payer: &payer };
        let error = run(merchant().create(&Script::new([]), trade)).unwrap_err();
        assert!(matches!(error, Error::Cannot(_)), "{price:?}");
    }
}

/// WeChat Pay counts a description's bytes: 127, and a Chinese character has three.
#[test]
fn a_long_name_is_cut_between_characters() {
    let order = order(NATIVE, Currency::CNY, None);
    let name = ProductName::parse(&"会".repeat(120)).unwrap();
    let sold = till_domain::order::Sold { name, ..sold(990, Currency::CNY) };
    let (account, payer) = (account(NATIVE), payer());
    let payment_no = order.no.payment(till_domain::id::AttemptNo::FIRST);
    let expire_at = order.expire_at;
    let trade = NewTrade { payment_no, method: NATIVE, account: &account, sold: &sold, expire_at, payer: &payer };
    let script = Script::new([Ok(code_url())]);
    run(merchant().create(&script, trade)).unwrap();
    let description = format!("\"description\":\"{}\",", "会".repeat(42));
    assert!(body_of(&script.done()[0]).contains(&description));
}

#[test]
fn a_refused_trade_is_certain_only_by_its_word() {
    for (answer, verdict) in [
        (bad(400, "PARAM_ERROR"), Verdict::OurFault),
        (bad(400, "ORDER_CLOSED"), Verdict::Final),
        // There is a trade under this number: "refused" would say that there is none.
        (bad(403, "OUT_TRADE_NO_USED"), Verdict::Ask),
        (bad(400, "ORDER_PAID"), Verdict::Ask),
        (bad(429, "FREQUENCY_LIMITED"), Verdict::Retry),
        (bad(500, "SYSTEM_ERROR"), Verdict::Ask),
        (bad(404, ""), Verdict::Ask),
        (bad(200, ""), Verdict::Ask),
        (good(200, "{}"), Verdict::Ask),
        (good(200, r#"{"code_url":"a b"}"#), Verdict::Ask),
        (good(200, r#"{"prepay_id":"wx20"}"#), Verdict::Ask),
        (good(200, "not JSON"), Verdict::Ask),
        (Stamp { key: stranger(), ..Stamp::default() }.answer(200, "{}"), Verdict::Ask),
        (Stamp { serial: "PUB_KEY_ID_1", ..Stamp::default() }.answer(200, "{}"), Verdict::Ask),
        (Stamp { at: now().minus(Seconds(300)), ..Stamp::default() }.answer(200, "{}"), Verdict::Ask),
    ] {
        let status = answer.status;
        let script = Script::new([Ok(answer)]);
        let error = create(&script, NATIVE, &payer()).unwrap_err();
        assert_eq!(error.verdict(), verdict, "{status} {error:?}");
        script.done();
    }
}

#[test]
fn an_answer_whose_signature_is_a_probe_is_not_believed() {
    let headers = Stamp::default().pairs(b"{}").into_iter().map(|(name, value)| {
        let probe = name == "Wechatpay-Signature";
        (name, if probe { format!("WECHATPAY/SIGNTEST/{value}") } else { value })
    });
    let answer = Response { status: 200, headers: crate::http::Headers::new(headers), body: b"{}".to_vec() };
    let error = create(&Script::new([Ok(answer)]), NATIVE, &payer()).unwrap_err();
    assert_eq!(error, Error::Distrust(Distrust::Probe));
}

#[test]
fn the_second_host_is_tried_when_nothing_was_sent() {
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
fn status_202_is_asked_once_more() {
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
        assert_eq!(create(&script, NATIVE, &payer()).unwrap_err().verdict(), Verdict::Ask, "{second:?}");
        script.done();
    }
    let script = Script::new([Ok(bad(202, "")), Err(NoAnswer::Unreachable), Err(NoAnswer::Unreachable)]);
    assert_eq!(create(&script, NATIVE, &payer()).unwrap_err().verdict(), Verdict::Ask);
    script.done();
}

fn show(script: &Script, order: &Order, payer: &Payer) -> Result<Show, Error> {
    run(merchant().show(script, asked(order), payer))
}

#[test]
fn a_living_handle_is_shown_without_a_call() {
    let script = Script::new([]);
    let native = order(NATIVE, Currency::CNY, Some(CODE));
    let shown = show(&script, &native, &Payer::default()).unwrap();
    assert_eq!(shown.qr_code_url.as_deref(), Some(CODE));
    assert_eq!(shown.qr_code_expire_at, Some(native.expire_at));
    let jsapi = order(Method::WechatJsapi, Currency::CNY, Some("wx20141027"));
    let first = show(&script, &jsapi, &Payer::default()).unwrap();
    let second = show(&script, &jsapi, &Payer::default()).unwrap();
    assert_eq!(first.pay_params[3], ("package".to_owned(), "prepay_id=wx20141027".to_owned()));
    assert_ne!(first.pay_params[5], second.pay_params[5], "signed anew");
    script.done();
}

/// An order that lives longer than its QR code.
fn long_order() -> Order {
    let short = order(NATIVE, Currency::CNY, Some(CODE));
    let new = NewOrder {
        no: short.no,
        created_at: now(),
        expire_at: now().plus(Seconds::hours(5)),
        sold: Arc::new(sold(990, Currency::CNY)),
        policy: Policy::default(),
    };
    Order::new(new, short.attempts[0].clone())
}

#[test]
fn a_dead_handle_is_made_anew_by_the_same_request() {
    let long = long_order();
    for hours in [2, 4] {
        let at = now().plus(Seconds::hours(hours));
        let script = Script::new([Ok(Stamp { at, ..Stamp::default() }.answer(200, r#"{"code_url":"weixin://new"}"#))]);
        script.now.set(at);
        let shown = show(&script, &long, &Payer::default()).unwrap();
        assert_eq!(shown.qr_code_url.as_deref(), Some("weixin://new"));
        let until = at.plus(Seconds::hours(2)).min(long.expire_at);
        assert_eq!(shown.qr_code_expire_at, Some(until), "its own two hours, and not past the order's end");
        let sent = script.done();
        assert!(body_of(&sent[0]).contains("\"time_expire\":\"2026-11-21T15:00:00+08:00\""));
    }
    let script = Script::new([]);
    script.now.set(now().plus(Seconds(2 * 3600 - 1)));
    assert_eq!(show(&script, &long, &Payer::default()).unwrap().qr_code_url.as_deref(), Some(CODE));
}

#[test]
fn a_page_is_always_made_anew() {
    let h5 = order(Method::WechatH5, Currency::CNY, None);
    let script = Script::new([Ok(good(200, r#"{"h5_url":"https://wx.tenpay.com/x"}"#))]);
    let back = Payer { return_url: None, ..payer() };
    assert_eq!(show(&script, &h5, &back).unwrap().pay_url.as_deref(), Some("https://wx.tenpay.com/x"));
    assert!(matches!(show(&script, &h5, &Payer::default()).unwrap_err(), Error::Cannot(_)));
    script.done();
}

#[test]
fn the_same_trade_is_the_same_request() {
    let sent = |minutes| {
        let at = now().plus(Seconds::minutes(minutes));
        let script = Script::new([Ok(Stamp { at, ..Stamp::default() }.answer(200, "{\"code_url\":\"weixin://x\"}"))]);
        script.now.set(at);
        create(&script, NATIVE, &payer()).unwrap();
        script.done().remove(0).body
    };
    assert_eq!(sent(0), sent(20), "whenever it is sent");
}
