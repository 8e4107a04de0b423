//! The status of an order.

use till_app::caller::Caller;
use till_app::cancel::{Canceller, cancel};
use till_app::ports::{Payer, Unanswered};
use till_app::resolve::resolve;
use till_app::retry::RetryRequest;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{Decision, Decline, HoldWord, Resolution, Says};
use till_domain::text::Reason;
use till_domain::time::Seconds;
use till_memory::flows::retry;
use till_memory::{CallKind, Fault, ProviderCall};
use till_shop::script::CODE;
use till_shop::shop::user;

use super::*;

fn event() -> Event {
    Event::read("order-status.pending")
}

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn refresh() -> Event {
    Event::read("order-status.refresh")
}

/// How often providers were asked.
fn questions(shop: &Shop) -> u32 {
    shop.seen(CallKind::Query)
}

fn paid(shop: &Shop) -> Says {
    shop.paid("T9", shop.stored(first()).sold.price)
}

#[test]
fn status_follows_the_order_from_pending_to_granted() {
    let shop = ordered();
    let expected = r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","fulfilment":"none","amount":99.00,
        "amount_minor":9900,"refunded_amount":0.00,"currency":"CNY","payment_method":"wechat_native",
        "created_at":"2025-01-01T12:00:00+08:00","expire_at":"2025-01-01T12:30:00+08:00","on_hold":false,
        "product":{"product_type":"membership","product_id":"1","name":"Pro, 30 days"},
        "attempt":{"method":"wechat_native","state":"open","qr_code_expire_at":"2025-01-01T12:15:00+08:00"},
        "can_retry":true,"can_cancel":true,"attempts_left":9,"server_time":"2025-01-01T12:00:00+08:00",
        "qr_code_url":"weixin://wxpay/bizpayurl?pr=xxx","checkout_url":"PAGE"}"#;
    play(&shop, &event()).is(200, &expected.replace("PAGE", &page(&shop, "")));
    shop.pass(90);
    shop.pay(first());
    let paid = play(&shop, &event());
    assert_eq!((&paid.json()["status"], &paid.json()["fulfilment"]), (&"paid".into(), &"queued".into()));
    assert!(paid.body().contains(r#""amount":99.00,"#), "{}", paid.body());
    assert_eq!(paid.json()["payment_time"], "2025-01-01T12:01:30+08:00");
    shop.grant(first());
    assert_eq!(play(&shop, &event()).json()["fulfilment"], "granted");
}

const PAGES: &str = "https://abc.execute-api.eu-west-1.amazonaws.com/pay/ORD20250101120000P78EZM44";

/// The address of the order's page, or of another part of it.
fn page(shop: &Shop, part: &str) -> String {
    format!("{PAGES}{part}?{}", shop.link(first(), None))
}

/// How the buyer can pay: `qr_code_url`, `pay_url`, `checkout_url`.
fn ways(shop: &Shop) -> [Option<String>; 3] {
    let answer = play(shop, &event()).json();
    ["qr_code_url", "pay_url", "checkout_url"].map(|way| answer[way].as_str().map(str::to_owned))
}

#[test]
fn page_that_is_loaded_again_learns_how_to_pay_without_a_question_to_the_provider() {
    for (method, code, has_pay_url) in [
        (Method::WechatNative, Some(CODE), false),
        (Method::AlipayQr, Some(CODE), false),
        (Method::AlipayPage, None, true),
        (Method::StripeCheckout, None, true),
        (Method::StripeIntent, None, false),
    ] {
        let shop = Shop::with_order(method);
        let pay = has_pay_url.then(|| page(&shop, "/go"));
        assert_eq!(ways(&shop), [code.map(str::to_owned), pay, Some(page(&shop, ""))], "{method}");
        assert_eq!(shop.seen(CallKind::Show), 0);
    }
}

#[test]
fn ways_to_pay_end_with_the_code_with_the_attempt_and_with_the_order() {
    let shop = ordered();
    let at_page = |shop: &Shop| [None, None, Some(page(shop, ""))];
    shop.pass(15 * 60);
    assert_eq!(ways(&shop), at_page(&shop), "the code is over, and the page begins another attempt");
    shop.pass(15 * 60);
    assert_eq!(ways(&shop), [None, None, None], "the order is over");
    for says in [Says::Failed, Says::Closed { for_good: true }] {
        let shop = Shop::with_order(Method::StripeCheckout);
        shop.hears(first(), says);
        assert_eq!(ways(&shop), at_page(&shop));
    }
    let shop = ordered();
    shop.pay(first());
    assert_eq!(ways(&shop), [None, None, None], "paid");
}

#[test]
fn only_the_orders_buyer_learns_how_to_pay() {
    let shop = ordered();
    let answer = play(&shop, &event().token("TOKEN_OF_AN_ADMIN")).json();
    assert_eq!((answer.get("qr_code_url"), answer.get("checkout_url")), (None, None));
}

#[test]
fn status_is_told_while_the_key_of_links_cannot_be_read() {
    let shop = ordered();
    // The first is the key of tokens.
    shop.memory.faults(|faults| faults.plan(CallKind::ReadSecret, 2, Fault::Before));
    assert_eq!(ways(&shop), [Some(CODE.to_owned()), None, None]);
}

/// How the newest attempt stands, whether to retry and to cancel, and how many attempts are left.
fn standing(shop: &Shop) -> (String, bool, bool, u64) {
    let answer = play(shop, &event()).json();
    let can = |what: &str| answer[what].as_bool().unwrap();
    let state = answer["attempt"]["state"].as_str().unwrap().to_owned();
    (state, can("can_retry"), can("can_cancel"), answer["attempts_left"].as_u64().unwrap())
}

fn code_ends(shop: &Shop) -> Option<String> {
    play(shop, &event()).json()["attempt"]["qr_code_expire_at"].as_str().map(str::to_owned)
}

#[test]
fn status_tells_how_the_newest_attempt_stands_and_what_can_be_done() {
    for (says, state, can) in [
        (Says::NotPaid, "open", true),
        (Says::Processing, "processing", false),
        (Says::Failed, "failed", true),
        (Says::Closed { for_good: true }, "closed", true),
    ] {
        let shop = ordered();
        shop.hears(first(), says);
        assert_eq!(standing(&shop), (state.to_owned(), can, can, 9));
        assert_eq!(code_ends(&shop).is_some(), state == "open", "{state}");
    }
    let shop = ordered();
    shop.pass(28 * 60 + 1);
    assert_eq!(standing(&shop), ("open".to_owned(), false, true, 9), "a retry needs two minutes");
    assert_eq!(play(&shop, &event()).json()["server_time"], "2025-01-01T12:28:01+08:00");
    shop.pay(first());
    assert_eq!(standing(&shop), ("paid".to_owned(), false, false, 0));
}

#[test]
fn status_tells_why_a_payment_was_declined_until_another_one_comes() {
    let shop = ordered();
    let attempt = |shop: &Shop| play(shop, &event()).json()["attempt"].clone();
    shop.hears(first(), Says::Declined(Decline::InsufficientFunds));
    let declined = attempt(&shop);
    assert_eq!((&declined["state"], &declined["reason"]), (&"open".into(), &"insufficient_funds".into()));
    shop.hears(first(), Says::Processing);
    assert_eq!(attempt(&shop).get("reason"), None, "another payment is on its way");
    shop.hears(first(), Says::Failed);
    let failed = attempt(&shop);
    assert_eq!((&failed["state"], &failed["reason"]), (&"failed".into(), &"insufficient_funds".into()));
}

#[test]
fn code_ends_when_it_was_said_to_end() {
    let shop = ordered();
    shop.pass(7 * 60);
    for (minutes, end) in [("15", "12:15"), ("5", "12:05"), ("120", "12:30")] {
        let told = code_ends(&ordered().set("QR_CODE_EXPIRE_MINUTES", minutes));
        assert_eq!(told, Some(format!("2025-01-01T{end}:00+08:00")));
    }
    assert_eq!(code_ends(&shop).as_deref(), Some("2025-01-01T12:15:00+08:00"), "however late it is asked");
    assert_eq!(code_ends(&Shop::with_order(Method::StripeCheckout)), None, "a page has no code");
}

#[test]
fn buyer_is_told_what_became_of_odd_money() {
    let shop = ordered();
    let told = |shop: &Shop| {
        let answer = play(shop, &event());
        let odd = answer.json()["odd_payment"].clone();
        let state = odd["state"].as_str().unwrap().to_owned();
        (state, answer.json()["can_retry"].as_bool().unwrap(), odd)
    };
    shop.pay_amount(first(), cny(9_899));
    let (state, can_retry, odd) = told(&shop);
    assert_eq!((state.as_str(), can_retry, &odd["amount_minor"]), ("in_review", false, &9_899.into()));
    let resolution = Resolution {
        word: HoldWord::OddPayment,
        trade_no: None,
        decision: Decision::Return,
        amount: None,
        by: user("ann"),
        reason: Reason::parse("r").unwrap(),
    };
    let deadline = shop.now().plus(Seconds(20));
    shop.run(async |ports| resolve(ports, first(), &resolution, deadline).await.unwrap());
    let (state, can_retry, _) = told(&shop);
    assert_eq!((state.as_str(), can_retry), ("returning", true));
    let trade_no = shop.stored(first()).payments[0].trade_no.clone();
    shop.hears(first(), Says::BackInAll { trade_no, amount: cny(9_899) });
    let (state, can_retry, odd) = told(&shop);
    assert_eq!((state.as_str(), can_retry), ("returned", true));
    assert_eq!(odd["refunded_amount"].to_string(), "98.99");
    // A second one is to be decided about first.
    shop.pay_amount(first(), cny(1));
    let (state, can_retry, odd) = told(&shop);
    assert_eq!((state.as_str(), can_retry, &odd["amount_minor"]), ("in_review", false, &1.into()));
}

#[test]
fn reading_takes_one_read_and_no_question() {
    let shop = ordered();
    let reads = |shop: &Shop| shop.seen(CallKind::LoadOrder);
    let before = reads(&shop);
    play(&shop, &event());
    assert_eq!((reads(&shop) - before, questions(&shop)), (1, 0));
}

#[test]
fn refresh_settles_what_the_provider_answers() {
    let shop = ordered();
    let paid = paid(&shop);
    shop.script.lines(|lines| lines.query = Some(Ok(vec![paid])));
    let answer = play(&shop, &refresh()).json();
    assert_eq!((&answer["status"], &answer["refreshed"]), (&"paid".into(), &true.into()));
}

#[test]
fn providers_are_asked_once_in_ten_seconds() {
    let shop = ordered();
    assert_eq!(play(&shop, &refresh()).json()["refreshed"], true);
    let again = play(&shop, &refresh());
    assert_eq!((again.status(), &again.json()["refreshed"], questions(&shop)), (200, &false.into(), 1));
    shop.pass(10);
    assert_eq!((&play(&shop, &refresh()).json()["refreshed"], questions(&shop)), (&true.into(), 2));
}

#[test]
fn nobody_is_asked_about_what_is_final() {
    let shop = ordered();
    let (buyer, deadline) = (Canceller::Buyer(user("u1")), shop.now().plus(Seconds(20)));
    shop.run(async |ports| cancel(ports, &buyer, first(), deadline).await.unwrap());
    for _ in 0..5 {
        let answer = play(&shop, &refresh()).json();
        assert_eq!((&answer["status"], &answer["refreshed"]), (&"cancelled".into(), &true.into()));
    }
    assert_eq!((questions(&shop), shop.seen(CallKind::CountCall)), (0, 0));
}

/// A provider that does not know a trade does not close it for good.
#[test]
fn buyer_asks_about_the_three_newest_attempts_and_an_admin_about_all() {
    let shop = ordered();
    shop.script.lines(|lines| lines.close = Some(Ok(vec![Says::Closed { for_good: false }])));
    for _ in 0..5 {
        let payer = Payer::default();
        let request = RetryRequest { by: Caller::buyer(user("u1")), no: first(), method: None, payer };
        let deadline = shop.now().plus(Seconds(20));
        shop.run(async |ports| retry(ports, &request, deadline).await.unwrap());
    }
    assert_eq!(play(&shop, &refresh()).json()["refreshed"], false);
    let asked = shop.script.lines(|lines| {
        let query =
            |call: &ProviderCall| if let ProviderCall::Query(no, _) = call { Some(no.attempt.get()) } else { None };
        lines.calls.iter().filter_map(query).collect::<Vec<_>>()
    });
    assert_eq!(asked, [6, 5, 4]);
    shop.pass(10);
    let admin = Event::read("order-status.admin").query(&format!("order_no={FIRST}&refresh=1"));
    assert_eq!((&play(&shop, &admin).json()["refreshed"], questions(&shop)), (&true.into(), 3 + 6));
}

#[test]
fn refreshes_of_a_user_are_limited_and_of_an_admin_are_not() {
    let shop = ordered().set("ACTIONS_PER_MINUTE", "1");
    let other = shop.order("u1", "points", "1", Method::WechatNative);
    let of_other = refresh().query(&format!("order_no={other}&refresh=1"));
    assert_eq!(play(&shop, &refresh()).json()["refreshed"], true);
    let answer = play(&shop, &of_other);
    assert_eq!((answer.status(), &answer.json()["refreshed"], questions(&shop)), (200, &false.into(), 1));
    shop.pass(10);
    assert_eq!(play(&shop, &of_other.clone().token("TOKEN_OF_AN_ADMIN")).json()["refreshed"], true);
    shop.pass(50);
    assert_eq!(play(&shop, &of_other).json()["refreshed"], true);
}

#[test]
fn order_is_shown_without_refresh_if_provider_or_store_is_silent() {
    let shop = ordered();
    shop.script.lines(|lines| lines.query = Some(Err(Unanswered)));
    let answer = play(&shop, &refresh());
    assert_eq!((answer.status(), &answer.json()["refreshed"]), (200, &false.into()));
    assert_eq!(answer.json()["status"], "pending");

    let shop = ordered();
    shop.fail(CallKind::CountCall, Fault::Before);
    assert_eq!(play(&shop, &refresh()).json()["refreshed"], false);
    let paid = paid(&shop);
    shop.script.lines(|lines| lines.query = Some(Ok(vec![paid])));
    shop.fail(CallKind::SaveOrder, Fault::Before);
    shop.pass(10);
    assert_eq!(play(&shop, &refresh()).json()["refreshed"], false);
    shop.fail(CallKind::LoadOrder, Fault::Before);
    play(&shop, &refresh()).is_problem(503, "unavailable");
}

#[test]
fn admin_sees_user_payments_refunds_and_holds() {
    let shop = ordered();
    shop.pay_amount(first(), cny(9_000));
    let event = Event::read("order-status.admin");
    play(&shop, &event).is(
        200,
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","fulfilment":"none","amount":99.00,
        "amount_minor":9900,"refunded_amount":0.00,"currency":"CNY","payment_method":"wechat_native",
        "created_at":"2025-01-01T12:00:00+08:00","expire_at":"2025-01-01T12:30:00+08:00","on_hold":true,
        "product":{"product_type":"membership","product_id":"1","name":"Pro, 30 days"},
        "attempt":{"method":"wechat_native","state":"paid"},"odd_payment":{"amount":90.00,"amount_minor":9000,
        "currency":"CNY","refunded_amount":0.00,"state":"in_review"},"can_retry":false,"can_cancel":false,
        "attempts_left":9,"server_time":"2025-01-01T12:00:00+08:00","user_id":"u1",
        "holds":[{"hold":"odd_payment","trade_no":"T1","decisions":["accept","return"]}],
        "payments":[{"trade_no":"T1","payment_no":"ORD20250101120000P78EZM44","provider":"wechat","account":"main",
        "amount":90.00,"amount_minor":9000,"currency":"CNY","role":"odd","refunded_amount":0.00,
        "paid_at":"2025-01-01T12:00:00+08:00"}],"refunds":[],"refreshed":true}"#,
    );
    let buyer = play(&shop, &self::event()).json();
    assert_eq!((&buyer["on_hold"], buyer.get("payments"), buyer.get("user_id")), (&true.into(), None, None));
}

