//! One journey for each function, over everything that it may touch. They also run with the permissions of the functions
//! enforced: then a missing permission makes the journey of its function fail, and one that no journey needs is noticed.

use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::emulator::Emulator;
use till_journeys::http::send;
use till_journeys::shop::Caller;
use till_journeys::socket::Socket;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::setup::{Team, another_alipay};
use super::steps::{Scene, eventually, is_push, text, unique};
use super::{Journey, alarm_causes, alarm_ends, alarms, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("functions":
        create_order,
        order_status,
        checkout_page,
        list_products,
        cancel_order,
        refund_order,
        spend_wallet,
        team_view,
        team_setup,
        wechat_callback,
        alipay_callback,
        stripe_webhook,
        fulfil_order,
        sweep_orders,
        sales_statistics,
        notify_team,
        push_connection,
        sandbox,
    )
}

async fn create_order(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, answer) = scene.order("wechat").await?;
    let keyed = json!({"product_type": "points", "product_id": 1, "payment_method": "alipay"});
    let (key, headers) = (unique("key"), |key| [("idempotency-key", key)]);
    for _ in 0..2 {
        scene.buyer.post_with("/create-order", &keyed, &headers(key.as_str())).await?.expect(200)?;
    }
    // Stripe has another price; another method of the same currency is accepted.
    let other = scene.buyer.post("/retry-payment", &json!({"order_no": no, "payment_method": "stripe"})).await?;
    same("another currency", &[200, 422].contains(&other.status), &true)?;
    // The buyer chooses another method on the order's page, which leads on to the provider's.
    let (path, query) = text(&answer, "checkout_url")?.split_once('?').ok_or("a link without proof")?;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let url = format!("{path}/retry?{query}");
    let chosen = send("POST", &url, &form, b"payment_method=alipay_page").await?.expect(303)?;
    same("where the form leads", &chosen.header("location"), &Some(text(&answer, "checkout_url")?))?;
    let onward = send("GET", &format!("{path}/go?{query}"), &[], b"").await?.expect(303)?;
    same("whether it leads on", &onward.header("location").is_some_and(|url| url.contains("gateway.do")), &true)?;
    // Soon the order expires, of which the buyer's pages are told by the next write.
    scene.emulator.age(&no, 26 * 60).await?;
    let page = ClosedPage::of(&scene).await?;
    let alipay = json!({"order_no": no, "payment_method": "alipay"});
    scene.buyer.post("/retry-payment", &alipay).await?.expect(200)?;
    page.wait_until_forgotten(&scene).await?;
    upgrade(&scene, "an upgrade without a membership", 409).await?;
    // Only near the limit of open orders are the buyer's other orders read.
    let page = json!({"product_type": "points", "product_id": 1, "payment_method": "alipay_page"});
    let mut last = 200;
    for _ in 0..20 {
        last = scene.buyer.post("/create-order", &page).await?.status;
    }
    same("the status at the limit of open orders", &last, &409)
}

async fn order_status(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    scene.granted("wechat").await?;
    let (no, _) = scene.order("stripe").await?;
    for path in [format!("/order-status?order_no={no}"), "/orders".to_owned(), "/wallet".to_owned()] {
        scene.buyer.get(&path).await?.expect(200)?;
    }
    // The provider has news, and the order expires soon.
    scene.sandbox.arm(&no, "lose_callback").await?;
    scene.sandbox.act(&no, "process").await?;
    scene.emulator.age(&no, 26 * 60).await?;
    let page = ClosedPage::of(&scene).await?;
    scene.buyer.get(&format!("/order-status?order_no={no}&refresh=1")).await?.expect(200)?;
    page.wait_until_forgotten(&scene).await?;
    scene.buyer.post("/push-ticket", &json!({})).await?.expect(200).map(drop)
}

/// Without a token: the link is the proof.
async fn checkout_page(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    Emulator::of(&scene.stack).restart("checkout-page").await?;
    let (no, order) = scene.order("wechat").await?;
    let (path, query) = text(&order, "checkout_url")?.split_once('?').ok_or("a link without proof")?;
    let at = |part: &str| format!("{path}{part}?{query}");
    let page = send("GET", &at(""), &[], b"").await?.expect(200)?;
    same("whether it shows a code", &page.body.contains("</svg>"), &true)?;
    let ticket = send("POST", &at("/ticket"), &[], b"").await?.expect(200)?.json()?;
    let mut socket = Socket::open(text(&ticket, "url")?).await?;
    scene.granted("alipay").await?;
    scene.sandbox.pay(&no).await?;
    let push = socket.pushed().await?;
    same("what the page hears first", &text(&push, "order_no")?, &no.as_str())?;
    scene.until(&no, "fulfilment", "granted").await?;
    let status = send("GET", &at("/status"), &[], b"").await?.expect(200)?.json()?;
    same("whether the page can stop asking", &status["is_final"], &json!(true))?;
    let (number, other) = (no.as_str(), scene.order("wechat").await?.0);
    send("GET", &at("/status").replace(number, &other), &[], b"").await?.expect(404).map(drop)
}

