//! What the team is told of the orders of today and yesterday: too many payments that fail, too many refunds, and notifications that
//! do not arrive. It reads at most [`MOST_LIVE_ORDERS`], the newest ones.

use till_app::ports::{Alarm, AlarmWord, Clock, ListNumbers, LoadOrders, Measured, RaiseAlarm, Unavailable};
use till_app::statistics::count_live;
use till_domain::day::{Day, Days};
use till_domain::provider::Provider;
use till_domain::statistics::{DayStatistics, Rate, Tally};
use till_domain::time::Seconds;
use till_lambda::settings::{BadSetting, Environment};

use crate::MOST_LIVE_ORDERS;
use crate::callbacks::Callbacks;

/// Yesterday is looked at once more after its end: a run that comes late or fails has another one to follow.
const YESTERDAY_COUNTS: Seconds = Seconds::hours(2);
const MOST_LEAST_ORDERS: u32 = 1_000_000;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    failure_percent: u32,
    refund_percent: u32,
    /// A rate of fewer orders says nothing.
    least_orders: u32,
}

impl Watch {
    pub(crate) fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self {
            failure_percent: environment.number("ALARM_FAILURE_RATE_PERCENT", 10, 100)?,
            refund_percent: environment.number("ALARM_REFUND_RATE_PERCENT", 5, 100)?,
            least_orders: environment.number("ALARM_LEAST_ORDERS", 20, MOST_LEAST_ORDERS)?,
        })
    }

    /// Returns how many alarms the queue accepted.
    pub(crate) async fn look<P>(self, ports: &P) -> Result<usize, Unavailable>
    where
        P: ListNumbers + LoadOrders + RaiseAlarm + Clock,
    {
        let now = ports.now();
        let today = Day::of(now);
        let days = Days { first: today.minus(1), last: today };
        let mut callbacks = Callbacks::default();
        let counted = count_live(ports, days, MOST_LIVE_ORDERS, |order| callbacks.add(order)).await?;
        let is_watched = |day: Day| now.since(day.end()) < YESTERDAY_COUNTS;
        let of_rates = counted.iter().rev().filter(|one| is_watched(one.day)).flat_map(|one| self.rates(one));
        let alarms: Vec<Alarm> = of_rates.chain(callbacks.alarms()).collect();
        let mut raised = 0_usize;
        for alarm in &alarms {
            // If one is lost, the next run raises it again while its reason lasts.
            raised = raised.saturating_add(usize::from(ports.raise(alarm).await.is_ok()));
        }
        Ok(raised)
    }

    /// Payments fail at one provider, which the others would hide in a common rate. Why goods are returned concerns all of them.
    fn rates(self, counted: &DayStatistics) -> Vec<Alarm> {
        let by_provider = counted.tally.by_provider();
        let failures = by_provider.iter().filter_map(|(provider, tally)| self.failures(counted.day, *provider, tally));
        let refunds = self.refunds(counted.day, &counted.tally.all());
        failures.chain(refunds).collect()
    }

    fn failures(self, day: Day, provider: Provider, tally: &Tally) -> Option<Alarm> {
        let measured = self.above(tally.failed, tally.tried(), self.failure_percent)?;
        let note = format!("{day}: {} of {} orders", tally.failed, tally.tried());
        let alarm = Alarm::about(AlarmWord::FailureRate, provider.as_str());
        Some(Alarm { measured: Some(measured), note: Some(note), ..alarm })
    }

    fn refunds(self, day: Day, all: &Tally) -> Option<Alarm> {
        let refunded = all.refunded.saturating_add(all.refunded_in_part);
        let measured = self.above(refunded, all.paid, self.refund_percent)?;
        let note = format!("{day}: {refunded} of {} orders", all.paid);
        Some(Alarm { measured: Some(measured), note: Some(note), ..Alarm::about(AlarmWord::RefundRate, "all") })
    }

    /// The share, if it is above the limit.
    fn above(self, part: u64, whole: u64, percent: u32) -> Option<Measured> {
        let is_above = u128::from(part) * 100 > u128::from(percent) * u128::from(whole);
        if !is_above || whole < u64::from(self.least_orders) {
            return None;
        }
        let share = Rate::new(part, whole)?.ten_thousandths();
        let value = format!("{}.{:02} %", share / 100, share % 100);
        Some(Measured::new(value, format_args!("{percent} %")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(settings: &[(&str, &str)]) -> Watch {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Watch::read(&settings.collect()).unwrap()
    }

    fn failures(watch: Watch, paid: u64, failed: u64, abandoned: u64) -> Option<String> {
        let created = paid + failed + abandoned;
        let tally = Tally { created, paid, failed, expired: abandoned, ..Tally::default() };
        let alarm = watch.failures(Day::parse("2026-11-30").unwrap(), Provider::Stripe, &tally)?;
        let Measured { value, limit } = alarm.measured.unwrap();
        Some(format!("{} {value} {limit} {}", alarm.subject, alarm.note.unwrap()))
    }

    #[test]
    fn failure_rate_is_above_its_limit_with_enough_orders_and_never_by_abandoned_ones() {
        let usual = watch(&[]);
        assert_eq!(failures(usual, 18, 2, 0), None, "exactly ten percent");
        let told = Some("stripe 14.28 % 10 % 2026-11-30: 3 of 21 orders".to_owned());
        assert_eq!(failures(usual, 18, 3, 0), told);
        assert_eq!(failures(usual, 16, 3, 0), None, "nineteen orders");
        assert_eq!(failures(usual, 16, 3, 500), None, "abandoned orders do not make them more");
        assert_eq!(failures(usual, 20, 0, 20), None, "half of the buyers close the page");
        assert_eq!(failures(usual, 0, 20, 0).unwrap(), "stripe 100.00 % 10 % 2026-11-30: 20 of 20 orders");
        assert_eq!(failures(watch(&[("ALARM_FAILURE_RATE_PERCENT", "15")]), 18, 3, 0), None);
        assert_eq!(failures(watch(&[("ALARM_FAILURE_RATE_PERCENT", "100")]), 0, 20, 0), None, "never");
        assert!(failures(watch(&[("ALARM_LEAST_ORDERS", "2")]), 1, 1, 0).is_some());
    }

    #[test]
    fn refund_rate_counts_whole_and_partial_refunds_of_paid_orders() {
        let refunds = |watch: Watch, paid, refunded, refunded_in_part| {
            let tally = Tally { paid, refunded, refunded_in_part, ..Tally::default() };
            watch.refunds(Day::parse("2026-11-30").unwrap(), &tally).map(|alarm| alarm.measured.unwrap().value)
        };
        let usual = watch(&[]);
        assert_eq!(refunds(usual, 20, 1, 0), None, "exactly five percent");
        assert_eq!(refunds(usual, 20, 1, 1).as_deref(), Some("10.00 %"));
        assert_eq!(refunds(usual, 19, 10, 0), None, "nineteen orders");
        assert_eq!(refunds(watch(&[("ALARM_REFUND_RATE_PERCENT", "10")]), 20, 1, 1), None);
    }

    #[test]
    fn settings_have_their_limits() {
        for (name, value) in [
            ("ALARM_FAILURE_RATE_PERCENT", "0"),
            ("ALARM_FAILURE_RATE_PERCENT", "101"),
            ("ALARM_REFUND_RATE_PERCENT", "5 %"),
            ("ALARM_LEAST_ORDERS", "0"),
        ] {
            let environment: Environment = [(name.to_owned(), value.to_owned())].into_iter().collect();
            assert!(Watch::read(&environment).is_err(), "{name}={value}");
        }
    }
}
