//! The line that answers every call at once, for tests of flows: shared tables, a scripted provider, a clock that the
//! test sets, and planned faults.

use std::cell::{Cell, RefCell};
use std::future;
use std::rc::Rc;
use std::task::Poll;

use till_app::ports::Secret;
use till_domain::time::{Seconds, Time};

use crate::call::{Answer, Call, ProviderCall};
use crate::faults::{Fault, Faults};
use crate::line::{Line, Ports};
use crate::tables::Tables;

pub trait Providers {
    fn perform(&mut self, call: &ProviderCall, now: Time) -> Answer;
}

impl<F: FnMut(&ProviderCall, Time) -> Answer> Providers for F {
    fn perform(&mut self, call: &ProviderCall, now: Time) -> Answer {
        self(call, now)
    }
}

/// A world in memory. Clones share it: give one to each flow that is to run beside others.
#[derive(Clone)]
pub struct Memory {
    inner: Rc<Inner>,
}

struct Inner {
    tables: RefCell<Tables>,
    providers: RefCell<Box<dyn Providers>>,
    faults: RefCell<Faults>,
    now: Cell<Time>,
    drawn: Cell<u64>,
}

impl Memory {
    /// A world with these tables and providers, at an instant.
    pub fn new(tables: Tables, providers: impl Providers + 'static, now: Time) -> Self {
        Self {
            inner: Rc::new(Inner {
                tables: RefCell::new(tables),
                providers: RefCell::new(Box::new(providers)),
                faults: RefCell::new(Faults::default()),
                now: Cell::new(now),
                drawn: Cell::new(0),
            }),
        }
    }

    #[must_use]
    pub fn ports(&self) -> Ports<Self> {
        Ports(self.clone())
    }

    /// Reads the tables, or changes them without the flows.
    pub fn tables<T>(&self, look: impl FnOnce(&mut Tables) -> T) -> T {
        look(&mut self.inner.tables.borrow_mut())
    }

    pub fn faults<T>(&self, plan: impl FnOnce(&mut Faults) -> T) -> T {
        plan(&mut self.inner.faults.borrow_mut())
    }

    /// Stores the values of a secret, the current one made now. A process may still have the older ones in its cache.
    pub fn put_secret(&self, name: &str, secret: Secret) {
        let now = self.inner.now.get();
        self.tables(|tables| tables.edge.secrets.insert(name.to_owned(), (secret, now)));
    }

    pub fn pass(&self, length: Seconds) {
        self.inner.now.set(self.inner.now.get().plus(length));
    }

    fn perform(&self, call: &Call) -> Answer {
        let now = self.inner.now.get();
        match call {
            Call::Provider(call) => self.inner.providers.borrow_mut().perform(call, now),
            call => self.inner.tables.borrow_mut().perform(call, now),
        }
    }
}

impl Line for Memory {
    async fn call(&self, call: Call) -> Answer {
        let fault = self.inner.faults.borrow_mut().strike(call.kind());
        match fault {
            None => self.perform(&call),
            Some(Fault::Before) => call.unheard(),
            Some(Fault::After) => {
                self.perform(&call);
                call.unheard()
            }
            Some(Fault::Delay) => {
                yield_once().await;
                self.perform(&call)
            }
            Some(Fault::Twice) => {
                self.perform(&call);
                self.perform(&call)
            }
            Some(Fault::DieBefore) => future::pending().await,
            Some(Fault::DieAfter) => {
                self.perform(&call);
                future::pending().await
            }
        }
    }

    fn now(&self) -> Time {
        self.inner.now.get()
    }

    fn entropy(&self) -> u64 {
        let drawn = self.inner.drawn.get();
        self.inner.drawn.set(drawn + 1);
        // The numbers only have to differ.
        drawn.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

async fn yield_once() {
    let mut yielded = false;
    future::poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
