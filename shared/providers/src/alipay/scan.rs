//! Finds the exact bytes of an answer that are signed. A parser would lose the spaces and the order that the signature
//! covers. One pass, no recursion. The result is not verified yet.

use crate::error::Distrust;
use crate::http::MOST_BODY_BYTES;

/// Real answers have two or three levels.
const MOST_DEPTH: u32 = 32;
const SHAPE: Distrust = Distrust::Malformed("the answer's shape");

/// An answer's parts as slices of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Envelope<'a> {
    pub subject: &'a [u8],
    /// The signature, a JSON string with its quotation marks.
    pub sign: Option<&'a [u8]>,
    /// The name of the signing certificate, a JSON string with its quotation marks.
    pub cert_sn: Option<&'a [u8]>,
}

/// Splits an answer into its parts. `response` is the answer's key: the method's name with `_`, and `_response`.
pub fn envelope<'a>(body: &'a [u8], response: &str) -> Result<Envelope<'a>, Distrust> {
    if body.len() > MOST_BODY_BYTES {
        return Err(Distrust::TooLarge);
    }
    let mut scan = Scan { body, at: 0 };
    let (mut subject, mut sign, mut cert_sn) = (None, None, None);
    scan.expect(b'{')?;
    loop {
        let key = scan.key()?;
        scan.expect(b':')?;
        let value = scan.value()?;
        match key {
            // An error has its own key instead of the answer's.
            _ if key == response.as_bytes() || key == b"error_response" => once(&mut subject, value, "the response")?,
            b"sign" => once(&mut sign, value, "sign")?,
            b"alipay_cert_sn" => once(&mut cert_sn, value, "alipay_cert_sn")?,
            _ => {}
        }
        match scan.next()? {
            b',' => {}
            b'}' => break,
            _ => return Err(SHAPE),
        }
    }
    scan.end()?;
    Ok(Envelope { subject: subject.ok_or(Distrust::Missing("the response"))?, sign, cert_sn })
}

fn once<'a>(slot: &mut Option<&'a [u8]>, value: &'a [u8], what: &'static str) -> Result<(), Distrust> {
    if slot.replace(value).is_some() { Err(Distrust::Twice(what)) } else { Ok(()) }
}

struct Scan<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&mut self) -> Option<u8> {
        while self.body.get(self.at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.step();
        }
        self.body.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, Distrust> {
        let byte = self.peek().ok_or(SHAPE)?;
        self.step();
        Ok(byte)
    }

    fn expect(&mut self, wanted: u8) -> Result<(), Distrust> {
        if self.next()? == wanted { Ok(()) } else { Err(SHAPE) }
    }

    fn end(&mut self) -> Result<(), Distrust> {
        if self.peek().is_none() { Ok(()) } else { Err(SHAPE) }
    }

    fn since(&self, start: usize) -> Result<&'a [u8], Distrust> {
        self.body.get(start..self.at).ok_or(SHAPE)
    }

    const fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// A key without its quotation marks. One with escapes is refused, because it could be a known key in another spelling.
    fn key(&mut self) -> Result<&'a [u8], Distrust> {
        self.expect(b'"')?;
        let start = self.at;
        self.string()?;
        let key = self.body.get(start..self.at.saturating_sub(1)).ok_or(SHAPE)?;
        if key.contains(&b'\\') { Err(SHAPE) } else { Ok(key) }
    }

    /// The rest of a string whose first quotation mark was read.
    fn string(&mut self) -> Result<(), Distrust> {
        loop {
            let byte = self.body.get(self.at).ok_or(SHAPE)?;
            self.step();
            match byte {
                b'"' => return Ok(()),
                b'\\' => self.step(),
                _ => {}
            }
        }
    }

    /// A value, byte for byte. The JSON parser checks its inside after the signature was verified.
    fn value(&mut self) -> Result<&'a [u8], Distrust> {
        let first = self.peek().ok_or(SHAPE)?;
        let start = self.at;
        match first {
            b'{' | b'[' => self.nested()?,
            b'"' => {
                self.step();
                self.string()?;
            }
            _ => self.bare(),
        }
        let value = self.since(start)?;
        if value.is_empty() { Err(SHAPE) } else { Ok(value) }
    }

    fn nested(&mut self) -> Result<(), Distrust> {
        let mut depth = 0_u32;
        loop {
            let byte = self.body.get(self.at).ok_or(SHAPE)?;
            self.step();
            match byte {
                b'"' => self.string()?,
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
            if depth > MOST_DEPTH {
                return Err(SHAPE);
            }
        }
    }

    fn bare(&mut self) {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        while self.body.get(self.at).is_some_and(is_part) {
            self.step();
        }
    }
}
