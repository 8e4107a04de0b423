//! Seven hundred orders are due at once, and nearly all of them wait for a provider that does not answer. Callbacks, deliveries, money
//! that goes back and the questions about all other orders are done while the next sweep has not begun yet.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use till_journeys::sandbox::paid_and_back;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};
use tokio::time::timeout;

use super::steps::{Scene, eventually, text, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("load": hanging_provider_holds_its_own_orders_only)
}

/// With the others, five hundred, twice as many as one sweep takes: the emulator takes its time for each write.
const HANGING: usize = 480;
const OTHERS: usize = 20;
/// The next sweep begins after this.
const ONE_TICK: Duration = Duration::from_mins(1);
const ACCOUNT: &str = "hanging";

async fn hanging_provider_holds_its_own_orders_only(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let hanging = Hanging::make(&scene).await?;
    let outcome = while_it_hangs(&scene, &hanging).await;
    // Otherwise the sweeps of later journeys would find its orders, and their processes would wait for Alipay.
    hanging.remove(&scene).await?;
    outcome
}

async fn while_it_hangs(scene: &Scene, hanging: &Hanging) -> Outcome {
    let mut others = Vec::new();
    for n in 0..OTHERS {
        let (no, _) = scene.order(if n % 2 == 0 { "wechat" } else { "stripe" }).await?;
        scene.sandbox.arm(&no, "lose_callback").await?;
        scene.sandbox.pay(&no).await?;
        scene.emulator.age(&no, 6 * 60).await?;
        others.push(no);
    }
    let twice = Scene::new(scene.stack.clone()).await?;
    let paid_twice = twice.granted("wechat").await?;
    twice.sandbox.act(&paid_twice, "pay_again").await?;
    let fresh = Scene::new(scene.stack.clone()).await?;

    let done = async {
        fresh.granted("wechat").await?;
        for no in &others {
            scene.until(no, "fulfilment", "granted").await?;
        }
        eventually("the second payment is on its way back", Duration::from_millis(100), async || {
            let sums = paid_and_back(&scene.sandbox.books(&paid_twice).await?);
            Ok(if sums.1 > 0 { Ok(()) } else { Err(format!("{sums:?}")) })
        })
        .await
    };
    let both = async { tokio::join!(scene.emulator.sweep(), done) };
    let (swept, done) = timeout(ONE_TICK, both).await.map_err(|_| "one tick was not enough".to_owned())?;
    done?;
    let swept = swept?;
    same("whether others were asked to sweep, too", &swept["shared"], &json!(true))?;
    let asked = hanging.asked(scene).await?;
    // Each of 17 invocations asks about sixteen at once, and then lets the provider's orders wait. The schedule may begin a few more.
    ensure((3..HANGING / 10 * 9).contains(&asked), || format!("{asked} of {HANGING} orders were asked about"))
}

/// Orders at an account of Alipay whose address never answers.
struct Hanging {
    orders: Vec<Value>,
    /// Nobody accepts from it. The operating system opens the first connections and lets the others wait.
    _address: TcpListener,
}

impl Hanging {
    async fn make(scene: &Scene) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let port = address.local_addr().map_err(|error| error.to_string())?.port();
        let secret = scene.emulator.secret("account/sandbox-alipay").await?;
        scene.emulator.put_secret(&format!("account/{ACCOUNT}"), &secret.to_string()).await?;
        let account = scene.emulator.item("ACCOUNT#alipay", "sandbox-alipay").await?;
        let mut account = account.ok_or("the stack has no account at Alipay")?;
        account["sk"] = json!({"S": ACCOUNT});
        account["id"] = json!({"S": ACCOUNT});
        account["def"] = json!({"BOOL": false});
        account["base_url"] = json!({"S": format!("http://127.0.0.1:{port}")});
        scene.emulator.put(&account).await?;
        // Its processes would learn of the account within a minute.
        scene.emulator.restart("sweep-orders").await?;

        let buyer = Caller::buyer(&scene.stack, &unique("patient")).await?;
        let order = buyer.order("points", 1, "alipay").await?;
        let no = text(&order, "order_no")?;
        scene.emulator.age(no, 6 * 60).await?;
        let key = format!("ORDER#{no}");
        let like = scene.emulator.item(&key, "ORDER").await?.ok_or("the order is not there")?;
        scene.emulator.delete(&key, "ORDER").await?;
        let run = unique("").to_uppercase();
        let run = run.get(run.len().saturating_sub(5)..).unwrap_or_default();
        let orders: Vec<Value> = (0..HANGING).map(|n| at_hanging_account(&like, &format!("{n:03X}{run}"))).collect();
        scene.emulator.put_all(&orders).await?;
        Ok(Self { orders, _address: address })
    }

    /// How many of its orders a sweep has claimed.
    async fn asked(&self, scene: &Scene) -> Outcome<usize> {
        let before = self.orders.first().map(|order| order["v"].clone()).unwrap_or_default();
        let all = scene.emulator.all_items().await?;
        let ours = all.iter().filter(|item| item.pointer("/at/L/0/M/ac/S").is_some_and(|ac| ac == &at_account()));
        Ok(ours.filter(|item| item["v"] != before).count())
    }

    async fn remove(&self, scene: &Scene) -> Outcome {
        scene.emulator.delete("ACCOUNT#alipay", ACCOUNT).await?;
        scene.emulator.delete_all(&self.orders).await?;
        eventually("no sweep is asked for any more", Duration::from_millis(200), async || {
            let waiting = scene.emulator.waiting("sweep_queue_url").await?;
            Ok(if waiting == 0 { Ok(()) } else { Err(format!("{waiting} messages")) })
        })
        .await?;
        scene.emulator.restart("sweep-orders").await
    }
}

fn at_account() -> Value {
    json!(format!("alipay:{ACCOUNT}"))
}

/// A copy of an order under another number, whose attempt is at the account that hangs.
fn at_hanging_account(like: &Value, ending: &str) -> Value {
    let no = format!("ORD20260101000000{ending}");
    let mut order = like.clone();
    let shard = Sha256::digest(&no).first().copied().unwrap_or_default() % 16;
    order["ds"] = json!({"S": format!("D#{shard:02}")});
    order["pk"] = json!({"S": format!("ORDER#{no}")});
    if let Some(account) = order.pointer_mut("/at/L/0/M/ac/S") {
        *account = at_account();
    }
    order
}
