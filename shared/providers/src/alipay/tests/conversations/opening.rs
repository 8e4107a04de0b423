//! Opening and showing trades.

use super::*;

/// Creates a trade of 9.90 for half an hour.
fn create(method: Method, payer: &Payer, answers: Answers) -> (Result<Opened, Error>, Vec<Request>) {
    talk(answers, async |outside| merchant().create(outside, new_trade(&order(method), payer)).await)
}

#[test]
fn qr_code_is_requested_and_kept_as_the_handle() {
    let (opened, sent) = create(Method::AlipayQr, &Payer::default(), vec![precreated(NUMBER, QR)]);
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
fn qr_code_expires_with_the_order_and_after_two_hours_at_most() {
    for (seconds, asked_for, dies_after) in [
        (1, "1m", 1),
        (59, "1m", 59),
        (61, "1m", 60),
        (900, "15m", 900),
        (7_200, "120m", 7_200),
        (90_000, "120m", 7_200),
    ] {
        let until = now().plus(Seconds(seconds));
        let (order, payer) = (order_until(until, Method::AlipayQr, Currency::CNY, None), Payer::default());
        let (opened, sent) = talk([precreated(NUMBER, QR)], async |outside| {
            merchant().create(outside, new_trade(&order, &payer)).await.unwrap()
        });
        assert_eq!(opened.show.qr_code_expire_at, Some(now().plus(Seconds(dies_after))), "{seconds}");
        assert_eq!(opened.payable_until, Some(until));
        let content = said(&sent[0]).remove("biz_content").unwrap();
        assert!(content.contains(&format!(r#""qr_code_timeout_express":"{asked_for}""#)), "{seconds}: {content}");
    }
}

#[test]
fn trade_that_cannot_be_opened_is_not_sent() {
    let refused = |method, change: &dyn Fn(&mut NewTrade<'_>)| {
        let (order, payer) = (order(method), Payer::default());
        let mut trade = new_trade(&order, &payer);
        change(&mut trade);
        let error = run(merchant().create(&Script::new([]), trade)).unwrap_err();
        assert_eq!(error.verdict(), Final, "it is certain that there is no trade");
        error.to_string()
    };
    assert_eq!(refused(Method::AlipayQr, &|trade| trade.expire_at = now()), "the order is past its end");
    assert_eq!(refused(Method::WechatNative, &|_| ()), "Alipay has no page for this method");
    for (minor, currency, told) in [
        (990, Currency::USD, "Alipay takes CNY alone"),
        (0, Currency::CNY, "Alipay takes 0.01 to 100000000.00 at once"),
        (10_000_000_001, Currency::CNY, "Alipay takes 0.01 to 100000000.00 at once"),
    ] {
        let sold = sold(minor, currency);
        for method in [Method::AlipayQr, Method::AlipayPage, Method::AlipayWap] {
            let (order, payer) = (order(method), Payer::default());
            let trade = NewTrade { sold: &sold, ..new_trade(&order, &payer) };
            let error = run(merchant().create(&Script::new([]), trade)).unwrap_err();
            assert_eq!((error.verdict(), error.to_string().as_str()), (Final, told));
        }
    }
}

#[test]
fn refused_qr_code_is_final_only_if_there_is_no_trade() {
    for (answer, expected) in [
        (no(PRECREATE, "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Final)),
        (no(PRECREATE, "ACQ.ACCESS_FORBIDDEN"), said_no("ACQ.ACCESS_FORBIDDEN", OurFault)),
        (no(PRECREATE, "ACQ.TRADE_HAS_SUCCESS"), said_no("ACQ.TRADE_HAS_SUCCESS", Ask)),
        (no(PRECREATE, "ACQ.TRADE_HAS_CLOSE"), said_no("ACQ.TRADE_HAS_CLOSE", Ask)),
        (no(PRECREATE, "ACQ.CONTEXT_INCONSISTENT"), said_no("ACQ.CONTEXT_INCONSISTENT", Ask)),
        (no(PRECREATE, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Ask)),
        (unsigned_no(PRECREATE, "40002", "isv.invalid-signature"), said_no("isv.invalid-signature", Ask)),
        (unsigned_no(PRECREATE, "40004", "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Ask)),
        (unsigned_no(PRECREATE, "40005", ""), said_no("40005", Retry)),
        (Err(NoAnswer::TimedOut), NoAnswer::TimedOut.into()),
        (Err(NoAnswer::Unreachable), NoAnswer::Unreachable.into()),
        (precreated(&format!("{NUMBER}_2"), QR), OtherSubject("out_trade_no").into()),
        (yes(PRECREATE, &format!(r#","out_trade_no":"{NUMBER}""#)), Missing("qr_code").into()),
        (precreated(NUMBER, "二维码"), Malformed("qr_code").into()),
        (yes(PRECREATE, &format!(r#","qr_code":"{QR}""#)), Missing("out_trade_no").into()),
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
                verb: Verb::Post,
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
fn product_name_is_escaped_in_the_form() {
    let mut sold = sold(990, Currency::CNY);
    sold.name = ProductName::parse("<b>\"A/B\" & 'C'=1</b>").unwrap();
    let (order, payer) = (order(Method::AlipayPage), Payer::default());
    let trade = NewTrade { sold: &sold, ..new_trade(&order, &payer) };
    let form = run(merchant().create(&Script::new([]), trade)).unwrap().show.pay_form.unwrap();
    let subject = "&lt;b&gt;\\&quot;A／B\\&quot; ＆ &#39;C&#39;＝1&lt;／b&gt;";
    assert!(form.contains(subject), "{form}");
    assert_eq!(form.matches('<').count(), 5, "{form}");
}

#[test]
fn page_shown_later_has_the_same_content() {
    let payer = Payer::default();
    let (opened, _) = create(Method::AlipayPage, &payer, vec![]);
    let outside = Script::new([]);
    outside.now.set(now().plus(Seconds::minutes(7)));
    let order = order(Method::AlipayPage);
    let again = run(merchant().show(&outside, asked(&order), &payer)).unwrap();
    let content = |url: &str| url.split_once("&biz_content=").unwrap().1.to_owned();
    let (first, second) = (opened.unwrap().show.pay_url.unwrap(), again.pay_url.unwrap());
    assert_eq!(content(&first), content(&second), "another content would be another trade");
    assert!(second.contains("timestamp=2026-11-21%2010%3A07%3A00"), "{second}");

    let far = Payer { return_url: Some(format!("https://shop.example/{}", "a".repeat(250))), ..Payer::default() };
    let error = run(merchant().show(&outside, asked(&order), &far)).unwrap_err();
    assert_eq!(error.to_string(), "the address to return to is above 256 characters");
}

#[test]
fn qr_code_is_shown_as_it_was_created() {
    let order = order(Method::AlipayQr);
    let show = run(merchant().show(&Script::new([]), asked(&order), &Payer::default())).unwrap();
    let until = now().plus(Seconds::minutes(30));
    assert_eq!(show, Show { qr_code_url: Some(QR.to_owned()), qr_code_expire_at: Some(until), ..Show::default() });
    let without = testing::order(Method::AlipayQr, Currency::CNY, None);
    let error = run(merchant().show(&Script::new([]), asked(&without), &Payer::default())).unwrap_err();
    assert_eq!(error, Error::Cannot("this attempt has no QR code"));
}

#[test]
fn answer_signed_with_escaped_or_plain_slashes_is_accepted() {
    let as_sent = format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}","qr_code":"{QR}"}}"#);
    let escaped = as_sent.replace('/', "\\/");
    for (sent, over) in [(&as_sent, &as_sent), (&as_sent, &escaped), (&escaped, &as_sent), (&escaped, &escaped)] {
        let sign = alipay().sign(over.as_bytes());
        let answer = enveloped(PRECREATE, sent, &format!(r#","sign":"{}""#, sign.replace('/', "\\/")));
        let (opened, _) = create(Method::AlipayQr, &Payer::default(), vec![Ok(answer)]);
        assert_eq!(opened.unwrap().handle.unwrap().as_str(), QR, "{sent} signed as {over}");
    }
}
