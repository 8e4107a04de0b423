//! A merchant's address for notifications: takes every callback down, raw, and answers as it was told to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Caught {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub struct Catcher {
    /// Its address: `http://127.0.0.1:…`.
    pub base: String,
    caught: Receiver<Caught>,
    refusals: Arc<Mutex<usize>>,
}

impl Catcher {
    /// Listens.
    ///
    /// # Panics
    /// When this machine has no free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, caught) = channel();
        let refusals = Arc::new(Mutex::new(0));
        let refuse = Arc::clone(&refusals);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Broken connections, and callbacks after the test's end, are ignored.
                let _ = answer(&stream, &sender, &refuse);
            }
        });
        Self { base, caught, refusals }
    }

    /// The next so many callbacks are refused with an error 500.
    ///
    /// # Panics
    /// When a thread of this catcher has panicked.
    pub fn refuse(&self, next: usize) {
        *self.refusals.lock().expect("nobody panics") = next;
    }

    /// The next callback to a path; others that come before it are dropped.
    ///
    /// # Panics
    /// When none comes in ten seconds.
    pub fn next(&self, path: &str) -> Caught {
        loop {
            let caught = self.caught.recv_timeout(Duration::from_secs(10)).expect("a callback within ten seconds");
            if caught.path == path {
                return caught;
            }
        }
    }

    /// That no callback comes for a while.
    ///
    /// # Panics
    /// When one does.
    pub fn nothing_for(&self, time: Duration) {
        if let Ok(caught) = self.caught.recv_timeout(time) {
            panic!("a callback to {} came", caught.path);
        }
    }
}

fn answer(stream: &TcpStream, caught: &Sender<Caught>, refusals: &Mutex<usize>) -> Option<()> {
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
    // What Alipay wants to read; the others look at the status alone.
    let (status, said) = if refused { ("500 Internal Server Error", "fail") } else { ("200 OK", "success") };
    let length = said.len();
    let mut writer = stream;
    write!(writer, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{said}").ok()?;
    caught.send(Caught { path, headers, body }).ok()
}
