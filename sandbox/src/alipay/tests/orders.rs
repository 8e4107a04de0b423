//! QR codes, pages, queries and closings.

use super::*;

#[test]
fn trade_does_not_exist_before_its_code_is_scanned() {
    let shop = Shop::new();
    let opened = shop.precreate("A1", "88.80");
    assert_eq!((opened.code(), opened.field("msg"), opened.field("out_trade_no")), ("10000", "Success", "A1"));
    assert!(opened.field("qr_code").starts_with("https://qr.alipay.com/bax") && opened.is_signed);
    assert!(opened.raw.contains("\"qr_code\":\"https:\\/\\/qr.alipay.com\\/bax"));
    for answer in [shop.query("A1"), shop.close("A1"), shop.query("A2")] {
        assert_eq!((answer.code(), answer.word()), ("40004", "ACQ.TRADE_NOT_EXIST"));
        assert!(answer.is_signed);
    }
    shop.act("A1", "pay");
    let paid = shop.query("A1");
    let trade = shop.trade("A1");
    for (name, value) in [
        ("code", "10000"),
        ("out_trade_no", "A1"),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_amount", "88.80"),
        ("receipt_amount", "88.80"),
        ("buyer_pay_amount", "88.80"),
        ("invoice_amount", "88.80"),
        ("point_amount", "0.00"),
        ("trade_no", &trade.payments[0].id),
        ("buyer_user_id", &trade.payments[0].buyer),
        ("send_pay_date", &time::alipay(trade.payments[0].at)),
    ] {
        assert_eq!(paid.field(name), value, "{name}");
    }
    assert_eq!(paid.field("trade_no").len(), 28);
    assert!(paid.field("buyer_logon_id").contains("****") && !paid.has("fund_bill_list"));
    assert!(paid.raw.starts_with("{\"alipay_trade_query_response\":{\"code\":\"10000\",\"msg\":\"Success\",\"buyer_"));
    let full = json!({ "out_trade_no": "A1", "query_options": ["fund_bill_list"] });
    let full = shop.call("alipay.trade.query", &full);
    assert_eq!(full.content["fund_bill_list"][0]["amount"], "88.80");
}

#[test]
fn closed_trade_stays_closed_and_paid_trade_is_not_closed() {
    let shop = Shop::new();
    shop.precreate("A1", "1.00");
    shop.act("A1", "fail");
    let open = shop.query("A1");
    assert_eq!(open.field("trade_status"), "WAIT_BUYER_PAY");
    assert_eq!((open.field("receipt_amount"), open.has("send_pay_date")), ("0.00", false));
    let closed = shop.close("A1");
    assert_eq!((closed.code(), closed.field("trade_no")), ("10000", open.field("trade_no")));
    let seen = shop.query("A1");
    assert_eq!((seen.field("trade_status"), seen.has("send_pay_date")), ("TRADE_CLOSED", false));
    let again = shop.close("A1");
    assert_eq!((again.word(), again.field("out_trade_no")), ("ACQ.REASON_TRADE_STATUS_INVALID", "A1"));
    assert_eq!(shop.precreate("A1", "1.00").word(), "ACQ.TRADE_HAS_CLOSE");
    assert!(shop.trade("A1").callbacks.is_empty());

    shop.precreate("A2", "1.00");
    shop.act("A2", "fail");
    let before = shop.query("A2");
    shop.act("A2", "pay");
    assert_eq!(shop.close("A2").word(), "ACQ.TRADE_STATUS_ERROR");
    // The number from before the payment is the payment's number.
    assert_eq!(shop.query("A2").field("trade_no"), before.field("trade_no"));
    assert_eq!(shop.precreate("A2", "1.00").word(), "ACQ.TRADE_HAS_SUCCESS");
}

#[test]
fn same_number_with_another_order_is_refused() {
    let shop = Shop::new();
    let first = shop.precreate("A1", "1.00");
    assert_eq!(shop.precreate("A1", "1.00").field("qr_code"), first.field("qr_code"));
    assert_eq!(shop.precreate("A1", "1.01").word(), "ACQ.CONTEXT_INCONSISTENT");
    let mut other = order("A1", "1.00");
    other["subject"] = json!("other");
    assert_eq!(shop.call("alipay.trade.precreate", &other).word(), "ACQ.CONTEXT_INCONSISTENT");
    for _ in 2..20 {
        assert_eq!(shop.precreate("A1", "1.00").code(), "10000");
    }
    assert_eq!(shop.precreate("A1", "1.00").word(), "ACQ.APPLY_PC_MERCHANT_CODE_ERROR");

    let first = shop.precreate("A2", "1.00");
    shop.later(2 * 3600 + 1);
    let second = shop.precreate("A2", "1.00");
    assert_eq!(second.code(), "10000");
    assert_ne!(second.field("qr_code"), first.field("qr_code"));
    assert!(shop.trade("A2").payable_until.unwrap() > shop.now());
}

