//! The endpoint alone, without a provider.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use till_domain::provider::Account;
use till_domain::time::Time;
use till_memory::{Memory, Ports, Tables};

use super::*;
use crate::http::{ReadResponse as _, read};

const REPLIES: CallbackReplies = CallbackReplies {
    taken: CallbackReply { status: 204, content_type: None, body: "" },
    send_again: CallbackReply { status: 500, content_type: Some("text/plain"), body: "fail" },
};

fn memory() -> Memory {
    let none = |_: &till_memory::ProviderCall, _: Time| -> till_memory::Answer { panic!("no provider is called") };
    Memory::new(Tables::new(Vec::new(), Vec::new()), none, Time::FIRST)
}

fn endpoint(networks: &str) -> Endpoint {
    let environment = [("CALLBACK_NETWORKS_WECHAT", networks)].into_iter().collect();
    Endpoint::read(&environment, Provider::WeChat, "/cb", REPLIES).unwrap()
}

fn request(method: &str, path: &str, body: &[u8]) -> Request {
    let event = serde_json::json!({
        "rawPath": path,
        "body": STANDARD.encode(body),
        "isBase64Encoded": true,
        "requestContext": {"requestId": "r1", "http": {"method": method, "sourceIp": "203.0.113.7"}},
    });
    read(&event.to_string()).unwrap()
}

fn deadline() -> Deadline {
    Deadline::after(TIME_BUDGET, Duration::MAX, Time::FIRST, Instant::now())
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.unwrap().block_on(future)
}

fn answer(endpoint: &Endpoint, ports: &Ports<Memory>, request: &Request, answered: Option<Answered>) -> Response {
    let handle = async |_: Notice<'_>| answered.expect("it is rejected without a look-up");
    wait(endpoint.answer(ports, request, deadline(), handle))
}

#[test]
fn a_callback_that_needs_no_lookup_is_rejected_before_any() {
    let large = vec![b'x'; MOST_BODY_BYTES + 1];
    for (method, path, body, networks, status, stray) in [
        ("GET", "/cb", &b"{}"[..], "", 405, None),
        ("POST", "/cbs", b"{}", "", 404, None),
        ("POST", "/other", b"{}", "", 404, None),
        ("POST", "/cb", b"{}", "198.51.100.0/24", 403, Some(("network", ""))),
        ("POST", "/cb", &large, "", 413, Some(("too_large", ""))),
        ("POST", "/cb/main", b"\xff", "", 400, Some(("no_utf8", "?"))),
        ("POST", "/cb/a/b", b"{}", "", 400, Some(("bad_account", "?"))),
        ("POST", "/cb/%20", b"{}", "", 400, Some(("bad_account", "?"))),
    ] {
        let memory = memory();
        let response = answer(&endpoint(networks), &memory.ports(), &request(method, path, body), None);
        assert_eq!((response.code(), response.text()), (status, "fail"), "{method} {path}");
        let strays = memory.tables(|tables| tables.edge.strays.clone());
        let kept = strays.first().map(|stray| (stray.reason, stray.account.as_str()));
        assert_eq!(kept, stray, "{method} {path}");
    }
}

#[test]
fn an_accepted_callback_is_passed_on_and_answered_byte_for_byte() {
    for (path, account) in [("/cb", None), ("/cb/", None), ("/cb/main", Some("main"))] {
        let memory = memory();
        let ports = memory.ports();
        let request = request("POST", path, b" {\"a\" : 1}\n");
        let response = wait(endpoint("203.0.113.0/24").answer(&ports, &request, deadline(), async |notice| {
            assert_eq!(notice.account.map(AccountId::as_str), account);
            assert_eq!(notice.body, b" {\"a\" : 1}\n");
            assert_eq!((notice.from, notice.hash), ("203.0.113.7", sha256_hex(notice.body).as_str()));
            (CallbackAnswer::Settled, None)
        }));
        assert_eq!((response.code(), response.headers().len(), response.text()), (204, 0, ""));
        assert!(memory.tables(|tables| tables.edge.strays.is_empty()));
    }
}

