//! A product of the catalogue as an item. The program `till` writes it, and functions read it.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::ListedProduct;
use till_domain::money::Money;
use till_domain::product::Product;

use crate::codec::{Stored as _, list};
use crate::item::{Attributes, BadItem, Reader, attributes};

pub const SCHEMA: u32 = 1;
pub const ON: &str = "on";
pub const OPTIONAL: [&str; 2] = ["uw", "desc"];

pub fn write(listed: &ListedProduct) -> Attributes {
    let ListedProduct { product, sort, description } = listed;
    attributes([
        ("schema", SCHEMA.store()),
        ("kind", product.kind().store()),
        ("id", product.id().store()),
        ("name", product.name().store()),
        // A list, not a map: the first price is the preferred one.
        ("prices", Some(list(product.prices()))),
        ("uw", product.upgrade_worths().to_vec().store()),
        ("g", Some(list(product.grants()))),
        (ON, Some(AttributeValue::Bool(product.active))),
        ("sort", sort.store()),
        ("desc", description.store()),
    ])
}

pub fn read(item: &Attributes) -> Result<ListedProduct, BadItem> {
    let reader = Reader::new(item);
    let product = Product::new(
        reader.get_as("kind")?,
        reader.get_as("id")?,
        reader.get_as("name")?,
        reader.get_as("prices")?,
        reader.get_as("g")?,
    );
    let product = product.map_err(|_| BadItem::BadValue("product"))?;
    let worths = fitting(&product, reader.get_as("uw")?);
    let mut product = product.with_upgrade_worths(worths).map_err(|_| BadItem::BadValue("uw"))?;
    product.active = reader.get_as(ON)?;
    let sort = reader.get_as::<Option<u32>>("sort")?.unwrap_or(0);
    Ok(ListedProduct { product, sort, description: reader.get_as("desc")? })
}

/// A release that does not know upgrade worths may have changed prices or grants since, and has left the worths alone. Those
/// that no longer fit count as not stated.
fn fitting(product: &Product, mut worths: Vec<Money>) -> Vec<Money> {
    worths.retain(|worth| product.check_upgrade_worth(*worth).is_ok());
    worths
}
