//! The three callback functions with the sandbox's signed callbacks: each callback comes over real HTTP, goes through the
//! gateway's event into its function, and is settled into an order.

mod deployment;

use deployment::{Address, Deployment, settings};
use serde_json::json;
use till_domain::order::{HoldWord, Role, Status};
use till_domain::provider::{Method, Provider};
use till_lambda::http::ReadResponse as _;
use till_wire::{Callback, Setup, Shop, Trade, for_each};

const METHODS: [Method; 3] = [Method::WechatNative, Method::AlipayPage, Method::StripeIntent];

fn paid(method: Method) -> (Trade, Callback) {
    Trade::paid(&Shop::open(Setup::default()), method)
}

/// The answers by which a function accepts a callback, asks for it again later, and refuses it.
fn provider_answers(method: Method) -> [(u16, &'static str); 3] {
    const FAIL: &str = "{\"code\":\"FAIL\",\"message\":\"失败\"}";
    const NO: &str = "{\"received\":false}";
    match method.provider() {
        Provider::WeChat => [(204, ""), (500, FAIL), (401, FAIL)],
        Provider::Alipay => [(200, "success"), (200, "fail"), (400, "fail")],
        Provider::Stripe => [(200, "{\"received\":true}"), (503, NO), (400, NO)],
    }
}

#[track_caller]
fn assert_answer(deployment: &Deployment, callback: &Callback, address: Address, expected: (u16, &str)) {
    let response = deployment.receive(callback, address);
    assert_eq!((response.code(), response.text()), expected, "{address:?}: {:?}", deployment.strays());
}

fn roles(deployment: &Deployment, trade: &Trade) -> Vec<Role> {
    deployment.order(trade).payments.iter().map(|payment| payment.role).collect()
}

#[test]
fn payment_is_settled_once_at_both_addresses() {
    for_each(METHODS, |method| {
        for setup in [[Address::WithAccount("main"), Address::Bare], [Address::Bare, Address::WithAccount("main")]] {
            let (trade, callback) = paid(method);
            let deployment = Deployment::of(&trade);
            for address in setup {
                assert_answer(&deployment, &callback, address, provider_answers(method)[0]);
            }
            assert_eq!(deployment.order(&trade).status(), Status::Paid);
            assert_eq!(roles(&deployment, &trade), [Role::Kept]);
            let (tasks, came) = deployment.memory.tables(|tables| {
                let came: Vec<_> = tables.records.iter().filter_map(|record| record.callback.clone()).collect();
                (tables.queue.waiting().len(), came)
            });
            assert_eq!((tasks, came.len()), (1, 1));
            assert_eq!(came[0].hash, till_lambda::sha256_hex(&callback.body));
            assert!(came[0].facts.iter().any(|(_, value)| *value == trade.number()), "{:?}", came[0].facts);
            assert_eq!(deployment.strays(), Vec::<&str>::new());
        }
    });
}

#[test]
fn callback_with_extra_byte_is_refused() {
    for_each(METHODS, |method| {
        let (trade, callback) = paid(method);
        let deployment = Deployment::of(&trade);
        let mut longer = callback.clone();
        longer.body.extend(match method.provider() {
            Provider::Alipay => b"&x=1".as_slice(),
            Provider::WeChat | Provider::Stripe => b" ",
        });
        for address in [Address::WithAccount("main"), Address::Bare] {
            assert_answer(&deployment, &longer, address, provider_answers(method)[2]);
        }
        assert_eq!(deployment.strays(), ["bad_signature"], "one a minute");
        assert_eq!(deployment.order(&trade).status(), Status::Pending);
        assert_answer(&deployment, &callback, Address::Bare, provider_answers(method)[0]);
    });
}

#[test]
fn changed_keys_are_read_again_before_refusal() {
    for_each(METHODS, |method| {
        let (trade, callback) = paid(method);
        let elsewhere = Trade::unopened(&Shop::open_for_another(), method);
        let deployment = Deployment::with(&trade, &[("main", &settings(&elsewhere))]);
        deployment.has_read("main");
        deployment.set("main", &settings(&trade));
        assert_answer(&deployment, &callback, Address::WithAccount("main"), provider_answers(method)[0]);
        assert_eq!(deployment.order(&trade).status(), Status::Paid);
        assert_eq!(deployment.strays(), Vec::<&str>::new());
    });
}

#[test]
fn payment_at_another_own_account_is_odd() {
    for_each(METHODS, |method| {
        let (trade, callback) = paid(method);
        let elsewhere = Trade::unopened(&Shop::open_for_another(), method);
        let accounts = [("main", &settings(&elsewhere)), ("second", &settings(&trade))];
        let deployment = Deployment::with(&trade, &accounts);
        for address in [Address::WithAccount("second"), Address::Bare] {
            assert_answer(&deployment, &callback, address, provider_answers(method)[0]);
        }
        let order = deployment.order(&trade);
        assert_eq!((order.status(), roles(&deployment, &trade)), (Status::Pending, vec![Role::Odd]));
        assert_eq!(order.payments[0].account.id.as_str(), "second");
        let words: Vec<HoldWord> = order.holds().into_iter().map(|hold| hold.word).collect();
        assert_eq!(words, [HoldWord::OddPayment]);
    });
}

#[test]
fn notification_about_another_merchant_is_refused() {
    for (method, field, value) in [
        (Method::WechatNative, "appid", "wx0123456789abcdef"),
        (Method::WechatNative, "mchid", "1900000109"),
        (Method::AlipayPage, "app_id", "2021000000000009"),
        (Method::AlipayPage, "seller_id", "2088000000000009"),
    ] {
        let (trade, callback) = paid(method);
        let mut other = settings(&trade);
        assert_ne!(other[field], value);
        other[field] = json!(value);
        let deployment = Deployment::with(&trade, &[("main", &other)]);
        let response = deployment.receive(&callback, Address::WithAccount("main"));
        assert_eq!(response.code(), 400, "{method} {field}");
        assert_eq!(deployment.strays(), ["other_merchant"], "{method} {field}");
        assert_eq!(roles(&deployment, &trade), [], "{method} {field}");
    }
}

#[test]
fn payment_without_order_is_orphan_and_not_acknowledged() {
    for_each(METHODS, |method| {
        let (trade, callback) = paid(method);
        let deployment = Deployment::of(&trade);
        deployment.memory.tables(|tables| tables.orders.clear());
        for _ in 0..2 {
            assert_answer(&deployment, &callback, Address::WithAccount("main"), provider_answers(method)[1]);
        }
        let orphans = deployment.memory.tables(|tables| tables.orphans.clone());
        assert_eq!(orphans.len(), 1, "kept once");
        assert_eq!(orphans[0].number, trade.number());
        assert_eq!(deployment.strays(), Vec::<&str>::new(), "it is no stray");
    });
}

#[test]
fn unknown_wechat_certificate_is_downloaded() {
    let shop = Shop::open(Setup { wechat_certificates: true, ..Setup::default() });
    let (trade, callback) = Trade::paid(&shop, Method::WechatNative);
    let mut by_certificates = settings(&trade);
    let fields = by_certificates.as_object_mut().unwrap();
    fields.remove("platform_public_key");
    fields.remove("platform_public_key_id");
    let deployment = Deployment::with(&trade, &[("main", &by_certificates)]);
    assert_answer(&deployment, &callback, Address::WithAccount("main"), (204, ""));
    assert_eq!(deployment.order(&trade).status(), Status::Paid);
}

/// A webhook about a refund on Stripe's platform names only the payment, so the function queries Stripe for the order.
#[test]
fn webhook_without_order_number_makes_till_query_stripe() {
    let (trade, callback) = paid(Method::StripeIntent);
    let deployment = Deployment::of(&trade);
    assert_answer(&deployment, &callback, Address::WithAccount("main"), provider_answers(trade.method)[0]);
    assert_eq!(deployment.order(&trade).refunds.len(), 0);
    trade.act("refund_on_platform");
    while deployment.order(&trade).refunds.is_empty() {
        assert_answer(
            &deployment,
            &trade.next_callback(),
            Address::WithAccount("main"),
            provider_answers(trade.method)[0],
        );
    }
    assert_eq!(deployment.strays(), Vec::<&str>::new());
}
