//! Running many seeds, for the command line and the tests.

use std::fmt;
use std::time::Duration;

use crate::coverage::Coverage;
use crate::shrink::shrink;
use crate::threads;
use crate::world::Broken;

/// A history that broke an invariant, made short.
#[derive(Clone, Debug)]
pub struct Failure {
    pub seed: u64,
    pub broken: Broken,
    pub story: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} breaks the invariant: {}", self.seed, self.broken.invariant)?;
        writeln!(f, "  {}", self.broken.detail)?;
        writeln!(f, "the shortest history found that still does ({} acts, then all comes to rest):", self.story.len())?;
        for (n, line) in self.story.iter().enumerate() {
            writeln!(f, "{:4}. {line}", n + 1)?;
        }
        writeln!(f, "replay it with: cargo xtask simulate --seeds 1 --from {}", self.seed)
    }
}

#[derive(Clone, Debug)]
pub struct Simulated {
    pub histories: u64,
    pub took: Duration,
    pub coverage: Coverage,
    /// The first failure, by seed, among those that ran.
    pub failure: Option<Failure>,
}

/// Runs `count` seeds from `from`.
#[must_use]
pub fn simulate(from: u64, count: u64) -> Simulated {
    let ran = threads::run(from, count);
    let failure = ran.failed.map(|failed| {
        let (broken, history) = *failed;
        let (acts, broken) = shrink(&history, &broken);
        let story = acts.iter().map(ToString::to_string).collect();
        Failure { seed: history.seed, broken, story }
    });
    Simulated { histories: ran.histories, took: ran.took, coverage: ran.coverage, failure }
}

/// The first of `count` seeds whose history breaks an invariant, and which one it breaks.
#[must_use]
pub fn caught_by_seed(count: u64) -> Option<(u64, Broken)> {
    let failed = threads::run(0, count).failed?;
    Some((failed.1.seed, failed.0.clone()))
}
