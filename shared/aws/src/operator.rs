//! What the team's tool writes: products, accounts, secrets. Everything is checked before it is written, what a later release
//! added to an item survives, and an account's keys never come near the table.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use till_app::ports::{AccountMode, AccountSettings, ListedProduct, Unavailable};
use till_domain::provider::Provider;
use till_domain::text::{ProductId, ProductType};

use crate::aws::Aws;
use crate::error::{Sorted, sort, unavailable, unusable};
use crate::item::{Attributes, number};
use crate::keys::ItemKey;
use crate::secrets::{is_name, secret_id};
use crate::{account_item, catalogue, keys, product_item};

/// The sandbox's own secret: it is written here and read by the sandbox, which shares no code with us.
const SANDBOX: &str = "sandbox/config";

const MOST_DESCRIPTION_CHARS: usize = 1_000;
const MOST_HINTS: usize = 16;
const MOST_HINT_CHARS: usize = 128;
/// The service's own limit.
const MOST_SECRET_BYTES: usize = 65_536;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotWritten {
    Refused(&'static str),
    NotFound,
    /// A later release wrote what stands there: only that one may change it.
    Newer,
    /// No answer came: it may be written or not. Writing it again is harmless.
    Unavailable,
}

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(rule) => rule,
            Self::NotFound => "there is nothing of this name",
            Self::Newer => "a later release wrote what stands there, and only that one may change it",
            Self::Unavailable => "no answer came: it may be written or not, and writing it again is harmless",
        })
    }
}

impl std::error::Error for NotWritten {}

impl From<Unavailable> for NotWritten {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl Aws {
    /// Every product as it stands now, in the order of the shop window. One that cannot be read is an error here: whoever
    /// looks after the catalogue must see it.
    pub async fn all_products(&self) -> Result<Vec<ListedProduct>, Unavailable> {
        let items = self.read_partition(keys::PRODUCTS).await?;
        let read = |item| product_item::read(item).map_err(|bad| unusable("product", &bad));
        let mut all: Vec<ListedProduct> = items.iter().map(read).collect::<Result<_, _>>()?;
        all.sort_by(|a, b| catalogue::place(a).cmp(&catalogue::place(b)));
        Ok(all)
    }

    pub async fn put_product(&self, displayed: &ListedProduct) -> Result<(), NotWritten> {
        if displayed.description.as_deref().is_some_and(|text| !is_plain(text, MOST_DESCRIPTION_CHARS)) {
            return Err(NotWritten::Refused(
                "a description is 1 to 1000 characters without control characters but new lines",
            ));
        }
        let key = keys::product(displayed.product.kind(), displayed.product.id());
        self.set_item(&key, product_item::write(displayed), &product_item::OPTIONAL, product_item::SCHEMA).await?;
        self.cache.products.clear();
        Ok(())
    }

    pub async fn show_product(&self, kind: &ProductType, id: &ProductId, on_sale: bool) -> Result<(), NotWritten> {
        let update = self.clients.dynamodb().update_item().table_name(self.table()?);
        let update = update
            .set_key(Some(keys::product(kind, id).attributes()))
            .update_expression("SET #on = :on")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#on", product_item::ON)
            .expression_attribute_values(":on", AttributeValue::Bool(on_sale));
        let updated = update.send().await;
        self.cache.products.clear();
        updated.map(drop).map_err(|error| refused("UpdateItem", &sort(&error), NotWritten::NotFound))
    }

    /// Removes a product. Orders keep what they sold; taking it off sale says the same and keeps its name from being used again.
    pub async fn remove_product(&self, kind: &ProductType, id: &ProductId) -> Result<(), NotWritten> {
        let delete = self.clients.dynamodb().delete_item().table_name(self.table()?);
        let delete = delete.set_key(Some(keys::product(kind, id).attributes()));
        let deleted = delete.condition_expression("attribute_exists(pk)").send().await;
        self.cache.products.clear();
        deleted.map(drop).map_err(|error| refused("DeleteItem", &sort(&error), NotWritten::NotFound))
    }

    /// Every account as it stands now, by provider and id. One that cannot be read is an error here.
    pub async fn all_accounts(&self) -> Result<Vec<AccountSettings>, Unavailable> {
        let mut all = Vec::new();
        for provider in Provider::ALL {
            for item in self.read_partition(&keys::accounts_partition(provider)).await? {
                all.push(account_item::read(provider, &item).map_err(|bad| unusable("account", &bad))?);
            }
        }
        Ok(all)
    }

    /// Writes an account, new or changed. There is one default of each provider and mode: a new one takes the place of the
    /// old. An account is never removed: what was begun through it goes on; it is put off instead.
    pub async fn put_account(&self, settings: &AccountSettings) -> Result<(), NotWritten> {
        check_account(settings, self.settings.is_production()).map_err(NotWritten::Refused)?;
        let account = &settings.account;
        let key = keys::account(account.provider, &account.id);
        self.set_item(&key, account_item::write(settings), &account_item::OPTIONAL, account_item::SCHEMA).await?;
        self.cache.accounts.clear();
        if settings.is_default {
            self.depose_others(settings).await?;
        }
        Ok(())
    }

