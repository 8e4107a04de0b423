//! What people and workers want of an order. Each may be refused, with a reason; refused, it changes nothing.

mod attempts;
mod goods;
mod refund;
mod resolve;

pub use refund::RefundRequest;
pub use resolve::{Decision, Resolution};
