//! Bearer tokens. The algorithm is the deployment's, never the token's, and addresses of keys in a token (`jku`, `x5u`) are
//! ignored.

use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::de::IgnoredAny;
pub use till_app::caller::{Caller, Role};
use till_app::ports::{Clock, FetchDocument, ReadSecret};

use crate::claims::{Claims, Rules, is_access_type};
use crate::keys::KeySet;
use crate::problem::{NoCaller, Problem};
use crate::settings::{BadSetting, Environment};
use crate::signing::{BEARER, verify};
use crate::unique_names::UniqueNames;

const MOST_TOKEN_BYTES: usize = 8 * 1024;

#[derive(Debug)]
pub struct Tokens {
    algorithm: Algorithm,
    rules: Rules,
    keys: Option<KeySet>,
}

impl Tokens {
    /// Reads `JWT_ALGORITHM`, `JWKS_URL`, and the settings of `Rules`.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let word = environment.get("JWT_ALGORITHM");
        let algorithm = match word.as_deref() {
            None | Some("HS256") => Algorithm::HS256,
            Some("RS256") => Algorithm::RS256,
            Some("ES256") => Algorithm::ES256,
            Some(_) => return Err(BadSetting::new("JWT_ALGORITHM", "HS256, RS256 or ES256")),
        };
        let url = environment.get("JWKS_URL");
        let keys = match (algorithm, url) {
            (Algorithm::HS256, Some(_)) => {
                return Err(BadSetting::new("JWKS_URL", "absent with HS256: a shared secret has no public key"));
            }
            (Algorithm::HS256, None) => None,
            // Without TLS, an attacker on the way could replace the keys.
            (_, Some(url)) if !url.starts_with("https://") && environment.is_production() => {
                return Err(BadSetting::new("JWKS_URL", "an address that begins with https://"));
            }
            (_, Some(url)) => Some(KeySet::at(url)),
            (_, None) => return Err(BadSetting::new("JWKS_URL", "the address of the key set, with RS256 and ES256")),
        };
        let rules = Rules::read(environment, keys.is_some())?;
        Ok(Self { algorithm, rules, keys })
    }

    /// Verifies the token of an `Authorization` header.
    pub async fn caller<P>(&self, ports: &P, header: Option<&str>) -> Result<Caller, Problem>
    where
        P: ReadSecret + FetchDocument + Clock,
    {
        let refused = Problem::unauthenticated;
        let token = header.and_then(bearer).ok_or_else(|| refused(NoCaller::Missing))?;
        if token.len() > MOST_TOKEN_BYTES {
            return Err(refused(NoCaller::Malformed));
        }
        // Everything but the signature is checked before any key is read, so that invalid tokens cost nothing.
        let head = decode_header(token).map_err(|_| refused(NoCaller::Malformed))?;
        if head.alg != self.algorithm || !is_access_type(head.typ.as_deref()) {
            return Err(refused(NoCaller::NotAccepted));
        }
        let claims = claims(token).ok_or_else(|| refused(NoCaller::Malformed))?;
        let caller = self.rules.caller(&claims, ports.now()).map_err(refused)?;
        let is_genuine = if let Some(keys) = &self.keys {
            let kid = head.kid.ok_or_else(|| refused(NoCaller::NotAccepted))?;
            keys.find(ports, &kid).await?.is_some_and(|key| self.is_signed(token, &key))
        } else {
            let by = |key: &str| self.is_signed(token, &DecodingKey::from_secret(key.as_bytes())).then_some(());
            verify(ports, BEARER, by).await?.is_some()
        };
        if is_genuine { Ok(caller) } else { Err(refused(NoCaller::NotAccepted)) }
    }

    /// Whether this key, and this deployment's algorithm, made the signature. The claims are checked elsewhere.
    fn is_signed(&self, token: &str, key: &DecodingKey) -> bool {
        let mut signature_only = Validation::new(self.algorithm);
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        signature_only.required_spec_claims.clear();
        decode::<IgnoredAny>(token, key, &signature_only).is_ok()
    }
}

/// The claims of a token whose signature is not verified yet. Of a claim that stands twice, readers differ about which one
/// counts, so such a token is refused.
fn claims(token: &str) -> Option<Claims> {
    insecure_decode_claims::<UniqueNames>(token).ok()?;
    insecure_decode_claims(token).ok()
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
