//! Requests with and without the proxy in front, with every header that a client could invent.

use std::sync::Arc;

use futures_util::FutureExt as _;
use till_domain::time::Time;
use till_memory::{Answer, Memory, ProviderCall, Tables};

use super::*;
use crate::http::{ReadRequest as _, read};

const HEADER: &str = "x-till-proxy";
const GATEWAY: &str = "192.0.2.1";
const VIEWER: (&str, &str) = ("cloudfront-viewer-address", "203.0.113.7:46532");

fn secret(letter: char) -> String {
    std::iter::repeat_n(letter, LEAST_SECRET_BYTES).collect()
}

/// Sends a request with these headers, and returns the address that counts, or the status of the refusal.
fn sent(set: Option<&str>, stored: Option<(&str, Option<&str>)>, headers: &[(&str, &str)]) -> Result<String, u16> {
    let none = |call: &ProviderCall, _: Time| -> Answer { panic!("no provider is called: {call:?}") };
    let memory = Memory::new(Tables::new(Vec::new(), Vec::new()), none, Time::from_unix(1_735_660_800).unwrap());
    if let Some((current, previous)) = stored {
        let secret = Secret { current: Arc::from(current), previous: previous.map(Arc::from) };
        memory.put_secret(SECRET, secret);
    }
    let headers: serde_json::Map<_, _> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let event = serde_json::json!({"rawPath": "/a", "headers": headers,
        "requestContext": {"http": {"method": "POST", "sourceIp": GATEWAY}}});
    let mut request = read(&event.to_string()).unwrap();
    let proxy = TrustedProxy::read(&set.map(|name| (SETTING, name)).into_iter().collect()).unwrap();
    let admitted = proxy.admit(&memory.ports(), &mut request).now_or_never().unwrap();
    assert!(admitted.is_err() || set.is_none() || request.header(HEADER).is_none(), "the secret is handed on");
    admitted.map(|()| request.source_ip().to_owned()).map_err(|problem| problem.status)
}

#[test]
fn without_the_setting_no_header_changes_the_address() {
    let key = secret('a');
    let invented =
        [(HEADER, key.as_str()), VIEWER, ("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9")];
    assert_eq!(sent(None, Some((&key, None)), &invented), Ok(GATEWAY.to_owned()));
    assert_eq!(sent(None, None, &[]), Ok(GATEWAY.to_owned()));
}

#[test]
fn request_that_did_not_come_through_the_proxy_is_refused() {
    let (key, other) = (secret('a'), secret('b'));
    let twice = format!("{key},{key}");
    for headers in [
        &[][..],
        &[VIEWER],
        &[VIEWER, (HEADER, &other)],
        &[VIEWER, (HEADER, "")],
        &[VIEWER, (HEADER, &twice)],
        &[VIEWER, (HEADER, &key[1..])],
        &[VIEWER, ("x-other", &key)],
        &[VIEWER, ("x-forwarded-for", "203.0.113.9")],
    ] {
        assert_eq!(sent(Some(HEADER), Some((&key, None)), headers), Err(403), "{headers:?}");
    }
}

#[test]
fn address_is_the_one_that_the_proxy_states() {
    let key = secret('a');
    for (stated, address) in [
        ("203.0.113.7:46532", "203.0.113.7"),
        ("2001:db8:85a3::8a2e:370:7334:46532", "2001:db8:85a3::8a2e:370:7334"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001:443", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::1:2", "::1"),
        ("::ffff:203.0.113.7:80", "203.0.113.7"),
    ] {
        let headers = [(HEADER, key.as_str()), (VIEWER.0, stated), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(sent(Some(HEADER), Some((&key, None)), &headers), Ok(address.to_owned()), "{stated}");
    }
}

#[test]
fn proxy_that_does_not_state_an_address_is_a_fault_of_ours() {
    let key = secret('a');
    for stated in [
        "",
        "203.0.113.7",
        "203.0.113.7:",
        "203.0.113.7:x",
        "203.0.113.7:70000",
        "203.0.113.7:-1",
        "2001:db8::",
        "unknown:1",
        "203.0.113.7, 203.0.113.9:1",
        " 203.0.113.7:1",
    ] {
        let headers = [(HEADER, key.as_str()), (VIEWER.0, stated)];
        assert_eq!(sent(Some(HEADER), Some((&key, None)), &headers), Err(503), "{stated}");
    }
    assert_eq!(sent(Some(HEADER), Some((&key, None)), &[(HEADER, &key)]), Err(503));
}

#[test]
fn two_values_count_while_the_secret_is_changed() {
    let (old, new) = (secret('a'), secret('b'));
    for (stored, by_old, by_new) in [
        ((old.as_str(), None), 200, 403),
        ((&new, Some(old.as_str())), 200, 200),
        ((&new, None), 403, 200),
        // A line feed at the end of a file does not count.
        ((&format!("{new}\n"), None), 403, 200),
    ] {
        let status = |sent_secret: &str| {
            sent(Some(HEADER), Some(stored), &[(HEADER, sent_secret), VIEWER]).map_or_else(|status| status, |_| 200)
        };
        assert_eq!((status(&old), status(&new)), (by_old, by_new), "{stored:?}");
    }
}

#[test]
fn missing_or_weak_secret_lets_nobody_in() {
    let (key, weak) = (secret('a'), "a".repeat(LEAST_SECRET_BYTES - 1));
    for (stored, value) in [
        (None, key.as_str()),
        (Some(("", None)), ""),
        (Some((weak.as_str(), None)), weak.as_str()),
        (Some((weak.as_str(), Some(key.as_str()))), key.as_str()),
    ] {
        assert_eq!(sent(Some(HEADER), stored, &[(HEADER, value), VIEWER]), Err(503), "{stored:?}");
    }
    let spaced = format!("{key} {key}");
    assert_eq!(sent(Some(HEADER), Some((&spaced, None)), &[(HEADER, &spaced), VIEWER]), Err(503));
    // A weak previous value does not count either.
    assert_eq!(sent(Some(HEADER), Some((&key, Some(&weak))), &[(HEADER, &weak), VIEWER]), Err(403));
}

#[test]
fn name_of_the_header_is_checked_at_start() {
    for (name, fits) in [
        ("x-till-proxy", true),
        ("X-Till-Proxy", true),
        ("", true),
        ("x-", false),
        ("authorization", false),
        ("cloudfront-viewer-address", false),
        ("x-forwarded-for", false),
        ("X-Amz-Cf-Id", false),
        ("x-edge-location", false),
        ("x-real-ip", false),
        ("x till", false),
        ("x-till:proxy", false),
    ] {
        let environment = [(SETTING, name)].into_iter().collect();
        assert_eq!(TrustedProxy::read(&environment).is_ok(), fits, "{name}");
    }
}
