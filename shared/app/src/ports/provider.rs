//! What payment providers are asked to do. An adapter turns their words into the domain's reports and knows the rest.

use std::fmt;

use till_domain::id::{PaymentNo, RefundNo};
use till_domain::money::Money;
use till_domain::order::{Attempt, Order, Refund, Says, Sold};
use till_domain::provider::{Account, Method};
use till_domain::text::{Handle, TradeNo};
use till_domain::time::Time;

/// The provider did not answer, or not so that anything is certain: it may have taken effect.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Unanswered;

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider did not answer")
    }
}

impl std::error::Error for Unanswered {}

/// Why a trade was not opened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CreateError {
    /// The provider said no for certain: there is no trade.
    Refused,
    /// There may be one.
    Unanswered,
}

/// What the buyer's side brings to a payment.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Payer {
    /// WeChat's name for the buyer, for payments inside WeChat.
    pub openid: Option<String>,
    /// Where the provider's page sends the buyer back to.
    pub return_url: Option<String>,
    /// The buyer's address, as the gateway saw it.
    pub ip: Option<String>,
}

/// How a buyer gets to pay. Signed links and parameters are made anew each time.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Show {
    /// The text of a QR code.
    pub qr_code_url: Option<String>,
    /// Until when the QR code works.
    pub qr_code_expire_at: Option<Time>,
    /// A page to send the buyer to.
    pub pay_url: Option<String>,
    /// A form that submits itself.
    pub pay_form: Option<String>,
    /// Parameters for the provider's own script, as name and value.
    pub pay_params: Vec<(String, String)>,
    /// For Stripe's own form.
    pub client_secret: Option<String>,
    /// For Stripe's own form.
    pub publishable_key: Option<String>,
}

// Who pays from where, and what lets somebody pay, are nobody's to read in a log.

impl fmt::Debug for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payer")
    }
}

impl fmt::Debug for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Show")
    }
}

/// A trade that a provider opened.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Opened {
    /// The QR code's text or the provider's handle, if it is to be remembered.
    pub handle: Option<Handle>,
    /// The latest moment at which the provider can still take money; none: until it is closed.
    pub payable_until: Option<Time>,
    /// How the buyer gets to pay.
    pub show: Show,
}

/// A trade that is to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewTrade<'a> {
    /// Its number.
    pub payment_no: PaymentNo,
    /// How it is to be paid.
    pub method: Method,
    /// Through which account.
    pub account: &'a Account,
    /// What is sold, at which price.
    pub sold: &'a Sold,
    /// Until when it is to be payable.
    pub expire_at: Time,
    /// What the buyer's side brings.
    pub payer: &'a Payer,
}

/// One trade, as a provider is asked about it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its number.
    pub payment_no: PaymentNo,
    /// Which attempt.
    pub attempt: &'a Attempt,
    /// Of which order.
    pub order: &'a Order,
}

impl<'a> Asked<'a> {
    /// An attempt of an order.
    #[must_use]
    pub fn about(order: &'a Order, attempt: &'a Attempt) -> Self {
        Self { payment_no: order.no.payment(attempt.n), attempt, order }
    }
}

/// One refund, as a provider is told of it.
#[derive(Clone, Copy, Debug)]
pub struct RefundOrder<'a> {
    /// Its number, if it is ours.
    pub refund_no: Option<RefundNo>,
    /// The refund.
    pub refund: &'a Refund,
    /// Of which payment.
    pub trade_no: &'a TradeNo,
    /// The number under which it was paid, and how much it was, if we know of the payment.
    pub paid: Option<(PaymentNo, Money)>,
}

/// Talks to the providers.
pub trait Provide {
    /// Opens a trade for an order that is not written yet, or for a retry.
    async fn create(&self, trade: NewTrade<'_>) -> Result<Opened, CreateError>;

    /// How a buyer gets to pay a trade that is open already.
    async fn show(&self, asked: Asked<'_>, payer: &Payer) -> Result<Show, Unanswered>;

    /// How a trade stands.
    async fn query(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered>;

    /// Closes a trade. Where it cannot be closed because it is paid or processing, how it stands. A trade that the provider
    /// does not know is closed without a promise: a slow `create` may still open it.
    async fn close(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered>;

    /// Gives money back, and tells how the refund stands, with the running total where the provider says it. Telling it
    /// again under the same number is the same refund.
    async fn refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered>;

    /// How a refund stands.
    async fn query_refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered>;
}
