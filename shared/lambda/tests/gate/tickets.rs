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

fn what_it_says(world: &World, text: &str) -> Option<Ticket> {
    world.run(async |ports| read(ports, text).await.unwrap())
}

#[test]
fn a_ticket_says_what_was_written() {
    let world = world();
    let order = OrderNo::parse("ORD202501010000000000000A").unwrap();
    for ticket in [ticket(), Ticket { listens: Listens::Order(order), ..ticket() }] {
        let text = written(&world, &ticket);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')), "{text}");
        assert_eq!(what_it_says(&world, &text), Some(ticket));
    }
}

#[test]
fn a_ticket_lives_for_a_minute() {
    assert_eq!(TICKET_LIVES.0, 60);
    let world = world();
    let text = written(&world, &ticket());
    world.pass(59);
    assert_eq!(what_it_says(&world, &text), Some(ticket()));
    world.pass(1);
    assert_eq!(what_it_says(&world, &text), None);
}

#[test]
fn a_ticket_that_was_changed_is_none() {
    let world = world();
    let text = written(&world, &ticket());
    for place in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(what_it_says(&world, &changed), None, "{place}");
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
        assert_eq!(what_it_says(&world, &forged), None, "{forged}");
    }
}

#[test]
fn tickets_of_the_key_before_are_good_and_older_ones_are_not() {
    let (world, old, new) = (World::new(), random(), random());
    world.secret(&value(&old), None);
    let text = written(&world, &ticket());
    // This process knows the old key, another one has written with the new one already.
    world.secret(&value(&new), Some(&value(&old)));
    let elsewhere = World::new();
    elsewhere.secret(&value(&new), None);
    assert_eq!(what_it_says(&world, &written(&elsewhere, &ticket())), Some(ticket()));
    assert_eq!(what_it_says(&world, &text), Some(ticket()));
    assert_eq!(what_it_says(&elsewhere, &text), None);
}

/// A bearer's secret is no key of tickets, and the secret of pages is not the key itself.
#[test]
fn the_key_is_made_for_tickets_alone() {
    use aws_lc_rs::hmac;
    let world = World::new();
    let (bearer, pages) = (random(), random());
    world.secret(&json!({"bearer": bearer, "pages": pages}).to_string(), None);
    let body = base64(json!({"u": "u1", "exp": world.now() + 60}).to_string());
    for key in [&bearer, &pages] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        let forged = format!("{body}.{}", base64(hmac::sign(&key, body.as_bytes())));
        assert_eq!(what_it_says(&world, &forged), None);
    }
    let root = hmac::Key::new(hmac::HMAC_SHA256, pages.as_bytes());
    for (label, fits) in [("ticket", true), ("checkout", false)] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref());
        let text = format!("{body}.{}", base64(hmac::sign(&key, body.as_bytes())));
        assert_eq!(what_it_says(&world, &text).is_some(), fits, "{label}");
    }
}

#[test]
fn without_a_key_no_ticket_is_written_and_none_is_good() {
    for secret in [None, Some("{}"), Some(r#"{"pages":""}"#), Some("nonsense")] {
        let world = World::new();
        if let Some(secret) = secret {
            world.secret(secret, None);
        }
        assert!(world.run(async |ports| issue(ports, &ticket()).await).is_err(), "{secret:?}");
        assert_eq!(what_it_says(&world, "a.b"), None);
    }
}
