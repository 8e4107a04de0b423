//! The answer in JSON. docs/statistics.md says what each number counts. A share of nothing is null, and so is a percentile of
//! nothing.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use till_app::statistics::ShownDay;
use till_domain::currency::Currency;
use till_domain::day::{Day, Days};
use till_domain::order::Decline;
use till_domain::statistics::{DayTally, Durations, Group, Rate, Taken, Tally};
use till_domain::time::Time;
use till_lambda::shapes::Instant;

/// Days are China's, which has no summer time.
const TIME_ZONE: &str = "+08:00";

#[derive(Serialize)]
pub struct AnswerShape {
    time_zone: &'static str,
    from: Shown<Day>,
    to: Shown<Day>,
    server_time: Instant,
    /// Whether no order of these days is missing.
    is_complete: bool,
    totals: TotalsShape,
    days: Vec<DayShape>,
}

#[derive(Serialize)]
struct DayShape {
    day: Shown<Day>,
    /// Until when it is true: what happened to its orders later is not in it.
    counted_at: Instant,
    is_rolled_up: bool,
    is_complete: bool,
    /// Orders made earlier on the day are missing.
    made_from: Instant,
    #[serde(flatten)]
    totals: TotalsShape,
}

#[derive(Serialize)]
struct TotalsShape {
    /// Different buyers who paid; null if a day of the range no longer knows who they were.
    buyers: Option<u64>,
    /// Orders that cannot be read, and are counted nowhere else.
    unreadable: u64,
    #[serde(flatten)]
    orders: OrdersShape,
    by_currency: Vec<CurrencyShape>,
    by_method: Vec<MethodShape>,
}

#[derive(Serialize)]
struct CurrencyShape {
    currency: Shown<Currency>,
    #[serde(flatten)]
    money: MoneyShape,
}

#[derive(Serialize)]
struct MethodShape {
    provider: &'static str,
    method: &'static str,
    currency: Shown<Currency>,
    #[serde(flatten)]
    orders: OrdersShape,
    money: MoneyShape,
}

#[derive(Serialize)]
struct OrdersShape {
    created: u64,
    pending: u64,
    paid: u64,
    cancelled_by_buyer: u64,
    cancelled_by_team: u64,
    expired: u64,
    failed: u64,
    paid_by_retry: u64,
    paid_late: u64,
    paid_twice: u64,
    refunded: u64,
    refunded_in_part: u64,
    superseded: u64,
    granted: u64,
    revoked: u64,
    not_granted: u64,
    success_rate: Option<RateShape>,
    refund_rate: Option<RateShape>,
    attempts: u64,
    failed_attempts: BTreeMap<&'static str, u64>,
    disputes_open: u64,
    disputes_won: u64,
    disputes_lost: u64,
    time_to_pay: TimesShape,
    time_to_grant: TimesShape,
}

#[derive(Serialize)]
struct TimesShape {
    p50_seconds: Option<u32>,
    p95_seconds: Option<u32>,
}

#[derive(Serialize)]
struct MoneyShape {
    ordered: SumShape,
    kept: TakenShape,
    extra: TakenShape,
    odd: TakenShape,
    disputes_lost: SumShape,
}

#[derive(Serialize)]
struct TakenShape {
    payments: u64,
    amount: SumShape,
    /// Refunds and lost disputes, and what the provider says is back.
    back: SumShape,
}

/// A sum in minor units and with the currency's places. It may be more than one amount can be.
struct SumShape {
    minor: u64,
    places: u8,
}

impl Serialize for SumShape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Both {
            amount: Box<RawValue>,
            amount_minor: u64,
        }
        let unit = 10_u64.saturating_pow(self.places.into());
        let amount = decimal(self.minor, unit, self.places).map_err(serde::ser::Error::custom)?;
        Both { amount, amount_minor: self.minor }.serialize(serializer)
    }
}

/// A JSON number between 0 and 1 with four places.
struct RateShape(Rate);

impl Serialize for RateShape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let share = u64::from(self.0.ten_thousandths());
        decimal(share, 10_000, 4).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