/// A process keeps products and accounts for a minute, so it is started anew.
async fn list_products(stack: Stack) -> Outcome {
    Emulator::of(&stack).restart("list-products").await?;
    let listed = send("GET", &stack.api("/products")?, &[], b"").await?.expect(200)?.json()?;
    let products = listed["products"].as_array().ok_or("no products")?;
    let is_for_sale = |one: &serde_json::Value| one["payment_methods"].as_array().is_some_and(|all| !all.is_empty());
    same("whether a method is offered", &products.iter().any(is_for_sale), &true)
}

async fn cancel_order(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order("alipay").await?;
    let page = ClosedPage::of(&scene).await?;
    scene.buyer.post("/cancel-order", &json!({"order_no": no})).await?.expect(200)?;
    page.wait_until_forgotten(&scene).await
}

async fn refund_order(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let no = scene.granted("stripe").await?;
    admin.refund(&no, &unique("refund")).await?;
    scene.until(&no, "fulfilment", "revoked").await?;
    // A payment that never was for goods: no task revokes them, so that this function itself tells the buyer's pages.
    let (no, _) = scene.order("alipay").await?;
    scene.sandbox.act(&no, "pay_wrong_amount").await?;
    eventually("the order is on hold", Duration::from_millis(50), async || {
        let status = scene.buyer.status(&no).await?;
        Ok(if status["on_hold"] == true { Ok(()) } else { Err(status.to_string()) })
    })
    .await?;
    scene.emulator.age(&no, 26 * 60).await?;
    let page = ClosedPage::of(&scene).await?;
    let decision = json!({"order_no": no, "hold": "odd_payment", "decision": "return", "reason": "a wrong amount"});
    admin.post("/resolve-hold", &decision).await?.expect(200)?;
    page.wait_until_forgotten(&scene).await?;
    settles_an_orphan(&scene, &admin).await
}

async fn settles_an_orphan(scene: &Scene, admin: &Caller) -> Outcome {
    let trade_no = scene.paid_without_an_order().await?;
    let (no, _) = scene.order("wechat").await?;
    let body = json!({"order_no": no, "reason": "the buyer paid the order that is gone"});
    let path = format!("/orphans/wechat/{trade_no}/settle");
    admin.remedy(&path, &body, &unique("settle")).await?.expect(200)?;
    scene.until(&no, "fulfilment", "granted").await.map(drop)
}

async fn spend_wallet(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    scene.granted("wechat").await?;
    let service = Caller::service(&scene.stack).await?;
    let wish = json!({"user_id": scene.buyer.user, "points": 1, "key": unique("spend"), "reason": "a sticker"});
    service.post("/wallet/spend", &wish).await?.expect(200)?;
    let admin = Caller::admin(&scene.stack).await?;
    let gift = json!({"grants": [{"type": "points", "amount": 1}], "reason": "goodwill"});
    let path = format!("/admin/users/{}/grant", scene.buyer.user);
    admin.post_with(&path, &gift, &[("idempotency-key", &unique("case"))]).await?.expect(200).map(drop)
}