    /// Writes a secret: `tokens`, `account/<id>`, or the sandbox's. What it was before stays valid beside it; writing what
    /// stands there already changes nothing, and so does not put the one before out of use.
    pub async fn put_secret(&self, name: &str, json: &str) -> Result<(), NotWritten> {
        let is_sandbox = name == SANDBOX && !self.settings.is_production();
        if !is_name(name) && !is_sandbox {
            return Err(NotWritten::Refused(
                "a secret is named tokens, account/ and an account's id, or, for tests, sandbox/config",
            ));
        }
        let is_object = serde_json::from_str::<serde_json::Value>(json).is_ok_and(|value| value.is_object());
        if !is_object || json.len() > MOST_SECRET_BYTES {
            return Err(NotWritten::Refused("a secret is a JSON object of at most 64 KiB"));
        }
        let id = secret_id(&self.settings.stage, name);
        if self.current_version(&id).await?.as_deref() == Some(json) {
            return Ok(());
        }
        self.cache.secrets.clear();
        let put = self.clients.secrets().put_secret_value().secret_id(&id).secret_string(json).send().await;
        match put {
            Ok(_) => return Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(PutSecretValueError::is_resource_not_found_exception) => {}
            Err(error) => return Err(unavailable("PutSecretValue", &error).into()),
        }
        let created = self.clients.secrets().create_secret().name(&id).secret_string(json).send().await;
        created.map(drop).map_err(|error| unavailable("CreateSecret", &error).into())
    }

    async fn depose_others(&self, settings: &AccountSettings) -> Result<(), NotWritten> {
        let Self { clients, .. } = self;
        for other in self.all_accounts().await? {
            let same_place = other.account.provider == settings.account.provider && other.mode == settings.mode;
            if !same_place || !other.is_default || other.account == settings.account {
                continue;
            }
            let update = clients.dynamodb().update_item().table_name(self.table()?);
            let update = update
                .set_key(Some(keys::account(other.account.provider, &other.account.id).attributes()))
                .update_expression("SET #def = :no")
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_names("#def", account_item::DEFAULT)
                .expression_attribute_values(":no", AttributeValue::Bool(false));
            update.send().await.map_err(|error| refused("UpdateItem", &sort(&error), NotWritten::NotFound))?;
        }
        Ok(())
    }

    /// Sets these attributes and removes the optional ones that are not among them; others stay.
    async fn set_item(
        &self,
        key: &ItemKey,
        attributes: Attributes,
        optional: &[&str],
        schema: u32,
    ) -> Result<(), NotWritten> {
        let gone: Vec<&str> = optional.iter().copied().filter(|name| !attributes.contains_key(*name)).collect();
        let mut update = self.clients.dynamodb().update_item().table_name(self.table()?);
        update = update.set_key(Some(key.attributes()));
        let mut sets: Vec<String> = Vec::with_capacity(attributes.len());
        for (name, value) in attributes {
            sets.push(format!("#{name} = :{name}"));
            update = update.expression_attribute_values(format!(":{name}"), value);
            update = update.expression_attribute_names(format!("#{name}"), name);
        }
        let mut expression = format!("SET {}", sets.join(", "));
        if !gone.is_empty() {
            let removed: Vec<String> = gone.iter().map(|name| format!("#{name}")).collect();
            expression = format!("{expression} REMOVE {}", removed.join(", "));
            for name in gone {
                update = update.expression_attribute_names(format!("#{name}"), name);
            }
        }
        let update = update
            .update_expression(expression)
            .condition_expression("attribute_not_exists(pk) OR #schema <= :ours")
            .expression_attribute_values(":ours", number(schema));
        update.send().await.map(drop).map_err(|error| refused("UpdateItem", &sort(&error), NotWritten::Newer))
    }
}

/// A condition that did not hold means `then`.
fn refused(call: &'static str, failed: &crate::error::Failed, then: NotWritten) -> NotWritten {
    match failed.sorted {
        Sorted::Conflict(_) => then,
        Sorted::Cancelled(_) | Sorted::Contended | Sorted::Busy | Sorted::OurFault | Sorted::NoAnswer => {
            failed.unavailable(call).into()
        }
    }
}

/// The rule that an account breaks.
fn check_account(settings: &AccountSettings, is_production: bool) -> Result<(), &'static str> {
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
        Err("where money is real there are no accounts for tests")
    } else if !is_test && settings.base_url.is_some() {
        Err("a live account talks to the provider's own host")
    } else if settings.base_url.as_deref().is_some_and(|url| !is_address(url) || url.ends_with('/')) {
        Err("another host is an address without a query, a fragment or a slash at its end")
    } else if settings.hints.len() > MOST_HINTS || !settings.hints.iter().all(is_hint) {
        Err("an account has at most 16 hints, each of 1 to 128 visible characters")
    } else {
        Ok(())
    }
}

fn is_plain(text: &str, most_chars: usize) -> bool {
    !text.is_empty() && text.chars().count() <= most_chars && text.chars().all(|c| c == '\n' || !c.is_control())
}

#[cfg(test)]
mod tests;