#[test]
fn order_with_wrong_parameter_is_refused() {
    let shop = Shop::new();
    let past = time::alipay(shop.now() - 1);
    let far = time::alipay(shop.now() + 16 * 86_400);
    for (name, value, word) in [
        ("out_trade_no", json!(null), "ACQ.INVALID_PARAMETER"),
        ("out_trade_no", json!("a-b"), "ACQ.INVALID_PARAMETER"),
        ("out_trade_no", json!("x".repeat(65)), "ACQ.INVALID_PARAMETER"),
        ("total_amount", json!(null), "ACQ.INVALID_PARAMETER"),
        ("total_amount", json!("0.00"), "ACQ.INVALID_PARAMETER"),
        ("total_amount", json!("1.001"), "ACQ.INVALID_PARAMETER"),
        ("total_amount", json!(-1), "ACQ.INVALID_PARAMETER"),
        ("total_amount", json!("100000000.01"), "ACQ.TOTAL_FEE_EXCEED"),
        ("subject", json!(""), "ACQ.INVALID_PARAMETER"),
        ("subject", json!("a/b"), "ACQ.INVALID_PARAMETER"),
        ("subject", json!("a=b"), "ACQ.INVALID_PARAMETER"),
        ("subject", json!("a&b"), "ACQ.INVALID_PARAMETER"),
        ("subject", json!("付".repeat(257)), "ACQ.INVALID_PARAMETER"),
        ("body", json!("付".repeat(129)), "ACQ.INVALID_PARAMETER"),
        ("product_code", json!("FAST_INSTANT_TRADE_PAY"), "ACQ.INVALID_PARAMETER"),
        ("seller_id", json!("2088000000000000"), "ACQ.INVALID_PARAMETER"),
        ("time_expire", json!(past), "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR"),
        ("time_expire", json!(far), "ACQ.INVALID_PARAMETER"),
        ("time_expire", json!("2026-11-21"), "ACQ.INVALID_PARAMETER"),
        ("timeout_express", json!("16d"), "ACQ.INVALID_PARAMETER"),
        ("timeout_express", json!("0m"), "ACQ.INVALID_PARAMETER"),
        ("qr_code_timeout_express", json!("5"), "ACQ.INVALID_PARAMETER"),
        ("qr_code_timeout_express", json!("-5m"), "ACQ.INVALID_PARAMETER"),
    ] {
        let mut content = order("A1", "1.00");
        content[name] = value.clone();
        let answer = shop.call("alipay.trade.precreate", &content);
        assert_eq!((answer.code(), answer.word()), ("40004", word), "{name} {value:.40}");
    }
    for (number, name, value) in [
        ("B1", "subject", json!("付".repeat(256))),
        ("B2", "total_amount", json!("100000000")),
        ("B3", "total_amount", json!(0.01)),
        ("B4", "product_code", json!("QR_CODE_OFFLINE")),
        ("B5", "seller_id", json!(shop.seller_id)),
    ] {
        let mut content = order(number, "1.00");
        content[name] = value;
        assert_eq!(shop.call("alipay.trade.precreate", &content).code(), "10000", "{name}");
    }
    let mut bad = shop.unsigned("alipay.trade.precreate", &order("A1", "1.00"));
    bad.retain(|(name, _)| name != "notify_url");
    bad.push(("notify_url".to_owned(), "ftp://shop.test".to_owned()));
    assert_eq!(shop.read(&shop.post(&[], &shop.seal(bad))).word(), "ACQ.INVALID_PARAMETER");
    assert_eq!(shop.call("alipay.trade.query", &json!({})).word(), "ACQ.INVALID_PARAMETER");
}

#[test]
fn payable_until_follows_time_parameters() {
    let shop = Shop::new();
    let in_an_hour = time::alipay(shop.now() + 3600);
    let day = i64::from(86_400);
    for (number, method, times, seconds) in [
        ("A1", "precreate", json!({}), 2 * 3600),
        ("A2", "precreate", json!({ "qr_code_timeout_express": "5m" }), 300),
        ("A3", "precreate", json!({ "qr_code_timeout_express": "90m", "time_expire": in_an_hour }), 3600),
        // The time-out begins with the scan, so the code lives longer.
        ("A4", "precreate", json!({ "timeout_express": "5m" }), 2 * 3600),
        ("A5", "page.pay", json!({}), 15 * day),
        ("A6", "page.pay", json!({ "timeout_express": "2h" }), 2 * 3600),
        ("A7", "page.pay", json!({ "timeout_express": "2h", "time_expire": in_an_hour }), 3600),
        ("A8", "wap.pay", json!({ "timeout_express": "3d" }), 3 * day),
    ] {
        let mut content = order(number, "1.00");
        content["product_code"] = match method {
            "page.pay" => json!("FAST_INSTANT_TRADE_PAY"),
            "wap.pay" => json!("QUICK_WAP_WAY"),
            _ => json!(null),
        };
        for (name, value) in times.as_object().unwrap() {
            content[name] = value.clone();
        }
        let pairs = shop.signed(&format!("alipay.trade.{method}"), &content);
        let at = shop.now();
        shop.post(&[], &pairs);
        let until = shop.trade(number).payable_until.unwrap() - at;
        assert!((seconds - 2..=seconds + 2).contains(&until), "{number}: {until}");
    }
    shop.later(2 * 3600 + 5);
    assert_eq!(shop.query("A6").field("trade_status"), "TRADE_CLOSED");
    assert_eq!(shop.query("A5").field("trade_status"), "WAIT_BUYER_PAY");
    assert_eq!(shop.close("A6").word(), "ACQ.REASON_TRADE_STATUS_INVALID");
    // A late payment is still recorded.
    shop.act("A6", "pay_late");
    assert_eq!(shop.query("A6").field("trade_status"), "TRADE_SUCCESS");
}

