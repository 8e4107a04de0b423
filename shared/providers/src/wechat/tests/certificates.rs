//! Whom to believe: configured keys, downloaded certificates, and how often they are asked for.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use till_domain::currency::Currency;
use till_domain::order::Says;
use till_domain::provider::Method;
use till_domain::time::{Seconds, Time};

use super::{
    APIV3_KEY, PUBLIC_KEY_ID, SEAL_NONCE, Stamp, Theirs, asked_for, bad, certificate_settings, merchant, merchant_of,
    notification, platform, run, sealed, settings, stranger, trade,
};
use crate::error::{Distrust, Error, NoAnswer, Verdict};
use crate::http::{Request, Response};
use crate::outside::Outside;
use crate::provide::PaymentApi as _;
use crate::script::{Script, asked, now, order};
use crate::wechat::notify::Raw;
use crate::wechat::{Merchant, Settings};

const SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
const NEXT: &str = "7F2F46A4A5A6F8B1C2D3E4F5061728394A5B6C7D";
const DOWNLOAD: &str = "GET /v3/certificates";
const QUERY: &str = "GET /v3/pay/transactions/out-trade-no/ORD20261121100000TESTTEST?mchid=1900007291";

fn entry_under(key: &str, serial: &str, pem: &str) -> String {
    let ciphertext = sealed(key, "certificate", pem);
    format!(
        r#"{{"serial_no":"{serial}","effective_time":"2026-01-01T00:00:00+08:00","expire_time":"2031-01-01T00:00:00+08:00",
        "encrypt_certificate":{{"algorithm":"AEAD_AES_256_GCM","nonce":"{SEAL_NONCE}","associated_data":"certificate",
        "ciphertext":"{ciphertext}"}}}}"#
    )
}

fn entry(key: &Theirs, serial: &str) -> String {
    entry_under(APIV3_KEY, serial, &key.certificate(serial))
}

fn list(entries: &[String]) -> String {
    format!("{{\"data\":[{}]}}", entries.join(","))
}

fn stamp<'a>(key: &'a Theirs, serial: &'a str, at: Time) -> Stamp<'a> {
    Stamp { key, serial, at }
}

/// An answer about an unpaid trade, under a platform certificate.
fn not_paid(at: Time) -> Response {
    stamp(platform(), SERIAL, at).answer(200, &trade("NOTPAY"))
}

/// The answer to a download, under the certificate that it contains.
fn certificates(at: Time) -> Response {
    stamp(platform(), SERIAL, at).answer(200, &list(&[entry(platform(), SERIAL)]))
}

fn query_at(
    merchant: &Merchant,
    at: Time,
    answers: impl IntoIterator<Item = Result<Response, NoAnswer>>,
) -> (Result<Vec<Says>, Error>, Vec<String>) {
    let script = Script::new(answers);
    script.now.set(at);
    let said = run(merchant.query(&script, asked(&order(Method::WechatNative, Currency::CNY, None))));
    (said, asked_for(&script.done()))
}

fn unknown() -> Result<Vec<Says>, Error> {
    Err(Error::Distrust(Distrust::UnknownKey))
}

#[test]
fn an_unknown_certificate_is_downloaded_and_the_answer_looked_at_again() {
    let merchant = merchant_of(&certificate_settings());
    let (said, sent) = query_at(&merchant, now(), [Ok(not_paid(now())), Ok(certificates(now()))]);
    assert_eq!(said, Ok(vec![Says::NotPaid]));
    assert_eq!(sent, [QUERY, DOWNLOAD]);
    // It is known from then on.
    let (said, sent) = query_at(&merchant, now(), [Ok(not_paid(now()))]);
    assert_eq!(said, Ok(vec![Says::NotPaid]));
    assert_eq!(sent, [QUERY]);
}

#[test]
fn certificate_downloads_are_five_minutes_apart() {
    let merchant = merchant_of(&certificate_settings());
    query_at(&merchant, now(), [Ok(not_paid(now())), Ok(certificates(now()))]).0.unwrap();
    let made_up = |at| stamp(stranger(), NEXT, at).answer(200, &trade("SUCCESS"));
    for seconds in [0, 1, 299] {
        let at = now().plus(Seconds(seconds));
        assert_eq!(query_at(&merchant, at, [Ok(made_up(at))]), (unknown(), vec![QUERY.to_owned()]));
    }
    let at = now().plus(Seconds(300));
    let (said, sent) = query_at(&merchant, at, [Ok(made_up(at)), Ok(certificates(at))]);
    assert_eq!(said, unknown());
    assert_eq!(sent, [QUERY, DOWNLOAD]);
}

