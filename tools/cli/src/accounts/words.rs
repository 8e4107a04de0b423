//! What `till` says when an account does not fit its merchant: what is wrong, and the words of the command line that help.

use till_domain::text::AccountId;
use till_providers::setup::{MerchantFault, StripeFault};

/// About the account of this id.
pub fn of_merchant(fault: &MerchantFault, id: &AccountId) -> String {
    let otherwise = format!(
        "use a new id for it, and switch {id} off with --off: what was begun through {id} then goes on until it ends"
    );
    match fault {
        MerchantFault::OtherMode => {
            format!("{id} cannot change between live and test, because its orders refer to it: {otherwise}")
        }
        MerchantFault::OtherMerchant { theirs, ours } => {
            let (theirs, ours) = (theirs.join(", "), ours.join(", "));
            format!("{id} is {theirs}, and its orders refer to it. These settings are of {ours}: {otherwise}")
        }
        MerchantFault::UnknownMerchant { ours } => format!(
            "it cannot be found out which Stripe account {id} belongs to, because Stripe does not accept its stored key. If it \
             is {}, say so with --same-merchant; otherwise {otherwise}",
            ours.join(", ")
        ),
        MerchantFault::SameMerchant { other, ours } => format!(
            "{other} is the same merchant ({}): change {other} instead of adding {id}. If both are wanted, say so \
             with --same-merchant",
            ours.join(", ")
        ),
        MerchantFault::UnknownOther { other } => format!(
            "it cannot be found out whether {other} is the same Stripe account, because Stripe does not accept its \
             stored key: give {other} a valid one first, or say with --same-merchant that it does not matter"
        ),
    }
}

/// `why` is what Stripe's answer was, where it did not tell.
pub fn of_stripe(fault: &StripeFault, stated: &str, why: &str) -> String {
    match fault {
        StripeFault::Differs(told) => format!("the key belongs to {told}, and not to {stated}"),
        StripeFault::NotAnId => "--stripe-account must be the id of a Stripe account, acct_…".to_owned(),
        StripeFault::NotTold => format!(
            "Stripe does not say which account the key belongs to ({why}): allow the key to read its account, or \
             state it with --stripe-account"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_of_a_merchant_names_the_account_and_what_helps() {
        let id = AccountId::parse("main").expect("it is a name");
        let other = AccountId::parse("other").expect("it is a name");
        let ours = vec!["acct_1".to_owned(), "shop".to_owned()];
        for (fault, parts) in [
            (MerchantFault::OtherMode, ["main cannot change", "--off"]),
            (
                MerchantFault::OtherMerchant { theirs: vec!["acct_2".to_owned()], ours: ours.clone() },
                ["main is acct_2", "acct_1, shop"],
            ),
            (MerchantFault::UnknownMerchant { ours: ours.clone() }, ["acct_1, shop", "--same-merchant"]),
            (MerchantFault::SameMerchant { other: other.clone(), ours }, ["change other", "--same-merchant"]),
            (MerchantFault::UnknownOther { other }, ["whether other", "--same-merchant"]),
        ] {
            let told = of_merchant(&fault, &id);
            assert!(parts.iter().all(|part| told.contains(part)), "{told}");
        }
        assert!(of_stripe(&StripeFault::NotTold, "", "HTTP 403").contains("(HTTP 403)"));
    }
}
