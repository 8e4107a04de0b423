//! A merchant account as an item: how it is used, without its keys, which are in a secret of its own.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{AccountMode, AccountSettings};
use till_domain::provider::{Account, Provider};

use crate::codec::{Stored as _, list};
use crate::item::{Attributes, BadItem, Reader, attributes};

pub const SCHEMA: u32 = 1;
/// Whether new attempts use this account.
pub const DEFAULT: &str = "def";
pub const OPTIONAL: [&str; 1] = ["base_url"];

pub fn write(settings: &AccountSettings) -> Attributes {
    let AccountSettings { account, mode, is_default, is_on, base_url, hints } = settings;
    attributes([
        ("schema", SCHEMA.store()),
        ("id", account.id.store()),
        ("mode", mode.store()),
        (DEFAULT, Some(AttributeValue::Bool(*is_default))),
        ("on", Some(AttributeValue::Bool(*is_on))),
        ("hints", Some(list(hints))),
        ("base_url", base_url.store()),
    ])
}

pub fn read(provider: Provider, item: &Attributes) -> Result<AccountSettings, BadItem> {
    let reader = Reader::new(item);
    let settings = AccountSettings {
        account: Account { provider, id: reader.get_as("id")? },
        mode: reader.get_as("mode")?,
        is_default: reader.get_as(DEFAULT)?,
        is_on: reader.get_as("on")?,
        base_url: reader.get_as("base_url")?,
        hints: reader.get_as("hints")?,
    };
    // Real money goes only to the provider's own host.
    let is_misdirected = settings.mode == AccountMode::Live && settings.base_url.is_some();
    if is_misdirected { Err(BadItem::BadValue("base_url")) } else { Ok(settings) }
}
