//! One sample of each kind, for every generator and codec test: a kind that is added compiles only with a sample of its own.

use std::iter::successors;

use till_domain::product::{Grant, MembershipGrant, PointsGrant, QuotaGrant, Tier};
use till_domain::text::{QuotaName, TierName};

/// One grant of each kind.
///
/// # Panics
/// Never: all samples are within their limits.
#[must_use]
pub fn grants() -> Vec<Grant> {
    let points = || Grant::Points(PointsGrant::new(100).unwrap());
    let tier = || Tier { name: TierName::parse("pro").unwrap(), rank: 3 };
    let membership = || Grant::Membership(MembershipGrant::new(tier(), 30).unwrap());
    let quota = || Grant::Quota(QuotaGrant::new(QuotaName::parse("queries").unwrap(), 500, 90).unwrap());
    let next = |grant: &Grant| match grant {
        Grant::Points(_) => Some(membership()),
        Grant::Membership(_) => Some(quota()),
        Grant::Quota(_) => None,
    };
    successors(Some(points()), next).collect()
}
