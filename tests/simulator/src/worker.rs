//! A process at work on one errand. It stops at every call, and what it waits for is plain data, so a history can be
//! inspected, copied and continued in several ways.

use std::fmt;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use till_app::Settings;
use till_domain::id::PaymentNo;
use till_domain::time::Time;
use till_memory::Answer;

use crate::digest::{Digest, hash_answer};
use crate::errand::{End, Errand, Flow};
use crate::tape::{CallId, Pending, Tape};

pub(crate) struct Worker {
    pub(crate) id: u16,
    pub(crate) errand: Errand,
    pub(crate) started: Time,
    pub(crate) until: Time,
    pub(crate) pending: Vec<Pending>,
    /// The attempts about which it asked a provider that answered.
    pub(crate) answered: Vec<PaymentNo>,
    /// Whether something else happened since it began to wait.
    pub(crate) delayed: bool,
    /// Set when it has come to its end.
    pub(crate) end: Option<End>,
    /// The answers that it was given, if it is to be copied.
    log: Option<Vec<(CallId, Answer, Time)>>,
    /// Its errand and its answers so far, as 64 bits.
    told: u64,
    live: Option<Live>,
    settings: Arc<Settings>,
}

struct Live {
    tape: Tape,
    flow: Flow,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker {} on {:?}, waiting for {:?}", self.id, self.errand, self.pending)
    }
}

/// A copy has no live flow: it plays its answers again when it goes on.
impl Clone for Worker {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            errand: self.errand.clone(),
            started: self.started,
            until: self.until,
            pending: self.pending.clone(),
            answered: self.answered.clone(),
            delayed: self.delayed,
            end: self.end.clone(),
            log: self.log.clone(),
            told: self.told,
            live: None,
            settings: Arc::clone(&self.settings),
        }
    }
}

impl Worker {
    /// Sets a worker off to its first call.
    pub(crate) fn start(
        id: u16,
        errand: Errand,
        now: Time,
        until: Time,
        settings: &Arc<Settings>,
        copied: bool,
    ) -> Self {
        let told = if copied { begun(id, &errand, now) } else { 0 };
        let mut worker = Self {
            id,
            errand,
            started: now,
            until,
            pending: Vec::new(),
            answered: Vec::new(),
            delayed: false,
            end: None,
            log: copied.then(Vec::new),
            told,
            live: None,
            settings: Arc::clone(settings),
        };
        let mut live = worker.revive();
        worker.go_on(&mut live);
        worker.live = Some(live);
        worker
    }

    /// Answers one of its calls; it goes on to the next.
    pub(crate) fn answer(&mut self, id: CallId, answer: Answer, now: Time) {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => self.replay(),
        };
        self.pending.retain(|pending| pending.id != id);
        if let Some(log) = &mut self.log {
            let mut digest = Digest::default();
            (self.told, id, now).hash(&mut digest);
            hash_answer(&answer, &mut digest);
            self.told = digest.finish();
            log.push((id, answer.clone(), now));
        }
        live.tape.give(id, answer, now);
        self.go_on(&mut live);
        self.live = Some(live);
        self.delayed = false;
    }

    /// Everything that decides what it does next, as 64 bits.
    pub(crate) const fn digest(&self) -> u64 {
        self.told
    }

    fn revive(&self) -> Live {
        let quiet = self.log.is_some();
        let tape = Tape::new(self.started, u64::from(self.id), quiet);
        let flow = self.errand.begin(tape.clone(), &self.settings);
        Live { tape, flow }
    }

    fn replay(&mut self) -> Live {
        let mut live = self.revive();
        let mut context = Context::from_waker(Waker::noop());
        let mut poll = live.flow.as_mut().poll(&mut context);
        for (id, answer, at) in self.log.iter().flatten() {
            live.tape.give(*id, answer.clone(), *at);
            poll = live.flow.as_mut().poll(&mut context);
        }
        assert!(poll.is_pending(), "a worker that waits comes to the same call again");
        // Its calls are known already.
        live.tape.take_asked(&mut Vec::new());
        live
    }

    fn go_on(&mut self, live: &mut Live) {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(end) = live.flow.as_mut().poll(&mut context) {
            self.end = Some(end);
        }
        live.tape.take_asked(&mut self.pending);
    }
}

/// Only the worker that makes an order draws random numbers, so only there does its number matter.
fn begun(id: u16, errand: &Errand, now: Time) -> u64 {
    let mut digest = Digest::default();
    let draws = matches!(errand, Errand::Create(_));
    (draws.then_some(id), errand, now).hash(&mut digest);
    digest.finish()
}
