//! The sandbox's own books: trades with what was paid, given back and disputed, in the provider's own minor units. They are
//! kept apart from all of Till's, so that the two can be compared. Documents alone: what happens to them stands beside this.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fault::Fault;
use crate::notice::Notice;
use crate::provider::Provider;

/// Where a provider that numbers a trade before it is paid keeps the number, in the trade's details: the first payment takes it.
pub const NEXT_PAYMENT_ID: &str = "next_payment_id";

/// One trade, as its provider has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trade {
    /// Where.
    pub provider: Provider,
    /// Whose: WeChat's `mchid`, Alipay's `app_id`, the name of a Stripe account.
    pub merchant: String,
    /// What the merchant calls it: `out_trade_no`; Stripe's `metadata[payment_no]` or `client_reference_id`, else its own id.
    pub payment_no: String,
    /// How it is to be paid, in the provider's words: `NATIVE`, `precreate`, `checkout` …
    pub method: String,
    /// What is sold.
    pub subject: String,
    /// The price, in the provider's minor units.
    pub amount: u64,
    /// Its currency, in upper case.
    pub currency: String,
    /// When it was made.
    pub created_at: i64,
    /// Until when a buyer can pay; none: until it is closed.
    pub payable_until: Option<i64>,
    /// How it stands.
    pub state: TradeState,
    /// What was paid: the second one only by a fault.
    pub payments: Vec<Payment>,
    /// What was given back.
    pub refunds: Vec<Refund>,
    /// What buyers disputed.
    pub disputes: Vec<Dispute>,
    /// What will go wrong next.
    pub armed: Vec<Fault>,
    /// What the merchant is told.
    pub notices: Vec<Notice>,
    /// What only its own provider's side reads.
    pub details: Map<String, Value>,
}

/// How a trade stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TradeState {
    /// Its QR code is printed, and nobody has scanned it: for its provider there is no trade yet.
    Unseen,
    /// It can be paid.
    Open,
    /// The buyer has paid, and the money is on its way.
    Processing,
    /// The last try failed; it can be tried again.
    Failed,
    /// It can no longer be paid.
    Closed,
    /// It was paid.
    Paid,
}

/// Money that was taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payment {
    /// The provider's number of it.
    pub id: String,
    /// How much.
    pub amount: u64,
    /// When.
    pub at: i64,
    /// Who paid.
    pub buyer: String,
}

/// Money that goes back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    /// The merchant's number of it; none, when the provider's own platform made it.
    pub number: Option<String>,
    /// The provider's.
    pub id: String,
    /// Which payment it is of.
    pub payment: String,
    /// How much.
    pub amount: u64,
    /// How far it has come.
    pub state: RefundState,
    /// When it was asked for.
    pub at: i64,
    /// When it reached its state.
    pub changed_at: i64,
    /// What only its own provider's side reads.
    #[serde(default)]
    pub details: Map<String, Value>,
}

/// How far a refund has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Accepted.
    Processing,
    /// The buyer has the money.
    Succeeded,
    /// It did not work, or was undone.
    Failed,
    /// A person has to look at it.
    Abnormal,
}

/// A buyer's dispute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dispute {
    /// The provider's number of it.
    pub id: String,
    /// Which payment it is about.
    pub payment: String,
    /// How much.
    pub amount: u64,
    /// How it stands.
    pub state: DisputeState,
    /// When it was opened.
    pub at: i64,
}

/// How a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// Nobody has decided.
    Opened,
    /// The merchant keeps the money.
    Won,
    /// The buyer has it back.
    Lost,
}

/// The name of a trade's document.
pub fn key(provider: Provider, merchant: &str, payment_no: &str) -> String {
    format!("trade/{}/{merchant}/{payment_no}", provider.as_str())
}
