//! Requests, byte for byte, and the checks of answers.

use super::*;

fn number() -> PaymentNo {
    PaymentNo::parse(ORDER_NO).unwrap()
}

fn open(method: Method, sold: &Sold, payer: &Payer, minutes: u32) -> Result<Request, Error> {
    let order = order_until(now().plus(Seconds::minutes(minutes)), method, Currency::USD, None);
    merchant().ask_to_open(&NewTrade { sold, ..new_trade(&order, payer) }, now())
}

#[test]
fn session_request_has_these_headers_and_fields() {
    let payer = Payer::default();
    let sold = sold(990, Currency::USD);
    let request = open(Method::StripeCheckout, &sold, &payer, 120).unwrap();
    assert_eq!(
        (request.verb, &*request.base, &*request.target),
        (Verb::Post, "https://api.stripe.com", "/v1/checkout/sessions")
    );
    assert_eq!(header(&request, "Authorization"), "Bearer sk_test_0123456789");
    assert_eq!(header(&request, "Stripe-Version"), "2026-08-26.dahlia");
    assert_eq!(header(&request, "Content-Type"), "application/x-www-form-urlencoded");
    let expected = [
        "mode=payment",
        "client_reference_id=ORD20261121100000TESTTEST",
        "line_items[0][quantity]=1",
        "line_items[0][price_data][currency]=usd",
        "line_items[0][price_data][unit_amount]=990",
        "line_items[0][price_data][product_data][name]=100 点数",
        "expires_at=1795233600",
        "success_url=https://shop.example/thanks",
        "cancel_url=https://shop.example/back",
        "payment_method_types[0]=card",
        "metadata[deployment]=shop-1",
        "metadata[order_no]=ORD20261121100000TESTTEST",
        "metadata[payment_no]=ORD20261121100000TESTTEST",
        "metadata[method]=stripe_checkout",
        "metadata[expire_at]=1795233600",
        "payment_intent_data[metadata][deployment]=shop-1",
        "payment_intent_data[metadata][order_no]=ORD20261121100000TESTTEST",
        "payment_intent_data[metadata][payment_no]=ORD20261121100000TESTTEST",
        "payment_intent_data[metadata][method]=stripe_checkout",
        "payment_intent_data[metadata][expire_at]=1795233600",
    ];
    assert_eq!(body(&request), expected.join("&"));
    let raw = String::from_utf8(request.body.clone()).unwrap();
    assert!(raw.contains("name%5D=100%20%E7%82%B9%E6%95%B0&"), "{raw}");
}

#[test]
fn intent_request_has_these_fields() {
    let sold = sold(500, Currency::JPY);
    let request = open(Method::StripeIntent, &sold, &Payer::default(), 30).unwrap();
    assert_eq!(request.target, "/v1/payment_intents");
    let expected = [
        "amount=500",
        "currency=jpy",
        "description=100 点数",
        "payment_method_types[0]=card",
        "metadata[deployment]=shop-1",
        "metadata[order_no]=ORD20261121100000TESTTEST",
        "metadata[payment_no]=ORD20261121100000TESTTEST",
        "metadata[method]=stripe_intent",
        "metadata[expire_at]=1795228200",
    ];
    assert_eq!(body(&request), expected.join("&"));
}

#[test]
fn session_lives_at_least_35_minutes_and_prefers_the_requests_return_url() {
    let sold = sold(990, Currency::USD);
    let back = Payer { return_url: Some("https://app.example/o?a=1&b=2#x".to_owned()), ..Payer::default() };
    let request = open(Method::StripeCheckout, &sold, &back, 5).unwrap();
    let text = String::from_utf8(request.body.clone()).unwrap();
    assert!(text.contains(&format!("&expires_at={}&", NOW + 35 * 60)), "{text}");
    for place in ["success_url", "cancel_url"] {
        let field = format!("&{place}=https%3A%2F%2Fapp.example%2Fo%3Fa%3D1%26b%3D2%23x&");
        assert!(text.contains(&field), "{text}");
    }
}

