//! Callbacks and the buyer's return address: their fields and signatures.

use super::*;

fn callbacks(shop: &Shop, number: &str) -> (Trade, Vec<Pairs>) {
    let trade = shop.trade(number);
    let read = trade.callbacks.iter().map(|callback| {
        let (pairs, is_signed) = shop.read_callback(&trade, callback, Signing::Valid);
        assert!(is_signed);
        assert_eq!((callback.url.as_str(), callback.id.as_str()), (NOTIFY_URL, of(&pairs, "notify_id")));
        assert_eq!(callback.kind, of(&pairs, "trade_status"));
        pairs
    });
    let read = read.collect();
    (trade, read)
}

#[test]
fn payment_callback_has_all_fields() {
    let shop = Shop::new();
    let mut content = order("A1", "88.80");
    content["passback_params"] = json!("a%3D1+2");
    content["body"] = json!("说明 + 100% & more");
    assert_eq!(shop.call("alipay.trade.precreate", &content).code(), "10000");
    shop.act("A1", "pay");
    let (trade, forms) = callbacks(&shop, "A1");
    assert_eq!(forms.len(), 1);
    let paid = &trade.payments[0];
    for (name, value) in [
        ("trade_status", "TRADE_SUCCESS"),
        ("notify_type", "trade_status_sync"),
        ("sign_type", "RSA2"),
        ("charset", "utf-8"),
        ("version", "1.0"),
        ("app_id", &shop.app_id),
        ("auth_app_id", &shop.app_id),
        ("seller_id", &shop.seller_id),
        ("out_trade_no", "A1"),
        ("trade_no", &paid.id),
        ("buyer_id", &paid.buyer),
        ("subject", "会员：一个月 {\"a\"}"),
        ("body", "说明 + 100% & more"),
        ("passback_params", "a%3D1+2"),
        ("total_amount", "88.80"),
        ("receipt_amount", "88.80"),
        ("buyer_pay_amount", "88.80"),
        ("gmt_payment", &time::alipay(paid.at)),
        ("fund_bill_list", "[{\"amount\":\"88.80\",\"fundChannel\":\"ALIPAYACCOUNT\"}]"),
    ] {
        assert_eq!(of(&forms[0], name), value, "{name}");
    }
    assert_eq!(of(&forms[0], "notify_id").len(), 34);
    assert!(forms[0].iter().all(|(name, value)| !value.is_empty() && !name.starts_with("refund")));
    let names: Vec<&String> = forms[0].iter().map(|(name, _)| name).collect();
    assert!(!names.is_sorted(), "a merchant has to sort them");
}

#[test]
fn each_attempt_is_signed_anew_and_invalid_signature_does_not_verify() {
    let shop = Shop::new();
    shop.precreate("A1", "1.00");
    shop.act("A1", "pay");
    let trade = shop.trade("A1");
    let (first, _) = shop.read_callback(&trade, &trade.callbacks[0], Signing::Valid);
    shop.later(600);
    let (second, is_signed) = shop.read_callback(&trade, &trade.callbacks[0], Signing::Valid);
    assert!(is_signed);
    assert_eq!(of(&first, "notify_id"), of(&second, "notify_id"));
    assert_ne!(of(&first, "notify_time"), of(&second, "notify_time"));
    for signing in [Signing::Invalid, Signing::Probe] {
        let (wrong, is_signed) = shop.read_callback(&trade, &trade.callbacks[0], signing);
        assert!(!is_signed);
        assert_eq!(of(&wrong, "sign").len(), of(&first, "sign").len());
    }
    for (at, (name, _)) in first.iter().enumerate() {
        if name != "sign" && name != "sign_type" {
            let mut changed = first.clone();
            changed[at].1.push('0');
            assert!(!shop.is_signed(&changed), "{name}");
        }
    }
    let delivery =
        Delivery { trade: trade.key(), callback: trade.callbacks[0].id.clone(), nth: 0, copy: String::new() };
    shop.sandbox.deliver(&delivery).wait().unwrap();
    let posted = shop.sandbox.ports.posted.borrow().clone();
    assert_eq!((posted.len(), posted[0].1.url.as_str(), shop.received(&posted[0].1).1), (1, NOTIFY_URL, true));
    assert!(shop.trade("A1").callbacks[0].is_accepted());
}

