//! For functions that receive callbacks: providers that cannot be reached, and the callbacks that were rejected.

use serde_json::Value;
use till_app::ports::Clock as _;
use till_domain::provider::Provider;
use till_domain::time::Time;
use till_lambda::callback::{Endpoint, TIME_BUDGET};
use till_lambda::http;
use till_memory::{Memory, Ports};
use till_providers::callbacks::Callbacks;
use till_providers::merchants::Merchants;
use till_providers::{NoAnswer, Outside, Request, Response};

use crate::Shop;
use crate::plain::{request, wait, within};

/// Plays a callback to a function's endpoint.
pub fn play(shop: &Shop, provider: Provider, endpoint: &Endpoint, event: &Value) -> http::Response {
    let (ports, outside) = (shop.ports(), Alone(shop.ports()));
    let merchants = Merchants::new(&ports, "https://pay.example", false);
    let callbacks = Callbacks { provider, merchants: &merchants, outside: &outside };
    wait(endpoint.receive(&ports, &callbacks, &request(event), within(TIME_BUDGET, shop.now())))
}

/// No provider can be reached.
struct Alone(Ports<Memory>);

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

/// Reasons and accounts of the callbacks that were rejected.
pub fn rejected(shop: &Shop) -> Vec<(&'static str, String)> {
    let kept = shop.memory.tables(|tables| tables.edge.strays.clone());
    kept.into_iter().map(|callback| (callback.reason, callback.account)).collect()
}
