//! A receiver of alarms on this machine: it keeps the messages that it accepts, and can be down.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::Outcome;

#[derive(Debug)]
pub struct Receiver {
    port: u16,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    bodies: Mutex<Vec<String>>,
    /// It answers 500.
    is_down: AtomicBool,
    refused: AtomicUsize,
}

impl Receiver {
    pub fn open() -> Outcome<Self> {
        Self::listen(TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?)
    }

    /// At a port of this machine that was free before.
    pub fn open_at(port: u16) -> Outcome<Self> {
        Self::listen(TcpListener::bind(("127.0.0.1", port)).map_err(|error| format!("port {port}: {error}"))?)
    }

    /// A port at which connections are refused.
    pub fn free_port() -> Outcome<u16> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
    }

    fn listen(listener: TcpListener) -> Outcome<Self> {
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        // It ends with the process of the journeys.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = shared.receive(&stream);
            }
        });
        Ok(Self { port, state })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// From now on it answers 500, or no longer.
    pub fn set_down(&self, is_down: bool) {
        self.state.is_down.store(is_down, Ordering::SeqCst);
    }

    /// How many messages it answered with 500.
    pub fn refused(&self) -> usize {
        self.state.refused.load(Ordering::SeqCst)
    }

    /// Every alarm of every message that it accepted.
    pub fn alarms(&self) -> Outcome<Vec<Value>> {
        let bodies = self.state.bodies.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut alarms = Vec::new();
        for body in bodies {
            let message: Value = serde_json::from_str(&body).map_err(|error| format!("{body}: {error}"))?;
            alarms.extend(message["data"]["alarms"].as_array().cloned().unwrap_or_default());
        }
        Ok(alarms)
    }

    /// What it was told of one alarm, in the order of the messages: `raised`, `standing`, `over`.
    pub fn states(&self, subject: &str) -> Outcome<Vec<String>> {
        let alarms = self.alarms()?.into_iter().filter(|alarm| alarm["subject"] == subject);
        Ok(alarms.filter_map(|alarm| alarm["state"].as_str().map(str::to_owned)).collect())
    }
}

impl State {
    fn receive(&self, mut stream: &TcpStream) -> Option<()> {
        let body = read(stream)?;
        let is_down = self.is_down.load(Ordering::SeqCst);
        // It is kept before it is accepted, so that whoever sees the answer finds it.
        if is_down {
            self.refused.fetch_add(1, Ordering::SeqCst);
        } else {
            self.bodies.lock().unwrap_or_else(PoisonError::into_inner).push(body);
        }
        let status = if is_down { "500 Internal Server Error" } else { "204 No Content" };
        let length = if is_down { "content-length: 0\r\n" } else { "" };
        stream.write_all(format!("HTTP/1.1 {status}\r\n{length}connection: close\r\n\r\n").as_bytes()).ok()
    }
}

/// The body of a request.
fn read(mut stream: &TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 16_384];
        let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(part.get(..read)?);
        if let Some(body) = whole_body(&bytes) {
            return Some(body);
        }
    }
}

fn whole_body(bytes: &[u8]) -> Option<String> {
    let (head, body) = std::str::from_utf8(bytes).ok()?.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    (body.len() >= length).then(|| body.to_owned())
}
