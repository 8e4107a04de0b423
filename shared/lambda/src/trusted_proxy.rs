//! The proxy in front of the API, where the team has one: CloudFront, with its firewall. `TRUSTED_PROXY` names the header in
//! which it sends the secret `proxy`. Then every request must come through it, and the client's address is the one that it
//! states. Without the setting, no header about a client's address is believed; `X-Forwarded-For` never is.

use std::net::IpAddr;

use lambda_http::http::HeaderName;
use till_app::ports::{ReadSecret, Secret};

use crate::hash::sha256;
use crate::http::{Request, set_source_ip, text};
use crate::problem::Problem;
use crate::settings::{BadSetting, Environment};

pub(crate) const SETTING: &str = "TRUSTED_PROXY";
pub(crate) const SECRET: &str = "proxy";
/// CloudFront writes the client's address and port here, and overwrites what a client has sent.
const VIEWER_ADDRESS: &str = "cloudfront-viewer-address";
/// A shorter secret could be guessed.
const LEAST_SECRET_BYTES: usize = 32;
const MOST_NAME_BYTES: usize = 64;
/// CloudFront does not send headers that begin with these, or writes them itself.
const NOT_OURS: [&str; 4] = ["x-amz-", "x-edge-", "x-forwarded-", "x-real-ip"];

/// Whether requests have to come through a proxy, and the header by which it is known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TrustedProxy(Option<HeaderName>);

impl TrustedProxy {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let Some(name) = environment.get(SETTING) else { return Ok(Self(None)) };
        let name = name.to_ascii_lowercase();
        let rule = "the name of a header that begins with x-, such as x-till-proxy, and that CloudFront lets you set";
        let is_ours = name.len() <= MOST_NAME_BYTES && name.strip_prefix("x-").is_some_and(|rest| !rest.is_empty());
        let is_taken = NOT_OURS.iter().any(|taken| name.starts_with(taken));
        let header = HeaderName::from_bytes(name.as_bytes()).ok().filter(|_| is_ours && !is_taken);
        header.map(|header| Self(Some(header))).ok_or_else(|| BadSetting::new(SETTING, rule))
    }

    /// Refuses a request that did not come through the proxy. Otherwise the request gets the address that the proxy states.
    pub async fn admit(&self, secrets: &impl ReadSecret, request: &mut Request) -> Result<(), Problem> {
        let Some(header) = &self.0 else { return Ok(()) };
        let secret = secrets.read_secret(SECRET).await?;
        let Some(secret) = secret.filter(|secret| is_strong(&secret.current)) else {
            tracing::error!("the secret of the trusted proxy is missing, or shorter than 32 visible characters");
            return Err(Problem::unavailable());
        };
        let sent = only(request, header.as_str());
        if sent.is_none_or(|sent| !is_known(&secret, sent)) {
            return Err(Problem::new(403, "forbidden"));
        }
        // Without it, all clients would be counted under the addresses of the proxy.
        let Some(address) = only(request, VIEWER_ADDRESS).and_then(viewer) else {
            tracing::error!("the trusted proxy does not state the client's address in CloudFront-Viewer-Address");
            return Err(Problem::unavailable());
        };
        set_source_ip(request, address.to_string());
        request.headers_mut().remove(header);
        Ok(())
    }
}

/// The value of a header that stands in the request once.
fn only<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut all = request.headers().get_all(name).iter();
    all.next().filter(|_| all.next().is_none()).and_then(text)
}

/// While the secret is changed, the proxy may still send the previous one. Hashes are compared, so that the time that it takes
/// tells nothing about the secret.
fn is_known(secret: &Secret, sent: &str) -> bool {
    let previous = secret.previous.as_deref().filter(|previous| is_strong(previous));
    let sent = sha256(sent.as_bytes());
    [Some(&*secret.current), previous].into_iter().flatten().any(|known| sha256(known.trim().as_bytes()) == sent)
}

fn is_strong(secret: &str) -> bool {
    let secret = secret.trim();
    secret.len() >= LEAST_SECRET_BYTES && secret.bytes().all(|byte| byte.is_ascii_graphic())
}

/// An address with a port behind it. CloudFront writes an IPv6 address without brackets, so that the port follows the last colon.
fn viewer(text: &str) -> Option<IpAddr> {
    let (address, port) = text.rsplit_once(':')?;
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let bare = address.strip_prefix('[').and_then(|address| address.strip_suffix(']')).unwrap_or(address);
    bare.parse::<IpAddr>().ok().filter(|_| is_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests;
