//! Orphans: verified reports of money that fits no order of ours, kept by payment, and what a person decided about them.

use till_domain::id::{OrderNo, PaymentNo};
use till_domain::money::Money;
use till_domain::order::{DisputeState, Fingerprint, RefundWord, Report, Says};
use till_domain::provider::Provider;
use till_domain::text::{Reason, TradeNo, UserId};
use till_domain::time::Time;

use super::Unavailable;
use super::team::Kept;

/// Reports of one orphan that are kept after the first. What comes then is kept as money that went back by an amount that is not
/// known, so that it is never forgotten.
pub const MOST_LATER_REPORTS: usize = 60;

/// A verified report of money that fits no order of ours.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Orphan {
    /// The number that it names: one of ours without an order, or one that we never gave (at most 64 visible characters
    /// of it).
    pub number: String,
    /// The key under which the reports of one payment are kept together.
    pub trade_no: TradeNo,
    pub report: Report,
    pub at: Time,
}

/// A report of an orphan that is known already.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LaterReport {
    pub report: Report,
    pub at: Time,
}

/// A person's decision to which order an orphan belongs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Settlement {
    pub order: OrderNo,
    pub by: UserId,
    pub reason: Reason,
    pub at: Time,
}

/// A person's decision that nothing is left to do here, since the money was dealt with elsewhere.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Closing {
    pub by: UserId,
    pub reason: Reason,
    pub at: Time,
    /// Of the request's idempotency key, and of all that it asked for.
    pub key: Fingerprint,
    pub request: Fingerprint,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OrphanStatus {
    /// A person has to decide.
    Open,
    Settled,
    Closed,
    /// All of its money went back.
    Returned,
}

impl OrphanStatus {
    pub const ALL: [Self; 4] = [Self::Open, Self::Settled, Self::Closed, Self::Returned];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Settled => "settled",
            Self::Closed => "closed",
            Self::Returned => "returned",
        }
    }
}

/// An orphan as it is stored.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct StoredOrphan {
    /// With the report that came first.
    pub orphan: Orphan,
    /// In the order in which they came.
    pub later: Vec<LaterReport>,
    pub settlement: Option<Settlement>,
    pub closing: Option<Closing>,
}

impl StoredOrphan {
    #[must_use]
    pub const fn new(orphan: Orphan) -> Self {
        Self { orphan, later: Vec::new(), settlement: None, closing: None }
    }

    pub fn reports(&self) -> impl Iterator<Item = &Report> {
        std::iter::once(&self.orphan.report).chain(self.later.iter().map(|later| &later.report))
    }

    /// The reported payment; `None` if only refunds or disputes of it were reported.
    pub fn payment(&self) -> Option<&Report> {
        self.reports().find(|report| matches!(report.says, Says::Paid { .. }))
    }

    /// The order whose number it names, whether there is one or not.
    pub fn named(&self) -> Option<OrderNo> {
        PaymentNo::parse(&self.orphan.number).ok().map(|number| number.order)
    }

    pub fn status(&self) -> OrphanStatus {
        match (&self.settlement, &self.closing) {
            (Some(_), _) => OrphanStatus::Settled,
            (None, Some(_)) => OrphanStatus::Closed,
            (None, None) if self.is_wholly_back() => OrphanStatus::Returned,
            (None, None) => OrphanStatus::Open,
        }
    }

    pub fn is_open(&self) -> bool {
        self.status() == OrphanStatus::Open
    }

    /// Adds a report to those that are known, and returns whether it says anything new.
    pub fn hear(&mut self, orphan: &Orphan) -> bool {
        let Orphan { report, at, .. } = orphan;
        if self.reports().any(|known| says_as_much(known, report)) {
            return false;
        }
        let news = LaterReport { report: report.clone(), at: *at };
        // A higher total says all that the one before said.
        if let Some(known) = self.later.iter_mut().find(|known| says_as_much(report, &known.report)) {
            *known = news;
        } else if self.later.len() < MOST_LATER_REPORTS {
            self.later.push(news);
        } else {
            return self.hear_unclear(report, *at);
        }
        true
    }

