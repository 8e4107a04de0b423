//! What the team is told, and under which words. Neither a word nor its meaning ever changes: the team's channels, metric filters
//! and stored alarms name it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::{Hold, HoldWord, Order};
use till_domain::provider::Account;
use till_domain::text::TradeNo;
use till_domain::time::{Seconds, Time};

use super::{Orphan, Unavailable};

port! { (messages: M)
    /// Tells the team. An alarm is told once the queue of alarms has accepted it.
    pub trait RaiseAlarm {
        async fn raise_alarm(&self, order: &Order, holds: &[Hold]) -> Result<(), Unavailable>;

        async fn raise_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable>;

        /// An alarm that is no hold and no orphan.
        async fn raise(&self, alarm: &Alarm) -> Result<(), Unavailable>;
    }
}

port! { (messages: M)
    pub trait SendMail {
        /// To those who get the stage's mails.
        async fn send_mail(&self, subject: &str, text: &str) -> Result<(), Unavailable>;
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AlarmWord {
    Hold(HoldWord),
    Orphan,
    /// A stored order can be neither read nor written.
    StuckOrder,
    /// An account can neither be called nor verify a callback.
    UnusableAccount,
    /// The team gave back more on a day than its limit.
    RefundLimit,
    SweepFailed,
    /// An account's disputes were not listed for a day.
    DisputesFailed,
    LargePayment,
    ProviderSilent,
    /// Many notifications of one account were refused.
    RefusedCallbacks,
    SweepLate,
    /// Too many orders of a day had a payment that failed and none that succeeded.
    FailureRate,
    /// Too many of a day's paid orders were given back.
    RefundRate,
    /// Payments of an account are found by questions only.
    NoCallbacks,
    SlowGrant,
    /// A certificate of an account ends soon.
    KeyEnding,
    /// A channel of the team does not get its alarms.
    ChannelFailed,
    /// One of CloudWatch's own alarms.
    Aws,
}

/// What ends an alarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndsBy {
    /// The hold is no longer on its order.
    Order,
    /// Nobody has to decide about the money any more.
    Orphan,
    /// The order can be read and written again.
    UsableOrder,
    /// It was not raised again for so long.
    Silence(Seconds),
    /// It was told: what it tells of has happened, and does not last.
    Telling,
    /// Who raised it says that it is over, or says nothing for so long.
    Report(Seconds),
}

/// The end of what is raised again every few minutes while its reason lasts. It is also the shortest time between two alarms of
/// one word about one subject, so that what comes and goes does not call somebody each time.
const RAISED_EVERY_FEW_MINUTES: Seconds = Seconds::hours(1);
/// The end of what each process raises once. A process of Lambda lives for a few hours.
const RAISED_BY_EACH_PROCESS: Seconds = Seconds::hours(6);
/// The end of what each hourly look raises; one look may fail.
const RAISED_EVERY_HOUR: Seconds = Seconds::hours(3);
const RAISED_EVERY_SIX_HOURS: Seconds = Seconds::days(1);
/// CloudWatch reports changes only, and says nothing more of an alarm that a release renamed or removed.
const NO_REPORT: Seconds = Seconds::days(7);

impl AlarmWord {
    pub const ALL: [Self; 26] = [
        Self::Hold(HoldWord::OddPayment),
        Self::Hold(HoldWord::Dispute),
        Self::Hold(HoldWord::RefundUnclear),
        Self::Hold(HoldWord::RefundAbnormal),
        Self::Hold(HoldWord::RefundFailed),
        Self::Hold(HoldWord::GrantFailed),
        Self::Hold(HoldWord::UnreachableProvider),
        Self::Hold(HoldWord::StatedPayment),
        Self::Hold(HoldWord::StatedDenied),
        Self::Orphan,
        Self::StuckOrder,
        Self::UnusableAccount,
        Self::RefundLimit,
        Self::SweepFailed,
        Self::DisputesFailed,
        Self::LargePayment,
        Self::ProviderSilent,
        Self::RefusedCallbacks,
        Self::SweepLate,
        Self::FailureRate,
        Self::RefundRate,
        Self::NoCallbacks,
        Self::SlowGrant,
        Self::KeyEnding,
        Self::ChannelFailed,
        Self::Aws,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold(word) => word.as_str(),
            Self::Orphan => "orphan",
            Self::StuckOrder => "stuck_order",
            Self::UnusableAccount => "unusable_account",
            Self::RefundLimit => "refund_limit",
            Self::SweepFailed => "sweep_failed",
            Self::DisputesFailed => "disputes_failed",
            Self::LargePayment => "large_payment",
            Self::ProviderSilent => "provider_silent",
            Self::RefusedCallbacks => "refused_callbacks",
            Self::SweepLate => "sweep_late",
            Self::FailureRate => "failure_rate",
            Self::RefundRate => "refund_rate",
            Self::NoCallbacks => "no_callbacks",
            Self::SlowGrant => "slow_grant",
            Self::KeyEnding => "key_ending",
            Self::ChannelFailed => "channel_failed",
            Self::Aws => "aws_alarm",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    pub const fn ends_by(self) -> EndsBy {
        match self {
            Self::Hold(_) => EndsBy::Order,
            Self::Orphan => EndsBy::Orphan,
            Self::StuckOrder => EndsBy::UsableOrder,
            Self::RefundLimit | Self::LargePayment => EndsBy::Telling,
            Self::UnusableAccount => EndsBy::Silence(RAISED_BY_EACH_PROCESS),
            Self::SweepFailed
            | Self::DisputesFailed
            | Self::ProviderSilent
            | Self::RefusedCallbacks
            | Self::SweepLate
            | Self::SlowGrant => EndsBy::Silence(RAISED_EVERY_FEW_MINUTES),
            Self::FailureRate | Self::RefundRate | Self::NoCallbacks => EndsBy::Silence(RAISED_EVERY_HOUR),
            Self::KeyEnding => EndsBy::Silence(RAISED_EVERY_SIX_HOURS),
            Self::ChannelFailed | Self::Aws => EndsBy::Report(NO_REPORT),
        }
    }
}

impl fmt::Display for AlarmWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a person needs in order to act. It never names a buyer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Alarm {
    pub word: AlarmWord,
    /// What it is about. One word about one subject is one alarm, however often it is raised.
    pub subject: String,
    pub order_no: Option<OrderNo>,
    pub trade_no: Option<TradeNo>,
    pub account: Option<Account>,
    pub amount: Option<Money>,
    /// What was measured, and the limit that it passed, as people write them: `104` of `100`, or `6.2 %` of `5 %`.
    pub measured: Option<Measured>,
    /// What else a person should know, in a sentence of who raised it.
    pub note: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Measured {
    pub value: String,
    pub limit: String,
}

impl Measured {
    pub fn new(value: impl fmt::Display, limit: impl fmt::Display) -> Self {
        Self { value: value.to_string(), limit: limit.to_string() }
    }
}

impl Alarm {
    /// About something that is neither an order nor an account.
    pub fn about(word: AlarmWord, subject: impl Into<String>) -> Self {
        Self {
            word,
            subject: subject.into(),
            order_no: None,
            trade_no: None,
            account: None,
            amount: None,
            measured: None,
            note: None,
        }
    }

    pub fn about_order(word: AlarmWord, no: OrderNo) -> Self {
        Self { order_no: Some(no), ..Self::about(word, no.as_str()) }
    }

    pub fn about_account(word: AlarmWord, account: &Account) -> Self {
        Self { account: Some(account.clone()), ..Self::about(word, account.to_string()) }
    }

    /// Two holds of one word on one order are two alarms.
    pub fn of_hold(order: &Order, hold: Hold) -> Self {
        let trade_no = order.trade_of(hold).cloned();
        let payment = trade_no.as_ref().and_then(|no| order.payments.iter().find(|payment| payment.trade_no == *no));
        let account = payment.map(|payment| &payment.account);
        let account = account.or_else(|| order.newest_attempt().map(|attempt| &attempt.account)).cloned();
        let amount = payment.map_or(order.sold.price, |payment| payment.amount);
        Self {
            subject: hold_subject(order.no, hold),
            trade_no,
            account,
            amount: Some(amount),
            ..Self::about_order(AlarmWord::Hold(hold.word), order.no)
        }
    }

    pub fn of_orphan(orphan: &Orphan) -> Self {
        let account = &orphan.report.account;
        Self {
            account: Some(account.clone()),
            trade_no: Some(orphan.trade_no.clone()),
            amount: orphan.report.says.amount(),
            ..Self::about(AlarmWord::Orphan, format!("{}:{}", account.provider, orphan.trade_no))
        }
    }
}

/// An alarm as it is kept: since when it stands, and who was told of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct KeptAlarm {
    /// Counts the writes; the first has 1.
    pub version: u64,
    /// As it was raised last.
    pub alarm: Alarm,
    pub since: Time,
    pub last: Time,
    /// How often it was raised.
    pub raised: u32,
    pub ended: Option<Time>,
    /// By the name of a channel, what that channel accepted last.
    pub told: BTreeMap<String, Told>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Told {
    pub at: Time,
    /// Whether that it is over was told.
    pub is_end: bool,
}

/// Whose turn it is to send, and which channels are to be left alone until when.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct SendingTurn {
    /// Counts the writes; the first has 1.
    pub version: u64,
    /// Until when one process sends, so that no other does.
    pub busy_until: Option<Time>,
    /// A random number of that process: two that write at the same time write nothing else that differs.
    pub holder: u64,
    pub pauses: BTreeMap<String, Pause>,
}

/// A channel did not accept its last message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Pause {
    /// When it refused first since it accepted a message.
    pub since: Time,
    pub failures: u32,
    pub until: Time,
}

/// The alarms that stand, and those whose end has to be told.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ListedAlarms {
    pub all: Vec<KeptAlarm>,
    /// The words of which there are more than are listed.
    pub more: BTreeSet<AlarmWord>,
}

