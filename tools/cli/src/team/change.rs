//! A change over the API: it is shown, asked about, and sent under a key, which is printed so that it can be repeated.

use std::collections::BTreeMap;

use clap::Args;
use http::Method;
use serde_json::value::RawValue;
use till_domain::text::{Key, Reason};

use super::Session;
use super::row::Row;
use crate::exit::{Exit, Stopped};
use crate::{Failure, files};

#[derive(Args, Clone, Debug)]
pub struct Change {
    /// Why; it stands in the records
    #[arg(long, value_parser = Reason::parse)]
    pub reason: Reason,
    /// The key of an earlier try, to repeat it: what it did is not done again
    #[arg(long, value_parser = Key::parse)]
    pub key: Option<Key>,
    /// Do not ask before the change
    #[arg(long)]
    pub yes: bool,
}

/// A request's fields. Numbers are sent as they were typed.
#[derive(Default)]
pub struct Body(BTreeMap<&'static str, Box<RawValue>>);

impl Body {
    pub fn of(change: &Change) -> Result<Self, Failure> {
        Self::default().with("reason", change.reason.as_str())
    }

    pub fn with(self, name: &'static str, text: &str) -> Result<Self, Failure> {
        self.with_json(name, serde_json::to_string(text)?)
    }

    pub fn with_some(self, name: &'static str, text: Option<&str>) -> Result<Self, Failure> {
        match text {
            Some(text) => self.with(name, text),
            None => Ok(self),
        }
    }

    pub fn with_json(mut self, name: &'static str, json: String) -> Result<Self, Failure> {
        self.0.insert(name, RawValue::from_string(json)?);
        Ok(self)
    }
}

impl Session<'_> {
    /// Makes a change that was agreed to. Without an answer it may have been made, and the same key finds out.
    pub async fn change(&mut self, path: &str, plan: &[String], change: &Change, body: Body) -> Result<Row, Failure> {
        self.change_by(Method::POST, path, plan, change, body).await
    }

    /// The same by another method.
    pub async fn change_by(
        &mut self,
        method: Method,
        path: &str,
        plan: &[String],
        change: &Change,
        body: Body,
    ) -> Result<Row, Failure> {
        for line in plan {
            writeln!(self.notes, "{line}")?;
        }
        let confirmed = (self.ask)(change.yes).map_err(|why| Stopped::new(Exit::NotConfirmed, why.to_string()))?;
        if !confirmed {
            return Err(Stopped::new(Exit::NotConfirmed, "nothing was changed").into());
        }
        let key = change.key.as_ref().map_or_else(new_key, |key| Ok(key.to_string()))?;
        writeln!(self.notes, "Idempotency-Key: {key}")?;
        let answer = self.api.change(method, path, &key, serde_json::to_string(&body.0)?).await;
        let answer = answer.map_err(|failure| match failure.downcast::<Stopped>() {
            Ok(stopped) if stopped.exit == Exit::Again => {
                let text = format!("{stopped}; it may have been done all the same: repeat it with --key {key}");
                Stopped::new(Exit::Again, text).into()
            }
            Ok(stopped) => stopped as Failure,
            Err(failure) => failure,
        })?;
        if self.json {
            writeln!(self.out, "{answer}")?;
        }
        Row::read(&answer)
    }

    /// Prints what a list or an object says, and returns it to be shown; nothing, if it was printed as it came.
    pub fn read(&mut self, answer: &str) -> Result<Option<Row>, Failure> {
        if self.json {
            writeln!(self.out, "{answer}")?;
            return Ok(None);
        }
        Row::read(answer).map(Some)
    }

    /// Says what is missing from the list, and how it goes on.
    pub fn note_next(&mut self, answer: &Row) -> Result<(), Failure> {
        if has_unreadable(answer) {
            let unreadable = answer.text("unreadable");
            writeln!(
                self.notes,
                "not shown, because Till cannot read them (stuck_order in operating.md): {unreadable}"
            )?;
        }
        let next = answer.text("next");
        if !next.is_empty() {
            writeln!(self.notes, "there is more: --cursor {next}")?;
        }
        Ok(())
    }
}

/// Whether a page names something that cannot be read, or says how much.
pub fn has_unreadable(page: &Row) -> bool {
    !matches!(page.text("unreadable").as_str(), "" | "0")
}

fn new_key() -> Result<String, Failure> {
    let random = files::secret()?;
    Ok(format!("till-{}", random.get(..32).unwrap_or_default()))
}
