//! Tokens signed with the deployment's shared secret.

use serde_json::{Value, json};
use till_lambda::token::Role;
use till_memory::CallKind;

use crate::keys::{Key, base64};
use crate::world::{World, environment, tokens};

fn world() -> (World, Key) {
    let (world, key) = (World::new(), Key::secret());
    world.secret("bearer", key.text(), None);
    (world, key)
}

fn claims(world: &World) -> Value {
    json!({"sub": "u1", "exp": world.now() + 60})
}

#[test]
fn token_signed_with_the_secret_names_user_and_role() {
    let (world, key) = world();
    let roles = [
        (json!(null), Role::User),
        (json!("user"), Role::User),
        (json!("Admin"), Role::User),
        (json!("admin"), Role::Admin),
        (json!("service"), Role::Service),
    ];
    for (role, expected) in roles {
        let mut claims = claims(&world);
        claims["role"] = role;
        let caller = world.caller(&tokens(&[]), &key.token(&claims)).unwrap();
        assert_eq!((caller.user.as_str(), caller.role), ("u1", expected));
    }
}

/// Otherwise a secret that was emptied by mistake would let everybody be an admin.
#[test]
fn secret_that_is_too_short_verifies_nothing() {
    for short in ["", "secret", &"s".repeat(31)] {
        let world = World::new();
        let key = Key::Secret(short.to_owned());
        world.secret("bearer", key.text(), None);
        let mut claims = claims(&world);
        claims["role"] = json!("admin");
        assert_eq!(world.caller(&tokens(&[]), &key.token(&claims)).map_err(|problem| problem.status), Err(401));
    }
}

#[test]
fn only_a_bearer_header_is_accepted() {
    let (world, key) = world();
    let token = key.token(&claims(&world));
    let long = format!("Bearer {}", "a".repeat(9_000));
    for (header, fits) in [
        (Some(format!("Bearer {token}")), true),
        (Some(format!("bearer  {token} ")), true),
        (Some(format!("Basic {token}")), false),
        (Some(token.clone()), false),
        (Some("Bearer ".to_owned()), false),
        (Some(format!("Bearer {token}.")), false),
        (Some(format!("Bearer {token},{token}")), false),
        (Some(long), false),
        (None, false),
    ] {
        let caller = world.run(async |ports| tokens(&[]).caller(ports, header.as_deref()).await);
        assert_eq!(caller.map_or_else(|problem| problem.status, |_| 200), if fits { 200 } else { 401 }, "{header:?}");
    }
}

#[test]
fn token_with_invalid_or_expired_claims_is_refused() {
    let (world, key) = world();
    let now = world.now();
    for (claims, fits) in [
        (json!({"sub": "u1", "exp": now + 1}), true),
        // 30 seconds of leeway.
        (json!({"sub": "u1", "exp": now - 29}), true),
        (json!({"sub": "u1", "exp": now - 30}), false),
        (json!({"sub": "u1"}), false),
        (json!({"sub": "u1", "exp": null}), false),
        (json!({"sub": "u1", "exp": "4102444800"}), false),
        (json!({"sub": "u1", "exp": now + 60, "nbf": now + 30}), true),
        (json!({"sub": "u1", "exp": now + 60, "nbf": now + 31}), false),
        (json!({"exp": now + 60}), false),
        (json!({"sub": "", "exp": now + 60}), false),
        (json!({"sub": "a b", "exp": now + 60}), false),
        (json!({"sub": "u1#x", "exp": now + 60}), false),
        (json!({"sub": 7, "exp": now + 60}), true),
        (json!({"sub": "a".repeat(128), "exp": now + 60}), true),
        (json!({"sub": "a".repeat(129), "exp": now + 60}), false),
        (json!({"sub": "A.b_c:d@e-f", "exp": now + 60}), true),
        (json!([]), false),
    ] {
        assert_eq!(world.status(&tokens(&[]), &key.token(&claims)), if fits { 200 } else { 401 }, "{claims}");
    }
}

#[test]
fn token_expires() {
    let (world, key) = world();
    let token = key.token(&claims(&world));
    world.pass(89);
    assert_eq!(world.status(&tokens(&[]), &token), 200);
    world.pass(1);
    assert_eq!(world.status(&tokens(&[]), &token), 401);
}

