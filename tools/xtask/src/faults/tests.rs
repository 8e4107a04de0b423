//! The proxy before a server that counts what arrives.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::local::{http, process};

/// A server behind a proxy; it answers every request with how many have come.
struct Stage {
    proxy: u16,
    came: Arc<AtomicU32>,
}

impl Stage {
    fn set() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a port");
        let to = listener.local_addr().expect("it listens").port();
        let came = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&came);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                thread::spawn(move || answer(client, &counted));
            }
        });
        Self { proxy: start(0, to).expect("there is a port"), came }
    }

    fn came(&self) -> u32 {
        self.came.load(Ordering::SeqCst)
    }

    fn call(&self) -> Result<(u16, String), String> {
        let headers = [("x-amz-target", "DynamoDB_20120810.PutItem")];
        http::send(self.proxy, "POST", "/", &headers, b"{}").map(|answer| (answer.status, answer.text()))
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = http::send(self.proxy, method, path, &[], body.to_string().as_bytes()).expect("it answers");
        (answer.status, serde_json::from_slice(&answer.body).expect("it is JSON"))
    }

    fn fault(&self, rule: &Value) -> u64 {
        let (status, told) = self.ask("POST", "/_faults", rule);
        assert_eq!(status, 200, "{told}");
        told["id"].as_u64().expect("it has a number")
    }
}

fn answer(client: TcpStream, counted: &AtomicU32) {
    let mut from = BufReader::new(client.try_clone().expect("it is ours"));
    let mut to = client;
    while let Ok(Some(request)) = message::Message::request(&mut from) {
        if request.header("upgrade").is_some() {
            to.write_all(b"HTTP/1.1 101 Switching\r\nupgrade: echo\r\n\r\n").expect("it listens");
            let mut four = [0; 4];
            from.read_exact(&mut four).expect("it speaks");
            to.write_all(&four).expect("it listens");
            return;
        }
        let body = (counted.fetch_add(1, Ordering::SeqCst) + 1).to_string();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        if to.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

#[test]
fn what_no_rule_names_passes() {
    let stage = Stage::set();
    assert_eq!(stage.call(), Ok((200, "1".to_owned())));
    stage.fault(&json!({"operation": "GetItem", "do": "drop_before"}));
    assert_eq!(stage.call(), Ok((200, "2".to_owned())));
    let (_, told) = stage.ask("GET", "/_faults", &json!({}));
    assert_eq!(told["calls"], json!(["DynamoDB_20120810.PutItem", "DynamoDB_20120810.PutItem"]));
}

#[test]
fn a_call_is_dropped_before_or_after_it_took_effect() {
    let stage = Stage::set();
    stage.fault(&json!({"operation": "PutItem", "do": "drop_before"}));
    assert!(stage.call().is_err());
    assert_eq!(stage.came(), 0);
    stage.fault(&json!({"operation": "PutItem", "do": "drop_after"}));
    assert!(stage.call().is_err());
    assert_eq!(stage.came(), 1);
    assert_eq!(stage.call(), Ok((200, "2".to_owned())), "each only once");
}

#[test]
fn a_call_is_sent_twice_or_answered_in_its_place() {
    let stage = Stage::set();
    stage.fault(&json!({"operation": "PutItem", "do": "repeat"}));
    assert_eq!(stage.call(), Ok((200, "2".to_owned())));
    stage.fault(&json!({"operation": "PutItem", "do": "answer", "status": 503}));
    assert_eq!(stage.call().map(|(status, _)| status), Ok(503));
    assert_eq!(stage.came(), 2);
}

#[test]
fn a_call_is_held_until_it_is_released() {
    let stage = Stage::set();
    let id = stage.fault(&json!({"operation": "PutItem", "do": "hold"}));
    thread::scope(|scope| {
        let call = scope.spawn(|| stage.call());
        let held = || stage.ask("GET", "/_faults", &json!({})).1["rules"][0]["held"] == 1;
        assert!(process::within(Duration::from_secs(10), held));
        assert_eq!(stage.came(), 0);
        assert_eq!(stage.ask("POST", &format!("/_faults/{id}/release"), &json!({})).0, 200);
        assert_eq!(call.join().expect("it ended well"), Ok((200, "1".to_owned())));
    });
}

#[test]
fn tests_are_told_what_they_did_wrong() {
    let stage = Stage::set();
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
fn a_socket_passes_in_both_directions() {
    let stage = Stage::set();
    let mut socket = TcpStream::connect(("127.0.0.1", stage.proxy)).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("it is open");
    socket.write_all(b"GET / HTTP/1.1\r\nupgrade: echo\r\n\r\n").expect("it listens");
    socket.write_all(b"ping").expect("it listens");
    let mut all = String::new();
    socket.read_to_string(&mut all).expect("it speaks, and ends");
    assert_eq!(all, "HTTP/1.1 101 Switching\r\nupgrade: echo\r\n\r\nping");
}

#[test]
fn several_requests_share_a_connection() {
    let stage = Stage::set();
    let mut client = TcpStream::connect(("127.0.0.1", stage.proxy)).expect("it listens");
    client.set_read_timeout(Some(Duration::from_secs(20))).expect("it is open");
    client.write_all(b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n").expect("it listens");
    client.shutdown(Shutdown::Write).expect("it is open");
    let mut all = String::new();
    client.read_to_string(&mut all).expect("it speaks, and ends");
    assert_eq!(all.matches("HTTP/1.1 200 OK").count(), 2);
}

/// A process that Lambda's variable makes a function, calling through the proxy.
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
fn who_calls_is_known_and_killed_before_or_after() {
    let stage = Stage::set();
    for (fault, came) in [("kill_before", 0), ("kill_after", 1)] {
        stage.fault(&json!({"operation": "PutItem", "function": "fulfil-order", "do": fault}));
        let mut called = function("till-dev-fulfil-order", stage.proxy);
        let ended = || called.try_wait().is_ok_and(|ended| ended.is_some());
        assert!(process::within(Duration::from_secs(20), ended), "{fault}");
        assert!(!called.wait().expect("it is ours").success(), "{fault}: it was killed");
        assert_eq!(stage.came(), came, "{fault}");
    }
    // Another function's call is not meant, nor is one of no function at all.
    stage.fault(&json!({"operation": "PutItem", "function": "fulfil-order", "do": "kill_before"}));
    let mut other = function("till-dev-sweep-orders", stage.proxy);
    assert!(process::within(Duration::from_secs(20), || stage.came() == 2));
    assert!(other.try_wait().is_ok_and(|ended| ended.is_none()), "it goes on");
    other.kill().and_then(|()| other.wait()).expect("it is ours");
    assert_eq!(stage.call(), Ok((200, "3".to_owned())));
    // Who is no function of this stack is not killed, and that is told.
    stage.fault(&json!({"operation": "PutItem", "do": "kill_before"}));
    assert!(stage.call().is_err());
    assert_eq!(stage.ask("GET", "/_faults", &json!({})).1["missed"], 1);
}
