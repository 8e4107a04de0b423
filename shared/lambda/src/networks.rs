//! Networks that callbacks may come from. An empty list admits every address; the signature is verified in any case.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::settings::BadSetting;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads addresses and networks such as `203.0.113.0/24` or `2001:db8::/32`.
    pub fn parse(name: &str, words: &[String]) -> Result<Self, BadSetting> {
        let network = |word: &String| word.parse().or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
        let networks: Result<Vec<IpNet>, _> = words.iter().map(network).collect();
        networks
            .map(Self)
            .map_err(|_| BadSetting::new(name, "networks such as 203.0.113.0/24, with commas between them"))
    }

    pub fn admit(&self, address: &str) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let Ok(address) = address.parse::<IpAddr>() else { return false };
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(words: &[&str]) -> Result<Networks, BadSetting> {
        Networks::parse("X", &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn address_is_admitted_if_a_network_contains_it() {
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
    fn invalid_network_is_refused() {
        for word in ["203.0.113.0/33", "203.0.113", "::/129", "a/8", "1.2.3.4/"] {
            assert!(networks(&[word]).is_err(), "{word}");
        }
    }
}
