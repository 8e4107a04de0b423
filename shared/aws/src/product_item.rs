//! A product of the catalogue as an item. The team's tool writes it, every function reads it.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::ListedProduct;
use till_domain::product::Product;

use crate::codec::{As as _, Plain, list};
use crate::goods::map;
use crate::item::{Attributes, BadItem, Reader, number, text};

pub const SCHEMA: u32 = 1;
pub const ON: &str = "on";
pub const OPTIONAL: [&str; 1] = ["desc"];

pub fn write(displayed: &ListedProduct) -> Attributes {
    let ListedProduct { product, sort, description } = displayed;
    let mut item = map([
        ("schema", number(SCHEMA)),
        ("kind", text(product.kind())),
        ("id", text(product.id())),
        ("name", text(product.name())),
        // A list, not a map: the first price is the preferred one.
        ("prices", list(product.prices())),
        ("g", list(product.grants())),
        (ON, AttributeValue::Bool(product.active)),
        ("sort", number(*sort)),
    ]);
    Plain::write(description, "desc", &mut item);
    item
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
