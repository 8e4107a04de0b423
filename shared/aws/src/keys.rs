//! The keys of every item in the table. No other code makes or parses a key.
//!
//! | item | `pk` | `sk` |
//! |---|---|---|
//! | order, entry of its audit trail | `ORDER#<order_no>` | `ORDER`, `REC#<second>#<random>` |
//! | trade number of a further payment of an order | `ORDER#<order_no>` | `TRADE#<provider>#<trade number>` |
//! | verified payment that fits no order (orphan) | `ORPHAN#<provider>` | trade number |
//! | rejected callback (stray) | `STRAY#<day in China>` | `REC#<second>#<random>` |
//! | wallet, entry of the ledger, mark of an erasure | `USER#<user>` | `WALLET`, `LEDGER#<source>`, `ERASURE` |
//! | claim of an idempotency key | `IDEM#<user>` | SHA-256 of the key |
//! | product | `PRODUCT` | `<type>#<id>` |
//! | whether new orders are made | `SALES` | `SALES` |
//! | account at a provider | `ACCOUNT#<provider>` | its id |
//! | how far an account's disputes were looked through | `DISPUTES#<provider>` | the account's id |
//! | open socket | `PUSH#<user>` | `CONN#<connection>` |
//! | used ticket of a socket | `TICKET#<SHA-256 of it>` | `TICKET` |
//! | counter of calls | `RATE#<scope>#<value>` | number of its window |
//! | what the team gave back on a day | `REFUNDS#<day in China>` | `SUM` |
//! | what the team did to something that is no order | `TEAM#<kind>#<name>` | `REC#<second>#<random>` |
//! | what the orders of a day add up to | `STATS#<day in China>` | `DAY` |
//! | alarm, when one ended that was told, whose turn it is to send them | `ALARM` | `<word>#<subject>`, `OVER#<word>#<subject>`, `TURN` |

use std::collections::HashMap;
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest as _, Sha256};
use till_app::ports::{AlarmWord, DUE_SHARDS, Scope, TeamSubject};
use till_domain::day::Day;
use till_domain::id::OrderNo;
use till_domain::order::DueKind;
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, Key as RequestKey, ProductId, ProductType, TradeNo, UserId};
use till_domain::time::Time;
use till_domain::wallet::Source;

use crate::item::text;

/// The table's partition key, and the range key of [`BY_USER`].
pub(crate) const PK: &str = "pk";
pub(crate) const SK: &str = "sk";
/// When DynamoDB may delete an item.
pub(crate) const TTL: &str = "ttl";

/// The index of a user's orders: by [`USER`], then by number, which sorts by time.
pub(crate) const BY_USER: &str = "by_user";
/// The partition key of [`BY_USER`], on orders alone.
pub(crate) const USER: &str = "u";

/// The index of orders with something to do: by shard, then by time.
pub(crate) const DUE: &str = "due";
/// The partition key of [`DUE`]. The sort key has the name of the index.
pub(crate) const DUE_SHARD: &str = "ds";
/// The index of all orders: by [`DAY`], then by number; and of what the team commanded, by the same.
pub(crate) const BY_DAY: &str = "by_day";
/// On every order: its day in China, and a shard. On an entry of the audit trail that the team caused: [`commands`], or
/// [`team_day`] if it belongs to no order.
pub(crate) const DAY: &str = "day";

/// The index of payments: by [`TRADE`].
pub(crate) const BY_TRADE: &str = "by_trade";
/// The provider and the trade number of an order's first payment, and on an item of its own of each further one.
pub(crate) const TRADE: &str = "tr";

/// The index of what a person has to look at, and its partition key: one value for orders on hold, and one for open orphans.
pub(crate) const HELD: &str = "held";
pub(crate) const IS_HELD: &str = "HELD";
pub(crate) const IS_ORPHAN: &str = "ORPHAN";
/// Its sort key: since when.
pub(crate) const HELD_SINCE: &str = "hs";

// A partition takes 1,000 write units a second. Moving an order's due time costs two writes of the index, and it moves some six
// times in an order's life: 12 units. So 16 shards carry 16,000 ÷ 12, more than 1,300 orders a second. Orders that owe money or
// goods have 16 shards of their own; a sweep queries 32 times.
/// The index by day costs one write for each order: 4 shards carry 4,000 orders a second.
pub(crate) const DAY_SHARDS: u8 = 4;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ItemKey {
    pub pk: String,
    pub sk: String,
}

impl ItemKey {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([(PK.to_owned(), text(&self.pk)), (SK.to_owned(), text(&self.sk))])
    }
}

pub(crate) fn order(no: OrderNo) -> ItemKey {
    ItemKey::new(order_partition(no), "ORDER")
}

pub(crate) fn order_partition(no: OrderNo) -> String {
    format!("ORDER#{no}")
}

