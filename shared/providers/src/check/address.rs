//! Findings about the addresses to which providers send notifications.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use till_domain::provider::Provider;

use super::kinds::{
    ADDRESS_MALFORMED, ADDRESS_NOT_HTTPS, ADDRESS_OF_THIS_MACHINE, ADDRESS_PRIVATE, ADDRESS_TOO_LONG,
    ADDRESS_TWO_SLASHES, ADDRESS_WITH_QUERY, ADDRESS_WITH_USER,
};
use super::{Findings, is_live};
use crate::account::AccountMode;

pub(super) const fn most_characters(provider: Provider) -> usize {
    match provider {
        Provider::WeChat => 255,
        Provider::Alipay => 256,
        Provider::Stripe => 2048,
    }
}

/// Checks an address that providers are told. A test account may have one on this machine.
pub fn check_address(found: &mut Findings, field: &str, url: &str, mode: AccountMode, most: usize) {
    let rest = url.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme));
    let Some((scheme, rest)) = rest.filter(|_| url.bytes().all(|b| b.is_ascii_graphic())) else {
        return found.add(ADDRESS_MALFORMED, field);
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let host = bare(host);
    if host.is_empty() {
        return found.add(ADDRESS_MALFORMED, field);
    }
    found.add_if(user.is_some(), ADDRESS_WITH_USER, field);
    found.add_if(url.contains(['?', '#']), ADDRESS_WITH_QUERY, field);
    found.add_if(path.split(['?', '#']).next().is_some_and(|path| path.contains("//")), ADDRESS_TWO_SLASHES, field);
    found.add_if(url.len() > most, ADDRESS_TOO_LONG, field);
    if is_live(mode) {
        found.add_if(scheme != "https", ADDRESS_NOT_HTTPS, field);
        match reach(host) {
            Reach::Everybody => {}
            Reach::ThisMachine => found.add(ADDRESS_OF_THIS_MACHINE, field),
            Reach::ThisNetwork => found.add(ADDRESS_PRIVATE, field),
        }
    }
}

/// A host without its port.
fn bare(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

enum Reach {
    ThisMachine,
    ThisNetwork,
    Everybody,
}

fn reach(host: &str) -> Reach {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return Reach::ThisMachine;
    }
    match name.parse() {
        Ok(IpAddr::V4(v4)) => of_v4(v4),
        Ok(IpAddr::V6(v6)) => of_v6(v6),
        Err(_) if [".local", ".internal", ".lan", ".home.arpa"].iter().any(|end| name.ends_with(end)) => {
            Reach::ThisNetwork
        }
        // A name without a dot is one of this network only.
        Err(_) if !name.contains('.') => Reach::ThisNetwork,
        Err(_) => Reach::Everybody,
    }
}

fn of_v4(v4: Ipv4Addr) -> Reach {
    // 100.64.0.0/10 lies behind the address translation of a network's provider.
    let is_shared = matches!(v4.octets(), [100, 64..=127, ..]);
    if v4.is_loopback() || v4.is_unspecified() {
        Reach::ThisMachine
    } else if v4.is_private() || v4.is_link_local() || is_shared {
        Reach::ThisNetwork
    } else {
        Reach::Everybody
    }
}

fn of_v6(v6: Ipv6Addr) -> Reach {
    if let Some(v4) = v6.to_ipv4_mapped() {
        return of_v4(v4);
    }
    if v6.is_loopback() || v6.is_unspecified() {
        Reach::ThisMachine
    } else if v6.is_unique_local() || v6.is_unicast_link_local() {
        Reach::ThisNetwork
    } else {
        Reach::Everybody
    }
}
