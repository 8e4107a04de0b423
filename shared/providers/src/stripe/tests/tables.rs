//! The tables of `translate`, row by row.

use super::*;

fn read_intent(value: &Value) -> Result<Says, Distrust> {
    translate::intent(&serde_json::from_value::<PaymentIntent>(value.clone()).unwrap(), None)
}

fn read_session(value: &Value) -> Result<Says, Distrust> {
    translate::session(&serde_json::from_value::<Session>(value.clone()).unwrap(), Time::from_unix(NOW + 90).ok())
}

pub fn paid(paid_at: i64) -> Says {
    Says::Paid {
        trade_no: trade_no(INTENT),
        amount: Money::new(990, Currency::USD).unwrap(),
        paid_at: Time::from_unix(paid_at).unwrap(),
        buyer: None,
    }
}

#[test]
fn each_intent_state_has_its_report() {
    let error = json!({"type": "card_error", "code": "card_declined"});
    let tried = |status| with(&intent(status), "last_payment_error", error.clone());
    let on_their_page = |intent: &Value| with(intent, "metadata.method", json!("stripe_checkout"));
    for (intent, says) in [
        (intent("succeeded"), paid(NOW + 60)),
        (tried("succeeded"), paid(NOW + 60)),
        (intent("processing"), Says::Processing),
        (intent("canceled"), Says::Closed { for_good: true }),
        (intent("requires_payment_method"), Says::NotPaid),
        (tried("requires_payment_method"), Says::Failed),
        (on_their_page(&tried("requires_payment_method")), Says::NotPaid),
        (on_their_page(&intent("canceled")), Says::Closed { for_good: false }),
        (on_their_page(&intent("succeeded")), paid(NOW + 60)),
        (intent("requires_confirmation"), Says::NotPaid),
        (intent("requires_action"), Says::NotPaid),
        (tried("requires_action"), Says::NotPaid),
        (intent("requires_capture"), Says::Unknown),
        (intent("SUCCEEDED"), Says::Unknown),
        (intent("paid"), Says::Unknown),
        (intent(""), Says::Unknown),
    ] {
        assert_eq!(read_intent(&intent), Ok(says), "{intent}");
    }
}

#[test]
fn each_session_state_has_its_report() {
    let none = Value::Null;
    let name = json!(INTENT);
    let tried = with(&intent("requires_payment_method"), "last_payment_error", json!({}));
    let closed = Says::Closed { for_good: true };
    for (status, payment, intent, says) in [
        ("open", "unpaid", none.clone(), Says::NotPaid),
        ("open", "unpaid", name.clone(), Says::NotPaid),
        ("open", "unpaid", tried.clone(), Says::NotPaid),
        ("open", "unpaid", intent("processing"), Says::Processing),
        ("open", "unpaid", intent("succeeded"), paid(NOW + 60)),
        ("open", "no_payment_required", none.clone(), Says::NotPaid),
        ("complete", "paid", name.clone(), paid(NOW + 90)),
        ("complete", "paid", intent("succeeded"), paid(NOW + 60)),
        ("complete", "paid", intent("canceled"), Says::Unknown),
        ("complete", "paid", intent("requires_capture"), Says::Unknown),
        ("complete", "unpaid", none.clone(), Says::Processing),
        ("complete", "unpaid", name.clone(), Says::Processing),
        ("complete", "unpaid", intent("processing"), Says::Processing),
        ("complete", "unpaid", intent("requires_action"), Says::Processing),
        ("complete", "unpaid", tried, Says::Failed),
        ("complete", "unpaid", intent("canceled"), Says::Failed),
        ("complete", "no_payment_required", none.clone(), Says::Unknown),
        ("complete", "no_payment_required", name.clone(), Says::Unknown),
        ("complete", "no_payment_required", intent("succeeded"), paid(NOW + 60)),
        ("expired", "unpaid", none.clone(), closed.clone()),
        ("expired", "unpaid", intent("canceled"), closed.clone()),
        ("expired", "unpaid", intent("processing"), Says::Processing),
        ("expired", "paid", name, paid(NOW + 90)),
        ("expired", "no_payment_required", none.clone(), closed),
        ("later", "unpaid", none.clone(), Says::Unknown),
        ("complete", "half", none, Says::Unknown),
    ] {
        assert_eq!(read_session(&session(status, payment, &intent)), Ok(says), "{status} {payment} {intent}");
    }
    let no_status = with(&session("complete", "unpaid", &Value::Null), "status", Value::Null);
    assert_eq!(read_session(&no_status), Ok(Says::Unknown));
}