async fn team_view(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let no = scene.granted("wechat").await?;
    let (held, _) = scene.order("alipay").await?;
    scene.sandbox.act(&held, "pay_wrong_amount").await?;
    let user = &scene.buyer.user;
    let order = admin.look(&format!("/orders/{no}")).await?.expect(200)?.json()?;
    let trade_no = text(&order["payments"][0], "trade_no")?;
    // The indexes may be a moment behind.
    let lists = ["/orders".to_owned(), format!("/orders?q={trade_no}"), format!("/users/{user}")];
    for path in lists {
        eventually(&format!("{path} has the order"), Duration::from_millis(100), async || {
            let answer = admin.look(&path).await?.expect(200)?;
            Ok(if answer.body.contains(&no) { Ok(()) } else { Err(answer.body) })
        })
        .await?;
    }
    eventually("the holds have the order", Duration::from_millis(100), async || {
        let mut next = String::new();
        loop {
            let page = admin.look(&format!("/holds{next}")).await?.expect(200)?;
            if page.body.contains(&held) {
                return Ok(Ok(()));
            }
            match page.json()?["next"].as_str() {
                Some(cursor) => next = format!("?cursor={cursor}"),
                None => return Ok(Err(page.body)),
            }
        }
    })
    .await?;
    let lost = scene.paid_without_an_order().await?;
    admin.look(&format!("/orphans/wechat/{lost}?order_no={no}")).await?.expect(200)?;
    eventually("the open orphans have the payment", Duration::from_millis(100), async || {
        let page = admin.look("/orphans?status=open").await?.expect(200)?;
        Ok(if page.body.contains("wechat") { Ok(()) } else { Err(page.body) })
    })
    .await?;
    for path in ["/orphans", "/rejected-callbacks", "/payment-monitor/system-status"] {
        admin.look(path).await?.expect(200)?;
    }
    // Both kinds of records: one of an order, and one of a wallet.
    let decision = json!({"order_no": held, "hold": "odd_payment", "decision": "return", "reason": "a wrong amount"});
    admin.post("/resolve-hold", &decision).await?.expect(200)?;
    let gift = json!({"grants": [{"type": "points", "amount": 1}], "reason": "goodwill"});
    let headers = [("idempotency-key", unique("case"))];
    let headers = headers.each_ref().map(|(name, key)| (*name, key.as_str()));
    admin.post_with(&format!("/admin/users/{user}/grant"), &gift, &headers).await?.expect(200)?;
    eventually("the audit has what was done", Duration::from_millis(100), async || {
        let page = admin.look("/audit").await?.expect(200)?;
        Ok(if page.body.contains(user) && page.body.contains(&held) { Ok(()) } else { Err(page.body) })
    })
    .await?;
    admin.look(&format!("/audit?user_id={user}")).await?.expect(200).map(drop)
}

/// A new account needs a new secret, a change of its keys another value of it. Sales that are open are resumed, which changes nothing
/// for buyers.
async fn team_setup(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (team, id) = (Team::of(&scene.stack).await?, unique("alipay"));
    let mut wish = another_alipay(&scene, &id).await?;
    team.twice("POST", "/accounts", &wish).await?;
    wish["settings"]["seller_id"] = json!("2088000000000002");
    let change = json!({"settings": wish["settings"], "same_merchant": true, "reason": "another seller"});
    team.twice("PATCH", &format!("/accounts/alipay/{id}"), &change).await?;
    let secret = scene.emulator.secret(&format!("account/{id}")).await?;
    same("the keys that are kept", &secret["seller_id"], &json!("2088000000000002"))?;
    let product = team.all("products").await?.first().cloned().ok_or("no products")?;
    let path = format!("/products/{}/{}", text(&product, "type")?, text(&product, "id")?);
    team.twice("PATCH", &path, &json!({"remark": "seen by a journey", "reason": "a journey"})).await?;
    let sales = team.twice("POST", "/sales/resume", &json!({"reason": "a journey"})).await?;
    same("whether new orders are suspended", &sales["suspended"], &json!(false))
}

async fn wechat_callback(stack: Stack) -> Outcome {
    let body = json!({"id": "1", "event_type": "TRANSACTION.SUCCESS"}).to_string();
    callbacks(Scene::new(stack).await?, "wechat", "/wechat/callback", &body).await
}

async fn alipay_callback(stack: Stack) -> Outcome {
    let body = "out_trade_no=1&trade_status=TRADE_SUCCESS&sign=AAAA&sign_type=RSA2";
    callbacks(Scene::new(stack).await?, "alipay", "/alipay/callback", body).await
}

async fn stripe_webhook(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let mut page = scene.buyer.socket().await?;
    let closed = ClosedPage::of(&scene).await?;
    let (no, _) = scene.order("stripe").await?;
    scene.sandbox.act(&no, "fail").await?;
    is_push(&page.pushed().await?, "payment_failed", &no)?;
    closed.wait_until_forgotten(&scene).await?;
    let attempt = scene.buyer.status(&no).await?["attempt"].clone();
    same("why it was declined", &attempt["reason"], &json!("declined"))?;
    let body = json!({"id": "evt_1", "type": "checkout.session.completed"}).to_string();
    callbacks(scene, "stripe", "/stripe/webhook", &body).await
}

