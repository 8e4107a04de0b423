//! A product of the catalogue as an item. The program `till` writes it, and functions read it.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::ListedProduct;
use till_domain::language::{Language, Localized};
use till_domain::money::Money;
use till_domain::product::Product;

use crate::codec::{Stored, list};
use crate::item::{Attributes, BadItem, Reader, attributes};

pub const SCHEMA: u32 = 1;
pub const ON: &str = "on";
pub const OPTIONAL: [&str; 4] = ["uw", "desc", "names", "descs"];

/// The text that the translations beside it translate.
const OF: &str = "of";

pub fn write(listed: &ListedProduct) -> Attributes {
    let ListedProduct { product, sort, description } = listed;
    attributes([
        ("schema", SCHEMA.store()),
        ("kind", product.kind().store()),
        ("id", product.id().store()),
        ("name", product.name().original.store()),
        ("names", translations(product.name())),
        // A list, not a map: the first price is the preferred one.
        ("prices", Some(list(product.prices()))),
        ("uw", product.upgrade_worths().to_vec().store()),
        ("g", Some(list(product.grants()))),
        (ON, Some(AttributeValue::Bool(product.active))),
        ("sort", sort.store()),
        ("desc", description.as_ref().and_then(|description| description.original.store())),
        ("descs", description.as_ref().and_then(translations)),
    ])
}

pub fn read(item: &Attributes) -> Result<ListedProduct, BadItem> {
    let reader = Reader::new(item);
    let product = Product::new(
        reader.get_as("kind")?,
        reader.get_as("id")?,
        localized(reader, reader.get_as("name")?, "names")?,
        reader.get_as("prices")?,
        reader.get_as("g")?,
    );
    let product = product.map_err(|_| BadItem::BadValue("product"))?;
    let worths = fitting(&product, reader.get_as("uw")?);
    let mut product = product.with_upgrade_worths(worths).map_err(|_| BadItem::BadValue("uw"))?;
    product.active = reader.get_as(ON)?;
    let sort = reader.get_as::<Option<u32>>("sort")?.unwrap_or(0);
    let description = reader.get_as::<Option<String>>("desc")?;
    let description = description.map(|original| localized(reader, original, "descs")).transpose()?;
    Ok(ListedProduct { product, sort, description })
}

/// A map of a text's translations by language, with the text itself.
fn translations<T: Stored>(text: &Localized<T>) -> Option<AttributeValue> {
    if text.translations.is_empty() {
        return None;
    }
    let translations = text.translations.iter().map(|(language, translation)| (language.as_str(), translation));
    let all = translations.chain([(OF, &text.original)]);
    Some(AttributeValue::M(all.filter_map(|(name, text)| Some((name.to_owned(), text.store()?))).collect()))
}

/// A release that does not know translations may have changed the text since, and has left them alone. Those of another text
/// do not count, and those in a language of a later release are passed over.
fn localized<T: Stored + PartialEq>(
    item: Reader<'_>,
    original: T,
    name: &'static str,
) -> Result<Localized<T>, BadItem> {
    let mut text = Localized::from(original);
    if item.has(name) {
        let stored = Reader::of_map(item.get(name), name)?;
        if stored.get_as::<T>(OF)? == text.original {
            for language in Language::ALL {
                let translation = stored.get_as::<Option<T>>(language.as_str())?;
                text.translations.extend(translation.map(|translation| (language, translation)));
            }
        }
    }
    Ok(text)
}

/// A release that does not know upgrade worths may have changed prices or grants since, and has left the worths alone. Those
/// that no longer fit count as not stated.
fn fitting(product: &Product, mut worths: Vec<Money>) -> Vec<Money> {
    worths.retain(|worth| product.check_upgrade_worth(*worth).is_ok());
    worths
}
