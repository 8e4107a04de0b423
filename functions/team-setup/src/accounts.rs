//! Merchant accounts: all of them, a new one, and a change of one.

use std::sync::Arc;

use till_app::ports::{AccountSettings, Change, Clock, KeepAccounts, Noted, NotedAccounts, Notes, ReadSecret};
use till_app::setup::{end_other_defaults, save_account};
use till_domain::provider::Account;
use till_domain::text::AccountId;
use till_lambda::fields::{Fields, required};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_providers::Outside;

use crate::account_body;
use crate::shapes::{AccountName, AccountsShape, account};
use crate::{Action, Place, change, check};

pub async fn list(ports: &impl KeepAccounts, place: &Place, call: &Call<'_, Action>) -> Result<Response, Problem> {
    call.check_parameters(&[])?;
    let all = ports.noted_accounts().await?;
    let accounts = all.accounts.iter().map(|one| account(one, place)).collect();
    let unreadable = all.unreadable.iter().map(AccountName::of).collect();
    Ok(json(200, &AccountsShape { accounts, unreadable }))
}

pub async fn create(
    ports: &(impl KeepAccounts + ReadSecret + Clock),
    outside: &impl Outside,
    place: &Place,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let fields = account_body::of_new(call.request)?;
    let change = change::read(ports, call, &fields)?;
    let new = account_body::new(&fields)?;
    let stated = account_body::stated(&fields, new.account.provider)?;
    let secret = required("settings", account_body::settings(&fields)?)?;
    let all = ports.noted_accounts().await?;
    if let Some(made) = change::made(&all.accounts, &change)? {
        return again(ports, call, place, &all.accounts, made, &change).await;
    }
    if all.accounts.iter().any(|other| other.item.account == new.account) {
        return Err(Problem::new(409, "already_exists"));
    }
    let notes = change::noted(&Notes::default(), &change, &fields)?;
    check::stage(&new, place)?;
    check::id(&all, &new)?;
    let new = check::tried(outside, place, new, secret, &stated).await?;
    check::fits(ports, outside, place, &all, &new, stated.same_merchant).await?;
    save(ports, call, place, &all.accounts, Noted { item: new, notes }, Some(secret)).await
}

pub async fn change(
    ports: &(impl KeepAccounts + ReadSecret + Clock),
    outside: &impl Outside,
    place: &Place,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let fields = account_body::of_change(call.request)?;
    let change = change::read(ports, call, &fields)?;
    let name = named(call)?;
    let all = ports.noted_accounts().await?;
    if let Some(made) = change::made(&all.accounts, &change)? {
        return again(ports, call, place, &all.accounts, made, &change).await;
    }
    let before = standing(&all, &name)?;
    let notes = change::noted(&before.notes, &change, &fields)?;
    let wanted = account_body::changed(&before.item, &fields)?;
    let stated = account_body::stated(&fields, name.provider)?;
    check::stage(&wanted, place)?;
    let secret = account_body::settings(&fields)?;
    let wanted = if secret.is_some() || wanted.base_url != before.item.base_url {
        let secret = keys(ports, secret, &name.id).await?;
        let wanted = check::tried(outside, place, wanted, &secret, &stated).await?;
        check::fits(ports, outside, place, &all, &wanted, stated.same_merchant).await?;
        wanted
    } else {
        must_be_alone(&fields)?;
        wanted
    };
    save(ports, call, place, &all.accounts, Noted { item: wanted, notes }, secret).await
}

/// What is stated about keys needs some.
fn must_be_alone(fields: &Fields) -> Result<(), Problem> {
    let stated = ["same_merchant", "stripe_account", "untried"];
    let needless = stated.into_iter().find(|name| fields.literal(name).is_some());
    needless.map_or(Ok(()), |name| Err(Problem::invalid_field(name, "is for new settings or another address alone")))
}

/// The keys that were sent, or those that stand.
async fn keys(ports: &impl ReadSecret, sent: Option<&str>, id: &AccountId) -> Result<Arc<str>, Problem> {
    if let Some(sent) = sent {
        return Ok(Arc::from(sent));
    }
    let stored = ports.read_secret(&format!("account/{id}")).await?;
    stored
        .map(|secret| secret.current)
        .ok_or_else(|| Problem::invalid_field("settings", "is missing: the account has no keys"))
}

fn standing<'a>(all: &'a NotedAccounts, name: &Account) -> Result<&'a Noted<AccountSettings>, Problem> {
    if all.unreadable.contains(name) {
        return Err(Problem::new(500, "unreadable"));
    }
    all.accounts.iter().find(|one| one.item.account == *name).ok_or(Problem::new(404, "not_found"))
}

/// The account that the path names.
fn named(call: &Call<'_, Action>) -> Result<Account, Problem> {
    let provider = call.segment("provider").and_then(account_body::provider_named);
    let id = call.segment("id").and_then(|id| AccountId::parse(id).ok());
    let (provider, id) = provider.zip(id).ok_or(Problem::new(404, "not_found"))?;
    Ok(Account { provider, id })
}

async fn save(
    ports: &impl KeepAccounts,
    call: &Call<'_, Action>,
    place: &Place,
    all: &[Noted<AccountSettings>],
    new: Noted<AccountSettings>,
    secret: Option<&str>,
) -> Result<Response, Problem> {
    let role = Some(call.caller()?.role);
    save_account(ports, all, &new, secret, role).await.map_err(change::not_written)?;
    Ok(json(200, &account(&new, place)))
}

/// A repeated request finishes what the first one may have left: the end of the default before.
async fn again(
    ports: &impl KeepAccounts,
    call: &Call<'_, Action>,
    place: &Place,
    all: &[Noted<AccountSettings>],
    made: &Noted<AccountSettings>,
    change: &Change,
) -> Result<Response, Problem> {
    if made.notes.last().is_some_and(|last| last.key == change.key) {
        let role = Some(call.caller()?.role);
        end_other_defaults(ports, all, made, role).await.map_err(change::not_written)?;
    }
    Ok(json(200, &account(made, place)))
}
