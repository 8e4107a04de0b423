//! Conversations about trades: opening, showing, querying and closing.

use super::tables::paid;
use super::*;

fn create(method: Method, answer: Answer) -> Result<Opened, Error> {
    let (order, payer) = (order(method, None), Payer::default());
    talk([answer], async |outside| merchant().create(outside, new_trade(&order, &payer)).await).0
}

#[test]
fn opened_session_shows_its_page() {
    let opened = create(Method::StripeCheckout, ok(&session("open", "unpaid", &Value::Null))).unwrap();
    assert_eq!(opened.handle.unwrap().as_str(), SESSION);
    assert_eq!(opened.payable_until, Time::from_unix(NOW + 2100).ok());
    let url = "https://checkout.stripe.com/c/pay/cs_test_a1".to_owned();
    let good_until = opened.payable_until;
    assert_eq!(opened.show, Show { pay_url: Some(url), good_until, ..Show::default() }, "until the session ends");
}

#[test]
fn opened_intent_shows_its_secret_and_keeps_only_its_id() {
    let opened = create(Method::StripeIntent, ok(&intent("requires_payment_method"))).unwrap();
    assert_eq!(opened.handle.unwrap().as_str(), INTENT);
    assert_eq!(opened.payable_until, None);
    assert_eq!(opened.show.client_secret.as_deref(), Some("pi_3A_secret_x"));
    assert_eq!(opened.show.publishable_key.as_deref(), Some("pk_test_0123456789"));
    assert_eq!(opened.show.good_until, Some(order(Method::StripeIntent, None).expire_at));
}

/// The running total counts refunds that may fail later, and a reported total is never reduced.
#[test]
fn refunds_beyond_the_first_page_are_queried() {
    let some = charge(600, &[their_refund("re_1", "succeeded")]);
    let intent = with(&intent("succeeded"), "latest_charge", with(&some, "refunds.has_more", json!(true)));
    let pages = || {
        vec![
            ok(&list(&[their_refund("re_1", "succeeded"), their_refund("re_2", "failed")], true)),
            ok(&list(&[their_refund("re_3", "pending")], false)),
        ]
    };
    for (method, subject) in
        [(Method::StripeIntent, intent.clone()), (Method::StripeCheckout, session("complete", "paid", &intent))]
    {
        let handle = if method == Method::StripeIntent { INTENT } else { SESSION };
        let order = order(method, Some(handle));
        let mut answers = vec![ok(&subject)];
        answers.extend(pages());
        let says = query(&order, answers).unwrap();
        let refunds = says.iter().filter(|says| matches!(says, Says::Refund { .. })).count();
        assert_eq!((says.len(), refunds), (4, 3), "{says:?}");
        let cut_off = vec![ok(&subject), Err(NoAnswer::TimedOut)];
        assert_eq!(query(&order, cut_off), Err(NoAnswer::TimedOut.into()), "an incomplete list is not reported");
    }
}

#[test]
fn trade_that_does_not_open_has_its_verdict() {
    let open = session("open", "unpaid", &Value::Null);
    for (answer, verdict) in [
        (no(400, &json!({"type": "invalid_request_error", "code": "amount_too_small"})), Final),
        (no(401, &json!({"type": "invalid_request_error"})), OurFault),
        (no(409, &json!({"type": "invalid_request_error", "code": "lock_timeout"})), Retry),
        (no(429, &json!({"type": "invalid_request_error"})), Retry),
        (no(500, &json!({"type": "api_error"})), Ask),
        (Err(NoAnswer::Unreachable), Retry),
        (Err(NoAnswer::TimedOut), Ask),
        (ok(&json!({"id": SESSION})), Ask),
        (ok(&with(&open, "livemode", json!(true))), Ask),
        (ok(&with(&open, "amount_total", json!(99))), Ask),
        (ok(&with(&open, "metadata.payment_no", json!("x"))), Ask),
        (ok(&with(&open, "url", Value::Null)), Ask),
    ] {
        let shown = format!("{answer:?}");
        assert_eq!(create(Method::StripeCheckout, answer).unwrap_err().verdict(), verdict, "{shown}");
    }
    let no_secret = with(&intent("requires_payment_method"), "client_secret", Value::Null);
    let why = create(Method::StripeIntent, ok(&no_secret)).unwrap_err();
    assert_eq!(why, Missing("client_secret").into());
}

fn query(order: &Order, answers: Vec<Answer>) -> SaysResult {
    talk(answers, async |outside| merchant().query(outside, asked(order)).await).0
}

fn close(order: &Order, answers: Vec<Answer>) -> (SaysResult, Vec<String>) {
    let (says, sent) = talk(answers, async |outside| merchant().close(outside, asked(order)).await);
    (says, sent.iter().map(|request| request.target.split('?').next().unwrap().to_owned()).collect())
}

fn by_page() -> Order {
    order(Method::StripeCheckout, Some(SESSION))
}

