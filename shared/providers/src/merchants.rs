//! Merchant accounts as a process keeps them: the team's settings and secrets, read through ports, with their keys parsed
//! once. Faults of an account are logged once, by the names of its fields; values are never logged.

mod ends;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use till_app::ports::{
    AccountMode, AccountSettings, Alarm, AlarmWord, RaiseAlarm, ReadAccounts, ReadSecret, Secret, Unavailable,
};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_domain::time::Time;

use crate::account::Place;
pub use crate::provide::callback_path;
use crate::provide::{FindMerchant, Merchant};

/// How many accounts are tried for one notification to an address without an account.
pub const MOST_CANDIDATES: usize = 10;

/// The whole address of an account's notifications, below a public address without a slash at its end.
#[must_use]
pub fn notify_url(public_base: &str, account: &Account) -> String {
    format!("{public_base}{}/{}", callback_path(account.provider), account.id)
}

/// All merchant accounts of a deployment, for as long as the process lives.
#[derive(Debug)]
pub struct Merchants<'a, S> {
    store: &'a S,
    public_base: String,
    is_production: bool,
    parsed: Mutex<Vec<Parsed>>,
    /// When all accounts were looked at last.
    looked_at: Mutex<Option<Time>>,
}

/// An account that a notification may be for.
#[derive(Clone, Debug)]
pub struct Candidate {
    settings: AccountSettings,
    secret: Option<Secret>,
    /// By its current secret, then by the one before it: as many of them as make sense.
    pub merchants: Vec<Merchant>,
}

impl Candidate {
    pub const fn account(&self) -> &Account {
        &self.settings.account
    }
}

/// The accounts that a notification may be for.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// At most [`MOST_CANDIDATES`].
    pub all: Vec<Candidate>,
    /// Whether a secret could not be read now: then it is not certain that no account fits.
    pub is_incomplete: bool,
}

/// An account's parsed settings; `merchant` is `None` if they are invalid.
struct Parsed {
    account: Account,
    value: Arc<str>,
    mode: AccountMode,
    base_url: Option<String>,
    merchant: Option<Merchant>,
}

// The value is the account's secret.
impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parsed").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Parsed {
    fn is_of(&self, settings: &AccountSettings, value: &str) -> bool {
        self.account == settings.account
            && *self.value == *value
            && self.mode == settings.mode
            && self.base_url == settings.base_url
    }
}

impl<'a, S> Merchants<'a, S> {
    /// The accounts in a store, with notifications below this address. Where money is real, test accounts take no part.
    pub fn new(store: &'a S, public_base: &str, is_production: bool) -> Self {
        let public_base = public_base.trim_end_matches('/').to_owned();
        Self { store, public_base, is_production, parsed: Mutex::default(), looked_at: Mutex::default() }
    }

    /// A poisoned lock is used all the same: a panic cannot leave a value half written.
    fn lock(&self) -> MutexGuard<'_, Vec<Parsed>> {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps of an account only what its secret's values still are.
    fn forget_others(&self, settings: &AccountSettings, secret: &Secret) {
        let is_value = |value: &str| *secret.current == *value || secret.previous.as_deref() == Some(value);
        self.lock().retain(|one| one.account != settings.account || is_value(&one.value));
    }

    fn remember(&self, settings: &AccountSettings, value: &Arc<str>, merchant: Option<Merchant>) {
        let AccountSettings { account, mode, base_url, .. } = settings.clone();
        self.lock().push(Parsed { account, value: Arc::clone(value), mode, base_url, merchant });
    }
}

impl<S: RaiseAlarm> Merchants<'_, S> {
    /// The account with one value of its secret, parsed if the value is new. An invalid one raises an alarm.
    async fn parsed(&self, settings: &AccountSettings, value: &Arc<str>) -> Option<Merchant> {
        let known = self.lock().iter().find(|one| one.is_of(settings, value)).map(|known| known.merchant.clone());
        if let Some(known) = known {
            return known;
        }
        let merchant = self.parse(settings, value).await;
        self.remember(settings, value, merchant.clone());
        merchant
    }

    async fn parse(&self, settings: &AccountSettings, value: &str) -> Option<Merchant> {
        let (provider, account) = (settings.account.provider.as_str(), settings.account.id.as_str());
        if self.is_production && settings.mode == AccountMode::Test {
            tracing::error!(provider, account, "a test account is ignored in production");
            return None;
        }
        let notify_url = notify_url(&self.public_base, &settings.account);
        let place = Place { mode: settings.mode, notify_url: &notify_url, base_url: settings.base_url.as_deref() };
        match Merchant::read(&settings.account, value, place) {
            Ok(merchant) => Some(merchant),
            Err(faults) => {
                // Strangers are answered as for any other account, so only the alarm tells of it.
                let alarm = Alarm::about_account(AlarmWord::UnusableAccount, &settings.account);
                // If this is lost, the next process raises it again.
                let _ = self.store.raise(&Alarm { note: Some(faults.to_string()), ..alarm }).await;
                None
            }
        }
    }
}

