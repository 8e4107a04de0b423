//! Bugs that the simulator plants to prove that it would catch them. The product's value is [`Planted::NONE`]: only the
//! simulator and its tests make another, and a check of the sources holds everybody else to that.

/// A rule broken on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Bug {
    // What counts as money back.
    /// Alipay's running total, which contains our refunds, is added to them.
    CumulativeAddedToOurs,
    /// A refund of an extra payment counts against the kept one.
    ExtraRefundCountsOnKept,
    /// A refund that failed goes on reserving money.
    ReservationNeverReleased,
    /// A refund whose failure is not certain stops reserving money.
    UnclearFailureReleases,
    // Taking in reports.
    /// A closed attempt counts as final though the provider did not promise it.
    EveryCloseIsFinal,
    /// Late is judged by when we hear, not by when the buyer paid.
    LateIsWhenHeard,
    /// A late payment is not taken in.
    LatePaymentDropped,
    /// A lower word that arrives later is believed.
    StatesMoveDown,
    /// A refund or dispute that arrives before its payment is dropped.
    EarlyRefundDropped,
    /// A payment of an attempt that is not known is dropped.
    UnknownAttemptDropped,
    /// What was paid is not compared with the price.
    AmountNotCompared,
    /// A second payment is kept too.
    SecondPaymentKept,
    /// A word that is not known counts as paid.
    UnknownWordIsPaid,
    /// A payment that is reported again counts again.
    RepeatCountsAgain,
    // Holds.
    /// A dispute stops nothing.
    DisputeIgnored,
    /// "Refunded, amount unknown" stops nothing.
    UnclearIgnored,
    /// A refund that failed after its success raises no hold.
    FailureAfterSuccessForgotten,
    /// An odd payment is accepted though another one is kept.
    SecondOddAccepted,
    /// Nobody is told of an odd payment.
    OddPaymentForgotten,
    // Duties.
    /// A return gives back the whole payment, not the rest of it.
    ReturnsTheWhole,
    /// A processing attempt is asked about only while the order is pending.
    ProcessingForgotten,
    /// A processing attempt does not keep the order from expiring.
    ProcessingExpires,
    /// The last ask is left out for orders that were paid another way.
    NoLastAskWhenPaid,
    /// The last ask is left out for cancelled orders.
    NoLastAskWhenCancelled,
    /// Granted while all of the money is on its way back.
    GrantWhileReserved,
    /// The money of a superseded order stays.
    SupersededMoneyKept,
    /// Money that is wholly back takes nothing back from the wallet.
    NoRevokeWhenBack,
    /// A claim leaves the duty where it was: `due_at` stays in the past.
    DueAtInThePast,
    /// An order with money carries a time to be deleted at.
    TtlWithMoney,
    /// A refund that failed is sent again under the same number.
    FailedNumberReused,
    // Wallets.
    /// An upgrade's price counts a lower span in full, though time has run.
    WorthNotProrated,
    /// A replaced span comes back whole, though its time was used.
    ReplacedComesBackWhole,
    /// Giving back the order of a replaced span leaves the upgrade whole.
    ReplacedRefundNotCut,
    /// An upgrade is granted though what it replaces is gone.
    CreditUsedTwice,
    /// A revoke that comes again takes again.
    RevokeTwice,
    /// A grant is not written in the ledger.
    GrantWithoutLedger,
    // Flows and stores.
    /// The provider is told before the order is saved.
    ActBeforeSave,
    /// An order is saved whatever version is stored.
    NoVersionCondition,
    /// An order expires without asking the provider.
    ExpireWithoutAsking,
    /// A key is claimed whoever holds it.
    KeyClaimedBlindly,
    /// A worker acts on a claim that is older than its deadline.
    StaleClaimActed,
    /// Whoever takes over an idempotency key makes an order of its own.
    TakerMakesSecondOrder,
    /// A key is freed when the provider refuses.
    ClaimFreedOnRefusal,
    /// The owner of a key whose order exists already leaves its own trade open and shows it.
    LoserShowsItsTrade,
    /// A retry calls the provider before its number is saved.
    RetryCallsFirst,
    /// A payment of an unknown order is not kept.
    OrphanForgotten,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 46] = [
        Self::CumulativeAddedToOurs,
        Self::ExtraRefundCountsOnKept,
        Self::ReservationNeverReleased,
        Self::UnclearFailureReleases,
        Self::EveryCloseIsFinal,
        Self::LateIsWhenHeard,
        Self::LatePaymentDropped,
        Self::StatesMoveDown,
        Self::EarlyRefundDropped,
        Self::UnknownAttemptDropped,
        Self::AmountNotCompared,
        Self::SecondPaymentKept,
        Self::UnknownWordIsPaid,
        Self::RepeatCountsAgain,
        Self::DisputeIgnored,
        Self::UnclearIgnored,
        Self::FailureAfterSuccessForgotten,
        Self::SecondOddAccepted,
        Self::OddPaymentForgotten,
        Self::ReturnsTheWhole,
        Self::ProcessingForgotten,
        Self::ProcessingExpires,
        Self::NoLastAskWhenPaid,
        Self::NoLastAskWhenCancelled,
        Self::GrantWhileReserved,
        Self::SupersededMoneyKept,
        Self::NoRevokeWhenBack,
        Self::DueAtInThePast,
        Self::TtlWithMoney,
        Self::FailedNumberReused,
        Self::WorthNotProrated,
        Self::ReplacedComesBackWhole,
        Self::ReplacedRefundNotCut,
        Self::CreditUsedTwice,
        Self::RevokeTwice,
        Self::GrantWithoutLedger,
        Self::ActBeforeSave,
        Self::NoVersionCondition,
        Self::ExpireWithoutAsking,
        Self::KeyClaimedBlindly,
        Self::StaleClaimActed,
        Self::TakerMakesSecondOrder,
        Self::ClaimFreedOnRefusal,
        Self::LoserShowsItsTrade,
        Self::RetryCallsFirst,
        Self::OrphanForgotten,
    ];
}

/// The set of planted bugs: empty in the product.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Planted(u64);

impl Planted {
    /// No bug: what the product runs with.
    pub const NONE: Self = Self(0);

    /// One bug, for the simulator.
    #[must_use]
    pub const fn with(bug: Bug) -> Self {
        Self(1_u64.wrapping_shl(bug.place()))
    }

    /// Whether this bug is planted.
    #[must_use]
    pub const fn has(self, bug: Bug) -> bool {
        self.0 & Self::with(bug).0 != 0
    }
}

impl Bug {
    #[expect(clippy::as_conversions, reason = "a field-less enum has no other way to its number")]
    const fn place(self) -> u32 {
        self as u32
    }
}
