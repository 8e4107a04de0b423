//! Limits on how often something may happen.

use std::net::{IpAddr, Ipv6Addr};

use till_app::ports::{CountCalls, Scope};
use till_domain::time::Time;

use crate::problem::Problem;

/// A household or a server is given a whole network of IPv6 addresses: the first 64 bits name it.
const IPV6_NETWORK: u128 = u128::MAX << 64;

/// Counts one more, and refuses it when there were enough in this window.
pub async fn check(ports: &impl CountCalls, scope: Scope, value: &str, most: u32, now: Time) -> Result<(), Problem> {
    if is_within(ports, scope, value, most, now).await? {
        return Ok(());
    }
    let window = i64::from(scope.window_seconds()).max(1);
    let left = window.saturating_sub(now.unix().rem_euclid(window));
    Err(Problem::too_many_requests(u32::try_from(left).unwrap_or(1)))
}

/// Counts one more, and tells whether it is still within the limit of this window.
pub async fn is_within(
    ports: &impl CountCalls,
    scope: Scope,
    value: &str,
    most: u32,
    now: Time,
) -> Result<bool, Problem> {
    Ok(ports.count_call(scope, value, now).await? <= most)
}

/// What an address counts as.
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
    fn a_network_of_ipv6_counts_as_one() {
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