#[test]
fn session_leads_a_buyer_who_gives_up_to_the_requests_cancel_url() {
    let (done, gone) = ("https://app.example/done", "https://app.example/gone");
    let payer = Payer { return_url: Some(done.to_owned()), cancel_url: Some(gone.to_owned()), ..Payer::default() };
    let request = open(Method::StripeCheckout, &sold(990, Currency::USD), &payer, 60).unwrap();
    let text = body(&request);
    assert!(text.contains(&format!("success_url={done}&cancel_url={gone}&")), "{text}");
}

#[test]
fn session_lives_at_most_five_minutes_less_than_a_day() {
    let sold = sold(990, Currency::USD);
    for (minutes, expected) in [(23 * 60, 23 * 60), (24 * 60, 24 * 60 - 5), (60 * 24 * 30, 24 * 60 - 5)] {
        let request = open(Method::StripeCheckout, &sold, &Payer::default(), minutes).unwrap();
        let field = format!("&expires_at={}&", NOW + expected * 60);
        assert!(body(&request).contains(&field), "{minutes}");
    }
}

#[test]
fn each_body_has_its_own_idempotency_key() {
    let sold = sold(990, Currency::USD);
    let back = Payer { return_url: Some("https://app.example/".to_owned()), ..Payer::default() };
    let plain = Payer::default();
    let key = |method, payer, minutes| {
        let request = open(method, &sold, payer, minutes).unwrap();
        header(&request, "Idempotency-Key").to_owned()
    };
    let first = key(Method::StripeCheckout, &plain, 60);
    assert!(first.starts_with("till:shop-1:ORD20261121100000TESTTEST:create:") && first.len() <= 255, "{first}");
    assert_eq!(key(Method::StripeCheckout, &plain, 60), first);
    let others = [
        key(Method::StripeCheckout, &plain, 61),
        key(Method::StripeCheckout, &back, 60),
        key(Method::StripeIntent, &plain, 60),
    ];
    assert!(!others.contains(&first), "{others:?}");
}

#[test]
fn trade_that_cannot_be_opened_is_not_sent() {
    let kwd = Currency::parse("KWD").unwrap();
    let payer = Payer::default();
    let odd = open(Method::StripeIntent, &sold(1_005, kwd), &payer, 30).unwrap_err();
    assert_eq!(odd, Error::Cannot("Stripe does not take this price exactly"));
    assert!(open(Method::StripeIntent, &sold(1_010, kwd), &payer, 30).is_ok());
    let wrong = open(Method::AlipayQr, &sold(990, Currency::CNY), &payer, 30).unwrap_err();
    assert_eq!(wrong, Error::Cannot("this method is not Stripe's"));
    let mut settings = settings();
    settings.success_url = None;
    let nowhere = parse(&settings, AccountMode::Test).unwrap();
    let order = order(Method::StripeCheckout, None);
    assert!(matches!(nowhere.ask_to_open(&new_trade(&order, &payer), now()), Err(Error::Cannot(_))));
}

