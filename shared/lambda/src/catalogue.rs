//! Products as people write them in JSON, in a catalogue file and in requests of the team. An amount is text (`"9.90"`) or a number of minor units (`990`), never a number with a
//! fraction; the first price is the preferred one; an unknown field is an error. A product with a membership and other grants
//! states in `upgrade_worth` how much of each price is for the membership; without it an upgrade counts nothing of the product.

mod texts;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use till_app::ports::ListedProduct;
use till_app::setup::is_same;
use till_domain::currency::Currency;
use till_domain::money::{MOST_MINOR, Money};
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::text::{ProductId, ProductName, ProductType, QuotaName, TierName};

use self::texts::Translations;

/// An error names the product and what is wrong with it.
pub fn read(text: &str) -> Result<Vec<ListedProduct>, String> {
    let File { products } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut read: Vec<ListedProduct> = Vec::with_capacity(products.len());
    for (n, product) in products.into_iter().enumerate() {
        let name = format!("product {} ({} {})", n.saturating_add(1), product.kind, product.id.0);
        let product = product.check().map_err(|why| format!("{name}: {why}"))?;
        if read.iter().any(|other| is_same(&other.product, &product.product)) {
            return Err(format!("{name} is in the file twice"));
        }
        read.push(product);
    }
    Ok(read)
}

/// The names of a product's fields.
pub const FIELDS: [&str; 11] = [
    "type",
    "id",
    "name",
    "names",
    "description",
    "descriptions",
    "prices",
    "upgrade_worth",
    "grants",
    "active",
    "sort",
];
/// Those that each product has.
pub const REQUIRED: [&str; 5] = ["type", "id", "name", "prices", "grants"];

/// A field of a product that is not as it has to be. Neither part repeats what was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadField {
    /// `product`, if the fault is in how its fields fit each other.
    pub field: &'static str,
    pub rule: String,
}

/// A product from the literal JSON of its fields.
pub fn from_fields<'a>(fields: impl IntoIterator<Item = (&'static str, &'a str)>) -> Result<ListedProduct, BadField> {
    assembled(BTreeMap::new(), fields)
}

/// A product with some of its fields written anew, each as a whole.
pub fn changed<'a>(
    product: &ListedProduct,
    fields: impl IntoIterator<Item = (&'static str, &'a str)>,
) -> Result<ListedProduct, BadField> {
    let row = serde_json::to_string(&ProductRow::of(product)).and_then(|row| serde_json::from_str(&row));
    assembled(row.map_err(|error| BadField { field: WHOLE, rule: rule(&error) })?, fields)
}

const WHOLE: &str = "product";

fn assembled<'a>(
    row: BTreeMap<String, Box<RawValue>>,
    fields: impl IntoIterator<Item = (&'static str, &'a str)>,
) -> Result<ListedProduct, BadField> {
    let mut row = row;
    for (field, literal) in fields {
        let bad = |error: serde_json::Error| BadField { field, rule: rule(&error) };
        check_field(field, literal).map_err(bad)?;
        row.insert(field.to_owned(), RawValue::from_string(literal.to_owned()).map_err(bad)?);
    }
    let bad = |error: serde_json::Error| BadField { field: WHOLE, rule: rule(&error) };
    let text = serde_json::to_string(&row).map_err(bad)?;
    let row: ProductRow = serde_json::from_str(&text).map_err(bad)?;
    row.check().map_err(|why| BadField { field: WHOLE, rule: format!("is not valid: {why}") })
}

/// Whether a field alone can be read, so that an error names it.
fn check_field(field: &str, literal: &str) -> serde_json::Result<()> {
    match field {
        "id" => serde_json::from_str::<Id>(literal).map(drop),
        "names" | "descriptions" => serde_json::from_str::<Translations>(literal).map(drop),
        "description" => serde_json::from_str::<Option<String>>(literal).map(drop),
        "prices" | "upgrade_worth" => serde_json::from_str::<Amounts>(literal).map(drop),
        "grants" => serde_json::from_str::<Vec<RowGrant>>(literal).map(drop),
        "active" => serde_json::from_str::<bool>(literal).map(drop),
        "sort" => serde_json::from_str::<u32>(literal).map(drop),
        _ => serde_json::from_str::<String>(literal).map(drop),
    }
}