#[test]
fn payment_without_number_amount_or_time_is_an_error() {
    let paid = session("complete", "paid", &json!(INTENT));
    let succeeded = intent("succeeded");
    for (value, why) in [
        (with(&paid, "payment_intent", Value::Null), Missing("payment_intent")),
        (with(&paid, "amount_total", Value::Null), Missing("amount_total")),
        (with(&paid, "currency", Value::Null), Missing("currency")),
        (with(&paid, "currency", json!("btc")), Malformed("currency")),
        (with(&paid, "payment_intent", json!("p i")), Malformed("payment_intent")),
    ] {
        assert_eq!(read_session(&value), Err(why), "{value}");
    }
    for (value, why) in [
        (with(&succeeded, "amount_received", Value::Null), Missing("amount_received")),
        (with(&succeeded, "currency", json!("isk")), Malformed("amount")),
        (with(&succeeded, "latest_charge.created", json!(-1)), Malformed("time")),
    ] {
        assert_eq!(read_intent(&value), Err(why), "{value}");
    }
}

#[test]
fn payment_has_the_received_amount_and_the_customer() {
    let partly = with(&with(&intent("succeeded"), "amount_received", json!(100)), "customer", json!("cus_1"));
    let Ok(Says::Paid { amount, buyer, .. }) = read_intent(&partly) else { panic!("{partly}") };
    assert_eq!((amount.minor(), buyer.unwrap().as_str()), (100, "cus_1"));
}

#[test]
fn payment_is_dated_by_charge_then_event_then_intent() {
    let named = with(&intent("succeeded"), "latest_charge", json!("ch_1"));
    assert_eq!(read_intent(&named), Ok(paid(NOW)));
    let named: PaymentIntent = serde_json::from_value(named).unwrap();
    assert_eq!(translate::intent(&named, Time::from_unix(NOW + 90).ok()), Ok(paid(NOW + 90)));
    let whole: PaymentIntent = serde_json::from_value(intent("succeeded")).unwrap();
    assert_eq!(translate::intent(&whole, Time::from_unix(NOW + 90).ok()), Ok(paid(NOW + 60)));
}

