//! What happens when the key of users' tokens is replaced, in calm and in an emergency. Each journey leaves the stack with a new key.

use serde_json::json;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("keys":
        replaced_key_counts_until_it_is_revoked,
        forged_tokens_do_not_delay_a_new_key,
        key_of_tickets_signs_no_token,
        most_detailed_log_has_no_token_and_no_ticket,
    )
}

/// A key of 32 bytes and more that no other journey has.
fn new_key() -> String {
    format!("{}-{}", unique("a-new-key-for-the-tokens-of-this-journey"), unique("0123456789"))
}

async fn replace_key(scene: &Scene) -> Outcome {
    scene.emulator.put_secret("bearer", &json!({"bearer": new_key()}).to_string()).await
}

async fn status(caller: &Caller) -> Outcome<u16> {
    Ok(caller.get("/wallet").await?.status)
}

async fn replaced_key_counts_until_it_is_revoked(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let before = Caller::admin(&scene.stack).await?;
    same("the key's token", &status(&before).await?, &200)?;

    replace_key(&scene).await?;
    let after = Caller::admin(&scene.stack).await?;
    same("the new key's token, at once", &status(&after).await?, &200)?;
    same("the old key's token, within the grace", &status(&before).await?, &200)?;

    scene.emulator.revoke_previous("bearer").await?;
    // A running process may keep both values for five minutes.
    scene.emulator.restart("order-status").await?;
    same("the old key's token, after its end", &status(&before).await?, &401)?;
    same("the new key's token", &status(&after).await?, &200)
}

async fn forged_tokens_do_not_delay_a_new_key(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    scene.emulator.restart("order-status").await?;
    same("a token of the stack's key", &status(&scene.buyer).await?, &200)?;
    let forged = Caller::forged(&scene.stack, "ada", Some("admin"), &new_key())?;
    same("a forged token", &status(&forged).await?, &401)?;
    replace_key(&scene).await?;
    let after = Caller::buyer(&scene.stack, &unique("buyer")).await?;
    same("the new key's token, at once", &status(&after).await?, &200)
}

/// The function of sockets, which has the key of tickets, must not be able to make an admin.
async fn key_of_tickets_signs_no_token(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let tickets = scene.emulator.secret("tickets").await?;
    let key = tickets["tickets"].as_str().ok_or("the stack has no key of tickets")?;
    let forged = Caller::forged(&scene.stack, "ada", Some("admin"), key)?;
    same("a token signed with the key of tickets", &status(&forged).await?, &401)?;
    let bearer = scene.emulator.secret("bearer").await?;
    same("the fields of the secret bearer", &bearer.as_object().map(serde_json::Map::len), &Some(1))?;
    same("the fields of the secret tickets", &tickets.as_object().map(serde_json::Map::len), &Some(1))
}

async fn most_detailed_log_has_no_token_and_no_ticket(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let functions = ["order-status", "push-connection"];
    let mut before = Vec::new();
    for function in functions {
        let variables = scene.emulator.variables(function).await?;
        let mut detailed = variables.clone();
        detailed["LOG_LEVEL"] = json!("trace");
        scene.emulator.set_variables(function, &detailed).await?;
        before.push((function, variables));
    }
    scene.buyer.get("/orders?cursor=a-cursor-that-nobody-has").await?.expect(400)?;
    let service = Caller::service(&scene.stack).await?;
    service.get("/orders").await?.expect(403)?;
    let url = scene.buyer.push_url().await?;
    scene.buyer.socket().await?.say("ping").await?;
    for (function, variables) in &before {
        scene.emulator.set_variables(function, variables).await?;
    }

    let lines = scene.stack.logged("order-status")?;
    let told = |part: &str| lines.iter().any(|line| line.contains(part));
    ensure(told(&format!(r#""subject":"{}""#, scene.buyer.user)), || "no line names the buyer".to_owned())?;
    ensure(told(r#""subject":"game-server","role":"service""#), || "no line names the refused service".to_owned())?;
    let ticket = url.rsplit('=').next().unwrap_or_default();
    let secrets = [scene.buyer.token(), service.token(), ticket, "ticket=", "eyJ", "a-cursor-that"];
    for function in functions {
        let lines = scene.stack.logged(function)?;
        ensure(!lines.is_empty(), || format!("{function} has logged nothing"))?;
        let leak = lines.iter().find(|line| secrets.iter().any(|secret| line.contains(secret)));
        ensure(leak.is_none(), || format!("{function} has logged {leak:?}"))?;
    }
    Ok(())
}
