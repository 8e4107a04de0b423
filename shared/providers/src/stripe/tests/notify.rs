//! Genuine webhooks, and what they report.

use till_app::ports::CallbackAnswer;
use till_domain::order::Decline;
use till_domain::provider::Provider;

use super::tables::paid;
use super::*;

type Answers = Vec<Answer>;

fn read_callback(event: &Value, answers: Answers) -> (Result<CallbackContent, Error>, Vec<String>) {
    let body = event.to_string();
    let (headers, body) = (signed(body.as_bytes()), body.as_bytes());
    let (heard, sent) = talk(answers, async |outside| merchant().verify(outside, &headers, body).await);
    (heard, sent.into_iter().map(|request| request.target).collect())
}

fn says(event: &Value, answers: Answers) -> Vec<Says> {
    let (heard, _) = read_callback(event, answers);
    let CallbackSubject::Payment { payment_no, reports } = heard.unwrap().about else { panic!("{event}") };
    assert_eq!(payment_no.to_string(), ORDER_NO);
    let ours = account(Method::StripeIntent);
    assert!(reports.iter().all(|report| report.account == ours && report.asked_at.is_none()));
    reports.into_iter().map(|report| report.says).collect()
}

fn nothing(event: &Value, answers: Answers) -> &'static str {
    match read_callback(event, answers).0.unwrap().about {
        CallbackSubject::Nothing(why) => why,
        other => panic!("{other:?}"),
    }
}

fn named(mut object: Value) -> Value {
    object["latest_charge"] = json!("ch_1");
    object
}

#[test]
fn each_payment_event_has_its_report() {
    let name = json!(INTENT);
    let failed = with(&intent("requires_payment_method"), "last_payment_error", json!({"code": "card_declined"}));
    let closed = Says::Closed { for_good: true };
    for (kind, object, expected) in [
        ("payment_intent.succeeded", named(intent("succeeded")), paid(NOW + 90)),
        ("payment_intent.succeeded", intent("succeeded"), paid(NOW + 60)),
        ("payment_intent.succeeded", intent("requires_capture"), Says::Unknown),
        ("payment_intent.processing", intent("processing"), Says::Processing),
        ("payment_intent.payment_failed", failed.clone(), Says::Failed),
        ("payment_intent.payment_failed", with(&failed, "metadata.method", json!("stripe_checkout")), Says::NotPaid),
        ("payment_intent.canceled", intent("canceled"), closed.clone()),
        ("checkout.session.completed", session("complete", "paid", &name), paid(NOW + 90)),
        ("checkout.session.completed", session("complete", "unpaid", &name), Says::Processing),
        ("checkout.session.completed", session("complete", "no_payment_required", &Value::Null), Says::Unknown),
        ("checkout.session.async_payment_succeeded", session("complete", "paid", &name), paid(NOW + 90)),
        ("checkout.session.async_payment_failed", session("complete", "unpaid", &name), Says::Failed),
        ("checkout.session.async_payment_failed", session("complete", "paid", &name), paid(NOW + 90)),
        ("checkout.session.expired", session("expired", "unpaid", &Value::Null), closed),
    ] {
        let mut said = says(&event(kind, &object), vec![]);
        said.retain(|one| !matches!(one, Says::Declined(_)));
        assert_eq!(said, [expected], "{kind} {object}");
    }
}

/// The attempt itself fails on a merchant's own form only: on Stripe's page the buyer can try again.
#[test]
fn declined_payment_is_told_with_its_reason_and_its_code_is_kept() {
    let error = json!({"code": "card_declined", "decline_code": "insufficient_funds"});
    let failed = with(&intent("requires_payment_method"), "last_payment_error", error);
    let declined = Says::Declined(Decline::InsufficientFunds);
    for (method, stands) in [("stripe_intent", Says::Failed), ("stripe_checkout", Says::NotPaid)] {
        let event = event("payment_intent.payment_failed", &with(&failed, "metadata.method", json!(method)));
        assert_eq!(says(&event, vec![]), [stands, declined.clone()], "{method}");
        let (heard, _) = read_callback(&event, vec![]);
        assert!(heard.unwrap().facts.contains(&("declined", "insufficient_funds".to_owned())), "{method}");
    }
}

