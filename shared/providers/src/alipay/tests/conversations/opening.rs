//! How trades are opened and shown.

use till_app::ports::{NewTrade, Opened, Payer, Show};
use till_domain::currency::Currency;
use till_domain::id::AttemptNo;
use till_domain::provider::Method;
use till_domain::time::Seconds;

use super::super::*;
use super::*;
use crate::error::{Distrust, Error, NoAnswer, Verdict};
use crate::provide::PaymentApi as _;
use crate::script::{self, Script, asked, now};

/// Creates a trade of 9.90 for half an hour.
fn create(method: Method, payer: &Payer, answers: Answers) -> (Result<Opened, Error>, Vec<Request>) {
    let order = order(method);
    let account = script::account(method);
    let trade = NewTrade {
        payment_no: order.no.payment(AttemptNo::FIRST),
        method,
        account: &account,
        sold: &order.sold,
        expire_at: order.expire_at,
        payer,
    };
    let outside = Script::new(answers);
    let opened = ready(merchant().create(&outside, trade));
    (opened, outside.done())
}

#[test]
fn a_qr_code_is_asked_for_and_remembered() {
    let good = signed(PRECREATE, &format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}","qr_code":"{QR}"}}"#));
    let (opened, sent) = create(Method::AlipayQr, &Payer::default(), vec![Ok(good)]);
    let opened = opened.unwrap();
    let until = now().plus(Seconds::minutes(30));
    assert_eq!(opened.handle.unwrap().as_str(), QR);
    assert_eq!(opened.payable_until, Some(until));
    let show = Show { qr_code_url: Some(QR.to_owned()), qr_code_expire_at: Some(until), ..Show::default() };
    assert_eq!(opened.show, show);

    let [request] = sent.as_slice() else { panic!("{sent:?}") };
    let said = said(request);
    let expected = [
        ("app_id", APP_ID),
        (
            "biz_content",
            r#"{"out_trade_no":"ORD20261121100000TESTTEST","total_amount":"9.90","subject":"100 点数","product_code":"QR_CODE_OFFLINE","time_expire":"2026-11-21 10:30:00","qr_code_timeout_express":"30m"}"#,
        ),
        ("charset", "utf-8"),
        ("format", "JSON"),
        ("method", "alipay.trade.precreate"),
        ("notify_url", NOTIFY_URL),
        ("sign_type", "RSA2"),
        ("timestamp", "2026-11-21 10:00:00"),
        ("version", "1.0"),
    ];
    let said: Vec<(&str, &str)> = said.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(said, expected);
    assert!(request.target.starts_with("/gateway.do?") && !request.target.contains("biz_content"));
    assert_eq!(request.headers, [("Content-Type", "application/x-www-form-urlencoded;charset=utf-8".to_owned())]);
}

