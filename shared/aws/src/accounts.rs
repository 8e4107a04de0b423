//! Merchant accounts: one query for each provider, cached for a minute. Production ignores test accounts; elsewhere no new
//! attempt goes through a live one, because the table of such a stage is deleted with its stack.

use std::rc::Rc;

use till_app::ports::{AccountMode, AccountSettings, FindAccount, ReadAccounts, Unavailable};
use till_domain::provider::{Account, Provider};

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::settings::Settings;
use crate::{account_item, keys};

impl ReadAccounts for Aws {
    async fn read_accounts(&self, provider: Provider) -> Result<Vec<AccountSettings>, Unavailable> {
        self.accounts_at(provider).await.map(|all| all.to_vec())
    }
}

impl FindAccount for Aws {
    async fn find_account(&self, provider: Provider) -> Result<Option<Account>, Unavailable> {
        let all = self.accounts_at(provider).await?;
        Ok(choose(&all, ModesInUse::of(&self.settings)).map(|settings| settings.account.clone()))
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
        let (account, is_production) = (&settings.account.id, self.settings.is_production());
        match settings.mode {
            AccountMode::Test if is_production => {
                tracing::error!(%account, "a test account is ignored in production");
                false
            }
            AccountMode::Live if !is_production => {
                tracing::error!(%account, "a live account takes no new payments outside of production");
                true
            }
            AccountMode::Live | AccountMode::Test => true,
        }
    }
}

/// Which modes an account may have to take new attempts. What runs already goes on through any account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct ModesInUse {
    live: bool,
    test: bool,
}

impl ModesInUse {
    fn of(settings: &Settings) -> Self {
        let Settings { mock_mode, test_accounts, .. } = *settings;
        Self { live: settings.is_production() && !mock_mode, test: mock_mode || test_accounts }
    }

    const fn includes(self, mode: AccountMode) -> bool {
        match mode {
            AccountMode::Live => self.live,
            AccountMode::Test => self.test,
        }
    }
}

/// The account of new attempts: a default that is on, of a mode in use.
fn choose(all: &[AccountSettings], modes: ModesInUse) -> Option<&AccountSettings> {
    let open = all.iter().filter(|one| one.is_default && one.is_on && modes.includes(one.mode));
    open.min_by_key(|settings| &settings.account.id)
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
    fn account_of_new_attempts_is_on_default_and_of_a_mode_in_use() {
        use AccountMode::{Live, Test};
        let live = account("live", Live, true, true);
        let test = account("test", Test, true, true);
        let off = account("off", Live, true, false);
        let other = account("other", Live, false, true);
        let (real, mock) = (ModesInUse { live: true, test: false }, ModesInUse { live: false, test: true });
        for (all, in_real, in_mock) in [
            (vec![&live, &test, &off, &other], Some("live"), Some("test")),
            (vec![&test, &off, &other], None, Some("test")),
            (vec![&other, &live], Some("live"), None),
            (vec![&off, &other], None, None),
            (vec![], None, None),
        ] {
            let all: Vec<AccountSettings> = all.into_iter().cloned().collect();
            let chosen = |modes| choose(&all, modes).map(|settings| settings.account.id.as_str());
            assert_eq!((chosen(real), chosen(mock)), (in_real, in_mock), "{all:?}");
            assert_eq!(chosen(ModesInUse { live: false, test: false }), None);
        }
    }
}
