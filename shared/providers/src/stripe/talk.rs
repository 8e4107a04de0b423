//! Conversations: which call follows which answer.

use till_app::ports::{Asked, NewTrade, Opened, Payer, RefundOrder, Show};
use till_domain::order::Says;

use super::account::Merchant;
use crate::error::Error;
use crate::outside::Outside;

impl Merchant {
    /// Opens a trade.
    pub async fn create(&self, outside: &impl Outside, trade: NewTrade<'_>) -> Result<Opened, Error> {
        let _ = (outside, trade);
        Err(Error::NoAccount)
    }

    /// How a buyer gets to pay a trade that is open already.
    pub async fn show(&self, outside: &impl Outside, asked: Asked<'_>, payer: &Payer) -> Result<Show, Error> {
        let _ = (outside, asked, payer);
        Err(Error::NoAccount)
    }

    /// How a trade stands.
    pub async fn query(&self, outside: &impl Outside, asked: Asked<'_>) -> Result<Vec<Says>, Error> {
        let _ = (outside, asked);
        Err(Error::NoAccount)
    }

    /// Closes a trade, or tells how it stands where it cannot be closed.
    pub async fn close(&self, outside: &impl Outside, asked: Asked<'_>) -> Result<Vec<Says>, Error> {
        let _ = (outside, asked);
        Err(Error::NoAccount)
    }

    /// Gives money back, and tells how the refund stands.
    pub async fn refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> Result<Vec<Says>, Error> {
        let _ = (outside, refund);
        Err(Error::NoAccount)
    }

    /// How a refund stands.
    pub async fn query_refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> Result<Vec<Says>, Error> {
        let _ = (outside, refund);
        Err(Error::NoAccount)
    }
}
