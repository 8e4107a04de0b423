//! Sample events, signed at run time.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use till_app::ports::{AccountMode, AccountSettings, Message, Secret};
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{AttemptState, Decline, Hold, HoldWord, Status};
use till_domain::provider::{Account, Method};
use till_domain::text::AccountId;
use till_domain::time::Seconds;
use till_lambda::http::{ReadResponse as _, Response};
use till_memory::{CallKind, Fault};
use till_shop::notices::{self, rejected};
use till_shop::plain::{request, sample};
use till_shop::{Shop, table};

use super::*;

fn play(shop: &Shop, event: &Value) -> Response {
    notices::play(shop, PROVIDER, &endpoint(&shop.environment()).unwrap(), event)
}

#[test]
fn row_has_the_routes_of_the_code() {
    table::has_routes("stripe-webhook", &ROUTES, TIME_BUDGET);
}

#[test]
fn tests_play_every_sample() {
    table::all_played("stripe-webhook", &[include_str!("tests.rs")]);
}

const NO: &str = "{\"received\":false}";
const YES: &str = "{\"received\":true}";

/// A random webhook secret.
fn made_up(what: &str) -> String {
    format!("whsec_{:016x}", RandomState::new().hash_one(what))
}

fn secret(webhook_secret: &str) -> Arc<str> {
    let settings = json!({
        "secret_key": "sk_test_1", "publishable_key": "pk_test_1", "webhook_secrets": [webhook_secret],
        "deployment": "tests",
    });
    Arc::from(settings.to_string())
}

/// A shop with test accounts, each with its webhook secret.
fn shop(accounts: &[(&str, &str)]) -> Shop {
    let shop = Shop::new();
    shop.memory.tables(|tables| {
        let all = Arc::make_mut(&mut tables.accounts);
        all.retain(|one| one.account.provider != Provider::Stripe);
        for (id, _) in accounts {
            all.push(AccountSettings {
                account: Account { provider: Provider::Stripe, id: AccountId::parse(id).unwrap() },
                mode: AccountMode::Test,
                is_default: *id == "main",
                is_on: true,
                base_url: None,
                hints: Vec::new(),
            });
        }
    });
    for (id, webhook_secret) in accounts {
        let secret = Secret { current: secret(webhook_secret), previous: None };
        shop.memory.put_secret(&format!("account/{id}"), secret);
    }
    shop
}

fn order(shop: &Shop) -> OrderNo {
    shop.order("u1", "points", "1", Method::StripeCheckout)
}

/// A shop with one account, its webhook secret, and an order.
fn shop_with_order() -> (Shop, String, OrderNo) {
    let known = made_up("known");
    let shop = shop(&[("main", &known)]);
    let no = order(&shop);
    (shop, known, no)
}

/// A sample event about an order, signed with this secret.
fn signed(name: &str, no: OrderNo, webhook_secret: &str) -> Value {
    signed_with(name, no, webhook_secret, str::to_owned)
}

