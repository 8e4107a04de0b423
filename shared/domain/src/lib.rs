//! The rules of Till, pure: money, numbers, products, orders and wallets. Facts come in, facts and duties go out.
//!
//! Nothing here waits, stores, reads a clock or the environment, draws a random number, or computes with floats: now and
//! randomness are arguments. The lints below hold it to that.
#![deny(
    clippy::float_arithmetic,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "money is whole minor units, and what the clock or the environment says is the caller's to pass in"
)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::as_conversions,
        clippy::wildcard_enum_match_arm,
        reason = "nothing a stranger sends may panic or wrap"
    )
)]

pub mod currency;
pub mod day;
pub mod id;
pub mod language;
pub mod money;
pub mod order;
pub mod product;
pub mod provider;
pub mod refusal;
pub mod text;
pub mod time;
pub mod wallet;
