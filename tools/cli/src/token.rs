//! `till token`: bearer tokens for trying a stage, signed with its secret `bearer`. In production the team's own
//! sign-in makes them.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;
use till_aws::Aws;
use till_domain::text::UserId;

use crate::{Failure, secrets};

/// A working day.
const LIVES_SECONDS: u64 = 12 * 60 * 60;

#[derive(Args)]
pub struct Arguments {
    /// The user that the token is for
    #[arg(long, value_parser = UserId::parse)]
    user: UserId,
    /// Give the token the role of an administrator
    #[arg(long, conflicts_with = "service")]
    admin: bool,
    /// Give the token the role of one of the team's services
    #[arg(long)]
    service: bool,
}

pub async fn run(aws: &Aws, arguments: &Arguments) -> Result<(), Failure> {
    let user = &arguments.user;
    if aws.settings().is_production() {
        return Err("in production the team's own sign-in makes the tokens".into());
    }
    let role = if arguments.admin {
        Some("admin")
    } else if arguments.service {
        Some("service")
    } else {
        None
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let token = make(&secrets::bearer(aws).await?, user, role, now)?;
    eprintln!("for {user}, as {}, for {} hours:", role.unwrap_or("a user"), LIVES_SECONDS.div_euclid(3600));
    println!("{token}");
    Ok(())
}

/// A token for a person of the team, for one command.
pub async fn of_admin(aws: &Aws, user: &UserId) -> Result<String, Failure> {
    if aws.settings().is_production() {
        return Err("in production the team's own sign-in makes the tokens: put one into TILL_TOKEN".into());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    make(&secrets::bearer(aws).await?, user, Some("admin"), now)
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
}

fn make(secret: &str, user: &UserId, role: Option<&str>, now: u64) -> Result<String, Failure> {
    let claims = Claims { sub: user.as_str(), iat: now, exp: now.saturating_add(LIVES_SECONDS), role };
    Ok(encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.as_bytes()))?)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation, decode};
    use serde_json::Value;

    use super::*;
    use crate::deployment::without_aws;

    #[tokio::test]
    async fn production_is_refused_before_its_key_is_read() {
        let wish = Arguments { user: UserId::parse("demo").expect("it is a name"), admin: true, service: false };
        let refused = run(&without_aws("production").aws, &wish).await.expect_err("it is production").to_string();
        assert!(refused.contains("in production"), "{refused}");
    }

    #[test]
    fn token_carries_user_role_and_expiry() {
        let user = UserId::parse("demo").expect("it is a name");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
        let read = |token: &str, secret: &str| {
            let key = DecodingKey::from_secret(secret.as_bytes());
            decode::<Value>(token, &key, &Validation::new(Algorithm::HS256)).map(|read| read.claims)
        };
        let token = make("one", &user, Some("admin"), now).expect("it can be made");
        let claims = read(&token, "one").expect("it is signed so");
        assert_eq!((claims["sub"].as_str(), claims["role"].as_str()), (Some("demo"), Some("admin")));
        assert_eq!(claims["exp"].as_u64(), Some(now + LIVES_SECONDS));
        assert!(read(&token, "other").is_err());
        let plain = make("one", &user, None, now).expect("it can be made");
        assert!(read(&plain, "one").expect("it is signed so").get("role").is_none());
        let old = make("one", &user, None, 1_000).expect("it can be made");
        assert!(read(&old, "one").is_err());
    }
}
