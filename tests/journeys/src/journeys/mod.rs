//! The journeys, each with its name. They share the stack and not their users: each has buyers of its own.

mod buyers;
mod crashes;
mod front_end;
mod functions;
mod kept;
mod methods;
mod money;
mod steps;
mod time;

use std::future::Future;
use std::pin::Pin;

use till_journeys::Outcome;
use till_journeys::stack::Stack;

type Running = Pin<Box<dyn Future<Output = Outcome>>>;

/// One journey.
pub struct Journey {
    /// Its name.
    pub name: String,
    /// It.
    pub run: Box<dyn Fn(Stack) -> Running>,
}

impl Journey {
    fn new<F: Future<Output = Outcome> + 'static>(name: impl Into<String>, run: impl Fn(Stack) -> F + 'static) -> Self {
        Self { name: name.into(), run: Box::new(move |stack| Box::pin(run(stack))) }
    }
}

/// The journeys of this name, or of names with this beginning; those that run over the end of a stack only by their names.
/// Those about crashes need the fault proxy.
pub fn chosen(words: &[String]) -> Vec<Journey> {
    let begins = |journey: &Journey| words.iter().any(|word| journey.name.starts_with(word.as_str()));
    let kept = kept::all().into_iter().filter(|journey| words.contains(&journey.name));
    all().into_iter().filter(|journey| words.is_empty() || begins(journey)).chain(kept).collect()
}

fn all() -> Vec<Journey> {
    let groups =
        [methods::all(), front_end::all(), buyers::all(), money::all(), time::all(), crashes::all(), functions::all()];
    groups.into_iter().flatten().collect()
}
