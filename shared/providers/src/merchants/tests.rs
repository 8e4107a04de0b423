//! Tests with accounts of Stripe, because their settings need no RSA key.

use std::cell::{Cell, RefCell};

use serde_json::{Value, json};

use super::*;
use crate::stripe;
use crate::testing::run;

/// Accounts and secrets in memory; `newer` is found only by a refresh.
#[derive(Default)]
pub(super) struct Store {
    accounts: RefCell<Vec<AccountSettings>>,
    secrets: RefCell<Vec<(String, Secret)>>,
    newer: RefCell<Vec<(String, Secret)>>,
    is_silent: Cell<bool>,
    pub(super) hides_accounts: Cell<bool>,
    pub(super) raised: RefCell<Vec<Alarm>>,
}

impl Store {
    pub(super) fn with(account: AccountSettings, secret: (String, Secret)) -> Self {
        Self { accounts: RefCell::new(vec![account]), secrets: RefCell::new(vec![secret]), ..Self::default() }
    }
}

impl ReadAccounts for Store {
    async fn read_accounts(&self, provider: Provider) -> Result<Vec<AccountSettings>, Unavailable> {
        if self.hides_accounts.get() {
            return Err(Unavailable);
        }
        let accounts = self.accounts.borrow();
        Ok(accounts.iter().filter(|one| one.account.provider == provider).cloned().collect())
    }
}

impl RaiseAlarm for Store {
    async fn raise_alarm(
        &self,
        _: &till_domain::order::Order,
        _: &[till_domain::order::Hold],
    ) -> Result<(), Unavailable> {
        Err(Unavailable)
    }

    async fn raise_orphan(&self, _: &till_app::ports::Orphan) -> Result<(), Unavailable> {
        Err(Unavailable)
    }

    async fn raise(&self, alarm: &Alarm) -> Result<(), Unavailable> {
        self.raised.borrow_mut().push(alarm.clone());
        Ok(())
    }
}

impl ReadSecret for Store {
    async fn read_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        if self.is_silent.get() {
            return Err(Unavailable);
        }
        Ok(self.secrets.borrow().iter().find(|(known, _)| known == name).map(|(_, secret)| secret.clone()))
    }

    async fn refresh_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        if let Some((_, secret)) = self.newer.borrow().iter().find(|(known, _)| known == name) {
            return Ok(Some(secret.clone()));
        }
        self.read_secret(name).await
    }
}

fn account(id: &str) -> Account {
    Account { provider: Provider::Stripe, id: AccountId::parse(id).unwrap() }
}

fn test_account(id: &str) -> AccountSettings {
    account_of(Provider::Stripe, id, true)
}

pub(super) fn account_of(provider: Provider, id: &str, is_on: bool) -> AccountSettings {
    AccountSettings {
        account: Account { provider, ..account(id) },
        mode: AccountMode::Test,
        is_default: false,
        is_on,
        base_url: None,
        hints: vec![format!("acct_{id}")],
    }
}

fn settings(webhook_secret: &str) -> Value {
    let (secret_key, publishable_key) = ("sk_test_1", "pk_test_1");
    json!({"secret_key": secret_key, "publishable_key": publishable_key,
        "webhook_secrets": [webhook_secret], "deployment": "tests"})
}

pub(super) fn secret(current: &Value, previous: Option<&Value>) -> Secret {
    let text = |value: &Value| Arc::from(value.to_string());
    Secret { current: text(current), previous: previous.map(text) }
}

fn store(ids: &[&str]) -> Store {
    let secrets = ids.iter().map(|id| (format!("account/{id}"), secret(&settings("whsec_1"), None))).collect();
    let accounts = ids.iter().map(|id| test_account(id)).collect();
    Store { accounts: RefCell::new(accounts), secrets: RefCell::new(secrets), ..Store::default() }
}