#[test]
fn a_rejected_callback_is_recorded_under_its_account_if_that_is_ours() {
    let id = |id| AccountId::parse(id).unwrap();
    let ours = Account { provider: Provider::WeChat, id: id("main") };
    for (path, account, kept) in
        [("/cb/main", Some(ours.clone()), "main"), ("/cb", Some(ours), "main"), ("/cb", None, ""), ("/cb/x", None, "?")]
    {
        let memory = memory();
        let answered = (CallbackAnswer::Rejected { word: "bad_signature", status: 401 }, account);
        let response = answer(&endpoint(""), &memory.ports(), &request("POST", path, b"{}"), Some(answered));
        assert_eq!((response.header("content-type"), response.headers().len()), (Some("text/plain"), 1));
        let strays = memory.tables(|tables| tables.edge.strays.clone());
        let [stray] = strays.as_slice() else { panic!("{strays:?}") };
        assert_eq!((stray.reason, stray.account.as_str(), stray.length), ("bad_signature", kept, 2));
        assert_eq!((stray.from.as_str(), &stray.hash), ("203.0.113.7", &sha256_hex(b"{}")));
    }
}

#[test]
fn a_panic_or_a_timeout_is_answered_with_send_again() {
    let memory = memory();
    let (ports, request) = (memory.ports(), request("POST", "/cb", b"{}"));
    let response = wait(endpoint("").answer(&ports, &request, deadline(), async |_| panic!("on purpose")));
    assert_eq!((response.code(), response.text()), (500, "fail"));
    let now = Deadline::after(Duration::from_millis(20), Duration::MAX, Time::FIRST, Instant::now());
    let late = wait(endpoint("").answer(&ports, &request, now, async |_| {
        tokio::time::sleep(Duration::from_mins(1)).await;
        (CallbackAnswer::Settled, None)
    }));
    assert_eq!((late.code(), late.text()), (500, "fail"));
    assert!(memory.tables(|tables| tables.edge.strays.is_empty()), "neither is the sender's fault");
}

#[test]
fn an_invalid_network_setting_is_named() {
    let environment = [("CALLBACK_NETWORKS_STRIPE", "everywhere")].into_iter().collect();
    let bad = Endpoint::read(&environment, Provider::Stripe, "/cb", REPLIES).unwrap_err();
    assert!(bad.to_string().starts_with("CALLBACK_NETWORKS_STRIPE must be"), "{bad}");
}

#[test]
fn callback_at_an_old_address_is_taken_as_one_without_an_account() {
    let environment = [("CALLBACK_PATHS_WECHAT", "/payment/notify, /api/payment/webhook/wechat")].into_iter().collect();
    let endpoint = Endpoint::read(&environment, Provider::WeChat, "/cb", REPLIES).unwrap();
    for path in ["/payment/notify", "/api/payment/webhook/wechat", "/cb"] {
        assert_eq!(endpoint.account_in_path(&request("POST", path, b"")), Some(""), "{path}");
    }
    for path in ["/payment/notify/cn1", "/payment/notif", "/payment/notify/", "/payment"] {
        assert_eq!(endpoint.account_in_path(&request("POST", path, b"")), None, "{path}");
    }
}

#[test]
fn old_address_that_is_no_path_or_is_tills_own_is_refused() {
    let long = format!("/{}", "a".repeat(128));
    let nine = (0..9).map(|n| format!("/a{n}")).collect::<Vec<_>>().join(",");
    for paths in [
        "notify",
        "/",
        "//a",
        "/a/",
        "/a//b",
        "/a/../b",
        "/a/.",
        "/a?b",
        "/{a}",
        "/api/v1/payment/x",
        "/pay",
        "/pay/x",
        "/docs",
        "/openapi.json",
        &long,
        &nine,
    ] {
        let environment = [("CALLBACK_PATHS_ALIPAY", paths)].into_iter().collect();
        let bad = Endpoint::read(&environment, Provider::Alipay, "/cb", REPLIES).unwrap_err();
        assert!(bad.to_string().starts_with("CALLBACK_PATHS_ALIPAY must be"), "{paths}: {bad}");
    }
    for paths in ["/payment", "/api/payment/alipay/notify", "/api/v1/payments/a", "/a_b/c-d.php/~e"] {
        let environment = [("CALLBACK_PATHS_ALIPAY", paths)].into_iter().collect();
        assert!(Endpoint::read(&environment, Provider::Alipay, "/cb", REPLIES).is_ok(), "{paths}");
    }
}
