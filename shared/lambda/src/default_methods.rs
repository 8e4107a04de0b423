//! What a provider's bare name means as a payment method: configuration, so that a page can go on sending what it always sent.

use till_domain::provider::{Method, Provider, UnknownMethod};

use crate::settings::{BadSetting, Environment};

/// One for each provider, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DefaultMethods([Method; Provider::ALL.len()]);

impl DefaultMethods {
    /// Reads `DEFAULT_METHOD_<PROVIDER>`, each a method of that provider.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let mut methods = Provider::ALL.map(Provider::first_method);
        for method in &mut methods {
            let provider = method.provider();
            let name = format!("DEFAULT_METHOD_{}", provider.as_str().to_ascii_uppercase());
            let Some(word) = environment.get(&name) else { continue };
            let set = Method::parse(&word).ok().filter(|set| set.provider() == provider);
            *method = set.ok_or_else(|| BadSetting::new(&name, "one of the payment methods of this provider"))?;
        }
        Ok(Self(methods))
    }

    /// Reads a method's name, or a provider's for its default method; in any case.
    pub fn parse(self, text: &str) -> Result<Method, UnknownMethod> {
        let named = self.0.into_iter().find(|method| method.provider().as_str().eq_ignore_ascii_case(text));
        named.map_or_else(|| Method::parse(text), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<DefaultMethods, BadSetting> {
        DefaultMethods::read(&set.iter().copied().collect())
    }

    #[test]
    fn bare_name_is_the_providers_first_method_unless_another_is_set() {
        let (unset, set) = (read(&[]).unwrap(), read(&[("DEFAULT_METHOD_ALIPAY", "ALIPAY_PAGE")]).unwrap());
        for (text, without, with) in [
            ("alipay", Method::AlipayQr, Method::AlipayPage),
            ("Alipay", Method::AlipayQr, Method::AlipayPage),
            ("alipay_qr", Method::AlipayQr, Method::AlipayQr),
            ("wechat", Method::WechatNative, Method::WechatNative),
            ("stripe", Method::StripeCheckout, Method::StripeCheckout),
        ] {
            assert_eq!((unset.parse(text), set.parse(text)), (Ok(without), Ok(with)), "{text}");
        }
        assert_eq!(set.parse("cash"), Err(UnknownMethod));
    }

    #[test]
    fn default_is_a_method_of_its_own_provider() {
        for word in ["cash", "stripe_checkout", "stripe"] {
            let bad = read(&[("DEFAULT_METHOD_WECHAT", word)]).unwrap_err().to_string();
            assert!(bad.contains("DEFAULT_METHOD_WECHAT"), "{bad}");
        }
        let wechat = read(&[("DEFAULT_METHOD_WECHAT", "wechat")]).unwrap();
        assert_eq!(wechat.parse("wechat"), Ok(Method::WechatNative), "its bare name is its first method here");
    }
}
