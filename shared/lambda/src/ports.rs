//! The ports of a function: one store, which also sends messages, the providers if it calls any, and the system's clock.

use till_app::ports::{Alarm, Enqueue, Message, Orphan, Ports, Push, RaiseAlarm, Task, Unavailable};
use till_domain::id::OrderNo;
use till_domain::order::{Hold, Order};
use till_domain::text::UserId;

use crate::clock::SystemClock;

/// For functions that call no provider.
#[derive(Clone, Copy, Debug)]
pub struct NoProviders;

pub const fn ports<S, P>(store: &S, providers: P) -> Ports<'_, S, S, P, SystemClock> {
    Ports { store, messages: store, providers, clock: SystemClock }
}

/// For callbacks of a provider that tells of no declined payments by them: there is nothing to push, and the function need not
/// carry what a push takes.
#[derive(Clone, Copy, Debug)]
pub struct NoPushes<'a, M>(pub &'a M);

impl<M: Enqueue> Enqueue for NoPushes<'_, M> {
    async fn enqueue(&self, task: Task) -> Result<(), Unavailable> {
        self.0.enqueue(task).await
    }
}

impl<M: RaiseAlarm> RaiseAlarm for NoPushes<'_, M> {
    async fn raise_alarm(&self, order: &Order, holds: &[Hold]) -> Result<(), Unavailable> {
        self.0.raise_alarm(order, holds).await
    }

    async fn raise_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable> {
        self.0.raise_orphan(orphan).await
    }

    async fn raise(&self, alarm: &Alarm) -> Result<(), Unavailable> {
        self.0.raise(alarm).await
    }
}

impl<M> Push for NoPushes<'_, M> {
    async fn push(&self, _: &UserId, _: OrderNo, _: Message) {}
}

pub const fn ports_without_pushes<'a, S>(
    store: &'a S,
    messages: &'a NoPushes<'a, S>,
) -> Ports<'a, S, NoPushes<'a, S>, NoProviders, SystemClock> {
    Ports { store, messages, providers: NoProviders, clock: SystemClock }
}