impl ListedAlarms {
    /// Alarms of one word that are listed at most. Nobody reads a thousand, and further ones are listed as these end.
    pub const MOST_OF_A_WORD: usize = 1_000;
}

port! { (store: S)
    /// Keeps alarms until their end was told. Each write is on the version before its own, and returns whether it was made.
    pub trait KeepAlarms {
        async fn load_kept(&self, word: AlarmWord, subject: &str) -> Result<Option<KeptAlarm>, Unavailable>;

        async fn save_kept(&self, kept: &KeptAlarm) -> Result<bool, Unavailable>;

        async fn list_kept(&self) -> Result<ListedAlarms, Unavailable>;

        /// Keeps of an alarm only when it ended, and that for some time.
        async fn put_away(&self, kept: &KeptAlarm, ended: Time) -> Result<bool, Unavailable>;

        /// When an alarm ended that was put away.
        async fn load_end(&self, word: AlarmWord, subject: &str) -> Result<Option<Time>, Unavailable>;

        async fn load_turn(&self) -> Result<SendingTurn, Unavailable>;

        async fn save_turn(&self, turn: &SendingTurn) -> Result<bool, Unavailable>;
    }
}

port! { (store: S)
    pub trait CheckOrder {
        /// Whether a stored order can be read and written. One that is not stored can. It raises no alarm.
        async fn is_usable(&self, no: OrderNo) -> Result<bool, Unavailable>;
    }
}

