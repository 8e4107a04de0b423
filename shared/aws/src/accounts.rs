//! Merchant accounts: one query for each provider, cached for a minute. Production ignores test accounts.

use std::rc::Rc;

use till_app::ports::{AccountMode, AccountSettings, FindAccount, ReadAccounts, Unavailable};
use till_domain::provider::{Account, Provider};

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::{account_item, keys};

impl ReadAccounts for Aws {
    async fn read_accounts(&self, provider: Provider) -> Result<Vec<AccountSettings>, Unavailable> {
        self.accounts_at(provider).await.map(|all| all.to_vec())
    }
}

impl FindAccount for Aws {
    async fn find_account(&self, provider: Provider) -> Result<Option<Account>, Unavailable> {
        let all = self.accounts_at(provider).await?;
        Ok(choose(&all, self.settings.mock_mode).map(|settings| settings.account.clone()))
    }
}

impl Aws {
    async fn accounts_at(&self, provider: Provider) -> Result<Rc<[AccountSettings]>, Unavailable> {
        if let Some(known) = self.cache.accounts.get(provider.as_str(), self.now()) {
            return Ok(known);
        }
        let items = self.read_partition(&keys::accounts_partition(provider)).await?;
        // An unreadable account takes no money; the others are not affected.
        let readable = |item| account_item::read(provider, item).or_unavailable("account").ok();
        let all = items.iter().filter_map(readable).filter(|settings| self.is_usable(settings));
        let all: Rc<[AccountSettings]> = all.collect();
        self.cache.accounts.put(provider.as_str(), Rc::clone(&all), self.now());
        Ok(all)
    }

    fn is_usable(&self, settings: &AccountSettings) -> bool {
        let refused = settings.mode == AccountMode::Test && self.settings.is_production();
        if refused {
            tracing::error!(account = %settings.account.id, "a test account is ignored in production");
        }
        !refused
    }
}

/// The account of new attempts: a default that is on, preferably of the deployment's mode.
fn choose(all: &[AccountSettings], mock_mode: bool) -> Option<&AccountSettings> {
    let preferred = if mock_mode { AccountMode::Test } else { AccountMode::Live };
    let open = all.iter().filter(|settings| settings.is_default && settings.is_on);
    open.min_by_key(|settings| (settings.mode != preferred, &settings.account.id))
}

#[cfg(test)]
mod tests {
    use till_domain::text::AccountId;

    use super::*;

    fn account(id: &str, mode: AccountMode, is_default: bool, is_on: bool) -> AccountSettings {
        let account = Account { provider: Provider::Alipay, id: AccountId::parse(id).unwrap() };
        AccountSettings { account, mode, is_default, is_on, base_url: None, hints: vec![] }
    }

    #[test]
    fn account_of_new_attempts_is_on_default_and_of_the_preferred_mode() {
        use AccountMode::{Live, Test};
        let live = account("live", Live, true, true);
        let test = account("test", Test, true, true);
        let off = account("off", Live, true, false);
        let other = account("other", Live, false, true);
        for (all, real, mock) in [
            (vec![&live, &test, &off, &other], Some("live"), Some("test")),
            (vec![&test, &off, &other], Some("test"), Some("test")),
            (vec![&other, &live], Some("live"), Some("live")),
            (vec![&off, &other], None, None),
            (vec![], None, None),
        ] {
            let all: Vec<AccountSettings> = all.into_iter().cloned().collect();
            let chosen = |mock_mode| choose(&all, mock_mode).map(|settings| settings.account.id.as_str());
            assert_eq!((chosen(false), chosen(true)), (real, mock), "{all:?}");
        }
    }
}
