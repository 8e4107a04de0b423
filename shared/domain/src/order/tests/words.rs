//! The derived words: status and fulfilment, row by row, and how they may move.

use super::*;

type Row = (&'static str, Order, Status, Fulfilment);

fn assert_words(rows: impl IntoIterator<Item = Row>) {
    for (name, order, status, fulfilment) in rows {
        assert_eq!((order.status(), order.fulfilment()), (status, fulfilment), "{name}");
    }
}

fn superseded() -> Order {
    upgrade().hears([paid("A")]).and(|order| order.supersede(minute(3)).unwrap())
}

#[test]
fn words_of_an_order_without_a_kept_payment() {
    assert_words([
        ("new", order(), Status::Pending, Fulfilment::None),
        ("processing", order().hears([says(Says::Processing)]), Status::Pending, Fulfilment::None),
        ("failed: pending until it expires", order().hears([says(Says::Failed)]), Status::Pending, Fulfilment::None),
        ("closed: our own closing echoes", order().hears([closed(true)]), Status::Pending, Fulfilment::None),
        ("odd", order().hears([paid_so("A", cny(1), 1)]), Status::Pending, Fulfilment::None),
        (
            "too late to be kept",
            order_under(late_goes_back()).hears([paid_so("A", cny(PRICE), END + 1)]),
            Status::Pending,
            Fulfilment::None,
        ),
        ("cancelled", order().ended(Why::User), Status::Cancelled, Fulfilment::None),
        ("expired", order().ended(Why::Expired), Status::Cancelled, Fulfilment::None),
    ]);
}

#[test]
fn words_of_an_order_with_a_kept_payment() {
    let lost = dispute("A", PRICE, DisputeState::Lost);
    assert_words([
        ("paid", bought(), Status::Paid, Fulfilment::Queued),
        ("granted", bought().given(), Status::Paid, Fulfilment::Granted),
        ("partly back", bought().hears([went_back("x", "A", 1)]), Status::Paid, Fulfilment::Queued),
        ("back before the grant", bought().hears([went_back("x", "A", PRICE)]), Status::Refunded, Fulfilment::None),
        ("all reserved", bought().gives_back(&wish("k", None)), Status::Paid, Fulfilment::Withheld),
        ("unclear", bought().hears([unclear("A")]), Status::Paid, Fulfilment::Withheld),
        ("disputed", bought().hears([dispute("A", PRICE, DisputeState::Opened)]), Status::Paid, Fulfilment::Withheld),
        (
            "a dispute lost in part",
            bought().hears([dispute("A", 1, DisputeState::Lost)]),
            Status::Paid,
            Fulfilment::Withheld,
        ),
        ("to be taken back", bought().given().hears([lost.clone()]), Status::Refunded, Fulfilment::Revoking),
        ("taken back", bought().given().hears([lost]).taken_back(), Status::Refunded, Fulfilment::Revoked),
        ("superseded", superseded(), Status::Paid, Fulfilment::Withheld),
        ("superseded and back", superseded().hears([went_back("x", "A", PRICE)]), Status::Refunded, Fulfilment::None),
    ]);
}

#[test]
fn words_after_late_money_and_failed_refunds() {
    let late = paid_so("A", cny(PRICE), END + 9);
    let undone = refund_says(theirs("x"), "A", PRICE, RefundWord::Failed);
    let back = [went_back("x", "A", PRICE), paid("A")];
    assert_words([
        (
            "cancelled, then money came late",
            order().ended(Why::Expired).hears([late]),
            Status::Paid,
            Fulfilment::Queued,
        ),
        (
            "a refund failed after its success",
            bought().hears([went_back("x", "A", PRICE), undone]),
            Status::Paid,
            Fulfilment::Queued,
        ),
        ("paid and back before we heard", order().hears(back.clone()), Status::Refunded, Fulfilment::None),
        ("the same, cancelled", order().ended(Why::Expired).hears(back), Status::Refunded, Fulfilment::None),
    ]);
}

#[test]
fn status_moves_only_as_the_rules_allow() {
    use Status::{Cancelled, Paid, Pending, Refunded};
    let may = [
        (Pending, [Pending, Cancelled, Paid, Refunded].as_slice()),
        (Cancelled, &[Cancelled, Paid, Refunded]),
        (Paid, &[Paid, Refunded]),
        (Refunded, &[Paid, Refunded]),
    ];
    for (from, nexts) in may {
        for next in [Pending, Cancelled, Paid, Refunded] {
            assert_eq!(from.may_become(next), nexts.contains(&next), "{from} to {next}");
        }
    }
}

#[test]
fn words_are_stable() {
    use Fulfilment::{Granted, None, Queued, Revoked, Revoking, Withheld};
    let status = [Status::Pending, Status::Cancelled, Status::Paid, Status::Refunded].map(|word| word.to_string());
    let fulfilment = [None, Withheld, Queued, Granted, Revoking, Revoked].map(|word| word.to_string());
    let holds = HoldWord::ALL.map(|word| word.to_string());
    assert_eq!(status.join(" "), "pending cancelled paid refunded");
    assert_eq!(fulfilment.join(" "), "none withheld queued granted revoking revoked");
    let all = "odd_payment dispute refund_unclear refund_abnormal refund_failed grant_failed unreachable_provider stated_payment stated_denied";
    assert_eq!(holds.join(" "), all);
}
