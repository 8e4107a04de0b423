//! What every change of the set-up has besides what it changes: a key, a reason, and who asked for it.

use till_app::ports::{Change, Clock, NotWritten, Noted, Notes};
use till_domain::refusal::Refusal;
use till_domain::text::{Reason, Remark};
use till_lambda::fields::{Fields, parsed};
use till_lambda::problem::Problem;
use till_lambda::request_hash;
use till_lambda::routes::Call;

use crate::Action;

/// Reads who asks for what. The hash is of all that was sent, and of where it was sent.
pub fn read(clock: &impl Clock, call: &Call<'_, Action>, fields: &Fields) -> Result<Change, Problem> {
    let key = call.key()?.ok_or(Problem::new(400, "idempotency_key_required"))?;
    let reason = fields.required("reason", Reason::parse)?;
    let path = call.request.uri().path().trim_end_matches('/');
    let mut parts = vec![Some(call.request.method().as_str()), Some(path)];
    parts.extend(fields.literals().flat_map(|(name, literal)| [Some(name), Some(literal)]));
    let hash = Some(request_hash(&parts));
    Ok(Change { by: call.user()?.clone(), at: clock.now(), reason: Some(reason), key: Some(key), hash })
}

/// The item that this change was made on already. Another request under its key is refused.
pub fn made<'a, T>(all: &'a [Noted<T>], change: &Change) -> Result<Option<&'a Noted<T>>, Problem> {
    let Some(key) = &change.key else { return Ok(None) };
    let found = all.iter().find_map(|noted| Some((noted, noted.notes.by_key(key)?)));
    match found {
        Some((_, before)) if before.hash != change.hash => Err(Refusal::IdempotencyConflict.into()),
        found => Ok(found.map(|(noted, _)| noted)),
    }
}

/// The notes after the change, with the remark of the body. An empty remark takes the present one away.
pub fn noted(before: &Notes, change: &Change, fields: &Fields) -> Result<Notes, Problem> {
    let after = before.with(change.clone());
    let remark = match fields.text("remark")? {
        None => before.remark.clone(),
        Some(text) if text.is_empty() => None,
        text => parsed("remark", text, Remark::parse)?,
    };
    Ok(Notes { remark, ..after })
}

/// The answer where something could not be written.
pub fn not_written(why: NotWritten) -> Problem {
    match why {
        NotWritten::Refused(rule) => Problem::invalid_field("body", format!("cannot be written: {rule}")),
        NotWritten::NotFound => Problem::new(404, "not_found"),
        NotWritten::Conflict => Refusal::InProgress.into(),
        NotWritten::Newer => {
            tracing::error!("a later release of Till wrote an item that this one was to change");
            Problem::unavailable()
        }
        NotWritten::Unavailable => Problem::unavailable(),
    }
}
