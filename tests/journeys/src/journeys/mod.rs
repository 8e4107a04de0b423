//! The journeys, each with its name. They share the stack, but each has buyers of its own.

mod alarm_causes;
mod alarm_ends;
mod alarms;
mod audit;
mod buyers;
mod by_hand;
mod crashes;
mod front_end;
mod functions;
mod kept;
mod keys;
mod limits;
mod load;
mod methods;
mod money;
mod personal;
mod programs;
mod proxy;
mod remedies;
mod sales;
mod setup;
mod stage_programs;
mod steps;
mod stripe;
mod team;
mod time;
mod upgrades;
mod whys;

use std::future::Future;
use std::pin::Pin;

use till_journeys::Outcome;
use till_journeys::stack::Stack;

type Running = Pin<Box<dyn Future<Output = Outcome>>>;

pub struct Journey {
    pub name: String,
    /// It belongs before or after the end of a stack, or changes the stack, and is ignored unless it is asked for.
    pub runs_alone: bool,
    pub run: Box<dyn Fn(Stack) -> Running + Send>,
}

impl Journey {
    fn new<F: Future<Output = Outcome> + 'static>(
        name: impl Into<String>,
        run: impl Fn(Stack) -> F + Send + 'static,
    ) -> Self {
        Self { name: name.into(), runs_alone: false, run: Box::new(move |stack| Box::pin(run(stack))) }
    }
}

/// Journeys of one group, named by their functions.
macro_rules! journeys {
    ($group:literal: $($journey:ident),+ $(,)?) => {
        vec![$($crate::journeys::Journey::new(concat!($group, "::", stringify!($journey)), $journey)),+]
    };
}

pub(crate) use journeys;

/// The journeys about crashes need the fault proxy.
pub fn all() -> Vec<Journey> {
    let groups = [
        methods::all(),
        front_end::all(),
        buyers::all(),
        upgrades::all(),
        whys::all(),
        by_hand::all(),
        limits::all(),
        remedies::all(),
        audit::all(),
        money::all(),
        time::all(),
        crashes::all(),
        functions::all(),
        keys::all(),
        stripe::all(),
        team::all(),
        personal::all(),
        programs::all(),
        stage_programs::all(),
        alarms::all(),
        setup::all(),
        sales::all(),
        load::all(),
    ];
    let alone = [kept::all(), proxy::all()].into_iter().flatten();
    let alone = alone.map(|journey| Journey { runs_alone: true, ..journey });
    groups.into_iter().flatten().chain(alone).collect()
}