fn by_form() -> Order {
    order(Method::StripeIntent, Some(INTENT))
}

#[test]
fn queried_trade_has_the_state_of_its_session_or_intent() {
    let complete = session("complete", "paid", &intent("succeeded"));
    assert_eq!(query(&by_page(), vec![ok(&complete)]), Ok(vec![paid(NOW + 60)]));
    assert_eq!(query(&by_page(), vec![ok(&session("open", "unpaid", &Value::Null))]), Ok(vec![Says::NotPaid]));
    assert_eq!(query(&by_form(), vec![ok(&intent("succeeded"))]), Ok(vec![paid(NOW + 60)]));
    assert_eq!(query(&by_form(), vec![ok(&intent("processing"))]), Ok(vec![Says::Processing]));
    assert_eq!(query(&by_form(), vec![ok(&intent("new_word"))]), Ok(vec![Says::Unknown]));
}

#[test]
fn session_with_only_an_intent_id_is_decided_by_the_intent() {
    let named = session("complete", "paid", &json!(INTENT));
    assert_eq!(query(&by_page(), vec![ok(&named), ok(&intent("succeeded"))]), Ok(vec![paid(NOW + 60)]));
    let free = session("complete", "no_payment_required", &json!(INTENT));
    assert_eq!(query(&by_page(), vec![ok(&free), ok(&intent("requires_action"))]), Ok(vec![Says::NotPaid]));
}

#[test]
fn queried_payment_includes_its_refunds() {
    let refunded = with(&intent("succeeded"), "latest_charge", charge(300, &[their_refund("re_2", "succeeded")]));
    for (order, answer) in [(by_form(), refunded.clone()), (by_page(), session("complete", "paid", &refunded))] {
        let says = query(&order, vec![ok(&answer)]).unwrap();
        assert_eq!(says[0], paid(NOW + 60));
        let back = r#"[Refund { id: Theirs("re_2"), trade_no: "pi_3A", amount: 3.00 USD, word: Succeeded }]"#;
        assert_eq!(format!("{:?}", &says[1..]), back);
    }
}

#[test]
fn trade_is_asked_about_by_its_intent_whoever_made_it() {
    let by_number = |number: &str, answers: Vec<Answer>| {
        let trade_no = till_domain::text::TradeNo::parse(number).unwrap();
        talk(answers, async |outside| merchant().ask_trade(outside, &trade_no).await)
    };
    let foreign = with(&intent("succeeded"), "metadata", json!({}));
    let (says, sent) = by_number(INTENT, vec![ok(&foreign)]);
    assert_eq!(says, Ok(vec![paid(NOW + 60)]));
    assert!(sent[0].target.starts_with(&format!("/v1/payment_intents/{INTENT}?")), "{}", sent[0].target);
    let refunded = with(&foreign, "latest_charge", charge(300, &[their_refund("re_2", "succeeded")]));
    let says = by_number(INTENT, vec![ok(&refunded)]).0.unwrap();
    let back = r#"[Refund { id: Theirs("re_2"), trade_no: "pi_3A", amount: 3.00 USD, word: Succeeded }]"#;
    assert_eq!((&says[0], format!("{:?}", &says[1..]).as_str()), (&paid(NOW + 60), back));
    let missing = no(404, &json!({"type": "invalid_request_error", "code": "resource_missing"}));
    assert_eq!(by_number(INTENT, vec![missing]).0, Ok(vec![Says::NotPaid]));
    assert!(by_number(INTENT, vec![no(500, &json!({"type": "api_error"}))]).0.is_err());
    assert!(by_number(INTENT, vec![ok(&with(&foreign, "id", json!("pi_other")))]).0.is_err());
    assert!(by_number(INTENT, vec![ok(&with(&foreign, "livemode", json!(true)))]).0.is_err());
    let (says, sent) = by_number("4200001", vec![]);
    assert!(says.is_err() && sent.is_empty(), "no number of Stripe's is asked about");
}

#[test]
fn trade_without_a_handle_is_not_queried() {
    let unseen = order(Method::StripeCheckout, None);
    assert_eq!(query(&unseen, vec![]), Ok(vec![Says::NotPaid]));
    assert_eq!(close(&unseen, vec![]).0, Ok(vec![Says::Closed { for_good: false }]));
    let script = Script::new([]);
    assert!(run(merchant().show(&script, asked(&unseen), &Payer::default())).is_err());
}

#[test]
fn trade_without_a_handle_is_queried_by_its_payment() {
    let mut heard_of = order(Method::StripeCheckout, None);
    let report = Report {
        attempt: AttemptNo::FIRST,
        account: account(Method::StripeCheckout),
        asked_at: None,
        says: paid(NOW + 60),
    };
    assert!(heard_of.settle(&report, now()));
    assert_eq!(query(&heard_of, vec![ok(&intent("succeeded"))]), Ok(vec![paid(NOW + 60)]));
}

