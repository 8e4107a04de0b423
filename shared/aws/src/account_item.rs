//! An account at a provider as an item: how it is used, never its keys; those are a secret of its own.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{AccountMode, AccountSettings};
use till_domain::provider::{Account, Provider};

use crate::codec::{As as _, Plain, list};
use crate::goods::map;
use crate::item::{Attributes, BadItem, Reader, number, text};
use crate::words::Word as _;

pub const SCHEMA: u32 = 1;
/// Whether new attempts go through it where no other is named.
pub const DEFAULT: &str = "def";
pub const OPTIONAL: [&str; 1] = ["base_url"];

pub fn write(settings: &AccountSettings) -> Attributes {
    let AccountSettings { account, mode, is_default, is_on, base_url, hints } = settings;
    let mut item = map([
        ("schema", number(SCHEMA)),
        ("id", text(&account.id)),
        ("mode", text(mode.word())),
        (DEFAULT, AttributeValue::Bool(*is_default)),
        ("on", AttributeValue::Bool(*is_on)),
        ("hints", list(hints)),
    ]);
    Plain::write(base_url, "base_url", &mut item);
    item
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
    // Real money goes to the provider's own host and nowhere else.
    let astray = settings.mode == AccountMode::Live && settings.base_url.is_some();
    if astray { Err(BadItem::BadValue("base_url")) } else { Ok(settings) }
}
