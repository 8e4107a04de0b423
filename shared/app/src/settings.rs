//! A deployment's settings for new orders.

use till_domain::currency::Currency;
use till_domain::money::{MOST_MINOR, Money};
use till_domain::order::Policy;
use till_domain::time::Seconds;

#[derive(Clone, Debug)]
pub struct Settings {
    /// `PAYMENT_ENABLED=false`: no new orders.
    pub paused: bool,
    /// `ORDER_EXPIRE_MINUTES`.
    pub expire_after: Seconds,
    /// `STRIPE_CURRENCY`: the currency for Stripe if a request names none.
    pub stripe_currency: Option<Currency>,
    /// `MAX_AMOUNT_<CURRENCY>`: the most that one order may cost.
    pub most: Vec<Money>,
    pub policy: Policy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            paused: false,
            expire_after: Seconds::minutes(30),
            stripe_currency: None,
            most: Vec::new(),
            policy: Policy::default(),
        }
    }
}

/// Whether a stage takes real money: every name of production does, and so does a stage without a name. Test accounts
/// are not used there.
pub fn is_production(stage: &str) -> bool {
    let stage = stage.trim().to_ascii_lowercase();
    let names = ["prod", "prd", "production", "live"];
    stage.is_empty() || stage.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| names.contains(&word))
}

impl Settings {
    /// The most that an order in this currency may cost: as configured, or one million of its units.
    pub fn most_in(&self, currency: Currency) -> Money {
        let configured = self.most.iter().copied().find(|most| most.currency() == currency);
        let default = 1_000_000_u64.saturating_mul(10_u64.saturating_pow(currency.places().into()));
        configured.unwrap_or_else(|| Money::new(default.min(MOST_MINOR), currency).unwrap_or(Money::zero(currency)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_known_by_each_of_its_names_and_by_the_lack_of_one() {
        for stage in ["prod", "PRD", "production", "live", "eu-prod", "shop_live2 prod", "", " "] {
            assert!(is_production(stage), "{stage:?}");
        }
        for stage in ["dev", "test", "staging", "preproduction", "prod2", "alive", "-"] {
            assert!(!is_production(stage), "{stage:?}");
        }
    }
}
