//! Automatic mutants: each operator, condition and function of the rules and flows is changed, one at a time, and something must
//! notice: a test, a history, a small world. What nothing notices is listed with its reason.

mod build;
mod judge;
mod list;
mod rewrite;
mod survivors;

use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use build::Built;
use judge::{Search, Verdict};
use list::Automatic;

use crate::test::Count;

/// How far a mutant is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judges {
    /// By the tests of the crates alone: a survivor may yet be caught by a history.
    Tests,
    All,
}

/// Judges all mutants, or those whose name contains one of the texts: one check for each, and one for each row of the list of
/// survivors that names no mutant any more.
pub(crate) fn run(root: &Path, wanted: &[String], judges: Judges) -> Result<Count, String> {
    let survivors = survivors::read(root)?;
    let all = list::read(root)?;
    let gone = survivors::gone(&survivors, &all);
    let gone = gone.iter().map(|row| {
        let name = format!("{}: {}", row.file, row.mutant);
        Count::failure(&name, "there is no such mutant any more: take it out of the list of survivors")
    });
    let mut count: Count = gone.sum();
    let is_wanted = |mutant: &Automatic| wanted.is_empty() || wanted.iter().any(|text| mutant.name().contains(text));
    let mutants: Vec<Automatic> = all.into_iter().filter(is_wanted).collect();
    let verdicts = judge_all(root, &mutants, |mutant| match judges {
        Judges::Tests => Search::Nothing,
        // To visit every state of the worlds takes minutes, and a listed one has a reason why none of them would show it.
        Judges::All if survivors::is_listed(mutant, &survivors) => Search::Histories,
        Judges::All => Search::HistoriesAndWorlds,
    })?;
    let mut caught = 0;
    for (mutant, verdict) in mutants.iter().zip(&verdicts) {
        caught += u32::from(matches!(verdict, Verdict::Caught(_)));
        let fault = survivors::fault(mutant, verdict, &survivors);
        let one = match fault {
            Some(fault) => Count::failure(&mutant.name(), &fault),
            None => Count::of(true, &mutant.name()),
        };
        count = [count, one].into_iter().sum();
    }
    let left = verdicts.iter().filter(|verdict| **verdict == Verdict::Survives).count();
    println!("{} automatic mutants: {caught} caught, {left} survive, the others do not compile", mutants.len());
    Ok(count)
}

/// The verdict on each mutant, in their order.
fn judge_all(
    root: &Path,
    mutants: &[Automatic],
    search: impl Fn(&Automatic) -> Search,
) -> Result<Vec<Verdict>, String> {
    let (built, inside) = build::together(root, mutants)?;
    if let Some(failed) = judge::by_tests(&built, 0, 0)? {
        return Err(format!("without any mutant, {failed} fails"));
    }
    let places: Vec<usize> = inside.iter().map(|number| number - 1).collect();
    let mut by_tests = in_parallel(&places, |place, worker| {
        let caught = judge::by_tests(&built, place + 1, worker)?;
        Ok((place, caught))
    })?;
    by_tests.sort_unstable();
    let mut verdicts = vec![Verdict::DoesNotCompile; mutants.len()];
    for (place, caught) in by_tests {
        verdicts[place] = finish(&built, place + 1, caught, search(&mutants[place]))?;
        show(&mutants[place], &verdicts[place]);
    }
    for place in (0..mutants.len()).filter(|place| !inside.contains(&(place + 1))) {
        if let Some(built) = build::alone(root, &mutants[place])? {
            let caught = judge::by_tests(&built, 0, 0)?;
            verdicts[place] = finish(&built, 0, caught, search(&mutants[place]))?;
        }
        show(&mutants[place], &verdicts[place]);
    }
    Ok(verdicts)
}

/// What no test has caught is judged by histories and worlds.
fn finish(built: &Built, number: usize, by_tests: Option<String>, search: Search) -> Result<Verdict, String> {
    let caught = match by_tests {
        Some(test) => Some(test),
        None => judge::by_search(built, number, search)?,
    };
    Ok(caught.map_or(Verdict::Survives, Verdict::Caught))
}

fn show(mutant: &Automatic, verdict: &Verdict) {
    let by = match verdict {
        Verdict::DoesNotCompile => "does not compile",
        Verdict::Caught(by) => by,
        Verdict::Survives => "NOTHING CATCHES IT",
    };
    println!("{}\n    {by}", mutant.name());
}

/// Does something for each place, on all cores. The second argument of `work` numbers the thread.
fn in_parallel<T: Send>(
    places: &[usize],
    work: impl Fn(usize, usize) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for worker in 0..cores {
            let (next, done, work) = (&next, &done, &work);
            scope.spawn(move || {
                while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(*place, worker);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(result);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
}
