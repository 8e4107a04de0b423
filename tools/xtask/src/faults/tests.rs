//! The proxy in front of a server that counts the requests that arrive.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::local::{http, process};

/// A server behind a proxy; it answers each request with the number of requests so far.
struct Stage {
    proxy: u16,
    arrived: Arc<AtomicU32>,
}

impl Stage {
    fn new() -> Self {
        Self::judged_by(|_| None)
    }

    fn judged_by(judge: impl FnOnce(u16) -> Option<Judge>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let to = listener.local_addr().expect("the listener has an address").port();
        let arrived = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&arrived);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                thread::spawn(move || answer(client, &counted));
            }
        });
        let (proxy, _) = start(0, to, judge(to)).expect("a port is free");
        Self { proxy, arrived }
    }

    fn arrived(&self) -> u32 {
        self.arrived.load(Ordering::SeqCst)
    }

    fn call(&self) -> Result<(u16, String), String> {
        let headers = [("x-amz-target", "DynamoDB_20120810.PutItem")];
        http::send(self.proxy, "POST", "/", &headers, b"{}").map(|answer| (answer.status, answer.text()))
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = http::send(self.proxy, method, path, &[], body.to_string().as_bytes()).expect("the proxy answers");
        (answer.status, serde_json::from_slice(&answer.body).expect("the answer is JSON"))
    }

    fn fault(&self, rule: &Value) -> u64 {
        let (status, answer) = self.ask("POST", "/_faults", rule);
        assert_eq!(status, 200, "{answer}");
        answer["id"].as_u64().expect("a rule has a number")
    }
}

/// Answers one request. A request for an upgrade is answered with the next four bytes that arrive.
fn answer(client: TcpStream, counted: &AtomicU32) {
    let mut from = BufReader::new(client.try_clone().expect("the connection is open"));
    let mut to = client;
    let lines = from.by_ref().lines().map(|line| line.expect("the proxy sends text").to_lowercase());
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| head.iter().find_map(|line| line.strip_prefix(name));
    if header("upgrade: ").is_some() {
        to.write_all(b"HTTP/1.1 101 Switching\r\nupgrade: echo\r\n\r\n").expect("the proxy reads");
        let mut four = [0; 4];
        from.read_exact(&mut four).expect("the proxy forwards");
        to.write_all(&four).expect("the proxy reads");
        return;
    }
    let mut body = vec![0; header("content-length: ").map_or(0, |length| length.parse().expect("a number"))];
    from.read_exact(&mut body).expect("the proxy forwards the body");
    let body = (counted.fetch_add(1, Ordering::SeqCst) + 1).to_string();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    to.write_all(answer.as_bytes()).expect("the proxy reads");
}

#[test]
fn call_that_no_rule_names_is_forwarded() {
    let stage = Stage::new();
    assert_eq!(stage.call(), Ok((200, "1".to_owned())));
    stage.fault(&json!({"operation": "GetItem", "do": "drop_before"}));
    assert_eq!(stage.call(), Ok((200, "2".to_owned())));
    let (_, report) = stage.ask("GET", "/_faults", &json!({}));
    assert_eq!(report["calls"], json!(["DynamoDB_20120810.PutItem", "DynamoDB_20120810.PutItem"]));
}

#[test]
fn call_is_dropped_before_or_after_it_takes_effect() {
    let stage = Stage::new();
    stage.fault(&json!({"operation": "PutItem", "do": "drop_before"}));
    assert!(stage.call().is_err());
    assert_eq!(stage.arrived(), 0);
    stage.fault(&json!({"operation": "PutItem", "do": "drop_after"}));
    assert!(stage.call().is_err());
    assert_eq!(stage.arrived(), 1);
    assert_eq!(stage.call(), Ok((200, "2".to_owned())), "each rule applies once");
}

#[test]
fn call_is_repeated_or_answered_by_the_proxy() {
    let stage = Stage::new();
    stage.fault(&json!({"operation": "PutItem", "do": "repeat"}));
    assert_eq!(stage.call(), Ok((200, "2".to_owned())));
    stage.fault(&json!({"operation": "PutItem", "do": "answer", "status": 503}));
    assert_eq!(stage.call().map(|(status, _)| status), Ok(503));
    assert_eq!(stage.arrived(), 2);
}

#[test]
fn call_is_held_until_released() {
    let stage = Stage::new();
    let id = stage.fault(&json!({"operation": "PutItem", "do": "hold"}));
    thread::scope(|scope| {
        let call = scope.spawn(|| stage.call());
        let held = || stage.ask("GET", "/_faults", &json!({})).1["rules"][0]["held"] == 1;
        assert!(process::within(Duration::from_secs(10), held));
        assert_eq!(stage.arrived(), 0);
        assert_eq!(stage.ask("POST", &format!("/_faults/{id}/release"), &json!({})).0, 200);
        assert_eq!(call.join().expect("the call did not panic"), Ok((200, "1".to_owned())));
    });
}

#[test]
fn wrong_control_calls_are_refused() {
    let stage = Stage::new();
    assert_eq!(stage.ask("POST", "/_faults", &json!({"operation": "PutItem", "do": "explode"})).0, 400);
    assert_eq!(stage.ask("POST", "/_faults/7/release", &json!({})).0, 404);
    assert_eq!(stage.ask("DELETE", "/_faults/7", &json!({})).0, 404);
    assert_eq!(stage.ask("PUT", "/_faults", &json!({})).0, 404);
    let id = stage.fault(&json!({"operation": "PutItem", "do": "drop_before"}));
    assert_eq!(stage.ask("DELETE", &format!("/_faults/{id}"), &json!({})).0, 200);
    assert_eq!(stage.call(), Ok((200, "1".to_owned())));
    assert_eq!(stage.ask("DELETE", "/_faults", &json!({})).0, 200);
}