fn found(merchants: &Merchants<'_, Store>, id: &str) -> Option<Arc<stripe::Merchant>> {
    match run(merchants.find_merchant(&account(id))) {
        Some(Merchant::Stripe(merchant)) => Some(merchant),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

fn ids(candidates: &Candidates) -> Vec<&str> {
    candidates.all.iter().map(|one| one.account().id.as_str()).collect()
}

const BASE: &str = "https://pay.example";

#[test]
fn notify_urls_match_the_routes_in_functions_json() {
    let table = include_str!("../../../../functions/functions.json");
    let table: Value = serde_json::from_str(table).unwrap();
    let rows = table["functions"].as_array().unwrap();
    for provider in Provider::ALL {
        let url = notify_url("", &Account { provider, ..account("main") });
        let named = url.strip_suffix("/main").map(|path| format!("POST {path}/{{account}}"));
        let routes = json!([format!("POST {}", callback_path(provider)), named.unwrap()]);
        let functions = rows.iter().filter(|row| row["triggers"][0]["routes"] == routes);
        assert_eq!(functions.count(), 1, "{provider}: one function has the routes {routes}");
    }
    let address = notify_url(BASE, &Account { provider: Provider::WeChat, ..account("main") });
    assert_eq!(address, "https://pay.example/api/v1/payment/wechat/callback/main");
}

#[test]
fn settings_are_parsed_once_per_value_of_the_secret() {
    let store = store(&["a"]);
    let merchants = Merchants::new(&store, BASE, false);
    let first = found(&merchants, "a").unwrap();
    assert!(Arc::ptr_eq(&first, &found(&merchants, "a").unwrap()), "kept");

    store.secrets.borrow_mut()[0].1 = secret(&settings("whsec_2"), Some(&settings("whsec_1")));
    let second = found(&merchants, "a").unwrap();
    assert!(!Arc::ptr_eq(&first, &second), "another value");
    let candidates = run(merchants.candidates(Provider::Stripe, Some(&account("a").id), None)).unwrap();
    let [Merchant::Stripe(current), Merchant::Stripe(previous)] = candidates.all[0].merchants.as_slice() else {
        panic!("{candidates:?}")
    };
    assert!(Arc::ptr_eq(current, &second) && Arc::ptr_eq(previous, &first), "both count for what others signed");

    store.secrets.borrow_mut()[0].1 = secret(&settings("whsec_3"), Some(&settings("whsec_2")));
    found(&merchants, "a").unwrap();
    let values = merchants.lock().len();
    assert_eq!(values, 2, "values that are gone are forgotten");
}

#[test]
fn changed_host_or_mode_is_parsed_again() {
    let store = store(&["a"]);
    let merchants = Merchants::new(&store, BASE, false);
    let first = found(&merchants, "a").unwrap();
    store.accounts.borrow_mut()[0].base_url = Some("http://127.0.0.1:9".to_owned());
    assert!(!Arc::ptr_eq(&first, &found(&merchants, "a").unwrap()));
    store.accounts.borrow_mut()[0].mode = AccountMode::Live;
    assert!(found(&merchants, "a").is_none(), "a test key and another host in a live account");
}

#[test]
fn test_account_is_ignored_in_production() {
    let store = store(&["a"]);
    assert!(found(&Merchants::new(&store, BASE, false), "a").is_some());
    let real = Merchants::new(&store, BASE, true);
    assert!(found(&real, "a").is_none());
    let candidates = run(real.candidates(Provider::Stripe, None, None)).unwrap();
    assert_eq!((ids(&candidates), candidates.all[0].merchants.len()), (vec!["a"], 0));
}

#[test]
fn invalid_account_is_not_found_and_others_are() {
    let store = store(&["a", "b", "c"]);
    store.secrets.borrow_mut()[0].1 = secret(&json!({"secret_key": "sk_test_1"}), None);
    store.secrets.borrow_mut().remove(1);
    let merchants = Merchants::new(&store, BASE, false);
    assert!(found(&merchants, "a").is_none(), "its settings lack fields");
    assert!(found(&merchants, "b").is_none(), "it has no secret");
    assert!(found(&merchants, "d").is_none(), "there is none");
    assert!(found(&merchants, "c").is_some());
}

#[test]
fn candidates_are_those_of_the_address_or_of_the_hint_or_all() {
    let store = store(&["a", "b", "c"]);
    store.accounts.borrow_mut()[1].is_on = false;
    let merchants = Merchants::new(&store, BASE, false);
    let all = ["a", "b", "c"];
    for (named, hint, expected) in [
        (Some("b"), None, &all[1..2]),
        (Some("b"), Some("acct_a"), &all[1..2]),
        (Some("d"), Some("acct_a"), &[]),
        (None, Some("acct_c"), &all[2..]),
        (None, Some("acct_x"), &all),
        (None, None, &all),
    ] {
        let named = named.map(|id| AccountId::parse(id).unwrap());
        let candidates = run(merchants.candidates(Provider::Stripe, named.as_ref(), hint)).unwrap();
        assert_eq!(ids(&candidates), expected, "{named:?} {hint:?}");
    }
    let elsewhere = run(merchants.candidates(Provider::WeChat, None, None)).unwrap();
    assert!(elsewhere.all.is_empty() && !elsewhere.is_incomplete);
}

#[test]
fn bare_address_has_ten_candidates_at_most() {
    let names: Vec<String> = (0..12).map(|n| format!("a{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let store = store(&names);
    let merchants = Merchants::new(&store, BASE, false);
    assert_eq!(run(merchants.candidates(Provider::Stripe, None, None)).unwrap().all.len(), MOST_CANDIDATES);
}

#[test]
fn unreadable_secret_makes_the_candidates_incomplete() {
    let store = store(&["a"]);
    store.is_silent.set(true);
    let merchants = Merchants::new(&store, BASE, false);
    let candidates = run(merchants.candidates(Provider::Stripe, None, None)).unwrap();
    assert!(candidates.all.is_empty() && candidates.is_incomplete);
    assert!(found(&merchants, "a").is_none());
}

#[test]
fn refreshed_candidate_is_returned_only_if_its_secret_changed() {
    let store = store(&["a"]);
    let merchants = Merchants::new(&store, BASE, false);
    let candidates = run(merchants.candidates(Provider::Stripe, None, None)).unwrap();
    assert!(run(merchants.refreshed(&candidates.all[0])).unwrap().is_none(), "the same");
    let newer = secret(&settings("whsec_2"), Some(&settings("whsec_1")));
    store.newer.borrow_mut().push(("account/a".to_owned(), newer));
    let refreshed = run(merchants.refreshed(&candidates.all[0])).unwrap().unwrap();
    assert_eq!((refreshed.account(), refreshed.merchants.len()), (&account("a"), 2));
}

#[test]
fn debug_prints_no_secret() {
    let store = store(&["a"]);
    let merchants = Merchants::new(&store, BASE, false);
    let candidates = run(merchants.candidates(Provider::Stripe, None, None)).unwrap();
    let shown = format!("{candidates:?} {:?}", merchants.lock());
    assert!(!shown.contains("whsec") && !shown.contains("sk_test"), "{shown}");
}

#[test]
fn account_that_cannot_be_used_raises_one_alarm_without_its_values() {
    let store = store(&["a"]);
    store.secrets.borrow_mut()[0].1 = secret(&json!({"secret_key": "hidden"}), None);
    let merchants = Merchants::new(&store, BASE, false);
    for _ in 0..2 {
        assert!(found(&merchants, "a").is_none());
    }
    let raised = store.raised.borrow();
    assert_eq!(raised.len(), 1, "{raised:?}");
    assert_eq!((raised[0].word, raised[0].subject.as_str()), (AlarmWord::UnusableAccount, "stripe:a"));
    let note = raised[0].note.as_deref().unwrap();
    assert!(note.starts_with("settings: ") && !note.contains("hidden"), "{note}");
}
