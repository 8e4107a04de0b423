//! Refunds: accepted, finished, refused, stuck.

use serde_json::{Value, json};

use super::{NATIVE, NOW, ORDER, REFUNDS, Shop, refund_request, with};
use crate::books::RefundState;
use crate::tests::browser;

fn status(shop: &Shop, number: &str) -> Value {
    let reply = shop.get(&format!("{REFUNDS}/{number}"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["status"].clone()
}

fn kinds(shop: &Shop) -> Vec<String> {
    shop.callbacks().into_iter().map(|callback| callback.kind).collect()
}

#[test]
fn refund_is_answered_processing_then_succeeded() {
    let shop = Shop::paid();
    let reply = shop.post(REFUNDS, &refund_request("R1", 4000));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let trade = shop.trade();
    let mut expected = json!({
        "amount": {
            "currency": "CNY",
            "discount_refund": 0,
            "from": [],
            "payer_refund": 4000,
            "payer_total": 9900,
            "refund": 4000,
            "refund_fee": 0,
            "settlement_refund": 4000,
            "settlement_total": 9900,
            "total": 9900,
        },
        "channel": "ORIGINAL",
        "create_time": "2026-11-18T19:06:40+08:00",
        "funds_account": "AVAILABLE",
        "out_refund_no": "R1",
        "out_trade_no": ORDER,
        "promotion_detail": [],
        "refund_id": trade.refunds[0].id,
        "status": "PROCESSING",
        "transaction_id": trade.payments[0].id,
        "user_received_account": "支付用户零钱",
    });
    assert_eq!(reply.body, expected);
    expected["status"] = json!("SUCCESS");
    expected["success_time"] = json!("2026-11-18T19:06:40+08:00");
    assert_eq!(shop.get(&format!("{REFUNDS}/R1")).body, expected);
    assert_eq!(kinds(&shop), ["TRANSACTION.SUCCESS", "REFUND.SUCCESS"]);
    assert_eq!(shop.query()["trade_state"], "REFUND", "after a part of it already");
    assert_eq!(shop.query()["trade_state_desc"], "订单发生过退款，退款详情请查询退款单");
}

#[test]
fn same_refund_number_with_other_parameters_is_refused() {
    let shop = Shop::paid();
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4000)).status, 200);
    let again = shop.post(REFUNDS, &refund_request("R1", 4000));
    assert_eq!((again.status, &again.body["status"]), (200, &json!("SUCCESS")));
    assert_eq!(again.body["refund_id"], shop.trade().refunds[0].id);
    for (pointer, value) in [
        ("/amount/refund", json!(4001)),
        ("/reason", json!("别的")),
        ("/notify_url", json!("https://shop.example/other")),
    ] {
        let reply = shop.post(REFUNDS, &with(&refund_request("R1", 4000), pointer, value));
        assert_eq!(reply.refusal(), (400, "INVALID_REQUEST"), "{pointer}");
        assert_eq!(reply.body["message"], "订单金额或退款金额与之前请求不一致，请核实后再试");
    }
    assert_eq!(shop.trade().refunds.len(), 1);
    assert_eq!(kinds(&shop), ["TRANSACTION.SUCCESS", "REFUND.SUCCESS"], "a repeated request caused a callback");

    let other = with(&shop.order(), "/out_trade_no", json!("OTHER-1"));
    assert_eq!(shop.post(NATIVE, &other).status, 200);
    shop.act("OTHER-1", "pay");
    let reply = shop.post(REFUNDS, &with(&refund_request("R1", 4000), "/out_trade_no", json!("OTHER-1")));
    assert_eq!(reply.refusal(), (400, "INVALID_REQUEST"), "the number is another order's");
    assert_eq!(status(&shop, "R1"), "SUCCESS");
}

#[test]
fn refunds_cannot_exceed_payment() {
    let shop = Shop::paid();
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 9901)).refusal(), (400, "INVALID_REQUEST"));
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 6000)).status, 200, "a number that was refused is free");
    assert_eq!(shop.post(REFUNDS, &refund_request("R2", 3901)).refusal(), (400, "INVALID_REQUEST"));
    assert_eq!(shop.post(REFUNDS, &refund_request("R2", 3900)).status, 200);
    assert_eq!(shop.post(REFUNDS, &refund_request("R3", 1)).refusal(), (400, "INVALID_REQUEST"));
    assert_eq!(shop.get(&format!("{REFUNDS}/R3")).refusal(), (404, "RESOURCE_NOT_EXISTS"));
    let trade = shop.trade();
    assert_eq!(trade.refunded(&trade.payments[0].id), 9900);
}