#[test]
fn order_of_another_user_is_not_found() {
    let event = Event::read("order-status.another-user");
    let shop = ordered();
    let theirs = play(&shop, &event);
    theirs.is(
        404,
        r#"{"code":404,"error":"order_not_found","msg":"订单不存在","request_id":"JKJaXmPLvHcESHA=","data":null}"#,
    );
    assert_eq!(theirs.body(), play(&Shop::new(), &event).body());
    // Its providers are not asked either.
    play(&shop, &event.query(&format!("order_no={FIRST}&refresh=1"))).is_problem(404, "order_not_found");
    assert_eq!(questions(&shop), 0);
}

#[test]
fn invalid_request_is_refused() {
    let shop = ordered();
    for query in ["", "order_no=", "order_no=1", "order_no=ORD20250101120000p78ezm44"] {
        play(&shop, &event().query(query)).is_bad_field("order_no");
    }
    play(&shop, &event().query(&format!("orderno={FIRST}"))).is_bad_field("orderno");
    play(&shop, &event().query(&format!("order_no={FIRST}&refresh=yes"))).is_bad_field("refresh");
    play(&shop, &event().without("authorization")).is_problem(401, "unauthenticated");
    play(&shop, &event().token("TOKEN_OF_A_SERVICE")).is_problem(403, "forbidden");
    play(&shop, &event().method("POST")).is_problem(405, "method_not_allowed");
    play(&shop, &event().path("/api/v1/payment/order-statuses")).is_problem(404, "not_found");
    assert_eq!(play(&shop, &event().path("/api/v1/payment/order-status/")).status(), 200);
}
