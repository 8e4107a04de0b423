//! The steps of an erasure. Each can be repeated.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use till_app::ports::Unavailable;
use till_domain::id::OrderNo;
use till_domain::text::UserId;

use super::NotErased;
use super::find::{
    ORPHAN_BUYER, PAYMENT_BUYER, PAYMENTS, buyers, is_order, key, passing_partitions, personal, records_partition,
    unfinished,
};
use crate::aws::Aws;
use crate::error::{FailureKind, OrUnavailable as _, Reason, classify};
use crate::item::{Attributes, BadItem, Reader, VERSION, attributes, number, text};
use crate::keys::{self, ItemKey, PK, SK, USER};
use crate::order_item::{ORDER_SCHEMA, read_order};
use crate::orphan_item::LATER;
use crate::update::ItemUpdate;

/// How often a step is tried again because something changed meanwhile.
const MOST_TRIES: u32 = 5;
/// The pseudonym, in the mark of an erasure that has begun.
const MARKED_AS: &str = "as";
/// What stands at the place of the wallet until it has moved. It lacks what every wallet has, so no function reads it.
const PLACEHOLDER: &str = "moving";
/// The attributes of an audit entry that are not about who caused it.
const RECORD_FACTS: &str = "came";

pub(super) async fn erase(aws: &Aws, user: &UserId, pseudonym: &UserId) -> Result<Option<UserId>, NotErased> {
    let found = personal(aws, user).await?;
    if found.is_empty() {
        return Ok(None);
    }
    if !found.unfinished.is_empty() {
        return Err(NotErased::Unfinished(found.unfinished));
    }
    let name = marked(aws, user, pseudonym).await?;
    let step = Step { aws, user, name: &name };
    step.reserve_wallet().await?;
    for orphan in &found.orphans {
        step.orphan(orphan, &found.buyers).await?;
    }
    for (no, _) in &found.orders {
        step.order(*no).await?;
    }
    step.move_wallet().await?;
    step.move_records().await?;
    for partition in passing_partitions(user) {
        for item in aws.read_partition(&partition).await? {
            step.delete(&key(&item)).await?;
        }
    }
    step.delete(&keys::erasure(user).attributes()).await?;
    // What the user bought meanwhile is for another run, under another pseudonym.
    if personal(aws, user).await?.is_empty() { Ok(Some(name)) } else { Err(NotErased::Busy) }
}

/// Marks the beginning, or finds the pseudonym of an erasure that was cut off.
async fn marked(aws: &Aws, user: &UserId, pseudonym: &UserId) -> Result<UserId, Unavailable> {
    let place = keys::erasure(user);
    let item = attributes([(MARKED_AS, Some(text(pseudonym)))]);
    let put = aws.put_item(&place, item)?.condition_expression("attribute_not_exists(pk)").send().await;
    if let Err(error) = put {
        classify(&error).conflict("PutItem")?;
    }
    let mark = aws.read_item(&place).await?.ok_or(Unavailable)?;
    Reader::new(&mark).parsed(MARKED_AS, UserId::parse).or_unavailable("mark of an erasure")
}

struct Step<'a> {
    aws: &'a Aws,
    user: &'a UserId,
    /// The pseudonym.
    name: &'a UserId,
}