#[test]
fn refund_callback_has_sum_and_last_one_is_closed() {
    let shop = Shop::new();
    shop.precreate("A1", "10.00");
    shop.act("A1", "pay");
    shop.refund("A1", "3.00", "R1");
    shop.refund("A1", "3.00", "R1");
    shop.act("A1", "faults/refund_later");
    shop.refund("A1", "1.00", "R2");
    let (_, forms) = callbacks(&shop, "A1");
    assert_eq!(forms.len(), 2);
    shop.act("A1", "finish_refund");
    shop.act("A1", "refund_on_platform");
    shop.refund("A1", "3.00", "R3");
    let (trade, forms) = callbacks(&shop, "A1");
    let fields: Vec<[&str; 4]> = forms
        .iter()
        .map(|one| ["trade_status", "refund_fee", "out_biz_no", "total_amount"].map(|name| of(one, name)))
        .collect();
    assert_eq!(
        fields,
        [
            ["TRADE_SUCCESS", "-", "-", "10.00"],
            ["TRADE_SUCCESS", "3.00", "R1", "10.00"],
            ["TRADE_SUCCESS", "4.00", "R2", "10.00"],
            ["TRADE_SUCCESS", "7.00", &trade.refunds[2].id, "10.00"],
            ["TRADE_CLOSED", "10.00", "R3", "10.00"],
        ]
    );
    for (at, one) in forms.iter().enumerate().skip(1) {
        assert_eq!(of(one, "gmt_refund").len(), "2026-11-21 10:00:00.123".len());
        assert_eq!(of(one, "gmt_close") == "-", at < 4);
        assert_eq!(of(one, "trade_no"), trade.payments[0].id);
    }
    shop.act("A1", "fail_refund");
    assert_eq!(callbacks(&shop, "A1").1.len(), 5);
}

#[test]
fn callbacks_of_second_payment_and_wrong_amount_have_real_amounts() {
    let shop = Shop::new();
    shop.precreate("A1", "10.00");
    shop.act("A1", "pay_wrong_amount");
    shop.act("A1", "pay_again");
    let (trade, forms) = callbacks(&shop, "A1");
    let fields: Vec<[&str; 2]> =
        forms.iter().map(|one| ["trade_no", "total_amount"].map(|name| of(one, name))).collect();
    let expected = [[trade.payments[0].id.as_str(), "9.99"], [trade.payments[1].id.as_str(), "10.00"]];
    assert_eq!(fields, expected);
}

#[test]
fn trade_without_notify_url_causes_no_callback() {
    let shop = Shop::new();
    let mut pairs = shop.unsigned("alipay.trade.precreate", &order("A1", "1.00"));
    pairs.retain(|(name, _)| name != "notify_url");
    shop.post(&[], &shop.seal(pairs));
    shop.act("A1", "pay");
    assert!(shop.trade("A1").callbacks.is_empty());
}

#[test]
fn return_url_is_signed_with_payment() {
    let shop = Shop::new();
    for (number, method, product) in [("A1", "page", "FAST_INSTANT_TRADE_PAY"), ("A2", "wap", "QUICK_WAP_WAY")] {
        let mut content = order(number, "5.00");
        content["product_code"] = json!(product);
        shop.post(&[], &shop.signed(&format!("alipay.trade.{method}.pay"), &content));
        let trade = shop.trade(number);
        assert_eq!(provider::return_url(&shop.sandbox.config, &trade, shop.now()), None);
        let pay = browser("POST", &format!("/mock/simulate-payment/{number}"));
        let answer = shop.sandbox.handle(&pay).wait();
        assert_eq!(answer.status, 303);
        let url = answer.headers[0].1.clone();
        let query = url.strip_prefix("https://shop.test/thanks?lang=zh&").unwrap().strip_suffix("#top").unwrap();
        let pairs = form(query.as_bytes());
        let trade = shop.trade(number);
        for (name, value) in [
            ("out_trade_no", number),
            ("trade_no", &trade.payments[0].id),
            ("total_amount", "5.00"),
            ("seller_id", &shop.seller_id),
            ("app_id", &shop.app_id),
            ("method", &format!("alipay.trade.{method}.pay.return")),
            ("sign_type", "RSA2"),
        ] {
            assert_eq!(of(&pairs, name), value, "{name}");
        }
        assert!(shop.is_signed(&pairs) && time::parse_alipay(of(&pairs, "timestamp")).is_some());
    }
}
