//! How orders are created.

use serde_json::{Value, json};

use super::{NATIVE, NOTIFY_URL, NOW, ORDER, Shop, with};
use crate::books::TradeState;
use crate::config::PlatformKey;
use crate::fault::Fault;
use crate::provider::Provider;
use crate::tests::{Wait as _, browser, tester};

#[test]
fn each_kind_of_order_answers_its_way_to_pay() {
    for (kind, trade_type, extra, way, begins) in [
        ("native", "NATIVE", json!({}), "code_url", "weixin://wxpay/bizpayurl?pr="),
        ("jsapi", "JSAPI", json!({ "payer": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" } }), "prepay_id", "wx202611"),
        ("app", "APP", json!({}), "prepay_id", "wx202611"),
        (
            "h5",
            "MWEB",
            json!({ "scene_info": { "payer_client_ip": "2001:db8::1", "h5_info": { "type": "Wap" } } }),
            "h5_url",
            "http://sandbox.example/trades/ORD20261118150640ABCD1234?prepay_id=wx202611",
        ),
    ] {
        let shop = Shop::open();
        let mut order = shop.order();
        order.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let reply = shop.post(&format!("/v3/pay/transactions/{kind}"), &order);
        assert_eq!(reply.status, 200, "{kind}: {}", reply.body);
        let led = reply.body[way].as_str().unwrap();
        assert!(led.starts_with(begins), "{kind}: {led}");
        assert_eq!(reply.body.as_object().unwrap().len(), 1);
        let trade = shop.trade();
        assert_eq!((trade.method.as_str(), trade.amount, trade.currency.as_str()), (trade_type, 9900, "CNY"));
        assert_eq!((trade.subject.as_str(), trade.state), ("会员一个月", TradeState::Open));
        assert_eq!(trade.details[way], led);

        shop.act(ORDER, "pay");
        let paid = shop.query();
        assert_eq!(paid["trade_type"], trade_type);
        let openid = paid["payer"]["openid"].as_str().unwrap();
        assert_eq!(openid == "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", kind == "jsapi", "{kind}: {openid}");
    }
}

#[test]
fn h5_url_leads_to_trade_page() {
    let shop = Shop::open();
    let scene = json!({ "payer_client_ip": "192.0.2.1", "h5_info": { "type": "Wap" } });
    let reply = shop.post("/v3/pay/transactions/h5", &with(&shop.order(), "/scene_info", scene));
    let url = reply.body["h5_url"].as_str().unwrap();
    let target = format!("{url}&redirect_url=https%3A%2F%2Fshop.example%2Fback");
    let (path, query) = target.strip_prefix("http://sandbox.example").unwrap().split_once('?').unwrap();
    let page = shop.handle(&browser("GET", &format!("{path}?{query}")));
    assert_eq!(page.status, 200);
    assert!(String::from_utf8(page.body).unwrap().contains(ORDER));
}

#[test]
fn repeated_creation_renews_code_and_different_one_is_refused() {
    let shop = Shop::opened();
    let first = shop.trade().details["code_url"].clone();
    let again = shop.post(NATIVE, &with(&shop.order(), "/attach", Value::Null));
    assert_eq!(again.status, 200);
    assert_ne!(again.body["code_url"], first);
    assert_eq!(shop.trade().details["code_url"], again.body["code_url"]);
    for (pointer, value) in [
        ("/amount/total", json!(9901)),
        ("/description", json!("会员两个月")),
        ("/notify_url", json!("https://shop.example/other")),
        ("/attach", json!("more")),
        ("/time_expire", json!("2027-01-01T00:00:00+08:00")),
    ] {
        let reply = shop.post(NATIVE, &with(&shop.order(), pointer, value));
        assert_eq!(reply.refusal(), (403, "OUT_TRADE_NO_USED"), "{pointer}");
        assert_eq!(reply.body["message"], "201 商户订单号重复");
    }
    let other_kind = shop.post("/v3/pay/transactions/app", &shop.order());
    assert_eq!(other_kind.refusal(), (403, "OUT_TRADE_NO_USED"));
    let trade = shop.trade();
    assert_eq!((trade.amount, trade.method.as_str()), (9900, "NATIVE"));
    assert_eq!(trade.details["code_url"], again.body["code_url"], "a refused request changed the order");
}

#[test]
fn paid_and_closed_orders_are_not_created_again() {
    let shop = Shop::paid();
    assert_eq!(shop.post(NATIVE, &shop.order()).refusal(), (400, "ORDER_PAID"));
    let shop = Shop::opened();
    assert_eq!(shop.close().status, 204);
    assert_eq!(shop.post(NATIVE, &shop.order()).refusal(), (400, "ORDER_CLOSED"));
}

#[test]
fn wrong_order_parameters_are_refused() {
    let shop = Shop::open();
    let long = "x".repeat(129);
    for (pointer, value) in [
        ("/appid", Value::Null),
        ("/mchid", Value::Null),
        ("/description", Value::Null),
        ("/description", json!("")),
        ("/description", json!("付".repeat(128))),
        ("/out_trade_no", Value::Null),
        ("/out_trade_no", json!("ABCDE")),
        ("/out_trade_no", json!("A".repeat(33))),
        ("/out_trade_no", json!("ABC DEF")),
        ("/out_trade_no", json!("订单123456")),
        ("/out_trade_no", json!(123_456)),
        ("/notify_url", Value::Null),
        ("/notify_url", json!("shop.example/notify")),
        ("/notify_url", json!("https://shop.example/notify?a=1")),
        ("/notify_url", json!(format!("https://shop.example/{}", "x".repeat(255)))),
        ("/amount", Value::Null),
        ("/amount/total", Value::Null),
        ("/amount/total", json!(0)),
        ("/amount/total", json!(-1)),
        ("/amount/total", json!(99.5)),
        ("/amount/total", json!("9900")),
        ("/amount/currency", json!("USD")),
        ("/attach", json!(long)),
        ("/time_expire", json!("2026-11-18 16:00:00")),
        ("/time_expire", json!("1795003600")),
        ("/goods_tag", json!("x".repeat(33))),
        ("/scene_info", json!({ "payer_client_ip": "nowhere" })),
        ("/payer", json!({ "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" })),
        ("/trade_type", json!("NATIVE")),
    ] {
        let reply = shop.post(NATIVE, &with(&shop.order(), pointer, value.clone()));
        assert_eq!(reply.refusal(), (400, "PARAM_ERROR"), "{pointer} {value}");
        assert!(reply.body["detail"].is_object());
    }
    for (kind, extra) in [
        ("jsapi", json!({})),
        ("jsapi", json!({ "payer": {} })),
        ("h5", json!({})),
        ("h5", json!({ "scene_info": { "payer_client_ip": "192.0.2.1" } })),
        ("h5", json!({ "scene_info": { "h5_info": { "type": "Wap" } } })),
    ] {
        let mut order = shop.order();
        order.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let reply = shop.post(&format!("/v3/pay/transactions/{kind}"), &order);
        assert_eq!(reply.refusal(), (400, "PARAM_ERROR"), "{kind} {extra}");
    }
    for body in ["", "{", "[]", "null", "<xml></xml>"] {
        let reply = shop.send(&shop.request("POST", NATIVE, body));
        assert_eq!(reply.refusal(), (400, "PARAM_ERROR"), "{body}");
    }
    let reply = shop.post(NATIVE, &with(&shop.order(), "/appid", json!("wx0000000000000000")));
    assert_eq!(reply.refusal(), (400, "APPID_MCHID_NOT_MATCH"));
    let reply = shop.post(NATIVE, &with(&shop.order(), "/mchid", json!("1900000001")));
    assert_eq!(reply.refusal(), (400, "INVALID_REQUEST"));
    assert!(shop.sandbox.named(&format!("tester/{ORDER}")).wait().unwrap().is_none(), "nothing was opened");

    let reply = shop.post(NATIVE, &with(&shop.order(), "/out_trade_no", json!("A|B*c_1-2")));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let encoded = shop.get(&format!("/v3/pay/transactions/out-trade-no/A%7CB*c_1-2?mchid={}", shop.mchid()));
    assert_eq!((encoded.status, &encoded.body["out_trade_no"]), (200, &json!("A|B*c_1-2")));
}

#[test]
fn order_must_be_payable_for_a_minute_and_expires() {
    let shop = Shop::open();
    let at = |text: &str| with(&shop.order(), "/time_expire", json!(text));
    assert_eq!(crate::time::rfc3339(NOW), "2026-11-18T19:06:40+08:00");
    for early in ["2026-11-18T19:07:39+08:00", "2020-01-01T00:00:00+08:00"] {
        assert_eq!(shop.post(NATIVE, &at(early)).refusal(), (400, "PARAM_ERROR"), "{early}");
    }
    assert_eq!(shop.post(NATIVE, &at("2026-11-18T11:07:40Z")).status, 200);
    assert_eq!(shop.trade().payable_until, Some(NOW + 60));
    shop.sandbox.ports.set_now(NOW + 61);
    let late = tester("POST", &format!("/trades/{ORDER}/pay"));
    assert_eq!(shop.handle(&late).status, 409);
    assert_eq!(shop.query()["trade_state"], "NOTPAY", "its time does not close it");
    shop.act(ORDER, "pay_late");
    assert_eq!(shop.query()["trade_state"], "SUCCESS");
}

#[test]
fn concurrent_creations_find_same_order() {
    let shop = Shop::open();
    shop.sandbox.ports.is_raced.set(true);
    let reply = shop.post(NATIVE, &shop.order());
    assert_eq!(reply.status, 200, "{}", reply.body);
    let stored = shop.sandbox.trade(&format!("trade/wechat/{}/{ORDER}", shop.mchid())).wait().unwrap().unwrap();
    assert_eq!((stored.amount, &stored.details["code_url"]), (9900, &reply.body["code_url"]));

    let shop = Shop::open();
    shop.sandbox.ports.is_raced.set(true);
    let first = with(&shop.order(), "/amount/total", json!(1));
    assert_eq!(shop.post(NATIVE, &first).status, 200);
    assert_eq!(shop.post(NATIVE, &shop.order()).refusal(), (403, "OUT_TRADE_NO_USED"));
}

#[test]
fn armed_error_does_nothing_and_late_answer_completes_call() {
    let shop = Shop::open();
    shop.sandbox.arm_for_all(Provider::WeChat, Fault::Answer500).wait().unwrap();
    let mut unsigned = shop.request("POST", NATIVE, &shop.order().to_string());
    unsigned.headers.retain(|(name, _)| name != "authorization");
    assert_eq!(shop.send(&unsigned).status, 401, "an unsigned request used the fault");
    assert_eq!(shop.post(NATIVE, &shop.order()).refusal(), (500, "SYSTEM_ERROR"));
    assert!(shop.sandbox.named(&format!("tester/{ORDER}")).wait().unwrap().is_none(), "nothing was done");
    shop.sandbox.arm_for_all(Provider::WeChat, Fault::TimeOut).wait().unwrap();
    let late = shop.post(NATIVE, &shop.order());
    assert_eq!((late.status, shop.sandbox.ports.slept.get()), (200, 12));
    assert_eq!(shop.trade().details["code_url"], late.body["code_url"]);

    shop.act(ORDER, "faults/answer_500");
    assert_eq!(shop.close().refusal(), (500, "SYSTEM_ERROR"));
    assert_eq!(shop.query()["trade_state"], "NOTPAY");
    shop.act(ORDER, "faults/time_out");
    assert_eq!(shop.close().status, 204);
    assert_eq!(shop.sandbox.ports.slept.get(), 24);
    assert_eq!(shop.query()["trade_state"], "CLOSED");
    let id = "id/4200000000000000000000000000";
    shop.sandbox.arm_for_all(Provider::WeChat, Fault::Answer500).wait().unwrap();
    let target = format!("/v3/pay/transactions/{id}?mchid={}", shop.mchid());
    assert_eq!(shop.get(&target).refusal(), (500, "SYSTEM_ERROR"));
    assert_eq!(shop.get(&target).refusal(), (404, "ORDER_NOT_EXIST"));
}

#[test]
fn store_that_is_down_is_answered_service_unavailable() {
    let shop = Shop::signing_with(PlatformKey::Certificate);
    shop.sandbox.ports.is_down.set(true);
    assert_eq!(shop.post(NATIVE, &shop.order()).refusal(), (503, "SERVICE_UNAVAILABLE"));
    assert_eq!(shop.get("/v3/refund/domestic/refunds/R1").refusal(), (503, "SERVICE_UNAVAILABLE"));
    shop.sandbox.ports.is_down.set(false);
    assert_eq!(shop.post(NATIVE, &shop.order()).status, 200);
    assert_eq!(shop.trade().details["notify_url"], NOTIFY_URL);
}