/// What was expected. Before it, the parser repeats what was written instead.
fn rule(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("is not valid: expected {expected}"),
        None => format!("is not valid: {text}"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    products: Vec<ProductRow>,
}

/// A product as people write it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductRow {
    #[serde(rename = "type")]
    kind: String,
    id: Id,
    name: String,
    #[serde(default)]
    names: Translations,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    descriptions: Translations,
    prices: Amounts,
    /// How much of each price is for the membership.
    #[serde(default)]
    upgrade_worth: Amounts,
    grants: Vec<RowGrant>,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    sort: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RowGrant {
    Points(u64),
    Membership { tier: String, rank: u8, days: u32 },
    Quota { name: String, count: u64, days: u32 },
}

const fn yes() -> bool {
    true
}

impl ProductRow {
    pub fn of(listed: &ListedProduct) -> Self {
        let ListedProduct { product, sort, description } = listed;
        Self {
            kind: product.kind().to_string(),
            id: Id(product.id().to_string()),
            name: product.name().original.to_string(),
            names: Translations::from_texts(product.name()),
            description: description.as_ref().map(|text| text.original.clone()),
            descriptions: description.as_ref().map(Translations::from_texts).unwrap_or_default(),
            prices: Amounts(product.prices().to_vec()),
            upgrade_worth: Amounts(product.upgrade_worths().to_vec()),
            grants: product.grants().iter().map(RowGrant::of).collect(),
            active: product.active,
            sort: *sort,
        }
    }

    fn check(self) -> Result<ListedProduct, Box<dyn std::error::Error>> {
        let grants = self.grants.into_iter().map(RowGrant::check).collect::<Result<_, _>>()?;
        let mut product = Product::new(
            ProductType::parse(&self.kind)?,
            ProductId::parse(&self.id.0)?,
            self.names.of(ProductName::parse(&self.name)?, "names", ProductName::parse)?,
            self.prices.0,
            grants,
        )?
        .with_upgrade_worths(self.upgrade_worth.0)?;
        product.active = self.active;
        Ok(ListedProduct {
            product,
            sort: self.sort,
            description: texts::description(self.description, self.descriptions)?,
        })
    }
}

impl RowGrant {
    fn of(grant: &Grant) -> Self {
        match grant {
            Grant::Points(points) => Self::Points(points.amount()),
            Grant::Membership(membership) => {
                let Tier { name, rank } = membership.tier();
                Self::Membership { tier: name.to_string(), rank: *rank, days: membership.days() }
            }
            Grant::Quota(quota) => {
                Self::Quota { name: quota.name().to_string(), count: quota.count(), days: quota.days() }
            }
        }
    }

    fn check(self) -> Result<Grant, Box<dyn std::error::Error>> {
        Ok(match self {
            Self::Points(amount) => Grant::Points(PointsGrant::new(amount)?),
            Self::Membership { tier, rank, days } => {
                Grant::Membership(MembershipGrant::new(Tier { name: TierName::parse(&tier)?, rank }, days)?)
            }
            Self::Quota { name, count, days } => Grant::Quota(QuotaGrant::new(QuotaName::parse(&name)?, count, days)?),
        })
    }
}

/// A product's id: `1` and `"1"` are the same.
#[derive(Serialize)]
struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "an id is a text or a whole number")]
        enum Either {
            Number(u64),
            Text(String),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Number(number) => Self(number.to_string()),
            Either::Text(text) => Self(text),
        })
    }
}

/// Amounts by currency, in the order of the file.
#[derive(Default)]
struct Amounts(Vec<Money>);

impl<'de> Deserialize<'de> for Amounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AmountsVisitor)
    }
}

impl Serialize for Amounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|money| (money.currency().to_string(), money.to_string())))
    }
}

struct AmountsVisitor;

impl<'de> Visitor<'de> for AmountsVisitor {
    type Value = Amounts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("amounts by currency: {\"CNY\": \"9.90\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Amounts, A::Error> {
        let mut amounts = Vec::new();
        while let Some((code, amount)) = map.next_entry::<String, Amount>()? {
            let currency = Currency::parse(&code).map_err(A::Error::custom)?;
            amounts.push(amount.of(currency).map_err(A::Error::custom)?);
        }
        Ok(Amounts(amounts))
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "an amount is text such as \"9.90\", or a whole number of minor units such as 990")]
enum Amount {
    Minor(u64),
    Text(String),
}

impl Amount {
    fn of(self, currency: Currency) -> Result<Money, till_domain::money::BadMoney> {
        match self {
            Self::Minor(minor) => Money::new(minor, currency),
            Self::Text(text) => Money::parse(&text, currency, MOST_MINOR),
        }
    }
}

#[cfg(test)]
mod tests;
