//! How much the team gives back on a day before it is told. A limit refuses nothing: on the day on which many refunds are right, a
//! refusal would stop the team; on the day on which they are wrong, the alarm shows who made them.

use till_app::ports::{Alarm, AlarmWord, Clock, CountRefunds, GivenBack, Measured, RaiseAlarm, Unavailable};
use till_domain::day::Day;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_lambda::settings::{BadSetting, Environment};
use till_lambda::token::Caller;

const DEFAULT_REFUNDS: u32 = 100;
const MOST_REFUNDS: u32 = 1_000_000;

#[derive(Debug)]
pub struct RefundLimits {
    refunds: u32,
    /// At most one for each currency.
    amounts: Vec<Money>,
}

impl RefundLimits {
    /// Reads `REFUNDS_PER_DAY` and `REFUND_AMOUNT_PER_DAY_<CURRENCY>`.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self {
            refunds: environment.number("REFUNDS_PER_DAY", DEFAULT_REFUNDS, MOST_REFUNDS)?,
            amounts: environment.amounts("REFUND_AMOUNT_PER_DAY_")?,
        })
    }

    /// Counts a refund that was just made, and raises the alarm if it passes a limit of its day, or a multiple of it.
    pub async fn count(
        &self,
        ports: &(impl CountRefunds + Clock + RaiseAlarm),
        by: &Caller,
        no: OrderNo,
        amount: Money,
    ) {
        let now = ports.now();
        match ports.count_refund(amount, now).await {
            Ok(given) if self.is_passed(given, amount) => {
                let alarm = Alarm { order_no: Some(no), ..self.alarm(by, amount, given, Day::of(now)) };
                // If this is lost, the next multiple of the limit raises it again.
                let _ = ports.raise(&alarm).await;
            }
            Ok(_) => {}
            Err(Unavailable) => {
                tracing::error!(order_no = no.as_str(), "a refund was made, and is missing in the sum of its day");
            }
        }
    }

    /// It names who gave back, who is one of the team.
    fn alarm(&self, by: &Caller, amount: Money, given: GivenBack, day: Day) -> Alarm {
        let sum = Money::new(given.minor, amount.currency()).unwrap_or(amount);
        let limit = self.amounts.iter().find(|limit| limit.currency() == amount.currency());
        let limit = limit.map_or_else(|| self.refunds.to_string(), |amount| format!("{}, {amount:?}", self.refunds));
        // Each time that a limit is passed is an alarm of its own.
        let subject = format!("{day}:{}:{}", amount.currency(), given.refunds);
        Alarm {
            amount: Some(amount),
            measured: Some(Measured::new(format_args!("{}, {sum:?}", given.refunds), limit)),
            note: Some(format!("{} ({})", by.user, by.role.as_str())),
            ..Alarm::about(AlarmWord::RefundLimit, subject)
        }
    }

    fn is_passed(&self, given: GivenBack, amount: Money) -> bool {
        let limit = self.amounts.iter().find(|limit| limit.currency() == amount.currency());
        passes(given.refunds.into(), 1, self.refunds.into())
            || limit.is_some_and(|limit| passes(given.minor, amount.minor(), limit.minor()))
    }
}

/// Whether a sum exceeds a multiple of the limit that it did not exceed before this was added.
fn passes(sum: u64, added: u64, limit: u64) -> bool {
    let exceeded = |sum: u64| sum.saturating_sub(1).checked_div(limit).unwrap_or(sum);
    exceeded(sum) > exceeded(sum.saturating_sub(added))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_passed_once_for_each_of_its_multiples() {
        let passed = |limit| (1..=10).filter(|sum| passes(*sum, 1, limit)).collect::<Vec<u64>>();
        assert_eq!(passed(3), [4, 7, 10]);
        assert_eq!(passed(1), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(passed(10), Vec::<u64>::new());
        for (sum, added, expected) in
            [(300, 300, false), (301, 301, true), (301, 1, true), (302, 1, false), (950, 700, true), (0, 0, false)]
        {
            assert_eq!(passes(sum, added, 300), expected, "{added} up to {sum}");
        }
    }
}
