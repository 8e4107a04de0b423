//! Sample events, with tickets issued at run time.

use serde_json::json;
use till_app::ports::Listens;
use till_domain::id::OrderNo;
use till_lambda::ticket::issue;
use till_memory::{CallKind, Fault};
use till_shop::plain::{sample, wait, within};
use till_shop::shop::user;
use till_shop::{Shop, table};

use super::*;

const SOCKET: &str = "EbmWadxIDoECIQw=";

fn play(shop: &Shop, event: &Value) -> u16 {
    let event: SocketEvent = serde_json::from_value(event.clone()).unwrap();
    wait(handle(&shop.ports(), &event, within(TIME_BUDGET, shop.now()))).status_code
}

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
fn ticket_opens_a_socket_for_its_user_or_order() {
    let no = OrderNo::parse("ORD20250101120000TESTTEST").unwrap();
    for listens in [Listens::User, Listens::Order(no)] {
        let shop = Shop::new();
        assert_eq!(play(&shop, &connect(&ticket(&shop, listens.clone()))), 200);
        assert_eq!(sockets(&shop), [Connection { id: SOCKET.to_owned(), user: user("u1"), listens }]);
    }
}

#[test]
fn ticket_opens_one_socket() {
    let shop = Shop::new();
    let (first, second) = (ticket(&shop, Listens::User), ticket(&shop, Listens::User));
    let by = |ticket: &str, id: &str| {
        let mut event = connect(ticket);
        event["requestContext"]["connectionId"] = json!(id);
        play(&shop, &event)
    };
    assert_eq!((by(&first, SOCKET), by(&first, "another=")), (200, 401));
    assert_eq!(by(&first, SOCKET), 200, "the gateway reports the same socket twice");
    shop.pass(59);
    assert_eq!(by(&first, "another="), 401);
    assert_eq!(by(&second, "another="), 200, "another ticket of the same second");
}

#[test]
fn sixth_socket_closes_the_oldest() {
    let shop = Shop::new();
    for n in 0..6 {
        let mut event = connect(&ticket(&shop, Listens::User));
        event["requestContext"]["connectionId"] = json!(format!("c{n}"));
        assert_eq!(play(&shop, &event), 200);
        shop.pass(1);
    }
    assert_eq!(sockets(&shop).len(), 5);
    assert_eq!(shop.memory.tables(|tables| tables.edge.closed.clone()), ["c0"]);
}

#[test]
fn socket_without_a_valid_ticket_is_refused() {
    let shop = Shop::new();
    assert_eq!(play(&shop, &sample("push-connection.connect")), 401, "a foreign ticket");
    assert_eq!(play(&shop, &sample("push-connection.bearer")), 401, "a bearer token");
    let old = ticket(&shop, Listens::User);
    shop.pass(60);
    assert_eq!(play(&shop, &connect(&old)), 401, "an expired ticket");
    let good = ticket(&shop, Listens::User);
    let (body, mac) = good.split_once('.').unwrap();
    for changed in [body.to_owned(), format!("{body}."), format!("x{body}.{mac}"), format!("{good}x"), String::new()] {
        assert_eq!(play(&shop, &connect(&changed)), 401, "{changed}");
    }
    assert_eq!(sockets(&shop), []);
}

#[test]
fn socket_is_unavailable_while_secret_or_store_is_silent() {
    for kind in [CallKind::ReadSecret, CallKind::UseTicket, CallKind::KeepConnection] {
        let shop = Shop::new();
        let good = ticket(&shop, Listens::User);
        shop.fail(kind, Fault::Before);
        assert_eq!(play(&shop, &connect(&good)), 503, "{kind:?}");
        assert_eq!(sockets(&shop), []);
        assert_eq!(play(&shop, &connect(&good)), 200, "{kind:?}");
    }
    let shop = Shop::new();
    let good = ticket(&shop, Listens::User);
    shop.fail(CallKind::KeepConnection, Fault::DieBefore);
    let event: SocketEvent = serde_json::from_value(connect(&good)).unwrap();
    let late = wait(handle(&shop.ports(), &event, within(Duration::from_millis(50), shop.now())));
    assert_eq!(late.status_code, 503);
}

#[test]
fn only_a_ping_is_answered_in_its_own_form() {
    let shop = Shop::new();
    let answers = || shop.memory.tables(|tables| tables.edge.answers.clone());
    assert_eq!(play(&shop, &sample("push-connection.message")), 200);
    let mut odd = sample("push-connection.ping");
    for body in [json!("pong"), json!("PING"), json!(null), json!(format!("ping{}", " ".repeat(1_021)))] {
        odd["body"] = body;
        assert_eq!(play(&shop, &odd), 200);
    }
    assert_eq!(answers(), []);
    for body in
        ["\"ping\"", "{\"type\":\"pong\"}", "{\"type\":[\"ping\"]}", "{\"ping\":1}", "[\"type\"]", "{\"type\":\"ping\""]
    {
        odd["body"] = json!(body);
        assert_eq!(play(&shop, &odd), 200);
    }
    odd["body"] = json!(format!("{{\"type\":\"ping\",\"more\":\"{}\"}}", "x".repeat(1_024)));
    assert_eq!(play(&shop, &odd), 200);
    assert_eq!(answers(), []);
    assert_eq!(play(&shop, &sample("push-connection.ping")), 200);
    assert_eq!(play(&shop, &sample("push-connection.ping-json")), 200);
    assert_eq!(answers(), ["pong", "{\"type\":\"pong\"}"].map(|pong| (SOCKET.to_owned(), pong.to_owned())));
}

#[test]
fn row_has_the_routes_of_the_code() {
    table::has_routes("push-connection", &ROUTES, TIME_BUDGET);
}

#[test]
fn tests_play_every_sample() {
    table::all_played("push-connection", &[include_str!("tests.rs")]);
}