#[test]
fn wrong_refund_parameters_are_refused() {
    let shop = Shop::paid();
    for (pointer, value) in [
        ("/out_trade_no", Value::Null),
        ("/out_refund_no", Value::Null),
        ("/out_refund_no", json!("")),
        ("/out_refund_no", json!("R 1")),
        ("/out_refund_no", json!("R".repeat(65))),
        ("/reason", json!("因".repeat(81))),
        ("/notify_url", json!("https://shop.example/?a=1")),
        ("/amount", Value::Null),
        ("/amount/refund", Value::Null),
        ("/amount/refund", json!(0)),
        ("/amount/refund", json!(1.5)),
        ("/amount/total", Value::Null),
        ("/amount/currency", Value::Null),
        ("/amount/currency", json!("USD")),
        ("/attach", json!("x")),
    ] {
        let reply = shop.post(REFUNDS, &with(&refund_request("R1", 4000), pointer, value.clone()));
        assert_eq!(reply.refusal(), (400, "PARAM_ERROR"), "{pointer} {value}");
    }
    let reply = shop.post(REFUNDS, &with(&refund_request("R1", 4000), "/amount/total", json!(9899)));
    assert_eq!(reply.refusal(), (400, "INVALID_REQUEST"));
    let reply = shop.post(REFUNDS, &with(&refund_request("R1", 4000), "/out_trade_no", json!("UNKNOWN")));
    assert_eq!(reply.refusal(), (404, "RESOURCE_NOT_EXISTS"));
    let wrong = shop.get(&format!("{REFUNDS}/R%201"));
    assert_eq!(wrong.refusal(), (400, "PARAM_ERROR"));
    assert!(shop.trade().refunds.is_empty());
    assert_eq!(shop.post(REFUNDS, &refund_request("a|B_c-1*@", 1)).status, 200);
    assert_eq!(status(&shop, "a%7CB_c-1*%40"), "SUCCESS");

    let open = Shop::opened();
    assert_eq!(
        open.post(REFUNDS, &refund_request("R1", 4000)).refusal(),
        (404, "RESOURCE_NOT_EXISTS"),
        "the order is not paid"
    );
}

#[test]
fn refund_with_transaction_id_refunds_that_payment() {
    let shop = Shop::paid();
    shop.act(ORDER, "pay_again");
    let payments = shop.trade().payments;
    let by_id = |number: &str, id: &str| with(&refund_request(number, 9900), "/transaction_id", json!(id));
    let reply = shop.post(REFUNDS, &with(&by_id("R1", &payments[1].id), "/out_trade_no", Value::Null));
    assert_eq!((reply.status, &reply.body["transaction_id"]), (200, &json!(payments[1].id)));
    assert_eq!(shop.query()["trade_state"], "SUCCESS", "the first payment is untouched");
    let second = shop.get(&format!("/v3/pay/transactions/id/{}?mchid={}", payments[1].id, shop.mchid()));
    assert_eq!(second.body["trade_state"], "REFUND");
    let reply = shop.post(REFUNDS, &by_id("R2", &payments[0].id));
    assert_eq!((reply.status, &reply.body["transaction_id"]), (200, &json!(payments[0].id)));
    let reply = shop.post(REFUNDS, &with(&by_id("R3", &payments[0].id), "/out_trade_no", json!("OTHER-1")));
    assert_eq!(reply.refusal(), (400, "INVALID_REQUEST"));
    assert_eq!(reply.body["message"], "您的请求参数与订单信息不一致");
    let reply = shop.post(REFUNDS, &by_id("R3", "4200000000000000000000000000"));
    assert_eq!(reply.refusal(), (404, "RESOURCE_NOT_EXISTS"));
}

#[test]
fn refund_without_balance_can_be_repeated_under_same_number() {
    let shop = Shop::paid();
    shop.act(ORDER, "faults/refuse_refund");
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 9901)).refusal(), (400, "INVALID_REQUEST"), "uses no fault up");
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4000)).refusal(), (403, "NOT_ENOUGH"));
    assert_eq!(shop.get(&format!("{REFUNDS}/R1")).refusal(), (404, "RESOURCE_NOT_EXISTS"));
    assert_eq!(shop.query()["trade_state"], "SUCCESS");
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4000)).status, 200);
    assert_eq!(status(&shop, "R1"), "SUCCESS");
}

