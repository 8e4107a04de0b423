//! Runs one case on one implementation, and holds the implementation to what it says of itself.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::world::World;

/// Runs a case in a fresh world. One that departs must fail.
pub fn run<W: World>(name: &str, case: impl AsyncFnOnce(W)) {
    let departs = W::DEPARTS.iter().find(|departs| departs.case == name);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { case(W::new().await).await });
    }));
    match (departs, outcome) {
        (None, Ok(())) => {}
        (Some(departs), Err(panic)) if says(&*panic).contains(departs.says) => {
            println!("{name} departs, as expected: {}", departs.why);
        }
        (None | Some(_), Err(panic)) => resume_unwind(panic),
        (Some(departs), Ok(())) => panic!("{name} passes, though it is said that {}: strike that row", departs.why),
    }
}

fn says(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<String>().map_or("", String::as_str)
}

/// Every departure names a case, and says something.
pub fn names_cases<W: World>(cases: &[&str]) {
    for departs in W::DEPARTS {
        assert!(cases.contains(&departs.case), "{} is no case", departs.case);
        println!("{}: {}", departs.case, departs.why);
    }
}
