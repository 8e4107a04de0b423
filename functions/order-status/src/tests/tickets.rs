//! Tickets for sockets.

use till_app::ports::Listens;
use till_lambda::ticket::{Ticket, read};
use till_memory::{CallKind, Fault};

use super::*;

fn event() -> Event {
    Event::read("order-status.push-ticket")
}

#[track_caller]
fn address(shop: &Shop) -> String {
    let answer = play(shop, &event());
    assert_eq!((answer.status(), &answer.json()["expires_in"]), (200, &60.into()));
    answer.json()["url"].as_str().unwrap().to_owned()
}

#[test]
fn ticket_is_in_the_sockets_address_and_valid_for_a_minute() {
    let shop = Shop::new();
    let address = address(&shop);
    let ticket = address.strip_prefix("wss://abcdef1234.execute-api.eu-west-1.amazonaws.com/live?ticket=").unwrap();
    assert!(ticket.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')));
    let reads = |shop: &Shop| shop.run(async |ports| read(ports, ticket).await.unwrap());
    let user = till_shop::shop::user("u1");
    assert_eq!(reads(&shop), Some(Ticket { user, listens: Listens::User }));
    shop.pass(60);
    assert_eq!(reads(&shop), None);
}

#[test]
fn address_is_at_the_emulator_if_there_is_one() {
    let shop = Shop::new().set("AWS_ENDPOINT_URL", "http://127.0.0.1:4566").set("WEBSOCKET_STAGE", "dev");
    assert!(address(&shop).starts_with("ws://127.0.0.1:4566/_aws/execute-api/abcdef1234/dev?ticket="));
}

#[test]
fn tickets_of_a_user_are_limited_and_each_is_another() {
    let shop = Shop::new().set("ACTIONS_PER_MINUTE", "2");
    assert_ne!(address(&shop), address(&shop), "of the same second");
    play(&shop, &event()).is_problem(429, "too_many_requests");
    assert_eq!(play(&shop, &event().token("TOKEN_OF_ANOTHER_USER")).status(), 200);
    shop.pass(60);
    assert_eq!(play(&shop, &event()).status(), 200);
}

#[test]
fn invalid_request_is_refused() {
    let shop = Shop::new();
    play(&shop, &event().without("authorization")).is_problem(401, "unauthenticated");
    play(&shop, &event().token("TOKEN_OF_A_SERVICE")).is_problem(403, "forbidden");
    play(&shop, &event().method("GET")).is_problem(405, "method_not_allowed");
    // The first read is for the caller's token.
    shop.memory.faults(|faults| faults.plan(CallKind::ReadSecret, 2, Fault::Before));
    play(&shop, &event()).is_problem(503, "unavailable");
}

#[test]
fn missing_socket_api_is_refused_at_start() {
    let told = OrderStatus::read(&Shop::new().set("WEBSOCKET_API_ID", "").environment()).unwrap_err().to_string();
    assert!(told.starts_with("WEBSOCKET_API_ID"), "{told}");
}
