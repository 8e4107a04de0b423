//! Tokens signed by an identity provider, verified with its key set.

use serde_json::{Value, json};
use till_lambda::token::{Role, Tokens};
use till_memory::CallKind;

use crate::keys::{Key, set};
use crate::world::{World, tokens};

const URL: &str = "https://login.example/keys";

fn by_key_set(key: &Key) -> Tokens {
    tokens(&[("JWT_ALGORITHM", key.algorithm()), ("JWKS_URL", URL)])
}

/// A world in which one key is published, and claims that are valid for a day.
fn published(key: &Key) -> (World, Value) {
    let world = World::new();
    world.document(URL, &set(&[key.public("k1")]));
    let claims = json!({"sub": "u1", "exp": world.now() + 86_400, "role": "admin"});
    (world, claims)
}

fn head(key: &Key, kid: &str) -> Value {
    json!({"alg": key.algorithm(), "kid": kid})
}

#[test]
fn token_signed_with_a_published_key_names_user_and_role() {
    for key in [Key::rsa(), Key::ec()] {
        let (world, claims) = published(&key);
        let tokens = by_key_set(&key);
        let caller = world.caller(&tokens, &key.token(&claims)).unwrap();
        assert_eq!((caller.user.as_str(), caller.role), ("u1", Role::Admin));
        // The set is fetched once, and no secret is read.
        assert_eq!(world.status(&tokens, &key.token(&claims)), 200);
        assert_eq!((world.seen(CallKind::FetchDocument), world.seen(CallKind::ReadSecret)), (1, 0));
        let ended = json!({"sub": "u1", "exp": world.now() - 30});
        assert_eq!(world.status(&tokens, &key.token(&ended)), 401);
    }
}

#[test]
fn token_signed_with_another_key_of_the_same_id_is_refused() {
    for (key, other) in [(Key::rsa(), Key::rsa()), (Key::ec(), Key::ec())] {
        let (world, claims) = published(&key);
        assert_eq!(world.status(&by_key_set(&key), &other.token(&claims)), 401);
    }
}

/// If a public key were accepted as a shared secret, everybody could forge tokens.
#[test]
fn token_of_another_algorithm_is_refused() {
    let key = Key::rsa();
    let (world, claims) = published(&key);
    let tokens = by_key_set(&key);
    let public = key.public("k1");
    for text in [public.to_string(), public["n"].as_str().unwrap().to_owned()] {
        let forged = Key::Secret(text).signed(&json!({"alg": "HS256", "kid": "k1"}), &claims);
        assert_eq!(world.status(&tokens, &forged), 401);
    }
    for algorithm in ["none", "HS256", "ES256", "PS256", "RS384", "RS512"] {
        let token = key.signed(&json!({"alg": algorithm, "kid": "k1"}), &claims);
        assert_eq!(world.status(&tokens, &token), 401, "{algorithm}");
    }
    // The set was not fetched for any of them.
    assert_eq!(world.seen(CallKind::FetchDocument), 0);
}

#[test]
fn key_of_another_type_in_the_set_verifies_nothing() {
    let (rsa, ec, secret) = (Key::rsa(), Key::ec(), Key::secret());
    let (world, claims) = published(&rsa);
    world.document(URL, &set(&[rsa.public("rsa"), ec.public("ec"), secret.public("oct")]));
    let tokens = by_key_set(&rsa);
    for (key, kid, status) in [(&rsa, "rsa", 200), (&ec, "ec", 401), (&secret, "oct", 401)] {
        for algorithm in ["RS256", key.algorithm()] {
            let token = key.signed(&json!({"alg": algorithm, "kid": kid}), &claims);
            assert_eq!(world.status(&tokens, &token), status, "{kid} {algorithm}");
        }
    }
}

#[test]
fn key_addresses_in_a_token_are_ignored() {
    let (key, theirs) = (Key::rsa(), Key::rsa());
    let (world, claims) = published(&key);
    let elsewhere = "https://elsewhere.example/keys";
    world.document(elsewhere, &set(&[theirs.public("k1"), theirs.public("theirs")]));
    for kid in ["k1", "theirs"] {
        let head = json!({"alg": "RS256", "kid": kid, "jku": elsewhere, "x5u": elsewhere, "jwk": theirs.public(kid)});
        assert_eq!(world.status(&by_key_set(&key), &theirs.signed(&head, &claims)), 401, "{kid}");
    }
    // They do not harm a token that is valid.
    let head = json!({"alg": "RS256", "kid": "k1", "jku": elsewhere});
    assert_eq!(world.status(&by_key_set(&key), &key.signed(&head, &claims)), 200);
}

#[test]
fn token_without_a_key_id_is_refused() {
    let key = Key::ec();
    let (world, claims) = published(&key);
    let token = key.signed(&json!({"alg": "ES256"}), &claims);
    assert_eq!(world.status(&by_key_set(&key), &token), 401);
    assert_eq!(world.seen(CallKind::FetchDocument), 0);
}

#[test]
fn new_key_counts_at_once_although_an_unknown_one_was_asked_for_before() {
    let (old, new) = (Key::ec(), Key::ec());
    let (world, claims) = published(&old);
    let tokens = by_key_set(&old);
    assert_eq!(world.status(&tokens, &old.token(&claims)), 200);
    world.pass(1);
    assert_eq!(world.status(&tokens, &new.signed(&head(&new, "unknown"), &claims)), 401);
    world.document(URL, &set(&[old.public("k1"), new.public("k2")]));
    world.pass(1);
    assert_eq!(world.status(&tokens, &new.signed(&head(&new, "k2"), &claims)), 200);
}