#[test]
fn a_merchant_without_certificates_is_not_asked_again() {
    let merchant = merchant();
    let (said, sent) = query_at(&merchant, now(), [Ok(not_paid(now())), Ok(bad(404, "RESOURCE_NOT_EXISTS"))]);
    assert_eq!(said, unknown());
    assert_eq!(sent, [QUERY, DOWNLOAD]);
    let later = now().plus(Seconds(299));
    assert_eq!(query_at(&merchant, later, [Ok(not_paid(later))]), (unknown(), vec![QUERY.to_owned()]));
}

#[test]
fn a_download_without_an_answer_is_tried_again_soon_but_not_at_once() {
    let merchant = merchant_of(&certificate_settings());
    let (said, _) = query_at(&merchant, now(), [Ok(not_paid(now())), Err(NoAnswer::TimedOut)]);
    // What became of the question is not told by what became of the download.
    assert_eq!(said, unknown());
    assert_eq!(said.unwrap_err().verdict(), Verdict::Ask);
    let soon = now().plus(Seconds(14));
    assert_eq!(query_at(&merchant, soon, [Ok(not_paid(soon))]).0, unknown());
    let later = now().plus(Seconds(15));
    let (said, _) = query_at(&merchant, later, [Ok(not_paid(later)), Ok(certificates(later))]);
    assert_eq!(said, Ok(vec![Says::NotPaid]));
}

/// Until the certificates are there no answer can be believed: a moment's illness must not cost five minutes of sales.
#[test]
fn a_download_that_met_a_passing_trouble_is_tried_again_soon() {
    for trouble in [bad(500, "SYSTEM_ERROR"), bad(503, ""), bad(429, "FREQUENCY_LIMITED")] {
        let merchant = merchant_of(&certificate_settings());
        let status = trouble.status;
        let (said, _) = query_at(&merchant, now(), [Ok(not_paid(now())), Ok(trouble)]);
        assert_eq!(said, unknown(), "{status}");
        let soon = now().plus(Seconds(14));
        assert_eq!(query_at(&merchant, soon, [Ok(not_paid(soon))]).0, unknown(), "{status}");
        let later = now().plus(Seconds(15));
        let (said, _) = query_at(&merchant, later, [Ok(not_paid(later)), Ok(certificates(later))]);
        assert_eq!(said, Ok(vec![Says::NotPaid]), "{status}");
    }
}

#[test]
fn a_download_that_cannot_be_sent_does_not_make_the_question_unsent() {
    let merchant = merchant_of(&certificate_settings());
    let unreachable = || Err(NoAnswer::Unreachable);
    let (said, _) = query_at(&merchant, now(), [Ok(not_paid(now())), unreachable(), unreachable()]);
    assert_eq!(said.unwrap_err().verdict(), Verdict::Ask);
}

#[test]
fn a_public_key_is_never_downloaded_nor_a_name_that_is_no_serial_number() {
    for serial in ["PUB_KEY_ID_9", "PUB_KEY_ID_", "not-hex", "5157F09E FDC0"] {
        let merchant = merchant_of(&certificate_settings());
        let answer = Stamp { serial, ..Stamp::default() }.answer(200, &trade("NOTPAY"));
        let (said, sent) = query_at(&merchant, now(), [Ok(answer)]);
        assert!(matches!(said, Err(Error::Distrust(Distrust::UnknownKey | Distrust::Malformed(_)))), "{serial}");
        assert_eq!(sent, [QUERY], "{serial}");
    }
}

#[test]
fn both_kinds_of_key_are_believed_side_by_side() {
    let both = Settings { platform_certificates: vec![stranger().certificate(SERIAL)], ..settings() };
    let merchant = merchant_of(&both);
    for (key, serial) in [(platform(), PUBLIC_KEY_ID), (stranger(), SERIAL)] {
        let answer = stamp(key, serial, now()).answer(200, &trade("NOTPAY"));
        assert_eq!(query_at(&merchant, now(), [Ok(answer)]).0, Ok(vec![Says::NotPaid]), "{serial}");
    }
    // Each name has its own key.
    for (key, serial) in [(stranger(), PUBLIC_KEY_ID), (platform(), SERIAL)] {
        let answer = stamp(key, serial, now()).answer(200, &trade("SUCCESS"));
        let (said, _) = query_at(&merchant, now(), [Ok(answer)]);
        assert_eq!(said, Err(Error::Distrust(Distrust::BadSignature)), "{serial}");
    }
    let other_case = stamp(stranger(), "5157f09efdc096de15ebe81a47057a7232f1b8e1", now()).answer(200, &trade("NOTPAY"));
    let (said, _) = query_at(&merchant, now(), [Ok(other_case), Ok(bad(404, "RESOURCE_NOT_EXISTS"))]);
    assert_eq!(said, unknown(), "names are exact");
}

