//! What a case is: one promise of a port, tried on one implementation of it. A case may not know what it runs on.

use std::future::Future;
use std::pin::Pin;

use till_journeys::{Outcome, ensure};

pub type Running = Pin<Box<dyn Future<Output = Outcome>>>;

/// An implementation of some ports, with what a case must see and do behind them.
pub trait World: Sized + 'static {
    const NAME: &'static str;

    const DEPARTS: &'static [Departs];

    /// A fresh one: what another case did is not in it.
    async fn new() -> Outcome<Self>;

    async fn end(self) -> Outcome {
        Ok(())
    }
}

/// Where an implementation is not as AWS documents it: the case must then fail there, so that the list stays true.
#[derive(Clone, Copy, Debug)]
pub struct Departs {
    pub case: &'static str,
    pub why: &'static str,
    /// What the case says when it fails for this reason, and for no other.
    pub says: &'static str,
}

pub struct Case {
    pub on: &'static str,
    pub name: &'static str,
    pub departs: Option<Departs>,
    run: Box<dyn Fn() -> Running + Send>,
}

impl Case {
    /// A case on an implementation.
    pub fn on<W: World>(name: &'static str, case: impl AsyncFn(&W) -> Outcome + Copy + Send + 'static) -> Self {
        let run = move || -> Running {
            Box::pin(async move {
                let world = W::new().await?;
                let outcome = case(&world).await;
                // What went wrong first is what counts.
                let ended = world.end().await;
                outcome.and(ended)
            })
        };
        let departs = W::DEPARTS.iter().find(|departs| departs.case == name).copied();
        Self { on: W::NAME, name, departs, run: Box::new(run) }
    }

    pub fn title(&self) -> String {
        format!("{}::{}", self.on, self.name)
    }

    /// Runs it, and holds the implementation to what it says of itself.
    pub async fn run(&self) -> Outcome {
        match (self.departs, (self.run)().await) {
            (None, outcome) => outcome,
            (Some(departs), Err(said)) => ensure(said.contains(departs.says), || said),
            (Some(departs), Ok(())) => {
                Err(format!("it holds, though it is said that {}: strike that row", departs.why))
            }
        }
    }
}

/// Cases of one area on one implementation.
macro_rules! cases {
    ($world:ty, $area:literal: $($case:ident),* $(,)?) => {
        vec![$(crate::case::Case::on::<$world>(
            concat!($area, "::", stringify!($case)),
            async |world| $case(world).await,
        )),*]
    };
}

pub(crate) use cases;
