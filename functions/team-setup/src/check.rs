//! Whether an account may stand as it was sent: by the rules of the stage, by its keys, by its provider's answer, and by what the other
//! accounts are.

use till_app::ports::{AccountSettings, NotedAccounts, ReadSecret};
use till_app::setup::{check_account, same_id};
use till_domain::provider::{Account, Provider};
use till_lambda::problem::{Data, Problem};
use till_providers::Outside;
use till_providers::check::{Finding, Level, probe};
use till_providers::setup::{
    Checked, MerchantFault, StripeFault, check, check_alone, check_same, known, stripe_deployment, stripe_hints,
};

use crate::Place;
use crate::account_body::Stated;

/// Refuses what no account of this stage may be.
pub fn stage(account: &AccountSettings, place: &Place) -> Result<(), Problem> {
    check_account(account, place.is_production)
        .map_err(|rule| Problem::invalid_field("account", format!("is refused: {rule}")))
}

/// The account with what is known of it at its provider, which is asked.
pub async fn tried(
    outside: &impl Outside,
    place: &Place,
    account: AccountSettings,
    secret: &str,
    stated: &Stated,
) -> Result<AccountSettings, Problem> {
    let checked = check(&place.public_base, &account, secret);
    let Checked { merchant, hints } =
        checked.map_err(|faults| Problem::invalid_field("settings", format!("are refused: {faults}")))?;
    let provider = account.account.provider;
    let probed = probe(&account.account, &merchant, outside).await;
    judge(provider, &probed.findings, stated.untried)?;
    let hints = match provider {
        Provider::WeChat | Provider::Alipay => hints,
        Provider::Stripe => {
            let deployment = stripe_deployment(secret)
                .map_err(|faults| Problem::invalid_field("settings", format!("are refused: {faults}")))?;
            let own = stripe_hints(probed.stripe_account, stated.stripe_account.as_deref(), deployment);
            own.map_err(|fault| Problem::invalid_field("stripe_account", rule_of_stripe(&fault)))?
        }
    };
    Ok(AccountSettings { hints, ..account })
}

/// Refuses settings that the provider refuses, and those that it could not be asked about.
fn judge(provider: Provider, findings: &[Finding], may_be_untried: bool) -> Result<(), Problem> {
    let of = |level| findings.iter().find(|finding| finding.kind.level == level);
    if let Some(fault) = of(Level::Fault) {
        let what = match &fault.detail {
            Some(detail) => format!("{} ({detail})", fault.kind.message),
            None => fault.kind.message.to_owned(),
        };
        let data = Data::Finding { finding: fault.kind.word, what };
        return Err(Problem { data: Some(data), ..Problem::new(422, "settings_refused") });
    }
    if of(Level::Unchecked).is_some() && !may_be_untried {
        let data = Data::Provider { provider: provider.as_str(), refused: false };
        return Err(Problem { data: Some(data), ..Problem::new(502, "provider_not_reached") });
    }
    Ok(())
}

/// Refuses an id that is an account's at another provider.
pub fn id(all: &NotedAccounts, account: &AccountSettings) -> Result<(), Problem> {
    let readable = same_id(all.accounts.iter().map(|noted| &noted.item), account).map(|other| &other.account);
    let Some(other) = readable.or_else(|| all.unreadable_of(&account.account.id)) else { return Ok(()) };
    Err(Problem::invalid_field("id", format!("belongs to an account at {}: choose another", other.provider)))
}

/// Refuses another merchant under an id that stands, and a second account of one merchant.
pub async fn fits(
    secrets: &impl ReadSecret,
    outside: &impl Outside,
    place: &Place,
    all: &NotedAccounts,
    account: &AccountSettings,
    same_merchant: bool,
) -> Result<(), Problem> {
    if !same_merchant {
        no_unreadable(all, account.account.provider)?;
    }
    let items = all.accounts.iter().map(|noted| &noted.item);
    let ours = known(secrets, outside, &place.public_base, items, account.account.provider).await?;
    let before = ours.iter().find(|other| other.settings.account == account.account);
    let same = before.map_or(Ok(()), |before| check_same(before, account, same_merchant));
    let alone = if same_merchant { Ok(()) } else { check_alone(&ours, account) };
    same.and(alone).map_err(|fault| {
        let (field, rule) = rule_of_merchant(&fault);
        Problem::invalid_field(field, rule)
    })
}

/// An account that cannot be read may be the same merchant.
fn no_unreadable(all: &NotedAccounts, provider: Provider) -> Result<(), Problem> {
    let unreadable = all.unreadable.iter().find(|account| account.provider == provider);
    let rule = |other: &Account| {
        format!(
            "must be stated: the account {} cannot be read, so it is not known whether that is the same merchant",
            other.id
        )
    };
    unreadable.map_or(Ok(()), |other| Err(Problem::invalid_field("same_merchant", rule(other))))
}

fn rule_of_merchant(fault: &MerchantFault) -> (&'static str, String) {
    const OTHERWISE: &str =
        "create an account with a new id for it, and switch this one off: what was begun goes on until it ends";
    match fault {
        MerchantFault::OtherMode => {
            ("mode", format!("stays as it is, because orders refer to the account: {OTHERWISE}"))
        }
        MerchantFault::OtherMerchant { theirs, ours } => {
            let (theirs, ours) = (theirs.join(", "), ours.join(", "));
            ("settings", format!("are of {ours}, and the account's orders are of {theirs}: {OTHERWISE}"))
        }
        MerchantFault::UnknownMerchant { ours } => (
            "same_merchant",
            format!(
                "must be stated: Stripe does not accept the stored key, so it cannot tell whether the account is {} already. If it \
                 is not, {OTHERWISE}",
                ours.join(", ")
            ),
        ),
        MerchantFault::SameMerchant { other, ours } => (
            "settings",
            format!(
                "are of {}, as {other} is: change {other}, or state same_merchant if both are wanted",
                ours.join(", ")
            ),
        ),
        MerchantFault::UnknownOther { other } => (
            "same_merchant",
            format!(
                "must be stated: Stripe does not accept the stored key of {other}, so it cannot tell whether that is the same \
                 account. Or give {other} a valid key first"
            ),
        ),
    }
}

fn rule_of_stripe(fault: &StripeFault) -> String {
    match fault {
        StripeFault::Differs(told) => format!("is another one than the key's, which is {told}"),
        StripeFault::NotAnId => "must be the id of an account at Stripe, acct_…".to_owned(),
        StripeFault::NotTold => {
            "must be stated, because Stripe did not tell: or allow the key to read its account".to_owned()
        }
    }
}