pub(crate) fn parse_order_partition(pk: &str) -> Option<OrderNo> {
    OrderNo::parse(pk.strip_prefix("ORDER#")?).ok()
}

/// An entry of an order's audit trail. Entries of one second differ by a random number.
pub(crate) fn record(no: OrderNo, at: Time, random: u64) -> ItemKey {
    ItemKey::new(order_partition(no), record_sort_key(at, random))
}

/// A record of what the team did to something that is no order.
pub(crate) fn team_record(subject: &TeamSubject, at: Time, random: u64) -> ItemKey {
    ItemKey::new(team_partition(subject), record_sort_key(at, random))
}

pub(crate) fn team_partition(subject: &TeamSubject) -> String {
    format!("{TEAM_PREFIX}{}#{}", subject.kind(), subject.name())
}

/// The kind and the name of a record's subject, which may be one of a later release.
pub(crate) fn parse_team_partition(pk: &str) -> Option<(&str, &str)> {
    pk.strip_prefix(TEAM_PREFIX)?.split_once('#')
}

const TEAM_PREFIX: &str = "TEAM#";

/// The beginning of the sort keys of an audit trail, and of a day's rejected callbacks.
pub(crate) const RECORD_PREFIX: &str = "REC#";

/// What makes a further payment of an order findable.
pub(crate) fn trade_of_order(no: OrderNo, provider: Provider, trade_no: &TradeNo) -> ItemKey {
    ItemKey::new(order_partition(no), format!("TRADE#{}", trade(provider, trade_no)))
}

pub(crate) fn trade(provider: Provider, trade_no: &TradeNo) -> String {
    format!("{provider}#{trade_no}")
}

pub(crate) fn orphan(provider: Provider, trade_no: &TradeNo) -> ItemKey {
    ItemKey::new(orphans_partition(provider), trade_no.as_str())
}

pub(crate) fn orphans_partition(provider: Provider) -> String {
    format!("ORPHAN#{provider}")
}

pub(crate) fn refunds(at: Time) -> ItemKey {
    ItemKey::new(format!("REFUNDS#{}", date_in_china(at)), "SUM")
}

/// What the orders of a day add up to.
pub(crate) fn statistics(day: Day) -> ItemKey {
    ItemKey::new(format!("{STATISTICS_PREFIX}{day}"), "DAY")
}

pub(crate) fn parse_statistics_partition(pk: &str) -> Option<Day> {
    Day::parse(pk.strip_prefix(STATISTICS_PREFIX)?).ok()
}

const STATISTICS_PREFIX: &str = "STATS#";
/// The partition of all alarms. Those that stand are listed together.
pub(crate) const ALARMS: &str = "ALARM";
/// Sort keys of listed alarms begin with a word, and so with a small letter.
pub(crate) const FIRST_ALARM: &str = "a";

pub(crate) fn alarm(word: AlarmWord, subject: &str) -> ItemKey {
    ItemKey::new(ALARMS, format!("{word}#{subject}"))
}

/// The alarm of a sort key; `None` for a word of a later release.
pub(crate) fn parse_alarm(sk: &str) -> Option<(AlarmWord, &str)> {
    let (word, subject) = sk.split_once('#')?;
    Some((AlarmWord::parse(word)?, subject))
}

/// After all alarms of the word that a sort key begins with.
pub(crate) fn after_word(sk: &str) -> ItemKey {
    let word = sk.split_once('#').map_or(sk, |(word, _)| word);
    // It follows `#`.
    ItemKey::new(ALARMS, format!("{word}$"))
}

/// When an alarm ended that is not listed any more.
pub(crate) fn ended_alarm(word: AlarmWord, subject: &str) -> ItemKey {
    ItemKey::new(ALARMS, format!("OVER#{word}#{subject}"))
}

/// Whose turn it is to send alarms.
pub(crate) fn sending_turn() -> ItemKey {
    ItemKey::new(ALARMS, "TURN")
}

pub(crate) fn stray(at: Time, random: u64) -> ItemKey {
    ItemKey::new(strays_partition(Day::of(at)), record_sort_key(at, random))
}

pub(crate) fn strays_partition(day: Day) -> String {
    format!("STRAY#{day}")
}

pub(crate) fn wallet(user: &UserId) -> ItemKey {
    ItemKey::new(user_partition(user), "WALLET")
}

/// The mark of an erasure that has begun.
pub(crate) fn erasure(user: &UserId) -> ItemKey {
    ItemKey::new(user_partition(user), "ERASURE")
}

pub(crate) fn user_partition(user: &UserId) -> String {
    format!("USER#{user}")
}

/// An entry of a user's ledger: one of each source.
pub(crate) fn ledger(user: &UserId, source: &Source) -> ItemKey {
    ItemKey::new(user_partition(user), format!("{LEDGER_PREFIX}{source}"))
}

