//! What a token says: who its user is, which role they have, and whether it is meant for this deployment and valid now. All of
//! it is checked before the signature, so that a token that could not be valid anyway costs no reading of a key.

use serde_json::{Map, Value};
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};

use crate::problem::NoCaller;
use crate::settings::{BadSetting, Environment};
use crate::token::{Caller, Role};

/// For clocks that differ.
const LEEWAY: Seconds = Seconds(30);
/// The types of an access token in a token's header (RFC 9068, and the older custom), in small letters.
const HEADER_TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];
/// The types of an access token in the claim `typ`, in small letters. Keycloak writes `ID` or `Refresh` into other tokens.
const CLAIMED_TYPES: [&str; 2] = ["bearer", "access"];

pub type Claims = Map<String, Value>;

/// What this deployment asks of tokens.
#[derive(Debug)]
pub struct Rules {
    issuer: Option<String>,
    /// A token must be for one of them. If there are none, a token may be for any.
    audiences: Vec<String>,
    user_claim: String,
    role_claim: String,
    admin_roles: Vec<String>,
    service_roles: Vec<String>,
}

impl Rules {
    /// Reads `JWT_ISSUER`, `JWT_AUDIENCE`, `JWT_USER_CLAIM`, `JWT_ROLE_CLAIM`, `JWT_ADMIN_ROLES` and `JWT_SERVICE_ROLES`.
    pub fn read(environment: &Environment, uses_key_set: bool) -> Result<Self, BadSetting> {
        let or = |name: &str, default: &str| environment.get(name).unwrap_or_else(|| default.to_owned());
        let list = |name: &str, default: &str| match environment.list(name) {
            empty if empty.is_empty() => vec![default.to_owned()],
            words => words,
        };
        let rules = Self {
            issuer: environment.get("JWT_ISSUER"),
            audiences: environment.list("JWT_AUDIENCE"),
            user_claim: or("JWT_USER_CLAIM", "sub"),
            role_claim: or("JWT_ROLE_CLAIM", "role"),
            admin_roles: list("JWT_ADMIN_ROLES", "admin"),
            service_roles: list("JWT_SERVICE_ROLES", "service"),
        };
        if environment.is_production() && rules.audiences.is_empty() {
            return Err(BadSetting::new(
                "JWT_AUDIENCE",
                "set in production: without it, a token that your sign-in made for another program is accepted here",
            ));
        }
        if environment.is_production() && uses_key_set && rules.issuer.is_none() {
            return Err(BadSetting::new(
                "JWT_ISSUER",
                "set in production where JWKS_URL is: a key set may serve several issuers",
            ));
        }
        if rules.user_claim == rules.role_claim {
            return Err(BadSetting::new("JWT_ROLE_CLAIM", "another claim than JWT_USER_CLAIM"));
        }
        if rules.service_roles.iter().any(|role| rules.admin_roles.contains(role)) {
            return Err(BadSetting::new("JWT_SERVICE_ROLES", "other roles than those of JWT_ADMIN_ROLES"));
        }
        Ok(rules)
    }

    /// The caller that these claims name, if a token with them is valid now.
    pub fn caller(&self, claims: &Claims, now: Time) -> Result<Caller, NoCaller> {
        let is_meant = !is_early(claims, now) && is_for_access(claims) && self.is_from_issuer(claims);
        let user = claims.get(&self.user_claim).and_then(user);
        let caller = user.zip(self.role(claims)).filter(|_| is_meant && self.is_for_us(claims));
        let (user, role) = caller.ok_or(NoCaller::NotAccepted)?;
        // Without the time at which it expires, a token is not valid.
        let expires = claims.get("exp").and_then(Value::as_i64).ok_or(NoCaller::NotAccepted)?;
        if expires <= now.minus(LEEWAY).unix() { Err(NoCaller::Expired) } else { Ok(Caller { user, role }) }
    }

    fn is_from_issuer(&self, claims: &Claims) -> bool {
        self.issuer.as_deref().is_none_or(|issuer| text(claims, "iss") == Some(issuer))
    }

    /// Access tokens of Amazon Cognito have no `aud`: then their `client_id` counts, as for the authorizers of API Gateway.
    fn is_for_us(&self, claims: &Claims) -> bool {
        if self.audiences.is_empty() {
            return true;
        }
        let is_ours = |audience: &str| self.audiences.iter().any(|ours| ours == audience);
        match claims.get("aud") {
            None => text(claims, "client_id").is_some_and(is_ours),
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).any(is_ours),
            Some(one) => one.as_str().is_some_and(is_ours),
        }
    }

    /// `None` if the claim is neither a text nor a list of texts, or names roles of an admin and of a service: nobody is both.
    fn role(&self, claims: &Claims) -> Option<Role> {
        let words: Vec<&str> = match claims.get(&self.role_claim) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(word)) => vec![word],
            Some(Value::Array(words)) => words.iter().map(Value::as_str).collect::<Option<_>>()?,
            Some(_) => return None,
        };
        let has_one_of = |roles: &[String]| roles.iter().any(|role| words.contains(&role.as_str()));
        match (has_one_of(&self.admin_roles), has_one_of(&self.service_roles)) {
            (true, true) => None,
            (true, false) => Some(Role::Admin),
            (false, true) => Some(Role::Service),
            (false, false) => Some(Role::User),
        }
    }
}

/// Whether the header names no type or that of an access token.
pub fn is_access_type(header: Option<&str>) -> bool {
    header.is_none_or(|kind| HEADER_TYPES.contains(&kind.to_ascii_lowercase().as_str()))
}

/// Whether the claims that tell kinds of tokens apart, where there are any, are those of an access token.
fn is_for_access(claims: &Claims) -> bool {
    let is_use = claims.get("token_use").is_none_or(|kind| kind == "access");
    let claimed = claims.get("typ").map(|kind| kind.as_str().unwrap_or_default().to_ascii_lowercase());
    is_use && claimed.is_none_or(|kind| CLAIMED_TYPES.contains(&kind.as_str()))
}

/// Anything but a whole number is too early at all times.
fn is_early(claims: &Claims, now: Time) -> bool {
    match claims.get("nbf") {
        None | Some(Value::Null) => false,
        Some(from) => from.as_i64().is_none_or(|from| from > now.plus(LEEWAY).unix()),
    }
}

/// A whole number is the user with its digits: many sign-ins number their users.
fn user(claim: &Value) -> Option<UserId> {
    match claim {
        Value::String(name) => UserId::parse(name).ok(),
        Value::Number(number) => UserId::parse(&number.as_u64()?.to_string()).ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}
