//! Bearer tokens. The algorithm is the deployment's, never the token's, and addresses of keys in a token (`jku`, `x5u`) are
//! ignored.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use till_app::ports::{Clock, FetchDocument, ReadSecret, Secret, Unavailable};
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};

use crate::keys::KeySet;
use crate::problem::Problem;
use crate::settings::{BadSetting, Environment};

const MOST_TOKEN_BYTES: usize = 8 * 1024;
/// A shared secret must be as long as its hash (RFC 7518, section 3.2). With a shorter or an empty one, tokens could be
/// forged.
const LEAST_SECRET_BYTES: usize = 32;
/// For clocks that differ.
const LEEWAY: Seconds = Seconds(30);
/// The secret that holds the token keys.
pub(crate) const TOKENS: &str = "tokens";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// A buyer.
    User,
    /// A person of the team.
    Admin,
    /// A program of the team.
    Service,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The token's subject.
    pub user: UserId,
    pub role: Role,
}

#[derive(Debug)]
pub struct Tokens {
    algorithm: Algorithm,
    issuer: Option<String>,
    audience: Option<String>,
    keys: Option<KeySet>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    role: Option<String>,
}

/// The secret `tokens`.
#[derive(Deserialize)]
struct TokenKeys {
    #[serde(default)]
    bearer: Option<String>,
}

impl Tokens {
    /// Reads `JWT_ALGORITHM`, `JWKS_URL`, `JWT_ISSUER` and `JWT_AUDIENCE`.
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
        let (issuer, audience) = (environment.get("JWT_ISSUER"), environment.get("JWT_AUDIENCE"));
        Ok(Self { algorithm, issuer, audience, keys })
    }

    /// Verifies the token of an `Authorization` header.
    pub async fn caller<P>(&self, ports: &P, header: Option<&str>) -> Result<Caller, Problem>
    where
        P: ReadSecret + FetchDocument + Clock,
    {
        let token = header.and_then(bearer).filter(|token| token.len() <= MOST_TOKEN_BYTES);
        let token = token.ok_or_else(Problem::unauthenticated)?;
        // Checked before any key is fetched, so that invalid tokens cost nothing.
        let head = decode_header(token).map_err(|_| Problem::unauthenticated())?;
        if head.alg != self.algorithm {
            return Err(Problem::unauthenticated());
        }
        let claims = if let Some(keys) = &self.keys {
            let kid = head.kid.ok_or_else(Problem::unauthenticated)?;
            let key = keys.find(ports, &kid).await?.ok_or_else(Problem::unauthenticated)?;
            self.verified(token, &key).map_err(|_| Problem::unauthenticated())?
        } else {
            let claims = verify(ports, |secret| self.by_values(token, secret)).await?;
            claims.ok_or_else(Problem::unauthenticated)?
        };
        caller(&claims, ports.now())
    }

    fn by_values(&self, token: &str, secret: Option<&Secret>) -> Result<Option<Claims>, Problem> {
        let Some(secret) = secret else {
            tracing::error!("the secret `tokens` is missing: no caller can be authenticated");
            return Err(Problem::internal());
        };
        for value in [Some(&secret.current), secret.previous.as_ref()].into_iter().flatten() {
            let Some(bearer) = serde_json::from_str::<TokenKeys>(value).ok().and_then(|keys| keys.bearer) else {
                continue;
            };
            if bearer.len() < LEAST_SECRET_BYTES {
                tracing::error!("the secret `tokens` has a `bearer` of less than 32 bytes: it is not used");
                continue;
            }
            match self.verified(token, &DecodingKey::from_secret(bearer.as_bytes())) {
                Ok(claims) => return Ok(Some(claims)),
                Err(ErrorKind::InvalidSignature) => {}
                Err(_) => return Err(Problem::unauthenticated()),
            }
        }
        Ok(None)
    }

    fn verified(&self, token: &str, key: &DecodingKey) -> Result<Claims, ErrorKind> {
        let mut validation = Validation::new(self.algorithm);
        let mut required = vec!["exp", "sub"];
        // `caller` checks the times, by our clock.
        validation.validate_exp = false;
        validation.validate_aud = self.audience.is_some();
        if let Some(audience) = &self.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        decode::<Claims>(token, key, &validation)
            .map(|data| data.claims)
            .map_err(jsonwebtoken::errors::Error::into_kind)
    }
}

/// Verifies something with the secret `tokens`. If that fails, the secret is read again: it may have been rotated just now.
pub(crate) async fn verify<T, E: From<Unavailable>>(
    ports: &impl ReadSecret,
    verified: impl Fn(Option<&Secret>) -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    let known = ports.read_secret(TOKENS).await?;
    if let Some(found) = verified(known.as_ref())? {
        return Ok(Some(found));
    }
    let again = ports.refresh_secret(TOKENS).await?;
    if again == known { Ok(None) } else { verified(again.as_ref()) }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The caller that a verified token names, if the token is valid now.
fn caller(claims: &Claims, now: Time) -> Result<Caller, Problem> {
    let over = claims.exp <= now.minus(LEEWAY).unix();
    let early = claims.nbf.is_some_and(|from| from > now.plus(LEEWAY).unix());
    if over || early {
        return Err(Problem::unauthenticated());
    }
    let user = UserId::parse(&claims.sub).map_err(|_| Problem::unauthenticated())?;
    let role = match claims.role.as_deref() {
        Some("admin") => Role::Admin,
        Some("service") => Role::Service,
        Some(_) | None => Role::User,
    };
    Ok(Caller { user, role })
}
