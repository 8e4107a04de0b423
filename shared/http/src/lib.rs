//! HTTPS to AWS and to the providers: one client for both, so that a function links one HTTP and one TLS stack. It keeps
//! connections open, follows no redirect, uses no proxy, and speaks HTTP/1.1, which all of them do.
//!
//! | room | what |
//! |---|---|
//! | `client` | sends a request; how a missing answer is told |
//! | `roots` | which root certificates are trusted |
//! | `sdk` | lets the AWS SDK send its requests through it |
//! | `within` | a time limit for opening a connection, TLS included |

mod client;
mod roots;
mod sdk;
mod within;

pub use bytes::Bytes;
pub use client::{Answer, Client, Limits, NoAnswer};
pub use roots::{BadBundle, Roots};
pub use sdk::SdkConnector;
