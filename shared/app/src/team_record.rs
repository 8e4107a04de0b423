//! The records of what the team changed in a wallet and in the set-up: which fields, and small values, but never a key or an address.

use std::fmt::Write as _;

use till_domain::money::Money;
use till_domain::product::Grant;
use till_domain::text::UserId;
use till_domain::time::Seconds;
use till_domain::wallet::{ByHand, Change as LedgerChange, Entry, Portion};

use crate::caller::{Caller, Role};
use crate::ports::{AccountSettings, Change, ListedProduct, NotWritten, Noted, Sales, TeamRecord, TeamSubject};

/// The record of a change of an account, `before` and after it.
pub fn of_account(
    before: Option<&Noted<AccountSettings>>,
    after: &Noted<AccountSettings>,
    has_new_keys: bool,
    role: Option<Role>,
) -> Result<TeamRecord, NotWritten> {
    let what = match before {
        None => "created".to_owned(),
        Some(before) => changed(&account_fields(before, after, has_new_keys)),
    };
    of_change(TeamSubject::Account(after.item.account.clone()), after.notes.last(), what, role)
}

/// The record of a change of a product, `before` and after it.
pub fn of_product(
    before: Option<&Noted<ListedProduct>>,
    after: &Noted<ListedProduct>,
    role: Option<Role>,
) -> Result<TeamRecord, NotWritten> {
    let product = &after.item.product;
    let what = match before {
        None => format!("created {}", prices(product.prices())),
        Some(before) => changed(&product_fields(before, after)),
    };
    of_change(TeamSubject::Product(product.kind().clone(), product.id().clone()), after.notes.last(), what, role)
}

/// The record of a suspension, with what buyers are told, or of its end.
pub fn of_sales(after: &Noted<Sales>, role: Option<Role>) -> Result<TeamRecord, NotWritten> {
    let what = match &after.item {
        Sales::Open => "resumed".to_owned(),
        Sales::Suspended(suspension) => {
            let texts = suspension.texts.iter().map(|(language, text)| format!("{language}: {text}"));
            ["suspended".to_owned()].into_iter().chain(texts).collect::<Vec<_>>().join(", ")
        }
    };
    of_change(TeamSubject::Sales, after.notes.last(), what, role)
}

/// The record of a change of a wallet by hand; `None` for any other entry of a ledger.
pub fn of_entry(user: &UserId, entry: &Entry, by: &Caller) -> Option<TeamRecord> {
    let LedgerChange::Admin { key: _, done, reason } = entry.change() else { return None };
    Some(TeamRecord {
        subject: TeamSubject::User(user.clone()),
        at: entry.at(),
        by: by.user.clone(),
        role: Some(by.role),
        what: by_hand(done),
        reason: Some(reason.clone()),
    })
}

fn of_change(
    subject: TeamSubject,
    change: Option<&Change>,
    what: String,
    role: Option<Role>,
) -> Result<TeamRecord, NotWritten> {
    let Change { by, at, reason, key: _, hash: _ } = change.ok_or(NotWritten::Refused("a change says who made it"))?;
    Ok(TeamRecord { subject, at: *at, by: by.clone(), role, what, reason: reason.clone() })
}

fn changed(fields: &[String]) -> String {
    if fields.is_empty() { "changed nothing".to_owned() } else { format!("changed {}", fields.join(", ")) }
}

fn account_fields(before: &Noted<AccountSettings>, after: &Noted<AccountSettings>, has_new_keys: bool) -> Vec<String> {
    let AccountSettings { account: _, mode, is_default, is_on, base_url, hints } = &before.item;
    let now = &after.item;
    let rows = [
        (*is_on != now.is_on, format!("is_on={}", now.is_on)),
        (*is_default != now.is_default, format!("is_default={}", now.is_default)),
        (has_new_keys, "settings".to_owned()),
        (*mode != now.mode, "mode".to_owned()),
        (*base_url != now.base_url, "base_url".to_owned()),
        (*hints != now.hints, "hints".to_owned()),
        (before.notes.remark != after.notes.remark, "remark".to_owned()),
    ];
    rows.into_iter().filter_map(|(is_changed, field)| is_changed.then_some(field)).collect()
}

fn product_fields(before: &Noted<ListedProduct>, after: &Noted<ListedProduct>) -> Vec<String> {
    let ListedProduct { product, sort, description } = &before.item;
    let now = &after.item;
    let rows = [
        (product.active != now.product.active, format!("active={}", now.product.active)),
        (product.prices() != now.product.prices(), format!("prices={}", prices(now.product.prices()))),
        (product.upgrade_worths() != now.product.upgrade_worths(), "upgrade_worth".to_owned()),
        (product.grants() != now.product.grants(), format!("grants={}", grants(now.product.grants()))),
        (product.name() != now.product.name(), "name".to_owned()),
        (*description != now.description, "description".to_owned()),
        (*sort != now.sort, format!("sort={}", now.sort)),
        (before.notes.remark != after.notes.remark, "remark".to_owned()),
    ];
    rows.into_iter().filter_map(|(is_changed, field)| is_changed.then_some(field)).collect()
}

fn prices(prices: &[Money]) -> String {
    let shown: Vec<String> = prices.iter().map(|price| format!("{price} {}", price.currency())).collect();
    shown.join(" + ")
}

fn by_hand(done: &ByHand) -> String {
    match done {
        ByHand::Grant(given) => format!("granted {}", grants(given)),
        ByHand::Extend(more) => format!("extended {}", grants(&[Grant::Membership(more.clone())])),
        ByHand::Revoke { asked, taken } if asked == taken => format!("revoked {}", portion(taken)),
        ByHand::Revoke { asked, taken } => format!("revoked {} of {}", portion(taken), portion(asked)),
    }
}

fn grants(grants: &[Grant]) -> String {
    let shown = |grant: &Grant| match grant {
        Grant::Points(points) => format!("{} points", points.amount()),
        Grant::Membership(membership) => format!("{} for {} days", membership.tier().name, membership.days()),
        Grant::Quota(quota) => format!("{} {} for {} days", quota.count(), quota.name(), quota.days()),
    };
    grants.iter().map(shown).collect::<Vec<_>>().join(" + ")
}

fn portion(portion: &Portion) -> String {
    let Portion { points, quota, membership } = portion;
    let mut parts = Vec::new();
    if *points > 0 {
        parts.push(format!("{points} points"));
    }
    if let Some((name, count)) = quota {
        parts.push(format!("{count} {name}"));
    }
    if let Some((tier, time)) = membership {
        parts.push(format!("{} of {tier}", length(*time)));
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(" + ") }
}

fn length(time: Seconds) -> String {
    let day = Seconds::days(1);
    let mut shown = format!("{} days", time.0.div_euclid(day.0));
    let rest = time.0.rem_euclid(day.0);
    if rest > 0 {
        // Writing into a string cannot fail.
        let _ = write!(shown, " {rest} s");
    }
    shown
}

#[cfg(test)]
mod tests;
