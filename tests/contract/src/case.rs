//! A case is one promise of a port, tried on one implementation of it. A case must not know on which one it runs.

use std::future::Future;
use std::pin::Pin;

use till_contract::{Departure, judge};
use till_journeys::Outcome;

pub type Running = Pin<Box<dyn Future<Output = Outcome>>>;

/// An implementation of some ports, with the access that a case needs besides them.
pub trait Implementation: Sized + 'static {
    const NAME: &'static str;

    const DEPARTURES: &'static [Departure];

    /// A fresh one, without anything of other cases.
    async fn new() -> Outcome<Self>;

    async fn end(self) -> Outcome {
        Ok(())
    }
}

pub struct Case {
    pub on: &'static str,
    pub name: &'static str,
    pub departure: Option<Departure>,
    run: Box<dyn Fn() -> Running + Send>,
}

impl Case {
    pub fn on<W: Implementation>(
        name: &'static str,
        case: impl AsyncFn(&W) -> Outcome + Copy + Send + 'static,
    ) -> Self {
        let run = move || -> Running {
            Box::pin(async move {
                let implementation = W::new().await?;
                let outcome = case(&implementation).await;
                // The first error counts.
                let ended = implementation.end().await;
                outcome.and(ended)
            })
        };
        let departure = W::DEPARTURES.iter().find(|departure| departure.case == name).copied();
        Self { on: W::NAME, name, departure, run: Box::new(run) }
    }

    pub fn title(&self) -> String {
        format!("{}::{}", self.on, self.name)
    }

    /// Runs it. A case that departs must fail.
    pub async fn run(&self) -> Outcome {
        judge(self.departure.as_ref(), (self.run)().await)
    }
}

/// Cases of one area on one implementation.
macro_rules! cases {
    ($implementation:ty, $area:literal: $($case:ident),* $(,)?) => {
        vec![$(crate::case::Case::on::<$implementation>(
            concat!($area, "::", stringify!($case)),
            async |world| $case(world).await,
        )),*]
    };
}

pub(crate) use cases;
