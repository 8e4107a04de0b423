//! A receiver of alarms on this machine: it accepts every message and keeps it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::Outcome;

#[derive(Debug)]
pub struct Receiver {
    port: u16,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    pub fn open() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        // It ends with the process of the journeys.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(body) = receive(&stream) {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(body);
                }
            }
        });
        Ok(Self { port, bodies })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Every alarm of every message so far.
    pub fn alarms(&self) -> Outcome<Vec<Value>> {
        let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut alarms = Vec::new();
        for body in bodies {
            let message: Value = serde_json::from_str(&body).map_err(|error| format!("{body}: {error}"))?;
            alarms.extend(message["data"]["alarms"].as_array().cloned().unwrap_or_default());
        }
        Ok(alarms)
    }
}

/// The body of a request, which is accepted.
fn receive(mut stream: &TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut bytes = Vec::new();
    let body = loop {
        let mut part = [0; 16_384];
        let read = stream.read(&mut part).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(part.get(..read)?);
        if let Some(body) = whole_body(&bytes) {
            break body;
        }
    };
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").ok()?;
    Some(body)
}

fn whole_body(bytes: &[u8]) -> Option<String> {
    let (head, body) = std::str::from_utf8(bytes).ok()?.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    (body.len() >= length).then(|| body.to_owned())
}
