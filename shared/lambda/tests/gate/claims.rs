//! What a deployment asks of a token's claims, beside its signature.

use serde_json::{Value, json};
use till_lambda::token::{Role, Tokens};

use crate::keys::Key;
use crate::world::{World, environment, tokens};

fn world() -> (World, Key) {
    let (world, key) = (World::new(), Key::secret());
    world.secret("bearer", key.text(), None);
    (world, key)
}

/// The status of a token with one claim more, or another.
fn with(world: &World, key: &Key, tokens: &Tokens, name: &str, value: Value) -> u16 {
    let mut claims = json!({"sub": "u1", "exp": world.now() + 60});
    claims[name] = value;
    world.status(tokens, &key.token(&claims))
}

#[test]
fn production_does_not_start_without_audience_and_with_a_key_set_not_without_issuer() {
    let keys = [("JWT_ALGORITHM", "ES256"), ("JWKS_URL", "https://login.example/keys")];
    let (audience, issuer) = (("JWT_AUDIENCE", "till"), ("JWT_ISSUER", "https://login.example"));
    for (set, missing) in [
        (vec![], Some("JWT_AUDIENCE")),
        (vec![("JWT_AUDIENCE", " ")], Some("JWT_AUDIENCE")),
        (vec![audience], None),
        (keys.to_vec(), Some("JWT_AUDIENCE")),
        ([&keys[..], &[audience]].concat(), Some("JWT_ISSUER")),
        ([&keys[..], &[audience, issuer]].concat(), None),
    ] {
        for stage in ["prod", "eu-production", "live"] {
            let set = [&set[..], &[("STAGE", stage)]].concat();
            let told = Tokens::read(&environment(&set)).err().map(|bad| bad.to_string());
            assert_eq!(told.as_deref().and_then(|told| told.split(' ').next()), missing, "{stage}: {told:?}");
        }
        assert!(Tokens::read(&environment(&set)).is_ok(), "another stage needs neither");
    }
}

#[test]
fn user_is_the_configured_claim_and_whole_numbers_are_users() {
    let (world, key) = world();
    let by_id = tokens(&[("JWT_USER_CLAIM", "user_id")]);
    for (value, user) in [
        (json!("u7"), Some("u7")),
        (json!(7), Some("7")),
        (json!(0), Some("0")),
        (json!(u64::MAX), Some("18446744073709551615")),
        (json!(-7), None),
        (json!(7.0), None),
        (json!(7.5), None),
        (json!(1e30), None),
        (json!(null), None),
        (json!(true), None),
        (json!(["u7"]), None),
        (json!({"id": "u7"}), None),
    ] {
        let claims = json!({"sub": "someone-else", "user_id": value, "exp": world.now() + 60});
        let caller = world.caller(&by_id, &key.token(&claims)).ok();
        assert_eq!(caller.map(|caller| caller.user.to_string()).as_deref(), user, "{value}");
    }
    let claims = json!({"sub": "u1", "exp": world.now() + 60});
    assert_eq!(world.status(&by_id, &key.token(&claims)), 401, "without the claim there is no user");
}

