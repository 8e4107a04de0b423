//! Conversations about refunds. No refund may be sent twice.

use super::*;

fn requested() -> (Order, Refund) {
    let order = order(Method::StripeIntent, Some(INTENT));
    let refund = testing::refund(&order, INTENT, 300);
    (order, refund)
}

fn send(change: impl FnOnce(&mut Refund), hours: u32, answers: Vec<Answer>) -> (SaysResult, Vec<Request>) {
    let (order, mut refund) = requested();
    change(&mut refund);
    talk(answers, async |outside| {
        outside.now.set(now().plus(Seconds::hours(hours)));
        merchant().refund(outside, refund_order(&order, &refund)).await
    })
}

fn ask(change: impl FnOnce(&mut Refund), answers: Vec<Answer>) -> (SaysResult, Vec<Request>) {
    let (order, mut refund) = requested();
    change(&mut refund);
    let mut about = refund_order(&order, &refund);
    if matches!(refund.id, RefundId::Theirs(_)) {
        about.refund_no = None;
    }
    talk(answers, async |outside| merchant().query_refund(outside, about).await)
}

/// The word for the refund, which must be the only report.
fn word(says: SaysResult) -> Result<RefundWord, Error> {
    let (_, ours) = requested();
    match says?.as_slice() {
        [Says::Refund { id, trade_no, amount, word }] => {
            assert_eq!((id, trade_no, amount), (&ours.id, &ours.trade_no, &ours.amount));
            Ok(*word)
        }
        other => panic!("{other:?}"),
    }
}

fn verbs(requests: &[Request]) -> String {
    let letter = |request: &Request| match request.verb {
        Verb::Get => 'g',
        Verb::Post => 'p',
    };
    requests.iter().map(letter).collect()
}

fn refused(code: &str) -> Answer {
    no(400, &json!({"type": "invalid_request_error", "code": code}))
}

#[test]
fn young_refund_is_sent_under_the_key_of_its_number() {
    for (status, expected) in [
        ("succeeded", RefundWord::Succeeded),
        ("pending", RefundWord::Processing),
        ("requires_action", RefundWord::Abnormal),
        ("failed", RefundWord::Failed),
        ("canceled", RefundWord::Failed),
        ("new_word", RefundWord::Unclear),
    ] {
        let (says, sent) = send(|_| {}, 19, vec![ok(&refund(status))]);
        assert_eq!(word(says), Ok(expected), "{status}");
        assert_eq!(verbs(&sent), "p");
        assert_eq!(header(&sent[0], "Idempotency-Key"), "till:ORD20261121100000TESTTESTR1:refund");
    }
}

#[test]
fn repeated_refund_sends_the_same_bytes() {
    let (_, first) = send(|_| {}, 0, vec![Err(NoAnswer::TimedOut)]);
    let (_, second) = send(|refund| refund.unanswered = 1, 3, vec![ok(&refund("succeeded"))]);
    assert_eq!(first, second);
}

#[test]
fn old_refund_is_looked_up_before_it_is_sent_again() {
    let (says, sent) = send(|_| {}, 20, vec![ok(&list(&[their_refund("re_9", "failed"), refund("succeeded")], false))]);
    assert_eq!((word(says), verbs(&sent).as_str()), (Ok(RefundWord::Succeeded), "g"));
    let (says, sent) = send(|_| {}, 20, vec![ok(&list(&[], false)), ok(&refund("pending"))]);
    assert_eq!((word(says), verbs(&sent).as_str()), (Ok(RefundWord::Processing), "gp"));
    // If the lookup fails, it is not sent.
    for answer in [Err(NoAnswer::TimedOut), no(500, &json!({})), ok(&json!({"data": []}))] {
        let (says, sent) = send(|_| {}, 48, vec![answer]);
        assert!(says.is_err());
        assert_eq!(verbs(&sent), "g");
    }
}