/// The same, with another body.
fn signed_with(name: &str, no: OrderNo, webhook_secret: &str, change: impl Fn(&str) -> String) -> Value {
    let mut event = sample(name);
    let is_encoded = event["isBase64Encoded"] == true;
    let body = event["body"].as_str().unwrap();
    let body = if is_encoded { String::from_utf8(STANDARD.decode(body).unwrap()).unwrap() } else { body.to_owned() };
    let payment_no = no.payment(AttemptNo::FIRST).to_string();
    let body = change(&body.replace("PAYMENT_NO", &payment_no).replace("ORDER_NO", no.as_str()));
    let time = event["headers"]["stripe-signature"].as_str().unwrap().strip_prefix("t=").unwrap();
    let time = time.split(',').next().unwrap().to_owned();
    let mut mac = Hmac::<Sha256>::new_from_slice(webhook_secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let hex = mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    event["headers"]["stripe-signature"] = format!("t={time},v1={hex}").into();
    event["body"] = if is_encoded { STANDARD.encode(body).into() } else { body.into() };
    event
}

#[test]
fn unverifiable_callback_is_rejected_and_recorded() {
    let known = made_up("known");
    for (name, status, reason, account) in [
        ("stripe-webhook.unsigned", 400, "missing", "?"),
        ("stripe-webhook.stale", 400, "stale", "?"),
        ("stripe-webhook.payment", 400, "bad_signature", "main"),
        ("stripe-webhook.bare", 400, "bad_signature", "main"),
    ] {
        let shop = shop(&[("main", &known)]);
        let response = play(&shop, &sample(name));
        assert_eq!((response.code(), response.text()), (status, NO), "{name}");
        assert_eq!(rejected(&shop), [(reason, account.to_owned())], "{name}");
        let looked_up = shop.seen(CallKind::ReadAccounts);
        assert_eq!(looked_up, u32::from(reason == "bad_signature"), "{name}");
    }
}

/// A stranger cannot tell from the answer, or from the work before it, which accounts exist.
#[test]
fn callback_tells_nobody_which_accounts_exist() {
    let (main, off) = (made_up("main"), made_up("off"));
    let read =
        |shop: &Shop| [CallKind::ReadAccounts, CallKind::ReadSecret, CallKind::RefreshSecret].map(|k| shop.seen(k));
    let answer = |path: &str, signed_by: &str| {
        let shop = shop(&[("main", &main), ("off", &off), ("keyless", &off)]);
        shop.memory.tables(|tables| {
            let all = Arc::make_mut(&mut tables.accounts);
            for one in all.iter_mut().filter(|one| one.account.provider == Provider::Stripe) {
                one.is_on = one.account.id.as_str() != "off";
                one.is_default = one.is_on;
            }
            let elsewhere = Account { provider: Provider::WeChat, id: AccountId::parse("elsewhere").unwrap() };
            all.push(AccountSettings { account: elsewhere, ..all[0].clone() });
            tables.edge.secrets.remove("account/keyless");
        });
        let no = order(&shop);
        let mut event = signed("stripe-webhook.payment", no, signed_by);
        event["rawPath"] = format!("/api/v1/payment/stripe/webhook/{path}").into();
        let before = read(&shop);
        let response = play(&shop, &event);
        let verified = read(&shop)[2] > before[2];
        assert_eq!(shop.stored(no).status(), Status::Pending, "{path}");
        (response.code(), response.text().to_owned(), response.headers().clone(), verified)
    };
    let known = answer("main", &made_up("foreign"));
    assert_eq!((known.0, known.1.as_str()), (400, NO));
    for path in ["off", "keyless", "elsewhere", "nobody"] {
        assert_eq!(answer(path, &made_up("foreign")), known, "{path}");
    }
    for path in ["keyless", "elsewhere", "nobody"] {
        let (code, text, ..) = answer(path, &main);
        assert_eq!((code, text.as_str()), (400, NO), "{path}: signed for another account");
    }
}

#[test]
fn callback_is_sent_again_while_accounts_or_secrets_cannot_be_read() {
    let known = made_up("known");
    for kind in [CallKind::ReadAccounts, CallKind::ReadSecret] {
        let shop = shop(&[("main", &known)]);
        shop.fail(kind, Fault::Before);
        assert_eq!(play(&shop, &sample("stripe-webhook.payment")).code(), 503, "{kind:?}");
        assert_eq!(rejected(&shop), []);
    }
}

/// On Stripe's page the buyer can try again.
#[test]
fn declined_payment_is_recorded_and_pushed_once() {
    let (shop, known, no) = shop_with_order();
    let declined = |body: &str| {
        let mut event: Value = serde_json::from_str(body).unwrap();
        event["type"] = "payment_intent.payment_failed".into();
        let intent = &mut event["data"]["object"];
        intent["status"] = "requires_payment_method".into();
        intent["metadata"]["method"] = "stripe_checkout".into();
        intent["last_payment_error"] = json!({"code": "card_declined", "decline_code": "expired_card"});
        event.to_string()
    };
    let event = signed_with("stripe-webhook.payment", no, &known, declined);
    for _ in 0..2 {
        let response = play(&shop, &event);
        assert_eq!((response.code(), response.text()), (200, YES));
    }
    let attempt = shop.stored(no).attempts[0].clone();
    assert_eq!((attempt.state, attempt.decline), (AttemptState::Open, Some(Decline::ExpiredCard)));
    let pushed: Vec<Message> = shop.memory.tables(|tables| tables.pushes.iter().map(|push| push.2).collect());
    assert_eq!(pushed, [Message::PaymentFailed]);
}

#[test]
fn payment_is_settled_recorded_and_enqueued_once_from_text_or_base64() {
    for name in ["stripe-webhook.payment", "stripe-webhook.bare"] {
        let (shop, known, no) = shop_with_order();
        let event = signed(name, no, &known);
        for _ in 0..2 {
            let response = play(&shop, &event);
            assert_eq!((response.code(), response.text()), (200, YES), "{name}");
        }
        assert_eq!(shop.stored(no).status(), Status::Paid);
        let (queued, records) = shop.memory.tables(|tables| (tables.queue.clone(), tables.records.clone()));
        assert_eq!(queued.waiting().len(), 1, "{name}: one task for two notifications");
        let came: Vec<_> = records.iter().filter_map(|record| record.callback.as_ref()).collect();
        assert_eq!(came.len(), 1);
        assert_eq!(came[0].from, "203.0.113.7");
        assert_eq!(came[0].hash, till_lambda::sha256_hex(request(&event).body()));
        assert!(came[0].facts.contains(&("type", "payment_intent.succeeded".to_owned())));
        assert_eq!(rejected(&shop), []);
    }
}

#[test]
fn callback_with_one_more_byte_is_rejected() {
    let (shop, known, no) = shop_with_order();
    let mut event = signed("stripe-webhook.payment", no, &known);
    event["body"] = format!("{}\n", event["body"].as_str().unwrap()).into();
    assert_eq!(play(&shop, &event).code(), 400);
    assert_eq!(shop.stored(no).status(), Status::Pending);
}

#[test]
fn callback_is_sent_again_if_the_write_fails() {
    let (shop, known, no) = shop_with_order();
    shop.fail(CallKind::SaveOrder, Fault::Before);
    let response = play(&shop, &signed("stripe-webhook.payment", no, &known));
    assert_eq!((response.code(), response.text()), (503, NO));
    assert_eq!(rejected(&shop), []);
}

#[test]
fn payment_without_an_order_is_kept_as_an_orphan_and_not_acknowledged() {
    let known = made_up("known");
    let (here, elsewhere) = (shop(&[("main", &known)]), shop(&[("main", &known)]));
    elsewhere.pass(1);
    let no = order(&elsewhere);
    assert_eq!(play(&here, &signed("stripe-webhook.payment", no, &known)).code(), 503);
    let (orphans, told) = here.memory.tables(|tables| (tables.orphans.len(), tables.orphan_alarms.len()));
    assert_eq!((orphans, told), (1, 1));
}

#[test]
fn current_and_previous_webhook_secret_verify_after_a_rotation() {
    let (old, new) = (made_up("old"), made_up("new"));
    let shop = shop(&[("main", &old)]);
    let first = order(&shop);
    assert_eq!(play(&shop, &signed("stripe-webhook.payment", first, &old)).code(), 200);

    let replaced = Secret { current: secret(&new), previous: Some(secret(&old)) };
    shop.memory.put_secret("account/main", replaced);
    for by in [&new, &old] {
        let no = order(&shop);
        assert_eq!(play(&shop, &signed("stripe-webhook.payment", no, by)).code(), 200, "both values verify");
        assert_eq!(shop.stored(no).status(), Status::Paid);
    }
}

#[test]
fn forged_callback_does_not_delay_a_new_webhook_secret() {
    let (old, new) = (made_up("old"), made_up("new"));
    let shop = shop(&[("main", &old)]);
    let no = order(&shop);
    assert_eq!(play(&shop, &signed("stripe-webhook.payment", no, &made_up("forged"))).code(), 400);
    let replaced = Secret { current: secret(&new), previous: Some(secret(&old)) };
    shop.memory.put_secret("account/main", replaced);
    assert_eq!(play(&shop, &signed("stripe-webhook.payment", no, &new)).code(), 200);
}

/// A key that was replaced a day ago may be known to others.
#[test]
fn webhook_secret_that_was_replaced_a_day_ago_verifies_nothing() {
    let (old, new) = (made_up("old"), made_up("new"));
    let shop = shop(&[("main", &new)]);
    let replaced = Secret { current: secret(&new), previous: Some(secret(&old)) };
    let since = shop.now().minus(Seconds::days(1));
    shop.memory.tables(|tables| tables.edge.secrets.insert("account/main".to_owned(), (replaced, since)));
    for (by, status) in [(&old, 400), (&new, 200)] {
        let no = order(&shop);
        assert_eq!(play(&shop, &signed("stripe-webhook.payment", no, by)).code(), status);
    }
}

#[test]
fn payment_through_another_account_of_ours_is_odd() {
    let (main, other) = (made_up("main"), made_up("other"));
    let shop = shop(&[("main", &main), ("other", &other)]);
    let no = order(&shop);
    let mut event = signed("stripe-webhook.payment", no, &other);
    event["rawPath"] = "/api/v1/payment/stripe/webhook/other".into();
    assert_eq!(play(&shop, &event).code(), 200);
    let order = shop.stored(no);
    assert_eq!(order.status(), Status::Pending);
    let words: Vec<HoldWord> = order.holds().into_iter().map(|Hold { word, .. }| word).collect();
    assert_eq!(words, [HoldWord::OddPayment]);
    assert_eq!(rejected(&shop), []);

    let bare = signed("stripe-webhook.bare", self::order(&shop), &other);
    assert_eq!(play(&shop, &bare).code(), 200, "the account is found by its secret");
}

#[test]
fn event_of_another_deployment_is_acknowledged_and_changes_nothing() {
    let (shop, known, no) = shop_with_order();
    let renamed = secret(&known).replace("\"tests\"", "\"another\"");
    let renamed = Secret { current: Arc::from(renamed), previous: None };
    shop.memory.put_secret("account/main", renamed);
    assert_eq!(play(&shop, &signed("stripe-webhook.payment", no, &known)).code(), 200);
    assert_eq!(shop.stored(no).status(), Status::Pending);
    assert_eq!(shop.memory.tables(|tables| tables.queue.waiting().len()), 0);
}
