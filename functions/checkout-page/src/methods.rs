//! Which methods the page offers: those that this device can use, whose provider is open and takes the order's price.

use till_app::open::check_price;
use till_app::ports::{FindAccount, Unavailable};
use till_domain::order::Order;
use till_domain::provider::{Method, Provider};
use till_lambda::settings::{BadSetting, Environment};

use crate::device::Device;

/// `CHECKOUT_METHODS`: what the page offers at all. A merchant may not have all of a provider's products.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offered(Vec<Method>);

impl Offered {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        const NAME: &str = "CHECKOUT_METHODS";
        let words = environment.list(NAME);
        if words.is_empty() {
            return Ok(Self(Method::ALL.to_vec()));
        }
        let methods: Result<Vec<Method>, _> = words.iter().map(|word| Method::parse(word)).collect();
        methods.map(Self).map_err(|_| BadSetting::new(NAME, "payment methods with commas between them"))
    }

    /// The best method of each provider for this device, in the order of the providers.
    pub async fn of(
        &self,
        ports: &impl FindAccount,
        order: &Order,
        device: Device,
    ) -> Result<Vec<Method>, Unavailable> {
        let mut found = Vec::new();
        for provider in Provider::ALL {
            let usable = usable(provider, device).iter().find(|method| self.0.contains(method));
            let Some(method) = usable.filter(|method| check_price(**method, order.sold.price).is_ok()) else {
                continue;
            };
            if ports.find_account(provider).await?.is_some() {
                found.push(*method);
            }
        }
        Ok(found)
    }
}

/// The methods of a provider that a device can use, the best first. `wechat_jsapi` needs the buyer's openid and `stripe_intent`
/// Stripe's script: a shop's own page can have both, this one neither.
const fn usable(provider: Provider, device: Device) -> &'static [Method] {
    match (provider, device) {
        // A code inside WeChat can be scanned by another phone only.
        (Provider::WeChat, Device::Desktop | Device::InWeChat) => &[Method::WechatNative],
        (Provider::WeChat, Device::Phone) => &[Method::WechatH5, Method::WechatNative],
        // WeChat opens no page of Alipay, and Alipay none of WeChat.
        (Provider::WeChat, Device::InAlipay) | (Provider::Alipay, Device::InWeChat) => &[],
        (Provider::Alipay, Device::Desktop) => &[Method::AlipayQr, Method::AlipayPage],
        (Provider::Alipay, Device::Phone | Device::InAlipay) => &[Method::AlipayWap, Method::AlipayQr],
        (Provider::Stripe, Device::Desktop | Device::Phone | Device::InWeChat | Device::InAlipay) => {
            &[Method::StripeCheckout]
        }
    }
}