#[test]
fn refund_list_is_read_up_to_five_pages() {
    let page = |id: &str| ok(&list(&[their_refund(id, "succeeded")], true));
    let (says, sent) = send(|_| {}, 30, vec![page("re_a"), page("re_b"), ok(&list(&[refund("succeeded")], false))]);
    assert_eq!((word(says), verbs(&sent).as_str()), (Ok(RefundWord::Succeeded), "ggg"));
    assert!(sent[2].target.ends_with("&starting_after=re_b"), "{}", sent[2].target);
    let endless = ["re_a", "re_b", "re_c", "re_d", "re_e"].map(page).into_iter().collect();
    let (says, sent) = send(|_| {}, 30, endless);
    assert_eq!((says, verbs(&sent).as_str()), (Err(Distrust::TooLarge.into()), "ggggg"));
    let empty = ok(&list(&[], true));
    assert_eq!(send(|_| {}, 30, vec![empty]).0, Err(Malformed("list").into()));
    let strange = ok(&list(&[their_refund("../x", "succeeded")], true));
    assert_eq!(send(|_| {}, 30, vec![strange]).0, Err(Malformed("refund").into()));
}

#[test]
fn certain_refusal_counts_only_if_the_list_has_no_refund() {
    for (code, expected) in [
        ("charge_already_refunded", RefundWord::Failed),
        ("charge_disputed", RefundWord::Failed),
        ("amount_too_large", RefundWord::Failed),
        ("balance_insufficient", RefundWord::NoBalance),
        ("insufficient_funds", RefundWord::NoBalance),
    ] {
        let (says, sent) = send(|_| {}, 0, vec![refused(code), ok(&list(&[], false))]);
        assert_eq!((word(says), verbs(&sent).as_str()), (Ok(expected), "pg"), "{code}");
        let (says, _) = send(|_| {}, 0, vec![refused(code), ok(&list(&[refund("succeeded")], false))]);
        assert_eq!(word(says), Ok(RefundWord::Succeeded), "{code}");
        let (says, _) = send(|_| {}, 0, vec![refused(code), Err(NoAnswer::TimedOut)]);
        assert_eq!(says, Err(NoAnswer::TimedOut.into()), "{code}");
    }
    let too_much = no(400, &json!({"type": "invalid_request_error", "param": "amount", "message": "greater"}));
    assert_eq!(word(send(|_| {}, 0, vec![too_much, ok(&list(&[], false))]).0), Ok(RefundWord::Failed));
}

#[test]
fn uncertain_refusal_is_an_error_without_a_query() {
    for answer in [
        refused("resource_missing"),
        refused("payment_intent_unexpected_state"),
        no(400, &json!({"type": "invalid_request_error"})),
        no(401, &json!({"type": "invalid_request_error"})),
        no(402, &json!({"type": "card_error", "code": "card_declined"})),
        no(409, &json!({"type": "invalid_request_error", "code": "lock_timeout"})),
        no(429, &json!({"type": "invalid_request_error"})),
        no(500, &json!({"type": "api_error"})),
        // A certain code does not count under status 500.
        no(500, &json!({"type": "api_error", "code": "charge_already_refunded"})),
        Err(NoAnswer::TimedOut),
        ok(&json!({"id": "re_1"})),
    ] {
        let shown = format!("{answer:?}");
        let (says, sent) = send(|_| {}, 0, vec![answer]);
        assert!(says.is_err(), "{shown}");
        assert_eq!(verbs(&sent), "p");
    }
}

#[test]
fn refund_with_a_key_conflict_is_looked_up_or_unclear() {
    let mismatch = || no(400, &json!({"type": "idempotency_error"}));
    let (says, _) = send(|_| {}, 0, vec![mismatch(), ok(&list(&[refund("succeeded")], false))]);
    assert_eq!(word(says), Ok(RefundWord::Succeeded));
    let (says, _) = send(|_| {}, 0, vec![mismatch(), ok(&list(&[], false))]);
    assert_eq!(word(says), Ok(RefundWord::Unclear));
}