#[test]
fn buyer_is_redirected_to_trade_or_sees_error() {
    let shop = Shop::new();
    for (number, method, product) in [
        ("A1", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
        ("A2", "alipay.trade.wap.pay", "QUICK_WAP_WAY"),
        ("A3", "alipay.trade.wap.pay", "QUICK_WAP_PAY"),
        ("A4", "alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
    ] {
        let mut content = order(number, "5.00");
        content["product_code"] = json!(product);
        let signed = shop.signed(method, &content);
        let page = format!("{PUBLIC_URL}/trades/{number}");
        for _ in 0..2 {
            for answer in [shop.send("GET", &written(&signed), Vec::new()), shop.post(&[], &signed)] {
                assert_eq!((answer.status, &answer.headers[0].1), (303, &page));
            }
        }
        assert_eq!(shop.query(number).field("trade_status"), "WAIT_BUYER_PAY");
        // A buyer may open the link much later.
        shop.later(3600);
        assert_eq!(shop.send("GET", &written(&signed), Vec::new()).status, 303);
        content["total_amount"] = json!("4.00");
        let refused = |answer: Response, word: &str| {
            let html = String::from_utf8(answer.body).unwrap();
            assert_eq!(answer.status, 200);
            assert!(html.starts_with("<!doctype html>") && html.contains(word), "{html}");
        };
        refused(shop.post(&[], &shop.signed(method, &content)), "CONTEXT_INCONSISTENT");
        shop.act(number, "pay");
        refused(shop.post(&[], &signed), "TRADE_HAS_SUCCESS");
        let mut forged = signed.clone();
        forged.push(("x".to_owned(), "<script>".to_owned()));
        let answer = shop.post(&[], &forged);
        assert!(!String::from_utf8_lossy(&answer.body).contains("<script>"));
        refused(answer, "错误代码 invalid-signature");
        content["out_trade_no"] = json!(format!("{number}_2"));
        content["product_code"] = json!("QR_CODE_OFFLINE");
        refused(shop.post(&[], &shop.signed(method, &content)), "INVALID_PARAMETER");
        shop.sandbox.arm_for_all(Provider::Alipay, crate::fault::Fault::Answer500).wait().unwrap();
        refused(shop.post(&[], &signed), "aop.unknow-error");
    }
}

#[test]
fn trade_no_finds_its_payment() {
    let mut shop = Shop::new();
    shop.precreate("A1", "5.00");
    shop.act("A1", "pay");
    shop.act("A1", "pay_again");
    let trade = shop.trade("A1");
    for paid in &trade.payments {
        let answer = shop.call("alipay.trade.query", &json!({ "trade_no": paid.id, "out_trade_no": "other" }));
        assert_eq!((answer.field("out_trade_no"), answer.field("trade_no")), ("A1", paid.id.as_str()));
        assert_eq!(answer.field("buyer_user_id"), paid.buyer);
    }
    assert_eq!(shop.query("A1").field("trade_no"), trade.payments[0].id);
    let unknown = json!({ "trade_no": "2026112122001000000000000000", "out_trade_no": "A1" });
    assert_eq!(shop.call("alipay.trade.query", &unknown).word(), "ACQ.TRADE_NOT_EXIST");
    // Another app cannot see the trade.
    let mut other = shop.sandbox.config.alipay[0].clone();
    other.app_id = "2021999999999999".to_owned();
    shop.sandbox.config.alipay.push(other);
    shop.app_id = "2021999999999999".to_owned();
    let named = json!({ "trade_no": trade.payments[0].id });
    assert_eq!(shop.call("alipay.trade.query", &named).word(), "ACQ.TRADE_NOT_EXIST");
    assert_eq!(shop.query("A1").word(), "ACQ.TRADE_NOT_EXIST");
}

#[test]
fn query_answers_wrong_amount_that_was_paid() {
    let shop = Shop::new();
    shop.precreate("A1", "5.00");
    shop.act("A1", "pay_wrong_amount");
    let answer = shop.query("A1");
    assert_eq!((answer.field("total_amount"), answer.field("trade_status")), ("4.99", "TRADE_SUCCESS"));
}
