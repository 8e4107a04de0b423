//! The server: it answers by method and path, or by the action of AWS, and keeps what it heard.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Clone, Debug)]
pub struct Heard {
    /// `POST /path?query`, or the action of AWS.
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

type Answers = Vec<(String, u16, String)>;

pub struct Server {
    pub url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Server {
    /// Each row answers what begins with its first part. Of several of one part, each is used once, and the last again.
    pub fn start(answers: &[(&str, u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut answers: Answers =
            answers.iter().map(|(line, status, text)| ((*line).to_owned(), *status, (*text).to_owned())).collect();
        let keeps = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                let (status, text) = answer(&mut answers, &request.line);
                keeps.lock().unwrap().push(request);
                let top =
                    format!("HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\nconnection: close");
                write!(stream, "{top}\r\ncontent-length: {}\r\n\r\n{text}", text.len()).unwrap();
            }
        });
        Self { url, heard }
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Those that change something.
    pub fn changes(&self) -> Vec<Heard> {
        self.heard()
            .into_iter()
            .filter(|heard| heard.line.starts_with("POST ") || heard.line.starts_with("PATCH "))
            .collect()
    }
}

fn answer(answers: &mut Answers, line: &str) -> (u16, String) {
    let fits = |(known, _, _): &(String, u16, String)| line.starts_with(known.as_str());
    let Some(place) = answers.iter().position(fits) else { return (404, format!("nothing is known of {line}")) };
    let (_, status, text) = answers[place].clone();
    if answers.iter().filter(|row| fits(row)).count() > 1 {
        answers.remove(place);
    }
    (status, text)
}

fn read(stream: &TcpStream) -> Heard {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let first = lines.first().cloned().unwrap_or_default();
    let pairs = lines.iter().skip(1).filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<String, String> =
        pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let line = headers.get("x-amz-target").cloned().unwrap_or_else(|| first.trim_end_matches(" HTTP/1.1").to_owned());
    Heard { line, headers, body: String::from_utf8(body).unwrap() }
}
