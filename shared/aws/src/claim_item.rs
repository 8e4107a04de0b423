//! A claim of an idempotency key as an item: what the first request decided, frozen, and who is at it.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{Claim, ClaimState, Frozen, RequestHash};
use till_domain::id::OrderNo;
use till_domain::provider::Method;
use till_domain::text::{Key, UserId};
use till_domain::time::{Seconds, Time};

use crate::goods::map;
use crate::item::{Attributes, BadItem, Reader, bytes, instant, number, text};
use crate::keys::{self, TTL};
use crate::pieces::{read_account, read_policy, read_sold, write_account, write_policy, write_sold};
use crate::words::Word as _;

pub const SCHEMA: u32 = 1;

/// How long a claim is kept, from the first request on.
const LIVES: Seconds = Seconds::hours(24);

pub fn ends_at(claim: &Claim) -> Time {
    claim.frozen.created_at.plus(LIVES)
}

pub fn write(claim: &Claim) -> Attributes {
    let Frozen { no, created_at, expire_at, sold, method, account, policy, hash } = &claim.frozen;
    let mut item = map([
        ("schema", number(SCHEMA)),
        ("no", text(no)),
        ("at", instant(*created_at)),
        ("exp", instant(*expire_at)),
        ("sold", AttributeValue::M(write_sold(sold))),
        ("meth", text(method.word())),
        ("acc", text(write_account(account))),
        ("pol", text(write_policy(policy))),
        ("hash", bytes(hash.0)),
        ("own", number(claim.owner)),
        ("since", instant(claim.since)),
        ("st", text(state(claim.state))),
        (TTL, instant(ends_at(claim))),
    ]);
    item.extend(keys::claim(&claim.user, &claim.key).attributes());
    item
}

pub fn read(user: &UserId, key: &Key, item: &Attributes) -> Result<Claim, BadItem> {
    let reader = Reader::new(item);
    let hash = reader.maybe_bytes("hash")?.ok_or(BadItem::Missing("hash"))?;
    let frozen = Frozen {
        no: reader.parsed("no", OrderNo::parse)?,
        created_at: reader.instant("at")?,
        expire_at: reader.instant("exp")?,
        sold: Arc::new(read_sold(reader.map("sold")?)?),
        method: reader.parsed("meth", Method::of)?,
        account: reader.parsed("acc", read_account)?,
        policy: reader.parsed("pol", read_policy)?,
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

pub fn is_newer(item: &Attributes) -> bool {
    Reader::new(item).number("schema").is_ok_and(|schema: u32| schema > SCHEMA)
}

pub const fn state(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Running => "running",
        ClaimState::Idle => "idle",
        ClaimState::Done => "done",
        ClaimState::Refused => "refused",
    }
}

#[derive(Debug)]
struct Unknown;

fn parse_state(word: &str) -> Result<ClaimState, Unknown> {
    let all = [ClaimState::Running, ClaimState::Idle, ClaimState::Done, ClaimState::Refused];
    all.into_iter().find(|one| state(*one) == word).ok_or(Unknown)
}