#[test]
fn a_certificate_counts_in_its_own_time_alone() {
    let day = 86_400;
    let unix = now().unix();
    for (from, until, counts) in [
        (unix - day, unix + day, true),
        (unix, unix, true),
        (unix + 1, unix + day, false),
        (unix - day, unix - 1, false),
    ] {
        let pem = platform().certificate_for(SERIAL, from, until);
        let configured = Settings { platform_certificates: vec![pem.clone()], ..certificate_settings() };
        let expected = if counts { Ok(vec![Says::NotPaid]) } else { unknown() };
        let nothing_new = (!counts).then(|| Ok(bad(500, "")));
        let answers = [Ok(not_paid(now()))].into_iter().chain(nothing_new);
        assert_eq!(query_at(&merchant_of(&configured), now(), answers).0, expected, "configured {from} {until}");

        let body = list(&[entry_under(APIV3_KEY, SERIAL, &pem)]);
        let download = stamp(platform(), SERIAL, now()).answer(200, &body);
        let merchant = merchant_of(&certificate_settings());
        let (said, _) = query_at(&merchant, now(), [Ok(not_paid(now())), Ok(download)]);
        assert_eq!(said, expected, "downloaded {from} {until}");
    }
}

#[test]
fn certificates_that_are_not_proved_are_not_learned() {
    let own = entry(platform(), SERIAL);
    let other_key = "x".repeat(32);
    let under_another = entry_under(&other_key, SERIAL, &platform().certificate(SERIAL));
    let renamed = entry_under(APIV3_KEY, SERIAL, &platform().certificate(NEXT));
    let signed = |body: &str| stamp(platform(), SERIAL, now()).answer(200, body);
    let unsigned = |body: &str| crate::script::answer(200, &[], body);
    let strange = |body: &str| stamp(stranger(), SERIAL, now()).answer(200, body);
    let stale = |body: &str| stamp(platform(), SERIAL, now().minus(Seconds(300))).answer(200, body);
    for (what, download) in [
        ("unsigned", unsigned(&list(std::slice::from_ref(&own)))),
        ("signed by a stranger", strange(&list(std::slice::from_ref(&own)))),
        ("signed long ago", stale(&list(std::slice::from_ref(&own)))),
        ("under another APIv3 key", signed(&list(&[under_another]))),
        ("under another name", signed(&list(&[renamed]))),
        ("no certificate", signed(&list(&[entry_under(APIV3_KEY, SERIAL, "not a certificate")]))),
        ("none at all", signed("{\"data\":[]}")),
        ("not JSON", signed("<xml/>")),
        ("another encryption", signed(&list(&[own.replace("AEAD_AES_256_GCM", "AEAD_SM4_GCM")]))),
        ("a short nonce", signed(&list(&[own.replace(SEAL_NONCE, "short")]))),
        ("a 202", bad(202, "")),
        ("an error", bad(401, "SIGN_ERROR")),
    ] {
        let merchant = merchant_of(&certificate_settings());
        let (said, sent) = query_at(&merchant, now(), [Ok(not_paid(now())), Ok(download)]);
        assert_eq!(said, unknown(), "{what}");
        assert_eq!(sent, [QUERY, DOWNLOAD], "{what}");
        assert_eq!(query_at(&merchant, now(), [Ok(not_paid(now()))]).0, unknown(), "{what}: nothing was learned");
    }
}

#[test]
fn old_and_new_certificates_are_believed_while_they_change() {
    let merchant = merchant_of(&certificate_settings());
    let foreign = entry(platform(), SERIAL).replace("AEAD_AES_256_GCM", "AEAD_SM4_GCM");
    let body = list(&[entry(platform(), SERIAL), foreign, entry(stranger(), NEXT)]);
    let download = stamp(stranger(), NEXT, now()).answer(200, &body);
    query_at(&merchant, now(), [Ok(not_paid(now())), Ok(download)]).0.unwrap();
    for (key, serial) in [(platform(), SERIAL), (stranger(), NEXT)] {
        let answer = stamp(key, serial, now()).answer(200, &trade("NOTPAY"));
        assert_eq!(query_at(&merchant, now(), [Ok(answer)]).0, Ok(vec![Says::NotPaid]), "{serial}");
    }
}

