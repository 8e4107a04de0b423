//! An account at a provider as an item: how it is used, never its keys; those are a secret of its own.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{AccountMode, AccountSettings};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use crate::goods::map;
use crate::item::{Attributes, BadItem, Reader, number, text};

pub const SCHEMA: u32 = 1;
/// Whether new attempts go through it where no other is named.
pub const DEFAULT: &str = "def";
pub const OPTIONAL: [&str; 1] = ["base_url"];

pub fn write(settings: &AccountSettings) -> Attributes {
    let AccountSettings { account, mode, is_default, is_on, base_url, hints } = settings;
    let mut item = map([
        ("schema", number(SCHEMA)),
        ("id", text(&account.id)),
        ("mode", text(word(*mode))),
        (DEFAULT, AttributeValue::Bool(*is_default)),
        ("on", AttributeValue::Bool(*is_on)),
        ("hints", AttributeValue::L(hints.iter().map(text).collect())),
    ]);
    if let Some(base_url) = base_url {
        item.insert("base_url".to_owned(), text(base_url));
    }
    item
}

pub fn read(provider: Provider, item: &Attributes) -> Result<AccountSettings, BadItem> {
    let reader = Reader::new(item);
    let settings = AccountSettings {
        account: Account { provider, id: reader.parsed("id", AccountId::parse)? },
        mode: match reader.text("mode")? {
            "live" => AccountMode::Live,
            "test" => AccountMode::Test,
            _ => return Err(BadItem::BadValue("mode")),
        },
        is_default: reader.flag(DEFAULT)?,
        is_on: reader.flag("on")?,
        base_url: reader.maybe_text("base_url")?.map(str::to_owned),
        hints: reader.texts("hints", |hint| Ok(hint.to_owned()))?,
    };
    // Real money goes to the provider's own host and nowhere else.
    let astray = settings.mode == AccountMode::Live && settings.base_url.is_some();
    if astray { Err(BadItem::BadValue("base_url")) } else { Ok(settings) }
}

const fn word(mode: AccountMode) -> &'static str {
    match mode {
        AccountMode::Live => "live",
        AccountMode::Test => "test",
    }
}