#[test]
fn each_other_request_has_its_target_and_no_key() {
    let merchant = merchant();
    let (session, intent) = (Id::session(SESSION).unwrap(), Id::intent(INTENT).unwrap());
    let refund = Id::refund("re_1").unwrap();
    let parts = "expand%5B%5D=latest_charge&expand%5B%5D=latest_charge.refunds";
    let deep = "expand%5B%5D=payment_intent.latest_charge&expand%5B%5D=payment_intent.latest_charge.refunds";
    for (request, verb, target, body) in [
        (merchant.ask_session(session), Verb::Get, format!("/v1/checkout/sessions/cs_test_a1?{deep}"), ""),
        (merchant.ask_intent(intent), Verb::Get, format!("/v1/payment_intents/pi_3A?{parts}"), ""),
        (merchant.ask_to_expire(session), Verb::Post, "/v1/checkout/sessions/cs_test_a1/expire".to_owned(), deep),
        (merchant.ask_to_cancel(intent), Verb::Post, "/v1/payment_intents/pi_3A/cancel".to_owned(), parts),
        (merchant.ask_refunds(intent, None), Verb::Get, "/v1/refunds?payment_intent=pi_3A&limit=100".to_owned(), ""),
        (
            merchant.ask_refunds(intent, Some(refund)),
            Verb::Get,
            "/v1/refunds?payment_intent=pi_3A&limit=100&starting_after=re_1".to_owned(),
            "",
        ),
        (merchant.ask_refund(refund), Verb::Get, "/v1/refunds/re_1".to_owned(), ""),
    ] {
        assert_eq!((request.verb, &request.target), (verb, &target));
        assert_eq!(String::from_utf8_lossy(&request.body), body, "{target}");
        assert_eq!(header(&request, "Idempotency-Key"), "", "{target}");
        assert_eq!(header(&request, "Stripe-Version"), "2026-08-26.dahlia");
    }
}

#[test]
fn repeated_refund_has_the_same_body_and_key() {
    let number = RefundNo::parse(REFUND_NO).unwrap();
    let request = merchant().ask_to_refund(number, Id::intent(INTENT).unwrap(), 300, None);
    assert_eq!(header(&request, "Idempotency-Key"), "till:ORD20261121100000TESTTESTR1:refund");
    let expected = "payment_intent=pi_3A&amount=300&metadata[deployment]=shop-1\
        &metadata[order_no]=ORD20261121100000TESTTEST&metadata[refund_no]=ORD20261121100000TESTTESTR1";
    assert_eq!(body(&request), expected);
    let again = merchant().ask_to_refund(number, Id::intent(INTENT).unwrap(), 300, Some(7));
    assert_eq!(header(&again, "Idempotency-Key"), "till:ORD20261121100000TESTTESTR1:refund:7");
    assert_eq!(again.body, request.body);
}

#[test]
fn idempotency_key_has_at_most_255_characters() {
    let mut settings = settings();
    settings.deployment = "d".repeat(64);
    let merchant = parse(&settings, AccountMode::Test).unwrap();
    let number = RefundNo::parse("ORD20261121100000TESTTESTR99").unwrap();
    let request = merchant.ask_to_refund(number, Id::intent(INTENT).unwrap(), 1, Some(u32::MAX));
    assert!(header(&request, "Idempotency-Key").len() <= 255);
}

#[test]
fn id_with_other_characters_is_refused() {
    assert!(Id::intent("pi_3MtwBwLkdIwHu7ix28a3tqPa").is_some());
    assert!(Id::refund("pyr_1").is_some());
    for text in ["", "pi_", "pi", "cs_1", "pi_1/../../x", "pi_1?x", "pi_1%2e", "pi_1 ", "pi_é", "PI_1"] {
        assert!(Id::intent(text).is_none(), "{text:?}");
    }
}

#[test]
fn answer_about_another_object_or_payment_is_rejected() {
    let merchant = merchant();
    let id = Id::session(SESSION);
    let good = session("complete", "paid", &intent("succeeded"));
    let check = |value: &Value| {
        let session: Session = serde_json::from_value(value.clone()).unwrap();
        merchant.check_session(&session, id, number())
    };
    assert_eq!(check(&good), Ok(()));
    let other = json!("ORD20261121100000OTHEROTH");
    for (place, value, why) in [
        ("id", json!("cs_test_b2"), OtherSubject("id")),
        ("livemode", json!(true), OtherMerchant("livemode")),
        ("client_reference_id", other.clone(), OtherSubject("client_reference_id")),
        ("metadata", Value::Null, Missing("metadata")),
        ("metadata.deployment", json!("shop-2"), OtherMerchant("metadata.deployment")),
        ("metadata.deployment", Value::Null, OtherMerchant("metadata.deployment")),
        ("metadata.payment_no", other.clone(), OtherSubject("metadata.payment_no")),
        ("payment_intent.livemode", json!(true), OtherMerchant("livemode")),
        ("payment_intent.metadata.payment_no", other, OtherSubject("metadata.payment_no")),
        ("payment_intent.id", json!("px_1"), OtherSubject("id")),
    ] {
        assert_eq!(check(&with(&good, place, value)), Err(why), "{place}");
    }
    let other_intent: PaymentIntent =
        serde_json::from_value(with(&intent("succeeded"), "id", json!("pi_other"))).unwrap();
    let why = merchant.check_intent(&other_intent, Id::intent(INTENT), number());
    assert_eq!(why, Err(OtherSubject("id")));
}

