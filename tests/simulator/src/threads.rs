//! Many histories on all cores. Each history runs on one thread; threads take whole seeds.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::coverage::Coverage;
use crate::history::{self, History};
use crate::search::{Searched, search};
use crate::world::Broken;
use crate::worlds;

const BATCH: u64 = 64;

pub(crate) struct Ran {
    pub(crate) histories: u64,
    pub(crate) coverage: Coverage,
    pub(crate) took: Duration,
    /// The failing history of the lowest seed that failed: the same in every run, since seeds are handed out in order and
    /// what was handed out is run.
    pub(crate) failed: Option<Box<(Broken, History)>>,
}

/// Runs seeds from `from`, `count` of them; stops handing out seeds when one has failed.
pub(crate) fn run(from: u64, count: u64) -> Ran {
    let start = Instant::now();
    let next = AtomicU64::new(0);
    let total = Mutex::new(Ran { histories: 0, coverage: Coverage::default(), took: Duration::ZERO, failed: None });
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let mut coverage = Coverage::default();
                let mut histories = 0;
                let mut failed: Option<Box<(Broken, History)>> = None;
                while failed.is_none() {
                    let start = next.fetch_add(BATCH, Ordering::Relaxed);
                    if start >= count {
                        break;
                    }
                    for seed in start..(start + BATCH).min(count) {
                        histories += 1;
                        if let Err(failure) = history::run(from.wrapping_add(seed), &mut coverage) {
                            failed = Some(failure);
                            // The others finish their batches and find no more.
                            next.fetch_max(count, Ordering::Relaxed);
                            break;
                        }
                    }
                }
                let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                total.histories += histories;
                total.coverage.add(&coverage);
                let earlier = match (&total.failed, &failed) {
                    (Some(known), Some(found)) => found.1.seed < known.1.seed,
                    (None, Some(_)) => true,
                    (_, None) => false,
                };
                if earlier {
                    total.failed = failed;
                }
            });
        }
    });
    let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ran { took: start.elapsed(), ..total }
}

/// Searches every small world (or those named), several at once.
#[must_use]
pub fn search_worlds(named: &[String], done: impl Fn(&Searched) + Sync) -> Vec<Searched> {
    let worlds = worlds::all();
    let chosen: Vec<_> =
        worlds.iter().filter(|world| named.is_empty() || named.iter().any(|n| n == world.name)).collect();
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Vec::new());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(world) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = Instant::now();
                    let searched = search(world);
                    let searched = Searched { took: start.elapsed(), ..searched };
                    done(&searched);
                    all.lock().unwrap_or_else(PoisonError::into_inner).push(searched);
                }
            });
        }
    });
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}
