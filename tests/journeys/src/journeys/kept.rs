//! Journeys over the end of a stack: something is bought before it, and looked for afterwards. What was bought is noted in
//! the file that `TILL_KEPT` names. They run only by their names, before and after the stack is ended.

use std::path::PathBuf;

use serde_json::{Value, json};
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::steps::{Scene, text, until};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("kept": something_is_bought, it_is_still_there, nothing_is_there)
}

async fn something_is_bought(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let no = scene.granted("wechat").await?;
    let open = scene.buyer.order("points", 2, "alipay").await?;
    let noted = json!({"user": scene.buyer.user, "paid": no, "open": open["order_no"]});
    std::fs::write(file()?, noted.to_string()).map_err(|error| error.to_string())
}

/// The open order can also be paid and granted.
async fn it_is_still_there(stack: Stack) -> Outcome {
    let noted = noted()?;
    let buyer = Caller::buyer(&stack, text(&noted, "user")?).await?;
    let (paid, open) = (text(&noted, "paid")?, text(&noted, "open")?);
    same("the goods of the paid order", &buyer.status(paid).await?["fulfilment"], &json!("granted"))?;
    let before = buyer.points().await?;
    if buyer.status(open).await?["status"] == "pending" {
        same("the points", &before, &100)?;
        till_journeys::sandbox::Sandbox::of(&stack)?.pay(open).await?;
        until(&buyer, open, "fulfilment", "granted").await?;
    }
    same("the points of both", &buyer.points().await?, &600)
}

async fn nothing_is_there(stack: Stack) -> Outcome {
    let noted = noted()?;
    let buyer = Caller::buyer(&stack, text(&noted, "user")?).await?;
    buyer.get(&format!("/order-status?order_no={}", text(&noted, "paid")?)).await?.expect(404)?;
    same("the points", &buyer.points().await?, &0)
}

fn file() -> Outcome<PathBuf> {
    std::env::var_os("TILL_KEPT").map(PathBuf::from).ok_or_else(|| "TILL_KEPT names no file".to_owned())
}

fn noted() -> Outcome<Value> {
    let text = std::fs::read_to_string(file()?).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}
