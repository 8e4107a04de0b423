//! Which keys verify signatures: configured keys, downloaded certificates, and how often these are downloaded.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use super::*;

const SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
const NEXT: &str = "7F2F46A4A5A6F8B1C2D3E4F5061728394A5B6C7D";
const DOWNLOAD: &str = "GET /v3/certificates";

fn entry_under(key: &str, serial: &str, pem: &str) -> String {
    let ciphertext = sealed(key, "certificate", pem);
    format!(
        r#"{{"serial_no":"{serial}","effective_time":"2026-01-01T00:00:00+08:00","expire_time":"2031-01-01T00:00:00+08:00",
        "encrypt_certificate":{{"algorithm":"AEAD_AES_256_GCM","nonce":"{SEAL_NONCE}","associated_data":"certificate",
        "ciphertext":"{ciphertext}"}}}}"#
    )
}

fn entry(key: &Pair, serial: &str) -> String {
    entry_under(APIV3_KEY, serial, &platform_certificate(key, serial))
}

fn list(entries: &[String]) -> String {
    format!("{{\"data\":[{}]}}", entries.join(","))
}

fn stamp<'a>(key: &'a Pair, serial: &'a str, at: Time) -> Stamp<'a> {
    Stamp { key, serial, at }
}

/// The answer to a download for a merchant who has no certificates.
fn no_certificates() -> Response {
    bad(404, "RESOURCE_NOT_EXISTS")
}

/// An answer about an unpaid trade, under a platform certificate.
fn not_paid(at: Time) -> Response {
    stamp(platform(), SERIAL, at).answer(200, &trade("NOTPAY"))
}

/// The answer to a download, under the certificate that it contains.
fn certificates(at: Time) -> Response {
    stamp(platform(), SERIAL, at).answer(200, &list(&[entry(platform(), SERIAL)]))
}

fn query_at(merchant: &Merchant, at: Time, answers: impl IntoIterator<Item = Answer>) -> (SaysResult, Vec<String>) {
    let (said, sent) = talk(answers, async |script| {
        script.now.set(at);
        merchant.query(script, asked(&native_order())).await
    });
    (said, asked_for(&sent))
}

/// Checks the result of a query, and which requests it made.
#[track_caller]
fn check_query<const N: usize>(merchant: &Merchant, at: Time, answers: [Answer; N], said: &SaysResult, sent: &[&str]) {
    assert_eq!(query_at(merchant, at, answers), (said.clone(), requests(sent)));
}

fn unknown() -> SaysResult {
    Err(UnknownKey.into())
}

#[expect(clippy::unnecessary_wraps, reason = "it is the result of a query, as `unknown` is")]
fn unpaid() -> SaysResult {
    Ok(vec![Says::NotPaid])
}

#[test]
fn unknown_certificate_is_downloaded_and_the_answer_verified_again() {
    let merchant = merchant_of(&certificate_settings());
    check_query(&merchant, now(), [Ok(not_paid(now())), Ok(certificates(now()))], &unpaid(), &[QUERY, DOWNLOAD]);
    // From now on it is known.
    check_query(&merchant, now(), [Ok(not_paid(now()))], &unpaid(), &[QUERY]);
}

#[test]
fn certificate_downloads_are_five_minutes_apart() {
    let merchant = merchant_of(&certificate_settings());
    query_at(&merchant, now(), [Ok(not_paid(now())), Ok(certificates(now()))]).0.unwrap();
    let made_up = |at| stamp(stranger(), NEXT, at).answer(200, &trade("SUCCESS"));
    for seconds in [0, 1, 299] {
        let at = now().plus(Seconds(seconds));
        check_query(&merchant, at, [Ok(made_up(at))], &unknown(), &[QUERY]);
    }
    let at = now().plus(Seconds(300));
    check_query(&merchant, at, [Ok(made_up(at)), Ok(certificates(at))], &unknown(), &[QUERY, DOWNLOAD]);
}

#[test]
fn merchant_without_certificates_causes_one_download_in_five_minutes() {
    let merchant = merchant();
    check_query(&merchant, now(), [Ok(not_paid(now())), Ok(no_certificates())], &unknown(), &[QUERY, DOWNLOAD]);
    let later = now().plus(Seconds(299));
    check_query(&merchant, later, [Ok(not_paid(later))], &unknown(), &[QUERY]);
}

