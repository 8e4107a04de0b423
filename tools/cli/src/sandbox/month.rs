//! `till sandbox month`: a month of orders in every state, for pages and figures that are worth looking at. They are written as
//! functions write them, and are the same for the same seed on the same day; what is there already is passed over, so a run that
//! was cut off can be repeated. Production is refused.

use std::collections::BTreeMap;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use till_app::ports::{Commit, CommitGoods, Committed, KeepProducts as _, LoadOrder, SaveOrder, Saved, Unavailable};
use till_domain::day::Day;
use till_domain::order::Order;
use till_domain::product::Product;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_month::{Ends, Goods, Month, Wish, Write};

use super::has_sandbox_accounts;
use crate::Failure;
use crate::deployment::Deployment;

/// Writes that are made between two lines about the progress.
const CHUNK: usize = 4_000;
/// Users whose orders are written at the same time; those of one user follow one another.
const USERS_AT_ONCE: usize = 16;

#[derive(Args)]
pub struct Arguments {
    /// How many orders to make
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    orders: u32,
    /// How many days they are spread over, of which yesterday is the last
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=92))]
    days: u32,
    /// Another seed makes other orders, beside those that are there
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub async fn run(deployment: &Deployment, arguments: &Arguments) -> Result<(), Failure> {
    let aws = &deployment.aws;
    let stage = &aws.settings().stage;
    if aws.settings().is_production() {
        return Err(format!("{stage} is production, which has no sandbox").into());
    }
    if !has_sandbox_accounts(aws).await? {
        return Err(format!("{stage} has no sandbox accounts: run till sandbox init first").into());
    }
    let products = aws.noted_products().await?.into_iter().map(|noted| noted.item.product).collect();
    let wish = wish(arguments, products, now()?);
    if !wish.products.iter().any(|product| product.active) {
        return Err(format!("{stage} has no products on sale: run till catalogue load first").into());
    }
    let (first, days) = (wish.first, wish.days);
    let mut month = Month::new(wish);
    let written = write_all(aws, &mut month).await?;
    println!("{days} days from {first} on: {} writes, {} were there already", written.made, written.known);
    for (what, count) in summary(month.orders()) {
        println!("{count:>8} {what}");
    }
    println!("{:>8} users with goods", month.wallets().len());
    println!("The sandbox has no trades of theirs: a refund of such an order is refused there.");
    Ok(())
}

fn wish(arguments: &Arguments, products: Vec<Product>, now: Time) -> Wish {
    let today = Day::of(now);
    let first = today.minus(arguments.days);
    Wish {
        seed: arguments.seed,
        orders: arguments.orders,
        first,
        days: today.since(first),
        until: today.start(),
        ends: Ends::AllFinished,
        products,
        account_prefix: "sandbox-".to_owned(),
    }
}

fn now() -> Result<Time, Failure> {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(Time::from_unix(i64::try_from(since_1970.as_secs())?)?)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Written {
    made: usize,
    known: usize,
}

async fn write_all(store: &(impl SaveOrder + CommitGoods + LoadOrder), month: &mut Month) -> Result<Written, Failure> {
    let mut written = Written::default();
    loop {
        let mut of_users: BTreeMap<UserId, Vec<Write>> = BTreeMap::new();
        let mut left = CHUNK;
        while left > 0
            && let Some(write) = month.next_write()
        {
            of_users.entry(write.order().sold.user.clone()).or_default().push(write);
            left -= 1;
        }
        if of_users.is_empty() {
            return Ok(written);
        }
        let users = stream::iter(of_users.into_values()).map(|writes| write_of_a_user(store, writes));
        let chunk: Vec<Written> = users.buffer_unordered(USERS_AT_ONCE).try_collect().await?;
        written.made += chunk.iter().map(|one| one.made).sum::<usize>();
        written.known += chunk.iter().map(|one| one.known).sum::<usize>();
        eprintln!("{} writes", written.made + written.known);
    }
}

async fn write_of_a_user(
    store: &(impl SaveOrder + CommitGoods + LoadOrder),
    writes: Vec<Write>,
) -> Result<Written, Failure> {
    let mut written = Written::default();
    for write in writes {
        let no = write.order().no;
        let is_new = put(store, &write).await.map_err(|Unavailable| {
            format!("the table did not answer about {no}: run the same command again, what is written stays")
        })?;
        match is_new {
            Some(true) => written.made += 1,
            Some(false) => written.known += 1,
            None => {
                return Err(format!("{no} stands otherwise than this run would write it: take another --seed").into());
            }
        }
    }
    Ok(written)
}

/// Whether it was written now, or was there already; none if something else is there.
async fn put(store: &(impl SaveOrder + CommitGoods + LoadOrder), write: &Write) -> Result<Option<bool>, Unavailable> {
    let is_written = match write {
        Write::Save(order) => store.save_order(order).await? == Saved::Yes,
        Write::Commit(goods) => store.commit(commit(goods)).await? == Committed::Yes,
    };
    if is_written {
        return Ok(Some(true));
    }
    let order = write.order();
    let stored = store.load_order(order.no).await?;
    Ok(stored.is_some_and(|stored| is_later(&stored, order)).then_some(false))
}

fn is_later(stored: &Order, order: &Order) -> bool {
    stored.version >= order.version && stored.sold == order.sold && stored.created_at == order.created_at
}

fn commit(goods: &Goods) -> Commit<'_> {
    Commit {
        order: Some(&goods.order),
        user: &goods.order.sold.user,
        wallet: &goods.wallet,
        entry: &goods.entry,
        unchanged: &goods.unchanged,
        by: None,
        record: None,
    }
}

