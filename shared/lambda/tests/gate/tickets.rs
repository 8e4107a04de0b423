//! Tickets of sockets.

use serde_json::json;
use till_app::ports::{Listens, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_lambda::ticket::{TICKET_LIVES, Ticket, issue, read};
use till_memory::CallKind;

use crate::keys::{base64, random};
use crate::world::World;

fn world() -> World {
    let world = World::new();
    world.secret("tickets", &random(), None);
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
    world.secret("tickets", &old, None);
    let text = written(&world, &ticket());
    // This process has the old key cached, and another one signs with the new key already.
    world.secret("tickets", &new, Some(&old));
    let elsewhere = World::new();
    elsewhere.secret("tickets", &new, None);
    assert_eq!(read_ticket(&world, &written(&elsewhere, &ticket())), Some(ticket()));
    assert_eq!(read_ticket(&world, &text), Some(ticket()));
    assert_eq!(read_ticket(&elsewhere, &text), None);
}

/// Neither the bearer secret nor the key in the secret `tickets` itself signs tickets.
#[test]
fn ticket_signed_with_another_key_is_refused() {
    use aws_lc_rs::hmac;
    let world = World::new();
    let (bearer, tickets) = (random(), random());
    world.secret("bearer", &bearer, None);
    world.secret("tickets", &tickets, None);
    let body = base64(json!({"u": "u1", "exp": world.now() + 60}).to_string());
    for key in [&bearer, &tickets] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let forged = format!("{body}.{}", base64(hmac::sign(&key, body.as_bytes())));
        assert_eq!(read_ticket(&world, &forged), None);
    }
    let root = hmac::Key::new(hmac::HMAC_SHA256, tickets.as_bytes());
    for (label, fits) in [("ticket", true), ("checkout", false)] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref());
        let text = format!("{body}.{}", base64(hmac::sign(&key, body.as_bytes())));
        assert_eq!(read_ticket(&world, &text).is_some(), fits, "{label}");
    }
}

#[test]
fn without_a_key_no_ticket_is_issued_and_none_can_be_judged() {
    for value in [None, Some("{}"), Some(r#"{"tickets":""}"#), Some(r#"{"tickets":"short"}"#), Some("nonsense")] {
        let world = World::new();
        if let Some(value) = value {
            world.value("tickets", value, None);
        }
        assert!(world.run(async |ports| issue(ports, &ticket()).await).is_err(), "{value:?}");
        let elsewhere = self::world();
        let text = written(&elsewhere, &ticket());
        let judged = world.run(async |ports| read(ports, &text).await);
        assert_eq!(judged, if value.is_none() { Err(Unavailable) } else { Ok(None) }, "{value:?}");
        assert_eq!(read_ticket(&world, "a.b"), None);
    }
}

/// The functions that sign users' tokens do not read the secret of tickets, and the other way round.
#[test]
fn key_of_tokens_signs_no_ticket() {
    let key = random();
    let (world, elsewhere) = (World::new(), World::new());
    world.secret("bearer", &key, None);
    world.secret("tickets", &random(), None);
    elsewhere.secret("tickets", &key, None);
    assert_eq!(read_ticket(&world, &written(&elsewhere, &ticket())), None);
}

#[test]
fn ticket_that_cannot_be_genuine_costs_no_reading_of_the_key() {
    let world = world();
    let text = written(&world, &ticket());
    let (body, mac) = text.split_once('.').unwrap();
    let expired = base64(json!({"u": "u1", "exp": world.now()}).to_string());
    for malformed in [String::new(), "a.b".to_owned(), body.to_owned(), format!("{expired}.{mac}")] {
        assert_eq!(read_ticket(&world, &malformed), None, "{malformed}");
    }
    assert_eq!(world.seen(CallKind::RefreshSecret), 0, "what cannot be genuine is not worth a reading");
}
