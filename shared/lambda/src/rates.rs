//! Rate limits.

use std::net::{IpAddr, Ipv6Addr};

use till_app::ports::{CountCalls, Scope};
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};

use crate::problem::Problem;
use crate::settings::{BadSetting, Environment};

/// The first 64 bits of an IPv6 address: a household or server has all addresses that share them.
const IPV6_NETWORK: u128 = u128::MAX << 64;

/// Carriers put thousands of people behind one address.
const ADDRESS_TIMES: u32 = 10;
const MOST: u32 = 1_000_000;

/// The most calls of one kind in a minute: of one user, and from one address.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    of_user: (Scope, u32),
    of_address: (Scope, u32),
}

impl Limits {
    /// New orders.
    pub fn creations(environment: &Environment) -> Result<Self, BadSetting> {
        Self::read(environment, "CREATIONS_PER_MINUTE", 20, [Scope::CreationsOfUser, Scope::CreationsOfAddress])
    }

    /// What is done with orders that exist and for which a provider may be called.
    pub fn actions(environment: &Environment) -> Result<Self, BadSetting> {
        Self::read(environment, "ACTIONS_PER_MINUTE", 60, [Scope::ActionsOfUser, Scope::ActionsOfAddress])
    }

    /// Tickets for sockets: as many as actions.
    pub fn tickets(environment: &Environment) -> Result<Self, BadSetting> {
        Self::read(environment, "ACTIONS_PER_MINUTE", 60, [Scope::TicketsOfUser, Scope::TicketsOfAddress])
    }

    /// The setting `name`, and `name` with `_ADDRESS`.
    fn read(environment: &Environment, name: &str, default: u32, scopes: [Scope; 2]) -> Result<Self, BadSetting> {
        let of_user = environment.number(name, default, MOST)?;
        let times = of_user.saturating_mul(ADDRESS_TIMES).min(MOST);
        let of_address = environment.number(&format!("{name}_ADDRESS"), times, MOST)?;
        let [user, address] = scopes;
        Ok(Self { of_user: (user, of_user), of_address: (address, of_address) })
    }

    /// Counts a call, and refuses it above a limit of this window. Returns how many the user has made in it. The user is counted
    /// first: a call that the user's own limit refuses does not count for other users behind the same address.
    pub async fn check(
        &self,
        ports: &impl CountCalls,
        user: &UserId,
        address: &str,
        now: Time,
    ) -> Result<u32, Problem> {
        let (scope, most) = self.of_user;
        let made = check(ports, scope, user.as_str(), most, now).await?;
        let (scope, most) = self.of_address;
        check(ports, scope, &counted_as(address), most, now).await?;
        Ok(made)
    }
}

async fn check(ports: &impl CountCalls, scope: Scope, value: &str, most: u32, now: Time) -> Result<u32, Problem> {
    let count = ports.count_call(scope, value, now).await?;
    if count <= most {
        return Ok(count);
    }
    let left = window_begins(scope, now).plus(Seconds(scope.window_seconds())).since(now);
    Err(Problem::too_many_requests(left.0.max(1)))
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

/// When the window began in which calls are counted now.
pub fn window_begins(scope: Scope, now: Time) -> Time {
    let into_it = now.unix().rem_euclid(i64::from(scope.window_seconds()).max(1));
    now.minus(Seconds(u32::try_from(into_it).unwrap_or(0)))
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

    fn limits(settings: &[(&str, &str)]) -> Result<(u32, u32), String> {
        let environment = settings.iter().copied().collect();
        let limits = Limits::creations(&environment).map_err(|bad| bad.to_string())?;
        Ok((limits.of_user.1, limits.of_address.1))
    }

    #[test]
    fn limit_of_an_address_is_ten_times_that_of_a_user_or_a_setting_of_its_own() {
        let (user, address) = ("CREATIONS_PER_MINUTE", "CREATIONS_PER_MINUTE_ADDRESS");
        for (settings, expected) in [
            (&[][..], (20, 200)),
            (&[(user, "3")], (3, 30)),
            (&[(user, "1000000")], (1_000_000, 1_000_000)),
            (&[(address, "7")], (20, 7)),
            (&[(user, "5"), (address, "1")], (5, 1)),
        ] {
            assert_eq!(limits(settings), Ok(expected), "{settings:?}");
        }
        for name in [user, address] {
            let told = limits(&[(name, "0")]).unwrap_err();
            assert!(told.starts_with(&format!("{name} must be")), "{told}");
        }
    }

    #[test]
    fn window_begins_at_a_multiple_of_its_length() {
        for (now, minute, ten_seconds) in
            [(0, 0, 0), (59, 0, 50), (60, 60, 60), (1_795_244_425, 1_795_244_400, 1_795_244_420)]
        {
            let now = Time::from_unix(now).unwrap();
            let begins = |scope| window_begins(scope, now).unix();
            assert_eq!((begins(Scope::ActionsOfUser), begins(Scope::Refreshes)), (minute, ten_seconds));
        }
    }

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