#[test]
fn issuer_and_audience_are_checked_where_they_are_set() {
    let (world, key) = world();
    let strict = tokens(&[("JWT_ISSUER", "https://login.example"), ("JWT_AUDIENCE", "till")]);
    let good = json!({"sub": "u1", "exp": world.now() + 60, "iss": "https://login.example", "aud": "till"});
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        key.token(&claims)
    };
    for (token, fits) in [
        (key.token(&good), true),
        (with("aud", json!(["other", "till"])), true),
        (with("aud", json!("other")), false),
        (with("aud", json!([])), false),
        (with("aud", json!(null)), false),
        (with("iss", json!("https://elsewhere.example")), false),
        (with("iss", json!(null)), false),
        (key.token(&claims(&world)), false),
    ] {
        assert_eq!(world.status(&strict, &token), if fits { 200 } else { 401 });
    }
    // Where they are not set, a token may carry what it will.
    assert_eq!(world.status(&tokens(&[]), &with("aud", json!("other"))), 200);
}

#[test]
fn the_algorithm_is_the_deployments() {
    let (world, key) = world();
    let claims = claims(&world);
    let unsigned = format!("{}.{}.", base64(json!({"alg": "none"}).to_string()), base64(claims.to_string()));
    assert_eq!(world.status(&tokens(&[]), &unsigned), 401);
    for algorithm in ["none", "None", "HS384", "HS512", "RS256", "ES256", "hs256", ""] {
        let token = key.signed(&json!({"alg": algorithm}), &claims);
        assert_eq!(world.status(&tokens(&[]), &token), 401, "{algorithm}");
    }
    assert_eq!(world.status(&tokens(&[]), &Key::rsa().token(&claims)), 401);
    // None of them was worth reading the secret for.
    assert_eq!(world.seen(CallKind::ReadSecret), 0);
}

#[test]
fn token_signed_with_another_secret_is_refused() {
    let (world, key) = world();
    let claims = claims(&world);
    assert_eq!(world.status(&tokens(&[]), &Key::secret().token(&claims)), 401);
    let token = key.token(&claims);
    let (said, signature) = token.rsplit_once('.').unwrap();
    let (head, _) = said.split_once('.').unwrap();
    let admin = json!({"sub": "u1", "exp": world.now() + 60, "role": "admin"});
    assert_eq!(world.status(&tokens(&[]), &format!("{head}.{}.{signature}", base64(admin.to_string()))), 401);
    assert_eq!(world.status(&tokens(&[]), &format!("{said}.")), 401);
}

#[test]
fn current_and_previous_secret_verify() {
    let (world, old, new) = (World::new(), Key::secret(), Key::secret());
    world.secret("bearer", new.text(), Some(old.text()));
    let claims = claims(&world);
    for key in [&old, &new] {
        assert_eq!(world.status(&tokens(&[]), &key.token(&claims)), 200);
    }
    assert_eq!(world.status(&tokens(&[]), &Key::secret().token(&claims)), 401);
}

#[test]
fn previous_secret_verifies_for_a_day_after_the_new_one_was_made() {
    let (world, old, new) = (World::new(), Key::secret(), Key::secret());
    world.secret("bearer", new.text(), Some(old.text()));
    let admin = json!({"sub": "u1", "role": "admin", "exp": world.now() + 10 * 86_400});
    world.pass(86_399);
    assert_eq!(world.status(&tokens(&[]), &old.token(&admin)), 200);
    // The values are in the process's cache by now.
    world.pass(1);
    assert_eq!(world.status(&tokens(&[]), &old.token(&admin)), 401);
    assert_eq!(world.status(&tokens(&[]), &new.token(&admin)), 200);
}

/// The process has the old secret cached. A token by the new one makes it read again.
#[test]
fn rotated_secret_is_read_again_for_a_token_that_it_signed() {
    let (world, old) = world();
    let day = json!({"sub": "u1", "exp": world.now() + 86_400});
    assert_eq!(world.status(&tokens(&[]), &old.token(&day)), 200);
    let (new, newer) = (Key::secret(), Key::secret());
    world.secret("bearer", new.text(), Some(old.text()));
    for key in [&new, &old] {
        assert_eq!(world.status(&tokens(&[]), &key.token(&day)), 200);
    }
    world.secret("bearer", newer.text(), Some(new.text()));
    assert_eq!(world.status(&tokens(&[]), &newer.token(&day)), 200);
    assert_eq!(world.status(&tokens(&[]), &old.token(&day)), 401);
}