#[test]
fn a_callback_may_ask_for_certificates_once() {
    let merchant = merchant_of(&certificate_settings());
    let body = notification("TRANSACTION.SUCCESS", "transaction", &trade("SUCCESS"));
    let headers = stamp(platform(), SERIAL, now()).headers(body.as_bytes());
    let raw = Raw { headers: &headers, body: body.as_bytes() };
    assert_eq!(raw.verify(&merchant, now()).unwrap_err(), Distrust::UnknownKey);
    let script = Script::new([Err(NoAnswer::TimedOut)]);
    assert_eq!(run(merchant.hear(&script, raw)), Err(Error::NoAnswer(NoAnswer::TimedOut)), "it is sent again");
    script.done();

    let later = now().plus(Seconds(15));
    let script = Script::new([Ok(certificates(later))]);
    script.now.set(later);
    assert!(run(merchant.hear(&script, raw)).is_ok());
    assert_eq!(asked_for(&script.done()), [DOWNLOAD]);

    let headers = stamp(stranger(), NEXT, later).headers(body.as_bytes());
    let script = Script::new([]);
    script.now.set(later);
    let heard = run(merchant.hear(&script, Raw { headers: &headers, body: body.as_bytes() }));
    assert_eq!(heard, Err(Error::Distrust(Distrust::UnknownKey)));
    script.done();
}

#[test]
fn a_callback_that_is_refused_for_another_reason_asks_for_nothing() {
    let merchant = merchant_of(&certificate_settings());
    let body = notification("TRANSACTION.SUCCESS", "transaction", &trade("SUCCESS"));
    let old = stamp(platform(), SERIAL, now().minus(Seconds(300))).headers(body.as_bytes());
    let script = Script::new([]);
    let heard = run(merchant.hear(&script, Raw { headers: &old, body: body.as_bytes() }));
    assert_eq!(heard, Err(Error::Distrust(Distrust::Stale)));
    script.done();
}

/// A script whose answers take a turn of the executor each.
struct Slow(Script);

impl Outside for Slow {
    fn now(&self) -> Time {
        self.0.now()
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        self.0.nonce()
    }

    async fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        let answer = self.0.send(request).await;
        let waited = Cell::new(false);
        poll_fn(|context| {
            if waited.replace(true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        answer
    }
}

#[test]
fn calls_during_a_download_wait_for_it() {
    let merchant = Rc::new(merchant_of(&certificate_settings()));
    let script = Script::new([Ok(not_paid(now())), Ok(not_paid(now())), Ok(certificates(now()))]);
    let outside = Rc::new(Slow(script));
    // Each in a task of its own: nobody polls the one who waits but for its waker.
    let ask = || {
        let (merchant, outside) = (Rc::clone(&merchant), Rc::clone(&outside));
        tokio::task::spawn_local(async move {
            let order = order(Method::WechatNative, Currency::CNY, None);
            merchant.query(outside.as_ref(), asked(&order)).await
        })
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let both = async { futures_util::future::join(ask(), ask()).await };
    let limited = async { tokio::time::timeout(Duration::from_secs(10), both).await };
    let (first, second) = tokio::task::LocalSet::new().block_on(&runtime, limited).expect("nobody waits for ever");
    assert_eq!(first.unwrap(), Ok(vec![Says::NotPaid]));
    assert_eq!(second.unwrap(), Ok(vec![Says::NotPaid]));
    assert_eq!(asked_for(&outside.0.sent.borrow()), [QUERY, QUERY, DOWNLOAD]);
}

#[test]
fn cancelled_download_releases_waiting_calls() {
    let merchant = merchant_of(&certificate_settings());
    let order = order(Method::WechatNative, Currency::CNY, None);
    let body = notification("TRANSACTION.SUCCESS", "transaction", &trade("SUCCESS"));
    let headers = stamp(platform(), SERIAL, now()).headers(body.as_bytes());
    let raw = Raw { headers: &headers, body: body.as_bytes() };
    let outside = Slow(Script::new([Ok(certificates(now())), Ok(not_paid(now()))]));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let said = runtime.block_on(async {
        let mut given_up = Box::pin(merchant.hear(&outside, raw));
        assert!(futures_util::FutureExt::now_or_never(&mut given_up).is_none(), "it is under way");
        let waiting = merchant.query(&outside, asked(&order));
        let end = async { drop(given_up) };
        futures_util::future::join(waiting, end).await.0
    });
    assert_eq!(said, unknown());
    outside.0.done();
}