/// A payment that is granted, one for an order that is not there, and a forged one.
async fn callbacks(scene: Scene, provider: &str, path: &str, forged: &str) -> Outcome {
    scene.granted(provider).await?;
    let (no, _) = scene.order(provider).await?;
    scene.emulator.delete(&format!("ORDER#{no}"), "ORDER").await?;
    let orphans_of = format!("ORPHAN#{provider}");
    let orphans = || scene.emulator.items(&orphans_of);
    let before = orphans().await?.len();
    scene.sandbox.pay(&no).await?;
    eventually("the payment without an order is kept", Duration::from_millis(50), async || {
        let found = orphans().await?.len();
        Ok(if found > before { Ok(()) } else { Err(format!("{found} orphans")) })
    })
    .await?;
    // WeChat Pay does not tell of a refund on its platform.
    if provider != "wechat" {
        scene.sandbox.act(&no, "refund_on_platform").await?;
        has_later_report(&scene, &orphans_of, &no).await?;
    }
    let answer = send("POST", &scene.stack.api(path)?, &[], forged.as_bytes()).await?;
    same("a forged notification is refused", &(400..500).contains(&answer.status), &true)
}

/// Something was reported of the payment without an order besides that it was made.
async fn has_later_report(scene: &Scene, orphans_of: &str, number: &str) -> Outcome {
    eventually("a further report is kept", Duration::from_millis(100), async || {
        let orphans = scene.emulator.items(orphans_of).await?;
        let found = orphans.iter().find(|orphan| orphan["number"]["S"] == number);
        let is_there = found.is_some_and(|orphan| !orphan["later"].is_null());
        Ok(if is_there { Ok(()) } else { Err(format!("{found:?}")) })
    })
    .await
}

