//! Interim.
use crate::books::{Happened, Trade};
use crate::config::Config;
use crate::desk::Sandbox;
use crate::http::{Outgoing, Request, Response};
use crate::notice::{News, Notice, Signing};
use crate::ports::Ports;

pub async fn answer<P: Ports>(_sandbox: &Sandbox<P>, _request: &Request) -> Response {
    Response::new(404, "text/plain", "")
}

pub fn news(_config: &Config, _trade: &Trade, _happened: Happened, _now: i64) -> Vec<News> {
    Vec::new()
}

pub fn sign(_config: &Config, _trade: &Trade, _notice: &Notice, _signing: Signing, _now: i64) -> Option<Outgoing> {
    None
}

pub fn return_to(_config: &Config, _trade: &Trade, _now: i64) -> Option<String> {
    None
}
