//! A line that stops at every call: the history decides whether and when it goes through, and with which answer. A flow
//! is a function of its errand and its answers, so a worker can be copied by playing its answers again.

use std::cell::{Cell, RefCell};
use std::future;
use std::rc::Rc;
use std::task::{Poll, Waker};

use till_app::ports::Sales;
use till_domain::time::Time;
use till_memory::{Answer, Call, Line};

use crate::rng::mix;

/// A call's number within its worker, in the order in which calls were begun.
pub(crate) type CallId = u16;

#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) id: CallId,
    pub(crate) call: Call,
    /// When the flow made it: its contents were decided then.
    pub(crate) since: Time,
}

/// One end of the line, held by the flow; the other is held by its worker.
#[derive(Clone)]
pub(crate) struct Tape {
    inner: Rc<Inner>,
}

struct Inner {
    now: Cell<Time>,
    seed: u64,
    drawn: Cell<u64>,
    /// Calls of no consequence (records, pushes) are answered at once.
    quiet: bool,
    begun: Cell<CallId>,
    asked: RefCell<Vec<Pending>>,
    waiting: RefCell<Vec<Slot>>,
}

struct Slot {
    id: CallId,
    waker: Waker,
    answer: Option<Answer>,
}

impl Tape {
    pub(crate) fn new(now: Time, seed: u64, quiet: bool) -> Self {
        Self {
            inner: Rc::new(Inner {
                now: Cell::new(now),
                seed,
                drawn: Cell::new(0),
                quiet,
                begun: Cell::new(0),
                asked: RefCell::new(Vec::new()),
                waiting: RefCell::new(Vec::new()),
            }),
        }
    }

    /// The calls that were begun since the last look.
    pub(crate) fn take_asked(&self, into: &mut Vec<Pending>) {
        into.append(&mut self.inner.asked.borrow_mut());
    }

    /// Gives an answer, at an instant: the flow goes on when it is polled next.
    pub(crate) fn give(&self, id: CallId, answer: Answer, now: Time) {
        self.inner.now.set(now);
        let mut waiting = self.inner.waiting.borrow_mut();
        if let Some(slot) = waiting.iter_mut().find(|slot| slot.id == id) {
            slot.answer = Some(answer);
            slot.waker.wake_by_ref();
        }
    }
}

impl Line for Tape {
    async fn call(&self, call: Call) -> Answer {
        let inner = &*self.inner;
        if inner.quiet && matches!(call, Call::KeepRecord(_) | Call::Push(..)) {
            return Answer::Done;
        }
        // No history suspends sales, so this answer is known, and a moment for it would only make histories longer.
        if matches!(call, Call::LoadSales) {
            return Answer::Sales(Sales::Open);
        }
        let id = inner.begun.get();
        inner.begun.set(id + 1);
        inner.asked.borrow_mut().push(Pending { id, call, since: inner.now.get() });
        future::poll_fn(|context| {
            let mut waiting = inner.waiting.borrow_mut();
            let Some(place) = waiting.iter().position(|slot| slot.id == id) else {
                waiting.push(Slot { id, waker: context.waker().clone(), answer: None });
                return Poll::Pending;
            };
            if let Some(answer) = waiting[place].answer.take() {
                waiting.swap_remove(place);
                return Poll::Ready(answer);
            }
            waiting[place].waker.clone_from(context.waker());
            Poll::Pending
        })
        .await
    }

    fn now(&self) -> Time {
        self.inner.now.get()
    }

    fn entropy(&self) -> u64 {
        let drawn = self.inner.drawn.get() + 1;
        self.inner.drawn.set(drawn);
        mix(self.inner.seed.wrapping_add(drawn << 48))
    }
}
