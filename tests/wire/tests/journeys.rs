//! Every method of every provider: opened, asked about, paid, heard of, given back in two parts, and the books of both
//! sides compared; and what a tester's menu can do to it.

mod support;

use support::Journey;
use till_domain::provider::Method;
use till_wire::Ways;

fn whole(method: Method, ways: Ways) {
    let mut journey = Journey::begin(method, ways);
    journey.is_not_paid();
    journey.buyer_comes();
    let trade_no = journey.pays_and_is_heard_of();
    journey.is_paid(&trade_no);
    journey.cannot_be_closed(&trade_no);
    journey.goes_back(300);
    let last = journey.goes_back(690);
    journey.repeats(&last);
    journey.books_agree(990);
}

#[test]
fn wechat_native() {
    whole(Method::WechatNative, Ways::default());
}

#[test]
fn wechat_native_by_certificates() {
    whole(Method::WechatNative, Ways { wechat_certificates: true, ..Ways::default() });
}

#[test]
fn wechat_jsapi() {
    whole(Method::WechatJsapi, Ways::default());
}

#[test]
fn wechat_h5() {
    whole(Method::WechatH5, Ways::default());
}

#[test]
fn alipay_qr() {
    whole(Method::AlipayQr, Ways::default());
}

#[test]
fn alipay_page() {
    whole(Method::AlipayPage, Ways::default());
}

#[test]
fn alipay_page_by_certificates() {
    whole(Method::AlipayPage, Ways { alipay_certificates: true, ..Ways::default() });
}

#[test]
fn alipay_wap() {
    whole(Method::AlipayWap, Ways::default());
}

#[test]
fn stripe_checkout() {
    whole(Method::StripeCheckout, Ways::default());
}

#[test]
fn stripe_intent() {
    whole(Method::StripeIntent, Ways::default());
}

/// At an emulator all addresses of a gateway stand behind a path, and WeChat Pay's are signed with it.
#[test]
fn behind_a_path() {
    for method in [Method::WechatNative, Method::WechatH5, Method::AlipayQr, Method::AlipayPage, Method::StripeCheckout]
    {
        whole(method, Ways { prefix: "/_aws/execute-api/0a1b2c3d", ..Ways::default() });
    }
}

#[test]
fn closed_trade_cannot_be_paid() {
    for method in Method::ALL {
        let mut journey = Journey::begin(method, Ways::default());
        journey.buyer_comes();
        journey.is_closed();
    }
}
