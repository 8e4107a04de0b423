//! Which merchant an account is at its provider. An account of ours keeps its merchant for ever, because orders refer to it; and
//! two accounts of ours should not be one merchant, because each would take in what is meant for the other.

use std::time::{Duration, Instant};

use till_app::ports::{AccountSettings, ReadSecret as _};
use till_aws::Aws;
use till_domain::provider::Provider;
use till_lambda::clock::SystemClock;
use till_providers::account::{Place, read};
use till_providers::merchants::notify_url;
use till_providers::outside::Network;
use till_providers::stripe;
use till_providers::transport::Transport;

use super::check::EXAMPLE_API;
use crate::Failure;

/// How long Stripe is waited for; a call ends two seconds earlier.
const TIME_BUDGET: Duration = Duration::from_secs(12);

/// An account of ours, and the merchant that it is as far as that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    pub settings: AccountSettings,
    pub merchant: Option<Merchant>,
}

/// What names a merchant at its provider, and at Stripe also the deployment whose payments are ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Merchant(pub Vec<String>);

impl Merchant {
    /// Of an account's hints, those that name the merchant. The others belong to keys, which may change.
    pub fn of_hints(settings: &AccountSettings) -> Option<Self> {
        let numbers = match settings.account.provider {
            Provider::WeChat | Provider::Stripe => 2,
            Provider::Alipay => 1,
        };
        settings.hints.get(..numbers).map(|hints| Self(hints.to_vec()))
    }
}

/// Finds out which merchant each account is that the table does not tell it of.
pub async fn known(aws: &Aws, all: &[AccountSettings], of: Provider) -> Result<Vec<Known>, Failure> {
    let mut found = Vec::new();
    for settings in all.iter().filter(|one| one.account.provider == of) {
        let merchant = match (Merchant::of_hints(settings), settings.account.provider) {
            (Some(merchant), _) => Some(merchant),
            (None, Provider::Stripe) => stored_stripe(aws, settings).await?,
            (None, Provider::WeChat | Provider::Alipay) => None,
        };
        found.push(Known { settings: settings.clone(), merchant });
    }
    Ok(found)
}

/// The merchant of a Stripe account that an earlier release wrote: Stripe is asked with the stored key.
async fn stored_stripe(aws: &Aws, settings: &AccountSettings) -> Result<Option<Merchant>, Failure> {
    let secret = aws.read_secret(&format!("account/{}", settings.account.id)).await?;
    let Some(secret) = secret else { return Ok(None) };
    Ok(ask_stripe(settings, &secret.current).await.ok().map(Merchant))
}

/// The Stripe account of these settings, and their deployment.
pub async fn ask_stripe(account: &AccountSettings, secret: &str) -> Result<Vec<String>, Failure> {
    let settings: stripe::Settings = read(secret)?;
    let deployment = settings.deployment.clone();
    let notify_url = notify_url(EXAMPLE_API, &account.account);
    let place = Place { mode: account.mode, notify_url: &notify_url, base_url: account.base_url.as_deref() };
    let merchant = stripe::Merchant::parse(account.account.id.clone(), &settings, place)?;
    let (clock, transport) = (&SystemClock, &Transport::new(None)?);
    let own = merchant.own_account(&Network { clock, transport, until: Instant::now() + TIME_BUDGET }).await?;
    Ok(vec![own, deployment])
}

/// Refuses another merchant under an id that orders refer to: their payments would count as another's, paid orders would be
/// taken for unpaid, and could not be refunded. A person may state that a merchant that cannot be found out is the same.
pub fn check_same(before: &Known, new: &AccountSettings, is_stated: bool) -> Result<(), Failure> {
    let id = &new.account.id;
    let otherwise = format!(
        "use a new id for it, and switch {id} off with --off: what was begun through {id} then goes on until it ends"
    );
    if before.settings.mode != new.mode {
        return Err(
            format!("{id} cannot change between live and test, because its orders refer to it: {otherwise}").into()
        );
    }
    let Some(Merchant(ours)) = Merchant::of_hints(new) else { return Ok(()) };
    match &before.merchant {
        Some(Merchant(theirs)) if *theirs == ours => Ok(()),
        Some(Merchant(theirs)) => {
            let (theirs, ours) = (theirs.join(", "), ours.join(", "));
            Err(format!("{id} is {theirs}, and its orders refer to it. These settings are of {ours}: {otherwise}").into())
        }
        None if before.settings.account.provider == Provider::Stripe && !is_stated => Err(format!(
            "it cannot be found out which Stripe account {id} belongs to, because Stripe does not accept its stored key. If it \
             is {}, say so with --same-merchant; otherwise {otherwise}",
            ours.join(", ")
        )
        .into()),
        None => Ok(()),
    }
}

