//! The names that nearly every test of a provider needs.

pub use serde_json::{Value, json};
pub use till_app::ports::{NewTrade, Opened, Payer, RefundOrder, Show};
pub use till_domain::currency::Currency;
pub use till_domain::id::{AttemptNo, PaymentNo, RefundIndex, RefundNo};
pub use till_domain::money::{MOST_MINOR, Money};
pub use till_domain::order::{DisputeState, Order, Refund, RefundId, RefundWord, Report, Says, Sold};
pub use till_domain::provider::Method;
pub use till_domain::text::{AccountId, Buyer, OutsideRefundNo, ProductName, Reason};
pub use till_domain::time::{Seconds, Time};

pub use super::keys::{Pair, certificate, pem};
pub use super::{
    Answer, Script, account, answer, asked, cny, fields, main_id, new_trade, now, order, order_until, refund,
    refund_order, run, sold, talk, trade_no,
};
pub use crate::account::{AccountMode, Faults, Place};
pub use crate::callback_content::{CallbackContent, CallbackReply, CallbackSubject};
pub use crate::error::Distrust::{
    BadSignature, Malformed, Missing, OtherMerchant, OtherSubject, Sealed, Stale, Twice, UnknownKey,
};
pub use crate::error::Verdict::{Ask, Final, OurFault, Retry};
pub use crate::error::{Code, Distrust, Error, NoAnswer, SaysResult, Verdict};
pub use crate::http::{Headers, MOST_BODY_BYTES, Request, Response, Verb};
pub use crate::key::{PublicKey, certificates};
pub use crate::outside::Outside;
pub use crate::provide::PaymentApi as _;
pub use crate::time::{from_china, from_rfc3339};
pub(crate) use crate::{base64, hex, testing};
