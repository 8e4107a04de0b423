//! A wallet and the entries of its ledger.

use serde::Serialize;
use till_domain::product::Grant;
use till_domain::text::{QuotaName, TierName, UserId};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{ByHand, Change, Entry, Giver, Lot, Portion, Span, Wallet};

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
    /// None for what the team gave by hand.
    pub order_no: Option<String>,
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
    /// None for what the team gave by hand.
    pub order_no: Option<String>,
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
    AdminGrant {
        grants: Vec<GrantShape>,
        #[serde(flatten)]
        commanded: Option<CommandShape>,
    },
    AdminExtend {
        tier: String,
        days: u32,
        #[serde(flatten)]
        commanded: Option<CommandShape>,
    },
    AdminRevoke {
        taken: PortionShape,
        #[serde(skip_serializing_if = "Option::is_none")]
        asked: Option<PortionShape>,
        #[serde(flatten)]
        commanded: Option<CommandShape>,
    },
}

/// What the team alone sees of its own changes: buyers do not read its reasons.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CommandShape {
    pub key: String,
    pub reason: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PortionShape {
    pub points: u64,
    pub quota: Option<SpentShape>,
    pub membership: Option<TimeShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TimeShape {
    pub tier: String,
    pub seconds: u32,
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

/// As its buyer sees it.
pub fn entry(entry: &Entry) -> EntryShape {
    shape_of(entry, false)
}

/// With what the team wrote about its own changes.
pub fn team_entry(entry: &Entry) -> EntryShape {
    shape_of(entry, true)
}

fn shape_of(entry: &Entry, for_team: bool) -> EntryShape {
    let change = match entry.change() {
        Change::Grant { granted, grants, kept: _, upgrade: _ } => {
            ChangeShape::Grant { order_no: granted.order.to_string(), grants: grants.iter().map(grant).collect() }
        }
        Change::Revoke { granted, points, granted_in: _ } => {
            ChangeShape::Revoke { order_no: granted.order.to_string(), points: *points }
        }
        Change::Spend { key, points, quota, reason } => ChangeShape::Spend {
            key: key.to_string(),
            points: *points,
            quota: quota.as_ref().map(uses),
            reason: reason.to_string(),
        },
        Change::Admin { key, done, reason } => {
            let command = CommandShape { key: key.to_string(), reason: reason.to_string() };
            by_hand(done, for_team.then_some(command))
        }
    };
    EntryShape { at: Instant(entry.at()), change }
}

fn by_hand(done: &ByHand, commanded: Option<CommandShape>) -> ChangeShape {
    match done {
        ByHand::Grant(grants) => ChangeShape::AdminGrant { grants: grants.iter().map(grant).collect(), commanded },
        ByHand::Extend(more) => {
            ChangeShape::AdminExtend { tier: more.tier().name.to_string(), days: more.days(), commanded }
        }
        ByHand::Revoke { asked, taken } => {
            let asked = commanded.as_ref().map(|_| portion(asked));
            ChangeShape::AdminRevoke { taken: portion(taken), asked, commanded }
        }
    }
}

fn portion(portion: &Portion) -> PortionShape {
    let time = |(tier, time): &(TierName, Seconds)| TimeShape { tier: tier.to_string(), seconds: time.0 };
    PortionShape {
        points: portion.points,
        quota: portion.quota.as_ref().map(uses),
        membership: portion.membership.as_ref().map(time),
    }
}

fn uses((name, count): &(QuotaName, u64)) -> SpentShape {
    SpentShape { name: name.to_string(), count: *count }
}

fn order_no(giver: &Giver) -> Option<String> {
    giver.granted().map(|granted| granted.order.to_string())
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
            order_no: order_no(&span.source),
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
        let shape = LotShape { order_no: order_no(&lot.source), left: lot.left, ends_at: Instant(lot.ends_at) };
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
