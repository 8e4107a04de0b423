//! Refunds: once for each number, never more than was paid.

use super::*;
use crate::books::RefundState;

fn asked(shop: &Shop, number: &str, request: &str) -> Answered {
    let options = ["gmt_refund_pay", "refund_detail_item_list"];
    let content = json!({ "out_trade_no": number, "out_request_no": request, "query_options": options });
    shop.call("alipay.trade.fastpay.refund.query", &content)
}

fn sold(shop: &Shop, number: &str) {
    shop.precreate(number, "10.00");
    shop.act(number, "pay");
}

#[test]
fn same_refund_number_is_refunded_once() {
    let shop = Shop::new();
    sold(&shop, "A1");
    let unknown = asked(&shop, "A1", "R1");
    assert_eq!(unknown.content, json!({ "code": "10000", "msg": "Success" }));
    let made = shop.refund("A1", "3.00", "R1");
    let trade = shop.trade("A1");
    for (name, value) in [
        ("code", "10000"),
        ("out_trade_no", "A1"),
        ("trade_no", &trade.payments[0].id),
        ("buyer_user_id", &trade.payments[0].buyer),
        ("fund_change", "Y"),
        ("refund_fee", "3.00"),
        ("send_back_fee", "3.00"),
        ("gmt_refund_pay", &time::alipay(trade.refunds[0].changed_at)),
    ] {
        assert_eq!(made.field(name), value, "{name}");
    }
    assert!(made.is_signed);
    let again = shop.refund("A1", "3", "R1");
    assert_eq!((again.field("fund_change"), again.field("refund_fee")), ("N", "3.00"));
    let other = shop.refund("A1", "3.01", "R1");
    assert_eq!((other.code(), other.word()), ("40004", "ACQ.DISCORDANT_REPEAT_REQUEST"));
    assert_eq!((other.field("refund_fee"), other.is_signed), ("0.00", true));
    // The sum of both refunds.
    assert_eq!(shop.refund("A1", "2.00", "R2").field("refund_fee"), "5.00");
    assert_eq!(shop.query("A1").field("trade_status"), "TRADE_SUCCESS");
    assert_eq!(shop.refund("A1", "5.01", "R3").word(), "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
    assert_eq!(shop.refund("A1", "5.00", "R3").field("refund_fee"), "10.00");
    let closed = shop.query("A1");
    assert_eq!((closed.field("trade_status"), closed.has("send_pay_date")), ("TRADE_CLOSED", true));
    assert_eq!(shop.refund("A1", "1.00", "R4").word(), "ACQ.TRADE_HAS_CLOSE");
    assert_eq!(shop.refund("A1", "5.00", "R3").field("fund_change"), "N");
    assert_eq!(shop.trade("A1").refunds.len(), 3);
    let done = asked(&shop, "A1", "R2");
    for (name, value) in [
        ("code", "10000"),
        ("out_trade_no", "A1"),
        ("out_request_no", "R2"),
        ("trade_no", trade.payments[0].id.as_str()),
        ("refund_status", "REFUND_SUCCESS"),
        ("refund_amount", "2.00"),
        ("total_amount", "10.00"),
    ] {
        assert_eq!(done.field(name), value, "{name}");
    }
    assert!(done.has("gmt_refund_pay") && done.content["refund_detail_item_list"][0]["amount"] == "2.00");
}

#[test]
fn refund_of_unpaid_or_wrong_amount_is_refused() {
    let shop = Shop::new();
    assert_eq!(shop.refund("A0", "1.00", "R1").word(), "ACQ.TRADE_NOT_EXIST");
    shop.precreate("A1", "10.00");
    assert_eq!(shop.refund("A1", "1.00", "R1").word(), "ACQ.TRADE_NOT_EXIST");
    assert_eq!(asked(&shop, "A1", "R1").word(), "ACQ.TRADE_NOT_EXIST");
    shop.act("A1", "fail");
    assert_eq!(shop.refund("A1", "1.00", "R1").word(), "ACQ.TRADE_STATUS_ERROR");
    shop.close("A1");
    assert_eq!(shop.refund("A1", "1.00", "R1").word(), "ACQ.TRADE_HAS_CLOSE");

    sold(&shop, "A2");
    assert_eq!(shop.refund("A2", "10.01", "R1").word(), "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
    assert_eq!(shop.refund("A2", "0.00", "R1").word(), "ACQ.INVALID_PARAMETER");
    assert_eq!(shop.refund("A2", "1.00", "a b").word(), "ACQ.INVALID_PARAMETER");
    assert_eq!(asked(&shop, "A2", "").word(), "ACQ.INVALID_PARAMETER");
    let mut content = json!({ "out_trade_no": "A2", "refund_amount": "1.00", "refund_currency": "USD" });
    assert_eq!(shop.call("alipay.trade.refund", &content).word(), "ACQ.CURRENCY_NOT_SUPPORT");
    content["refund_currency"] = json!("CNY");
    // A partial refund needs a number; a full one takes the trade's.
    assert_eq!(shop.call("alipay.trade.refund", &content).word(), "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
    assert!(shop.trade("A2").refunds.is_empty());
    content["refund_amount"] = json!("10.00");
    assert_eq!(shop.call("alipay.trade.refund", &content).field("fund_change"), "Y");
    assert_eq!(shop.call("alipay.trade.refund", &content).field("fund_change"), "N");
    assert_eq!(asked(&shop, "A2", "A2").field("refund_amount"), "10.00");
}

#[test]
fn refused_delayed_and_failed_refunds_answer_like_alipay() {
    let shop = Shop::new();
    sold(&shop, "A1");
    shop.act("A1", "faults/refuse_refund");
    let refused = shop.refund("A1", "4.00", "R1");
    assert_eq!((refused.code(), refused.word()), ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"));
    assert_eq!(asked(&shop, "A1", "R1").content, json!({ "code": "10000", "msg": "Success" }));

    shop.act("A1", "faults/refund_later");
    for _ in 0..2 {
        let waiting = shop.refund("A1", "4.00", "R1");
        assert_eq!((waiting.code(), waiting.field("fund_change")), ("10000", "N"));
        assert_eq!((waiting.field("refund_fee"), waiting.field("send_back_fee")), ("0.00", "0.00"));
    }
    let waiting = asked(&shop, "A1", "R1");
    assert_eq!((waiting.field("refund_amount"), waiting.has("refund_status")), ("4.00", false));
    // A pending refund cannot be requested a second time.
    assert_eq!(shop.refund("A1", "7.00", "R2").word(), "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
    shop.act("A1", "finish_refund");
    assert_eq!(asked(&shop, "A1", "R1").field("refund_status"), "REFUND_SUCCESS");
    assert_eq!(shop.refund("A1", "4.00", "R1").field("refund_fee"), "4.00");

    shop.act("A1", "fail_refund");
    assert!(!asked(&shop, "A1", "R1").has("refund_amount"));
    assert_eq!(shop.refund("A1", "4.00", "R1").field("fund_change"), "Y");
    let states: Vec<RefundState> = shop.trade("A1").refunds.iter().map(|one| one.state).collect();
    assert_eq!(states, [RefundState::Failed, RefundState::Succeeded]);
    let stuck = tester("POST", "/trades/A1/faults/refund_abnormal");
    assert_eq!(shop.sandbox.handle(&stuck).wait().status, 409);
}

#[test]
fn refund_by_trade_no_refunds_that_payment() {
    let shop = Shop::new();
    sold(&shop, "A1");
    shop.act("A1", "pay_again");
    let trade = shop.trade("A1");
    let second = &trade.payments[1].id;
    let content = json!({ "trade_no": second, "refund_amount": "10.00", "out_request_no": "R1" });
    let made = shop.call("alipay.trade.refund", &content);
    assert_eq!((made.field("trade_no"), made.field("refund_fee")), (second.as_str(), "10.00"));
    assert_eq!(shop.query("A1").field("trade_status"), "TRADE_SUCCESS");
    let asked = shop.call("alipay.trade.query", &json!({ "trade_no": second }));
    assert_eq!(asked.field("trade_status"), "TRADE_CLOSED");
    let refunds = json!({ "trade_no": second, "out_request_no": "R1" });
    let found = shop.call("alipay.trade.fastpay.refund.query", &refunds);
    assert_eq!(found.field("refund_status"), "REFUND_SUCCESS");
    let refunds = json!({ "trade_no": trade.payments[0].id, "out_request_no": "R1" });
    assert!(!shop.call("alipay.trade.fastpay.refund.query", &refunds).has("refund_status"));
}
