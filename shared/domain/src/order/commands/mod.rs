//! Commands of people and workers. Each can be refused with a reason; a refused command changes nothing.

mod attempts;
mod goods;
mod refund;
mod resolve;

pub use refund::RefundRequest;
pub use resolve::{Decision, Resolution};
