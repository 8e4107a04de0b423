//! The situations that are told apart, each with a word that never changes.

use std::fmt;

/// One row for each situation: its variant and its word.
macro_rules! situations {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum SituationWord { $($(#[$doc])* $variant),+ }

        impl SituationWord {
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

situations! {
    // How a pending order stands.
    WaitingForBuyer = "waiting_for_buyer",
    /// The provider was asked and has reported no payment.
    NotPaidYet = "not_paid_yet",
    /// The buyer can try again where the payment was declined.
    Declined = "declined",
    /// The buyer can begin another attempt.
    DeclinedAndEnded = "declined_and_ended",
    AttemptOpening = "attempt_opening",
    AttemptAbandoned = "attempt_abandoned",
    AttemptEnded = "attempt_ended",
    NoAttemptLeft = "no_attempt_left",
    PaymentProcessing = "payment_processing",
    ProcessingPastEnd = "processing_past_end",
    PaymentInReview = "payment_in_review",
    ExpiredClosing = "expired_closing",

    // How a cancelled order stands.
    CancelledByBuyer = "cancelled_by_buyer",
    CancelledByTeam = "cancelled_by_team",
    Expired = "expired",

    // How a paid order stands.
    GoodsOnTheWay = "goods_on_the_way",
    GoodsDelayed = "goods_delayed",
    GoodsFailed = "goods_failed",
    HeldByDispute = "goods_held_by_dispute",
    HeldByUnclearRefund = "goods_held_by_unclear_refund",
    HeldByRefund = "goods_held_by_refund",
    GoodsForfeit = "goods_forfeit",
    Granted = "granted",
    GrantedAgain = "granted_again",
    TakingBack = "goods_being_taken_back",
    TakingBackFailed = "taking_back_failed",
    TakenBack = "goods_taken_back",
    Superseded = "superseded",
    SupersededReturned = "superseded_returned",
    Refunded = "refunded",
    RefundedUndelivered = "refunded_undelivered",

    // What else is to say of an attempt.
    AnotherCodeOpen = "another_code_open",
    AnotherProcessing = "another_processing",
    ClosingAttempt = "closing_attempt",
    LastQuestion = "last_question",
    ProviderSilent = "provider_silent",
    ProviderUnreachable = "provider_unreachable",

    // What else is to say of a payment.
    PaidLate = "paid_late",
    HeardLate = "heard_late",
    PartlyRefunded = "partly_refunded",
    OddAmount = "odd_amount",
    OddCurrency = "odd_currency",
    OddAccount = "odd_account",
    OddAccepted = "odd_accepted",
    OddReturning = "odd_returning",
    OddReturned = "odd_returned",
    LateReturning = "paid_late_returning",
    LateReturned = "paid_late_returned",
    TwiceReturning = "paid_twice_returning",
    TwiceReturned = "paid_twice_returned",
    ReturnRefused = "return_refused",
    ReturnHeld = "return_held",
    ReturnsFailed = "returns_failed",
    ReturnsGivenUp = "returns_given_up",
    RefundUnclear = "refund_unclear",

    // What else is to say of a refund.
    RefundRequested = "refund_requested",
    RefundSentInVain = "refund_sent_in_vain",
    RefundNoBalance = "refund_no_balance",
    RefundNotAccepted = "refund_not_accepted",
    RefundProcessing = "refund_processing",
    RefundAbnormal = "refund_abnormal",
    RefundFailed = "refund_failed",
    RefundUndone = "refund_undone",
    RefundUndoneSettled = "refund_undone_settled",
    /// Of a payment that was not heard of.
    RefundWithoutPayment = "refund_without_payment",
    RefundSilent = "refund_provider_silent",
    RefundUnreachable = "refund_provider_unreachable",

    // What else is to say of a dispute.
    DisputeOpen = "dispute_open",
    DisputeCleared = "dispute_cleared",
    DisputeWon = "dispute_won",
    DisputeLost = "dispute_lost",

    TeamNotTold = "team_not_told",
    NothingMore = "nothing_more",
}

impl SituationWord {
    /// Whether a person should act although nothing is held.
    #[must_use]
    pub const fn asks_for_a_person(self) -> bool {
        matches!(self, Self::RefundFailed | Self::ReturnsGivenUp)
    }
}

impl fmt::Display for SituationWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