#[test]
fn delayed_refund_is_processing_until_tester_finishes_it() {
    let shop = Shop::paid();
    shop.act(ORDER, "faults/refund_later");
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4000)).body["status"], "PROCESSING");
    assert_eq!(status(&shop, "R1"), "PROCESSING");
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4000)).body["status"], "PROCESSING");
    assert_eq!(shop.query()["trade_state"], "REFUND");
    assert_eq!(kinds(&shop), ["TRANSACTION.SUCCESS"]);
    shop.sandbox.ports.set_now(NOW + 60);
    shop.act(ORDER, "finish_refund");
    let done = shop.get(&format!("{REFUNDS}/R1")).body;
    assert_eq!((&done["status"], &done["success_time"]), (&json!("SUCCESS"), &json!("2026-11-18T19:07:40+08:00")));
    assert_eq!(done["create_time"], "2026-11-18T19:06:40+08:00");
    assert_eq!(kinds(&shop), ["TRANSACTION.SUCCESS", "REFUND.SUCCESS"]);
}

#[test]
fn refund_can_be_abnormal_and_fail() {
    let shop = Shop::paid();
    shop.act(ORDER, "faults/refund_abnormal");
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4000)).body["status"], "PROCESSING");
    assert_eq!(status(&shop, "R1"), "ABNORMAL");
    assert_eq!(kinds(&shop), ["TRANSACTION.SUCCESS", "REFUND.ABNORMAL"]);
    shop.act(ORDER, "fail_refund");
    assert_eq!(status(&shop, "R1"), "CLOSED");
    assert_eq!(kinds(&shop), ["TRANSACTION.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"]);
    assert_eq!(shop.query()["trade_state"], "SUCCESS", "nothing is on its way back");
    let again = shop.post(REFUNDS, &refund_request("R1", 4000));
    assert_eq!((again.status, &again.body["status"]), (200, &json!("CLOSED")), "a new number is needed");
    assert_eq!(shop.post(REFUNDS, &refund_request("R2", 9900)).status, 200);
    shop.act(ORDER, "fail_refund");
    assert_eq!(status(&shop, "R2"), "CLOSED", "it failed after its success");
}

#[test]
fn platform_refund_is_found_by_its_id() {
    let shop = Shop::paid();
    shop.act(ORDER, "refund_on_platform");
    let refund = shop.trade().refunds[0].clone();
    assert_eq!((refund.number, refund.amount, refund.state), (None, 4950, RefundState::Succeeded));
    let reply = shop.get(&format!("{REFUNDS}/{}", refund.id));
    assert_eq!((&reply.body["out_refund_no"], &reply.body["status"]), (&json!(refund.id), &json!("SUCCESS")));
    assert_eq!(shop.query()["trade_state"], "REFUND");
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4951)).refusal(), (400, "INVALID_REQUEST"));
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4950)).status, 200);
}

#[test]
fn refund_after_a_year_or_fifty_refunds_is_refused() {
    let shop = Shop::paid();
    for nth in 0..50 {
        assert_eq!(shop.post(REFUNDS, &refund_request(&format!("R{nth}"), 1)).status, 200);
    }
    assert_eq!(shop.post(REFUNDS, &refund_request("R50", 1)).refusal(), (400, "INVALID_REQUEST"));

    let shop = Shop::paid();
    shop.sandbox.ports.set_now(NOW + 365 * 86_400);
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 1)).status, 200);
    shop.sandbox.ports.set_now(NOW + 365 * 86_400 + 1);
    assert_eq!(shop.post(REFUNDS, &refund_request("R2", 1)).refusal(), (403, "TRADE_OVERDUE"));
}

#[test]
fn armed_error_refunds_nothing_and_late_answer_refunds() {
    let shop = Shop::paid();
    shop.act(ORDER, "faults/answer_500");
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4000)).refusal(), (500, "SYSTEM_ERROR"));
    assert!(shop.trade().refunds.is_empty());
    shop.act(ORDER, "faults/time_out");
    let late = shop.post(REFUNDS, &refund_request("R1", 4000));
    assert_eq!((late.status, shop.sandbox.ports.slept.get()), (200, 12));
    shop.act(ORDER, "faults/answer_500");
    assert_eq!(shop.get(&format!("{REFUNDS}/R1")).refusal(), (500, "SYSTEM_ERROR"));
    assert_eq!(status(&shop, "R1"), "SUCCESS");
}

#[test]
fn trade_page_shows_refund() {
    let shop = Shop::paid();
    assert_eq!(shop.post(REFUNDS, &refund_request("R1", 4000)).status, 200);
    let page = shop.handle(&browser("GET", &format!("/trades/{ORDER}")));
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("40.00 CNY") && page.contains("R1") && page.contains("REFUND.SUCCESS"));
}
