//! Every method of every provider, step by step: open, query, pay, refund in two parts, and compare both sides' books.

use std::time::{Duration, Instant};

use till_app::ports::Provide as _;
use till_domain::order::{RefundId, RefundWord, Says};
use till_domain::provider::Method;
use till_providers::http::Verb;
use till_wire::{CALLBACK_TIMEOUT, PRICE, Setup, Shop, Trade, for_each, payer, refund_word};

fn open(method: Method, setup: Setup) -> Trade {
    let mut trade = Trade::unopened(&Shop::open(setup), method);
    trade.create().unwrap_or_else(|error| panic!("{error:?}"));
    trade
}

fn pay_and_refund(method: Method, setup: Setup) {
    let mut trade = open(method, setup);
    assert_eq!(trade.query(), Ok(vec![Says::NotPaid]));
    assert_buyer_can_come(&trade);

    let price = trade.order.sold.price;
    trade.shop.stack.test(&format!("/mock/success/{}", trade.number()));
    let (trade_no, amount) = trade.wait_for(|says| match says {
        Says::Paid { trade_no, amount, .. } => Some((trade_no.clone(), *amount)),
        _ => None,
    });
    assert_eq!(amount, price);
    let is_payment =
        |says: &Says| matches!(says, Says::Paid { trade_no: no, amount, .. } if *no == trade_no && *amount == price);
    let queried = trade.query().unwrap();
    assert!(queried.iter().any(is_payment), "{queried:?}");
    let closed = trade.close().unwrap();
    let is_paid = |says: &Says| matches!(says, Says::Paid { trade_no: no, .. } if *no == trade_no);
    assert!(closed.iter().any(is_paid), "a paid trade was closed: {closed:?}");

    refund(&mut trade, 300);
    let last = refund(&mut trade, 690);
    send(&mut trade, &last);
    assert_books_agree(&trade, 990);
}

/// The buyer gets a code, a page or the parameters to pay with.
fn assert_buyer_can_come(trade: &Trade) {
    let show = trade.shop.stack.wait(trade.providers().show(trade.asked(), &payer())).unwrap();
    match trade.method {
        Method::WechatNative | Method::AlipayQr => {
            assert!(show.qr_code_url.is_some());
            assert_eq!(show.qr_code_url, trade.opened.as_ref().unwrap().show.qr_code_url);
        }
        Method::WechatJsapi => assert!(show.pay_params.iter().any(|(name, _)| name == "paySign")),
        Method::WechatH5 | Method::StripeCheckout => {
            assert!(show.pay_url.is_some_and(|url| url.starts_with("http")));
        }
        Method::StripeIntent => assert!(show.client_secret.is_some() && show.publishable_key.is_some()),
        Method::AlipayPage | Method::AlipayWap => {
            assert!(show.pay_form.is_some_and(|form| form.contains("<form")));
            let status = trade.visit().unwrap();
            assert!(matches!(status, 302 | 303), "the buyer's browser got {status}");
        }
    }
}

/// Refunds an amount, and waits until the provider answers that the refund succeeded.
fn refund(trade: &mut Trade, minor: u64) -> RefundId {
    let id = trade.decide_refund(None, minor);
    send(trade, &id);
    let until = Instant::now() + CALLBACK_TIMEOUT;
    while refund_word(&trade.query_refund(&id).unwrap()) != RefundWord::Succeeded {
        assert!(Instant::now() < until, "{id:?} does not come to an end");
        std::thread::sleep(Duration::from_millis(100));
    }
    id
}

/// Sends a refund; sending it again is the same refund.
fn send(trade: &mut Trade, id: &RefundId) {
    let says = trade.send_refund(id).unwrap();
    let word = refund_word(&says);
    assert!(matches!(word, RefundWord::Processing | RefundWord::Succeeded), "{says:?}");
}

/// Both sides' books have one payment of the price, and the same amount refunded.
fn assert_books_agree(trade: &Trade, refunded: u64) {
    let books = trade.books();
    let amounts = |list: &str| -> Vec<u64> {
        books[list].as_array().unwrap().iter().map(|one| one["amount"].as_u64().unwrap()).collect()
    };
    assert_eq!(amounts("payments"), [PRICE]);
    assert_eq!(amounts("refunds").iter().sum::<u64>(), refunded, "{}", books["refunds"]);
    let order = &trade.order;
    assert_eq!((order.payments.len(), order.refunded_amount().minor()), (1, refunded));
}

#[test]
fn wechat_native_is_paid_and_refunded() {
    pay_and_refund(Method::WechatNative, Setup::default());
}

#[test]
fn wechat_native_with_certificates_is_paid_and_refunded() {
    pay_and_refund(Method::WechatNative, Setup { wechat_certificates: true, ..Setup::default() });
}

#[test]
fn wechat_jsapi_is_paid_and_refunded() {
    pay_and_refund(Method::WechatJsapi, Setup::default());
}

#[test]
fn wechat_h5_is_paid_and_refunded() {
    pay_and_refund(Method::WechatH5, Setup::default());
}

#[test]
fn alipay_qr_is_paid_and_refunded() {
    pay_and_refund(Method::AlipayQr, Setup::default());
}

#[test]
fn alipay_page_is_paid_and_refunded() {
    pay_and_refund(Method::AlipayPage, Setup::default());
}

#[test]
fn alipay_page_with_certificates_is_paid_and_refunded() {
    pay_and_refund(Method::AlipayPage, Setup { alipay_certificates: true, ..Setup::default() });
}

#[test]
fn alipay_wap_is_paid_and_refunded() {
    pay_and_refund(Method::AlipayWap, Setup::default());
}

#[test]
fn stripe_checkout_is_paid_and_refunded() {
    pay_and_refund(Method::StripeCheckout, Setup::default());
}

#[test]
fn stripe_intent_is_paid_and_refunded() {
    pay_and_refund(Method::StripeIntent, Setup::default());
}

/// At an emulator the addresses of a gateway begin with a path, and WeChat Pay signs that path too.
#[test]
fn sandbox_address_with_a_path_works() {
    for method in [Method::WechatNative, Method::WechatH5, Method::AlipayQr, Method::AlipayPage, Method::StripeCheckout]
    {
        pay_and_refund(method, Setup { prefix: "/_aws/execute-api/0a1b2c3d", ..Setup::default() });
    }
}

/// An unscanned Alipay code cannot be closed for good.
#[test]
fn closed_trade_cannot_be_paid() {
    for_each(Method::ALL, |method| {
        let mut trade = open(method, Setup::default());
        assert_buyer_can_come(&trade);
        let for_good = method != Method::AlipayQr;
        assert_eq!(trade.close(), Ok(vec![Says::Closed { for_good }]));
        if for_good {
            let pay = format!("/mock/success/{}", trade.number());
            assert_eq!(trade.shop.stack.call(Verb::Post, &pay).status, 409);
            assert_eq!(trade.query(), Ok(vec![Says::Closed { for_good: true }]));
        }
    });
}
