//! Questions and answers as lines of JSON. The suite at the other end answers the product's requests.

use std::cell::RefCell;
use std::io::{self, StdinLock, Stdout, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use till_domain::time::Time;
use till_providers::outside::nonce;
use till_providers::{Headers, NoAnswer, Outside, Request, Response};

use crate::Failure;

/// Both directions of the pipe.
pub struct Lines {
    from: RefCell<io::Lines<StdinLock<'static>>>,
    to: RefCell<Stdout>,
}

impl Lines {
    pub const fn new(from: io::Lines<StdinLock<'static>>, to: Stdout) -> Self {
        Self { from: RefCell::new(from), to: RefCell::new(to) }
    }

    /// The next line; `None` at the end.
    pub fn read(&self) -> Result<Option<Value>, Failure> {
        let line = self.from.borrow_mut().next().transpose()?;
        Ok(line.map(|line| serde_json::from_str(&line)).transpose()?)
    }

    pub fn write(&self, value: &Value) -> Result<(), Failure> {
        let mut to = self.to.borrow_mut();
        writeln!(to, "{value}")?;
        Ok(to.flush()?)
    }

    fn exchange(&self, request: &Request) -> Result<Option<Response>, Failure> {
        let headers: serde_json::Map<String, Value> =
            request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
        self.write(&json!({ "send": {
            "method": request.verb.as_str(),
            "url": format!("{}{}", request.base, request.target),
            "headers": headers,
            "body_base64": STANDARD.encode(&request.body),
        }}))?;
        let given = self.read()?.ok_or("the suite has closed the pipe")?;
        let answer = &given["answer"];
        if answer.is_null() {
            return Ok(None);
        }
        let headers = answer["headers"].as_object().ok_or("headers are an object")?;
        Ok(Some(Response {
            status: answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).ok_or("a status")?,
            headers: Headers::new(headers.iter().map(|(name, value)| (name, value.as_str().unwrap_or_default()))),
            body: STANDARD.decode(answer["body_base64"].as_str().unwrap_or_default())?,
        }))
    }
}

impl Outside for Lines {
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).ok().and_then(|now| Time::from_unix(now).ok()).unwrap_or(Time::FIRST)
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        nonce()
    }

    async fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        match self.exchange(request) {
            Ok(Some(response)) => Ok(response),
            Ok(None) => Err(NoAnswer::Broken),
            Err(error) => {
                eprintln!("till-peers: {error}");
                Err(NoAnswer::Broken)
            }
        }
    }
}
