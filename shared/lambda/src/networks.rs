//! Lists of networks that callbacks may come from. An empty list lets everybody in: the signature decides, always.

use std::net::IpAddr;

use crate::settings::BadSetting;

/// Networks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Networks(Vec<Network>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Networks {
    /// Reads addresses and networks such as `203.0.113.0/24` or `2001:db8::/32`.
    pub fn parse(name: &str, words: &[String]) -> Result<Self, BadSetting> {
        let network = |word: &String| {
            let (address, bits) = word.split_once('/').map_or((word.as_str(), None), |(a, bits)| (a, Some(bits)));
            let address: IpAddr = address.parse().ok()?;
            let most = if address.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most))?;
            Some(Network { address, bits })
        };
        let networks: Option<Vec<Network>> = words.iter().map(network).collect();
        networks
            .map(Self)
            .ok_or_else(|| BadSetting::new(name, "networks such as 203.0.113.0/24, with commas between them"))
    }

    /// Whether an address may come in.
    pub fn admit(&self, address: &str) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Ok(address) = address.parse::<IpAddr>() else { return false };
        self.0.iter().any(|network| network.holds(address))
    }
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32_u32.saturating_sub(self.bits);
                network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128_u32.saturating_sub(self.bits);
                network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(words: &[&str]) -> Result<Networks, BadSetting> {
        Networks::parse("X", &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn addresses_are_in_their_networks() {
        let list = networks(&["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"]).unwrap();
        for (address, is_in) in [
            ("203.0.113.255", true),
            ("203.0.114.0", false),
            ("198.51.100.7", true),
            ("198.51.100.8", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("nonsense", false),
            ("", false),
        ] {
            assert_eq!(list.admit(address), is_in, "{address}");
        }
        assert!(networks(&["0.0.0.0/0"]).unwrap().admit("8.8.8.8"));
        assert!(networks(&[]).unwrap().admit("anything"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for word in ["203.0.113.0/33", "203.0.113", "::/129", "a/8", "1.2.3.4/"] {
            assert!(networks(&[word]).is_err(), "{word}");
        }
    }
}