#[test]
fn a_code_lives_no_longer_than_the_order_and_two_hours() {
    let order = order(Method::AlipayQr);
    let account = script::account(Method::AlipayQr);
    for (seconds, asked_for, dies_after) in [
        (1, "1m", 1),
        (59, "1m", 59),
        (61, "1m", 60),
        (900, "15m", 900),
        (7_200, "120m", 7_200),
        (90_000, "120m", 7_200),
    ] {
        let good = signed(PRECREATE, &format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}","qr_code":"{QR}"}}"#));
        let outside = Script::new([Ok(good)]);
        let until = now().plus(Seconds(seconds));
        let trade = NewTrade {
            payment_no: order.no.payment(AttemptNo::FIRST),
            method: Method::AlipayQr,
            account: &account,
            sold: &order.sold,
            expire_at: until,
            payer: &Payer::default(),
        };
        let opened = ready(merchant().create(&outside, trade)).unwrap();
        assert_eq!(opened.show.qr_code_expire_at, Some(now().plus(Seconds(dies_after))), "{seconds}");
        assert_eq!(opened.payable_until, Some(until));
        let content = said(&outside.done()[0]).remove("biz_content").unwrap();
        assert!(content.contains(&format!(r#""qr_code_timeout_express":"{asked_for}""#)), "{seconds}: {content}");
    }
}

#[test]
fn what_cannot_be_sold_is_not_asked_for() {
    let good = order(Method::AlipayQr);
    let refused = |change: &dyn Fn(&mut NewTrade<'_>)| {
        let account = script::account(Method::AlipayQr);
        let payer = Payer::default();
        let mut trade = NewTrade {
            payment_no: good.no.payment(AttemptNo::FIRST),
            method: Method::AlipayQr,
            account: &account,
            sold: &good.sold,
            expire_at: good.expire_at,
            payer: &payer,
        };
        change(&mut trade);
        let outside = Script::new([]);
        let error = ready(merchant().create(&outside, trade)).unwrap_err();
        assert!(outside.done().is_empty());
        assert_eq!(error.verdict(), Verdict::Final, "certain that there is no trade");
        error.to_string()
    };
    assert_eq!(refused(&|trade| trade.expire_at = now()), "the order is past its end");
    assert_eq!(refused(&|trade| trade.method = Method::WechatNative), "Alipay has no page for this method");
    for (minor, currency, told) in [
        (990, Currency::USD, "Alipay takes CNY alone"),
        (0, Currency::CNY, "Alipay takes 0.01 to 100000000.00 at once"),
        (10_000_000_001, Currency::CNY, "Alipay takes 0.01 to 100000000.00 at once"),
    ] {
        let sold = script::sold(minor, currency);
        let payer = Payer::default();
        let account = script::account(Method::AlipayQr);
        for method in [Method::AlipayQr, Method::AlipayPage, Method::AlipayWap] {
            let number = good.no.payment(AttemptNo::FIRST);
            let expire_at = good.expire_at;
            let trade =
                NewTrade { payment_no: number, method, account: &account, sold: &sold, expire_at, payer: &payer };
            let error = ready(merchant().create(&Script::new([]), trade)).unwrap_err();
            assert_eq!(error.to_string(), told);
        }
    }
}

#[test]
fn a_refused_code_is_certain_only_where_there_is_no_trade() {
    for (answer, expected) in [
        (no(PRECREATE, "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Verdict::Final)),
        (no(PRECREATE, "ACQ.ACCESS_FORBIDDEN"), said_no("ACQ.ACCESS_FORBIDDEN", Verdict::OurFault)),
        (no(PRECREATE, "ACQ.TRADE_HAS_SUCCESS"), said_no("ACQ.TRADE_HAS_SUCCESS", Verdict::Ask)),
        (no(PRECREATE, "ACQ.TRADE_HAS_CLOSE"), said_no("ACQ.TRADE_HAS_CLOSE", Verdict::Ask)),
        (no(PRECREATE, "ACQ.CONTEXT_INCONSISTENT"), said_no("ACQ.CONTEXT_INCONSISTENT", Verdict::Ask)),
        (no(PRECREATE, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Verdict::Ask)),
        (unsigned_no(PRECREATE, "40002", "isv.invalid-signature"), said_no("isv.invalid-signature", Verdict::Ask)),
        (unsigned_no(PRECREATE, "40004", "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Verdict::Ask)),
        (unsigned_no(PRECREATE, "40005", ""), said_no("40005", Verdict::Retry)),
        (Err(NoAnswer::TimedOut), Error::NoAnswer(NoAnswer::TimedOut)),
        (Err(NoAnswer::Unreachable), Error::NoAnswer(NoAnswer::Unreachable)),
        (
            Ok(signed(PRECREATE, &format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}_2","qr_code":"{QR}"}}"#))),
            Error::Distrust(Distrust::OtherSubject("out_trade_no")),
        ),
        (
            Ok(signed(PRECREATE, &format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}"}}"#))),
            Error::Distrust(Distrust::Missing("qr_code")),
        ),
        (
            Ok(signed(PRECREATE, &format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}","qr_code":"二维码"}}"#))),
            Error::Distrust(Distrust::Malformed("qr_code")),
        ),
        (
            Ok(signed(PRECREATE, &format!(r#"{{"code":"10000","qr_code":"{QR}"}}"#))),
            Error::Distrust(Distrust::Missing("out_trade_no")),
        ),
    ] {
        let (opened, _) = create(Method::AlipayQr, &Payer::default(), vec![answer]);
        assert_eq!(opened.unwrap_err(), expected);
    }
}

#[test]
fn pages_are_signed_locally_without_a_call() {
    let payer = Payer { return_url: Some("https://shop.example/back?x=1&y=\"2\"".to_owned()), ..Payer::default() };
    for (method, api, product_code, quit) in [
        (Method::AlipayPage, "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY", ""),
        (
            Method::AlipayWap,
            "alipay.trade.wap.pay",
            "QUICK_WAP_WAY",
            r#","quit_url":"https://shop.example/back?x=1&y=\"2\"""#,
        ),
    ] {
        let (opened, sent) = create(method, &payer, vec![]);
        let opened = opened.unwrap();
        assert!(sent.is_empty());
        assert_eq!((opened.handle, opened.payable_until), (None, Some(now().plus(Seconds::minutes(30)))));

        let url = opened.show.pay_url.unwrap();
        let (target, content) =
            url.strip_prefix("https://openapi.alipay.com").unwrap().split_once("&biz_content=").unwrap();
        let as_sent = |target: String, content: &str| {
            said(&Request {
                verb: crate::http::Verb::Post,
                base: String::new(),
                target,
                headers: vec![],
                body: format!("biz_content={content}").into_bytes(),
            })
        };
        let said = as_sent(target.to_owned(), content);
        assert_eq!(said["method"], api);
        assert_eq!(said["return_url"], payer.return_url.clone().unwrap());
        assert_eq!(said["notify_url"], NOTIFY_URL);
        let expected = format!(
            r#"{{"out_trade_no":"{NUMBER}","total_amount":"9.90","subject":"100 点数","product_code":"{product_code}","time_expire":"2026-11-21 10:30:00"{quit}}}"#
        );
        assert_eq!(said["biz_content"], expected);

        // The form says the same, as HTML.
        let form = opened.show.pay_form.unwrap();
        let html = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;");
        let expected = format!(
            "<form id=\"alipay\" name=\"alipay\" method=\"post\" accept-charset=\"utf-8\" \
             action=\"https://openapi.alipay.com{}\"><input type=\"hidden\" name=\"biz_content\" value=\"{}\">\
             </form><script>document.forms[\"alipay\"].submit();</script>",
            html(target),
            html(&expected)
        );
        assert_eq!(form, expected);
    }
}

#[test]
fn a_form_holds_no_html_of_the_product_s() {
    let mut sold = script::sold(990, Currency::CNY);
    sold.name = till_domain::text::ProductName::parse("<b>\"A/B\" & 'C'=1</b>").unwrap();
    let (number, account) =
        (order(Method::AlipayPage).no.payment(AttemptNo::FIRST), script::account(Method::AlipayPage));
    let expire_at = now().plus(Seconds::minutes(5));
    let payer = Payer::default();
    let method = Method::AlipayPage;
    let trade = NewTrade { payment_no: number, method, account: &account, sold: &sold, expire_at, payer: &payer };
    let show = ready(merchant().create(&Script::new([]), trade)).unwrap().show;
    let form = show.pay_form.unwrap();
    let subject = "&lt;b&gt;\\&quot;A／B\\&quot; ＆ &#39;C&#39;＝1&lt;／b&gt;";
    assert!(form.contains(subject), "{form}");
    assert_eq!(form.matches('<').count(), 5, "{form}");
}

#[test]
fn a_page_is_shown_anew_with_the_same_content_later() {
    let payer = Payer::default();
    let (opened, _) = create(Method::AlipayPage, &payer, vec![]);
    let outside = Script::new([]);
    outside.now.set(now().plus(Seconds::minutes(7)));
    let order = order(Method::AlipayPage);
    let again = ready(merchant().show(&outside, asked(&order), &payer)).unwrap();
    let content = |url: &str| url.split_once("&biz_content=").unwrap().1.to_owned();
    let (first, second) = (opened.unwrap().show.pay_url.unwrap(), again.pay_url.unwrap());
    assert_eq!(content(&first), content(&second), "another content would be another trade");
    assert!(second.contains("timestamp=2026-11-21%2010%3A07%3A00"), "{second}");

    let far = Payer { return_url: Some(format!("https://shop.example/{}", "a".repeat(250))), ..Payer::default() };
    let error = ready(merchant().show(&outside, asked(&order), &far)).unwrap_err();
    assert_eq!(error.to_string(), "the address to return to is above 256 characters");
}

#[test]
fn a_code_is_shown_as_it_was_made() {
    let order = order(Method::AlipayQr);
    let show = ready(merchant().show(&Script::new([]), asked(&order), &Payer::default())).unwrap();
    let until = now().plus(Seconds::minutes(30));
    assert_eq!(show, Show { qr_code_url: Some(QR.to_owned()), qr_code_expire_at: Some(until), ..Show::default() });
    let without = script::order(Method::AlipayQr, Currency::CNY, None);
    let error = ready(merchant().show(&Script::new([]), asked(&without), &Payer::default())).unwrap_err();
    assert_eq!(error, Error::Cannot("this attempt has no QR code"));
}

#[test]
fn slashes_may_be_signed_escaped_or_not() {
    let as_sent = format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}","qr_code":"{QR}"}}"#);
    let escaped = as_sent.replace('/', "\\/");
    for (sent, over) in [(&as_sent, &as_sent), (&as_sent, &escaped), (&escaped, &as_sent), (&escaped, &escaped)] {
        let sign = alipay().private.sign(over.as_bytes()).unwrap();
        let answer = enveloped(PRECREATE, sent, &format!(r#","sign":"{}""#, sign.replace('/', "\\/")));
        let (opened, _) = create(Method::AlipayQr, &Payer::default(), vec![Ok(answer)]);
        assert_eq!(opened.unwrap().handle.unwrap().as_str(), QR, "{sent} signed as {over}");
    }
}
