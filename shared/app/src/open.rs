//! Opening a trade for an order: through which account, at which price, and how the buyer gets to pay it.

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{Attempt, AttemptState, Order};
use till_domain::provider::{Account, Method};
use till_domain::refusal::Refusal;

use crate::breaker::Breaker;
use crate::failure::Failure;
use crate::ports::{
    Alarm, AlarmWord, Asked, Claim, ClaimKey, Clock, CreateError, FindAccount, NewTrade, Opened, Payer, Provide,
    RaiseAlarm, Show, Shown,
};

/// An order and how its buyer gets to pay it.
#[derive(Clone, Debug)]
pub struct Payable {
    pub order: Order,
    /// How to pay; empty once it can no longer be paid.
    pub show: Option<Show>,
}

/// The account through which a new attempt goes.
pub async fn account_for(ports: &impl FindAccount, method: Method) -> Result<Account, Failure> {
    ports.find_account(method.provider()).await?.ok_or(Failure::Refused(Refusal::MethodUnavailable))
}

pub fn check_price(method: Method, price: Money) -> Result<(), Refusal> {
    let currency: Currency = price.currency();
    if !method.provider().takes(currency) {
        return Err(Refusal::MethodUnavailable);
    }
    let least = least(method, currency);
    if price.minor() < least.minor() { Err(Refusal::AmountTooSmall { least }) } else { Ok(()) }
}

pub fn least(method: Method, currency: Currency) -> Money {
    Money::new(method.provider().least_minor(currency), currency).unwrap_or(Money::zero(currency))
}

/// An existing order, with a new way to pay it if it is open.
pub async fn show<P: Provide>(ports: &P, order: Order, payer: &Payer) -> Result<Payable, Failure> {
    let Some(attempt) = open_attempt(&order) else { return Ok(Payable { order, show: None }) };
    let provider = attempt.account.provider;
    let show = ports.show(Asked::about(&order, attempt), &payer.of_order(order.no)).await;
    let show = show.map_err(|_| Failure::Provider { provider, refused: false })?;
    Ok(Payable { order, show: Some(show) })
}

/// The order of a claim that is done, and how it is paid: as it was shown before, while that is good; else as its provider says
/// now, which is kept with the claim. So a repeated request does not call the provider each time.
pub async fn show_again<P: Provide + ClaimKey + Clock>(
    ports: &P,
    order: Order,
    payer: &Payer,
    claim: &Claim,
) -> Result<Payable, Failure> {
    let Some(attempt) = open_attempt(&order).map(|attempt| attempt.n) else { return Ok(Payable { order, show: None }) };
    if let Some(shown) = claim.shown.as_ref().filter(|shown| shown.is_good(attempt, ports.now())) {
        return Ok(Payable { show: Some(shown.show.clone()), order });
    }
    let payable = show(ports, order, payer).await?;
    if let Some(shown) = payable.show.as_ref().and_then(|show| Shown::of(attempt, show)) {
        // If this is lost, the next repetition calls the provider again.
        let _ = ports.move_claim(claim, &Claim { shown: Some(shown), ..claim.clone() }).await;
    }
    Ok(payable)
}

/// Opens a trade, and notes whether its provider answered. One that is silent again and again raises an alarm.
pub async fn create_trade<P: Provide + Clock + RaiseAlarm>(
    ports: &P,
    trade: NewTrade<'_>,
    breaker: &Breaker,
) -> Result<Opened, CreateError> {
    let account = trade.account;
    breaker.begin(account, ports.now());
    let opened = ports.create(trade).await;
    if breaker.note(account, !matches!(opened, Err(CreateError::Unanswered)), ports.now()) {
        raise_silence(ports, account).await;
    }
    opened
}

/// The team is told that a provider does not answer. If this is lost, its next silence raises the alarm again.
pub async fn raise_silence(ports: &impl RaiseAlarm, account: &Account) {
    let _ = ports.raise(&Alarm::about_account(AlarmWord::ProviderSilent, account)).await;
}

fn open_attempt(order: &Order) -> Option<&Attempt> {
    order.newest_attempt().filter(|attempt| attempt.state == AttemptState::Open && order.is_payable(attempt.n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_may_be_the_least_that_the_provider_takes() {
        let (method, currency) = (Method::StripeCheckout, Currency::USD);
        let least = least(method, currency);
        let below = Money::new(least.minor() - 1, currency).unwrap();
        assert_eq!(check_price(method, least), Ok(()));
        assert_eq!(check_price(method, below), Err(Refusal::AmountTooSmall { least }));
    }
}