/// The subject of a hold's alarm, by which a reader of the order finds the hold again.
pub fn hold_subject(no: OrderNo, hold: Hold) -> String {
    format!("{no}/{}", hold.about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_stable_and_reads_back() {
        let words: Vec<&str> = AlarmWord::ALL.iter().map(|word| word.as_str()).collect();
        let expected = [
            "odd_payment",
            "dispute",
            "refund_unclear",
            "refund_abnormal",
            "refund_failed",
            "grant_failed",
            "unreachable_provider",
            "stated_payment",
            "stated_denied",
            "orphan",
            "stuck_order",
            "unusable_account",
            "refund_limit",
            "sweep_failed",
            "disputes_failed",
            "large_payment",
            "provider_silent",
            "refused_callbacks",
            "sweep_late",
            "failure_rate",
            "refund_rate",
            "no_callbacks",
            "slow_grant",
            "key_ending",
            "channel_failed",
            "aws_alarm",
        ];
        assert_eq!(words, expected);
        for word in AlarmWord::ALL {
            assert_eq!(AlarmWord::parse(word.as_str()), Some(word));
        }
        assert_eq!(AlarmWord::parse("Orphan"), None);
    }

    #[test]
    fn every_hold_has_its_word() {
        for word in HoldWord::ALL {
            assert_eq!(AlarmWord::parse(word.as_str()), Some(AlarmWord::Hold(word)));
        }
    }
}
