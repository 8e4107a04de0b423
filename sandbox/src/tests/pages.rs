//! Pages: input is escaped, and the menu offers what the provider has.

use super::{START, trade};
use crate::action::Action;
use crate::books::{RefundState, TradeState};
use crate::fault::Fault;
use crate::page;
use crate::provider::Provider;

const EVIL: &str = "<script>alert(\"1\")</script>&'";

#[test]
fn input_is_escaped_in_every_page() {
    let mut trade = trade(EVIL);
    trade.subject = EVIL.to_owned();
    trade.method = EVIL.to_owned();
    trade.currency = EVIL.to_owned();
    trade.pay(START, None).unwrap();
    trade.payments[0].id = EVIL.to_owned();
    trade.refund(START, None, Some(EVIL), 100, RefundState::Succeeded).unwrap();
    let pages = [
        page::trade(&trade, Some("https://shop.example/?a=\"><script>"), START, "../"),
        page::list(std::slice::from_ref(&trade), Some(EVIL), "./"),
        page::refused(&trade, EVIL, "../../"),
        page::unknown(EVIL, "../"),
    ];
    for page in pages {
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("alert(\""), "{page}");
        assert!(page.contains("&lt;script&gt;") || page.contains("%3Cscript%3E"), "{page}");
    }
    assert_eq!(page::escape(EVIL), "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;");
    assert_eq!(page::escape("付款 ≥ 1"), "付款 ≥ 1");
}

#[test]
fn addresses_are_escaped() {
    assert_eq!(page::address("https://s", "T1"), "https://s/trades/T1");
    assert_eq!(page::address("https://s", "a/b?c#d"), "https://s/trades/a%2Fb%3Fc%23d");
}

#[test]
fn amounts_have_decimal_places_of_their_currencies() {
    for (amount, currency, shown) in [
        (9900, "CNY", "99.00 CNY"),
        (5, "USD", "0.05 USD"),
        (500, "JPY", "500 JPY"),
        (1230, "KWD", "1.230 KWD"),
        (u64::MAX, "EUR", "184467440737095516.15 EUR"),
    ] {
        let mut trade = trade("T1");
        trade.amount = amount;
        trade.currency = currency.to_owned();
        assert!(page::trade(&trade, None, START, "../").contains(&format!("<h1>{shown}</h1>")), "{shown}");
    }
}

#[test]
fn menu_has_actions_and_faults_of_provider() {
    for provider in [Provider::WeChat, Provider::Alipay, Provider::Stripe] {
        let mut trade = trade("T1");
        trade.provider = provider;
        let page = page::trade(&trade, None, START, "../");
        for action in Action::ALL {
            assert_eq!(
                page.contains(&format!("action=\"../trades/T1/{}\"", action.word())),
                action.exists_at(provider),
                "{action:?}"
            );
        }
        for fault in Fault::ALL {
            let form = format!("action=\"../trades/T1/faults/{}\"", fault.word());
            assert_eq!(page.contains(&form), fault.exists_at(provider), "{fault:?}");
        }
    }
}

#[test]
fn page_of_paid_trade_links_to_shop_without_pay_button() {
    let mut trade = trade("T1");
    let url = "https://shop.example/done?a=1&b=2";
    assert!(!page::trade(&trade, Some(url), START, "../").contains("Back to the shop"));
    assert!(page::trade(&trade, Some(url), START, "../").contains("60 min left to pay"));
    assert!(page::trade(&trade, Some(url), START + 3601, "../").contains(">expired</span>"));
    trade.pay(START, None).unwrap();
    let page = page::trade(&trade, Some(url), START, "../");
    assert!(page.contains("href=\"https://shop.example/done?a=1&amp;b=2\""));
    assert!(!page.contains("action=\"../trades/T1/pay\""));
    assert_eq!(trade.state, TradeState::Paid);
}