struct Shown<T>(T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

fn decimal(n: u64, unit: u64, places: u8) -> Result<Box<RawValue>, serde_json::Error> {
    let (whole, rest) = (n.div_euclid(unit), n.rem_euclid(unit));
    let places = usize::from(places);
    let text = if places == 0 { whole.to_string() } else { format!("{whole}.{rest:0places$}") };
    RawValue::from_string(text)
}

pub fn answer(days: Days, shown: &[ShownDay], now: Time) -> AnswerShape {
    let mut all = DayTally::default();
    for day in shown {
        all.merge(&day.statistics.tally);
    }
    AnswerShape {
        time_zone: TIME_ZONE,
        from: Shown(days.first),
        to: Shown(days.last),
        server_time: Instant(now),
        is_complete: shown.iter().all(|day| day.statistics.is_complete()),
        totals: totals(&all),
        days: shown.iter().map(day).collect(),
    }
}

fn day(shown: &ShownDay) -> DayShape {
    let statistics = &shown.statistics;
    DayShape {
        day: Shown(statistics.day),
        counted_at: Instant(statistics.counted_at),
        is_rolled_up: shown.is_rolled_up,
        is_complete: statistics.is_complete(),
        made_from: Instant(statistics.made_from),
        totals: totals(&statistics.tally),
    }
}

fn totals(tally: &DayTally) -> TotalsShape {
    let by_currency = tally.by_currency();
    TotalsShape {
        buyers: tally.buyers.number(),
        unreadable: tally.unreadable,
        orders: orders(&tally.all()),
        by_currency: by_currency
            .iter()
            .map(|(currency, tally)| CurrencyShape { currency: Shown(*currency), money: money(tally, *currency) })
            .collect(),
        by_method: tally.groups.iter().map(|(group, tally)| method(*group, tally)).collect(),
    }
}

fn method(group: Group, tally: &Tally) -> MethodShape {
    MethodShape {
        provider: group.method.provider().as_str(),
        method: group.method.as_str(),
        currency: Shown(group.currency),
        orders: orders(tally),
        money: money(tally, group.currency),
    }
}

fn orders(tally: &Tally) -> OrdersShape {
    let failures = Decline::ALL.into_iter().map(|reason| (reason.as_str(), tally.failures.of(reason)));
    OrdersShape {
        created: tally.created,
        pending: tally.pending,
        paid: tally.paid,
        cancelled_by_buyer: tally.cancelled_by_buyer,
        cancelled_by_team: tally.cancelled_by_team,
        expired: tally.expired,
        failed: tally.failed,
        paid_by_retry: tally.paid_by_retry,
        paid_late: tally.paid_late,
        paid_twice: tally.paid_twice,
        refunded: tally.refunded,
        refunded_in_part: tally.refunded_in_part,
        superseded: tally.superseded,
        granted: tally.granted,
        revoked: tally.revoked,
        not_granted: tally.not_granted,
        success_rate: tally.success_rate().map(RateShape),
        refund_rate: tally.refund_rate().map(RateShape),
        attempts: tally.attempts,
        failed_attempts: failures.filter(|(_, times)| *times > 0).collect(),
        disputes_open: tally.disputes_open,
        disputes_won: tally.disputes_won,
        disputes_lost: tally.disputes_lost,
        time_to_pay: times(&tally.to_pay),
        time_to_grant: times(&tally.to_grant),
    }
}

fn times(durations: &Durations) -> TimesShape {
    let percentile = |percent| durations.percentile(percent).map(|length| length.0);
    TimesShape { p50_seconds: percentile(50), p95_seconds: percentile(95) }
}

fn money(tally: &Tally, currency: Currency) -> MoneyShape {
    let places = currency.places();
    let sum = |minor| SumShape { minor, places };
    let taken =
        |taken: Taken| TakenShape { payments: taken.payments, amount: sum(taken.minor), back: sum(taken.back_minor) };
    MoneyShape {
        ordered: sum(tally.ordered_minor),
        kept: taken(tally.kept),
        extra: taken(tally.extra),
        odd: taken(tally.odd),
        disputes_lost: sum(tally.disputes_lost_minor),
    }
}