/// Refuses a second account of ours for one merchant. Whichever webhook comes first would name the wrong one.
pub fn check_alone(all: &[Known], new: &AccountSettings) -> Result<(), Failure> {
    let id = &new.account.id;
    let Some(ours) = Merchant::of_hints(new) else { return Ok(()) };
    let others = all.iter().filter(|other| other.settings.account != new.account && other.settings.mode == new.mode);
    for other in others {
        let theirs = &other.settings.account.id;
        let is_stripe = new.account.provider == Provider::Stripe;
        match &other.merchant {
            Some(merchant) if *merchant == ours => {
                return Err(format!(
                    "{theirs} is the same merchant ({}): change {theirs} instead of adding {id}. If both are wanted, say so \
                     with --same-merchant",
                    ours.0.join(", ")
                )
                .into());
            }
            None if is_stripe => {
                return Err(format!(
                    "it cannot be found out whether {theirs} is the same Stripe account, because Stripe does not accept its \
                     stored key: give {theirs} a valid one first, or say with --same-merchant that it does not matter"
                )
                .into());
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use till_app::ports::AccountMode;
    use till_domain::provider::Account;
    use till_domain::text::AccountId;

    use super::*;

    fn account(provider: Provider, id: &str, mode: AccountMode, hints: &[&str]) -> AccountSettings {
        AccountSettings {
            account: Account { provider, id: AccountId::parse(id).expect("it is a name") },
            mode,
            is_default: false,
            is_on: true,
            base_url: None,
            hints: hints.iter().map(|&hint| hint.to_owned()).collect(),
        }
    }

    fn known(settings: AccountSettings) -> Known {
        Known { merchant: Merchant::of_hints(&settings), settings }
    }

    #[test]
    fn account_id_stays_with_its_merchant() {
        use AccountMode::{Live, Test};
        use Provider::{Alipay, Stripe, WeChat};
        let wechat = ["1900000001", "wx0000000000000001", "PUB_KEY_ID_1"];
        for (provider, before, mode, new, fits) in [
            (WeChat, &wechat[..], Test, &["1900000001", "wx0000000000000001", "PUB_KEY_ID_2"][..], true),
            (WeChat, &wechat, Test, &["1900000001", "wx0000000000000001"], true),
            (WeChat, &wechat, Test, &["1900000002", "wx0000000000000001", "PUB_KEY_ID_1"], false),
            (WeChat, &wechat, Test, &["1900000001", "wx0000000000000002", "PUB_KEY_ID_1"], false),
            (WeChat, &wechat, Live, &["1900000001", "wx0000000000000001"], false),
            (Alipay, &["2021000000000001"], Test, &["2021000000000001"], true),
            (Alipay, &["2021000000000001"], Test, &["2021000000000002"], false),
            (Stripe, &["acct_1", "shop"], Test, &["acct_1", "shop"], true),
            (Stripe, &["acct_1", "shop"], Test, &["acct_2", "shop"], false),
            (Stripe, &["acct_1", "shop"], Test, &["acct_1", "shop2"], false),
        ] {
            let new = account(provider, "main", mode, new);
            let before = known(account(provider, "main", Test, before));
            assert_eq!(check_same(&before, &new, true).is_ok(), fits, "{new:?}");
        }
        let unknown = known(account(Stripe, "main", Test, &[]));
        let new = account(Stripe, "main", Test, &["acct_1", "shop"]);
        let why = check_same(&unknown, &new, false).expect_err("it is not known");
        assert!(why.to_string().contains("--same-merchant"), "{why}");
        assert!(check_same(&unknown, &new, true).is_ok());
        assert!(check_same(&unknown, &AccountSettings { mode: Live, ..new }, true).is_err());
    }

    #[test]
    fn second_account_of_one_merchant_is_refused() {
        use AccountMode::{Live, Test};
        use Provider::{Alipay, Stripe, WeChat};
        for (provider, mode, other, new, fits) in [
            (Stripe, Test, &["acct_1", "shop"][..], &["acct_1", "shop"][..], false),
            (Stripe, Test, &["acct_1", "shop"], &["acct_1", "another"], true),
            (Stripe, Test, &["acct_1", "shop"], &["acct_2", "shop"], true),
            (Stripe, Live, &["acct_1", "shop"], &["acct_1", "shop"], true),
            (Stripe, Test, &[], &["acct_1", "shop"], false),
            (WeChat, Test, &["1900000001", "wx1", "PUB_KEY_ID_1"], &["1900000001", "wx1", "PUB_KEY_ID_2"], false),
            (WeChat, Test, &["1900000001", "wx1"], &["1900000001", "wx2"], true),
            (Alipay, Test, &["2021000000000001"], &["2021000000000001"], false),
        ] {
            let others = [known(account(provider, "first", mode, other))];
            let new = account(provider, "second", Test, new);
            assert_eq!(check_alone(&others, &new).is_ok(), fits, "{other:?} {new:?}");
            let itself = [known(account(provider, "second", Test, &["x", "y"]))];
            assert!(check_alone(&itself, &new).is_ok(), "an account is not beside itself");
        }
    }
}