#[test]
fn session_and_intent_report_the_same_payment() {
    let by_session = says(&event("checkout.session.completed", &session("complete", "paid", &json!(INTENT))), vec![]);
    let by_intent = says(&event("payment_intent.succeeded", &named(intent("succeeded"))), vec![]);
    assert_eq!(by_session, by_intent);
}

/// An event is dated after its charge; a payment in time must not count as late for that.
#[test]
fn payment_that_looks_late_is_dated_by_its_charge() {
    let until = |object: &Value, at: i64| with(object, "metadata.expire_at", json!(at.to_string()));
    for (kind, object) in [
        ("payment_intent.succeeded", named(intent("succeeded"))),
        ("checkout.session.completed", session("complete", "paid", &json!(INTENT))),
        ("checkout.session.async_payment_succeeded", session("complete", "paid", &json!(INTENT))),
    ] {
        let in_time = event(kind, &until(&object, NOW + 90));
        assert_eq!(says(&in_time, vec![]), [paid(NOW + 90)], "{kind}: no call is made");
        let late = event(kind, &until(&object, NOW + 89));
        let answer = until(&intent("succeeded"), NOW + 89);
        assert_eq!(says(&late, vec![ok(&answer)]), [paid(NOW + 60)], "{kind}: the charge was in time");
        let silent = read_callback(&late, vec![Err(NoAnswer::TimedOut)]).0;
        assert_eq!(silent, Err(NoAnswer::TimedOut.into()), "{kind}: it is sent again");
    }
    let pending = event("payment_intent.processing", &until(&intent("processing"), NOW));
    assert_eq!(says(&pending, vec![]), [Says::Processing]);
}

#[test]
fn second_attempt_is_reported_under_its_number() {
    let second = json!(format!("{ORDER_NO}_2"));
    let event = event("payment_intent.succeeded", &with(&intent("succeeded"), "metadata.payment_no", second));
    let CallbackSubject::Payment { payment_no, reports } = read_callback(&event, vec![]).0.unwrap().about else {
        panic!()
    };
    assert_eq!((payment_no.attempt.get(), reports[0].attempt.get()), (2, 2));
}

#[test]
fn session_without_payment_due_is_decided_by_its_intent() {
    let event = event("checkout.session.completed", &session("complete", "no_payment_required", &json!(INTENT)));
    assert_eq!(says(&event, vec![ok(&intent("requires_payment_method"))]), [Says::NotPaid]);
    assert_eq!(says(&event, vec![ok(&intent("succeeded"))]), [paid(NOW + 60)]);
}

