//! Which merchant an account is at its provider. An account of ours keeps its merchant for ever, because orders refer to it; and
//! two accounts of ours should not be one merchant, because each would take in what is meant for the other.

use till_app::ports::{AccountSettings, ReadSecret, Unavailable};
use till_domain::provider::Provider;
use till_domain::text::AccountId;

use super::{check, stripe_deployment};
use crate::outside::Outside;
use crate::provide::Merchant;

/// An account of ours, and the merchant that it is as far as that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    pub settings: AccountSettings,
    pub merchant: Option<MerchantNames>,
}

/// What names a merchant at its provider, and at Stripe also the deployment whose payments are ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MerchantNames(pub Vec<String>);

impl MerchantNames {
    /// Of an account's hints, those that name the merchant. The others belong to keys, which may change.
    pub fn of_hints(settings: &AccountSettings) -> Option<Self> {
        let numbers = match settings.account.provider {
            Provider::WeChat | Provider::Stripe => 2,
            Provider::Alipay => 1,
        };
        settings.hints.get(..numbers).map(|hints| Self(hints.to_vec()))
    }
}

/// Why an account does not fit its merchant, or the other accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MerchantFault {
    /// It would change between live and test.
    OtherMode,
    /// The id is another merchant's: their names, and those of the new settings.
    OtherMerchant { theirs: Vec<String>, ours: Vec<String> },
    /// Which merchant the id is cannot be found out, because Stripe does not accept its stored key.
    UnknownMerchant { ours: Vec<String> },
    /// Another account is the same merchant.
    SameMerchant { other: AccountId, ours: Vec<String> },
    /// Whether another account is the same merchant cannot be found out.
    UnknownOther { other: AccountId },
}

/// Why it is not known which account at Stripe the settings are of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StripeFault {
    /// The key belongs to this one, and not to the one that was stated.
    Differs(String),
    /// What was stated is no id of an account.
    NotAnId,
    /// Stripe does not tell, and nothing was stated.
    NotTold,
}

/// The hints of an account at Stripe: which one it is there, as Stripe told or as a person stated, and its deployment.
pub fn stripe_hints(
    told: Option<String>,
    stated: Option<&str>,
    deployment: String,
) -> Result<Vec<String>, StripeFault> {
    match (told, stated) {
        (Some(told), Some(stated)) if told != stated => Err(StripeFault::Differs(told)),
        (Some(told), _) => Ok(vec![told, deployment]),
        (None, Some(stated)) if stated.starts_with("acct_") => Ok(vec![stated.to_owned(), deployment]),
        (None, Some(_)) => Err(StripeFault::NotAnId),
        (None, None) => Err(StripeFault::NotTold),
    }
}

/// Finds out which merchant each account is that the table does not tell it of.
pub async fn known<'a>(
    secrets: &impl ReadSecret,
    outside: &impl Outside,
    public_base: &str,
    all: impl IntoIterator<Item = &'a AccountSettings>,
    of: Provider,
) -> Result<Vec<Known>, Unavailable> {
    let mut found = Vec::new();
    for settings in all.into_iter().filter(|one| one.account.provider == of) {
        let merchant = match (MerchantNames::of_hints(settings), settings.account.provider) {
            (Some(merchant), _) => Some(merchant),
            (None, Provider::Stripe) => stored_stripe(secrets, outside, public_base, settings).await?,
            (None, Provider::WeChat | Provider::Alipay) => None,
        };
        found.push(Known { settings: settings.clone(), merchant });
    }
    Ok(found)
}

/// The merchant of a Stripe account that an earlier release wrote: Stripe is asked with the stored key.
async fn stored_stripe(
    secrets: &impl ReadSecret,
    outside: &impl Outside,
    public_base: &str,
    settings: &AccountSettings,
) -> Result<Option<MerchantNames>, Unavailable> {
    let secret = secrets.read_secret(&format!("account/{}", settings.account.id)).await?;
    let Some(secret) = secret else { return Ok(None) };
    let checked = check(public_base, settings, &secret.current).map(|checked| checked.merchant);
    let (Ok(Merchant::Stripe(stripe)), Ok(deployment)) = (checked, stripe_deployment(&secret.current)) else {
        return Ok(None);
    };
    Ok(stripe.own_account(outside).await.ok().map(|own| MerchantNames(vec![own, deployment])))
}

/// Refuses another merchant under an id that orders refer to: their payments would count as another's, paid orders would be
/// taken for unpaid, and could not be refunded. A person may state that a merchant that cannot be found out is the same.
pub fn check_same(before: &Known, new: &AccountSettings, is_stated: bool) -> Result<(), MerchantFault> {
    if before.settings.mode != new.mode {
        return Err(MerchantFault::OtherMode);
    }
    let Some(MerchantNames(ours)) = MerchantNames::of_hints(new) else { return Ok(()) };
    match &before.merchant {
        Some(MerchantNames(theirs)) if *theirs == ours => Ok(()),
        Some(MerchantNames(theirs)) => Err(MerchantFault::OtherMerchant { theirs: theirs.clone(), ours }),
        None if before.settings.account.provider == Provider::Stripe && !is_stated => {
            Err(MerchantFault::UnknownMerchant { ours })
        }
        None => Ok(()),
    }
}

/// Refuses a second account of ours for one merchant. Whichever webhook comes first would name the wrong one.
pub fn check_alone(all: &[Known], new: &AccountSettings) -> Result<(), MerchantFault> {
    let Some(ours) = MerchantNames::of_hints(new) else { return Ok(()) };
    let others = all.iter().filter(|other| other.settings.account != new.account && other.settings.mode == new.mode);
    for other in others {
        let id = &other.settings.account.id;
        let is_stripe = new.account.provider == Provider::Stripe;
        match &other.merchant {
            Some(merchant) if *merchant == ours => {
                return Err(MerchantFault::SameMerchant { other: id.clone(), ours: ours.0 });
            }
            None if is_stripe => return Err(MerchantFault::UnknownOther { other: id.clone() }),
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
            account: Account { provider, id: AccountId::parse(id).unwrap() },
            mode,
            is_default: false,
            is_on: true,
            base_url: None,
            hints: hints.iter().map(|&hint| hint.to_owned()).collect(),
        }
    }

    fn known(settings: AccountSettings) -> Known {
        Known { merchant: MerchantNames::of_hints(&settings), settings }
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
        let ours = vec!["acct_1".to_owned(), "shop".to_owned()];
        assert_eq!(check_same(&unknown, &new, false), Err(MerchantFault::UnknownMerchant { ours }));
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

    #[test]
    fn account_at_stripe_is_the_one_that_stripe_tells_or_a_person_states() {
        let own = |id: &str| Some(id.to_owned());
        let hints = |id: &str| Ok(vec![id.to_owned(), "shop".to_owned()]);
        for (told, stated, expected) in [
            (own("acct_1"), None, hints("acct_1")),
            (own("acct_1"), Some("acct_1"), hints("acct_1")),
            (own("acct_1"), Some("acct_2"), Err(StripeFault::Differs("acct_1".to_owned()))),
            (None, Some("acct_2"), hints("acct_2")),
            (None, Some("main"), Err(StripeFault::NotAnId)),
            (None, None, Err(StripeFault::NotTold)),
        ] {
            assert_eq!(stripe_hints(told.clone(), stated, "shop".to_owned()), expected, "{told:?} {stated:?}");
        }
    }
}