#[test]
fn refunds_are_reported_one_by_one_or_in_total_without_a_list() {
    let back = |charge: Value| {
        let intent = with(&intent("succeeded"), "latest_charge", charge);
        let intent: PaymentIntent = serde_json::from_value(intent).unwrap();
        let says = translate::back(&intent, "shop-1", ORDER_NO).unwrap();
        says.iter().map(|one| format!("{one:?}").replace("TradeNo(\"pi_3A\")", "pi")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(back(charge(0, &[])), "");
    assert_eq!(back(json!("ch_1")), "");
    let ours = r#"Refund { id: Ours(RefundIndex(1)), trade_no: "pi_3A", amount: 3.00 USD, word: Succeeded }"#;
    let theirs = r#"Refund { id: Theirs("re_2"), trade_no: "pi_3A", amount: 3.00 USD, word: Failed }"#;
    let two = charge(300, &[refund("succeeded"), their_refund("re_2", "failed")]);
    assert_eq!(back(two.clone()), format!("{ours}\n{theirs}"));
    let in_all = r#"BackInAll { trade_no: "pi_3A", amount: 9.00 USD }"#;
    let more = with(&with(&two, "refunds.has_more", json!(true)), "amount_refunded", json!(900));
    assert_eq!(back(more), format!("{ours}\n{theirs}"));
    let unlisted = with(&charge(900, &[]), "refunds", Value::Null);
    assert_eq!(back(unlisted.clone()), in_all);
    let strange = with(&with(&unlisted, "amount_refunded", json!(0)), "refunded", json!(true));
    assert_eq!(back(strange), r#"BackUnclear { trade_no: "pi_3A" }"#);
    assert_eq!(back(with(&unlisted, "amount_refunded", json!(0))), "");
}

#[test]
fn refund_is_ours_only_with_our_deployment_and_its_order() {
    for (place, value) in [
        ("metadata.deployment", json!("shop-2")),
        ("metadata.refund_no", json!("ORD20261121100000TESTTESTR01")),
        ("metadata.refund_no", json!("ORD20261121100000OTHEROTHR1")),
        ("metadata.order_no", json!("ORD20261121100000OTHEROTH")),
        ("metadata.order_no", Value::Null),
        ("metadata", Value::Null),
    ] {
        let one = with(&refund("succeeded"), place, value);
        let one = serde_json::from_value(one).unwrap();
        let says = translate::refund(&one, &trade_no(INTENT), "shop-1", Some(ORDER_NO)).unwrap();
        assert!(format!("{says:?}").contains(r#"Theirs("re_1")"#), "{place}: {says:?}");
    }
}

/// The payment names the order that it was made for, and the refund the one to which a person settled it.
#[test]
fn refund_of_another_order_is_known_by_our_number() {
    let other = "ORD20261121100000OTHEROTH";
    let one = with(&refund("succeeded"), "metadata.order_no", json!(other));
    let one = with(&one, "metadata.refund_no", json!(format!("{other}R1")));
    let one = serde_json::from_value(one).unwrap();
    for (order, expected) in [
        (Some(ORDER_NO), format!(r#"Theirs("{other}R1")"#)),
        (Some(other), "Ours(RefundIndex(1))".to_owned()),
        (None, "Ours(RefundIndex(1))".to_owned()),
    ] {
        let says = translate::refund(&one, &trade_no(INTENT), "shop-1", order).unwrap();
        assert!(format!("{says:?}").contains(&expected), "{order:?}: {says:?}");
    }
}

#[test]
fn each_refund_status_has_its_word() {
    for (status, word) in [
        (Some("pending"), RefundWord::Processing),
        (Some("requires_action"), RefundWord::Abnormal),
        (Some("succeeded"), RefundWord::Succeeded),
        (Some("failed"), RefundWord::Failed),
        (Some("canceled"), RefundWord::Failed),
        (Some("cancelled"), RefundWord::Unclear),
        (Some(""), RefundWord::Unclear),
        (None, RefundWord::Unclear),
    ] {
        assert_eq!(translate::refund_word(status), word, "{status:?}");
    }
}

#[test]
fn each_dispute_status_has_its_state() {
    for (status, state) in [
        ("warning_needs_response", DisputeState::Opened),
        ("warning_under_review", DisputeState::Opened),
        ("warning_closed", DisputeState::Won),
        ("needs_response", DisputeState::Opened),
        ("under_review", DisputeState::Opened),
        ("charge_refunded", DisputeState::Won),
        ("won", DisputeState::Won),
        ("lost", DisputeState::Lost),
        ("prevented", DisputeState::Opened),
        ("new_word", DisputeState::Opened),
    ] {
        assert_eq!(translate::dispute_state(status), state, "{status}");
    }
}

fn said(kind: &str, code: Option<&str>, param: Option<&str>) -> Said {
    let own = |text: &str| text.to_owned();
    Said { kind: Some(own(kind)), code: code.map(own), param: param.map(own) }
}

#[test]
fn each_error_has_its_verdict() {
    const INVALID: &str = "invalid_request_error";
    for (status, should_retry, kind, code, verdict) in [
        (400, None, INVALID, None, Final),
        (400, None, INVALID, Some("amount_too_small"), Final),
        (400, None, INVALID, Some("payment_intent_unexpected_state"), Final),
        (400, Some(false), INVALID, None, Final),
        (400, Some(true), INVALID, None, Retry),
        (400, None, INVALID, Some("parameter_unknown"), OurFault),
        (400, None, INVALID, Some("url_invalid"), OurFault),
        (400, None, "api_error", None, Ask),
        (400, None, "idempotency_error", None, OurFault),
        (409, None, "idempotency_error", None, OurFault),
        (401, None, INVALID, None, OurFault),
        (402, None, "card_error", Some("card_declined"), Final),
        (403, None, INVALID, None, OurFault),
        (404, None, INVALID, Some("resource_missing"), Final),
        (409, None, INVALID, Some("lock_timeout"), Retry),
        (409, Some(false), INVALID, Some("lock_timeout"), Ask),
        (429, None, INVALID, Some("rate_limit"), Retry),
        (429, Some(false), INVALID, Some("rate_limit"), Ask),
        (500, None, "api_error", None, Ask),
        (500, Some(true), "api_error", None, Retry),
        (503, Some(false), "api_error", None, Ask),
        (301, None, "", None, Ask),
        (204, None, "", None, Ask),
        (418, None, "", None, Ask),
    ] {
        assert_eq!(
            translate::verdict(status, should_retry, &said(kind, code, None)),
            verdict,
            "{status} {should_retry:?} {code:?}"
        );
    }
}

#[test]
fn each_refund_refusal_has_its_word() {
    const INVALID: &str = "invalid_request_error";
    for (kind, code, param, word) in [
        (INVALID, Some("balance_insufficient"), None, Some(RefundWord::NoBalance)),
        (INVALID, Some("insufficient_funds"), None, Some(RefundWord::NoBalance)),
        (INVALID, Some("charge_already_refunded"), None, Some(RefundWord::Failed)),
        (INVALID, Some("charge_disputed"), None, Some(RefundWord::Failed)),
        (INVALID, Some("refund_disputed_payment"), None, Some(RefundWord::Failed)),
        (INVALID, Some("amount_too_large"), Some("amount"), Some(RefundWord::Failed)),
        (INVALID, None, Some("amount"), Some(RefundWord::Failed)),
        (INVALID, None, Some("payment_intent"), None),
        (INVALID, None, None, None),
        (INVALID, Some("resource_missing"), Some("payment_intent"), None),
        (INVALID, Some("payment_intent_unexpected_state"), None, None),
        ("api_error", None, Some("amount"), None),
        ("card_error", Some("card_declined"), None, None),
    ] {
        assert_eq!(translate::refund_refused(&said(kind, code, param)), word, "{kind} {code:?} {param:?}");
    }
}
