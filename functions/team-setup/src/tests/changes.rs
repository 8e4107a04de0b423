//! Changes that are repeated, cut off, or made by two people at once.

use super::*;

#[test]
fn same_key_and_body_is_one_change_and_another_body_a_conflict() {
    let scene = Scene::new();
    let first = scene.play(&create());
    scene.shop.pass(60);
    let again = scene.play(&create());
    again.is(200, first.body());
    assert_eq!((scene.asked(), scene.shop.seen(CallKind::SaveAccountSecret)), (1, 1));
    scene.play(&create().field("is_default", "false")).is_problem(409, "idempotency_conflict");
    scene.play(&create().field("id", r#""another""#)).is_problem(409, "idempotency_conflict");
    scene.play(&change().header("idempotency-key", "setup-2025-0001")).is_problem(409, "idempotency_conflict");
    // Another person's key is the same key.
    scene.done(&change_new());
    let stands = scene.play(&create()).json();
    assert_eq!(stands["is_on"], false, "a repetition is answered with the account as it stands, and changes nothing");
}

#[test]
fn keys_are_written_before_the_account_and_a_repetition_finishes_what_was_cut_off() {
    let scene = Scene::new();
    scene.shop.fail(CallKind::SaveAccount, Fault::DieBefore);
    assert!(scene.play_until_death(&create()).is_none());
    assert!(scene.keys().is_some() && scene.account(Provider::Stripe, "shop").is_none());
    scene.done(&create());
    assert!(scene.account(Provider::Stripe, "shop").is_some());

    let scene = Scene::new();
    scene.shop.fail(CallKind::SaveAccount, Fault::DieAfter);
    assert!(scene.play_until_death(&create()).is_none());
    let is_default = |id: &str| scene.account(Provider::Stripe, id).unwrap().item.is_default;
    assert_eq!((is_default("main"), is_default("shop")), (true, true), "never none");
    scene.done(&create());
    assert_eq!((is_default("main"), is_default("shop")), (false, true));
    assert_eq!(scene.asked(), 1);
}

#[test]
fn keys_that_could_not_be_written_leave_no_account() {
    let scene = Scene::new();
    scene.shop.fail(CallKind::SaveAccountSecret, Fault::Before);
    scene.play(&create()).is_problem(503, "unavailable");
    assert!(scene.keys().is_none() && scene.account(Provider::Stripe, "shop").is_none());
}

#[test]
fn lost_answer_is_repeated_without_a_second_change() {
    let scene = Scene::new();
    scene.shop.fail(CallKind::SaveProduct, Fault::After);
    scene.play(&create_product()).is_problem(503, "unavailable");
    scene.done(&create_product());
    assert_eq!(scene.shop.seen(CallKind::SaveProduct), 1);
    scene.shop.fail(CallKind::SaveProduct, Fault::Twice);
    scene.done(&change_product());
}

#[test]
fn last_eight_changes_keep_their_keys() {
    let scene = Scene::new();
    let nth = |n: u32| change().header("idempotency-key", &format!("k{n}")).field("remark", &format!(r#""{n}""#));
    for n in 1..=9 {
        scene.done(&nth(n));
    }
    let notes = scene.account(Provider::Alipay, "main").unwrap().notes;
    assert_eq!((notes.count, notes.changes.len()), (9, 8));
    scene.done(&nth(2));
    let remark = scene.account(Provider::Alipay, "main").unwrap().notes.remark;
    assert_eq!(remark.unwrap().as_str(), "9", "the second key is remembered");
}

#[test]
fn what_could_not_be_written_is_told_by_its_reason() {
    for (why, status, error) in [
        (NotWritten::Refused("a rule"), 400, "invalid_field"),
        (NotWritten::NotFound, 404, "not_found"),
        (NotWritten::Conflict, 409, "in_progress"),
        (NotWritten::Newer, 503, "unavailable"),
        (NotWritten::Unavailable, 503, "unavailable"),
    ] {
        let problem = crate::change::not_written(why);
        assert_eq!((problem.status, problem.error), (status, error), "{why:?}");
    }
}
