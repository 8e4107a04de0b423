//! The sandbox's own books: trades with their payments, refunds and disputes, in the provider's minor units. They
//! are kept apart from Till's, so that the two can be compared.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::callback::Callback;
use crate::fault::Fault;
use crate::provider::Provider;

/// The key in [`Trade::details`] of an id that the provider assigns before the payment; the first payment takes it.
pub const NEXT_PAYMENT_ID: &str = "next_payment_id";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trade {
    pub provider: Provider,
    /// WeChat's `mchid`, Alipay's `app_id`, or the name of a Stripe account.
    pub merchant: String,
    /// The merchant's number: `out_trade_no`; Stripe's `metadata[payment_no]` or `client_reference_id`, else Stripe's
    /// own id.
    pub payment_no: String,
    /// In the provider's words: `NATIVE`, `precreate`, `checkout` …
    pub method: String,
    pub subject: String,
    /// The price, in the provider's minor units.
    pub amount: u64,
    /// In upper case.
    pub currency: String,
    pub created_at: i64,
    /// `None`: until the trade is closed.
    pub payable_until: Option<i64>,
    pub state: TradeState,
    /// A second payment exists only through a fault.
    pub payments: Vec<Payment>,
    pub refunds: Vec<Refund>,
    pub disputes: Vec<Dispute>,
    /// Faults for the next occasions.
    pub armed: Vec<Fault>,
    #[serde(rename = "notices")]
    pub callbacks: Vec<Callback>,
    /// Fields that only the provider's own side reads.
    pub details: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TradeState {
    /// The QR code has not been scanned: at its provider the trade does not exist yet.
    Unseen,
    Open,
    /// The buyer has paid, and the money has not arrived.
    Processing,
    /// The last attempt to pay failed; the buyer can try again.
    Failed,
    Closed,
    Paid,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Payment {
    pub id: String,
    pub amount: u64,
    pub at: i64,
    pub buyer: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    /// The merchant's number; `None` if the refund was made on the provider's platform.
    pub number: Option<String>,
    pub id: String,
    /// The id of the payment.
    pub payment: String,
    pub amount: u64,
    pub state: RefundState,
    pub at: i64,
    /// When the refund reached its state.
    pub changed_at: i64,
    #[serde(default)]
    pub details: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    Processing,
    Succeeded,
    /// It did not succeed, or was undone later.
    Failed,
    /// A person has to look at it.
    Abnormal,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dispute {
    pub id: String,
    pub payment: String,
    pub amount: u64,
    pub state: DisputeState,
    pub at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    Opened,
    Won,
    Lost,
}

/// The store key of a trade.
pub fn key(provider: Provider, merchant: &str, payment_no: &str) -> String {
    format!("trade/{}/{merchant}/{payment_no}", provider.as_str())
}
