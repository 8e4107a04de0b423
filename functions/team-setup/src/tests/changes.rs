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

/// What each record says: about what, what, by whom, in which role, and why.
fn records(scene: &Scene) -> Vec<String> {
    scene.shop.memory.tables(|tables| {
        let said = |record: &TeamRecord| {
            let TeamRecord { subject, what, by, role, reason, at: _ } = record;
            let reason = reason.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{subject}: {what}, by {by} ({role:?}): {reason}")
        };
        tables.team_records.iter().map(said).collect()
    })
}

#[test]
fn each_change_is_recorded_once_with_who_what_and_why() {
    let scene = Scene::new();
    for event in [create(), create(), change_new(), change_new(), create_product(), create_product(), change_product()]
    {
        scene.done(&event);
    }
    scene.play(&create().header("idempotency-key", "other")).is_problem(409, "already_exists");
    assert_eq!(
        records(&scene),
        [
            "account stripe/shop: created, by ann (Some(Admin)): the shop's own account",
            "account stripe/main: changed is_default=false, by ann (Some(Admin)): the shop's own account",
            "account stripe/shop: changed is_on=false, by ann (Some(Admin)): the contract ended",
            "product points/500: created 7.99 USD + 39.00 CNY, by ann (Some(Admin)): a larger pack",
            "product points/1: changed active=false, by ann (Some(Admin)): it is out of season",
        ]
    );
    let whole = records(&scene).concat();
    assert!(!whole.contains("SampleOf"), "no record shows a key: {whole}");
}

#[test]
fn change_that_was_cut_off_is_recorded_once() {
    for fault in [Fault::DieBefore, Fault::DieAfter, Fault::Twice] {
        let scene = Scene::new();
        scene.shop.fail(CallKind::SaveAccount, fault);
        scene.play_until_death(&create());
        scene.done(&create());
        let of_the_new = records(&scene).into_iter().filter(|record| record.contains("stripe/shop"));
        assert_eq!(of_the_new.count(), 1, "{fault:?}");
    }
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
