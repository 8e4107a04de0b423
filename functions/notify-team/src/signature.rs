//! The signatures of bots and webhooks: HMAC-SHA256 in base64, each over other bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use till_lambda::hmac_sha256;

/// Feishu signs nothing with a key made of the time in seconds and the bot's secret.
pub(crate) fn of_feishu(seconds: i64, secret: &str) -> String {
    sign(format!("{seconds}\n{secret}").as_bytes(), b"")
}

/// DingTalk signs the time in milliseconds and the bot's secret with that secret.
pub(crate) fn of_dingtalk(milliseconds: i64, secret: &str) -> String {
    sign(secret.as_bytes(), format!("{milliseconds}\n{secret}").as_bytes())
}

/// Standard Webhooks, version 1, symmetric.
pub(crate) fn of_webhook(id: &str, seconds: i64, body: &str, key: &[u8]) -> String {
    format!("v1,{}", sign(key, format!("{id}.{seconds}.{body}").as_bytes()))
}

fn sign(key: &[u8], message: &[u8]) -> String {
    STANDARD.encode(hmac_sha256(key, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::webhook_key;

    /// Calculated by another implementation, from the makers' descriptions.
    #[test]
    fn bots_are_signed_as_their_makers_describe() {
        assert_eq!(of_feishu(1_795_244_400, "demo"), "6xr5ib78sO9Zn/7kXc596R7NJTCIQ1IV346VRqkjTmc=");
        assert_eq!(of_dingtalk(1_795_244_400_000, "SEC0123456789"), "alD2GYSa0J/FQRI1mGe90Axo+dm2zKsCn7JrmnYs1d4=");
    }

    /// The vector of the reference implementations.
    #[test]
    fn webhook_is_signed_as_the_specification_describes() {
        let key = webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = of_webhook("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#, &key);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
