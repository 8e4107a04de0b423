//! When an order may be deleted: never once money is known.

use super::*;

const ABANDONED: Seconds = Seconds::days(90);

/// As the store keeps it: every write ends with a claim.
fn kept(order: Order) -> Order {
    order.and(|order| order.claim(minute(2), May::All))
}

#[test]
fn order_is_deleted_only_when_it_saw_no_money() {
    let gone = |from: Time| Some(from.plus(ABANDONED));
    let over = |order: Order| order.hears([closed(true)]).and(|order| order.cancel(Why::User, By::Buyer, minute(END)));
    let later = order_of(Policy::default(), None, Some(minute(END + 60)));
    let odd_and_back = order().hears([paid_so("A", cny(1), 1), went_back("x", "A", 1)]);
    for (name, order, at) in [
        ("cancelled", over(order()), gone(minute(END))),
        ("payable for longer", over(later), gone(minute(END + 60))),
        ("payable without an end", over(order_of(Policy::default(), None, None)), gone(minute(END))),
        ("denied after its end", order().hears([says(Says::NotPaid).asked(LAST)]).ended(Why::User), gone(minute(END))),
        ("paid", order().hears([paid("A")]).given(), None),
        ("odd and back", over(odd_and_back), None),
        ("paid and back", order().hears([paid("A"), went_back("x", "A", PRICE)]), None),
        ("a refund without its payment", over(order()).hears([went_back("x", "A", 1)]), None),
        ("a figure without its payment", over(order()).hears([in_all("A", cny(1))]), None),
        ("an unclear word", over(order()).hears([unclear("A")]), None),
        ("a dispute without its payment", over(order()).hears([dispute("A", 1, DisputeState::Won)]), None),
    ] {
        let order = kept(order);
        assert_eq!(order.due_at(), None, "{name}: nothing is left to do");
        assert_eq!(order.delete_at(ABANDONED), at, "{name}");
    }
}

#[test]
fn order_with_duties_is_not_deleted() {
    let endless = order_of(Policy::default(), None, None);
    for (name, order) in [
        ("never paid, not expired", order()),
        ("nothing open, not expired", order().hears([closed(true)])),
        ("processing", order().hears([says(Says::Processing)])),
        ("failed without an end", endless.hears([says(Says::Failed)])),
        ("to be asked a last time", order().ended(Why::User)),
    ] {
        assert_eq!(
            order.delete_at(ABANDONED),
            Some(minute(END).plus(ABANDONED)),
            "{name}: what the last claim saw counts"
        );
        assert_eq!(kept(order).delete_at(ABANDONED), None, "{name}");
    }
    let claimed = |at| move |order: &mut Order| order.claim(minute(at), May::All);
    let asked = order().and(claimed(0)).and(claimed(1)).ended(Why::User).hears([closed(true)]);
    let asked = kept(asked);
    assert!(asked.schedule.iter().any(|slot| !slot.owed), "an ask that still holds");
    assert!(asked.delete_at(ABANDONED).is_some(), "is nothing that is left to do");
}

#[test]
fn paid_order_is_never_deleted() {
    assert_eq!(order().hears([paid("A")]).delete_at(ABANDONED), None);
}
