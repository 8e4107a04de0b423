//! A wallet and the entries of its ledger.

use serde::Serialize;
use till_domain::product::Grant;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::{Change, Entry, Lot, Span, Wallet};

use super::Instant;

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WalletShape {
    pub user_id: String,
    /// Below zero after a refund took back points that were spent already.
    pub points: i64,
    pub membership: MembershipShape,
    pub quotas: Vec<QuotaShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MembershipShape {
    /// The tier that runs now.
    pub tier: Option<String>,
    /// The end of this tier.
    pub until: Option<Instant>,
    /// The end of the last tier that was bought.
    pub member_until: Option<Instant>,
    /// The first one runs, the others follow in this order.
    pub spans: Vec<SpanShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SpanShape {
    pub order_no: String,
    pub tier: String,
    pub left_seconds: u32,
    /// The end if nothing else is bought or refunded.
    pub until: Instant,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QuotaShape {
    pub name: String,
    pub left: u64,
    /// In the order in which they are used up.
    pub lots: Vec<LotShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LotShape {
    pub order_no: String,
    pub left: u64,
    pub ends_at: Instant,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum GrantShape {
    Points { amount: u64 },
    Membership { tier: String, days: u32 },
    Quota { name: String, count: u64, days: u32 },
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EntryShape {
    pub at: Instant,
    #[serde(flatten)]
    pub change: ChangeShape,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChangeShape {
    Grant {
        order_no: String,
        grants: Vec<GrantShape>,
    },
    /// `points` are those that the order had granted.
    Revoke {
        order_no: String,
        points: u64,
    },
    Spend {
        key: String,
        points: u64,
        quota: Option<SpentShape>,
        reason: String,
    },
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SpentShape {
    pub name: String,
    pub count: u64,
}

/// The wallet as of `now`.
pub fn wallet(user: &UserId, wallet: &Wallet, now: Time) -> WalletShape {
    let wallet = wallet.at(now);
    WalletShape {
        user_id: user.to_string(),
        points: wallet.points(),
        membership: membership(&wallet),
        quotas: quotas(wallet.lots()),
    }
}
pub fn grant(grant: &Grant) -> GrantShape {
    match grant {
        Grant::Points(points) => GrantShape::Points { amount: points.amount() },
        Grant::Membership(membership) => {
            GrantShape::Membership { tier: membership.tier().name.to_string(), days: membership.days() }
        }
        Grant::Quota(quota) => {
            GrantShape::Quota { name: quota.name().to_string(), count: quota.count(), days: quota.days() }
        }
    }
}
pub fn entry(entry: &Entry) -> EntryShape {
    let change = match entry.change() {
        Change::Grant { granted, grants, kept: _, upgrade: _ } => {
            ChangeShape::Grant { order_no: granted.order.to_string(), grants: grants.iter().map(grant).collect() }
        }
        Change::Revoke { granted, points } => {
            ChangeShape::Revoke { order_no: granted.order.to_string(), points: *points }
        }
        Change::Spend { key, points, quota, reason } => ChangeShape::Spend {
            key: key.to_string(),
            points: *points,
            quota: quota.as_ref().map(|(name, count)| SpentShape { name: name.to_string(), count: *count }),
            reason: reason.to_string(),
        },
    };
    EntryShape { at: Instant(entry.at()), change }
}

/// Spans run one after the other: each begins when the one before it ends.
fn membership(wallet: &Wallet) -> MembershipShape {
    let mut end = wallet.as_of();
    let mut until = None;
    let span = |span: &Span| {
        end = end.plus(span.left);
        if wallet.tier() == Some(&span.tier) {
            until = Some(Instant(end));
        }
        SpanShape {
            order_no: span.source.order.to_string(),
            tier: span.tier.name.to_string(),
            left_seconds: span.left.0,
            until: Instant(end),
        }
    };
    let spans = wallet.spans().iter().map(span).collect();
    MembershipShape {
        tier: wallet.tier().map(|tier| tier.name.to_string()),
        until,
        member_until: wallet.member_until().map(Instant),
        spans,
    }
}

fn quotas(lots: &[Lot]) -> Vec<QuotaShape> {
    let mut quotas: Vec<QuotaShape> = Vec::new();
    for lot in lots {
        let shape = LotShape { order_no: lot.source.order.to_string(), left: lot.left, ends_at: Instant(lot.ends_at) };
        match quotas.iter_mut().find(|quota| quota.name == lot.name.as_str()) {
            Some(quota) => {
                quota.left = quota.left.saturating_add(lot.left);
                quota.lots.push(shape);
            }
            None => quotas.push(QuotaShape { name: lot.name.to_string(), left: lot.left, lots: vec![shape] }),
        }
    }
    quotas
}
