//! A proxy before the API that is trusted: the functions are told of it, called with and without it, and told to forget it. The
//! journey runs alone, as no other caller comes through the proxy.

use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::http::{Answer, send};
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::steps::{Scene, eventually, unique};
use super::{Journey, journeys};

const HEADER: &str = "x-till-proxy";
const VIEWER: &str = "cloudfront-viewer-address";
const FUNCTIONS: [&str; 2] = ["create-order", "wechat-callback"];

pub fn all() -> Vec<Journey> {
    journeys!("proxy": api_answers_only_through_the_trusted_proxy)
}

async fn api_answers_only_through_the_trusted_proxy(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let mut before = Vec::new();
    for function in FUNCTIONS {
        before.push((function, scene.emulator.variables(function).await?));
    }
    let told = through_the_proxy(&scene, &before).await;
    for (function, variables) in &before {
        scene.emulator.set_variables(function, variables).await?;
    }
    told?;
    // Without the setting the same headers change nothing.
    let answer = order(&scene, &[(HEADER, "anything"), (VIEWER, "203.0.113.9:1")]).await?;
    same("an order without a trusted proxy", &answer.status, &200)
}

async fn through_the_proxy(scene: &Scene, before: &[(&str, Value)]) -> Outcome {
    let (old, new) = (secret(), secret());
    scene.emulator.put_secret("proxy", &old).await?;
    tell(scene, before, &[("TRUSTED_PROXY", HEADER), ("CALLBACK_NETWORKS_WECHAT", "203.0.113.0/24")]).await?;

    let from = ("x-forwarded-for", "203.0.113.8");
    for (what, headers, status) in [
        ("a direct order", &[from][..], 403),
        ("an order with an invented address", &[(VIEWER, "203.0.113.7:1"), from], 403),
        ("an order with another secret", &[(HEADER, &secret()), (VIEWER, "203.0.113.7:1")], 403),
        ("an order whose address the proxy does not state", &[(HEADER, &old), from], 503),
        ("an order through the proxy", &[(HEADER, &old), (VIEWER, "203.0.113.7:46532"), from], 200),
        ("an order from an address of IPv6", &[(HEADER, &old), (VIEWER, "2001:db8:1:2:3:4:5:6:443")], 200),
    ] {
        same(what, &order(scene, headers).await?.status, &status)?;
    }
    // By what the proxy states, and by nothing else, orders are counted and networks admitted.
    for (address, is_counted) in [("203.0.113.7", true), ("2001:db8:1:2::/64", true), ("203.0.113.8", false)] {
        let counters = scene.emulator.items(&format!("RATE#address#{address}")).await?;
        same(&format!("whether {address} is counted"), &!counters.is_empty(), &is_counted)?;
    }
    for (what, headers, status) in [
        ("a direct notification", &[from][..], 403),
        ("a notification from another network", &[(HEADER, &old), (VIEWER, "198.51.100.7:443"), from], 403),
        ("a notification from the network, without a signature", &[(HEADER, &old), (VIEWER, "203.0.113.7:443")], 400),
    ] {
        let answer = send("POST", &scene.stack.api("/wechat/callback")?, headers, b"{}").await?;
        same(what, &answer.status, &status)?;
    }

    // While the secret is changed, both values count; functions that start now read both.
    scene.emulator.put_secret("proxy", &new).await?;
    tell(scene, before, &[("TRUSTED_PROXY", HEADER), ("LOG_LEVEL", "info")]).await?;
    for (what, value, status) in
        [("the old secret", &old, 200), ("the new secret", &new, 200), ("another", &secret(), 403)]
    {
        let answer = order(scene, &[(HEADER, value), (VIEWER, "203.0.113.7:46532")]).await?;
        same(what, &answer.status, &status)?;
    }
    Ok(())
}

async fn order(scene: &Scene, headers: &[(&str, &str)]) -> Outcome<Answer> {
    let wish = json!({"product_type": "points", "product_id": 1, "payment_method": "wechat"});
    scene.buyer.post_with("/create-order", &wish, headers).await
}

/// Starts the functions anew with these variables beside their own.
async fn tell(scene: &Scene, before: &[(&str, Value)], more: &[(&str, &str)]) -> Outcome {
    for (function, variables) in before {
        let mut variables = variables.clone();
        for (name, value) in more {
            variables[*name] = json!(value);
        }
        scene.emulator.set_variables(function, &variables).await?;
        eventually(&format!("{function} has its variables"), Duration::from_millis(50), async || {
            let found = scene.emulator.variables(function).await?;
            Ok(if found == variables { Ok(()) } else { Err(found.to_string()) })
        })
        .await?;
    }
    Ok(())
}

fn secret() -> String {
    unique("a-secret-of-the-proxy-that-is-long-enough")
}
