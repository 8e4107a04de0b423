//! Runs flows on one thread: to their end, or to where their process died; one alone, or some side by side.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a flow to its end; none when its process died on the way: it waits for something that will never come.
pub fn run<T>(flow: impl Future<Output = T>) -> Option<T> {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut flow = pin!(flow);
    loop {
        if let Poll::Ready(outcome) = flow.as_mut().poll(&mut context) {
            return Some(outcome);
        }
        if !woken.0.swap(false, Ordering::Relaxed) {
            return None;
        }
    }
}

pub fn done<T>(flow: impl Future<Output = T>) -> T {
    run(flow).expect("no process dies here")
}

pub type Flow<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Runs flows side by side, in turns: each goes on until it has to wait.
pub fn side_by_side<T>(flows: Vec<Flow<'_, T>>) -> Vec<T> {
    let mut context = Context::from_waker(Waker::noop());
    let mut flows: Vec<(Flow<'_, T>, Option<T>)> = flows.into_iter().map(|flow| (flow, None)).collect();
    // Every delay lasts one turn; so many turns mean that a flow will never end.
    for _ in 0..1_000 {
        for (flow, outcome) in flows.iter_mut().filter(|(_, outcome)| outcome.is_none()) {
            if let Poll::Ready(ready) = flow.as_mut().poll(&mut context) {
                *outcome = Some(ready);
            }
        }
    }
    flows.into_iter().map(|(_, outcome)| outcome.expect("no process dies here")).collect()
}