#[test]
fn object_that_stripe_does_not_know_is_an_error() {
    let denied = || no(404, &json!({"type": "invalid_request_error", "code": "resource_missing"}));
    let is_denied = |said| matches!(said, Err(Error::Said { status: 404, .. }));
    assert!(is_denied(query(&by_page(), vec![denied()])));
    assert!(is_denied(query(&by_form(), vec![denied()])));
    // A session ends by itself and is queried after that; a PaymentIntent does not.
    assert_eq!(close(&by_page(), vec![denied(), denied()]).0, Ok(vec![Says::Closed { for_good: false }]));
    assert!(is_denied(close(&by_form(), vec![denied(), denied()]).0));
    let strange = order(Method::StripeCheckout, Some("weixin://wxpay"));
    assert!(matches!(query(&strange, vec![]), Err(Error::Cannot(_))));
}

#[test]
fn answer_about_another_object_is_rejected() {
    let other = with(&intent("succeeded"), "metadata.payment_no", json!(format!("{ORDER_NO}_2")));
    assert_eq!(query(&by_form(), vec![ok(&other)]), Err(OtherSubject("metadata.payment_no").into()));
    let live = with(&intent("succeeded"), "livemode", json!(true));
    assert_eq!(query(&by_form(), vec![ok(&live)]), Err(OtherMerchant("livemode").into()));
    let page = session("complete", "paid", &json!("pi_other/x"));
    assert_eq!(query(&by_page(), vec![ok(&page)]), Err(Malformed("payment_intent").into()));
    assert_eq!(query(&by_page(), vec![Err(NoAnswer::Broken)]), Err(NoAnswer::Broken.into()));
}

#[test]
fn expired_session_and_canceled_intent_are_closed_for_good() {
    let closed = Ok(vec![Says::Closed { for_good: true }]);
    let page = close(&by_page(), vec![ok(&session("expired", "unpaid", &Value::Null))]);
    assert_eq!(page, (closed.clone(), vec!["/v1/checkout/sessions/cs_test_a1/expire".to_owned()]));
    let form = close(&by_form(), vec![ok(&intent("canceled"))]);
    assert_eq!(form, (closed, vec!["/v1/payment_intents/pi_3A/cancel".to_owned()]));
}

#[test]
fn trade_that_cannot_be_closed_is_queried() {
    let no_code = || no(400, &json!({"type": "invalid_request_error"}));
    let state = || no(400, &json!({"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}));
    for (order, refusal, now, says) in [
        (by_page(), no_code(), session("complete", "paid", &intent("succeeded")), paid(NOW + 60)),
        (by_page(), no_code(), session("complete", "unpaid", &intent("processing")), Says::Processing),
        (by_page(), no_code(), session("expired", "unpaid", &Value::Null), Says::Closed { for_good: true }),
        (by_form(), state(), intent("succeeded"), paid(NOW + 60)),
        (by_form(), state(), intent("processing"), Says::Processing),
        (by_form(), state(), intent("canceled"), Says::Closed { for_good: true }),
    ] {
        let (said, targets) = close(&order, vec![refusal, ok(&now)]);
        assert_eq!(said, Ok(vec![says]), "{now}");
        assert_eq!(targets.len(), 2);
    }
}

#[test]
fn failed_close_is_an_error() {
    for answer in [
        Err(NoAnswer::TimedOut),
        no(500, &json!({"type": "api_error"})),
        no(401, &json!({})),
        no(429, &json!({})),
        ok(&with(&session("expired", "unpaid", &Value::Null), "id", json!("cs_test_b2"))),
    ] {
        let shown = format!("{answer:?}");
        assert!(close(&by_page(), vec![answer]).0.is_err(), "{shown}");
    }
    let (said, _) = close(&by_page(), vec![no(400, &json!({})), Err(NoAnswer::TimedOut)]);
    assert_eq!(said, Err(NoAnswer::TimedOut.into()));
}

#[test]
fn only_an_open_trade_is_shown() {
    let show = |order: &Order, answer: &Value| {
        let script = Script::new([ok(answer)]);
        run(merchant().show(&script, asked(order), &Payer::default())).unwrap()
    };
    let page = show(&by_page(), &session("open", "unpaid", &Value::Null));
    assert_eq!(page.pay_url.as_deref(), Some("https://checkout.stripe.com/c/pay/cs_test_a1"));
    assert_eq!(page.good_until, Time::from_unix(NOW + 2100).ok());
    assert_eq!(show(&by_page(), &session("expired", "unpaid", &Value::Null)), Show::default());
    for status in ["requires_payment_method", "requires_action", "requires_confirmation"] {
        assert_eq!(show(&by_form(), &intent(status)).client_secret.as_deref(), Some("pi_3A_secret_x"));
    }
    for status in ["succeeded", "processing", "canceled"] {
        assert_eq!(show(&by_form(), &intent(status)), Show::default(), "{status}");
    }
}
