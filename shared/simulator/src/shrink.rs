//! Making a failing history short: leaves acts out as long as the same invariant still breaks.

use crate::act::Act;
use crate::coverage::Coverage;
use crate::history::History;
use crate::world::Broken;

/// Replays at most: a bound on time, not on correctness. What is left then is short enough to read.
const MOST_REPLAYS: u32 = 4_000;

/// The shortest history found that still breaks the same invariant.
pub(crate) fn shrink(history: &History, broken: &Broken) -> (Vec<Act>, Broken) {
    let mut acts = history.acts.clone();
    let mut broken = broken.clone();
    let mut replays = 0;
    let mut size = acts.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        let mut shorter = false;
        while from < acts.len() && replays < MOST_REPLAYS {
            let until = (from + size).min(acts.len());
            let without: Vec<Act> = acts[..from].iter().chain(&acts[until..]).copied().collect();
            replays += 1;
            match history.replay(&without, &mut Coverage::default()) {
                Err(still) if still.invariant == broken.invariant => {
                    acts = without;
                    broken = still;
                    shorter = true;
                }
                _ => from = until,
            }
        }
        // Again at the same size while that helps; then finer.
        if !shorter || size > 1 {
            size = if size == 1 { 0 } else { size.div_ceil(2).min(size - 1) };
        }
        if replays >= MOST_REPLAYS {
            break;
        }
    }
    (acts, broken)
}