impl Step<'_> {
    /// Renames what is personal in an order: first in the entries of its audit trail, then in the order itself, by which it is found.
    async fn order(&self, no: OrderNo) -> Result<(), NotErased> {
        for _ in 0..MOST_TRIES {
            let items = self.aws.read_partition(&keys::order_partition(no)).await?;
            let Some(item) = items.iter().find(|item| is_order(item)) else { return Ok(()) };
            let order = read_order(item).or_unavailable("order")?;
            if order.sold.user != *self.user {
                return Ok(());
            }
            if let Some(what) = unfinished(&order) {
                return Err(NotErased::Unfinished(vec![(no, what)]));
            }
            let known: BTreeSet<String> = buyers(&order).collect();
            for record in items.iter().filter(|item| !is_order(item)) {
                self.record(record, &known).await?;
            }
            let version: u64 = Reader::new(item).get_as(VERSION).or_unavailable("order")?;
            let mut update = ItemUpdate::new(keys::order(no), "#v = :before AND #schema <= :ours")
                .value("before", number(version))
                .value("ours", number(ORDER_SCHEMA))
                .set(USER, text(self.name))
                .set(VERSION, number(version.saturating_add(1)));
            if let Some(payments) = item.get(PAYMENTS) {
                update = update.set(PAYMENTS, self.without_buyers(payments));
            }
            match update.call(self.aws)?.send().await {
                Ok(_) => return Ok(()),
                Err(error) => drop(classify(&error).conflict("UpdateItem")?),
            }
        }
        Err(NotErased::Busy)
    }

    /// The payments of an order; each known buyer becomes the pseudonym.
    fn without_buyers(&self, payments: &AttributeValue) -> AttributeValue {
        let AttributeValue::L(payments) = payments else { return payments.clone() };
        let renamed = payments.iter().map(|payment| match payment {
            AttributeValue::M(payment) => {
                let mut payment = payment.clone();
                payment.entry(PAYMENT_BUYER.to_owned()).and_modify(|buyer| *buyer = text(self.name));
                AttributeValue::M(payment)
            }
            other => other.clone(),
        });
        AttributeValue::L(renamed.collect())
    }

    /// An entry of the audit trail: the facts of its callback may name the buyer, other attributes the user.
    async fn record(&self, record: &Attributes, buyers: &BTreeSet<String>) -> Result<(), Unavailable> {
        let user = BTreeSet::from([self.user.to_string()]);
        let mut sets = Attributes::new();
        for (name, value) in record.iter().filter(|(name, _)| ![PK, SK].contains(&name.as_str())) {
            let of = if name == RECORD_FACTS { buyers } else { &user };
            let renamed = self.renamed(value, of);
            if renamed != *value {
                sets.insert(name.clone(), renamed);
            }
        }
        self.set(record, sets).await
    }

    /// Renames the buyer in the reports of an orphan, unless others were added meanwhile.
    async fn orphan(&self, item: &Attributes, buyers: &BTreeSet<String>) -> Result<(), NotErased> {
        let named = [ORPHAN_BUYER, LATER].into_iter().filter_map(|name| item.get_key_value(name));
        let renamed = named.map(|(name, value)| (name.clone(), self.renamed(value, buyers)));
        let sets: Attributes = renamed.filter(|(name, value)| item.get(name) != Some(value)).collect();
        if sets.is_empty() {
            return Ok(());
        }
        let update = match item.get(VERSION) {
            Some(before) => ItemUpdate::new(place(item)?, "#v = :before").value("before", before.clone()),
            None => ItemUpdate::new(place(item)?, "attribute_exists(pk) AND attribute_not_exists(#v)"),
        };
        match update.set_all(sets).call(self.aws)?.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                classify(&error).conflict("UpdateItem")?;
                Err(NotErased::Busy)
            }
        }
    }

    async fn set(&self, item: &Attributes, sets: Attributes) -> Result<(), Unavailable> {
        if sets.is_empty() {
            return Ok(());
        }
        let update = ItemUpdate::new(place(item)?, "attribute_exists(pk)").set_all(sets);
        match update.call(self.aws)?.send().await {
            Ok(_) => Ok(()),
            // It has expired meanwhile.
            Err(error) => classify(&error).conflict("UpdateItem").map(drop),
        }
    }

    /// The value with each text that is one of these replaced.
    fn renamed(&self, value: &AttributeValue, of: &BTreeSet<String>) -> AttributeValue {
        match value {
            AttributeValue::S(found) if of.contains(found) => text(self.name),
            AttributeValue::L(list) => AttributeValue::L(list.iter().map(|value| self.renamed(value, of)).collect()),
            AttributeValue::M(map) => {
                let renamed = map.iter().map(|(name, value)| (name.clone(), self.renamed(value, of)));
                AttributeValue::M(renamed.collect())
            }
            other => other.clone(),
        }
    }

    /// Puts the placeholder where the wallet will be, if there is a wallet and it has not moved yet.
    async fn reserve_wallet(&self) -> Result<(), Unavailable> {
        if self.aws.read_item(&keys::wallet(self.user)).await?.is_none() {
            return Ok(());
        }
        let item = attributes([(PLACEHOLDER, Some(AttributeValue::Bool(true)))]);
        let put = self.aws.put_item(&keys::wallet(self.name), item)?;
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(()),
            Err(error) => classify(&error).conflict("PutItem").map(drop),
        }
    }

    /// Copies the ledger, then moves the wallet if the ledger has not grown meanwhile, then deletes what was copied.
    async fn move_wallet(&self) -> Result<(), NotErased> {
        for _ in 0..MOST_TRIES {
            let moved = self.aws.read_item(&keys::wallet(self.name)).await?;
            if moved.is_some_and(|item| !item.contains_key(PLACEHOLDER)) {
                return Ok(self.forget_copied().await?);
            }
            let Some(wallet) = self.aws.read_item(&keys::wallet(self.user)).await? else { return Ok(()) };
            for entry in &self.entries(self.user).await? {
                self.copy(entry, keys::user_partition(self.name)).await?;
            }
            self.try_to_move(&wallet).await?;
        }
        Err(NotErased::Busy)
    }

    /// Deletes the entries of the ledger that moved with the wallet. Others belong to what the user bought since.
    async fn forget_copied(&self) -> Result<(), Unavailable> {
        let copied = self.entries(self.name).await?;
        let copied: Vec<Option<&AttributeValue>> = copied.iter().map(|entry| entry.get(SK)).collect();
        for entry in self.entries(self.user).await?.iter().filter(|entry| copied.contains(&entry.get(SK))) {
            self.delete(&key(entry)).await?;
        }
        Ok(())
    }

    async fn entries(&self, user: &UserId) -> Result<Vec<Attributes>, Unavailable> {
        let mut items = self.aws.read_partition(&keys::user_partition(user)).await?;
        items.retain(|item| Reader::new(item).text(SK).is_ok_and(|sk| sk.starts_with(keys::LEDGER_PREFIX)));
        Ok(items)
    }

    /// Copies an item of the user's to a partition of the pseudonym's.
    async fn copy(&self, item: &Attributes, partition: String) -> Result<(), Unavailable> {
        // What the user commanded names the user.
        let user = BTreeSet::from([self.user.to_string()]);
        let mut item: Attributes =
            item.iter().map(|(name, value)| (name.clone(), self.renamed(value, &user))).collect();
        item.insert(PK.to_owned(), text(partition));
        let put = self.aws.clients.dynamodb().put_item().table_name(self.aws.table()?).set_item(Some(item));
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(()),
            // A run that was cut off has copied it.
            Err(error) => classify(&error).conflict("PutItem").map(drop),
        }
    }

    /// Moves the records of what the team changed in the wallet.
    async fn move_records(&self) -> Result<(), Unavailable> {
        for record in self.aws.read_partition(&records_partition(self.user)).await? {
            self.copy(&record, records_partition(self.name)).await?;
            self.delete(&key(&record)).await?;
        }
        Ok(())
    }

    /// Moves the wallet as it was read, in one transaction. If it has changed meanwhile, nothing moves.
    async fn try_to_move(&self, wallet: &Attributes) -> Result<(), Unavailable> {
        let table = self.aws.table()?;
        let mut item = wallet.clone();
        item.insert(PK.to_owned(), text(keys::user_partition(self.name)));
        let put =
            Put::builder().table_name(table).set_item(Some(item)).condition_expression("attribute_exists(#moving)");
        let put = put.expression_attribute_names("#moving", PLACEHOLDER).build();
        let version = wallet.get(VERSION).cloned().ok_or(BadItem::Missing(VERSION)).or_unavailable("wallet")?;
        let delete = Delete::builder().table_name(table).set_key(Some(keys::wallet(self.user).attributes()));
        let delete = delete.condition_expression("#v = :v").expression_attribute_names("#v", VERSION);
        let delete = delete.set_expression_attribute_values(Some(HashMap::from([(":v".to_owned(), version)]))).build();
        let (Ok(put), Ok(delete)) = (put, delete) else { return Err(Unavailable) };
        let items =
            vec![TransactWriteItem::builder().put(put).build(), TransactWriteItem::builder().delete(delete).build()];
        let sent = self.aws.clients.dynamodb().transact_write_items().set_transact_items(Some(items)).send().await;
        let Err(error) = sent else { return Ok(()) };
        let failed = classify(&error);
        match &failed.kind {
            FailureKind::Contended => Ok(()),
            FailureKind::Cancelled(reasons)
                if reasons
                    .iter()
                    .all(|one| matches!(one, Reason::Passed | Reason::Conflict(_) | Reason::Contended)) =>
            {
                Ok(())
            }
            FailureKind::Cancelled(_)
            | FailureKind::Conflict(_)
            | FailureKind::Busy
            | FailureKind::OurFault
            | FailureKind::NoAnswer => Err(failed.unavailable("TransactWriteItems")),
        }
    }

    async fn delete(&self, key: &Attributes) -> Result<(), Unavailable> {
        let delete = self.aws.clients.dynamodb().delete_item().table_name(self.aws.table()?);
        delete.set_key(Some(key.clone())).send().await.map(drop).or_unavailable("DeleteItem")
    }
}

fn place(item: &Attributes) -> Result<ItemKey, Unavailable> {
    let reader = Reader::new(item);
    let of = |name| reader.text(name).map(str::to_owned).or_unavailable("item");
    Ok(ItemKey { pk: of(PK)?, sk: of(SK)? })
}
