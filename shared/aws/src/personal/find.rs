//! Finds everything that is kept about a user.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{Scope, TeamSubject, Unavailable};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::provider::Provider;
use till_domain::text::UserId;

use super::Personal;
use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::item::{Attributes, Reader};
use crate::keys::{self, PK, SK};
use crate::order_item::read_order;
use crate::order_list::Part;
use crate::orphan_item::LATER;

const PAGE: usize = 100;
/// The buyer of a payment, of a report that fits no order, and the number that such a report names.
pub(super) const PAYMENTS: &str = "pa";
pub(super) const PAYMENT_BUYER: &str = "by";
pub(super) const ORPHAN_BUYER: &str = "buyer";
const ORPHAN_NUMBER: &str = "number";

pub(super) async fn personal(aws: &Aws, user: &UserId) -> Result<Personal, Unavailable> {
    let mut found = Personal::default();
    for no in numbers(aws, user).await? {
        let items = aws.read_partition(&keys::order_partition(no)).await?;
        for item in items.iter().filter(|item| is_order(item)) {
            let order = read_order(item).or_unavailable("order")?;
            // The index may be behind: an order that was erased just now is no longer the user's.
            if order.sold.user == *user {
                found.buyers.extend(buyers(&order));
                found.unfinished.extend(unfinished(&order).map(|what| (no, what)));
                found.orders.push((no, items.clone()));
            }
        }
    }
    found.wallet = aws.read_partition(&keys::user_partition(user)).await?;
    found.records = aws.read_partition(&records_partition(user)).await?;
    for provider in Provider::ALL {
        let mut orphans = aws.read_partition(&keys::orphans_partition(provider)).await?;
        orphans.retain(|orphan| is_of(orphan, &found));
        found.orphans.extend(orphans);
    }
    for partition in passing_partitions(user) {
        found.passing.extend(aws.read_partition(&partition).await?);
    }
    Ok(found)
}

/// The numbers of a user's orders, newest first.
pub(super) async fn numbers(aws: &Aws, user: &UserId) -> Result<Vec<OrderNo>, Unavailable> {
    let mut all: Vec<OrderNo> = Vec::new();
    loop {
        let page = aws.numbers_of(user, all.last().copied().map(Part::Before), PAGE).await?;
        let is_last = page.len() < PAGE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

pub(super) fn is_order(item: &Attributes) -> bool {
    Reader::new(item).text(SK).is_ok_and(|sk| sk == "ORDER")
}

pub(super) fn buyers(order: &Order) -> impl Iterator<Item = String> {
    order.payments.iter().filter_map(|payment| payment.buyer.as_ref()).map(ToString::to_string)
}

/// What is still to happen to an order.
pub(super) fn unfinished(order: &Order) -> Option<String> {
    let holds: Vec<&str> = order.holds().iter().map(|hold| hold.word.as_str()).collect();
    if !holds.is_empty() {
        return Some(format!("it is on hold ({}): a person has to decide first", holds.join(", ")));
    }
    let duties = order.duties();
    (!duties.is_empty())
        .then(|| format!("it is {} and {}: it comes to rest by itself", order.status(), order.fulfilment()))
}

fn is_of(orphan: &Attributes, found: &Personal) -> bool {
    let reader = Reader::new(orphan);
    let names_buyer = |reader: Reader<'_>| reader.text(ORPHAN_BUYER).is_ok_and(|buyer| found.buyers.contains(buyer));
    let later = orphan.get(LATER).and_then(|later| later.as_l().ok()).into_iter().flatten();
    let by_buyer =
        names_buyer(reader) || later.filter_map(|one| one.as_m().ok()).any(|one| names_buyer(Reader::new(one)));
    let is_theirs = |number: &str| found.orders.iter().any(|(no, _)| number.starts_with(no.as_str()));
    by_buyer || reader.text(ORPHAN_NUMBER).is_ok_and(is_theirs)
}

pub(super) fn records_partition(user: &UserId) -> String {
    keys::team_partition(&TeamSubject::User(user.clone()))
}

/// The partitions of what ends by itself: keys, sockets, counters.
pub(super) fn passing_partitions(user: &UserId) -> Vec<String> {
    let counters = Scope::ALL.into_iter().filter(|scope| scope.counts_a_user());
    let counters = counters.map(|scope| keys::rate_partition(scope, user.as_str()));
    [keys::claims_partition(user), keys::connections_partition(user)].into_iter().chain(counters).collect()
}

/// The key of an item, as it was read.
pub(super) fn key(item: &Attributes) -> Attributes {
    let of = |name: &str| item.get(name).cloned().unwrap_or_else(|| AttributeValue::Null(true));
    [PK, SK].into_iter().map(|name| (name.to_owned(), of(name))).collect()
}