async fn fulfil_order(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let mut page = scene.buyer.socket().await?;
    let closed = ClosedPage::of(&scene).await?;
    let order = scene.buyer.order("package", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    scene.sandbox.pay(no).await?;
    is_push(&page.pushed().await?, "payment_success", no)?;
    closed.wait_until_forgotten(&scene).await?;
    let wallet = scene.buyer.get("/wallet").await?.expect(200)?.json()?;
    same("the membership of the package", &wallet["membership"]["tier"], &json!("pro"))?;
    // It replaces the membership on condition that the order of the package has not changed.
    let upgraded = upgrade(&scene, "an upgrade", 200).await?;
    let no = text(&upgraded, "order_no")?;
    scene.sandbox.pay(no).await?;
    scene.until(no, "fulfilment", "granted").await.map(drop)
}

async fn sweep_orders(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order("wechat").await?;
    scene.emulator.age(&no, 31 * 60).await?;
    let page = ClosedPage::of(&scene).await?;
    scene.sweep_until(&no, "status", "cancelled").await?;
    page.wait_until_forgotten(&scene).await?;
    // A disputed payment under a number of ours that has no order: only the list of disputes tells of it.
    let no = unique("").to_uppercase();
    let no = format!("ORD20260101000000{}", no.get(no.len().saturating_sub(8)..).unwrap_or_default());
    scene.strange_intent(&no).await?;
    for act in ["pay", "open_dispute"] {
        scene.sandbox.arm(&no, "lose_callback").await?;
        scene.sandbox.act(&no, act).await?;
    }
    eventually("the dispute is kept as an orphan", Duration::from_millis(300), async || {
        scene.list_disputes_now().await?;
        let orphans = scene.emulator.items("ORPHAN#stripe").await?;
        let is_there = orphans.iter().any(|orphan| orphan["number"]["S"] == no.as_str());
        Ok(if is_there { Ok(()) } else { Err(format!("{} orphans, none of them {no}", orphans.len())) })
    })
    .await?;
    scene.sandbox.arm(&no, "lose_callback").await?;
    scene.sandbox.act(&no, "lose_dispute").await?;
    eventually("the end of the dispute is kept beside it", Duration::from_millis(300), async || {
        scene.list_disputes_now().await?;
        let orphans = scene.emulator.items("ORPHAN#stripe").await?;
        let found = orphans.iter().find(|orphan| orphan["number"]["S"] == no.as_str());
        Ok(found.filter(|orphan| !orphan["later"].is_null()).map(drop).ok_or_else(|| format!("{found:?}")))
    })
    .await
}

async fn sales_statistics(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    scene.granted("wechat").await?;
    let admin = Caller::admin(&scene.stack).await?;
    let url = format!("{}/api/v1/admin/orders/statistics?days=3", scene.stack.output("api_url")?);
    let ask = async |caller: &Caller| {
        let bearer = format!("Bearer {}", caller.token());
        send("GET", &url, &[("authorization", &bearer)], b"").await
    };
    ask(&scene.buyer).await?.expect(403)?;
    // The index may lag a little behind the order.
    eventually("today's order is counted", Duration::from_millis(200), async || {
        let answer = ask(&admin).await?.expect(200)?.json()?;
        let is_counted = answer["days"][2]["granted"].as_u64().is_some_and(|granted| granted > 0);
        Ok(if is_counted { Ok(()) } else { Err(answer["days"][2].to_string()) })
    })
    .await?;
    let answer = ask(&admin).await?.expect(200)?.json()?;
    let (partition, sort) = (format!("STATS#{}", text(&answer["days"][0], "day")?), "DAY");
    scene.emulator.delete(&partition, sort).await?;
    let event = json!({"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}});
    let rolled_up = scene.emulator.invoke("sales-statistics", &event).await?;
    same("whether it failed", &rolled_up["failed"], &json!(false))?;
    same("whether the day is there", &scene.emulator.item(&partition, sort).await?.is_some(), &true)?;
    let answer = ask(&admin).await?.expect(200)?.json()?;
    same("whether it is read from there", &answer["days"][0]["is_rolled_up"], &json!(true))?;
    alarm_causes::failure_rate_is_told(&scene).await
}

async fn notify_team(stack: Stack) -> Outcome {
    alarms::each_word_reaches_a_receiver(stack.clone()).await?;
    alarm_ends::orphan_stands_until_it_is_settled(stack).await
}

async fn push_connection(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let mut page = scene.buyer.socket().await?;
    page.say("ping").await?;
    same("the answer", &page.heard().await?.as_str(), &"pong")?;
    // The sixth socket closes and drops one of the others.
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(scene.buyer.socket().await?);
    }
    let pages = format!("PUSH#{}", scene.buyer.user);
    eventually("five sockets are kept", Duration::from_millis(50), async || {
        let left = scene.emulator.items(&pages).await?;
        Ok(if left.len() == 5 { Ok(()) } else { Err(format!("{left:?}")) })
    })
    .await
}

async fn sandbox(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let no = scene.granted("alipay").await?;
    same("the state in the books", &scene.sandbox.books(&no).await?["state"], &json!("paid"))?;
    let sandbox = scene.stack.output("sandbox_url")?.trim_end_matches('/').to_owned();
    send("GET", &format!("{sandbox}/trades"), &[], b"").await?.expect(200)?;
    let signed_in =
        send("POST", &format!("{sandbox}/shop/sign-in"), &[], br#"{"user":"guest"}"#).await?.expect(200)?.json()?;
    let token = signed_in["token"].as_str().ok_or("the shop gives no token")?;
    let bearer = [("authorization", format!("Bearer {token}"))];
    let bearer = bearer.each_ref().map(|(name, value)| (*name, value.as_str()));
    let wallet = send("GET", &scene.stack.api("/wallet")?, &bearer, b"").await?.expect(200)?.json()?;
    same("the user of the shop's token", &wallet["user_id"], &signed_in["user"])
}

/// Asks for the higher membership in place of the one that the buyer has.
async fn upgrade(scene: &Scene, what: &str, status: u16) -> Outcome<Value> {
    let wish = json!({"product_type": "membership", "product_id": 2, "payment_method": "wechat", "is_upgrade": true});
    let answer = scene.buyer.post("/create-order", &wish).await?;
    same(what, &answer.status, &status)?;
    answer.json()
}

/// A page of the buyer that is in the table, but whose socket has closed without notice: the next push forgets it.
struct ClosedPage(String);

impl ClosedPage {
    async fn of(scene: &Scene) -> Outcome<Self> {
        let (id, user) = (unique("gone"), &scene.buyer.user);
        let key = json!({"pk": {"S": format!("PUSH#{user}")}, "sk": {"S": format!("CONN#{id}")}});
        let mut item = json!({"id": {"S": id}, "to": {"S": "user"}, "ttl": {"N": "4102444800"}});
        if let (Some(item), Value::Object(key)) = (item.as_object_mut(), key) {
            item.extend(key);
        }
        scene.emulator.put(&item).await?;
        Ok(Self(id))
    }

    async fn wait_until_forgotten(self, scene: &Scene) -> Outcome {
        let (id, user) = (self.0, &scene.buyer.user);
        eventually("the page without a socket is forgotten", Duration::from_millis(50), async || {
            let kept = scene.emulator.item(&format!("PUSH#{user}"), &format!("CONN#{id}")).await?;
            Ok(kept.map_or(Ok(()), |item| Err(item.to_string())))
        })
        .await
    }
}
