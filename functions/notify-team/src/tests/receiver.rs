//! A receiver of messages on this machine, over real HTTP.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What it answers: a status and a body. Without one it breaks the connection.
type Answer = Option<(u16, String)>;

#[derive(Default)]
struct State {
    answer: Answer,
    received: Vec<Received>,
    /// It answers after this other one has received something.
    after: Option<Arc<Mutex<Self>>>,
}

pub struct Receiver {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    /// Accepts every message, in the words of each bot.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let receiver = Self { port, state: Arc::clone(&state) };
        receiver.accept();
        // It ends with the process of the tests.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = serve(&stream, &state);
            }
        });
        receiver
    }

    pub fn accept(&self) {
        self.answer(200, r#"{"code":0,"errcode":0}"#);
    }

    pub fn answer(&self, status: u16, body: &str) {
        self.state.lock().unwrap().answer = Some((status, body.to_owned()));
    }

    /// From now on it answers no message before another receiver has one.
    pub fn answer_after(&self, other: &Self) {
        self.state.lock().unwrap().after = Some(Arc::clone(&other.state));
    }

    pub fn go_down(&self) {
        self.state.lock().unwrap().answer = None;
    }

    /// As if a message had come.
    pub fn touch(&self) {
        let nothing = Received { path: String::new(), headers: BTreeMap::new(), body: String::new() };
        self.state.lock().unwrap().received.push(nothing);
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it received since the last time, accepted or not.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.lock().unwrap().received)
    }
}

fn serve(mut stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut bytes = Vec::new();
    let received = loop {
        let mut part = [0; 4_096];
        let read = stream.read(&mut part)?;
        bytes.extend_from_slice(&part[..read]);
        if let Some(received) = parse(&bytes) {
            break received;
        }
        if read == 0 {
            return Ok(());
        }
    };
    let after = state.lock().unwrap().after.clone();
    // A message is given up after five seconds.
    for _ in 0..600 {
        if after.as_ref().is_none_or(|other| !other.lock().unwrap().received.is_empty()) {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let mut state = state.lock().unwrap();
    let Some((status, body)) = state.answer.clone() else { return Ok(()) };
    state.received.push(received);
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n");
    write!(stream, "{head}location: http://127.0.0.1:1/elsewhere\r\n\r\n{body}")
}

/// A whole request, once it is there.
fn parse(bytes: &[u8]) -> Option<Received> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<String, String> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    (body.len() >= length).then(|| Received { path, headers, body: body.to_owned() })
}
