//! What is fuzzed: everything that reads bytes from outside. Each target takes any bytes at all and checks what must hold
//! whatever they are; `tests/fuzz/fuzz_targets` calls them with made-up bytes, `tests/replay.rs` with the corpus.
//!
//! An input's first byte, counted from `0` on and modulo the number of a target's modes, says how the rest is meant.
//!
//! | | `0` | `1` | `2` | `3` | `4` |
//! |---|---|---|---|---|---|
//! | `wechat_callback` | [`wire`] | a body, signed | [`notice`], signed | the same, [`edited`] | a sealed certificate |
//! | `alipay_callback` | a form | [`parameters`], signed | the same, edited | like `1`, without what is empty | |
//! | `stripe_webhook` | wire | [`event`], signed | the same, edited | like `1`, and Stripe says 402 | |
//! | `alipay_response` | a body | [`answer`], signed | the same, edited | like `1`, its slashes signed plain | |
//!
//! [`wire`]: kit::Wire
//! [`edited`]: kit::edited
//! [`notice`]: wechat
//! [`parameters`]: alipay
//! [`event`]: stripe
//! [`answer`]: response

mod alipay;
mod kit;
mod response;
mod stripe;
mod wechat;

/// A callback that says it is WeChat Pay's.
pub fn wechat_callback(data: &[u8]) {
    wechat::callback(data);
}

/// A notification that says it is Alipay's.
pub fn alipay_callback(data: &[u8]) {
    alipay::callback(data);
}

/// A webhook that says it is Stripe's.
pub fn stripe_webhook(data: &[u8]) {
    stripe::webhook(data);
}

/// An answer that says it is Alipay's.
pub fn alipay_response(data: &[u8]) {
    response::response(data);
}
