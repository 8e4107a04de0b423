//! Whether new orders are made: as it stands, suspended, resumed. Orders that exist are not affected.

use std::collections::BTreeMap;

use till_app::ports::{Change, Clock, KeepSales, Noted, Sales};
use till_app::setup::save_sales;
use till_domain::language::Language;
use till_domain::text::Announcement;
use till_lambda::fields::Fields;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;

use crate::shapes::sales;
use crate::{Action, Place, change};

pub async fn show(ports: &impl KeepSales, place: &Place, call: &Call<'_, Action>) -> Result<Response, Problem> {
    call.check_parameters(&[])?;
    Ok(json(200, &sales(&ports.noted_sales().await?, place)))
}

pub async fn suspend(
    ports: &(impl KeepSales + Clock),
    place: &Place,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let fields = Fields::parse(call.request, &["texts", "reason"])?;
    let change = change::read(ports, call, &fields)?;
    let texts = texts(&fields)?;
    save(ports, place, call, change, |before, change| before.suspended(change.at, texts)).await
}

pub async fn resume(
    ports: &(impl KeepSales + Clock),
    place: &Place,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let fields = Fields::parse(call.request, &["reason"])?;
    let change = change::read(ports, call, &fields)?;
    save(ports, place, call, change, |_, _| Sales::Open).await
}

/// Changes the sales once for the key of the change.
async fn save(
    ports: &impl KeepSales,
    place: &Place,
    call: &Call<'_, Action>,
    change: Change,
    after: impl FnOnce(&Sales, &Change) -> Sales,
) -> Result<Response, Problem> {
    let before = ports.noted_sales().await?;
    if change::made(std::slice::from_ref(&before), &change)?.is_some() {
        return Ok(json(200, &sales(&before, place)));
    }
    let item = after(&before.item, &change);
    let noted = Noted { item, notes: before.notes.with(change) };
    save_sales(ports, &noted, Some(call.caller()?.role)).await.map_err(change::not_written)?;
    Ok(json(200, &sales(&noted, place)))
}

fn texts(fields: &Fields) -> Result<BTreeMap<Language, Announcement>, Problem> {
    let Some(sent) = fields.object("texts", &Language::ALL.map(Language::as_str))? else { return Ok(BTreeMap::new()) };
    let mut texts = BTreeMap::new();
    for (language, name) in [(Language::Chinese, "texts.zh"), (Language::English, "texts.en")] {
        texts.extend(sent.optional(name, Announcement::parse)?.map(|text| (language, text)));
    }
    Ok(texts)
}