/// How many orders of each kind there are.
fn summary<'a>(orders: impl Iterator<Item = &'a Order>) -> BTreeMap<String, usize> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for order in orders {
        let mut count = |what: String| *counted.entry(what).or_default() += 1;
        count("orders".to_owned());
        count(format!("status {}", order.status()));
        count(format!("fulfilment {}", order.fulfilment()));
        order.holds().iter().for_each(|hold| count(format!("hold {}", hold.word)));
        for (what, is_it) in [
            ("with a refund", !order.refunds.is_empty()),
            ("with a dispute", !order.disputes.is_empty()),
            ("with a declined attempt", order.declined_attempts() > 0),
            ("with more than one payment", order.payments.len() > 1),
            ("with more than one attempt", order.attempts.len() > 1),
            ("for an upgrade", order.sold.upgrade.is_some()),
            ("paid after their end", order.kept().is_some_and(|kept| kept.paid_at > order.expire_at)),
        ] {
            if is_it {
                count(what.to_owned());
            }
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use till_domain::id::OrderNo;
    use till_memory::{CallKind, Fault, Memory, ProviderCall, Tables};

    use super::*;
    use crate::deployment::without_aws;

    fn month() -> Month {
        let arguments = Arguments { orders: 300, days: 30, seed: 5 };
        let now = Time::from_unix(1_795_244_400).unwrap();
        Month::new(wish(&arguments, till_month::products(), now))
    }

    fn numbers(month: &Month) -> Vec<OrderNo> {
        month.orders().map(|order| order.no).collect()
    }

    fn memory() -> Memory {
        let nobody = |call: &ProviderCall, _: Time| panic!("no provider is asked: {call:?}");
        Memory::new(Tables::new(Vec::new(), Vec::new()), nobody, Time::from_unix(1_795_244_400).unwrap())
    }

    #[tokio::test]
    async fn production_is_refused_before_anything_is_read() {
        for stage in ["production", "eu-live"] {
            let arguments = Arguments { orders: 1, days: 1, seed: 1 };
            let refused = run(&without_aws(stage), &arguments).await.unwrap_err().to_string();
            assert!(refused.contains("is production"), "{refused}");
        }
    }

    #[tokio::test]
    async fn run_that_was_cut_off_goes_on_when_it_is_repeated() {
        let (memory, mut whole) = (memory(), month());
        memory.faults(|faults| faults.plan(CallKind::SaveOrder, 200, Fault::After));
        let cut_off = write_all(&memory.ports(), &mut month()).await.unwrap_err().to_string();
        assert!(cut_off.contains("run the same command again"), "{cut_off}");
        let resumed = write_all(&memory.ports(), &mut month()).await.unwrap();
        assert!(resumed.made > 0 && resumed.known > 100, "{resumed:?}");
        let again = write_all(&memory.ports(), &mut whole).await.unwrap();
        assert_eq!(again, Written { made: 0, known: resumed.made + resumed.known });
        let stored: Vec<OrderNo> = memory.tables(|tables| tables.orders.keys().copied().collect());
        assert_eq!(stored, numbers(&whole));
        let due = memory.tables(|tables| tables.index().len());
        assert_eq!(due, 0, "no sweep finds an order of it");
    }

    #[tokio::test]
    async fn order_that_stands_otherwise_is_an_error() {
        let (memory, mut first) = (memory(), month());
        write_all(&memory.ports(), &mut first).await.unwrap();
        let arguments = Arguments { orders: 300, days: 30, seed: 5 };
        let mut products = till_month::products();
        products.reverse();
        let now = Time::from_unix(1_795_244_400).unwrap();
        let other = write_all(&memory.ports(), &mut Month::new(wish(&arguments, products, now))).await;
        assert!(other.unwrap_err().to_string().contains("another --seed"));
    }

    #[test]
    fn last_day_is_yesterday_and_the_summary_counts_every_order() {
        let arguments = Arguments { orders: 300, days: 30, seed: 5 };
        let wish = wish(&arguments, till_month::products(), Time::from_unix(1_795_244_400).unwrap());
        assert_eq!(
            (wish.first.to_string(), wish.days, wish.until),
            ("2026-10-22".to_owned(), 30, Day::of(Time::from_unix(1_795_244_400).unwrap()).start())
        );
        let mut month = Month::new(wish);
        while month.next_write().is_some() {}
        let counted = summary(month.orders());
        assert_eq!(counted["orders"], numbers(&month).len());
        assert!(counted["status paid"] > 150 && counted["fulfilment granted"] > 150, "{counted:?}");
    }
}
