//! A small HTTP client, with a connection for each request: plain HTTP to this machine, TLS to a stack on AWS.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::time::timeout;

use crate::Outcome;
use crate::connection::{Address, Failure};

const TIMEOUT: Duration = Duration::from_secs(40);

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Outcome<Value> {
        serde_json::from_str(&self.body).map_err(|error| format!("{error} in {}: {}", self.status, self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn expect(self, status: u16) -> Outcome<Self> {
        if self.status == status {
            Ok(self)
        } else {
            Err(format!("{} instead of {status}: {}", self.status, self.body))
        }
    }
}

pub async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Outcome<Answer> {
    let within = timeout(TIMEOUT, exchange(method, url, headers, body));
    let answered = within.await.map_err(|_| format!("{method} {url}: no answer in {} s", TIMEOUT.as_secs()))?;
    answered.map_err(|error| format!("{method} {url}: {error}"))
}

async fn exchange(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, Failure> {
    let address = Address::parse(url)?;
    let mut request = Request::builder().method(method).uri(address.path).header("host", address.authority);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::copy_from_slice(body)))?;
    let stream = address.connect().await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let talk = tokio::spawn(connection);
    let answer = sender.send_request(request).await?;
    let status = answer.status().as_u16();
    let named = answer.headers().iter();
    let headers = named.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let headers = headers.collect();
    let body = answer.into_body().collect().await?.to_bytes();
    drop(sender);
    talk.abort();
    Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