pub(crate) const LEDGER_PREFIX: &str = "LEDGER#";

/// An open socket in the list of its user.
pub(crate) fn connection(user: &UserId, connection_id: &str) -> ItemKey {
    ItemKey::new(connections_partition(user), format!("CONN#{connection_id}"))
}

pub(crate) fn connections_partition(user: &UserId) -> String {
    format!("PUSH#{user}")
}

/// A ticket with which a socket was opened.
pub(crate) fn ticket(name: &str) -> ItemKey {
    ItemKey::new(format!("TICKET#{name}"), "TICKET")
}

pub(crate) const PRODUCTS: &str = "PRODUCT";

pub(crate) fn product(kind: &ProductType, id: &ProductId) -> ItemKey {
    ItemKey::new(PRODUCTS, format!("{kind}#{id}"))
}

/// Whether new orders are made: one item, which each request for a new order reads.
pub(crate) fn sales() -> ItemKey {
    ItemKey::new("SALES", "SALES")
}

pub(crate) fn account(provider: Provider, id: &AccountId) -> ItemKey {
    ItemKey::new(accounts_partition(provider), id.as_str())
}

pub(crate) fn accounts_partition(provider: Provider) -> String {
    format!("ACCOUNT#{provider}")
}

/// How far an account's disputes were looked through.
pub(crate) fn dispute_look(account: &Account) -> ItemKey {
    ItemKey::new(format!("DISPUTES#{}", account.provider), account.id.as_str())
}

/// A user's claim of an idempotency key, by its hash because the key may be long or private.
pub(crate) fn claim(user: &UserId, key: &RequestKey) -> ItemKey {
    ItemKey::new(claims_partition(user), hash(key.as_str()))
}

pub(crate) fn claims_partition(user: &UserId) -> String {
    format!("IDEM#{user}")
}

/// A counter of calls in the window of `now`; windows begin at multiples of their length.
pub(crate) fn rate(scope: Scope, value: &str, now: Time) -> ItemKey {
    let window = now.unix().div_euclid(i64::from(scope.window_seconds()));
    ItemKey::new(rate_partition(scope, value), window.to_string())
}

pub(crate) fn rate_partition(scope: Scope, value: &str) -> String {
    let word = match scope {
        Scope::CreationsOfUser => "user",
        Scope::CreationsOfAddress => "address",
        Scope::ActionsOfUser => "actions",
        Scope::ActionsOfAddress => "actions_address",
        Scope::TicketsOfUser => "tickets",
        Scope::TicketsOfAddress => "tickets_address",
        Scope::Refreshes => "refresh",
    };
    format!("RATE#{word}#{value}")
}

/// The shards of orders that owe money or goods begin so, all others with `D#`.
const MONEY_SHARDS: &str = "M#";

pub(crate) fn due_shard(no: OrderNo, kind: DueKind) -> String {
    due_shard_name(shard(no, DUE_SHARDS), kind)
}

pub(crate) fn due_shard_name(n: u8, kind: DueKind) -> String {
    let kind = match kind {
        DueKind::MoneyOrGoods => MONEY_SHARDS,
        DueKind::Look => "D#",
    };
    format!("{kind}{n:02}")
}

pub(crate) fn kind_of_due_shard(name: &str) -> DueKind {
    if name.starts_with(MONEY_SHARDS) { DueKind::MoneyOrGoods } else { DueKind::Look }
}

/// An order's day in China, and its shard of that day.
pub(crate) fn day(no: OrderNo, created_at: Time) -> String {
    format!("{}#{}", date_in_china(created_at), shard(no, DAY_SHARDS))
}

pub(crate) fn day_shard(day: Day, shard: u8) -> String {
    format!("{day}#{shard}")
}

/// The place of a day's commands of the team in the index by day.
pub(crate) fn commands(day: Day) -> String {
    format!("audit#{day}")
}

/// The place of a day's other records of the team in the index by day. Earlier releases cannot read these, so they have a place of
/// their own.
pub(crate) fn team_day(day: Day) -> String {
    format!("team#{day}")
}

/// Even if `shards` divides 256, as both counts do.
fn shard(no: OrderNo, shards: u8) -> u8 {
    let first = Sha256::digest(no.as_str()).first().copied().unwrap_or(0);
    first.checked_rem(shards).unwrap_or(0)
}

fn hash(value: &str) -> String {
    Sha256::digest(value).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Twelve digits hold every second until the year 9999, so that keys sort by time; four random digits tell apart the records of
/// one second.
fn record_sort_key(at: Time, random: u64) -> String {
    format!("{RECORD_PREFIX}{:012}#{:04x}", at.unix(), random & 0xffff)
}

fn date_in_china(at: Time) -> String {
    let day = at.in_china();
    format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)
}

#[cfg(test)]
mod tests;
