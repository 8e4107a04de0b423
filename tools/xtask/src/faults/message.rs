//! HTTP/1.1 messages as bytes: where one begins and ends, and the few words in it that decide where it goes. Nothing is taken
//! apart and put together again.

use std::io::{self, BufRead, Read as _};

/// More than any head here has.
const MOST_HEAD_BYTES: usize = 64 * 1024;
/// More than any body here has.
const MOST_BODY_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Message {
    /// Up to and with the empty line.
    pub(super) head: Vec<u8>,
    /// As it came, with the marks between its chunks.
    pub(super) body: Vec<u8>,
}

impl Message {
    /// Reads a request; none, when the connection ends before one begins.
    pub(super) fn request(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(head) = head(from)? else { return Ok(None) };
        let message = Self { head, body: Vec::new() };
        let body = message.framed(from)?.unwrap_or_default();
        Ok(Some(Self { body, ..message }))
    }

    /// Reads the head of an answer.
    pub(super) fn answer_head(from: &mut impl BufRead) -> io::Result<Self> {
        let head = head(from)?.ok_or_else(|| broken("no answer came"))?;
        Ok(Self { head, body: Vec::new() })
    }

    /// Reads the rest of an answer to a request.
    pub(super) fn answer_body(self, request: &Self, from: &mut impl BufRead) -> io::Result<Self> {
        let has_none = request.method() == "HEAD" || matches!(self.status(), Some(100..=199 | 204 | 304));
        let body = if has_none { Vec::new() } else { self.framed(from)?.map_or_else(|| rest(from), Ok)? };
        Ok(Self { body, ..self })
    }

    /// A request's method.
    pub(super) fn method(&self) -> &str {
        self.word(0)
    }

    /// A request's path, with its query.
    pub(super) fn path(&self) -> &str {
        self.word(1)
    }

    /// An answer's status.
    pub(super) fn status(&self) -> Option<u16> {
        self.word(1).parse().ok()
    }

    /// A header's first value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.text().split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Whether the connection ends with this message.
    pub(super) fn ends_connection(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// Its body, where it says how long that is.
    fn framed(&self, from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
        if self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            return chunks(from).map(Some);
        }
        let Some(length) = self.header("content-length") else { return Ok(None) };
        let length = length.parse().map_err(|_| broken("a length is a number"))?;
        exactly(from, length).map(Some)
    }

    fn word(&self, nth: usize) -> &str {
        self.text().split("\r\n").next().unwrap_or_default().split(' ').nth(nth).unwrap_or_default()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.head).unwrap_or_default()
    }
}

fn head(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let left = MOST_HEAD_BYTES.saturating_sub(head.len());
        let mut limited = from.by_ref().take(u64::try_from(left).unwrap_or_default());
        if limited.read_until(b'\n', &mut head)? == 0 {
            return if head.is_empty() { Ok(None) } else { Err(broken("a head has no end")) };
        }
    }
    Ok(Some(head))
}

fn chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let mut line = Vec::new();
        from.by_ref().take(1024).read_until(b'\n', &mut line)?;
        let text = std::str::from_utf8(&line).unwrap_or_default();
        let size = text.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| broken("a chunk says how long it is"))?;
        all.extend_from_slice(&line);
        // With the end of its line; after the last chunk there may be headers, and an empty line.
        all.extend(if size == 0 { trailers(from)? } else { exactly(from, size.saturating_add(2))? });
        if u64::try_from(all.len()).unwrap_or(u64::MAX) > MOST_BODY_BYTES {
            return Err(broken("a body is too long"));
        }
        if size == 0 {
            return Ok(all);
        }
    }
}

fn trailers(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    while all != b"\r\n" && !all.ends_with(b"\r\n\r\n") {
        if from.by_ref().take(MOST_BODY_BYTES).read_until(b'\n', &mut all)? == 0 {
            return Err(broken("a body has no end"));
        }
    }
    Ok(all)
}

fn exactly(from: &mut impl BufRead, length: u64) -> io::Result<Vec<u8>> {
    if length > MOST_BODY_BYTES {
        return Err(broken("a body is too long"));
    }
    let mut body = Vec::new();
    from.by_ref().take(length).read_to_end(&mut body)?;
    if u64::try_from(body.len()) == Ok(length) { Ok(body) } else { Err(broken("a body has no end")) }
}

fn rest(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    from.by_ref().take(MOST_BODY_BYTES).read_to_end(&mut body)?;
    Ok(body)
}

fn broken(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_follow_each_other_on_a_connection() {
        let first = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
        let second = "PUT /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        let third = "GET / HTTP/1.1\r\nConnection: Close\r\n\r\n";
        let bytes = format!("{first}{second}{third}");
        let mut from = bytes.as_bytes();
        let mut next = || Message::request(&mut from).expect("it is well");
        let one = next().expect("there is one");
        assert_eq!(
            (one.method(), one.path(), one.header("HOST"), one.body.as_slice()),
            ("POST", "/a?b=c", Some("x"), b"abc".as_slice())
        );
        assert_eq!(next().expect("there is one").body, b"3\r\nabc\r\n0\r\n\r\n");
        let last = next().expect("there is one");
        assert!(last.ends_connection() && last.body.is_empty() && !one.ends_connection());
        assert_eq!(next(), None);
    }

    #[test]
    fn an_answer_ends_where_it_says_or_with_its_connection() {
        let read = |method: &str, text: &str| {
            let request = Message { head: format!("{method} / HTTP/1.1\r\n\r\n").into_bytes(), body: Vec::new() };
            let mut from = text.as_bytes();
            let answer = Message::answer_head(&mut from).and_then(|answer| answer.answer_body(&request, &mut from));
            answer.map(|answer| (answer.status(), String::from_utf8_lossy(&answer.body).into_owned(), from.len()))
        };
        let body = |status, body: &str, left| (Some(status), body.to_owned(), left);
        assert_eq!(read("GET", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxyz").expect("well"), body(200, "x", 2));
        assert_eq!(read("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n").expect("well"), body(200, "", 0));
        assert_eq!(read("GET", "HTTP/1.1 204 No Content\r\n\r\nHTTP").expect("well"), body(204, "", 4));
        assert_eq!(read("GET", "HTTP/1.1 200 OK\r\n\r\nxyz").expect("well"), body(200, "xyz", 0));
        assert!(read("GET", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nxyz").is_err());
        assert!(read("GET", "").is_err());
        assert!(read("GET", "HTTP/1.1 200 OK\r\ncont").is_err());
    }

    #[test]
    fn nothing_is_read_without_end() {
        let long = format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(MOST_HEAD_BYTES));
        assert!(Message::request(&mut long.as_bytes()).is_err());
        let huge = "POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n";
        assert!(Message::request(&mut huge.as_bytes()).is_err());
    }
}
