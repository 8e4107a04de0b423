//! Refunds.

use till_app::ports::Unanswered;
use till_domain::order::{DisputeState, RefundWord, Says};
use till_domain::text::DisputeNo;
use till_memory::{CallKind, Fault, ProviderCall};

use super::*;

fn all() -> Event {
    Event::read("refund-order.all")
}

fn part() -> Event {
    Event::read("refund-order.part")
}

fn of(amount: &str) -> Event {
    all().field("amount", amount)
}

#[test]
fn refund_without_an_amount_is_of_the_whole_payment() {
    let shop = paid();
    play(&shop, &all()).is(
        200,
        r#"{"order_no":"ORD20250101120000P78EZM44","refund_no":"ORD20250101120000P78EZM44R1","state":"processing",
        "amount":99.00,"amount_minor":9900,"currency":"CNY","order":{"order_no":"ORD20250101120000P78EZM44",
        "status":"paid","fulfilment":"granted","amount":99.00,"amount_minor":9900,"refunded_amount":0.00,"currency":"CNY",
        "payment_method":"wechat_native","payment_time":"2025-01-01T12:00:00+08:00",
        "created_at":"2025-01-01T12:00:00+08:00","expire_at":"2025-01-01T12:30:00+08:00","on_hold":false,
        "product":{"product_type":"membership","product_id":"1","name":"Pro, 30 days"},
        "attempt":{"method":"wechat_native","state":"paid"},
        "can_retry":false,"can_cancel":false,"attempts_left":0,"server_time":"2025-01-01T12:00:00+08:00","user_id":"u1","holds":[],
        "payments":[{"trade_no":"T1","payment_no":"ORD20250101120000P78EZM44","provider":"wechat","account":"main",
        "amount":99.00,"amount_minor":9900,"currency":"CNY","role":"kept","refunded_amount":0.00,
        "paid_at":"2025-01-01T12:00:00+08:00"}],
        "refunds":[{"refund_no":"ORD20250101120000P78EZM44R1","trade_no":"T1","state":"processing","amount":99.00,
        "amount_minor":9900,"currency":"CNY","revoke":false,"reason":"客户申请","at":"2025-01-01T12:00:00+08:00"}]}}"#,
    );
}

#[test]
fn refund_of_an_order_with_odd_money_names_its_payment_and_the_route_that_decides() {
    let shop = ordered();
    play(&shop, &all()).is(
        409,
        r#"{"code":409,"error":"not_paid","msg":"订单没有可退的支付","request_id":"JKJaXmPLvHcESHA=","data":null}"#,
    );
    shop.pay_amount(first(), cny(9_899));
    play(&shop, &all()).is(
        409,
        r#"{"code":409,"error":"not_paid","msg":"订单没有可退的支付","request_id":"JKJaXmPLvHcESHA=",
        "data":{"trade_no":"T1","hold":"odd_payment","route":"resolve-hold"}}"#,
    );
    let by_number = all().field("trade_no", r#""T1""#);
    assert_eq!(play(&shop, &by_number).json()["amount_minor"], 9_899);
}

