//! What raises each alarm on the stack within seconds: buyers, providers, the team, a broken account.

use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::http::send;
use till_journeys::shop::Caller;
use till_journeys::{Outcome, ensure};

use super::setup::{Team, another_alipay};
use super::steps::{Scene, eventually, unique};

/// The words that are raised here by what happens.
pub const RAISED: [&str; 14] = [
    "odd_payment",
    "orphan",
    "large_payment",
    "dispute",
    "refund_abnormal",
    "refund_failed",
    "refund_limit",
    "refused_callbacks",
    "provider_silent",
    "unusable_account",
    "sweep_late",
    "failure_rate",
    "refund_rate",
    "no_callbacks",
];

/// So many refused callbacks of one account are told.
const MANY_REFUSED: usize = 20;
/// So many calls in a row without an answer are told.
const MOST_TIME_OUTS: usize = 3;
/// So many payments in a row that no notification announced are told.
const MANY_MISSED: usize = 5;

/// The alarms that are about an order.
pub struct Raised {
    pub orders: Vec<(&'static str, String)>,
}

impl Raised {
    pub fn order(&self, word: &str) -> Outcome<&str> {
        let found = self.orders.iter().find(|(one, _)| *one == word);
        found.map(|(_, no)| no.as_str()).ok_or_else(|| format!("no order was made for {word}"))
    }
}

pub async fn raise_each(scene: &Scene) -> Outcome<Raised> {
    let mut orders = vec![("large_payment", large_payment(scene).await?)];
    let (odd, _) = scene.order("alipay").await?;
    scene.sandbox.act(&odd, "pay_wrong_amount").await?;
    orders.push(("odd_payment", odd));
    let (lost, _) = scene.order("wechat").await?;
    scene.emulator.delete(&format!("ORDER#{lost}"), "ORDER").await?;
    scene.sandbox.pay(&lost).await?;
    let disputed = scene.granted("stripe").await?;
    scene.sandbox.act(&disputed, "open_dispute").await?;
    orders.push(("dispute", disputed));
    let one = json!({"REFUNDS_PER_DAY": "1"});
    // The second refund of the day, and each one after it, passes the limit.
    let refunds = with_variables(scene, "refund-order", &one, async || refunds(scene).await).await?;
    orders.extend(refunds);
    refused_callbacks(scene).await?;
    silent_provider(scene).await?;
    unusable_account(scene).await?;
    late_sweep(scene).await?;
    // A buyer can make twenty orders in a minute: these are another one's.
    bad_rates(&Scene::new(scene.stack.clone()).await?).await?;
    Ok(Raised { orders })
}

/// Does something while a function has other variables.
async fn with_variables<T>(
    scene: &Scene,
    function: &str,
    others: &Value,
    something: impl AsyncFnOnce() -> Outcome<T>,
) -> Outcome<T> {
    let variables = scene.emulator.variables(function).await?;
    let mut changed = variables.clone();
    for (name, value) in others.as_object().into_iter().flatten() {
        changed[name.as_str()] = value.clone();
    }
    scene.emulator.set_variables(function, &changed).await?;
    let done = something().await;
    scene.emulator.set_variables(function, &variables).await?;
    done
}

async fn large_payment(scene: &Scene) -> Outcome<String> {
    let low = json!({"ALARM_PAYMENT_ABOVE_CNY": "0.01"});
    with_variables(scene, "fulfil-order", &low, async || scene.granted("wechat").await).await
}

/// A refund that the provider does not make, and one that fails after it had succeeded.
async fn refunds(scene: &Scene) -> Outcome<[(&'static str, String); 2]> {
    let admin = Caller::admin(&scene.stack).await?;
    let abnormal = scene.granted("wechat").await?;
    scene.sandbox.arm(&abnormal, "refund_abnormal").await?;
    admin.refund(&abnormal, &unique("refund")).await?;
    let failed = scene.granted("stripe").await?;
    admin.refund(&failed, &unique("refund")).await?;
    scene.until(&failed, "fulfilment", "revoked").await?;
    scene.sandbox.act(&failed, "fail_refund").await?;
    // Nothing of these two is back in the end. One that is counts for the rate.
    let back = scene.granted("alipay").await?;
    admin.refund(&back, &unique("refund")).await?;
    scene.until(&back, "fulfilment", "revoked").await?;
    Ok([("refund_abnormal", abnormal), ("refund_failed", failed)])
}

async fn refused_callbacks(scene: &Scene) -> Outcome {
    // A process counts those of ten minutes, and tells of the twentieth only.
    scene.emulator.restart("alipay-callback").await?;
    let url = scene.stack.api("/alipay/callback/sandbox-alipay")?;
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let forged = "out_trade_no=ORD20260101000000AAAAAAAA&trade_status=TRADE_SUCCESS&sign=AAAA&sign_type=RSA2";
    for _ in 0..MANY_REFUSED {
        let answer = send("POST", &url, &kind, forged.as_bytes()).await?;
        ensure(answer.status >= 400, || format!("a forged notification was answered {}", answer.status))?;
    }
    Ok(())
}

async fn silent_provider(scene: &Scene) -> Outcome {
    // A process keeps how often a provider was silent, and refuses buyers for thirty seconds then.
    scene.emulator.restart("create-order").await?;
    for _ in 0..MOST_TIME_OUTS {
        scene.sandbox.arm_provider("alipay", "answer_500").await?;
        let wish = json!({"product_type": "points", "product_id": 1, "payment_method": "alipay"});
        let answer = scene.buyer.post("/create-order", &wish).await?;
        ensure(answer.status >= 500, || format!("a silent provider opened a trade: {}", answer.body))?;
    }
    scene.emulator.restart("create-order").await
}

/// An account whose secret was broken by hand is found without an order.
async fn unusable_account(scene: &Scene) -> Outcome {
    let (team, id) = (Team::of(&scene.stack).await?, unique("alipay"));
    team.twice("POST", "/accounts", &another_alipay(scene, &id).await?).await?;
    scene.emulator.put_secret(&format!("account/{id}"), "{}").await?;
    // A process looks at all accounts when it starts.
    scene.emulator.restart("sweep-orders").await?;
    scene.emulator.sweep().await?;
    let off = json!({"is_on": false, "reason": "a journey"});
    team.twice("PATCH", &format!("/accounts/alipay/{id}"), &off).await.map(drop)
}

/// The order was due half an hour ago.
async fn late_sweep(scene: &Scene) -> Outcome {
    let (no, _) = scene.order("wechat").await?;
    scene.emulator.age(&no, 40 * 60).await?;
    scene.sweep_until(&no, "status", "cancelled").await.map(drop)
}

/// Payments that fail, refunds, and payments that no notification announces, as the hourly run finds them.
async fn bad_rates(scene: &Scene) -> Outcome {
    for _ in 0..3 {
        failed_payment(scene).await?;
    }
    for _ in 0..MANY_MISSED {
        missed_notification(scene).await?;
    }
    let any = json!({"ALARM_LEAST_ORDERS": "1", "ALARM_FAILURE_RATE_PERCENT": "1", "ALARM_REFUND_RATE_PERCENT": "1"});
    with_variables(scene, "sales-statistics", &any, async || {
        // The index by day may lag a little behind the orders.
        eventually(
            "the hourly run told of both rates and of missing notifications",
            Duration::from_millis(300),
            async || {
                let alarms = look_at_rates(scene).await?;
                Ok(if alarms >= 3 { Ok(()) } else { Err(format!("{alarms} alarms")) })
            },
        )
        .await
    })
    .await
}

/// Runs what the schedule does every hour, and returns how many alarms it raised.
async fn look_at_rates(scene: &Scene) -> Outcome<u64> {
    let event = json!({"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}});
    let answer = scene.emulator.invoke("sales-statistics", &event).await?;
    answer["alarms"].as_u64().ok_or_else(|| format!("no number of alarms in {answer}"))
}

/// The journey of the function itself: it needs the permission to tell of a payment that failed.
pub async fn failure_rate_is_told(scene: &Scene) -> Outcome {
    failed_payment(scene).await?;
    let any = json!({"ALARM_LEAST_ORDERS": "1", "ALARM_FAILURE_RATE_PERCENT": "1"});
    with_variables(scene, "sales-statistics", &any, async || {
        eventually("the hourly run told of the rate", Duration::from_millis(300), async || {
            let alarms = look_at_rates(scene).await?;
            Ok(if alarms > 0 { Ok(()) } else { Err("no alarm".to_owned()) })
        })
        .await
    })
    .await
}

/// The buyer's card is refused, and the buyer leaves.
async fn failed_payment(scene: &Scene) -> Outcome {
    let (no, _) = scene.order("stripe").await?;
    scene.sandbox.act(&no, "fail").await.map(drop)
}

/// A payment that only a question finds, three minutes after it was made: its time is moved, because no journey waits so long.
async fn missed_notification(scene: &Scene) -> Outcome {
    let (no, _) = scene.order("wechat").await?;
    scene.sandbox.arm(&no, "lose_callback").await?;
    scene.sandbox.pay(&no).await?;
    scene.buyer.get(&format!("/order-status?order_no={no}&refresh=1")).await?.expect(200)?;
    scene.until(&no, "fulfilment", "granted").await?;
    let paid_at = ["/pa/L/0/M/d".to_owned()];
    scene.emulator.age_item(&format!("ORDER#{no}"), "ORDER", &paid_at, 3 * 60).await
}