#[test]
fn our_refund_is_reported_without_a_call() {
    for (kind, status, word) in [
        ("refund.created", "pending", RefundWord::Processing),
        ("refund.created", "succeeded", RefundWord::Succeeded),
        ("refund.updated", "requires_action", RefundWord::Abnormal),
        ("refund.updated", "canceled", RefundWord::Failed),
        ("refund.failed", "failed", RefundWord::Failed),
        ("charge.refund.updated", "failed", RefundWord::Failed),
        ("refund.updated", "new_word", RefundWord::Unclear),
    ] {
        let said = format!("{:?}", says(&event(kind, &refund(status)), vec![]));
        let expected =
            format!(r#"[Refund {{ id: Ours(RefundIndex(1)), trade_no: "pi_3A", amount: 3.00 USD, word: {word:?} }}]"#);
        assert_eq!(said, expected, "{kind}");
    }
}

#[test]
fn other_refund_is_reported_after_its_intent_was_queried() {
    let theirs = event("refund.created", &their_refund("re_9", "succeeded"));
    let expected = r#"[Refund { id: Theirs("re_9"), trade_no: "pi_3A", amount: 3.00 USD, word: Succeeded }]"#;
    assert_eq!(format!("{:?}", says(&theirs, vec![ok(&intent("succeeded"))])), expected);
    let (_, asked) = read_callback(&theirs, vec![ok(&intent("succeeded"))]);
    assert_eq!(asked, ["/v1/payment_intents/pi_3A?expand%5B%5D=latest_charge&expand%5B%5D=latest_charge.refunds"]);
    let not_ours = with(&intent("succeeded"), "metadata", json!({"order_id": "6735"}));
    assert_eq!(nothing(&theirs, vec![ok(&not_ours)]), "not ours");
    let other = with(&intent("succeeded"), "metadata.deployment", json!("shop-2"));
    assert_eq!(nothing(&theirs, vec![ok(&other)]), "another deployment");
    // A refund with an unreadable number of ours is reported as made elsewhere.
    let odd = event("refund.created", &with(&refund("succeeded"), "metadata.refund_no", json!("7")));
    assert!(format!("{:?}", says(&odd, vec![ok(&intent("succeeded"))])).contains("Theirs"));
    // Another deployment's refund, and one without an intent, are ignored without a call.
    let elsewhere = event("refund.created", &with(&refund("succeeded"), "metadata.deployment", json!("shop-2")));
    assert_eq!(nothing(&elsewhere, vec![]), "another deployment");
    let no_intent = event("refund.created", &with(&their_refund("re_9", "succeeded"), "payment_intent", Value::Null));
    assert_eq!(nothing(&no_intent, vec![]), "not ours");
}

#[test]
fn refunded_charge_is_reported_refund_by_refund() {
    let event = event("charge.refunded", &with(&charge(600, &[]), "refunds", Value::Null));
    let listed = charge(600, &[refund("succeeded"), their_refund("re_2", "pending")]);
    let said = says(&event, vec![ok(&with(&intent("succeeded"), "latest_charge", listed))]);
    assert_eq!(said.len(), 2, "{said:?}");
    let unlisted = with(&charge(600, &[]), "refunds", Value::Null);
    let said = says(&event, vec![ok(&with(&intent("succeeded"), "latest_charge", unlisted))]);
    assert_eq!(format!("{said:?}"), r#"[BackInAll { trade_no: "pi_3A", amount: 6.00 USD }]"#);
    let other = with(&event, "data.object.metadata.deployment", json!("shop-2"));
    assert_eq!(nothing(&other, vec![]), "another deployment");
    let bare = with(&event, "data.object.payment_intent", Value::Null);
    assert_eq!(nothing(&bare, vec![]), "not ours");
}

#[test]
fn dispute_is_reported_after_its_intent_was_queried() {
    for (kind, status, state) in [
        ("charge.dispute.created", "needs_response", DisputeState::Opened),
        ("charge.dispute.created", "warning_needs_response", DisputeState::Opened),
        ("charge.dispute.updated", "under_review", DisputeState::Opened),
        ("charge.dispute.closed", "won", DisputeState::Won),
        ("charge.dispute.closed", "warning_closed", DisputeState::Won),
        ("charge.dispute.closed", "lost", DisputeState::Lost),
    ] {
        let dispute = json!({
            "id": "du_1", "object": "dispute", "livemode": false, "amount": 990, "currency": "usd", "status": status,
            "payment_intent": INTENT, "charge": "ch_1", "metadata": {}
        });
        let said = format!("{:?}", says(&event(kind, &dispute), vec![ok(&intent("succeeded"))]));
        let expected = format!(r#"[Dispute {{ no: "du_1", trade_no: "pi_3A", amount: 9.90 USD, state: {state:?} }}]"#);
        assert_eq!(said, expected);
        let live = with(&event(kind, &dispute), "data.object.livemode", json!(true));
        assert_eq!(read_callback(&live, vec![]).0, Err(OtherMerchant("livemode").into()));
        let bare = with(&event(kind, &dispute), "data.object.payment_intent", Value::Null);
        assert_eq!(nothing(&bare, vec![]), "not ours");
    }
}

#[test]
fn webhook_is_an_error_if_its_intent_query_fails() {
    let event = event("refund.created", &their_refund("re_9", "succeeded"));
    for (answer, why) in [
        (Err(NoAnswer::TimedOut), Error::NoAnswer(NoAnswer::TimedOut)),
        (ok(&with(&intent("succeeded"), "id", json!("pi_other"))), OtherSubject("id").into()),
        (ok(&with(&intent("succeeded"), "livemode", json!(true))), OtherMerchant("livemode").into()),
        (ok(&json!({})), Malformed("answer").into()),
    ] {
        assert_eq!(read_callback(&event, vec![answer]).0, Err(why));
    }
    let limited = read_callback(&event, vec![no(429, &json!({"code": "rate_limit"}))]).0.unwrap_err();
    assert_eq!(crate::callbacks::answer(Provider::Stripe, &limited), CallbackAnswer::SendAgain("provider_said_no"));
    let nameless = with(&event, "data.object.payment_intent", json!("../x"));
    assert_eq!(read_callback(&nameless, vec![]).0, Err(Malformed("payment_intent").into()));
}

#[test]
fn event_of_another_deployment_is_ignored() {
    let succeeded = event("payment_intent.succeeded", &intent("succeeded"));
    let completed = event("checkout.session.completed", &session("complete", "paid", &json!(INTENT)));
    for event in [&succeeded, &completed] {
        for (value, why) in [
            (Value::Null, "not ours"),
            (json!({}), "not ours"),
            (json!({"order_no": ORDER_NO, "payment_no": ORDER_NO}), "not ours"),
            (json!({"deployment": "shop-2", "payment_no": ORDER_NO}), "another deployment"),
        ] {
            assert_eq!(nothing(&with(event, "data.object.metadata", value), vec![]), why);
        }
        assert_eq!(nothing(&with(event, "account", json!("acct_1")), vec![]), "a connected account");
    }
    // Its amount is not read either.
    let strange = with(&with(&succeeded, "data.object.currency", json!("btc")), "data.object.metadata", json!({}));
    assert_eq!(nothing(&strange, vec![]), "not ours");
    for kind in ["payment_intent.created", "charge.dispute.funds_withdrawn", "customer.created", "x"] {
        assert_eq!(nothing(&event(kind, &json!({"id": "x"})), vec![]), "another event");
    }
}

#[test]
fn payment_under_a_foreign_number_is_foreign() {
    for number in ["ORD1", "ORD20261121100000TESTTEST_1", ""] {
        let event =
            event("payment_intent.succeeded", &with(&intent("succeeded"), "metadata.payment_no", json!(number)));
        let CallbackSubject::Foreign { number: told, says } = read_callback(&event, vec![]).0.unwrap().about else {
            panic!("{number}")
        };
        assert_eq!((told.as_str(), says.len()), (number, 1));
    }
}

#[test]
fn live_event_is_rejected_by_a_test_account() {
    let other: Error = OtherMerchant("livemode").into();
    let event = event("payment_intent.succeeded", &intent("succeeded"));
    assert_eq!(read_callback(&with(&event, "livemode", json!(true)), vec![]).0, Err(other.clone()));
    assert_eq!(read_callback(&with(&event, "data.object.livemode", json!(true)), vec![]).0, Err(other));
}

#[test]
fn record_holds_numbers_and_no_personal_data() {
    let mut object = session("complete", "paid", &json!(INTENT));
    object["customer_details"] = json!({"email": "a@example.com", "name": "A"});
    object["url"] = json!("https://checkout.stripe.com/secret");
    let heard = read_callback(&event("checkout.session.completed", &object), vec![]).0.unwrap();
    let expected = [
        ("event", "evt_1"),
        ("type", "checkout.session.completed"),
        ("created", "1795226490"),
        ("object", SESSION),
        ("status", "complete"),
        ("payment_status", "paid"),
        ("amount", "990"),
        ("currency", "usd"),
        ("payment_intent", INTENT),
        ("payment_no", ORDER_NO),
    ];
    assert_eq!(heard.facts, expected.map(|(name, value)| (name, value.to_owned())));
    let secret = format!("{:?}", read_callback(&event("payment_intent.succeeded", &intent("succeeded")), vec![]).0);
    assert!(!secret.contains("secret"), "{secret}");
}

#[test]
fn debug_of_a_webhook_prints_no_content() {
    let headers = signed(b"secret");
    let raw = Raw { headers: &headers, body: b"secret" };
    assert_eq!(format!("{raw:?}"), "[\"Stripe-Signature\"] (6 bytes)");
}

#[test]
fn stripe_is_answered_in_its_own_way() {
    assert_eq!((TAKEN.status, NOT_NOW.status), (200, 503));
    assert_eq!(TAKEN.body, r#"{"received":true}"#);
}
