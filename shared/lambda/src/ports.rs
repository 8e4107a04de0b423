//! The ports of a function: one store, which also sends messages, the providers if it calls any, and the system's clock.

use till_app::ports::Ports;

use crate::clock::SystemClock;

/// For functions that call no provider.
#[derive(Clone, Copy, Debug)]
pub struct NoProviders;

pub const fn ports<S, P>(store: &S, providers: P) -> Ports<'_, S, S, P, SystemClock> {
    Ports { store, messages: store, providers, clock: SystemClock }
}
