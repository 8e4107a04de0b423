//! What is Stripe's alone: disputes whose webhooks are lost, and two accounts of ours behind one Stripe account.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::Sha256;
use till_journeys::http::{Answer, send};
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};
use tokio::time::sleep;

use super::steps::{Scene, eventually, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("stripe":
        lost_dispute_is_found_without_its_webhook,
        payment_reported_by_the_wrong_account_first_is_granted,
    )
}

async fn lost_dispute_is_found_without_its_webhook(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let no = scene.granted("stripe").await?;
    for act in ["open_dispute", "lose_dispute"] {
        scene.sandbox.arm(&no, "lose_callback").await?;
        scene.sandbox.act(&no, act).await?;
    }
    scene.has_points(100).await?;
    eventually("the goods are taken back", Duration::from_millis(300), async || {
        scene.list_disputes_now().await?;
        let status = scene.buyer.status(&no).await?;
        Ok(if status["fulfilment"] == "revoked" { Ok(()) } else { Err(status.to_string()) })
    })
    .await?;
    scene.has_status(&no, "status", "refunded").await?;
    scene.has_points(0).await
}

async fn payment_reported_by_the_wrong_account_first_is_granted(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let twin = Twin::make(&scene).await?;
    let (no, _) = scene.order("stripe").await?;
    scene.sandbox.arm(&no, "lose_callback").await?;
    scene.sandbox.pay(&no).await?;
    twin.report(&scene, &no).await?.expect(200)?;
    same("whether a person is called", &scene.buyer.status(&no).await?["on_hold"], &json!(true))?;
    scene.has_points(0).await?;
    scene.sandbox.act(&no, "resend").await?;
    scene.until(&no, "fulfilment", "granted").await?;
    same("whether a person is called", &scene.buyer.status(&no).await?["on_hold"], &json!(false))?;
    scene.has_points(100).await
}

/// A second account of ours with the same Stripe keys, and a webhook endpoint of its own.
struct Twin {
    webhook_secret: String,
}

impl Twin {
    const ID: &str = "stripe-twin";

    async fn make(scene: &Scene) -> Outcome<Self> {
        let name = format!("account/{}", Self::ID);
        if let Ok(known) = scene.emulator.secret(&name).await {
            let webhook_secret = known["webhook_secrets"][0].as_str().unwrap_or_default().to_owned();
            return Ok(Self { webhook_secret });
        }
        let webhook_secret = unique("whsec_twin").replace('-', "");
        let mut secret = scene.emulator.secret("account/sandbox-stripe").await?;
        secret["webhook_secrets"] = json!([webhook_secret]);
        scene.emulator.put_secret(&name, &secret.to_string()).await?;
        let account = scene.emulator.item("ACCOUNT#stripe", "sandbox-stripe").await?;
        let mut account = account.ok_or("the stack has no account at Stripe")?;
        account["sk"] = json!({"S": Self::ID});
        account["id"] = json!({"S": Self::ID});
        account["def"] = json!({"BOOL": false});
        scene.emulator.put(&account).await?;
        // Each process learns of a new account within a minute.
        sleep(Duration::from_secs(61)).await;
        Ok(Self { webhook_secret })
    }

    /// Tells of an order's payment, as Stripe does to each of an account's endpoints.
    async fn report(&self, scene: &Scene, no: &str) -> Outcome<Answer> {
        let books = scene.sandbox.books(no).await?;
        let intent = books["payments"][0]["id"].as_str().ok_or("the books have no payment")?;
        let bearer = format!("Bearer {}", scene.stack.provider("stripe/secret_key")?);
        let url = format!("{}/v1/payment_intents/{intent}", scene.stack.output("sandbox_url")?.trim_end_matches('/'));
        let object = send("GET", &url, &[("authorization", &bearer)], b"").await?.expect(200)?.json()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?.as_secs();
        let event = json!({
            "id": "evt_twin", "object": "event", "created": now, "livemode": false, "type": "payment_intent.succeeded",
            "data": {"object": object},
        });
        let body = event.to_string();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.webhook_secret.as_bytes()).map_err(|error| error.to_string())?;
        mac.update(format!("{now}.{body}").as_bytes());
        let tag: Vec<String> = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let headers = [
            ("stripe-signature", format!("t={now},v1={}", tag.concat())),
            ("content-type", "application/json".to_owned()),
        ];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send("POST", &scene.stack.api(&format!("/stripe/webhook/{}", Self::ID))?, &headers, body.as_bytes()).await
    }
}
