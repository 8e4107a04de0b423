//! Where a buyer has opened the page: not every app can open every other, and nobody can scan a code on the screen that they hold.

use till_lambda::http::{ReadRequest as _, Request};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    Desktop,
    /// A phone's own browser.
    Phone,
    /// A page inside WeChat.
    InWeChat,
    /// A page inside Alipay.
    InAlipay,
}

impl Device {
    pub fn of(request: &Request) -> Self {
        Self::named(request.header("user-agent").unwrap_or_default())
    }

    /// WeChat on a desktop is a desktop: its codes can be scanned by a phone.
    fn named(agent: &str) -> Self {
        let is_desktop_app = ["WindowsWechat", "MacWechat"].iter().any(|name| agent.contains(name));
        if agent.contains("MicroMessenger") && !is_desktop_app {
            Self::InWeChat
        } else if agent.contains("AlipayClient") {
            Self::InAlipay
        } else if ["iPhone", "Mobile"].iter().any(|name| agent.contains(name)) && !agent.contains("iPad") {
            Self::Phone
        } else {
            Self::Desktop
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_is_known_by_its_agent() {
        for (agent, device) in [
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
                Device::Desktop,
            ),
            ("", Device::Desktop),
            (
                "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1",
                Device::Desktop,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
                Device::Phone,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36",
                Device::Phone,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile MQQBrowser/6.2 MicroMessenger/8.0.49",
                Device::InWeChat,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 MicroMessenger/7.0.20 WindowsWechat(0x63090a1b)",
                Device::Desktop,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605.1.15 Mobile/15E148 AlipayClient/10.5.96",
                Device::InAlipay,
            ),
        ] {
            assert_eq!(Device::named(agent), device, "{agent}");
        }
    }
}
