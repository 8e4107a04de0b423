//! The count by hand: it looks at the facts of orders alone, and shares nothing with the tally's code.

use std::collections::{BTreeMap, BTreeSet};

use till_app::statistics::ShownDay;
use till_domain::order::{AttemptState, Decline, DisputeState, Order, Payment, RefundState, Role, Why};
use till_domain::statistics::{Taken, Tally};

/// By day, method, currency and name. A number that is zero has no row.
pub type Counted = BTreeMap<(String, String, String, String), u64>;

#[derive(Default)]
struct Sheet {
    counted: Counted,
    lengths: BTreeMap<(String, String, String, &'static str), Vec<u64>>,
    buyers: BTreeMap<String, BTreeSet<String>>,
}

pub fn by_hand<'a>(orders: impl Iterator<Item = &'a Order>) -> Counted {
    let mut sheet = Sheet::default();
    for order in orders {
        sheet.take(order);
    }
    sheet.finish()
}

impl Sheet {
    fn add(&mut self, place: (&str, &str, &str), name: &str, more: u64) {
        // Most rows of most orders are zero, and each costs four texts.
        if more == 0 {
            return;
        }
        let (day, method, currency) = place;
        let row = (day.to_owned(), method.to_owned(), currency.to_owned(), name.to_owned());
        *self.counted.entry(row).or_default() += more;
    }

    fn take(&mut self, order: &Order) {
        // ORD, year, month, day …
        let no = order.no.to_string();
        let day = format!("{}-{}-{}", &no[3..7], &no[7..9], &no[9..11]);
        let kept = order.payments.iter().find(|payment| payment.role == Role::Kept);
        let method_of = |n| order.attempts.iter().find(|attempt| attempt.n == n).unwrap().method.to_string();
        let method = method_of(kept.map_or(order.attempts.last().unwrap().n, |kept| kept.attempt));
        let currency = order.sold.price.currency().to_string();
        let main = (day.as_str(), method.as_str(), currency.as_str());
        self.add(main, "created", 1);
        self.add(main, "ordered_minor", order.sold.price.minor());
        self.add(main, "paid_twice", u64::from(order.payments.len() >= 2));
        match kept {
            Some(kept) => self.take_paid(main, order, kept),
            None => self.take_unpaid(main, order),
        }
        let delivered = order.granting.granted.is_some();
        let waits = kept.is_some()
            && !delivered
            && order.superseded.is_none()
            && back(order, kept.unwrap()) < kept.unwrap().amount.minor();
        self.add(main, "granted", u64::from(delivered));
        self.add(main, "revoked", u64::from(order.granting.revoked.is_some()));
        self.add(main, "not_granted", u64::from(waits));
        for attempt in &order.attempts {
            let own = attempt.method.to_string();
            let place = (day.as_str(), own.as_str(), currency.as_str());
            self.add(place, "attempts", 1);
            if let Some(why) = attempt.decline {
                self.add(place, &format!("failed: {}", why.as_str()), 1);
            }
        }
        for payment in &order.payments {
            let (own, currency) = (method_of(payment.attempt), payment.amount.currency().to_string());
            let place = (day.as_str(), own.as_str(), currency.as_str());
            let role = match payment.role {
                Role::Kept => "kept",
                Role::Extra => "extra",
                Role::Odd => "odd",
            };
            self.add(place, &format!("{role} payments"), 1);
            self.add(place, &format!("{role} minor"), payment.amount.minor());
            self.add(place, &format!("{role} back"), back(order, payment));
            for dispute in order.disputes.iter().filter(|dispute| dispute.trade_no == payment.trade_no) {
                let name = match dispute.state {
                    DisputeState::Opened => "disputes_open",
                    DisputeState::Won => "disputes_won",
                    DisputeState::Lost => "disputes_lost",
                };
                self.add(place, name, 1);
                if dispute.state == DisputeState::Lost {
                    self.add(place, "disputes_lost_minor", dispute.amount.minor().min(payment.amount.minor()));
                }
            }
        }
    }

