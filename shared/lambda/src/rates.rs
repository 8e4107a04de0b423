//! Rate limits.

use std::net::{IpAddr, Ipv6Addr};

use till_app::ports::{CountCalls, Scope};
use till_domain::time::Time;

use crate::problem::Problem;

/// The first 64 bits of an IPv6 address: a household or server has all addresses that share them.
const IPV6_NETWORK: u128 = u128::MAX << 64;

/// Counts a call, and refuses it above the limit of this window.
pub async fn check(ports: &impl CountCalls, scope: Scope, value: &str, most: u32, now: Time) -> Result<(), Problem> {
    if is_within(ports, scope, value, most, now).await? {
        return Ok(());
    }
    let window = i64::from(scope.window_seconds()).max(1);
    let left = window.saturating_sub(now.unix().rem_euclid(window));
    Err(Problem::too_many_requests(u32::try_from(left).unwrap_or(1)))
}

/// Counts a call, and returns whether it is within the limit of this window.
pub async fn is_within(
    ports: &impl CountCalls,
    scope: Scope,
    value: &str,
    most: u32,
    now: Time,
) -> Result<bool, Problem> {
    Ok(ports.count_call(scope, value, now).await? <= most)
}

/// The value by which calls from an address are counted.
pub fn counted_as(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            format!("{}/64", Ipv6Addr::from_bits(address.to_bits() & IPV6_NETWORK))
        }
        Ok(IpAddr::V4(_) | IpAddr::V6(_)) | Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_addresses_of_one_network_count_together() {
        for (address, counted) in [
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("::ffff:203.0.113.7", "::ffff:203.0.113.7"),
            ("", ""),
        ] {
            assert_eq!(counted_as(address), counted, "{address}");
        }
    }
}
