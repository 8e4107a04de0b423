//! A merchant's HTTP server for callbacks: it keeps each callback as it came, and accepts or refuses it as the test says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Callback {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub struct CallbackReceiver {
    /// `http://127.0.0.1:…`
    pub base: String,
    callbacks: Receiver<Callback>,
    refusals: Arc<Mutex<usize>>,
}

impl CallbackReceiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, callbacks) = channel();
        let refusals = Arc::new(Mutex::new(0));
        let refuse = Arc::clone(&refusals);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Broken connections, and callbacks after the test's end, are ignored.
                let _ = answer(&stream, &sender, &refuse);
            }
        });
        Self { base, callbacks, refusals }
    }

    /// Refuses this many callbacks with an error 500.
    pub fn refuse(&self, next: usize) {
        *self.refusals.lock().expect("no thread has panicked") = next;
    }

    /// The next callback to a path. Callbacks to other paths are dropped.
    pub fn next(&self, path: &str) -> Callback {
        loop {
            let callback = self.callbacks.recv_timeout(Duration::from_secs(10)).expect("a callback within ten seconds");
            if callback.path == path {
                return callback;
            }
        }
    }

    /// Fails if a callback comes within this time.
    pub fn expect_none_for(&self, time: Duration) {
        if let Ok(callback) = self.callbacks.recv_timeout(time) {
            panic!("a callback to {} came", callback.path);
        }
    }
}

fn answer(stream: &TcpStream, sender: &Sender<Callback>, refusals: &Mutex<usize>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let refused = {
        let mut left = refusals.lock().ok()?;
        let refused = *left > 0;
        *left = left.saturating_sub(1);
        refused
    };
    // Alipay reads the body, the others only the status.
    let (status, text) = if refused { ("500 Internal Server Error", "fail") } else { ("200 OK", "success") };
    let length = text.len();
    let mut writer = stream;
    write!(writer, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}").ok()?;
    sender.send(Callback { path, headers, body }).ok()
}