    fn hear_unclear(&mut self, report: &Report, at: Time) -> bool {
        let is_unclear = |report: &Report| matches!(report.says, Says::BackUnclear { .. });
        if self.reports().any(is_unclear) {
            return false;
        }
        let says = Says::BackUnclear { trade_no: self.orphan.trade_no.clone() };
        self.later.push(LaterReport { report: Report { says, ..report.clone() }, at });
        true
    }

    /// How much of the payment is back, as far as amounts were reported: the refunds by number and the lost disputes, or the
    /// running total, whichever is more.
    pub fn back(&self) -> Option<Money> {
        let paid = self.payment()?.says.amount()?;
        let of_it = |amount: Money| if amount.currency() == paid.currency() { amount.minor() } else { 0 };
        let failed = |id| {
            let is_failure =
                |says: &Says| matches!(says, Says::Refund { id: of, word: RefundWord::Failed, .. } if of == id);
            self.reports().any(|report| is_failure(&report.says))
        };
        let (mut by_number, mut in_all) = (0_u64, 0);
        for report in self.reports() {
            match &report.says {
                Says::Refund { id, amount, word: RefundWord::Succeeded, .. } if !failed(id) => {
                    by_number = by_number.saturating_add(of_it(*amount));
                }
                Says::Dispute { amount, state: DisputeState::Lost, .. } => {
                    by_number = by_number.saturating_add(of_it(*amount));
                }
                Says::BackInAll { amount, .. } => in_all = of_it(*amount).max(in_all),
                Says::Paid { .. }
                | Says::NotPaid
                | Says::Processing
                | Says::Failed
                | Says::Declined(_)
                | Says::Closed { .. }
                | Says::Unknown
                | Says::Refund { .. }
                | Says::BackUnclear { .. }
                | Says::Dispute { .. } => {}
            }
        }
        Money::new(by_number.max(in_all).min(paid.minor()), paid.currency()).ok()
    }

    fn is_wholly_back(&self) -> bool {
        self.back().is_some_and(|back| self.payment().and_then(|paid| paid.says.amount()) == Some(back))
    }
}

/// Whether the first says all that the second does. The time of a payment and its buyer are no news; the account is, since accounts of
/// ours can stand behind one at the provider.
fn says_as_much(known: &Report, report: &Report) -> bool {
    match (&known.says, &report.says) {
        (Says::Paid { amount: before, .. }, Says::Paid { amount, .. }) => {
            before == amount && known.account == report.account
        }
        (Says::BackInAll { amount: before, .. }, Says::BackInAll { amount, .. }) => {
            before.currency() == amount.currency() && before.minor() >= amount.minor()
        }
        (before, says) => before == says,
    }
}

port! { (store: S)
    pub trait KeepOrphan {
        /// Keeps the report beside those of the same payment, unless a person has settled it to an order: then nothing is kept.
        /// Returns the orphan as it stands now.
        async fn keep_orphan(&self, orphan: &Orphan) -> Result<StoredOrphan, Unavailable>;
    }
}

port! { (store: S)
    pub trait LoadOrphan {
        /// The orphan of this payment: a strongly consistent read.
        async fn load_orphan(&self, provider: Provider, trade_no: &TradeNo)
        -> Result<Option<StoredOrphan>, Unavailable>;
    }
}

port! { (store: S)
    /// What a person decides about a stored orphan. The first decision stands: both return the orphan as it stands now.
    pub trait DecideOrphan {
        async fn settle_orphan(
            &self,
            provider: Provider,
            trade_no: &TradeNo,
            settlement: &Settlement,
        ) -> Result<StoredOrphan, Unavailable>;

        async fn close_orphan(
            &self,
            provider: Provider,
            trade_no: &TradeNo,
            closing: &Closing,
        ) -> Result<StoredOrphan, Unavailable>;
    }
}

port! { (store: S)
    pub trait ListOrphans {
        /// The orphans of a provider, by trade number, from this place on: at most this many.
        async fn list_orphans(&self, provider: Provider, from: Option<&str>, most: usize) -> Result<Kept<StoredOrphan>, Unavailable>;

        /// The open orphans of all providers, those that have waited longest first, from this place on: at most this many. They
        /// come from an index that may lag, and a page may be short.
        async fn list_open_orphans(&self, from: Option<&str>, most: usize) -> Result<Kept<StoredOrphan>, Unavailable>;
    }
}

#[cfg(test)]
mod tests;
