//! WeChat Pay, Alipay and Stripe on the wire. Each provider has the same files:
//!
//! | file | what it holds |
//! |---|---|
//! | `account` | one merchant account: its settings, checked, and its keys, parsed once |
//! | `sign` | signatures: of what we send, and of what we are sent |
//! | `wire` | the shapes that go over the wire |
//! | `calls` | a request as bytes; an answer's bytes as something verified |
//! | `translate` | the provider's words, row by row, as the domain's |
//! | `notify` | a callback's bytes: raw, then verified, then reports |
//! | `client` | implements `PaymentApi`: which call follows which answer |
//!
//! Bytes in, bytes out: only [`transport`] does I/O, and conversations reach it through [`Outside`]. Nothing here decides
//! about money: it turns what providers say into reports, and what the flows want into requests. A word that is not in
//! a provider's table is never "paid" and never "failed".

pub mod account;
pub mod alipay;
pub mod callback_content;
pub mod callbacks;
pub mod check;
pub mod error;
pub mod http;
pub mod key;
pub mod merchants;
pub mod outside;
pub mod provide;
pub mod setup;
pub mod stripe;
pub mod time;
pub mod transport;
pub mod wechat;

mod base64;
mod certificate;
mod hex;
#[cfg(test)]
mod testing;

pub use callback_content::{CallbackContent, CallbackReply};
pub use certificate::Certificate;
pub use error::{Distrust, Error, NoAnswer, Verdict};
pub use http::{Headers, Request, Response};
pub use outside::Outside;