#[test]
fn invented_key_ids_cause_a_fetch_every_15_seconds_and_do_not_hide_a_new_key() {
    let (old, new) = (Key::ec(), Key::ec());
    let (world, claims) = published(&old);
    let tokens = by_key_set(&old);
    let flood = |second: u32| {
        for n in 0..20 {
            let unknown = new.signed(&head(&new, &format!("x{second}-{n}")), &claims);
            assert_eq!(world.status(&tokens, &unknown), 401);
        }
        world.pass(1);
    };
    (0..120).for_each(flood);
    // Four at the beginning, and one every 15 seconds.
    let fetched = world.seen(CallKind::FetchDocument);
    assert!((4..=11).contains(&fetched), "{fetched}");
    world.document(URL, &set(&[old.public("k1"), new.public("k2")]));
    (0..15).for_each(flood);
    assert_eq!(world.status(&tokens, &new.signed(&head(&new, "k2"), &claims)), 200);
}

#[test]
fn token_that_cannot_be_genuine_costs_no_fetch() {
    let key = Key::ec();
    let (world, _) = published(&key);
    let tokens = by_key_set(&key);
    let ended = json!({"sub": "u1", "exp": world.now() - 60});
    assert_eq!(world.status(&tokens, &key.signed(&head(&key, "unknown"), &ended)), 401);
    assert_eq!(world.seen(CallKind::FetchDocument), 0);
}

#[test]
fn withdrawn_key_is_accepted_for_ten_minutes_at_most() {
    let (old, new) = (Key::ec(), Key::ec());
    let (world, claims) = published(&old);
    let tokens = by_key_set(&old);
    assert_eq!(world.status(&tokens, &old.token(&claims)), 200);
    world.document(URL, &set(&[new.public("k2")]));
    world.pass(599);
    assert_eq!(world.status(&tokens, &old.token(&claims)), 200);
    world.pass(1);
    assert_eq!(world.status(&tokens, &old.token(&claims)), 401);
}

/// Until a key set was read, no token can be judged: 503, not 401.
#[test]
fn first_fetch_that_fails_is_repeated_a_second_later() {
    let key = Key::ec();
    let world = World::new();
    let tokens = by_key_set(&key);
    let claims = json!({"sub": "u1", "exp": world.now() + 86_400});
    let token = key.token(&claims);
    assert_eq!(world.status(&tokens, &token), 503);
    world.document(URL, "<html>");
    world.pass(1);
    assert_eq!(world.status(&tokens, &token), 503);
    world.document(URL, &set(&[key.public("k1")]));
    // Requests of the same second do not repeat it.
    assert_eq!(world.status(&tokens, &token), 503);
    assert_eq!(world.seen(CallKind::FetchDocument), 2);
    world.pass(1);
    assert_eq!(world.status(&tokens, &token), 200);
}

#[test]
fn fetches_of_an_address_that_is_down_are_few() {
    let key = Key::ec();
    let world = World::new();
    let tokens = by_key_set(&key);
    let token = key.token(&json!({"sub": "u1", "exp": world.now() + 86_400}));
    for _ in 0..120 {
        assert_eq!(world.status(&tokens, &token), 503);
        world.pass(1);
    }
    let fetched = world.seen(CallKind::FetchDocument);
    assert!((4..=11).contains(&fetched), "{fetched}");
}

/// A key that is withdrawn while the address is down must not count for ever.
#[test]
fn last_key_set_counts_for_an_hour_while_its_address_is_down() {
    let key = Key::ec();
    let (world, claims) = published(&key);
    let tokens = by_key_set(&key);
    let token = key.token(&claims);
    assert_eq!(world.status(&tokens, &token), 200);
    world.document(URL, "<html>");
    world.pass(3_599);
    assert_eq!(world.status(&tokens, &token), 200);
    world.pass(1);
    assert_eq!(world.status(&tokens, &token), 503);
    world.document(URL, &set(&[key.public("k1")]));
    world.pass(15);
    assert_eq!(world.status(&tokens, &token), 200);
}

/// A page learns whether to fetch a fresh token or to look at its sign-in.
#[test]
fn refusal_of_a_token_tells_its_reason() {
    let (key, other) = (Key::ec(), Key::ec());
    let (world, claims) = published(&key);
    let tokens = by_key_set(&key);
    let with = |name: &str, value: Value| {
        let mut changed = claims.clone();
        changed[name] = value;
        key.token(&changed)
    };
    let ended = json!(world.now() - 30);
    for (token, reason) in [
        ("x".to_owned(), "malformed"),
        ("x.y.z".to_owned(), "malformed"),
        ("x".repeat(8 * 1024 + 1), "malformed"),
        (with("exp", ended), "expired"),
        (with("exp", Value::Null), "not_accepted"),
        (with("sub", json!("")), "not_accepted"),
        (with("nbf", json!(world.now() + 3_600)), "not_accepted"),
        (other.token(&claims), "not_accepted"),
        (key.signed(&json!({"alg": "ES256"}), &claims), "not_accepted"),
    ] {
        let refused = world.caller(&tokens, &token).unwrap_err();
        let data = serde_json::to_value(refused.data).unwrap();
        assert_eq!((refused.status, &data["reason"]), (401, &json!(reason)), "{token:.40}");
    }
    let foreign = json!({"sub": "", "exp": world.now() - 3_600});
    let refused = world.caller(&tokens, &key.token(&foreign)).unwrap_err();
    assert_eq!(serde_json::to_value(refused.data).unwrap()["reason"], "not_accepted", "a fresh one would not help");
}
