//! A claim of an idempotency key as an item: what the first request decided, frozen, and who is at it.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{Claim, ClaimState, Frozen, RequestHash};
use till_domain::id::OrderNo;
use till_domain::order::{LatePolicy, Policy, Sold};
use till_domain::planted::Planted;
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, UserId};
use till_domain::time::{Seconds, Time};

use crate::goods::{grants, map, maybe_upgrade, money, parse_money, read_grant, upgrade};
use crate::item::{Attributes, BadItem, Reader, bytes, instant, number, text};
use crate::keys::{self, TTL};

/// The schema that this release writes.
pub const SCHEMA: u32 = 1;

/// How long a claim is kept, from the first request on.
const LIVES: Seconds = Seconds::hours(24);

/// When a claim is over.
pub fn ends_at(claim: &Claim) -> Time {
    claim.frozen.created_at.plus(LIVES)
}

/// The whole item.
pub fn write(claim: &Claim) -> Attributes {
    let Frozen { no, created_at, expire_at, sold, method, account, policy, hash } = &claim.frozen;
    let mut item = map([
        ("schema", number(SCHEMA)),
        ("no", text(no)),
        ("at", instant(*created_at)),
        ("exp", instant(*expire_at)),
        ("sold", AttributeValue::M(write_sold(sold))),
        ("meth", text(method)),
        ("acc", text(format_args!("{}#{}", account.provider, account.id))),
        ("pol", AttributeValue::M(write_policy(policy))),
        ("hash", bytes(hash.0)),
        ("own", number(claim.owner)),
        ("since", instant(claim.since)),
        ("st", text(state(claim.state))),
        (TTL, instant(ends_at(claim))),
    ]);
    item.extend(keys::claim(&claim.user, &claim.key).attributes());
    item
}

/// Reads the claim that stands under this user and key.
pub fn read(user: &UserId, key: &Key, item: &Attributes) -> Result<Claim, BadItem> {
    let reader = Reader::new(item);
    let hash = reader.maybe_bytes("hash")?.ok_or(BadItem::Missing("hash"))?;
    let frozen = Frozen {
        no: reader.parsed("no", OrderNo::parse)?,
        created_at: reader.instant("at")?,
        expire_at: reader.instant("exp")?,
        sold: Arc::new(read_sold(user, reader.map("sold")?)?),
        method: reader.parsed("meth", parse_method)?,
        account: reader.parsed("acc", parse_account)?,
        policy: read_policy(reader.map("pol")?)?,
        hash: RequestHash(hash.try_into().map_err(|_| BadItem::BadValue("hash"))?),
    };
    Ok(Claim {
        user: user.clone(),
        key: key.clone(),
        frozen,
        owner: reader.number("own")?,
        since: reader.instant("since")?,
        state: reader.parsed("st", parse_state)?,
    })
}

/// Whether a later release wrote it.
pub fn is_newer(item: &Attributes) -> bool {
    Reader::new(item).number("schema").is_ok_and(|schema: u32| schema > SCHEMA)
}

/// The word of a state.
pub const fn state(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Running => "running",
        ClaimState::Idle => "idle",
        ClaimState::Done => "done",
        ClaimState::Refused => "refused",
    }
}

/// A word or number that is not known.
#[derive(Debug)]
struct Unknown;

fn parse_state(word: &str) -> Result<ClaimState, Unknown> {
    let all = [ClaimState::Running, ClaimState::Idle, ClaimState::Done, ClaimState::Refused];
    all.into_iter().find(|one| state(*one) == word).ok_or(Unknown)
}

/// Exactly: a bare provider's name stands for a method in requests, and never here.
fn parse_method(word: &str) -> Result<Method, Unknown> {
    Method::ALL.into_iter().find(|method| method.as_str() == word).ok_or(Unknown)
}

fn parse_account(written: &str) -> Result<Account, Unknown> {
    let (provider, id) = written.split_once('#').ok_or(Unknown)?;
    let provider = Provider::ALL.into_iter().find(|one| one.as_str() == provider).ok_or(Unknown)?;
    AccountId::parse(id).map(|id| Account { provider, id }).map_err(|_| Unknown)
}

/// The buyer is the claim's user: the partition says who.
fn write_sold(sold: &Sold) -> Attributes {
    let mut written = map([
        ("kind", text(&sold.kind)),
        ("id", text(&sold.product)),
        ("name", text(&sold.name)),
        ("price", money(sold.price)),
        ("g", grants(&sold.grants)),
    ]);
    if let Some(upgraded) = &sold.upgrade {
        written.insert("u".to_owned(), upgrade(upgraded));
    }
    written
}

fn read_sold(user: &UserId, reader: Reader<'_>) -> Result<Sold, BadItem> {
    Ok(Sold {
        user: user.clone(),
        kind: reader.parsed("kind", ProductType::parse)?,
        product: reader.parsed("id", ProductId::parse)?,
        name: reader.parsed("name", ProductName::parse)?,
        price: reader.parsed("price", parse_money)?,
        grants: reader.maps("g", read_grant)?,
        upgrade: maybe_upgrade(reader, "u")?,
    })
}

/// Nothing that a test planted is ever stored.
fn write_policy(policy: &Policy) -> Attributes {
    let late = match policy.late {
        LatePolicy::Fulfil => "fulfil",
        LatePolicy::Refund => "refund",
    };
    map([("late", text(late)), ("poll", number(policy.poll.0)), ("un", number(policy.most_unanswered))])
}

fn read_policy(reader: Reader<'_>) -> Result<Policy, BadItem> {
    let late = |word: &str| match word {
        "fulfil" => Ok(LatePolicy::Fulfil),
        "refund" => Ok(LatePolicy::Refund),
        _ => Err(Unknown),
    };
    Ok(Policy {
        late: reader.parsed("late", late)?,
        poll: Seconds(reader.number("poll")?),
        most_unanswered: reader.number("un")?,
        planted: Planted::NONE,
    })
}
