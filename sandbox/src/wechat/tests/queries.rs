//! How orders are queried and closed.

use serde_json::{Value, json};

use super::{CLOSE, NATIVE, ORDER, REFUNDS, Shop, with};
use crate::tests::tester;

#[test]
fn query_answers_payment_fields_only_after_payment() {
    let shop = Shop::open();
    let order = with(&shop.order(), "/attach", json!("附加"));
    assert_eq!(shop.post(NATIVE, &order).status, 200);
    let appid = shop.of_merchant("appid");
    let expected = json!({
        "amount": { "payer_currency": "CNY", "total": 9900 },
        "appid": appid,
        "mchid": shop.mchid(),
        "out_trade_no": ORDER,
        "promotion_detail": [],
        "scene_info": { "device_id": "" },
        "trade_state": "NOTPAY",
        "trade_state_desc": "订单未支付",
    });
    assert_eq!(shop.query(), expected);
    shop.act(ORDER, "fail");
    assert_eq!(shop.query(), expected, "a try that failed can be followed by another");

    shop.act(ORDER, "pay");
    let payment = shop.trade().payments[0].clone();
    let expected = json!({
        "amount": { "currency": "CNY", "payer_currency": "CNY", "payer_total": 9900, "total": 9900 },
        "appid": appid,
        "attach": "附加",
        "bank_type": "OTHERS",
        "mchid": shop.mchid(),
        "out_trade_no": ORDER,
        "payer": { "openid": payment.buyer },
        "promotion_detail": [],
        "success_time": "2026-11-18T19:06:40+08:00",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "trade_type": "NATIVE",
        "transaction_id": payment.id,
    });
    assert_eq!(shop.query(), expected);
    let by_id = shop.get(&format!("/v3/pay/transactions/id/{}?mchid={}", payment.id, shop.mchid()));
    assert_eq!((by_id.status, by_id.body), (200, expected));
}

#[test]
fn query_without_own_mchid_is_refused() {
    let shop = Shop::paid();
    let path = format!("/v3/pay/transactions/out-trade-no/{ORDER}");
    let mchid = shop.mchid();
    let missing = shop.get(&path);
    assert_eq!(missing.refusal(), (400, "PARAM_ERROR"));
    assert_eq!(missing.body["detail"], json!({ "location": "query", "value": "" }));
    assert_eq!(missing.body["message"], "输入源“/query/mchid”映射到字段“直连商户号”必填性规则校验失败，此字段为必填项");
    assert_eq!(shop.get(&format!("{path}?mchid=")).refusal(), (400, "PARAM_ERROR"));
    assert_eq!(shop.get(&format!("{path}?mchid={mchid}&mchid={mchid}")).refusal(), (400, "PARAM_ERROR"));
    assert_eq!(shop.get(&format!("{path}?mchid=1900000001")).refusal(), (400, "INVALID_REQUEST"));
    let id = &shop.trade().payments[0].id;
    assert_eq!(shop.get(&format!("/v3/pay/transactions/id/{id}")).refusal(), (400, "PARAM_ERROR"));
    for unknown in ["out-trade-no/ORD20261118150640ABCD1235", "id/4200000000000000000000000000"] {
        let reply = shop.get(&format!("/v3/pay/transactions/{unknown}?mchid={mchid}"));
        assert_eq!(reply.refusal(), (404, "ORDER_NOT_EXIST"), "{unknown}");
    }
    for wrong in ["ABCDE", "A%20B%20C%20D", "AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDD"] {
        let reply = shop.get(&shop.query_path(wrong));
        assert_eq!(reply.refusal(), (400, "PARAM_ERROR"), "{wrong}");
        assert_eq!(reply.body["detail"]["location"], "uri_template");
    }
}

#[test]
fn another_merchants_orders_are_not_found() {
    let mut shop = Shop::paid();
    let mut other = shop.sandbox.config.wechat[0].clone();
    other.mchid = "1900000001".to_owned();
    shop.sandbox.config.wechat.push(other);
    shop.side["mchid"] = json!("1900000001");
    let id = shop.trade().payments[0].id.clone();
    for target in [format!("out-trade-no/{ORDER}"), format!("id/{id}")] {
        let reply = shop.get(&format!("/v3/pay/transactions/{target}?mchid=1900000001"));
        assert_eq!(reply.refusal(), (404, "ORDER_NOT_EXIST"), "{target}");
    }
    let body = json!({
        "transaction_id": id,
        "out_refund_no": "R1",
        "amount": { "refund": 1, "total": 9900, "currency": "CNY" },
    });
    assert_eq!(shop.post(REFUNDS, &body).refusal(), (404, "RESOURCE_NOT_EXISTS"));
}

#[test]
fn closing_can_be_repeated_and_is_final() {
    let shop = Shop::opened();
    let body = json!({ "mchid": shop.mchid() });
    for _ in 0..2 {
        let reply = shop.post(CLOSE, &body);
        assert_eq!((reply.status, reply.body), (204, Value::Null));
    }
    let closed = shop.query();
    assert_eq!((&closed["trade_state"], &closed["trade_state_desc"]), (&json!("CLOSED"), &json!("订单已关闭")));
    assert!(closed.get("transaction_id").is_none());
    assert!(shop.callbacks().is_empty(), "only payments and refunds cause callbacks");
    let pay = tester("POST", &format!("/trades/{ORDER}/pay"));
    assert_eq!(shop.handle(&pay).status, 409);
}

#[test]
fn closing_paid_order_or_with_wrong_mchid_is_refused() {
    let shop = Shop::paid();
    let paid = shop.close();
    assert_eq!(paid.refusal(), (400, "ORDER_PAID"));
    assert_eq!(shop.query()["trade_state"], "SUCCESS");
    let missing = shop.post(CLOSE, &json!({}));
    assert_eq!(missing.refusal(), (400, "PARAM_ERROR"));
    assert_eq!(missing.body["detail"]["location"], "uri_template");
    assert_eq!(shop.post(CLOSE, &json!({ "mchid": "1900000001" })).refusal(), (400, "INVALID_REQUEST"));
    assert_eq!(shop.post(CLOSE, &json!({ "mch_id": shop.mchid() })).refusal(), (400, "PARAM_ERROR"));
}

#[test]
fn number_closed_before_creation_cannot_be_used() {
    let shop = Shop::open();
    assert_eq!(shop.close().status, 204);
    let query = shop.get(&shop.query_path(ORDER));
    assert_eq!(query.refusal(), (404, "ORDER_NOT_EXIST"));
    let reply = shop.post(NATIVE, &shop.order());
    assert_eq!(reply.refusal(), (400, "INVALID_REQUEST"));
    assert_eq!(reply.body["message"], "请求重入时，参数与首次请求时不一致");
    let other = with(&shop.order(), "/out_trade_no", json!("ORD20261118150640ABCD1234_2"));
    assert_eq!(shop.post(NATIVE, &other).status, 200);
}

#[test]
fn wrong_and_second_payments_are_answered_with_real_amounts() {
    let shop = Shop::opened();
    shop.act(ORDER, "pay_wrong_amount");
    assert_eq!(shop.query()["amount"]["total"], 9899);
    shop.act(ORDER, "pay_again");
    let payments = shop.trade().payments;
    assert_eq!(shop.query()["transaction_id"], payments[0].id, "an order shows its first payment");
    let second = shop.get(&format!("/v3/pay/transactions/id/{}?mchid={}", payments[1].id, shop.mchid()));
    assert_eq!(second.body["transaction_id"], payments[1].id);
    assert_eq!(second.body["amount"]["total"], 9900);
}
