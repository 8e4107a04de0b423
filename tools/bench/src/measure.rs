//! Measures on a noisy machine: the pieces of work that are compared run in turns, and the median of each is reported.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::Failure;

/// An odd number, so that the median is one of the turns.
const TURNS: usize = 101;
/// A turn repeats its work until it takes at least this long, so that the resolution of the clock does not matter.
const MIN_TURN: Duration = Duration::from_millis(2);

pub struct Work<'a> {
    pub name: &'static str,
    run: Box<dyn FnMut() + 'a>,
    repeats: u32,
}

/// The median time of a piece of work.
#[derive(Clone, Copy)]
pub struct Took(pub Duration);

impl<'a> Work<'a> {
    /// The result of the work is kept, so that the optimiser cannot remove it.
    pub fn new<T>(name: &'static str, mut run: impl FnMut() -> T + 'a) -> Self {
        let run = Box::new(move || {
            black_box(run());
        });
        Self { name, run, repeats: 1 }
    }

    fn turn(&mut self) -> Duration {
        let start = Instant::now();
        for _ in 0..self.repeats {
            (self.run)();
        }
        start.elapsed()
    }

    fn warm_up(&mut self) {
        while self.turn() < MIN_TURN {
            self.repeats = self.repeats.saturating_mul(2);
        }
    }
}

pub fn in_turns(works: &mut [Work<'_>]) -> Vec<Took> {
    for work in works.iter_mut() {
        work.warm_up();
    }
    let mut turns = vec![Vec::with_capacity(TURNS); works.len()];
    for _ in 0..TURNS {
        for (work, turns) in works.iter_mut().zip(&mut turns) {
            let took = work.turn();
            turns.push(took.checked_div(work.repeats).unwrap_or(took));
        }
    }
    turns.into_iter().map(|turns| Took(median(turns))).collect()
}

fn median(mut turns: Vec<Duration>) -> Duration {
    turns.sort_unstable();
    turns.get(turns.len() / 2).copied().unwrap_or_default()
}

impl Took {
    pub fn micros(self) -> f64 {
        self.0.as_secs_f64() * 1e6
    }
}

/// Measured values, for any of their percentiles.
pub struct Samples(Vec<f64>);

impl Samples {
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        Self(values)
    }

    pub fn median(&self) -> f64 {
        self.at(50)
    }

    /// The value below which so many percent of all values lie: 0 is the least, 100 the most.
    pub fn at(&self, percent: usize) -> f64 {
        let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).copied().unwrap_or(f64::NAN)
    }
}

/// A number that is far below 2⁵³, for a division.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are exact in an f64")]
pub const fn count(number: usize) -> f64 {
    number as f64
}

/// How long the current thread was on a CPU. It does not count the time in which others had the CPU.
pub fn cpu_of_this_thread() -> Result<Duration, Failure> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().ok_or("/proc/thread-self/schedstat is empty")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle_one() {
        let turns = [9, 1, 5].map(Duration::from_micros).to_vec();
        assert_eq!(median(turns), Duration::from_micros(5));
        assert_eq!(median(Vec::new()), Duration::ZERO);
    }

    #[test]
    fn samples_have_least_median_and_most() {
        let samples = Samples::of([9.0, 1.0, 5.0]);
        assert_eq!(
            [samples.at(0), samples.median(), samples.at(100)].map(f64::to_bits),
            [1.0, 5.0, 9.0].map(f64::to_bits)
        );
        assert!(Samples::of([]).median().is_nan());
    }
}
