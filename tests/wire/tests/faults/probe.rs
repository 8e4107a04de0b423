//! The harmless question that `till check-config --probe` asks: it fits with the right keys, and wrong ones are explained.

use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_providers::check::{Probed, probe};
use till_wire::{Merchants, merchants_of};

use super::*;

fn ask(shop: &Shop, merchants: &Merchants, provider: Provider) -> Probed {
    let account = Account { provider, id: AccountId::parse("main").unwrap() };
    shop.stack.wait(probe(&account, merchants.at(provider), &shop.stack.world()))
}

fn words(probed: &Probed) -> Vec<&'static str> {
    probed.findings.iter().map(|finding| finding.kind.word).collect()
}

#[test]
fn question_fits_with_the_right_keys() {
    let shop = Shop::open(Setup::default());
    let certified = Setup { wechat_certificates: true, alipay_certificates: true, ..Setup::default() };
    for merchants in [&shop.merchants, &merchants_of(&shop.stack, certified, &shop.stack.side)] {
        for provider in Provider::ALL {
            let probed = ask(&shop, merchants, provider);
            assert_eq!(words(&probed), ["probe_fits"], "{provider}: {:?}", probed.findings);
            assert_eq!(probed.stripe_account.is_some(), provider == Provider::Stripe);
        }
    }
}

#[test]
fn question_with_wrong_keys_is_explained() {
    let (shop, other) = (Shop::open(Setup::default()), Shop::open_for_another());
    for (provider, name, word) in [
        (Provider::WeChat, "merchant_private_key", "wechat_signature_refused"),
        (Provider::Alipay, "app_private_key", "alipay_signature_refused"),
        (Provider::Alipay, "alipay_public_key", "answer_not_believed"),
        (Provider::Alipay, "app_id", "alipay_app_unknown"),
        (Provider::Stripe, "secret_key", "stripe_key_refused"),
    ] {
        let mut side = shop.stack.side.clone();
        side[provider.as_str()][name] = other.stack.side[provider.as_str()][name].clone();
        let probed = ask(&shop, &merchants_of(&shop.stack, Setup::default(), &side), provider);
        assert_eq!(words(&probed), [word], "{provider} {name}: {:?}", probed.findings);
    }
}