#[test]
fn websocket_is_forwarded_in_both_directions() {
    let stage = Stage::new();
    let mut socket = TcpStream::connect(("127.0.0.1", stage.proxy)).expect("the proxy reads");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("the connection is open");
    socket.write_all(b"GET / HTTP/1.1\r\nupgrade: echo\r\n\r\n").expect("the proxy reads");
    socket.write_all(b"ping").expect("the proxy reads");
    let mut all = String::new();
    socket.read_to_string(&mut all).expect("the proxy answers and closes the connection");
    assert_eq!(all, "HTTP/1.1 101 Switching\r\nupgrade: echo\r\n\r\nping");
}

#[test]
fn several_requests_share_a_connection() {
    let stage = Stage::new();
    let mut client = TcpStream::connect(("127.0.0.1", stage.proxy)).expect("the proxy reads");
    client.set_read_timeout(Some(Duration::from_secs(20))).expect("the connection is open");
    client.write_all(b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n").expect("the proxy reads");
    client.shutdown(Shutdown::Write).expect("the connection is open");
    let mut all = String::new();
    client.read_to_string(&mut all).expect("the proxy answers and closes the connection");
    assert_eq!(all.matches("HTTP/1.1 200 OK").count(), 2);
}

/// Starts a process that calls through the proxy and carries Lambda's variable with the name of a function.
fn function(name: &str, proxy: u16) -> Child {
    let call = format!(
        "import socket, time; s = socket.create_connection(('127.0.0.1', {proxy})); \
         s.sendall(b'POST / HTTP/1.1\\r\\nx-amz-target: DynamoDB_20120810.PutItem\\r\\ncontent-length: 0\\r\\n\\r\\n'); \
         s.recv(100); time.sleep(600 if s.recv(1) == b'' else 0)"
    );
    let mut python = Command::new("python3");
    python.args(["-c", &call]).env("AWS_LAMBDA_FUNCTION_NAME", name).stderr(Stdio::null());
    python.spawn().expect("Python is there")
}

#[test]
fn calling_function_is_found_and_killed_before_or_after_the_call() {
    let stage = Stage::new();
    for (fault, arrived) in [("kill_before", 0), ("kill_after", 1)] {
        stage.fault(&json!({"operation": "PutItem", "function": "fulfil-order", "do": fault}));
        let mut called = function("till-dev-fulfil-order", stage.proxy);
        let ended = || called.try_wait().is_ok_and(|ended| ended.is_some());
        assert!(process::within(Duration::from_secs(20), ended), "{fault}");
        assert!(!called.wait().expect("the child can be waited for").success(), "{fault}: the process was killed");
        assert_eq!(stage.arrived(), arrived, "{fault}");
    }
    // A rule for one function leaves the calls of others alone, and those of processes that are no functions.
    stage.fault(&json!({"operation": "PutItem", "function": "fulfil-order", "do": "kill_before"}));
    let mut other = function("till-dev-sweep-orders", stage.proxy);
    assert!(process::within(Duration::from_secs(20), || stage.arrived() == 2));
    assert!(other.try_wait().is_ok_and(|ended| ended.is_none()), "the other function still runs");
    other.kill().and_then(|()| other.wait()).expect("the child can be killed");
    assert_eq!(stage.call(), Ok((200, "3".to_owned())));
    // A caller that is no function of this stack is not killed, and the report counts that.
    stage.fault(&json!({"operation": "PutItem", "do": "kill_before"}));
    assert!(stage.call().is_err());
    assert_eq!(stage.ask("GET", "/_faults", &json!({})).1["missed"], 1);
}

#[test]
fn call_of_dynamodb_that_cannot_be_judged_is_refused_where_permissions_are_enforced() {
    let stage = Stage::judged_by(|to| Some(Judge::new(to)));
    let (status, answer) = stage.call().expect("the proxy answers");
    let answer: Value = serde_json::from_str(&answer).expect("the refusal is JSON");
    assert_eq!(
        (status, answer["__type"].as_str()),
        (400, Some("com.amazon.coral.service#UnrecognizedClientException"))
    );
    let signed = "AWS4-HMAC-SHA256 Credential=/20260101/us-east-1/dynamodb/aws4_request";
    for headers in [&[("authorization", signed)][..], &[("x-amz-target", "DynamoDBStreams_20120810.GetRecords")]] {
        let refused = http::send(stage.proxy, "POST", "/", headers, b"{}").expect("the proxy answers");
        assert_eq!(refused.status, 400, "{headers:?}");
    }
    assert_eq!(stage.arrived(), 0);
    let other = http::send(stage.proxy, "POST", "/", &[("x-amz-target", "AmazonSQS.SendMessage")], b"{}");
    assert_eq!(other.map(|answer| answer.status), Ok(200), "calls of other services are the emulator's to judge");

    let (_, report) = stage.ask("GET", "/_permissions", &json!({}));
    assert_eq!(report["judgements"], json!([]));
    assert!(report["unclear"].as_array().is_some_and(|all| all.len() == 3), "{report}");
    assert_eq!(stage.ask("DELETE", "/_permissions", &json!({})).0, 200);
    assert_eq!(stage.ask("GET", "/_permissions", &json!({})).1["unclear"], json!([]));
}

#[test]
fn nothing_is_judged_where_permissions_are_not_enforced() {
    let stage = Stage::new();
    assert_eq!(stage.call(), Ok((200, "1".to_owned())));
    assert_eq!(stage.ask("GET", "/_permissions", &json!({})).0, 404);
}
