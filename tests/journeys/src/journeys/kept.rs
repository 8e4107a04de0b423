//! Journeys over the end of a stack: something is bought before it, and looked for afterwards. What was bought is noted in
//! the file that `TILL_KEPT` names. They run only by their names, in the order of whoever ends the stack.

use std::path::PathBuf;

use serde_json::{Value, json};
use till_journeys::sandbox::Sandbox;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::Journey;
use super::steps::{somebody, text, until};

pub fn all() -> Vec<Journey> {
    vec![
        Journey::new("kept::something_is_bought", something_is_bought),
        Journey::new("kept::it_is_still_there", it_is_still_there),
        Journey::new("kept::nothing_is_there", nothing_is_there),
    ]
}

async fn something_is_bought(stack: Stack) -> Outcome {
    let user = somebody("keeper");
    let buyer = Caller::buyer(&stack, &user).await?;
    let order = buyer.order("points", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    Sandbox::of(&stack)?.pay(no).await?;
    until(&buyer, no, "fulfilment", "granted").await?;
    let open = buyer.order("points", 2, "alipay").await?;
    let noted = json!({"user": user, "paid": no, "open": open["order_no"]});
    std::fs::write(file()?, noted.to_string()).map_err(|error| error.to_string())
}

/// Not only is it there: what was begun goes on.
async fn it_is_still_there(stack: Stack) -> Outcome {
    let noted = noted()?;
    let buyer = Caller::buyer(&stack, text(&noted, "user")?).await?;
    let (paid, open) = (text(&noted, "paid")?, text(&noted, "open")?);
    same("what was delivered", &buyer.status(paid).await?["fulfilment"], &json!("granted"))?;
    let before = buyer.points().await?;
    if buyer.status(open).await?["status"] == "pending" {
        same("the points", &before, &100)?;
        Sandbox::of(&stack)?.pay(open).await?;
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
