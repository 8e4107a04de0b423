//! Pages of lists: `limit`, `starting_after` and `ending_before`, newest first.

use serde_json::{Value, json};

use super::error::Refused;
use super::params::Params;

const USUAL_LIMIT: u64 = 10;
const MAX_LIMIT: u64 = 100;

#[derive(Debug)]
pub struct Page {
    limit: usize,
    after: Option<String>,
    before: Option<String>,
}

impl Page {
    pub fn take(params: &mut Params) -> Result<Self, Refused> {
        let limit = params.number("limit")?.unwrap_or(USUAL_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            let message = format!("This value must be between 1 and {MAX_LIMIT}.");
            return Err(Refused::parameter("parameter_invalid_integer", "limit", message));
        }
        let (after, before) = (params.text("starting_after", 255)?, params.text("ending_before", 255)?);
        if after.is_some() && before.is_some() {
            let message = "You can only provide one of starting_after or ending_before.";
            return Err(Refused::request(400, message).about("starting_after"));
        }
        Ok(Self { limit: usize::try_from(limit).unwrap_or(1), after, before })
    }

    pub fn of(&self, all: Vec<Value>, what: &str, url: &str) -> Result<Value, Refused> {
        let at = |id: &str, param: &str| {
            all.iter().position(|one| one["id"] == id).ok_or_else(|| Refused::missing(what, id, param))
        };
        let (from, to) = match (&self.after, &self.before) {
            (Some(id), _) => {
                let from = at(id, "starting_after")?.saturating_add(1);
                (from, from.saturating_add(self.limit).min(all.len()))
            }
            (None, Some(id)) => {
                let to = at(id, "ending_before")?;
                (to.saturating_sub(self.limit), to)
            }
            (None, None) => (0, self.limit.min(all.len())),
        };
        let has_more = if self.before.is_some() { from > 0 } else { to < all.len() };
        let data: Vec<Value> = all.into_iter().skip(from).take(to.saturating_sub(from)).collect();
        Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
    }
}
