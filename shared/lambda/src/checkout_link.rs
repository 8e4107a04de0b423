//! The link to the page of one order, where its buyer pays and sees what became of it. Whoever has the link has this page, its
//! status, its socket and its next attempt, and nothing else: no bearer token is a link, and no link a bearer token.
//!
//! `<public>/pay/<order_no>?t=<end>.<signature>`, and `&r=<address>` where the page leads back to. The signature covers all three.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use till_app::ports::{Clock, LoadOrder, ReadSecret, Unavailable};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::refusal::Refusal;
use till_domain::time::{Seconds, Time};

use crate::http::{ReadRequest as _, Request};
use crate::origins::MOST_URL_BYTES;
use crate::problem::Problem;
use crate::routes::Call;
use crate::signing::{TICKETS, derived, signing_key, verify};

/// After the end of its order, a link shows for so long what became of it.
pub const OUTLIVES_ORDER: Seconds = Seconds::hours(1);
const LABEL: &str = "checkout";
/// A number of ten digits, a point, and 43 characters.
const MOST_PROOF_BYTES: usize = 80;

#[derive(Clone, PartialEq, Eq)]
pub struct CheckoutLink {
    pub order_no: OrderNo,
    pub until: Time,
    /// Where the page leads back to. It was permitted when the link was made.
    pub return_url: Option<String>,
    /// The query with the proof, as it stands in the link.
    pub query: String,
}

/// The link to an order's page. For the same order and `return_url` it is always the same.
pub async fn checkout_url(
    ports: &impl ReadSecret,
    public_base: &str,
    order: &Order,
    return_url: Option<&str>,
) -> Result<String, Unavailable> {
    Ok(address(public_base, order.no, &link_query(ports, order, return_url).await?))
}

/// The query of the links to an order's page, with the proof.
pub async fn link_query(
    ports: &impl ReadSecret,
    order: &Order,
    return_url: Option<&str>,
) -> Result<String, Unavailable> {
    let key = derived(&signing_key(ports, TICKETS).await?, LABEL);
    let until = order.expire_at.plus(OUTLIVES_ORDER);
    let mac = hmac::sign(&key, signed(order.no, until, return_url).as_bytes());
    let proof = format!("{}.{}", until.unix(), URL_SAFE_NO_PAD.encode(mac));
    Ok(query(&proof, return_url))
}

pub fn address(public_base: &str, no: OrderNo, query: &str) -> String {
    format!("{public_base}/pay/{no}?{query}")
}

/// Where the order's page leads on to the provider's.
pub fn onward_address(public_base: &str, no: OrderNo, query: &str) -> String {
    format!("{public_base}/pay/{no}/go?{query}")
}

/// The order of the link that a request was made with. A link that is forged, or older than its time, is answered as one to an
/// order that does not exist.
pub async fn linked_order<A>(
    ports: &(impl LoadOrder + ReadSecret + Clock),
    call: &Call<'_, A>,
) -> Result<(Order, CheckoutLink), Problem> {
    let link = read(ports, call.segment("order_no").unwrap_or_default(), call.request).await?;
    let link = link.ok_or(Refusal::OrderNotFound)?;
    let order = ports.load_order(link.order_no).await?.ok_or(Refusal::OrderNotFound)?;
    Ok((order, link))
}

async fn read(
    ports: &(impl ReadSecret + Clock),
    order_no: &str,
    request: &Request,
) -> Result<Option<CheckoutLink>, Unavailable> {
    let (proof, return_url) = (request.parameter("t").unwrap_or_default(), request.parameter("r"));
    let Some(unverified) = parse(order_no, &proof, return_url, ports.now()) else { return Ok(None) };
    let (link, mac) = &unverified;
    let text = signed(link.order_no, link.until, link.return_url.as_deref());
    let is_genuine = verify(ports, TICKETS, |key| {
        let ours = hmac::sign(&derived(key, LABEL), text.as_bytes());
        verify_slices_are_equal(ours.as_ref(), mac).is_ok().then_some(())
    });
    Ok(is_genuine.await?.map(|()| unverified.0))
}

/// A link that is well formed and has not ended. Only such a link is worth reading a key for.
fn parse(order_no: &str, proof: &str, return_url: Option<String>, now: Time) -> Option<(CheckoutLink, Vec<u8>)> {
    let is_long = return_url.as_ref().is_some_and(|url| url.len() > MOST_URL_BYTES);
    if proof.len() > MOST_PROOF_BYTES || is_long {
        return None;
    }
    let order_no = OrderNo::parse(order_no).ok()?;
    let (end, mac) = proof.split_once('.')?;
    let until = Time::from_unix(end.parse().ok()?).ok().filter(|until| *until > now)?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    let query = query(proof, return_url.as_deref());
    Some((CheckoutLink { order_no, until, return_url, query }, mac))
}

/// No part can hold a line break, so that two links never have the same text.
fn signed(no: OrderNo, until: Time, return_url: Option<&str>) -> String {
    format!("{no}\n{}\n{}", until.unix(), return_url.unwrap_or_default())
}

fn query(proof: &str, return_url: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("t", proof);
    if let Some(url) = return_url {
        query.append_pair("r", url);
    }
    query.finish()
}