#[test]
fn unanswered_download_is_repeated_after_15_seconds() {
    let merchant = merchant_of(&certificate_settings());
    let (said, _) = query_at(&merchant, now(), [Ok(not_paid(now())), Err(NoAnswer::TimedOut)]);
    // The download's error says nothing about the call.
    assert_eq!(said, unknown());
    assert_eq!(said.unwrap_err().verdict(), Ask);
    let soon = now().plus(Seconds(14));
    assert_eq!(query_at(&merchant, soon, [Ok(not_paid(soon))]).0, unknown());
    let later = now().plus(Seconds(15));
    assert_eq!(query_at(&merchant, later, [Ok(not_paid(later)), Ok(certificates(later))]).0, unpaid());
}

/// Without certificates no answer can be verified, so a short outage must not block payments for five minutes.
#[test]
fn download_with_a_temporary_error_is_repeated_after_15_seconds() {
    for error in [bad(500, "SYSTEM_ERROR"), bad(503, ""), bad(429, "FREQUENCY_LIMITED")] {
        let merchant = merchant_of(&certificate_settings());
        let status = error.status;
        assert_eq!(query_at(&merchant, now(), [Ok(not_paid(now())), Ok(error)]).0, unknown(), "{status}");
        let soon = now().plus(Seconds(14));
        assert_eq!(query_at(&merchant, soon, [Ok(not_paid(soon))]).0, unknown(), "{status}");
        let later = now().plus(Seconds(15));
        assert_eq!(query_at(&merchant, later, [Ok(not_paid(later)), Ok(certificates(later))]).0, unpaid(), "{status}");
    }
}

#[test]
fn unreachable_download_leaves_the_call_uncertain() {
    let merchant = merchant_of(&certificate_settings());
    let unreachable = || Err(NoAnswer::Unreachable);
    let (said, _) = query_at(&merchant, now(), [Ok(not_paid(now())), unreachable(), unreachable()]);
    assert_eq!(said.unwrap_err().verdict(), Ask);
}

#[test]
fn only_serial_numbers_cause_a_download() {
    for serial in ["PUB_KEY_ID_9", "PUB_KEY_ID_", "not-hex", "5157F09E FDC0"] {
        let merchant = merchant_of(&certificate_settings());
        let answer = Stamp { serial, ..Stamp::default() }.answer(200, &trade("NOTPAY"));
        let (said, sent) = query_at(&merchant, now(), [Ok(answer)]);
        assert!(matches!(said, Err(Error::Distrust(UnknownKey | Malformed(_)))), "{serial}");
        assert_eq!(sent, [QUERY], "{serial}");
    }
}

#[test]
fn public_key_and_certificate_verify_side_by_side() {
    let both = Settings { platform_certificates: vec![platform_certificate(stranger(), SERIAL)], ..settings() };
    let merchant = merchant_of(&both);
    for (key, serial) in [(platform(), PUBLIC_KEY_ID), (stranger(), SERIAL)] {
        let answer = stamp(key, serial, now()).answer(200, &trade("NOTPAY"));
        assert_eq!(query_at(&merchant, now(), [Ok(answer)]).0, unpaid(), "{serial}");
    }
    // Each name has its own key.
    for (key, serial) in [(stranger(), PUBLIC_KEY_ID), (platform(), SERIAL)] {
        let answer = stamp(key, serial, now()).answer(200, &trade("SUCCESS"));
        assert_eq!(query_at(&merchant, now(), [Ok(answer)]).0, Err(Error::Distrust(BadSignature)), "{serial}");
    }
    let other_case = stamp(stranger(), "5157f09efdc096de15ebe81a47057a7232f1b8e1", now()).answer(200, &trade("NOTPAY"));
    // Names are exact.
    check_query(&merchant, now(), [Ok(other_case), Ok(no_certificates())], &unknown(), &[QUERY, DOWNLOAD]);
}

