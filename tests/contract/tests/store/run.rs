//! Runs one case on one store.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use till_contract::judge;

use crate::tested_store::TestedStore;

/// Runs a case in a fresh store. A case that departure must fail.
pub fn run<T: TestedStore>(name: &str, case: impl AsyncFnOnce(T)) {
    let departure = T::DEPARTURES.iter().find(|departure| departure.case == name);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { case(T::new().await).await });
    }));
    let outcome = outcome.map_err(|panic| message(&*panic));
    if let Err(message) = judge(departure, outcome) {
        panic!("{name}: {message}");
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

pub fn names_cases<W: TestedStore>(cases: &[&str]) {
    for departure in W::DEPARTURES {
        assert!(cases.contains(&departure.case), "{} is no case", departure.case);
        println!("{}: {}", departure.case, departure.why);
    }
}
