//! Products: all of them, a new one, and a change of one. None is deleted, because orders name them: they go off sale.

use till_app::ports::{Clock, KeepProducts, ListedProduct, Noted, Notes};
use till_app::setup::{is_same, save_product};
use till_domain::text::{ProductId, ProductType};
use till_lambda::catalogue::{self, BadField, FIELDS, REQUIRED};
use till_lambda::fields::{Fields, required};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;

use crate::shapes::{ProductsShape, product};
use crate::{Action, change};

/// What a change may not name: orders know a product by these.
const NAMES: [&str; 2] = ["type", "id"];

pub async fn list(ports: &impl KeepProducts, call: &Call<'_, Action>) -> Result<Response, Problem> {
    call.check_parameters(&[])?;
    let all = ports.noted_products().await?;
    Ok(json(200, &ProductsShape { products: all.iter().map(product).collect() }))
}

pub async fn create(ports: &(impl KeepProducts + Clock), call: &Call<'_, Action>) -> Result<Response, Problem> {
    let known: Vec<&str> = FIELDS.into_iter().chain(["remark", "reason"]).collect();
    let fields = Fields::parse(call.request, &known)?;
    let change = change::read(ports, call, &fields)?;
    for name in REQUIRED {
        required(name, fields.literal(name))?;
    }
    let new = catalogue::from_fields(sent(&fields)).map_err(bad)?;
    let all = ports.noted_products().await?;
    if let Some(made) = change::made(&all, &change)? {
        return Ok(json(200, &product(made)));
    }
    if all.iter().any(|other| is_same(&other.item.product, &new.product)) {
        return Err(Problem::new(409, "already_exists"));
    }
    let notes = change::noted(&Notes::default(), &change, &fields)?;
    save(ports, call, None, Noted { item: new, notes }).await
}

pub async fn change(ports: &(impl KeepProducts + Clock), call: &Call<'_, Action>) -> Result<Response, Problem> {
    let changeable = FIELDS.into_iter().filter(|name| !NAMES.contains(name));
    let known: Vec<&str> = changeable.chain(["remark", "reason"]).collect();
    let fields = Fields::parse(call.request, &known)?;
    let change = change::read(ports, call, &fields)?;
    let (kind, id) = named(call)?;
    let all = ports.noted_products().await?;
    if let Some(made) = change::made(&all, &change)? {
        return Ok(json(200, &product(made)));
    }
    let is_named = |one: &&Noted<ListedProduct>| (one.item.product.kind(), one.item.product.id()) == (&kind, &id);
    let before = all.iter().find(is_named).ok_or(Problem::new(404, "not_found"))?;
    let item = catalogue::changed(&before.item, sent(&fields)).map_err(bad)?;
    let notes = change::noted(&before.notes, &change, &fields)?;
    save(ports, call, Some(before), Noted { item, notes }).await
}

/// The fields of the product that were sent, in their literal JSON.
fn sent(fields: &Fields) -> impl Iterator<Item = (&'static str, &str)> {
    FIELDS.into_iter().filter_map(|name| Some((name, fields.literal(name)?)))
}

fn bad(BadField { field, rule }: BadField) -> Problem {
    Problem::invalid_field(field, rule)
}

/// The product that the path names.
fn named(call: &Call<'_, Action>) -> Result<(ProductType, ProductId), Problem> {
    let kind = call.segment("type").and_then(|kind| ProductType::parse(kind).ok());
    let id = call.segment("id").and_then(|id| ProductId::parse(id).ok());
    kind.zip(id).ok_or(Problem::new(404, "not_found"))
}

async fn save(
    ports: &impl KeepProducts,
    call: &Call<'_, Action>,
    before: Option<&Noted<ListedProduct>>,
    new: Noted<ListedProduct>,
) -> Result<Response, Problem> {
    let role = Some(call.caller()?.role);
    save_product(ports, before, &new, role).await.map_err(change::not_written)?;
    Ok(json(200, &product(&new)))
}