#[test]
fn partial_refund_can_revoke_the_goods_and_the_rest_be_refunded_later() {
    let shop = paid();
    shop.script.lines(|lines| lines.refund = Some(Ok(RefundWord::Succeeded)));
    let answer = play(&shop, &part());
    assert!(answer.body().contains(r#""state":"succeeded","amount":40.00,"amount_minor":4000,"#), "{}", answer.body());
    let order = answer.json()["order"].clone();
    assert_eq!((&order["status"], &order["fulfilment"]), (&"paid".into(), &"revoking".into()));
    assert!(answer.body().contains(r#""refunded_amount":40.00"#), "{}", answer.body());
    let rest = play(&shop, &all().header("idempotency-key", "another")).json();
    assert_eq!((&rest["amount_minor"], &rest["order"]["status"]), (&5900.into(), &"refunded".into()));
}

#[test]
fn same_key_and_body_is_the_same_refund_and_another_body_a_conflict() {
    let shop = paid();
    let first_answer = play(&shop, &part());
    assert_eq!(play(&shop, &part()).body(), first_answer.body());
    assert_eq!(shop.stored(first()).refunds.len(), 1);
    for body in [
        r#"{"order_no":"ORD20250101120000P78EZM44","amount":41,"reason":"half of it was broken","revoke":true}"#,
        r#"{"order_no":"ORD20250101120000P78EZM44","amount":40,"reason":"half of it was broken"}"#,
        r#"{"order_no":"ORD20250101120000P78EZM44","amount":40,"reason":"another","revoke":true}"#,
        r#"{"order_no":"ORD20250101120000P78EZM44","reason":"half of it was broken","revoke":true}"#,
    ] {
        play(&shop, &part().body(body)).is_problem(409, "idempotency_conflict");
    }
    // The same amount may be written in another way.
    let same =
        r#"{"order_no":"ORD20250101120000P78EZM44","amount":"40.0","reason":"half of it was broken","revoke":true}"#;
    assert_eq!(play(&shop, &part().body(same)).body(), first_answer.body());
}

#[test]
fn refund_without_a_valid_key_is_refused() {
    play(&paid(), &Event::read("refund-order.without-key")).is(
        400,
        r#"{"code":400,"error":"idempotency_key_required","msg":"缺少 Idempotency-Key 请求头","request_id":"JKJaXmPLvHcESHA=",
        "data":null}"#,
    );
    play(&paid(), &all().header("idempotency-key", &"k".repeat(256))).is_bad_field("Idempotency-Key");
}

#[test]
fn amount_is_read_from_its_literal_text() {
    let shop = paid();
    for amount in
        ["-1", "-0.01", "0", "0.00", "1e1", "40.001", "\"\"", "\"1,00\"", "\"４０\"", "true", "[1]", "\" 40\""]
    {
        play(&shop, &of(amount)).is_bad_field("amount");
    }
    play(&shop, &of("100000000000000000000.00")).is_problem(400, "amount_too_large");
    play(&shop, &of("99.01")).is(
        422,
        r#"{"code":422,"error":"refund_exceeds_paid","msg":"退款金额超过可退金额","request_id":"JKJaXmPLvHcESHA=",
        "data":{"limit_minor":9900,"currency":"CNY"}}"#,
    );
    assert_eq!(shop.stored(first()).refunds.len(), 0);
    // As a floating-point number this would be 29.00.
    assert_eq!(play(&shop, &of("28.999999999999999999999999")).status(), 400);
    assert_eq!(play(&shop, &of("0.07")).json()["amount_minor"], 7);
}

#[test]
fn invalid_field_is_named() {
    for (field, value) in [
        ("order_no", ""),
        ("order_no", r#""ORD1""#),
        ("reason", ""),
        ("reason", "\"\""),
        ("revoke", r#""yes""#),
        ("trade_no", r#"" ""#),
    ] {
        play(&paid(), &all().field(field, value)).is_bad_field(field);
    }
}

#[test]
fn order_without_a_refundable_payment_is_refused() {
    play(&Shop::new(), &all()).is_problem(404, "order_not_found");
    play(&ordered(), &all()).is_problem(409, "not_paid");
    play(&paid(), &all().field("trade_no", r#""T77""#)).is_problem(409, "not_paid");
    for (word, problem) in [(RefundWord::Processing, "refund_in_progress"), (RefundWord::Succeeded, "already_refunded")]
    {
        let shop = paid();
        shop.script.lines(|lines| lines.refund = Some(Ok(word)));
        assert_eq!(play(&shop, &all()).status(), 200);
        play(&shop, &all().header("idempotency-key", "another")).is_problem(409, problem);
    }
}

#[test]
fn disputed_payment_is_not_refunded() {
    let shop = paid();
    let dispute = Says::Dispute {
        no: DisputeNo::parse("D1").unwrap(),
        trade_no: TradeNo::parse("T1").unwrap(),
        amount: cny(9_900),
        state: DisputeState::Opened,
    };
    shop.hears(first(), dispute);
    play(&shop, &all()).is_problem(409, "on_hold");
}

/// 90.00 was paid for an order of 99.00, so no payment is kept.
#[test]
fn odd_payment_is_refunded_by_its_number() {
    let shop = ordered();
    shop.pay_amount(first(), cny(9_000));
    play(&shop, &all()).is_problem(409, "not_paid");
    let answer = play(&shop, &Event::read("refund-order.odd-payment")).json();
    assert_eq!((&answer["amount_minor"], &answer["state"]), (&9000.into(), &"processing".into()));
}

#[test]
fn amount_is_in_the_currency_of_its_payment() {
    let shop = ordered();
    shop.pay_amount(first(), Money::new(9_000, Currency::JPY).unwrap());
    let by_number = |amount: &str| of(amount).field("trade_no", r#""T1""#);
    play(&shop, &by_number("90.00")).is_bad_field("amount");
    let answer = play(&shop, &by_number("4000")).json();
    assert_eq!((&answer["amount_minor"], &answer["currency"]), (&4000.into(), &"JPY".into()));
}

/// The refund is written before it is sent, so the sweep can send it again under the same number.
#[test]
fn refund_stays_requested_if_the_provider_is_silent() {
    let shop = paid();
    shop.script.lines(|lines| lines.refund = Some(Err(Unanswered)));
    let answer = play(&shop, &all()).json();
    assert_eq!((&answer["state"], &answer["refund_no"]), (&"requested".into(), &format!("{FIRST}R1").into()));
    let calls = shop.script.lines(|lines| lines.calls.clone());
    assert_eq!(calls.iter().filter(|call| matches!(call, ProviderCall::Refund(_))).count(), 1);
}

#[test]
fn order_has_fifty_refunds_at_most() {
    let shop = paid();
    for n in 1..=50 {
        assert_eq!(play(&shop, &of("0.01").header("idempotency-key", &format!("k{n}"))).status(), 200);
    }
    play(&shop, &of("0.01").header("idempotency-key", "k51")).is_problem(409, "too_many_refunds");
}

#[test]
fn silent_store_is_unavailable() {
    let shop = paid();
    shop.fail(CallKind::SaveOrder, Fault::After);
    play(&shop, &all()).is_problem(503, "unavailable");
    // The write took effect, and the same key finds it.
    assert_eq!(play(&shop, &all()).json()["refund_no"], format!("{FIRST}R1"));
    assert_eq!(shop.stored(first()).refunds.len(), 1);
}