/// The name of an account's secret, below the stage's own folder.
fn secret_name(account: &Account) -> String {
    format!("account/{}", account.id)
}

impl<S: ReadAccounts + ReadSecret + RaiseAlarm> Merchants<'_, S> {
    /// The accounts that a notification may be for: the one that its address names, if it is ours; or at the bare address
    /// those that its hint fits (an app's number, a key's name), and all where it fits none. Whether an account is open for
    /// new payments does not matter: what was begun goes on.
    pub async fn candidates(
        &self,
        provider: Provider,
        named: Option<&AccountId>,
        hint: Option<&str>,
    ) -> Result<Candidates, Unavailable> {
        let mut accounts = self.store.read_accounts(provider).await?;
        match (named, hint) {
            (Some(id), _) => accounts.retain(|one| one.account.id == *id),
            (None, Some(hint)) => {
                let fits = |one: &AccountSettings| one.hints.iter().any(|known| known == hint);
                if accounts.iter().any(fits) {
                    accounts.retain(fits);
                }
            }
            (None, None) => {}
        }
        if accounts.len() > MOST_CANDIDATES {
            tracing::warn!(
                provider = provider.as_str(),
                accounts = accounts.len(),
                "too many accounts for an address without an account: the rest are not tried"
            );
            accounts.truncate(MOST_CANDIDATES);
        }
        let mut candidates = Candidates::default();
        for settings in accounts {
            match self.store.read_secret(&secret_name(&settings.account)).await {
                Ok(secret) => candidates.all.push(self.candidate(settings, secret).await),
                Err(Unavailable) => candidates.is_incomplete = true,
            }
        }
        Ok(candidates)
    }

    /// The same account by a secret that is read anew, because the known one did not fit; none, when that is no other.
    pub async fn refreshed(&self, candidate: &Candidate) -> Result<Option<Candidate>, Unavailable> {
        let secret = self.store.refresh_secret(&secret_name(candidate.account())).await?;
        let is_another = secret.is_some() && secret != candidate.secret;
        if !is_another {
            return Ok(None);
        }
        Ok(Some(self.candidate(candidate.settings.clone(), secret).await))
    }

    async fn candidate(&self, settings: AccountSettings, secret: Option<Secret>) -> Candidate {
        let merchants = match &secret {
            Some(secret) => {
                self.forget_others(&settings, secret);
                let mut merchants = Vec::new();
                for value in [Some(&secret.current), secret.previous.as_ref()].into_iter().flatten() {
                    merchants.extend(self.parsed(&settings, value).await);
                }
                merchants
            }
            None => self.without_secret(&settings).await.into_iter().collect(),
        };
        Candidate { settings, secret, merchants }
    }

    /// An account without a secret is logged as one whose settings are invalid.
    async fn without_secret(&self, settings: &AccountSettings) -> Option<Merchant> {
        self.parsed(settings, &Arc::from("")).await
    }
}

impl<S: ReadAccounts + ReadSecret + RaiseAlarm> FindMerchant for Merchants<'_, S> {
    /// Uses the current secret only: requests are never signed with the previous one.
    async fn find_merchant(&self, account: &Account) -> Option<Merchant> {
        let accounts = self.store.read_accounts(account.provider).await.ok()?;
        let settings = accounts.iter().find(|one| one.account == *account)?;
        match self.store.read_secret(&secret_name(account)).await.ok()? {
            Some(secret) => {
                self.forget_others(settings, &secret);
                self.parsed(settings, &secret.current).await
            }
            None => self.without_secret(settings).await,
        }
    }
}

#[cfg(test)]
mod tests;
