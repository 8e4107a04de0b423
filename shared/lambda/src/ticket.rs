//! Tickets for sockets. A browser cannot send a bearer token when it opens a socket, and a token must not stand in a URL. A
//! ticket is valid for a minute and permits only to listen.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use till_app::ports::{Clock, Draw, Listens, ReadSecret, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};

use crate::hash::sha256_hex;
use crate::http::{Response, json};
use crate::signing::{TICKETS, derived, signing_key, verify};

pub const TICKET_LIVES: Seconds = Seconds(60);
/// Derives the key for tickets, so that nothing else signed from the same secret is a valid ticket.
const LABEL: &str = "ticket";
const MOST_TICKET_BYTES: usize = 1024;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ticket {
    pub user: UserId,
    pub listens: Listens,
}

impl Ticket {
    /// For all orders of this user.
    pub fn of_user(user: &UserId) -> Self {
        Self { user: user.clone(), listens: Listens::User }
    }
}

#[derive(Serialize)]
struct Answer {
    url: String,
    expires_in: u32,
}

#[derive(Serialize, Deserialize)]
struct Body {
    u: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    o: Option<String>,
    exp: i64,
    /// Makes each ticket another one, because each opens one socket.
    #[serde(default)]
    n: u64,
}

/// Signs a ticket that is valid from now.
pub async fn issue<P: ReadSecret + Clock + Draw>(ports: &P, ticket: &Ticket) -> Result<String, Unavailable> {
    let key = derived(&signing_key(ports, TICKETS).await?, LABEL);
    let order = match &ticket.listens {
        Listens::User => None,
        Listens::Order(no) => Some(no.to_string()),
    };
    let body =
        Body { u: ticket.user.to_string(), o: order, exp: ports.now().plus(TICKET_LIVES).unix(), n: ports.entropy() };
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&body).map_err(|_| Unavailable)?);
    let mac = URL_SAFE_NO_PAD.encode(hmac::sign(&key, body.as_bytes()));
    Ok(format!("{body}.{mac}"))
}

/// The address at which a page opens a socket, with a new ticket.
pub async fn socket_url<P: ReadSecret + Clock + Draw>(
    ports: &P,
    socket_base: &str,
    ticket: &Ticket,
) -> Result<String, Unavailable> {
    let ticket = issue(ports, ticket).await?;
    Ok(format!("{socket_base}?ticket={ticket}"))
}

/// The same as the answer to a page that asked for it.
pub async fn answer<P: ReadSecret + Clock + Draw>(
    ports: &P,
    socket_base: &str,
    ticket: &Ticket,
) -> Result<Response, Unavailable> {
    let url = socket_url(ports, socket_base, ticket).await?;
    Ok(json(200, &Answer { url, expires_in: TICKET_LIVES.0 }))
}

/// Reads a ticket. Returns `None` if it is forged or has expired.
pub async fn read<P: ReadSecret + Clock>(ports: &P, text: &str) -> Result<Option<Ticket>, Unavailable> {
    let Some(unverified) = Unverified::parse(text, ports.now()) else { return Ok(None) };
    let is_genuine = verify(ports, TICKETS, |key| unverified.is_signed(&derived(key, LABEL)).then_some(())).await?;
    Ok(is_genuine.map(|()| unverified.ticket))
}

/// A ticket that is well formed and has not expired. Only such a ticket is worth reading a key for.
struct Unverified<'a> {
    body: &'a str,
    mac: Vec<u8>,
    ticket: Ticket,
}

impl<'a> Unverified<'a> {
    fn parse(text: &'a str, now: Time) -> Option<Self> {
        if text.len() > MOST_TICKET_BYTES {
            return None;
        }
        let (body, mac) = text.split_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let Body { u, o, exp, n: _ } = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        if exp <= now.unix() {
            return None;
        }
        let listens = match o {
            None => Listens::User,
            Some(no) => Listens::Order(OrderNo::parse(&no).ok()?),
        };
        Some(Self { body, mac, ticket: Ticket { user: UserId::parse(&u).ok()?, listens } })
    }

    fn is_signed(&self, key: &hmac::Key) -> bool {
        verify_slices_are_equal(hmac::sign(key, self.body.as_bytes()).as_ref(), &self.mac).is_ok()
    }
}

/// The name under which a used ticket is remembered. It is made from what is signed, which cannot be written in two ways.
pub fn name(text: &str) -> String {
    sha256_hex(text.split_once('.').map_or(text, |(body, _)| body).as_bytes())
}
