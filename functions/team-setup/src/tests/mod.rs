//! Sample events, played against a shop in memory and a provider that answers from a script.

mod accounts;
mod changes;
mod products;
mod refused;
mod sales;

use std::cell::{Cell, RefCell};

use till_app::ports::{AccountMode, AccountSettings, NotWritten, Noted, Secret, TeamRecord};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_domain::time::Time;
use till_memory::{CallKind, Fault};
use till_providers::{Headers, NoAnswer, Request as Asked, Response as Said};
use till_shop::{Answered, Event, Shop, table};

use super::*;

/// What Stripe says to the question whose key it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Says {
    Account(&'static str),
    Status(u16),
    Nothing,
}

struct Stripe {
    now: Time,
    says: Cell<Says>,
    asked: RefCell<Vec<Asked>>,
}

impl Outside for Stripe {
    fn now(&self) -> Time {
        self.now
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        Ok("0".repeat(32))
    }

    async fn send(&self, request: &Asked) -> Result<Said, NoAnswer> {
        self.asked.borrow_mut().push(request.clone());
        let said = |status, body: String| Said { status, headers: Headers::default(), body: body.into_bytes() };
        match self.says.get() {
            Says::Account(id) => Ok(said(200, format!(r#"{{"id":"{id}","object":"account"}}"#))),
            Says::Status(status) => {
                let why = "Invalid API Key provided: sk_test_SampleOfAKey";
                Ok(said(status, format!(r#"{{"error":{{"type":"invalid_request_error","message":"{why}"}}}}"#)))
            }
            Says::Nothing => Err(NoAnswer::Unreachable),
        }
    }
}

/// A stage for tests: its accounts are test accounts, of which Stripe's is another merchant than that of the samples.
struct Scene {
    shop: Shop,
    stripe: Stripe,
}

impl Scene {
    fn new() -> Self {
        let shop = Shop::new();
        shop.memory.tables(|tables| {
            let accounts = Vec::clone(&tables.accounts);
            for settings in accounts {
                let hints = match settings.account.provider {
                    Provider::Stripe => vec!["acct_0ther".to_owned(), "dev".to_owned()],
                    Provider::WeChat | Provider::Alipay => Vec::new(),
                };
                tables.put_account(AccountSettings { mode: AccountMode::Test, hints, ..settings });
            }
        });
        let stripe = Stripe { now: shop.now(), says: Cell::new(Says::Account("acct_1New")), asked: RefCell::default() };
        Self { shop, stripe }
    }

    fn says(self, says: Says) -> Self {
        self.stripe.says.set(says);
        self
    }

    #[track_caller]
    fn play(&self, event: &Event) -> Answered {
        self.play_until_death(event).expect("the process does not die")
    }

    /// Plays a change that is made.
    #[track_caller]
    fn done(&self, event: &Event) {
        let answered = self.play(event);
        assert_eq!(answered.status(), 200, "{}", answered.body());
    }

    fn play_until_death(&self, event: &Event) -> Option<Answered> {
        let function = TeamSetup::read(&self.shop.environment()).unwrap();
        let stripe = &self.stripe;
        let answered = self.shop.play_until_death(event, async |ports, request, deadline| {
            function.handle(ports, stripe, request, deadline).await
        });
        if let Some(answered) = &answered {
            assert!(!answered.body().contains("SampleOf"), "no answer shows a key: {}", answered.body());
        }
        answered
    }

    fn asked(&self) -> usize {
        self.stripe.asked.borrow().len()
    }

    fn account(&self, provider: Provider, id: &str) -> Option<Noted<AccountSettings>> {
        let account = Account { provider, id: AccountId::parse(id).unwrap() };
        let all = self.shop.run(async |ports| ports.noted_accounts().await.unwrap());
        all.accounts.into_iter().find(|one| one.item.account == account)
    }

    /// The keys of the account that the samples create.
    fn keys(&self) -> Option<String> {
        let secret = self.shop.run(async |ports| ports.read_secret("account/shop").await.unwrap());
        secret.map(|secret| secret.current.to_string())
    }
}

fn create() -> Event {
    Event::read("team-setup.create-account")
}

fn change() -> Event {
    Event::read("team-setup.change-account")
}

/// A change of the account that [`create`] made.
fn change_new() -> Event {
    change().path("/api/v1/admin/accounts/stripe/shop")
}

fn create_product() -> Event {
    Event::read("team-setup.create-product")
}

fn change_product() -> Event {
    Event::read("team-setup.change-product")
}

#[test]
fn code_agrees_with_its_row_and_every_sample_is_played() {
    table::agrees("team-setup", ROUTES, TIME_BUDGET);
    let tests =
        [include_str!("mod.rs"), include_str!("accounts.rs"), include_str!("products.rs"), include_str!("sales.rs")];
    table::all_played("team-setup", &tests);
}

#[test]
fn row_permits_to_write_the_keys_of_accounts_alone() {
    let may = &table::row("team-setup")["permissions"];
    assert_eq!(may["written_secrets"], serde_json::json!(["account/*"]));
    assert_eq!(may["secrets"], serde_json::json!(["bearer", "account/*", "proxy"]));
}
