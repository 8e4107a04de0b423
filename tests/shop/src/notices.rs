//! For functions that take notifications in: a world in which nobody can be asked, and what was turned away.

use till_app::ports::Clock as _;
use till_domain::time::Time;
use till_memory::{Memory, Ports};
use till_providers::{NoAnswer, Outside, Request, Response};

use crate::Shop;

/// Nobody can be asked anything here.
pub struct Alone(pub Ports<Memory>);

impl Outside for Alone {
    fn now(&self) -> Time {
        self.0.now()
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        Err(NoAnswer::Unreachable)
    }

    async fn send(&self, _: &Request) -> Result<Response, NoAnswer> {
        Err(NoAnswer::Unreachable)
    }
}

/// Reasons and accounts of what was turned away.
#[must_use]
pub fn strays(shop: &Shop) -> Vec<(&'static str, String)> {
    let kept = shop.memory.tables(|tables| tables.edge.strays.clone());
    kept.into_iter().map(|stray| (stray.reason, stray.account)).collect()
}