#[test]
fn refund_without_balance_is_looked_up_and_sent_under_a_new_key() {
    let waits = |refund: &mut Refund| refund.no_balance = true;
    let (says, sent) = send(waits, 3, vec![ok(&list(&[], false)), ok(&refund("succeeded"))]);
    assert_eq!((word(says), verbs(&sent).as_str()), (Ok(RefundWord::Succeeded), "gp"));
    assert_eq!(header(&sent[1], "Idempotency-Key"), "till:ORD20261121100000TESTTESTR1:refund:3");
    // Its answer was lost: the lookup finds it, and it is not sent a second time.
    let (says, sent) = send(waits, 4, vec![ok(&list(&[refund("succeeded")], false))]);
    assert_eq!((word(says), verbs(&sent).as_str()), (Ok(RefundWord::Succeeded), "g"));
}

#[test]
fn refund_of_an_amount_that_stripe_cannot_express_has_failed() {
    let kwd = Currency::parse("KWD").unwrap();
    let order = testing::order(Method::StripeIntent, kwd, Some(INTENT));
    let refund = testing::refund(&order, INTENT, 5);
    let script = Script::new([]);
    let says = run(merchant().refund(&script, refund_order(&order, &refund))).unwrap();
    assert!(matches!(says.as_slice(), [Says::Refund { word: RefundWord::Failed, .. }]), "{says:?}");
}

#[test]
fn answer_about_another_refund_is_rejected() {
    for (place, value, why) in [
        ("payment_intent", json!("pi_other"), OtherSubject("payment_intent")),
        ("payment_intent", Value::Null, Missing("payment_intent")),
        ("metadata.refund_no", json!("ORD20261121100000TESTTESTR2"), OtherSubject("metadata.refund_no")),
        ("metadata", json!({}), OtherSubject("metadata.refund_no")),
        ("currency", json!("btc"), Malformed("currency")),
    ] {
        let (says, _) = send(|_| {}, 0, vec![ok(&with(&refund("succeeded"), place, value))]);
        assert_eq!(says, Err(why.into()), "{place}");
    }
}

#[test]
fn refund_is_queried_by_its_number() {
    let (says, sent) = ask(|_| {}, vec![ok(&list(&[their_refund("re_9", "failed"), refund("failed")], false))]);
    assert_eq!((word(says), verbs(&sent).as_str()), (Ok(RefundWord::Failed), "g"));
    // A refund that is not in the list is unclear.
    let (says, _) = ask(|_| {}, vec![ok(&list(&[their_refund("re_9", "failed")], false))]);
    assert_eq!(word(says), Ok(RefundWord::Unclear));
}

/// A renamed deployment, or one that continues another's orders, must not send the refund a second time.
#[test]
fn refund_that_another_deployment_sent_is_not_sent_again() {
    let elsewhere = || ok(&list(&[with(&refund("succeeded"), "metadata.deployment", json!("shop-2"))], false));
    let other = Err(OtherSubject("metadata.refund_no").into());
    assert_eq!(ask(|_| {}, vec![elsewhere()]).0, other);
    for (hours, answers, expected) in [
        // The key is the same, so Stripe reports other parameters under it; an old refund is looked up first.
        (1, vec![no(400, &json!({"type": "idempotency_error"})), elsewhere()], "pg"),
        (20, vec![elsewhere()], "g"),
    ] {
        let (says, sent) = send(|_| {}, hours, answers);
        assert_eq!((says, verbs(&sent).as_str()), (other.clone(), expected));
    }
}

#[test]
fn refund_made_elsewhere_is_queried_by_its_own_id() {
    let theirs = |refund: &mut Refund| refund.id = RefundId::Theirs(OutsideRefundNo::parse("re_9").unwrap());
    let (says, sent) = ask(theirs, vec![ok(&their_refund("re_9", "failed"))]);
    let expected = r#"[Refund { id: Theirs("re_9"), trade_no: "pi_3A", amount: 3.00 USD, word: Failed }]"#;
    assert_eq!(format!("{:?}", says.unwrap()), expected);
    assert_eq!(sent[0].target, "/v1/refunds/re_9");
    let (says, _) = ask(theirs, vec![ok(&their_refund("re_8", "failed"))]);
    assert_eq!(says, Err(OtherSubject("id").into()));
    let strange = |refund: &mut Refund| refund.id = RefundId::Theirs(OutsideRefundNo::parse("../x").unwrap());
    assert!(matches!(ask(strange, vec![]).0, Err(Error::Cannot(_))));
}
