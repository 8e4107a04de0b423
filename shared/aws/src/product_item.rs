//! A product of the catalogue as an item. The team's tool writes it, every function reads it.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::Displayed;
use till_domain::product::Product;
use till_domain::text::{ProductId, ProductName, ProductType};

use crate::goods::{grants, map, money, parse_money, read_grant};
use crate::item::{Attributes, BadItem, Reader, number, text};

pub const SCHEMA: u32 = 1;
pub const ON: &str = "on";
pub const OPTIONAL: [&str; 1] = ["desc"];

pub fn write(displayed: &Displayed) -> Attributes {
    let Displayed { product, sort, description } = displayed;
    // A list, not a map: the first price is the preferred one.
    let prices = product.prices().iter().map(|price| money(*price)).collect();
    let mut item = map([
        ("schema", number(SCHEMA)),
        ("kind", text(product.kind())),
        ("id", text(product.id())),
        ("name", text(product.name())),
        ("prices", AttributeValue::L(prices)),
        ("g", grants(product.grants())),
        (ON, AttributeValue::Bool(product.active)),
        ("sort", number(*sort)),
    ]);
    if let Some(description) = description {
        item.insert("desc".to_owned(), text(description));
    }
    item
}

pub fn read(item: &Attributes) -> Result<Displayed, BadItem> {
    let reader = Reader::new(item);
    let product = Product::new(
        reader.parsed("kind", ProductType::parse)?,
        reader.parsed("id", ProductId::parse)?,
        reader.parsed("name", ProductName::parse)?,
        reader.texts("prices", |price| parse_money(price).map_err(|_| BadItem::BadValue("prices")))?,
        reader.maps("g", read_grant)?,
    );
    let mut product = product.map_err(|_| BadItem::BadValue("product"))?;
    product.active = reader.flag(ON)?;
    Ok(Displayed {
        product,
        sort: reader.maybe_number("sort")?.unwrap_or(0),
        description: reader.maybe_text("desc")?.map(str::to_owned),
    })
}
