//! Bearer tokens of demo users: HS256, as Till's API reads them where it is set up with a shared key.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::Sha256;

pub const LIVES_SECONDS: i64 = 12 * 3_600;

pub fn signed(user: &str, role: Option<&str>, key: &str, now: i64) -> String {
    let mut claims = json!({ "sub": user, "exp": now.saturating_add(LIVES_SECONDS) });
    if let Some(role) = role {
        claims["role"] = json!(role);
    }
    let head = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let body = format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
    // HMAC takes keys of any length.
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mac| mac.chain_update(&body).finalize().into_bytes());
    format!("{body}.{}", mac.map(|mac| BASE64_URL_SAFE_NO_PAD.encode(mac)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's `hmac` and `hashlib`.
    const KNOWN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3NjcyNjg4MDAsInJvbGUiOiJhZG1pbiIsInN1YiI6ImRlbW8tdGVhbSJ9.Wxf7hbNFd1r5FSPcNZ7y-76mEAxHXX5bm4Ycnrw0Zdo";

    #[test]
    fn token_is_that_of_another_implementation() {
        assert_eq!(signed("demo-team", Some("admin"), "a key of a test", 1_767_225_600), KNOWN);
    }
}