    fn take_paid(&mut self, main: (&str, &str, &str), order: &Order, kept: &Payment) {
        let gone = back(order, kept);
        self.add(main, "paid", 1);
        self.add(main, "refunded", u64::from(gone == kept.amount.minor()));
        self.add(main, "refunded_in_part", u64::from(gone > 0 && gone < kept.amount.minor()));
        self.add(main, "paid_by_retry", u64::from(kept.attempt.get() > 1));
        let after_a_person = order.cancelled.is_some_and(|cancelled| cancelled.why != Why::Expired);
        self.add(main, "paid_late", u64::from(kept.paid_at > order.expire_at || after_a_person));
        self.add(main, "superseded", u64::from(order.superseded.is_some()));
        let seconds = |from: i64, to: i64| u64::try_from((to - from).max(0)).unwrap();
        let row = |what| (main.0.to_owned(), main.1.to_owned(), main.2.to_owned(), what);
        let to_pay = seconds(order.created_at.unix(), kept.paid_at.unix());
        self.lengths.entry(row("to pay")).or_default().push(to_pay);
        if let Some(granted) = order.granting.granted {
            let to_grant = seconds(kept.paid_at.unix(), granted.unix());
            self.lengths.entry(row("to grant")).or_default().push(to_grant);
        }
        self.buyers.entry(main.0.to_owned()).or_default().insert(order.sold.user.to_string());
    }

    fn take_unpaid(&mut self, main: (&str, &str, &str), order: &Order) {
        let name = match order.cancelled.map(|cancelled| cancelled.why) {
            None => "pending",
            Some(Why::User) => "cancelled_by_buyer",
            Some(Why::Admin) => "cancelled_by_team",
            Some(Why::Expired) => "expired",
        };
        self.add(main, name, 1);
        let failed = order.attempts.iter().any(|one| one.decline.is_some() || one.state == AttemptState::Failed);
        self.add(main, "failed", u64::from(failed));
    }

    fn finish(mut self) -> Counted {
        for ((day, method, currency, what), mut lengths) in std::mem::take(&mut self.lengths) {
            lengths.sort_unstable();
            for (name, rank) in [("p50", lengths.len().div_ceil(2)), ("p95", (lengths.len() * 95).div_ceil(100))] {
                self.add((&day, &method, &currency), &format!("{what} {name}"), lengths[rank - 1]);
            }
        }
        for (day, buyers) in std::mem::take(&mut self.buyers) {
            self.add((&day, "", ""), "buyers", u64::try_from(buyers.len()).unwrap());
        }
        self.counted
    }
}

/// What is back of a payment: these months have no running totals.
fn back(order: &Order, payment: &Payment) -> u64 {
    let refunds = order.refunds.iter().filter(|refund| refund.trade_no == payment.trade_no);
    let refunded: u64 =
        refunds.filter(|refund| refund.state == RefundState::Succeeded).map(|refund| refund.amount.minor()).sum();
    let disputes = order.disputes.iter().filter(|dispute| dispute.trade_no == payment.trade_no);
    let lost: u64 =
        disputes.filter(|dispute| dispute.state == DisputeState::Lost).map(|dispute| dispute.amount.minor()).sum();
    (refunded + lost).min(payment.amount.minor())
}

/// The tally's figures under the same names.
pub fn flat(shown: &[ShownDay]) -> Counted {
    let mut counted = Counted::new();
    for day in shown {
        let name = day.statistics.day.to_string();
        let tally = &day.statistics.tally;
        for (group, figures) in &tally.groups {
            for (what, count) in rows_of(figures) {
                counted.insert((name.clone(), group.method.to_string(), group.currency.to_string(), what), count);
            }
        }
        counted.insert((name, String::new(), String::new(), "buyers".to_owned()), tally.buyers.number().unwrap());
    }
    counted.retain(|_, count| *count > 0);
    counted
}

fn rows_of(figures: &Tally) -> Vec<(String, u64)> {
    let mut rows: Vec<(String, u64)> = Tally::SUMS.into_iter().map(str::to_owned).zip(figures.sums()).collect();
    for reason in Decline::ALL {
        rows.push((format!("failed: {}", reason.as_str()), figures.failures.of(reason)));
    }
    for (role, taken) in [("kept", figures.kept), ("extra", figures.extra), ("odd", figures.odd)] {
        let Taken { payments, minor, back_minor } = taken;
        rows.extend([
            (format!("{role} payments"), payments),
            (format!("{role} minor"), minor),
            (format!("{role} back"), back_minor),
        ]);
    }
    for (what, lengths) in [("to pay", &figures.to_pay), ("to grant", &figures.to_grant)] {
        for (name, percent) in [("p50", 50), ("p95", 95)] {
            let found = lengths.percentile(percent).map_or(0, |length| length.0.into());
            rows.push((format!("{what} {name}"), found));
        }
    }
    rows
}