#[test]
fn one_forged_token_does_not_delay_a_new_secret() {
    let (world, old) = world();
    let day = json!({"sub": "u1", "exp": world.now() + 86_400});
    assert_eq!(world.status(&tokens(&[]), &Key::secret().token(&day)), 401);
    let new = Key::secret();
    world.secret("bearer", new.text(), Some(old.text()));
    assert_eq!(world.status(&tokens(&[]), &new.token(&day)), 200);
}

#[test]
fn new_secret_counts_within_15_seconds_while_forged_tokens_pour_in() {
    let (world, old) = world();
    let day = json!({"sub": "u1", "exp": world.now() + 86_400});
    let (tokens, forged) = (tokens(&[]), Key::secret().token(&day));
    let flood = || (0..50).for_each(|_| assert_eq!(world.status(&tokens, &forged), 401));
    for _ in 0..60 {
        flood();
        world.pass(1);
    }
    let new = Key::secret();
    world.secret("bearer", new.text(), Some(old.text()));
    let mut waited = 0;
    while world.status(&tokens, &new.token(&day)) != 200 {
        flood();
        world.pass(1);
        waited += 1;
        assert!(waited <= 15, "the new secret does not count after {waited} seconds");
    }
}

#[test]
fn token_that_cannot_be_genuine_costs_no_second_reading_of_the_secret() {
    let (world, _) = world();
    let strict = tokens(&[("JWT_ISSUER", "https://login.example"), ("JWT_AUDIENCE", "till")]);
    let good = json!({"sub": "u1", "exp": world.now() + 60, "iss": "https://login.example", "aud": "till"});
    let forger = Key::secret();
    for (name, value) in [
        ("exp", json!(world.now() - 60)),
        ("nbf", json!(world.now() + 60)),
        ("iss", json!("https://elsewhere.example")),
        ("aud", json!("other")),
        ("sub", json!("")),
        ("token_use", json!("id")),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        assert_eq!(world.status(&strict, &forger.token(&claims)), 401);
    }
    assert_eq!((world.seen(CallKind::ReadSecret), world.seen(CallKind::RefreshSecret)), (0, 0));
    assert_eq!(world.status(&strict, &forger.token(&good)), 401);
    assert_eq!((world.seen(CallKind::ReadSecret), world.seen(CallKind::RefreshSecret)), (1, 1));
}

#[test]
fn while_the_secret_is_missing_tokens_cannot_be_judged() {
    let (world, key) = (World::new(), Key::secret());
    assert_eq!(world.status(&tokens(&[]), &key.token(&claims(&world))), 503);
    // It counts as soon as it is put in.
    world.secret("bearer", key.text(), None);
    assert_eq!(world.status(&tokens(&[]), &key.token(&claims(&world))), 200);
    let world = World::new();
    for value in [r#"{"tickets":"t"}"#.to_owned(), key.text().to_owned(), json!({"bearer": 7}).to_string()] {
        world.value("bearer", &value, None);
        world.pass(301);
        assert_eq!(world.status(&tokens(&[]), &key.token(&claims(&world))), 401);
    }
}

#[test]
fn invalid_token_settings_are_refused_at_start() {
    for (set, name) in [
        (&[("JWT_ALGORITHM", "none")][..], "JWT_ALGORITHM"),
        (&[("JWT_ALGORITHM", "HS512")], "JWT_ALGORITHM"),
        (&[("JWT_ALGORITHM", "RS256")], "JWKS_URL"),
        (&[("JWT_ALGORITHM", "ES256"), ("JWKS_URL", " ")], "JWKS_URL"),
        (&[("JWKS_URL", "https://login.example/keys")], "JWKS_URL"),
        (&[("STAGE", "prod"), ("JWT_ALGORITHM", "RS256"), ("JWKS_URL", "http://login.example/keys")], "JWKS_URL"),
    ] {
        let told = till_lambda::token::Tokens::read(&environment(set)).unwrap_err().to_string();
        assert!(told.starts_with(name), "{told}");
    }
}