#[test]
fn number_beyond_64_bits_is_no_user() {
    let (world, key) = world();
    let claims = format!(r#"{{"sub":18446744073709551616,"exp":{}}}"#, world.now() + 60);
    assert_eq!(world.status(&tokens(&[]), &key.signed_text(&json!({"alg": "HS256"}), &claims)), 401);
}

#[test]
fn role_is_a_text_or_one_of_a_list_in_the_configured_claim() {
    let (world, key) = world();
    let groups = tokens(&[
        ("JWT_ROLE_CLAIM", "cognito:groups"),
        ("JWT_ADMIN_ROLES", "finance, support-lead"),
        ("JWT_SERVICE_ROLES", "robots"),
    ]);
    for (value, role) in [
        (json!(["finance"]), Some(Role::Admin)),
        (json!(["readers", "support-lead"]), Some(Role::Admin)),
        (json!("finance"), Some(Role::Admin)),
        (json!(["robots"]), Some(Role::Service)),
        (json!(["admin"]), Some(Role::User)),
        (json!(["Finance"]), Some(Role::User)),
        (json!([]), Some(Role::User)),
        (json!(null), Some(Role::User)),
        // Nobody is both a person and a program.
        (json!(["finance", "robots"]), None),
        (json!(["finance", 7]), None),
        (json!({"finance": true}), None),
        (json!(7), None),
        (json!(true), None),
    ] {
        let claims = json!({"sub": "u1", "role": "admin", "cognito:groups": value, "exp": world.now() + 60});
        let caller = world.caller(&groups, &key.token(&claims)).ok();
        assert_eq!(caller.map(|caller| caller.role), role, "{value}");
    }
}

#[test]
fn contradicting_settings_of_claims_are_refused_at_start() {
    for (set, name) in [
        (&[("JWT_SERVICE_ROLES", "admin")][..], "JWT_SERVICE_ROLES"),
        (&[("JWT_ADMIN_ROLES", "a,b"), ("JWT_SERVICE_ROLES", "b")], "JWT_SERVICE_ROLES"),
        (&[("JWT_ROLE_CLAIM", "sub")], "JWT_ROLE_CLAIM"),
    ] {
        let told = Tokens::read(&environment(set)).unwrap_err().to_string();
        assert!(told.starts_with(name), "{told}");
    }
}

/// An identity provider signs other tokens with the same key: an ID token says who signed in, a refresh token lives for
/// months, and neither permits a call.
#[test]
fn token_of_another_kind_is_refused() {
    let (world, key) = world();
    let claims = json!({"sub": "u1", "exp": world.now() + 60});
    for (kind, status) in [
        (json!("JWT"), 200),
        (json!("jwt"), 200),
        (json!("at+jwt"), 200),
        (json!("AT+JWT"), 200),
        (json!("application/at+jwt"), 200),
        (json!(null), 200),
        (json!("id+jwt"), 401),
        (json!("logout+jwt"), 401),
        (json!("dpop+jwt"), 401),
        (json!("JWE"), 401),
        (json!(""), 401),
        (json!(7), 401),
    ] {
        let token = key.signed(&json!({"alg": "HS256", "typ": kind}), &claims);
        assert_eq!(world.status(&tokens(&[]), &token), status, "{kind}");
    }
    assert_eq!(world.status(&tokens(&[]), &key.signed(&json!({"alg": "HS256"}), &claims)), 200);
    for (name, kind, status) in [
        ("token_use", json!("access"), 200),
        ("token_use", json!("id"), 401),
        ("token_use", json!("refresh"), 401),
        ("token_use", json!(["access"]), 401),
        ("token_use", json!(null), 401),
        ("typ", json!("Bearer"), 200),
        ("typ", json!("access"), 200),
        ("typ", json!("ID"), 401),
        ("typ", json!("Refresh"), 401),
        ("typ", json!("Offline"), 401),
        ("typ", json!(7), 401),
    ] {
        assert_eq!(with(&world, &key, &tokens(&[]), name, kind.clone()), status, "{name} {kind}");
    }
}

#[test]
fn audience_is_one_of_a_list_and_without_it_the_client_id_counts() {
    let (world, key) = world();
    let ours = tokens(&[("JWT_AUDIENCE", "web, app")]);
    for (claims, status) in [
        (json!({"aud": "web"}), 200),
        (json!({"aud": ["x", "app"]}), 200),
        (json!({"aud": "web, app"}), 401),
        (json!({"client_id": "app"}), 200),
        (json!({"client_id": "x"}), 401),
        (json!({"aud": "x", "client_id": "app"}), 401),
        (json!({"aud": [], "client_id": "app"}), 401),
        (json!({"aud": null, "client_id": "app"}), 401),
        (json!({}), 401),
    ] {
        let mut all = claims.clone();
        all["sub"] = json!("u1");
        all["exp"] = json!(world.now() + 60);
        assert_eq!(world.status(&ours, &key.token(&all)), status, "{claims}");
    }
}

#[test]
fn claim_that_stands_twice_is_refused() {
    let (world, key) = world();
    let exp = world.now() + 60;
    for (claims, status) in [
        (format!(r#"{{"sub":"u1","exp":{exp},"role":"user"}}"#), 200),
        (format!(r#"{{"sub":"u1","exp":{exp},"role":"user","role":"admin"}}"#), 401),
        (format!(r#"{{"sub":"u1","exp":{exp},"role":"user","r\u006fle":"admin"}}"#), 401),
        (format!(r#"{{"sub":"u1","sub":"u2","exp":{exp}}}"#), 401),
    ] {
        assert_eq!(world.status(&tokens(&[]), &key.signed_text(&json!({"alg": "HS256"}), &claims)), status, "{claims}");
    }
}
