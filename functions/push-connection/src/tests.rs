//! Its sample events, with tickets made at run time.

use serde_json::{Value, json};
use till_app::ports::Listens;
use till_domain::id::OrderNo;
use till_lambda::ticket::issue;
use till_memory::{CallKind, Fault};
use till_shop::Shop;
use till_shop::plain::{row, sample, wait, within};
use till_shop::shop::user;

use super::*;

const SOCKET: &str = "EbmWadxIDoECIQw=";

fn play(shop: &Shop, event: &Value) -> u16 {
    let event: SocketEvent = serde_json::from_value(event.clone()).unwrap();
    wait(handle(&shop.ports(), &event, within(TIME_BUDGET, shop.now()))).status_code
}

/// The sample `$connect` with this ticket.
fn connect(ticket: &str) -> Value {
    let mut event = sample("push-connection.connect");
    event["queryStringParameters"]["ticket"] = json!(ticket);
    event
}

fn ticket(shop: &Shop, listens: Listens) -> String {
    wait(issue(&shop.ports(), &Ticket { user: user("u1"), listens })).unwrap()
}

fn sockets(shop: &Shop) -> Vec<Connection> {
    let kept = shop.memory.tables(|tables| tables.edge.connections.clone());
    kept.into_iter().map(|(connection, _)| connection).collect()
}

#[test]
fn a_ticket_opens_a_socket_for_what_it_names() {
    let no = OrderNo::parse("ORD20250101120000TESTTEST").unwrap();
    for listens in [Listens::User, Listens::Order(no)] {
        let shop = Shop::new();
        assert_eq!(play(&shop, &connect(&ticket(&shop, listens.clone()))), 200);
        assert_eq!(sockets(&shop), [Connection { id: SOCKET.to_owned(), user: user("u1"), listens }]);
        assert_eq!(play(&shop, &sample("push-connection.disconnect")), 200);
        assert_eq!(sockets(&shop), []);
    }
}

#[test]
fn nothing_else_opens_one() {
    let shop = Shop::new();
    assert_eq!(play(&shop, &sample("push-connection.connect")), 401, "no ticket of ours");
    assert_eq!(play(&shop, &sample("push-connection.bearer")), 401, "a bearer token is none");
    let old = ticket(&shop, Listens::User);
    shop.pass(60);
    assert_eq!(play(&shop, &connect(&old)), 401, "a minute is over");
    let good = ticket(&shop, Listens::User);
    let (body, mac) = good.split_once('.').unwrap();
    for changed in [body.to_owned(), format!("{body}."), format!("x{body}.{mac}"), format!("{good}x"), String::new()] {
        assert_eq!(play(&shop, &connect(&changed)), 401, "{changed}");
    }
    assert_eq!(sockets(&shop), []);
}

#[test]
fn what_cannot_be_told_now_is_not_refused_for_good() {
    for kind in [CallKind::ReadSecret, CallKind::KeepConnection] {
        let shop = Shop::new();
        let good = ticket(&shop, Listens::User);
        shop.memory.faults(|faults| faults.plan(kind, 1, Fault::Before));
        assert_eq!(play(&shop, &connect(&good)), 503, "{kind:?}");
        assert_eq!(sockets(&shop), []);
        assert_eq!(play(&shop, &connect(&good)), 200, "{kind:?}");
    }
    let shop = Shop::new();
    let good = ticket(&shop, Listens::User);
    shop.memory.faults(|faults| faults.plan(CallKind::KeepConnection, 1, Fault::DieBefore));
    let event: SocketEvent = serde_json::from_value(connect(&good)).unwrap();
    let late = wait(handle(&shop.ports(), &event, within(Duration::from_millis(50), shop.now())));
    assert_eq!(late.status_code, 503);
}

#[test]
fn a_ping_is_answered_and_nothing_else_is() {
    let shop = Shop::new();
    let answers = || shop.memory.tables(|tables| tables.edge.answers.clone());
    assert_eq!(play(&shop, &sample("push-connection.message")), 200);
    let mut odd = sample("push-connection.ping");
    for body in [json!("pong"), json!("PING"), json!(null), json!(format!("ping{}", " ".repeat(1_021)))] {
        odd["body"] = body;
        assert_eq!(play(&shop, &odd), 200);
    }
    assert_eq!(answers(), []);
    assert_eq!(play(&shop, &sample("push-connection.ping")), 200);
    assert_eq!(answers(), [(SOCKET.to_owned(), "pong".to_owned())]);
}

#[test]
fn the_table_of_functions_has_its_routes() {
    let row = row("push-connection");
    assert_eq!(row["triggers"][0]["routes"], json!(ROUTES));
    assert!(row["timeout_seconds"].as_u64().unwrap() > TIME_BUDGET.as_secs());
}

#[test]
fn every_sample_is_played() {
    till_shop::table::all_played("push-connection", &[include_str!("tests.rs")]);
}
