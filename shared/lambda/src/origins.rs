//! The pages to which a provider may send buyers back: those of the team. An address that a browser could understand in
//! another way than we do is refused.

use till_app::ports::ORDER_NO_PLACE;

use crate::settings::{BadSetting, Environment};

/// Alipay's limit for `return_url`, the lowest of the three providers.
pub const MOST_URL_BYTES: usize = 256;
const ORDER_NO_BYTES: usize = 25;
const RULE: &str = "must be an address of a page that RETURN_ORIGINS names";

/// The origins in `RETURN_ORIGINS`. An empty list permits no address.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origins(Vec<Origin>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Origin {
    is_https: bool,
    host: String,
    port: u16,
}

impl Origins {
    /// Reads `RETURN_ORIGINS`. `http` is accepted for this machine only, and not in production.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let plain_too = !environment.is_production();
        let words = environment.list("RETURN_ORIGINS");
        let origins: Option<Vec<Origin>> = words
            .iter()
            .map(|word| {
                let (origin, rest) = split(word)?;
                let is_bare = rest.is_empty() || rest == "/";
                Some(origin).filter(|origin| is_bare && (origin.is_https || (plain_too && origin.is_here())))
            })
            .collect();
        origins.map(Self).ok_or_else(|| {
            BadSetting::new("RETURN_ORIGINS", "origins such as https://shop.example, with commas between them")
        })
    }

    /// The address with its scheme and host in lower case, as every provider reads it; or the rule that it breaks, if buyers
    /// must not be sent to it.
    pub fn permitted(&self, url: &str) -> Result<String, &'static str> {
        // The order's number is longer than what stands for it.
        let filled = url.len() + url.matches(ORDER_NO_PLACE).count() * (ORDER_NO_BYTES - ORDER_NO_PLACE.len());
        if filled > MOST_URL_BYTES {
            return Err("must be at most 256 bytes long");
        }
        let (origin, rest) = split(url).ok_or(RULE)?;
        if !self.0.contains(&origin) {
            return Err(RULE);
        }
        let start = url.strip_suffix(rest).unwrap_or(url);
        Ok(format!("{}{rest}", start.to_ascii_lowercase()))
    }
}

impl Origin {
    fn is_here(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "[::1]")
    }
}

/// The origin of an address, and what follows it. Accepts visible ASCII only, no backslash (browsers read it as a
/// slash) and no user name (`https://shop.example@elsewhere`).
fn split(url: &str) -> Option<(Origin, &str)> {
    if !url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let is_https = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    let (host, port) = match authority.rsplit_once(':') {
        // This colon is inside an IPv6 address.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    };
    let port = match port {
        None if is_https => 443,
        None => 80,
        Some(port) => port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok())??,
    };
    is_host(host).then(|| (Origin { is_https, host: host.to_ascii_lowercase(), port }, rest))
}

fn is_host(host: &str) -> bool {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match inside {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(stage: &str, list: &str) -> Result<Origins, BadSetting> {
        let set = [("STAGE", stage), ("RETURN_ORIGINS", list)];
        Origins::read(&set.into_iter().collect())
    }

    #[test]
    fn only_addresses_of_configured_origins_are_permitted() {
        let origins =
            origins("dev", "https://shop.example, http://localhost:5173, https://[2001:db8::1]:8443").unwrap();
        for url in [
            "https://shop.example",
            "https://shop.example/",
            "https://shop.example:443/done?a=1#b",
            "HTTPS://Shop.Example/done",
            "https://shop.example?x=https://elsewhere.example",
            "http://localhost:5173/done",
            "https://[2001:db8::1]:8443/a:b",
        ] {
            assert_eq!(origins.permitted(url).map(drop), Ok(()), "{url}");
        }
        for url in [
            "",
            "shop.example",
            "//shop.example/",
            "http://shop.example/",
            "https://shop.example:8443/",
            "https://shop.example.elsewhere.example/",
            "https://elsewhere.example/https://shop.example/",
            "https://shop.example@elsewhere.example/",
            "https://user:pass@shop.example/",
            "https://elsewhere.example\\@shop.example/",
            "https://shop.example\\.elsewhere.example/",
            "https://shop.example%2eelsewhere.example/",
            "https://shop.example:/",
            "https://shop.example:+443/",
            "https://shop.example:443:443/",
            "https://shop.example /",
            "https://shop.example/\n",
            "https://shöp.example/",
            "https:/shop.example/",
            "javascript://shop.example/%0aalert(1)",
            "http://localhost/",
            "https://[2001:db8::1]/",
            "https://[::1",
            "https://",
        ] {
            assert_eq!(origins.permitted(url), Err(RULE), "{url}");
        }
        for (url, permitted) in [
            ("HTTPS://Shop.EXAMPLE/Done?A=B#C", "https://shop.example/Done?A=B#C"),
            ("https://SHOP.example", "https://shop.example"),
            ("https://[2001:DB8::1]:8443/A", "https://[2001:db8::1]:8443/A"),
        ] {
            assert_eq!(origins.permitted(url).as_deref(), Ok(permitted));
        }
        let path = |length: usize| format!("https://shop.example/{}", "a".repeat(length - 21));
        let of_order = |length: usize| format!("{}{ORDER_NO_PLACE}", path(length - ORDER_NO_BYTES));
        for (url, fits) in [
            (path(MOST_URL_BYTES), true),
            (path(MOST_URL_BYTES + 1), false),
            (of_order(MOST_URL_BYTES), true),
            (of_order(MOST_URL_BYTES + 1), false),
        ] {
            let expected = if fits { Ok(()) } else { Err("must be at most 256 bytes long") };
            assert_eq!(origins.permitted(&url).map(drop), expected, "{url}");
        }
    }

    #[test]
    fn invalid_origins_are_refused_at_start() {
        for (stage, list, fits) in [
            ("dev", "", true),
            ("prod", "https://shop.example/", true),
            ("prod", "http://localhost:5173", false),
            ("", "http://localhost:5173", false),
            ("dev", "http://127.0.0.1:5173,http://[::1]", true),
            ("dev", "http://shop.example", false),
            ("dev", "https://shop.example/shop", false),
            ("dev", "https://*.shop.example", false),
            ("dev", "shop.example", false),
        ] {
            assert_eq!(origins(stage, list).is_ok(), fits, "{stage} {list}");
        }
        assert!(origins("dev", "").unwrap().permitted("https://shop.example/").is_err());
    }
}
