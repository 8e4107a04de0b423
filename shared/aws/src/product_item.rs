//! A product of the catalogue as an item. The program `till` writes it, and functions read it.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::ListedProduct;
use till_domain::product::Product;

use crate::codec::{Stored as _, list};
use crate::item::{Attributes, BadItem, Reader, attributes};

pub const SCHEMA: u32 = 1;
pub const ON: &str = "on";
pub const OPTIONAL: [&str; 1] = ["desc"];

pub fn write(listed: &ListedProduct) -> Attributes {
    let ListedProduct { product, sort, description } = listed;
    attributes([
        ("schema", SCHEMA.store()),
        ("kind", product.kind().store()),
        ("id", product.id().store()),
        ("name", product.name().store()),
        // A list, not a map: the first price is the preferred one.
        ("prices", Some(list(product.prices()))),
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
    let mut product = product.map_err(|_| BadItem::BadValue("product"))?;
    product.active = reader.get_as(ON)?;
    let sort = reader.get_as::<Option<u32>>("sort")?.unwrap_or(0);
    Ok(ListedProduct { product, sort, description: reader.get_as("desc")? })
}