#[test]
fn opened_trade_must_have_the_requested_price() {
    let asked = Money::new(990, Currency::USD).unwrap();
    assert_eq!(check_price(asked, Some(990), Some("usd")), Ok(()));
    for (amount, currency, why) in [
        (Some(991), Some("usd"), OtherSubject("amount")),
        (Some(990), Some("eur"), OtherSubject("amount")),
        (None, Some("usd"), Missing("amount")),
        (Some(990), None, Missing("amount")),
        (Some(990), Some("btc"), Malformed("currency")),
    ] {
        assert_eq!(check_price(asked, amount, currency), Err(why));
    }
}

#[test]
fn each_error_answer_has_its_verdict() {
    let error = |status, headers: &[(&str, &str)], body: &str| {
        let refused = read::<Session>(&answer(status, headers, body)).err().unwrap();
        format!("{} {:?}", refused.error, refused.error.verdict())
    };
    let said = r#"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such: 'x'"}}"#;
    assert_eq!(error(404, &[], said), "the provider said resource_missing (HTTP 404) Final");
    assert_eq!(error(500, &[("stripe-should-retry", "true")], "{}"), "the provider said (no code) (HTTP 500) Retry");
    assert_eq!(error(500, &[("stripe-should-retry", "false")], "<html>"), "the provider said (no code) (HTTP 500) Ask");
    assert_eq!(error(400, &[], r#"{"error":{"type":"card_error"}}"#), "the provider said card_error (HTTP 400) Final");
    assert_eq!(error(200, &[], "<html>"), "the answer was not believed Ask");
    assert_eq!(error(200, &[], ""), "the answer was not believed Ask");
    assert_eq!(error(302, &[], ""), "the provider said (no code) (HTTP 302) Ask");
}

#[test]
fn duplicate_or_mistyped_field_is_refused() {
    let good = intent("succeeded").to_string();
    assert!(serde_json::from_str::<PaymentIntent>(&good).is_ok());
    assert!(serde_json::from_str::<PaymentIntent>(&good.replacen('{', r#"{"new_field":{"a":[1]},"#, 1)).is_ok());
    for bad in [
        good.replacen('{', r#"{"status":"canceled","#, 1),
        good.replacen('{', r#"{"amount_received":990,"#, 1),
        good.replacen(r#""metadata":{"#, r#""metadata":{"payment_no":"x","#, 1),
        good.replacen(r#""latest_charge":{"#, r#""latest_charge":{"created":1,"#, 1),
        good.replace(r#""amount_received":990"#, r#""amount_received":990.0"#),
        good.replace(r#""amount_received":990"#, r#""amount_received":"990""#),
        good.replace(r#""amount_received":990"#, r#""amount_received":-990"#),
        good.replace(r#""amount_received":990"#, r#""amount_received":9.9e2"#),
        good.replace(r#""amount_received":990"#, r#""amount_received":99999999999999999999"#),
        good.replace(r#""livemode":false"#, r#""livemode":0"#),
    ] {
        assert_ne!(bad, good);
        assert!(serde_json::from_str::<PaymentIntent>(&bad).is_err(), "{bad}");
    }
    assert_eq!(Time::from_unix(NOW).unwrap(), now());
}
