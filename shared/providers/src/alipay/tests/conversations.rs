//! Conversations: what is asked, what follows which answer, and what is made of it.

use futures_util::FutureExt as _;
use till_app::ports::{NewTrade, Opened, Payer, RefundOrder, Show};
use till_domain::currency::Currency;
use till_domain::id::AttemptNo;
use till_domain::money::Money;
use till_domain::order::{Order, RefundId, RefundWord, Report, Says};
use till_domain::provider::Method;
use till_domain::text::{Buyer, OutsideRefundNo, Reason, TradeNo};
use till_domain::time::Seconds;

use super::*;
use crate::error::{Code, Distrust, Error, NoAnswer, Verdict};
use crate::script::{self, Script, asked, now, refund, refund_order};

const QR: &str = "https://qr.alipay.com/bax03206ug0kulveltqc80a8";
const PRECREATE: &str = "alipay_trade_precreate";
const QUERY: &str = "alipay_trade_query";
const CLOSE: &str = "alipay_trade_close";
const REFUND: &str = "alipay_trade_refund";
const REFUND_QUERY: &str = "alipay_trade_fastpay_refund_query";

type Answers = Vec<Result<Response, NoAnswer>>;

fn ready<T>(talk: impl Future<Output = T>) -> T {
    talk.now_or_never().expect("a scripted conversation does not wait")
}

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn trade_no() -> TradeNo {
    TradeNo::parse(TRADE_NO).unwrap()
}

fn order(method: Method) -> Order {
    script::order(method, Currency::CNY, (method == Method::AlipayQr).then_some(QR))
}

fn said_no(sub_code: &str, verdict: Verdict) -> Error {
    Error::Said { status: 200, code: Code::new(sub_code), verdict }
}

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

fn query(order: &Order, answers: Answers) -> (Result<Vec<Says>, Error>, Vec<Request>) {
    let outside = Script::new(answers);
    let says = ready(merchant().query(&outside, asked(order)));
    (says, outside.done())
}

fn close(order: &Order, answers: Answers) -> (Result<Vec<Says>, Error>, Vec<Request>) {
    let outside = Script::new(answers);
    let says = ready(merchant().close(&outside, asked(order)));
    (says, outside.done())
}

