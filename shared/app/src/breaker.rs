//! Keeps buyers from waiting for a provider that does not answer: after some calls in a row without an answer, the next ones are
//! refused at once, until a single call has shown that it answers again.
//!
//! It concerns requests of buyers that open a trade, which can be repeated. Questions, closing, refunds and callbacks go on: they
//! are about money that may have moved.

use std::cell::RefCell;
use std::collections::BTreeMap;

use till_domain::provider::Account;
use till_domain::time::{Seconds, Time};

use crate::failure::Failure;

/// After this many calls in a row without an answer, no more are made for a while.
const MOST_TIME_OUTS: u8 = 3;
/// How long no call is made; then one is.
const PAUSE: Seconds = Seconds(30);

/// Which accounts' providers did not answer lately. A process keeps this from request to request.
#[derive(Debug, Default)]
pub struct Breaker(RefCell<BTreeMap<Account, Silence>>);

#[derive(Clone, Copy, Debug, Default)]
struct Silence {
    time_outs: u8,
    refuses_until: Option<Time>,
}

impl Breaker {
    /// Fails as the call would, while none is to be made through this account.
    pub fn check(&self, account: &Account, now: Time) -> Result<(), Failure> {
        let silence = self.0.borrow().get(account).copied().unwrap_or_default();
        // A time beyond the longest pause means that the clock went back.
        match silence.refuses_until {
            Some(until) if now < until && until <= now.plus(PAUSE) => {
                Err(Failure::Provider { provider: account.provider, refused: false })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A call begins. If its provider was silent before, no other call is made until this one has ended.
    pub fn begin(&self, account: &Account, now: Time) {
        if let Some(silence) = self.0.borrow_mut().get_mut(account) {
            silence.pause(now);
        }
    }

    /// A call has ended. Returns whether the provider was silent so often by now that the team should know: at every third
    /// silence in a row.
    #[must_use]
    pub fn note(&self, account: &Account, answered: bool, now: Time) -> bool {
        let mut silences = self.0.borrow_mut();
        if answered {
            silences.remove(account);
            return false;
        }
        let silence = silences.entry(account.clone()).or_default();
        silence.time_outs = silence.time_outs.saturating_add(1);
        silence.pause(now);
        silence.time_outs.is_multiple_of(MOST_TIME_OUTS)
    }
}

impl Silence {
    fn pause(&mut self, now: Time) {
        if self.time_outs >= MOST_TIME_OUTS {
            self.refuses_until = Some(now.plus(PAUSE));
        }
    }
}

#[cfg(test)]
mod tests {
    use till_domain::provider::Provider;
    use till_domain::text::AccountId;

    use super::*;

    fn at(second: i64) -> Time {
        Time::from_unix(second).unwrap()
    }

    fn account(id: &str) -> Account {
        Account { provider: Provider::WeChat, id: AccountId::parse(id).unwrap() }
    }

    /// A breaker that saw three calls without an answer, the last at second 100.
    fn silent() -> Breaker {
        let breaker = Breaker::default();
        for second in [80, 90, 100] {
            assert_eq!(breaker.check(&account("main"), at(second)), Ok(()));
            let _ = breaker.note(&account("main"), false, at(second));
        }
        breaker
    }

    #[test]
    fn calls_are_refused_for_30_seconds_after_three_silences_in_a_row() {
        let breaker = silent();
        let refused = Err(Failure::Provider { provider: Provider::WeChat, refused: false });
        for (second, expected) in [(100, refused), (129, refused), (130, Ok(()))] {
            assert_eq!(breaker.check(&account("main"), at(second)), expected, "{second}");
        }
        assert_eq!(breaker.check(&account("second"), at(100)), Ok(()), "another account");
        assert_eq!(breaker.check(&account("main"), at(60)), Ok(()), "the clock went back");
    }

    #[test]
    fn answer_between_silences_starts_the_count_anew() {
        let breaker = Breaker::default();
        for answered in [false, false, true, false, false] {
            let _ = breaker.note(&account("main"), answered, at(100));
        }
        assert_eq!(breaker.check(&account("main"), at(100)), Ok(()));
        let _ = breaker.note(&account("main"), false, at(100));
        assert!(breaker.check(&account("main"), at(100)).is_err());
    }

    #[test]
    fn one_call_tries_again_and_decides_about_the_others() {
        let breaker = silent();
        breaker.begin(&account("main"), at(130));
        assert!(breaker.check(&account("main"), at(131)).is_err(), "one call at a time");
        assert!(!breaker.note(&account("main"), false, at(140)), "the fourth");
        assert!(breaker.check(&account("main"), at(169)).is_err(), "one more silence");
        assert_eq!(breaker.check(&account("main"), at(170)), Ok(()));
        breaker.begin(&account("main"), at(170));
        let _ = breaker.note(&account("main"), true, at(171));
        assert_eq!(breaker.check(&account("main"), at(171)), Ok(()), "it answers again");
    }

    #[test]
    fn call_whose_process_was_stopped_holds_the_others_for_30_seconds() {
        let breaker = silent();
        breaker.begin(&account("main"), at(130));
        assert!(breaker.check(&account("main"), at(159)).is_err());
        assert_eq!(breaker.check(&account("main"), at(160)), Ok(()));
    }

    #[test]
    fn first_calls_of_an_account_run_side_by_side() {
        let breaker = Breaker::default();
        let _ = breaker.note(&account("main"), false, at(100));
        breaker.begin(&account("main"), at(101));
        assert_eq!(breaker.check(&account("main"), at(101)), Ok(()));
    }
}
