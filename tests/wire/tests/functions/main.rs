//! The three functions for notifications, before a sandbox that signs: what it sends over real HTTP goes through the gateway's
//! event into the function, and ends in an order.

mod house;

use std::rc::Rc;

use house::{House, Way, settings};
use serde_json::json;
use till_domain::order::{HoldWord, Role, Status};
use till_domain::provider::{Method, Provider};
use till_lambda::http::ReadResponse as _;
use till_providers::heard::About;
use till_wire::{Caught, Shop, Trade, Ways};

const METHODS: [Method; 3] = [Method::WechatNative, Method::AlipayPage, Method::StripeIntent];

/// A trade that is paid, and the notification of it.
fn paid_at(shop: &Rc<Shop>, method: Method) -> (Trade, Caught) {
    let trade = Trade::begin(shop, method);
    trade.act("pay");
    loop {
        let caught = trade.catch();
        if matches!(trade.hear(&caught).unwrap().about, About::Payment { .. }) {
            return (trade, caught);
        }
    }
}

fn paid(method: Method) -> (Trade, Caught) {
    paid_at(&Shop::open(Ways::default()), method)
}

/// What a provider reads as "taken", "not now" and "not believed".
fn words(method: Method) -> [(u16, &'static str); 3] {
    const FAIL: &str = "{\"code\":\"FAIL\",\"message\":\"失败\"}";
    const NO: &str = "{\"received\":false}";
    match method.provider() {
        Provider::WeChat => [(204, ""), (500, FAIL), (401, FAIL)],
        Provider::Alipay => [(200, "success"), (200, "fail"), (400, "fail")],
        Provider::Stripe => [(200, "{\"received\":true}"), (503, NO), (400, NO)],
    }
}

#[track_caller]
fn answers(house: &House, caught: &Caught, way: Way, expected: (u16, &str)) {
    let response = house.take(caught, way);
    assert_eq!((response.code(), response.text()), expected, "{way:?}: {:?}", house.strays());
}

fn roles(house: &House, trade: &Trade) -> Vec<Role> {
    house.order(trade).payments.iter().map(|payment| payment.role).collect()
}

#[test]
fn a_payment_is_settled_once_however_often_and_by_which_way_it_comes() {
    for method in METHODS {
        for ways in [[Way::Named("main"), Way::Bare], [Way::Bare, Way::Named("main")]] {
            let (trade, caught) = paid(method);
            let house = House::of(&trade);
            for way in ways {
                answers(&house, &caught, way, words(method)[0]);
            }
            assert_eq!(house.order(&trade).status(), Status::Paid, "{method}");
            assert_eq!(roles(&house, &trade), [Role::Kept], "{method}");
            let (tasks, came) = house.memory.tables(|tables| {
                let came: Vec<_> = tables.records.iter().filter_map(|record| record.callback.clone()).collect();
                (tables.queue.waiting().len(), came)
            });
            assert_eq!((tasks, came.len()), (1, 1), "{method}");
            assert_eq!(came[0].hash, till_lambda::sha256_hex(&caught.body), "{method}");
            assert!(came[0].facts.iter().any(|(_, value)| *value == trade.number()), "{method}: {:?}", came[0].facts);
            assert_eq!(house.strays(), Vec::<&str>::new(), "{method}");
        }
    }
}

#[test]
fn one_byte_makes_it_another_notification() {
    for method in METHODS {
        let (trade, caught) = paid(method);
        let house = House::of(&trade);
        let mut longer = caught.clone();
        longer.body.extend(match method.provider() {
            Provider::Alipay => b"&x=1".as_slice(),
            Provider::WeChat | Provider::Stripe => b" ",
        });
        for way in [Way::Named("main"), Way::Bare] {
            answers(&house, &longer, way, words(method)[2]);
        }
        assert_eq!(house.strays(), ["bad_signature"], "{method}: one a minute");
        assert_eq!(house.order(&trade).status(), Status::Pending, "{method}");
        answers(&house, &caught, Way::Bare, words(method)[0]);
    }
}

#[test]
fn keys_that_were_changed_just_now_are_read_anew() {
    for method in METHODS {
        let (trade, caught) = paid(method);
        let elsewhere = Trade::draft(&Shop::open_as_another(), method);
        let house = House::with(&trade, &[("main", &settings(&elsewhere))]);
        house.has_read("main");
        house.set("main", &settings(&trade));
        answers(&house, &caught, Way::Named("main"), words(method)[0]);
        assert_eq!(house.order(&trade).status(), Status::Paid, "{method}");
        assert_eq!(house.strays(), Vec::<&str>::new(), "{method}");
    }
}

#[test]
fn what_another_account_of_ours_took_is_odd_and_not_the_buyers_loss() {
    for method in METHODS {
        let (trade, caught) = paid(method);
        let elsewhere = Trade::draft(&Shop::open_as_another(), method);
        let accounts = [("main", &settings(&elsewhere)), ("second", &settings(&trade))];
        let house = House::with(&trade, &accounts);
        for way in [Way::Named("second"), Way::Bare] {
            answers(&house, &caught, way, words(method)[0]);
        }
        let order = house.order(&trade);
        assert_eq!((order.status(), roles(&house, &trade)), (Status::Pending, vec![Role::Odd]), "{method}");
        assert_eq!(order.payments[0].account.id.as_str(), "second", "{method}");
        let words: Vec<HoldWord> = order.holds().into_iter().map(|hold| hold.word).collect();
        assert_eq!(words, [HoldWord::OddPayment], "{method}");
    }
}

#[test]
fn notification_about_another_merchant_is_refused() {
    for (method, field, value) in [
        (Method::WechatNative, "appid", "wx0123456789abcdef"),
        (Method::WechatNative, "mchid", "1900000109"),
        (Method::AlipayPage, "app_id", "2021000000000009"),
        (Method::AlipayPage, "seller_id", "2088000000000009"),
    ] {
        let (trade, caught) = paid(method);
        let mut other = settings(&trade);
        assert_ne!(other[field], value);
        other[field] = json!(value);
        let house = House::with(&trade, &[("main", &other)]);
        let response = house.take(&caught, Way::Named("main"));
        assert_eq!(response.code(), 400, "{method} {field}");
        assert_eq!(house.strays(), ["other_merchant"], "{method} {field}");
        assert_eq!(roles(&house, &trade), [], "{method} {field}");
    }
}

#[test]
fn money_under_a_number_of_ours_without_an_order_is_kept_and_never_acknowledged() {
    for method in METHODS {
        let (trade, caught) = paid(method);
        let house = House::of(&trade);
        house.memory.tables(|tables| tables.orders.clear());
        for _ in 0..2 {
            answers(&house, &caught, Way::Named("main"), words(method)[1]);
        }
        let orphans = house.memory.tables(|tables| tables.orphans.clone());
        assert_eq!(orphans.len(), 1, "{method}: kept once");
        assert_eq!(orphans[0].number, trade.number(), "{method}");
        assert_eq!(house.strays(), Vec::<&str>::new(), "{method}: it is no stray");
    }
}

/// WeChat Pay signs with a certificate that nobody here has: it is fetched before the notification is believed.
#[test]
fn a_certificate_that_is_not_known_is_fetched() {
    let shop = Shop::open(Ways { wechat_certificates: true, ..Ways::default() });
    let (trade, caught) = paid_at(&shop, Method::WechatNative);
    let mut by_certificates = settings(&trade);
    let fields = by_certificates.as_object_mut().unwrap();
    fields.remove("platform_public_key");
    fields.remove("platform_public_key_id");
    let house = House::with(&trade, &[("main", &by_certificates)]);
    answers(&house, &caught, Way::Named("main"), (204, ""));
    assert_eq!(house.order(&trade).status(), Status::Paid);
}

/// A webhook about a refund that was made on Stripe's own pages names only the payment: whose it is, Stripe is asked.
#[test]
fn a_webhook_that_does_not_say_whose_it_is_makes_a_question() {
    let (trade, caught) = paid(Method::StripeIntent);
    let house = House::of(&trade);
    answers(&house, &caught, Way::Named("main"), words(trade.method)[0]);
    assert_eq!(house.order(&trade).refunds.len(), 0);
    trade.act("refund_on_platform");
    while house.order(&trade).refunds.is_empty() {
        answers(&house, &trade.catch(), Way::Named("main"), words(trade.method)[0]);
    }
    assert_eq!(house.strays(), Vec::<&str>::new());
}
