//! What payment providers are asked to do. An adapter translates their answers into the domain's reports.

use std::fmt;

use till_domain::id::{OrderNo, PaymentNo, RefundNo};
use till_domain::money::Money;
use till_domain::order::{Attempt, Order, Refund, Says, Sold};
use till_domain::provider::{Account, Method};
use till_domain::text::{Handle, TradeNo};
use till_domain::time::Time;

/// The provider gave no clear answer: the call may have taken effect.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Unanswered;

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider did not answer")
    }
}

impl std::error::Error for Unanswered {}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CreateError {
    Refused,
    /// The trade may exist.
    Unanswered,
}

/// What the buyer's request says about the buyer.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Payer {
    /// WeChat's id of the buyer, for payments inside WeChat.
    pub openid: Option<String>,
    /// Where the provider's page sends the buyer back to.
    pub return_url: Option<String>,
    /// Where it sends a buyer who gives up, if the provider tells the two apart.
    pub cancel_url: Option<String>,
    /// The buyer's address, as the gateway saw it.
    pub ip: Option<String>,
}

/// How a buyer can pay.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Show {
    pub qr_code_url: Option<String>,
    pub qr_code_expire_at: Option<Time>,
    pub pay_url: Option<String>,
    pub pay_form: Option<String>,
    /// Parameters for the provider's own script, as name and value.
    pub pay_params: Vec<(String, String)>,
    pub client_secret: Option<String>,
    pub publishable_key: Option<String>,
    /// Until when the same may be shown again. `None`: it is made anew without a call.
    pub good_until: Option<Time>,
}

/// Stands for the order's number in the address of a page, which does not know it before.
pub const ORDER_NO_PLACE: &str = "{ORDER_NO}";

impl Payer {
    /// The payer of this order: the addresses of their pages name it.
    #[must_use]
    pub fn of_order(&self, no: OrderNo) -> Self {
        let filled = |url: &Option<String>| url.as_ref().map(|url| url.replace(ORDER_NO_PLACE, no.as_str()));
        let (return_url, cancel_url) = (filled(&self.return_url), filled(&self.cancel_url));
        Self { openid: self.openid.clone(), return_url, cancel_url, ip: self.ip.clone() }
    }
}

// Logs must show neither the buyer's data nor anything that lets a reader pay.

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

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Opened {
    /// The QR code's text or the provider's handle, if it is to be remembered.
    pub handle: Option<Handle>,
    /// The latest moment at which the provider can take money. `None`: it can until the trade is closed.
    pub payable_until: Option<Time>,
    pub show: Show,
}

#[derive(Clone, Copy, Debug)]
pub struct NewTrade<'a> {
    pub payment_no: PaymentNo,
    pub method: Method,
    pub account: &'a Account,
    pub sold: &'a Sold,
    pub expire_at: Time,
    pub payer: &'a Payer,
}

#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub payment_no: PaymentNo,
    pub attempt: &'a Attempt,
    pub order: &'a Order,
}

impl<'a> Asked<'a> {
    pub fn about(order: &'a Order, attempt: &'a Attempt) -> Self {
        Self { payment_no: order.no.payment(attempt.n), attempt, order }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct RefundOrder<'a> {
    pub refund_no: Option<RefundNo>,
    pub refund: &'a Refund,
    pub trade_no: &'a TradeNo,
    /// The number under which it was paid, and how much it was, if we know of the payment. There is no number of ours for a
    /// payment that was settled to the order by hand.
    pub paid: Option<(Option<PaymentNo>, Money)>,
}

port! { (providers: P)
    pub trait Provide {
        /// Opens a trade for an order that is not written yet, or for a retry.
        async fn create(&self, trade: NewTrade<'_>) -> Result<Opened, CreateError>;

        /// How a buyer pays a trade that is already open.
        async fn show(&self, asked: Asked<'_>, payer: &Payer) -> Result<Show, Unanswered>;

        async fn query(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered>;

        /// Closes a trade. If it cannot be closed because it is paid or processing, returns its state. A trade that the
        /// provider does not know is closed without a promise: a slow `create` may still open it.
        async fn close(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered>;

        /// Sends a refund and returns its state, with the running total if the provider reports one. Sending the same
        /// number again is the same refund.
        async fn refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered>;

        async fn query_refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered>;
    }
}

port! { (providers: P)
    pub trait AskTrade {
        /// How a trade stands, by the provider's own number of it. No order and no attempt need be known.
        async fn ask_trade(&self, account: &Account, trade_no: &TradeNo) -> Result<Vec<Says>, Unanswered>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_show_neither_the_payer_nor_how_to_pay() {
        let payer = Payer { openid: Some("o1".to_owned()), ..Payer::default() };
        let show = Show { client_secret: Some("s1".to_owned()), ..Show::default() };
        assert_eq!((format!("{payer:?}"), format!("{show:?}")), ("Payer".to_owned(), "Show".to_owned()));
    }

    #[test]
    fn addresses_to_go_back_to_name_the_order() {
        let url = |end: &str| Some(format!("https://shop.example/{end}"));
        let ip = Some("203.0.113.7".to_owned());
        let (return_url, cancel_url) = (url("{ORDER_NO}?no={ORDER_NO}"), url("gone"));
        let payer = Payer { openid: Some("o1".to_owned()), return_url, cancel_url, ip };
        let no = OrderNo::parse("ORD20250101120000P78EZM44").unwrap();
        let filled = url("ORD20250101120000P78EZM44?no=ORD20250101120000P78EZM44");
        assert!(payer.of_order(no) == Payer { return_url: filled, ..payer.clone() });
    }
}
