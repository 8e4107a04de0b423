//! What flows need from outside, as small capabilities. A function's permissions name the same few as its flow's
//! bounds.
//!
//! Every call may fail before or after it took effect: [`Unavailable`] says only that no answer came.

/// Declares a port, and implements it for [`Ports`] by one of its parts.
macro_rules! port {
    (($part:ident: $kind_of_part:ident) $(#[$doc:meta])* pub trait $port:ident {
        $($(#[$about:meta])* async fn $call:ident(&$self:ident $(, $name:ident: $kind:ty)* $(,)?) $(-> $answer:ty)?;)*
    }) => {
        $(#[$doc])*
        pub trait $port {
            $($(#[$about])* async fn $call(&$self $(, $name: $kind)*) $(-> $answer)?;)*
        }

        impl<S, M, P, C> $port for $crate::ports::Ports<'_, S, M, P, C>
        where
            $kind_of_part: $port,
        {
            $(async fn $call(&$self $(, $name: $kind)*) $(-> $answer)? { $self.$part.$call($($name),*).await })*
        }
    };
}

mod alarms;
mod callback;
mod catalogue;
mod claim;
mod connections;
mod disputes;
mod guards;
mod messages;
mod orphans;
mod provider;
mod reading;
mod sales;
mod secrets;
mod setup;
mod statistics;
mod store;
mod team;
mod team_record;

use std::fmt;

use till_domain::time::Time;

pub use alarms::{
    Alarm, AlarmWord, CheckOrder, EndsBy, KeepAlarms, KeptAlarm, ListedAlarms, Measured, Pause, RaiseAlarm, SendMail,
    SendingTurn, Told, hold_subject,
};
pub use callback::{
    Answered, CallbackAnswer, CallbackAudit, CallbackReplies, CallbackReply, CallbackSubject, KeepRejected, Notice,
    RejectedCallback, VerifiedCallback, VerifyCallback,
};
pub use catalogue::{FindAccount, FindProduct};
pub use claim::{Claim, ClaimKey, ClaimState, Claimed, Frozen, RequestHash, Shown};
pub use connections::{Answer, Connection, KeepConnection, Listens};
pub use disputes::{DisputeLook, DisputePage, KeepDisputeLook, ListDisputes, ListedDispute};
pub use guards::{CountCalls, CountRefunds, GivenBack, Scope};
pub use messages::{Enqueue, Message, Push, ShareSweep, Task};
pub use orphans::{
    Closing, DecideOrphan, KeepOrphan, LaterReport, ListOrphans, LoadOrphan, MOST_LATER_REPORTS, Orphan, OrphanStatus,
    Settlement, StoredOrphan,
};
pub use provider::{
    AskTrade, Asked, CreateError, NewTrade, ORDER_NO_PLACE, Opened, Payer, Provide, RefundOrder, Show, Unanswered,
};
pub use reading::{ListEntries, ListOrders, ListProducts, ListRecent, ListedProduct, LoadedOrders};
pub use sales::{KeepSales, LoadSales, Sales, ShowSales, Suspension};
pub use secrets::{AccountMode, AccountSettings, FetchDocument, ReadAccounts, ReadSecret, Secret};
pub use setup::{Change, KeepAccounts, KeepProducts, MOST_CHANGES, NotWritten, Noted, NotedAccounts, Notes};
pub use statistics::{LoadStatistics, SaveStatistics};
pub use store::{
    Cause, Commit, CommitGoods, Committed, DUE_SHARDS, DuePart, FindDue, KeepRecord, LoadEntry, LoadOrder, LoadWallet,
    Outcome, Record, RemedyNote, SaveOrder, Saved,
};
pub use team::{
    Command, FindTrade, HeldOrder, InspectQueues, Kept, KeptCallback, KeptRecord, KeptRejected, ListHeld, ListNumbers,
    ListRecords, ListRejected, LoadOrders, NumbersPage, QueueDepth,
};
pub use team_record::{KeptTeamRecord, TeamRecord, TeamSubject};

/// No answer came: the call may have taken effect or not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer came")
    }
}

impl std::error::Error for Unavailable {}

/// The ports of one invocation, by who implements them.
#[derive(Clone, Copy, Debug)]
pub struct Ports<'a, S, M, P, C> {
    pub store: &'a S,
    /// The queue, the sockets and the alarms.
    pub messages: &'a M,
    pub providers: P,
    /// Also the source of random numbers.
    pub clock: C,
}

pub trait Clock {
    fn now(&self) -> Time;

    /// Waits before the n-th try after a conflict: a random time, longer each time, so that the same writers do not
    /// collide again.
    async fn pause(&self, nth: u32);
}

impl<S, M, P, C: Clock> Clock for Ports<'_, S, M, P, C> {
    fn now(&self) -> Time {
        self.clock.now()
    }

    async fn pause(&self, nth: u32) {
        self.clock.pause(nth).await;
    }
}

pub trait Draw {
    /// 64 unpredictable bits.
    fn entropy(&self) -> u64;
}

impl<S, M, P, C: Draw> Draw for Ports<'_, S, M, P, C> {
    fn entropy(&self) -> u64 {
        self.clock.entropy()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::FutureExt as _;

    use super::*;

    /// A clock that remembers the try before which it was to wait.
    #[derive(Default)]
    struct Still(Cell<u32>);

    impl Clock for Still {
        fn now(&self) -> Time {
            Time::FIRST
        }

        async fn pause(&self, nth: u32) {
            self.0.set(nth);
        }
    }

    impl Draw for Still {
        fn entropy(&self) -> u64 {
            42
        }
    }

    #[test]
    fn time_waits_and_random_numbers_are_those_of_the_clock() {
        let ports = Ports { store: &(), messages: &(), providers: (), clock: Still::default() };
        assert_eq!((ports.now(), ports.entropy()), (Time::FIRST, 42));
        assert_eq!(ports.pause(3).now_or_never(), Some(()));
        assert_eq!(ports.clock.0.get(), 3);
        assert_eq!(Unavailable.to_string(), "no answer came");
    }

    #[test]
    fn words_and_windows_are_stable() {
        let rejected = CallbackAnswer::Rejected { word: "signature", status: 401 };
        let answers =
            [CallbackAnswer::Settled, CallbackAnswer::Ignored("other"), CallbackAnswer::SendAgain("orphan"), rejected];
        assert_eq!(answers.map(CallbackAnswer::word), ["settled", "other", "orphan", "signature"]);
        let messages =
            [Message::PaymentSuccess, Message::OrderCancelled, Message::OrderRefunded, Message::OrderExpiring];
        let words = ["payment_success", "order_cancelled", "order_refunded", "order_expiring"];
        assert_eq!(messages.map(Message::as_str), words);
        let scopes = [Scope::CreationsOfUser, Scope::CreationsOfAddress, Scope::Refreshes];
        assert_eq!(scopes.map(Scope::window_seconds), [60, 60, 10]);
        assert_eq!(Unanswered.to_string(), "the provider did not answer");
    }
}
