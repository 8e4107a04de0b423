//! The routes of remedies under the address of an order: each is applied once under its key, and says so in the audit trail.

use till_app::ports::RemedyNote;
use till_domain::order::{RemedyWord, Says};

use super::*;

fn notes(shop: &Shop) -> Vec<RemedyNote> {
    shop.memory.tables(|tables| tables.records.iter().filter_map(|record| record.remedy.clone()).collect())
}

#[test]
fn refund_under_one_key_is_made_once() {
    let shop = paid();
    let refund = Event::read("refund-order.refund-remedy");
    for _ in 0..2 {
        let answer = play(&shop, &refund).json();
        assert_eq!((&answer["refund_no"], &answer["amount_minor"]), (&format!("{FIRST}R1").into(), &1_000.into()));
    }
    assert_eq!(shop.stored(first()).refunds.len(), 1);
    play(&shop, &refund.clone().field("amount", "11")).is_problem(409, "idempotency_conflict");
    play(&shop, &refund.clone().without("idempotency-key")).is_problem(400, "idempotency_key_required");
    play(&shop, &refund.field("reason", "")).is_bad_field("reason");
    // What was done, and what was refused.
    let notes = notes(&shop);
    assert_eq!(notes.len(), 2);
    let is_this = |note: &RemedyNote| note.word == RemedyWord::Refund && note.reason.as_str() == "late delivery";
    assert!(notes.iter().all(is_this), "{notes:?}");
}

#[test]
fn decision_under_one_key_is_made_once() {
    let shop = ordered();
    shop.pay_amount(first(), cny(9_000));
    let resolve = Event::read("refund-order.resolve-remedy");
    for _ in 0..2 {
        assert_eq!(play(&shop, &resolve).json()["status"], "paid");
    }
    assert_eq!(shop.stored(first()).cleared.len(), 1);
    // Without the key it is another decision, and nothing is held any more.
    let again = resolve.clone().header("idempotency-key", "another");
    play(&shop, &again).is_problem(404, "no_such_hold");
    let other = resolve.clone().field("decision", r#""return""#);
    play(&shop, &other).is_problem(409, "idempotency_conflict");
    play(&shop, &resolve.without("idempotency-key")).is_problem(400, "idempotency_key_required");
    assert_eq!(notes(&shop).iter().filter(|note| note.word == RemedyWord::Resolve).count(), 3);
}

#[test]
fn key_of_one_remedy_is_refused_for_another() {
    let shop = ordered();
    shop.pay_amount(first(), cny(9_000));
    play(&shop, &Event::read("refund-order.resolve-remedy"));
    let refund = Event::read("refund-order.refund-remedy").header("idempotency-key", "remedy-2025-0002");
    play(&shop, &refund).is_problem(409, "idempotency_conflict");
    assert!(shop.stored(first()).refunds.is_empty());
}

#[test]
fn goods_are_delivered_again_only_where_they_were_taken_back_for_a_failed_refund() {
    let shop = paid();
    let regrant = Event::read("refund-order.regrant");
    play(&ordered(), &regrant).is_problem(409, "not_due");
    play(&shop, &regrant).is_problem(409, "not_due");
    let all = Event::read("refund-order.refund-remedy").field("amount", "");
    play(&shop, &all);
    let refund = |word| {
        let id = shop.stored(first()).refunds[0].id.clone();
        let trade_no = TradeNo::parse("T1").unwrap();
        shop.hears(first(), Says::Refund { id, trade_no, amount: cny(9_900), word });
    };
    refund(till_domain::order::RefundWord::Succeeded);
    shop.run(async |ports| till_app::fulfil::fulfil(ports, till_app::ports::Task::Revoke(first()), None).await)
        .unwrap();
    refund(till_domain::order::RefundWord::Failed);
    for _ in 0..2 {
        let answer = play(&shop, &regrant).json();
        assert_eq!((&answer["status"], &answer["fulfilment"]), (&"paid".into(), &"queued".into()));
    }
    assert_eq!(shop.stored(first()).granting.round, 2);
}
