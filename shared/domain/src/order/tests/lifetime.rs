//! When an order may be deleted: never once money is known.

use super::*;

const ABANDONED: Seconds = Seconds::days(90);

#[test]
fn rubbish_goes_and_money_stays() {
    let gone = |from: Time| Some(from.plus(ABANDONED));
    let later = order_of(Policy::default(), None, Some(minute(END + 60)));
    for (name, order, at) in [
        ("never paid", order(), gone(minute(END))),
        ("payable for longer", later, gone(minute(END + 60))),
        ("payable without an end", order_of(Policy::default(), None, None), gone(minute(END))),
        ("cancelled", order().ended(Why::User), gone(minute(END))),
        ("failed", order().hears([says(Says::Failed)]), gone(minute(END))),
        ("processing", order().hears([says(Says::Processing)]), None),
        ("paid", order().hears([paid("A")]), None),
        ("odd", order().hears([paid_so("A", cny(1), 1)]), None),
        ("paid and back", order().hears([paid("A"), went_back("x", "A", PRICE)]), None),
        ("a refund without its payment", order().hears([went_back("x", "A", 1)]), None),
        ("a figure without its payment", order().hears([in_all("A", cny(1))]), None),
        ("an unclear word", order().hears([unclear("A")]), None),
        ("a dispute without its payment", order().hears([dispute("A", 1, DisputeState::Won)]), None),
    ] {
        assert_eq!(order.delete_at(ABANDONED), at, "{name}");
    }
}

#[test]
fn planted_bugs_show() {
    planting(Bug::TtlWithMoney, true, false, |policy| {
        order_under(policy).hears([paid("A")]).delete_at(ABANDONED).is_none()
    });
}
