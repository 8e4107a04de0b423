//! Stores with any number of pending orders, of which some are due.

use std::ops::Range;

use till_app::Settings;
use till_app::caller::Caller;
use till_app::create::CreateRequest;
use till_app::ports::{Payer, RequestHash};
use till_domain::id::OrderNo;
use till_domain::language::Language;
use till_domain::provider::Method;
use till_domain::text::{ProductId, ProductType, UserId};
use till_domain::time::{Seconds, Time};
use till_memory::flows::create;
use till_memory::{Line as _, Ports as Store};

use super::shop::tables;
use super::stub::Stub;
use crate::Failure;

/// A store with pending orders, at the moment at which the first of them are due.
pub async fn pending_orders(pending: usize, due: usize) -> Result<Stub, Failure> {
    let begin = Time::from_unix(1_795_226_400)?;
    let stub = Stub::new(tables()?, begin);
    make_orders(&stub, 0..due).await?;
    let first_due = stub.last_due().ok_or("no order is due")?;
    // The others are made so much later that their own time has not come.
    stub.stand_at(first_due.minus(Seconds(1)));
    make_orders(&stub, due..pending).await?;
    stub.stand_at(first_due);
    Ok(stub)
}

async fn make_orders(stub: &Stub, buyers: Range<usize>) -> Result<(), Failure> {
    for buyer in buyers {
        make_order(stub, &format!("buyer-{buyer}")).await?;
    }
    Ok(())
}

pub async fn make_order(stub: &Stub, buyer: &str) -> Result<OrderNo, Failure> {
    let store = Store(stub.clone());
    let request = CreateRequest {
        by: Caller::buyer(UserId::parse(buyer)?),
        kind: ProductType::parse("points")?,
        product: ProductId::parse("1")?,
        method: Method::WechatNative,
        currency: None,
        is_upgrade: false,
        language: Language::Chinese,
        key: None,
        hash: RequestHash([0; 32]),
        payer: Payer::default(),
    };
    let made = create(&store, &Settings::default(), &request, stub.now().plus(Seconds(20))).await;
    Ok(made.map_err(|failure| format!("an order was not made: {failure}"))?.order.no)
}
