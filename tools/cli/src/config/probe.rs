//! Asks the provider of an account, over the network.

use std::time::{Duration, Instant};

use till_domain::provider::Account;
use till_lambda::clock::SystemClock;
use till_lambda::settings::Environment;
use till_providers::account::Place;
use till_providers::check::{self, Finding};
use till_providers::outside::Network;
use till_providers::provide::Merchant;
use till_providers::transport::Transport;

use crate::Failure;

/// How long a provider is waited for; a call ends two seconds earlier.
const TIME_BUDGET: Duration = Duration::from_secs(14);

/// What the provider says to a harmless question. Settings that cannot be read are told elsewhere, and ask nothing.
pub async fn probe(account: &Account, json: &str, place: Place<'_>) -> Result<Vec<Finding>, Failure> {
    let Ok(merchant) = Merchant::read(account, json, place) else { return Ok(Vec::new()) };
    let roots = Environment::of_process().provider_roots();
    let (clock, transport) = (&SystemClock, &Transport::new(roots.as_deref())?);
    let network = Network { clock, transport, until: Instant::now() + TIME_BUDGET };
    Ok(check::probe(account, &merchant, &network).await.findings)
}
