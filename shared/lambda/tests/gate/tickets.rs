//! Tickets of sockets.

use serde_json::json;
use till_app::ports::Listens;
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_lambda::ticket::{TICKET_LIVES, Ticket, issue, read};

use crate::keys::{base64, random};
use crate::world::World;

fn value(pages: &str) -> String {
    json!({"bearer": random(), "pages": pages}).to_string()
}

fn world() -> World {
    let world = World::new();
    world.secret(&value(&random()), None);
    world
}

fn ticket() -> Ticket {
    Ticket { user: UserId::parse("u1").unwrap(), listens: Listens::User }
}

fn written(world: &World, ticket: &Ticket) -> String {
    world.run(async |ports| issue(ports, ticket).await.unwrap())
}

fn read_ticket(world: &World, text: &str) -> Option<Ticket> {
    world.run(async |ports| read(ports, text).await.unwrap())
}

#[test]
fn ticket_is_read_as_it_was_issued() {
    let world = world();
    let order = OrderNo::parse("ORD202501010000000000000A").unwrap();
    for ticket in [ticket(), Ticket { listens: Listens::Order(order), ..ticket() }] {
        let text = written(&world, &ticket);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')), "{text}");
        assert_eq!(read_ticket(&world, &text), Some(ticket));
    }
}

#[test]
fn ticket_expires_after_a_minute() {
    assert_eq!(TICKET_LIVES.0, 60);
    let world = world();
    let text = written(&world, &ticket());
    world.pass(59);
    assert_eq!(read_ticket(&world, &text), Some(ticket()));
    world.pass(1);
    assert_eq!(read_ticket(&world, &text), None);
}

#[test]
fn changed_ticket_is_refused() {
    let world = world();
    let text = written(&world, &ticket());
    for place in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(read_ticket(&world, &changed), None, "{place}");
    }
    let (body, mac) = text.split_once('.').unwrap();
    let longer = base64(json!({"u": "u1", "exp": world.now() + 86_400}).to_string());
    let other = written(&world, &Ticket { user: UserId::parse("u2").unwrap(), ..ticket() });
    let other_body = other.split_once('.').unwrap().0;
    for forged in [
        format!("{longer}.{mac}"),
        format!("{other_body}.{mac}"),
        format!("{body}."),
        format!("{body}.{}", base64([0; 32])),
        body.to_owned(),
        format!(".{mac}"),
        String::new(),
        ".".to_owned(),
        format!("{text}.{mac}"),
        "a".repeat(5_000),
    ] {
        assert_eq!(read_ticket(&world, &forged), None, "{forged}");
    }
}

#[test]
fn ticket_signed_with_the_previous_key_is_accepted_and_with_an_older_one_refused() {
    let (world, old, new) = (World::new(), random(), random());
    world.secret(&value(&old), None);
    let text = written(&world, &ticket());
    // This process has the old key cached, and another one signs with the new key already.
    world.secret(&value(&new), Some(&value(&old)));
    let elsewhere = World::new();
    elsewhere.secret(&value(&new), None);
    assert_eq!(read_ticket(&world, &written(&elsewhere, &ticket())), Some(ticket()));
    assert_eq!(read_ticket(&world, &text), Some(ticket()));
    assert_eq!(read_ticket(&elsewhere, &text), None);
}

/// Neither the bearer secret nor the secret `pages` itself is the key for tickets.
#[test]
fn ticket_signed_with_another_key_is_refused() {
    use aws_lc_rs::hmac;
    let world = World::new();
    let (bearer, pages) = (random(), random());
    world.secret(&json!({"bearer": bearer, "pages": pages}).to_string(), None);
    let body = base64(json!({"u": "u1", "exp": world.now() + 60}).to_string());
    for key in [&bearer, &pages] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let forged = format!("{body}.{}", base64(hmac::sign(&key, body.as_bytes())));
        assert_eq!(read_ticket(&world, &forged), None);
    }
    let root = hmac::Key::new(hmac::HMAC_SHA256, pages.as_bytes());
    for (label, fits) in [("ticket", true), ("checkout", false)] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref());
        let text = format!("{body}.{}", base64(hmac::sign(&key, body.as_bytes())));
        assert_eq!(read_ticket(&world, &text).is_some(), fits, "{label}");
    }
}

#[test]
fn without_a_key_no_ticket_is_issued_or_accepted() {
    for secret in [None, Some("{}"), Some(r#"{"pages":""}"#), Some("nonsense")] {
        let world = World::new();
        if let Some(secret) = secret {
            world.secret(secret, None);
        }
        assert!(world.run(async |ports| issue(ports, &ticket()).await).is_err(), "{secret:?}");
        assert_eq!(read_ticket(&world, "a.b"), None);
    }
}
