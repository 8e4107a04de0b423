//! What a wallet and its ledger look like.

use serde::Serialize;
use till_domain::product::Grant;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::{Change, Entry, Lot, Span, Wallet};

use super::Instant;

/// What a user has, as it stands at an instant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WalletShape {
    /// Whose.
    pub user_id: String,
    /// Points; below zero where points that were spent went back to the shop.
    pub points: i64,
    /// Membership time.
    pub membership: MembershipShape,
    /// Quotas, each once.
    pub quotas: Vec<QuotaShape>,
}

/// Membership time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MembershipShape {
    /// The tier that runs, if one does.
    pub tier: Option<String>,
    /// Until when this tier runs.
    pub until: Option<Instant>,
    /// Until when a membership of any tier runs.
    pub member_until: Option<Instant>,
    /// All that was bought: the first one runs, the others wait in this order.
    pub spans: Vec<SpanShape>,
}

/// Time in a tier that one order gave.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SpanShape {
    /// The order.
    pub order_no: String,
    /// The tier.
    pub tier: String,
    /// How much time is left of it.
    pub left_seconds: u32,
    /// When it ends, if nothing is bought or given back.
    pub until: Instant,
}

/// How often something may still be used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QuotaShape {
    /// What.
    pub name: String,
    /// In all.
    pub left: u64,
    /// Order by order, in the order in which they are used up.
    pub lots: Vec<LotShape>,
}

/// What one order gave of a quota.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LotShape {
    /// The order.
    pub order_no: String,
    /// What is left of it.
    pub left: u64,
    /// From when on it is gone.
    pub ends_at: Instant,
}

/// One thing that a product gives.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum GrantShape {
    /// Points.
    Points {
        /// How many.
        amount: u64,
    },
    /// Membership.
    Membership {
        /// In which tier.
        tier: String,
        /// For so many days.
        days: u32,
    },
    /// A quota.
    Quota {
        /// Of what.
        name: String,
        /// How many uses.
        count: u64,
        /// Within so many days.
        days: u32,
    },
}

/// A line of the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EntryShape {
    /// When.
    pub at: Instant,
    /// What it was.
    #[serde(flatten)]
    pub change: ChangeShape,
}

/// What a line of the ledger did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChangeShape {
    /// An order gave what was bought.
    Grant {
        /// The order.
        order_no: String,
        /// What it gave.
        grants: Vec<GrantShape>,
    },
    /// What an order gave was taken back.
    Revoke {
        /// The order.
        order_no: String,
        /// The points that it had given.
        points: u64,
    },
    /// Something was used up.
    Spend {
        /// The key of whoever spent it.
        key: String,
        /// So many points.
        points: u64,
        /// So much of a quota.
        quota: Option<SpentShape>,
        /// What for.
        reason: String,
    },
}

/// Some of a quota.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SpentShape {
    /// Of which.
    pub name: String,
    /// How much.
    pub count: u64,
}

/// The shape of a wallet as it stands now.
#[must_use]
pub fn wallet(user: &UserId, wallet: &Wallet, now: Time) -> WalletShape {
    let wallet = wallet.at(now);
    WalletShape {
        user_id: user.to_string(),
        points: wallet.points(),
        membership: membership(&wallet),
        quotas: quotas(wallet.lots()),
    }
}

/// The shape of a grant.
#[must_use]
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

/// The shape of a ledger's line.
#[must_use]
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