#[test]
fn certificate_verifies_only_while_it_is_valid() {
    let day = 86_400;
    let unix = now().unix();
    for (from, until, counts) in [
        (unix - day, unix + day, true),
        (unix, unix, true),
        (unix + 1, unix + day, false),
        (unix - day, unix - 1, false),
    ] {
        let pem = platform_certificate_for(platform(), SERIAL, from, until);
        let configured = Settings { platform_certificates: vec![pem.clone()], ..certificate_settings() };
        let expected = if counts { unpaid() } else { unknown() };
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
fn unproved_certificates_are_not_stored() {
    let own = entry(platform(), SERIAL);
    let other_key = "x".repeat(32);
    let under_another = entry_under(&other_key, SERIAL, &platform_certificate(platform(), SERIAL));
    let renamed = entry_under(APIV3_KEY, SERIAL, &platform_certificate(platform(), NEXT));
    let signed = |body: &str| stamp(platform(), SERIAL, now()).answer(200, body);
    let unsigned = |body: &str| answer(200, &[], body);
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
        let result = query_at(&merchant, now(), [Ok(not_paid(now())), Ok(download)]);
        assert_eq!(result, (unknown(), requests(&[QUERY, DOWNLOAD])), "{what}");
        assert_eq!(query_at(&merchant, now(), [Ok(not_paid(now()))]).0, unknown(), "{what}: nothing was stored");
    }
}

#[test]
fn old_and_new_certificate_verify_side_by_side() {
    let merchant = merchant_of(&certificate_settings());
    let foreign = entry(platform(), SERIAL).replace("AEAD_AES_256_GCM", "AEAD_SM4_GCM");
    let body = list(&[entry(platform(), SERIAL), foreign, entry(stranger(), NEXT)]);
    let download = stamp(stranger(), NEXT, now()).answer(200, &body);
    query_at(&merchant, now(), [Ok(not_paid(now())), Ok(download)]).0.unwrap();
    for (key, serial) in [(platform(), SERIAL), (stranger(), NEXT)] {
        let answer = stamp(key, serial, now()).answer(200, &trade("NOTPAY"));
        assert_eq!(query_at(&merchant, now(), [Ok(answer)]).0, unpaid(), "{serial}");
    }
}

#[test]
fn callback_downloads_unknown_certificates_once() {
    let merchant = merchant_of(&certificate_settings());
    let body = trade_notice(&trade("SUCCESS"));
    let headers = stamp(platform(), SERIAL, now()).headers(body.as_bytes());
    let raw = Raw { headers: &headers, body: body.as_bytes() };
    assert_eq!(raw.verify(&merchant, now()).unwrap_err(), UnknownKey);
    let script = Script::new([Err(NoAnswer::TimedOut)]);
    assert_eq!(
        run(merchant.verify(&script, raw.headers, raw.body)),
        Err(Error::NoAnswer(NoAnswer::TimedOut)),
        "it is sent again"
    );
    script.done();

    let later = now().plus(Seconds(15));
    let script = Script::new([Ok(certificates(later))]);
    script.now.set(later);
    assert!(run(merchant.verify(&script, raw.headers, raw.body)).is_ok());
    assert_eq!(asked_for(&script.done()), [DOWNLOAD]);

    let headers = stamp(stranger(), NEXT, later).headers(body.as_bytes());
    let script = Script::new([]);
    script.now.set(later);
    let heard = run(merchant.verify(&script, &headers, body.as_bytes()));
    assert_eq!(heard, Err(Error::Distrust(UnknownKey)));
    script.done();
}

#[test]
fn stale_callback_causes_no_download() {
    let merchant = merchant_of(&certificate_settings());
    let body = trade_notice(&trade("SUCCESS"));
    let old = stamp(platform(), SERIAL, now().minus(Seconds(300))).headers(body.as_bytes());
    let script = Script::new([]);
    let heard = run(merchant.verify(&script, &old, body.as_bytes()));
    assert_eq!(heard, Err(Error::Distrust(Stale)));
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
    // Each runs in its own task, so that the waiting one is polled only after its waker.
    let ask = || {
        let (merchant, outside) = (Rc::clone(&merchant), Rc::clone(&outside));
        tokio::task::spawn_local(async move {
            let order = native_order();
            merchant.query(outside.as_ref(), asked(&order)).await
        })
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let both = async { futures_util::future::join(ask(), ask()).await };
    let limited = async { tokio::time::timeout(Duration::from_secs(10), both).await };
    let (first, second) = tokio::task::LocalSet::new().block_on(&runtime, limited).expect("both calls end");
    assert_eq!(first.unwrap(), unpaid());
    assert_eq!(second.unwrap(), unpaid());
    assert_eq!(asked_for(&outside.0.sent.borrow()), [QUERY, QUERY, DOWNLOAD]);
}

#[test]
fn cancelled_download_releases_waiting_calls() {
    let merchant = merchant_of(&certificate_settings());
    let order = native_order();
    let body = trade_notice(&trade("SUCCESS"));
    let headers = stamp(platform(), SERIAL, now()).headers(body.as_bytes());
    let raw = Raw { headers: &headers, body: body.as_bytes() };
    let outside = Slow(Script::new([Ok(certificates(now())), Ok(not_paid(now()))]));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let said = runtime.block_on(async {
        let mut given_up = Box::pin(merchant.verify(&outside, raw.headers, raw.body));
        assert!(futures_util::FutureExt::now_or_never(&mut given_up).is_none(), "the download is under way");
        let waiting = merchant.query(&outside, asked(&order));
        let end = async { drop(given_up) };
        futures_util::future::join(waiting, end).await.0
    });
    assert_eq!(said, unknown());
    outside.0.done();
}
