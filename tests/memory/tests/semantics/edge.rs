//! What functions ask for around their flows, as far as only memory plays it: secrets, documents, answers, who listens.

use std::sync::Arc;

use till_app::ports::{
    AccountMode, AccountSettings, Answer as _, Connection, FetchDocument as _, FindAccount as _, KeepConnection as _,
    Listens, ReadAccounts as _, ReadSecret as _, Secret, Unavailable,
};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_domain::time::Seconds;
use till_memory::{CallKind, Fault, Memory};

use crate::fixture::{account, memory, now, number, user};

fn secret(value: &str) -> Secret {
    Secret { current: Arc::from(value), previous: None }
}

fn stands(memory: &Memory, value: &str) {
    memory.put_secret("bearer", secret(value));
}

fn read(memory: &Memory) -> Option<Secret> {
    now(memory.ports().read_secret("bearer")).unwrap()
}

fn refresh(memory: &Memory) -> Option<Secret> {
    now(memory.ports().refresh_secret("bearer")).unwrap()
}

#[test]
fn a_secret_is_kept_for_five_minutes() {
    let memory = memory();
    stands(&memory, "one");
    assert_eq!(read(&memory), Some(secret("one")));
    stands(&memory, "two");
    memory.pass(Seconds(299));
    assert_eq!(read(&memory), Some(secret("one")));
    memory.pass(Seconds(1));
    assert_eq!(read(&memory), Some(secret("two")));
    assert_eq!(now(memory.ports().read_secret("account/none")), Ok(None));
}

#[test]
fn a_secret_is_refreshed_four_times_and_then_every_15_seconds() {
    let memory = memory();
    stands(&memory, "one");
    for _ in 0..4 {
        assert_eq!(refresh(&memory), Some(secret("one")));
    }
    stands(&memory, "two");
    memory.pass(Seconds(14));
    assert_eq!(refresh(&memory), Some(secret("one")), "so often for each name");
    memory.pass(Seconds(1));
    assert_eq!(refresh(&memory), Some(secret("two")));
    assert_eq!(read(&memory), Some(secret("two")));
}

#[test]
fn documents_are_fetched_and_socket_answers_recorded() {
    let memory = memory();
    let url = "https://issuer.example/keys";
    assert_eq!(now(memory.ports().fetch_document(url)), Err(Unavailable));
    memory.tables(|tables| tables.edge.documents.insert(url.to_owned(), b"{}".to_vec()));
    assert_eq!(now(memory.ports().fetch_document(url)), Ok(b"{}".to_vec()));
    memory.faults(|faults| faults.plan(CallKind::FetchDocument, 1, Fault::Before));
    assert_eq!(now(memory.ports().fetch_document(url)), Err(Unavailable));
    assert_eq!(now(memory.ports().answer("c1", "pong")), Ok(()));
    assert_eq!(memory.tables(|tables| tables.edge.answers.clone()), [("c1".to_owned(), "pong".to_owned())]);
}

#[test]
fn order_is_heard_by_its_users_live_connections() {
    let memory = memory();
    let connection = |id: &str, listens| Connection { id: id.to_owned(), user: user(), listens };
    for connection in [
        connection("all", Listens::User),
        connection("this", Listens::Order(number(1))),
        connection("other", Listens::Order(number(2))),
    ] {
        assert_eq!(now(memory.ports().keep_connection(&connection)), Ok(()));
    }
    let hear = |after| {
        memory.pass(after);
        let at = till_app::ports::Clock::now(&memory.ports());
        memory.tables(|tables| {
            let heard = tables.edge.listeners(&user(), number(1), at);
            heard.into_iter().map(|connection| connection.id.clone()).collect::<Vec<_>>()
        })
    };
    assert_eq!(hear(Seconds::minutes(129)), ["all", "this"]);
    assert_eq!(hear(Seconds::minutes(1)), Vec::<String>::new());
}

#[test]
fn account_that_is_off_takes_no_new_attempts() {
    let memory = memory();
    let found = || now(memory.ports().find_account(Provider::WeChat)).unwrap();
    assert_eq!(found(), Some(account()));
    let other = Account { provider: Provider::WeChat, id: AccountId::parse("other").unwrap() };
    let settings = |account: Account, is_default, is_on| AccountSettings {
        account,
        mode: AccountMode::Live,
        is_default,
        is_on,
        base_url: None,
        hints: Vec::new(),
    };
    memory.tables(|tables| tables.put_account(settings(account(), true, false)));
    memory.tables(|tables| tables.put_account(settings(other.clone(), false, true)));
    assert_eq!(found(), None);
    memory.tables(|tables| tables.put_account(settings(other.clone(), true, true)));
    assert_eq!(found(), Some(other));
    assert_eq!(now(memory.ports().read_accounts(Provider::WeChat)).unwrap().len(), 2);
    assert_eq!(now(memory.ports().read_accounts(Provider::Stripe)), Ok(Vec::new()));
}