fn trade(fields: &str) -> Result<Response, NoAnswer> {
    Ok(signed(QUERY, &format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}",{fields}}}"#)))
}

fn no(api: &str, sub_code: &str) -> Result<Response, NoAnswer> {
    Ok(signed(api, &refusal("40004", sub_code)))
}

fn unsigned_no(api: &str, code: &str, sub_code: &str) -> Result<Response, NoAnswer> {
    Ok(enveloped(api, &refusal(code, sub_code), ""))
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
        assert_eq!(error.verdict(), Verdict::OurFault, "certain that there is no trade");
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
fn pages_are_signed_here_and_ask_nobody() {
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

fn paid(at: &str, buyer: Option<&str>) -> Says {
    Says::Paid {
        trade_no: trade_no(),
        amount: cny(990),
        paid_at: crate::time::from_china(at).unwrap(),
        buyer: buyer.map(|id| Buyer::parse(id).unwrap()),
    }
}

fn all_back() -> Says {
    Says::BackInAll { trade_no: trade_no(), amount: cny(990) }
}

#[test]
fn every_state_of_a_trade() {
    let numbered = format!(r#""trade_no":"{TRADE_NO}","total_amount":"9.90""#);
    let at = r#""send_pay_date":"2026-11-21 10:05:30""#;
    for (fields, expected) in [
        (r#""trade_status":"WAIT_BUYER_PAY""#.to_owned(), vec![Says::NotPaid]),
        (
            format!(r#""trade_status":"TRADE_SUCCESS",{numbered},{at},"buyer_user_id":"2088102534368455""#),
            vec![paid("2026-11-21 10:05:30", Some("2088102534368455"))],
        ),
        (
            format!(r#""trade_status":"TRADE_FINISHED",{numbered},{at},"buyer_open_id":"074a1Cc""#),
            vec![paid("2026-11-21 10:05:30", Some("074a1Cc"))],
        ),
        (format!(r#""trade_status":"TRADE_SUCCESS",{numbered}"#), vec![paid("2026-11-21 10:00:00", None)]),
        (format!(r#""trade_status":"TRADE_CLOSED",{numbered}"#), vec![Says::Closed { for_good: true }]),
        (
            format!(r#""trade_status":"TRADE_CLOSED",{numbered},"send_pay_date":"""#),
            vec![Says::Closed { for_good: true }],
        ),
        (
            format!(r#""trade_status":"TRADE_CLOSED",{numbered},{at}"#),
            vec![paid("2026-11-21 10:05:30", None), all_back()],
        ),
        (format!(r#""trade_status":"TRADE_PENDING",{numbered},{at}"#), vec![Says::Unknown]),
    ] {
        let (says, sent) = query(&order(Method::AlipayQr), vec![trade(&fields)]);
        assert_eq!(says.unwrap(), expected, "{fields}");
        let said = said(&sent[0]);
        assert_eq!(said["method"], "alipay.trade.query");
        assert_eq!(said["biz_content"], format!(r#"{{"out_trade_no":"{NUMBER}"}}"#));
        assert!(!said.contains_key("notify_url"));
    }
}

#[test]
fn a_closed_trade_that_we_know_as_paid_was_refunded() {
    let numbered = format!(r#""trade_no":"{TRADE_NO}","total_amount":"9.90""#);
    let closed = format!(r#""trade_status":"TRADE_CLOSED",{numbered}"#);
    let heard_of = |number: &str| {
        let mut order = order(Method::AlipayQr);
        let trade_no = TradeNo::parse(number).unwrap();
        let paid_at = crate::time::from_china("2026-11-21 10:05:30").unwrap();
        let says = Says::Paid { trade_no, amount: cny(990), paid_at, buyer: None };
        let account = script::account(Method::AlipayQr);
        let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says };
        assert!(order.settle(&report, now()));
        order
    };
    let (says, _) = query(&heard_of(TRADE_NO), vec![trade(&closed)]);
    assert_eq!(says.unwrap(), [paid("2026-11-21 10:05:30", None), all_back()], "dated by our record");
    let (says, _) = query(&heard_of("another"), vec![trade(&closed)]);
    assert_eq!(says.unwrap(), [paid("2026-11-21 10:00:00", None), all_back()], "dated by the question");
}

#[test]
fn the_amount_is_alipay_s_word_not_ours() {
    let fields = format!(
        r#""trade_status":"TRADE_SUCCESS","trade_no":"{TRADE_NO}","total_amount":"0.01","send_pay_date":"2026-11-21 10:05:30""#
    );
    let (says, _) = query(&order(Method::AlipayQr), vec![trade(&fields)]);
    let [Says::Paid { amount, .. }] = says.unwrap()[..] else { panic!() };
    assert_eq!(amount, cny(1));
}

#[test]
fn questions_that_have_no_answer() {
    let whole = |fields: &str| {
        Ok(signed(
            QUERY,
            &format!(r#"{{"code":"10000","trade_status":"TRADE_SUCCESS","trade_no":"{TRADE_NO}",{fields}}}"#),
        ))
    };
    let distrust = Error::Distrust;
    for (answer, expected) in [
        (unsigned_no(QUERY, "40004", "ACQ.TRADE_NOT_EXIST"), said_no("ACQ.TRADE_NOT_EXIST", Verdict::Ask)),
        (no(QUERY, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Verdict::Ask)),
        (no(QUERY, "AQC.SYSTEM_ERROR"), said_no("AQC.SYSTEM_ERROR", Verdict::Ask)),
        (Ok(signed(QUERY, &refusal("20000", "aop.unknow-error"))), said_no("aop.unknow-error", Verdict::Ask)),
        (Ok(signed(QUERY, &refusal("10003", ""))), said_no("10003", Verdict::Ask)),
        (Ok(signed(QUERY, &refusal("40005", "isv.app-call-limited"))), said_no("isv.app-call-limited", Verdict::Retry)),
        (
            Ok(signed(QUERY, &refusal("40006", "isv.insufficient-isv-permissions"))),
            said_no("isv.insufficient-isv-permissions", Verdict::OurFault),
        ),
        (whole(r#""total_amount":"9.90""#), distrust(Distrust::Missing("out_trade_no"))),
        (
            whole(&format!(r#""out_trade_no":"{NUMBER}_2","total_amount":"9.90""#)),
            distrust(Distrust::OtherSubject("out_trade_no")),
        ),
        (whole(&format!(r#""out_trade_no":"{NUMBER}""#)), distrust(Distrust::Missing("total_amount"))),
        (
            whole(&format!(r#""out_trade_no":"{NUMBER}","total_amount":"9.9.0""#)),
            distrust(Distrust::Malformed("total_amount")),
        ),
        (
            whole(&format!(r#""out_trade_no":"{NUMBER}","total_amount":"9.90","send_pay_date":"soon""#)),
            distrust(Distrust::Malformed("send_pay_date")),
        ),
        (trade(r#""trade_no":"1""#), distrust(Distrust::Missing("trade_status"))),
        (trade(r#""trade_status":"TRADE_SUCCESS""#), distrust(Distrust::Missing("trade_no"))),
        (trade(r#""trade_status":"TRADE_SUCCESS","trade_no":"1 2""#), distrust(Distrust::Missing("total_amount"))),
        (
            trade(r#""trade_status":"TRADE_SUCCESS","trade_no":"1 2","total_amount":"9.90""#),
            distrust(Distrust::Malformed("trade_no")),
        ),
        (
            Ok(script::answer(502, &[], "<html>")),
            Error::Said { status: 502, code: Code::new("unexpected_http_status"), verdict: Verdict::Ask },
        ),
        (Ok(script::answer(200, &[], "")), distrust(Distrust::Malformed("the answer's shape"))),
        (Err(NoAnswer::Broken), Error::NoAnswer(NoAnswer::Broken)),
    ] {
        let (says, _) = query(&order(Method::AlipayQr), vec![answer]);
        assert_eq!(says.unwrap_err(), expected);
    }
    let (says, _) = query(&order(Method::AlipayQr), vec![no(QUERY, "ACQ.TRADE_NOT_EXIST")]);
    assert_eq!(says.unwrap(), [Says::NotPaid], "signed, it means that nobody scanned the code");
}

#[test]
fn closing() {
    let order = order(Method::AlipayQr);
    let done =
        || Ok(signed(CLOSE, &format!(r#"{{"code":"10000","trade_no":"{TRADE_NO}","out_trade_no":"{NUMBER}"}}"#)));
    let (says, sent) = close(&order, vec![done()]);
    assert_eq!(says.unwrap(), [Says::Closed { for_good: true }]);
    let said = said(&sent[0]);
    assert_eq!(said["method"], "alipay.trade.close");
    assert_eq!(said["biz_content"], format!(r#"{{"out_trade_no":"{NUMBER}"}}"#));

    for word in ["ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST", "AQC.TRADE_NOT_EXIST"] {
        let (says, _) = close(&order, vec![no(CLOSE, word)]);
        assert_eq!(says.unwrap(), [Says::Closed { for_good: false }], "{word}");
    }
    let success = format!(
        r#""trade_status":"TRADE_SUCCESS","trade_no":"{TRADE_NO}","total_amount":"9.90","send_pay_date":"2026-11-21 10:05:30""#
    );
    for word in
        ["ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID", "REASON_ILLEGAL_STATUS", "ACQ.TRADE_HAS_SUCCESS"]
    {
        let (says, sent) = close(&order, vec![no(CLOSE, word), trade(&success)]);
        assert_eq!(says.unwrap(), [paid("2026-11-21 10:05:30", None)], "{word}");
        assert_eq!(sent.len(), 2);
        let (says, _) = close(&order, vec![no(CLOSE, word), trade(r#""trade_status":"WAIT_BUYER_PAY""#)]);
        assert_eq!(says.unwrap(), [Says::NotPaid], "{word}");
    }
    for (answer, expected) in [
        (unsigned_no(CLOSE, "40004", "ACQ.TRADE_NOT_EXIST"), said_no("ACQ.TRADE_NOT_EXIST", Verdict::Ask)),
        (unsigned_no(CLOSE, "40004", "ACQ.TRADE_STATUS_ERROR"), said_no("ACQ.TRADE_STATUS_ERROR", Verdict::Ask)),
        (no(CLOSE, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Verdict::Ask)),
        (no(CLOSE, "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Verdict::Final)),
        (Ok(enveloped(CLOSE, r#"{"code":"10000"}"#, "")), Error::Distrust(Distrust::Missing("sign"))),
        (Ok(signed(CLOSE, r#"{"code":"10000"}"#)), Error::Distrust(Distrust::Missing("out_trade_no"))),
        (
            Ok(signed(CLOSE, &format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}_3"}}"#))),
            Error::Distrust(Distrust::OtherSubject("out_trade_no")),
        ),
    ] {
        let (says, _) = close(&order, vec![answer]);
        assert_eq!(says.unwrap_err(), expected);
    }
}

/// Orders (or asks about) a refund of 4.00 of 9.90.
fn talk_of_refund(
    change: impl Fn(&mut RefundOrder<'_>),
    answers: Answers,
    is_question: bool,
) -> (Result<Vec<Says>, Error>, Vec<Request>) {
    let order = order(Method::AlipayQr);
    let mut back = refund(&order, TRADE_NO, 400);
    back.reason = Some(Reason::parse("买错了").unwrap());
    let mut told = refund_order(&order, &back);
    change(&mut told);
    let outside = Script::new(answers);
    let says = if is_question {
        ready(merchant().query_refund(&outside, told))
    } else {
        ready(merchant().refund(&outside, told))
    };
    (says, outside.done())
}

fn refund_is(word: RefundWord) -> Says {
    let id = RefundId::Ours(till_domain::id::RefundIndex::FIRST);
    Says::Refund { id, trade_no: trade_no(), amount: cny(400), word }
}

fn refunded(fields: &str) -> Result<Response, NoAnswer> {
    let numbers = format!(r#""trade_no":"{TRADE_NO}","out_trade_no":"{NUMBER}""#);
    Ok(signed(REFUND, &format!(r#"{{"code":"10000","msg":"Success",{numbers}{fields}}}"#)))
}

fn standing(fields: &str) -> Result<Response, NoAnswer> {
    Ok(signed(REFUND_QUERY, &format!(r#"{{"code":"10000","msg":"Success"{fields}}}"#)))
}

fn done_standing() -> String {
    format!(
        r#","out_request_no":"{NUMBER}R1","trade_no":"{TRADE_NO}","refund_amount":"4.00","refund_status":"REFUND_SUCCESS""#
    )
}

#[test]
fn a_refund_is_done_when_money_moved() {
    let total = |minor| Says::BackInAll { trade_no: trade_no(), amount: cny(minor) };
    for (fields, expected) in [
        (r#","fund_change":"Y","refund_fee":"7.50""#, vec![refund_is(RefundWord::Succeeded), total(750)]),
        (r#","fund_change":"Y""#, vec![refund_is(RefundWord::Succeeded)]),
        (r#","fund_change":"N","refund_fee":"4.00""#, vec![refund_is(RefundWord::Processing), total(400)]),
        (r#","fund_change":"N","refund_fee":"0.00""#, vec![refund_is(RefundWord::Processing)]),
        ("", vec![refund_is(RefundWord::Processing)]),
    ] {
        let (says, sent) = talk_of_refund(|_| {}, vec![refunded(fields)], false);
        assert_eq!(says.unwrap(), expected, "{fields}");
        let said = said(&sent[0]);
        assert_eq!(said["method"], "alipay.trade.refund");
        let content = format!(
            r#"{{"trade_no":"{TRADE_NO}","refund_amount":"4.00","out_request_no":"{NUMBER}R1","refund_reason":"买错了"}}"#
        );
        assert_eq!(said["biz_content"], content);
    }
    let (says, sent) = talk_of_refund(|told| told.paid = None, vec![refunded(r#","fund_change":"Y""#)], false);
    assert_eq!(says.unwrap(), [refund_is(RefundWord::Succeeded)], "its trade's number is enough");
    assert_eq!(sent.len(), 1);
}

#[test]
fn a_refund_sent_again_is_the_same_to_the_letter() {
    let send = || talk_of_refund(|_| {}, vec![refunded(r#","fund_change":"N""#)], false).1;
    assert_eq!(send(), send());
}

#[test]
fn a_refusal_counts_once_alipay_does_not_know_the_number() {
    for word in [
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        "ACQ.DISCORDANT_REPEAT_REQUEST",
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.INVALID_PARAMETER",
        "INVALID_PARAMETER",
    ] {
        for (answer, expected) in [
            (standing(""), RefundWord::Failed),
            (standing(&format!(r#","trade_no":"{TRADE_NO}","out_request_no":"{NUMBER}R1""#)), RefundWord::Failed),
            (standing(&done_standing()), RefundWord::Succeeded),
            (standing(&done_standing().replace("4.00", "3.00")), RefundWord::Abnormal),
            (standing(&done_standing().replace("REFUND_SUCCESS", "REFUND_SOON")), RefundWord::Unclear),
            (standing(r#","refund_amount":"4.00""#), RefundWord::Unclear),
        ] {
            let (says, sent) = talk_of_refund(|_| {}, vec![no(REFUND, word), answer], false);
            assert_eq!(says.unwrap(), [refund_is(expected)], "{word}");
            assert_eq!(said(&sent[1])["method"], "alipay.trade.fastpay.refund.query");
        }
        for answer in [
            unsigned_no(REFUND_QUERY, "40004", "ACQ.TRADE_NOT_EXIST"),
            no(REFUND_QUERY, "ACQ.TRADE_NOT_EXIST"),
            no(REFUND_QUERY, "ACQ.SYSTEM_ERROR"),
            Ok(enveloped(REFUND_QUERY, r#"{"code":"10000"}"#, "")),
            Err(NoAnswer::TimedOut),
        ] {
            let (says, _) = talk_of_refund(|_| {}, vec![no(REFUND, word), answer], false);
            assert_eq!(says.unwrap_err().verdict(), Verdict::Ask, "{word}");
        }
    }
}

#[test]
fn refunds_that_are_not_certain() {
    let (says, _) = talk_of_refund(|_| {}, vec![no(REFUND, "ACQ.SELLER_BALANCE_NOT_ENOUGH")], false);
    assert_eq!(says.unwrap(), [refund_is(RefundWord::NoBalance)]);
    for (answer, expected) in [
        (no(REFUND, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Verdict::Ask)),
        (no(REFUND, "ACQ.SOMETHING_NEW"), said_no("ACQ.SOMETHING_NEW", Verdict::Ask)),
        (no(REFUND, "ACQ.TRADE_NOT_EXIST"), said_no("ACQ.TRADE_NOT_EXIST", Verdict::Ask)),
        (no(REFUND, "ACQ.REFUND_CHARGE_ERROR"), said_no("ACQ.REFUND_CHARGE_ERROR", Verdict::Retry)),
        (no(REFUND, "ACQ.ACCESS_FORBIDDEN"), said_no("ACQ.ACCESS_FORBIDDEN", Verdict::OurFault)),
        (unsigned_no(REFUND, "40004", "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Verdict::Ask)),
        (
            unsigned_no(REFUND, "40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"),
            said_no("ACQ.SELLER_BALANCE_NOT_ENOUGH", Verdict::Ask),
        ),
        (Ok(signed(REFUND, &refusal("20000", "isp.unknow-error"))), said_no("isp.unknow-error", Verdict::Ask)),
        (
            Ok(signed(REFUND, r#"{"code":"10000","trade_no":"1","fund_change":"Y"}"#)),
            Error::Distrust(Distrust::OtherSubject("trade_no")),
        ),
        (
            Ok(signed(
                REFUND,
                &format!(r#"{{"code":"10000","trade_no":"{TRADE_NO}","out_trade_no":"1","fund_change":"Y"}}"#),
            )),
            Error::Distrust(Distrust::OtherSubject("out_trade_no")),
        ),
        (Ok(signed(REFUND, r#"{"code":"10000","fund_change":"Y"}"#)), Error::Distrust(Distrust::Missing("trade_no"))),
        (refunded(r#","fund_change":"Y","refund_fee":"-4.00""#), Error::Distrust(Distrust::Malformed("refund_fee"))),
        (Err(NoAnswer::TimedOut), Error::NoAnswer(NoAnswer::TimedOut)),
    ] {
        let (says, _) = talk_of_refund(|_| {}, vec![answer], false);
        assert_eq!(says.unwrap_err(), expected);
    }
}

#[test]
fn how_a_refund_stands() {
    for (fields, word) in [
        (done_standing(), RefundWord::Succeeded),
        (done_standing().replace("4.00", "4.01"), RefundWord::Abnormal),
        (done_standing().replace(r#","refund_amount":"4.00""#, ""), RefundWord::Succeeded),
        (done_standing().replace(r#","refund_status":"REFUND_SUCCESS""#, ""), RefundWord::Unclear),
        (done_standing().replace("REFUND_SUCCESS", "REFUND_PROCESSING"), RefundWord::Unclear),
        (String::new(), RefundWord::Unclear),
    ] {
        let (says, sent) = talk_of_refund(|_| {}, vec![standing(&fields)], true);
        assert_eq!(says.unwrap(), [refund_is(word)], "{fields}");
        let content = format!(r#"{{"trade_no":"{TRADE_NO}","out_request_no":"{NUMBER}R1"}}"#);
        assert_eq!(said(&sent[0])["biz_content"], content);
    }
    for (fields, why) in [
        (done_standing().replace("R1", "R2"), Distrust::OtherSubject("out_request_no")),
        (done_standing().replace(TRADE_NO, "1"), Distrust::OtherSubject("trade_no")),
        (done_standing().replace("4.00", "4,00"), Distrust::Malformed("refund_amount")),
        (r#","refund_status":"REFUND_SUCCESS""#.to_owned(), Distrust::Missing("out_request_no")),
    ] {
        let (says, _) = talk_of_refund(|_| {}, vec![standing(&fields)], true);
        assert_eq!(says.unwrap_err(), Error::Distrust(why), "{fields}");
    }
    let (says, _) = talk_of_refund(|_| {}, vec![no(REFUND_QUERY, "ACQ.TRADE_NOT_EXIST")], true);
    assert_eq!(says.unwrap_err().verdict(), Verdict::Ask);
}

#[test]
fn refunds_made_elsewhere_have_no_number_to_ask_by() {
    let order = order(Method::AlipayQr);
    let mut back = refund(&order, TRADE_NO, 400);
    back.id = RefundId::Theirs(OutsideRefundNo::parse("2026").unwrap());
    let told = RefundOrder { refund_no: None, ..refund_order(&order, &back) };
    let expected = Error::Cannot("Alipay knows refunds by our numbers alone");
    assert_eq!(ready(merchant().query_refund(&Script::new([]), told)).unwrap_err(), expected);
    assert_eq!(ready(merchant().refund(&Script::new([]), told)).unwrap_err(), expected);
}

#[test]
fn an_account_with_certificates_names_them() {
    let order = order(Method::AlipayQr);
    let subject = r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#;
    let sign = alipay().private.sign(subject.as_bytes()).unwrap();
    let ask = |sn: &str| {
        let rest = format!(r#",{sn}"sign":"{sign}""#);
        let outside = Script::new([Ok(enveloped(QUERY, subject, &rest))]);
        let says = ready(certified().query(&outside, asked(&order)));
        (says, outside.done())
    };
    let ours = certified().serials.as_ref().unwrap();
    let (says, sent) = ask(&format!(r#""alipay_cert_sn":"{}","#, ours.alipay));
    assert_eq!(says.unwrap(), [Says::NotPaid]);
    let said = said(&sent[0]);
    assert_eq!((&said["app_cert_sn"], &said["alipay_root_cert_sn"]), (&ours.app, &ours.root));
    assert_eq!(ask("").0.unwrap(), [Says::NotPaid], "the signature counts, the name only says whose it is");
    assert_eq!(
        ask(r#""alipay_cert_sn":"00000000000000000000000000000000","#).0.unwrap_err(),
        Distrust::UnknownKey.into()
    );
    assert_eq!(ask(r#""alipay_cert_sn":7,"#).0.unwrap_err(), Distrust::Malformed("alipay_cert_sn").into());
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
