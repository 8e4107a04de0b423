//! How what the team sets up is written: of an account the keys first, then the item, then the end of what was the default before.
//! Whatever is cut off in between, the same change again finishes it, and no account is ever without its keys. Each change leaves its
//! record.

use till_domain::product::Product;
use till_domain::text::{ProductId, ProductType};

use crate::caller::Role;
use crate::ports::{
    AccountMode, AccountSettings, Change, KeepAccounts, KeepProducts, KeepSales, ListedProduct, NotWritten, Noted,
    Sales,
};
use crate::team_record::{of_account, of_product, of_sales};

const MOST_DESCRIPTION_CHARS: usize = 1_000;
const MOST_HINTS: usize = 16;
const MOST_HINT_CHARS: usize = 128;

/// Writes an account, with new keys if there are any. `all` are the accounts as they stand, and `role` is that of who changes it:
/// none for the program.
pub async fn save_account(
    ports: &impl KeepAccounts,
    all: &[Noted<AccountSettings>],
    account: &Noted<AccountSettings>,
    secret: Option<&str>,
    role: Option<Role>,
) -> Result<(), NotWritten> {
    let before = all.iter().find(|other| other.item.account == account.item.account);
    let record = of_account(before, account, secret.is_some(), role)?;
    if let Some(secret) = secret {
        ports.save_account_secret(&account.item.account.id, secret).await?;
    }
    ports.save_account(account, &record).await?;
    end_other_defaults(ports, all, account, role).await
}

/// A new default replaces the one of its provider and mode.
pub async fn end_other_defaults(
    ports: &impl KeepAccounts,
    all: &[Noted<AccountSettings>],
    new: &Noted<AccountSettings>,
    role: Option<Role>,
) -> Result<(), NotWritten> {
    let Some(last) = new.notes.last() else { return Ok(()) };
    for other in all.iter().filter(|other| loses_default(&other.item, &new.item)) {
        // The key stands on one item alone, which its repetition finds.
        let change = Change { key: None, hash: None, ..last.clone() };
        let item = AccountSettings { is_default: false, ..other.item.clone() };
        let after = Noted { item, notes: other.notes.with(change) };
        ports.save_account(&after, &of_account(Some(other), &after, false, role)?).await?;
    }
    Ok(())
}

/// Writes whether new orders are made; `role` is that of who changes it.
pub async fn save_sales(ports: &impl KeepSales, sales: &Noted<Sales>, role: Option<Role>) -> Result<(), NotWritten> {
    ports.save_sales(sales, &of_sales(sales, role)?).await
}

/// Writes a product; `before` is it as it stands, and `role` that of who changes it: none for the program.
pub async fn save_product(
    ports: &impl KeepProducts,
    before: Option<&Noted<ListedProduct>>,
    product: &Noted<ListedProduct>,
    role: Option<Role>,
) -> Result<(), NotWritten> {
    ports.save_product(product, &of_product(before, product, role)?).await
}

pub fn loses_default(other: &AccountSettings, new: &AccountSettings) -> bool {
    let same_place = other.account.provider == new.account.provider && other.mode == new.mode;
    new.is_default && other.is_default && same_place && other.account != new.account
}

/// The account that has this one's id at another provider. The secret is named by the id alone, so two accounts with one id would
/// overwrite each other's keys.
pub fn same_id<'a>(
    all: impl IntoIterator<Item = &'a AccountSettings>,
    account: &AccountSettings,
) -> Option<&'a AccountSettings> {
    let (own, mut all) = (&account.account, all.into_iter());
    all.find(|other| other.account.id == own.id && other.account != *own)
}

/// Returns the rule that the account breaks in a stage.
pub fn check_account(settings: &AccountSettings, is_production: bool) -> Result<(), &'static str> {
    let is_test = match settings.mode {
        AccountMode::Live => false,
        AccountMode::Test => true,
    };
    let is_address = |url: &str| {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'?' && b != b'#')
        })
    };
    let is_hint =
        |hint: &String| (1..=MOST_HINT_CHARS).contains(&hint.len()) && hint.bytes().all(|b| b.is_ascii_graphic());
    if is_test && is_production {
        Err("production has no test accounts")
    } else if !is_test && !is_production {
        Err("live accounts are for production stages only: the orders of any other stage are deleted with its stack")
    } else if !is_test && settings.base_url.is_some() {
        Err("a live account uses the provider's own host: leave out the base URL")
    } else if settings.base_url.as_deref().is_some_and(|url| !is_address(url) || url.ends_with('/')) {
        Err("a base URL begins with http:// or https:// and has no query, no fragment and no slash at its end")
    } else if settings.hints.len() > MOST_HINTS || !settings.hints.iter().all(is_hint) {
        Err("an account has at most 16 hints, each of 1 to 128 visible characters")
    } else {
        Ok(())
    }
}

/// Whether a product may have this description, or a translation of one.
pub fn check_description(text: &str) -> Result<(), &'static str> {
    let is_plain = !text.is_empty()
        && text.chars().count() <= MOST_DESCRIPTION_CHARS
        && text.chars().all(|c| c == '\n' || !c.is_control());
    if is_plain {
        Ok(())
    } else {
        Err("a description has 1 to 1000 characters, and of control characters only new lines")
    }
}

/// Where a product stands among the others.
pub fn sort_key(listed: &ListedProduct) -> (u32, &ProductType, &ProductId) {
    (listed.sort, listed.product.kind(), listed.product.id())
}

/// Whether two have the same type and id.
pub fn is_same(one: &Product, other: &Product) -> bool {
    (one.kind(), one.id()) == (other.kind(), other.id())
}

#[cfg(test)]
mod tests {
    use till_domain::provider::{Account, Provider};
    use till_domain::text::AccountId;

    use super::*;

    fn account(provider: Provider, id: &str, mode: AccountMode, is_default: bool) -> AccountSettings {
        let account = Account { provider, id: AccountId::parse(id).unwrap() };
        AccountSettings { account, mode, is_default, is_on: true, base_url: None, hints: Vec::new() }
    }

    #[test]
    fn new_default_replaces_only_that_of_its_provider_and_mode() {
        use AccountMode::{Live, Test};
        use Provider::{Alipay, Stripe};
        let new = account(Alipay, "b", Test, true);
        for (other, expected) in [
            (account(Alipay, "a", Test, true), true),
            (account(Alipay, "a", Test, false), false),
            (account(Alipay, "a", Live, true), false),
            (account(Stripe, "a", Test, true), false),
            (new.clone(), false),
        ] {
            assert_eq!(loses_default(&other, &new), expected, "{other:?}");
        }
        assert!(!loses_default(&account(Alipay, "a", Test, true), &AccountSettings { is_default: false, ..new }));
    }

    #[test]
    fn id_belongs_to_one_provider() {
        let all = [
            account(Provider::Alipay, "a", AccountMode::Test, true),
            account(Provider::Stripe, "b", AccountMode::Test, true),
        ];
        for (provider, id, other) in
            [(Provider::Alipay, "a", None), (Provider::WeChat, "a", Some(&all[0])), (Provider::WeChat, "c", None)]
        {
            assert_eq!(same_id(&all, &account(provider, id, AccountMode::Test, true)), other, "{provider} {id}");
        }
    }
}
