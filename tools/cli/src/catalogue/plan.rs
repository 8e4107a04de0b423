//! What loading a catalogue would change, product by product.

use std::fmt;

use till_app::ports::ListedProduct;
use till_app::setup::is_same;
use till_domain::language::Localized;
use till_domain::money::Money;
use till_domain::product::{Grant, Product};

#[derive(Debug)]
pub struct Plan {
    added: Vec<ListedProduct>,
    /// Old and new.
    changed: Vec<(ListedProduct, ListedProduct)>,
    unchanged: usize,
    /// Not in the file.
    others: Vec<ListedProduct>,
}

impl Plan {
    pub fn new(stored: &[ListedProduct], wanted: Vec<ListedProduct>) -> Self {
        let others = stored
            .iter()
            .filter(|old| !wanted.iter().any(|new| is_same(&old.product, &new.product)))
            .cloned()
            .collect();
        let mut plan = Self { added: Vec::new(), changed: Vec::new(), unchanged: 0, others };
        for new in wanted {
            match stored.iter().find(|old| is_same(&old.product, &new.product)) {
                None => plan.added.push(new),
                Some(old) if *old == new => plan.unchanged = plan.unchanged.saturating_add(1),
                Some(old) => plan.changed.push((old.clone(), new)),
            }
        }
        plan
    }

    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty()
    }

    /// The products to write.
    pub fn changes(&self) -> impl Iterator<Item = &ListedProduct> {
        self.added.iter().chain(self.changed.iter().map(|(_, new)| new))
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for product in &self.added {
            writeln!(f, "new      {}", line(product))?;
        }
        for (old, new) in &self.changed {
            writeln!(f, "was      {}\nbecomes  {}", line(old), line(new))?;
        }
        if self.unchanged > 0 {
            writeln!(f, "{} unchanged", self.unchanged)?;
        }
        for product in &self.others {
            writeln!(f, "not in the file, left alone: {}", line(product))?;
        }
        Ok(())
    }
}

pub fn line(listed: &ListedProduct) -> String {
    let ListedProduct { product, sort, description } = listed;
    let prices: Vec<String> = product.prices().iter().map(|amount| price(product, *amount)).collect();
    let grants: Vec<String> = product.grants().iter().map(grant).collect();
    let sale = if product.active { "" } else { "; not on sale" };
    let description = description.as_ref().map(|text| format!("; {}", quoted(text))).unwrap_or_default();
    let (kind, id, name) = (product.kind(), product.id(), quoted(product.name()));
    format!("{kind} {id} {name} {} → {}; place {sort}{sale}{description}", prices.join(", "), grants.join(", "))
}

/// With its translations: `“黄金” (en “Gold”)`.
fn quoted<T: fmt::Display>(text: &Localized<T>) -> String {
    let translations: Vec<String> =
        text.translations.iter().map(|(language, translation)| format!("{language} “{translation}”")).collect();
    let original = &text.original;
    if translations.is_empty() {
        format!("“{original}”")
    } else {
        format!("“{original}” ({})", translations.join(", "))
    }
}

/// With the part that an upgrade counts, where that is not all of it.
fn price(product: &Product, price: Money) -> String {
    let worth = product.upgrade_worth_in(price.currency()).filter(|worth| *worth != price);
    let worth = worth.map(|worth| format!(" (an upgrade counts {worth})")).unwrap_or_default();
    format!("{price:?}{worth}")
}

fn grant(grant: &Grant) -> String {
    match grant {
        Grant::Points(points) => format!("{} points", points.amount()),
        Grant::Membership(membership) => {
            let tier = membership.tier();
            format!("{} (rank {}) for {} days", tier.name, tier.rank, membership.days())
        }
        Grant::Quota(quota) => format!("{} {} for {} days", quota.count(), quota.name(), quota.days()),
    }
}

#[cfg(test)]
mod tests {
    use till_lambda::catalogue as file;

    use super::*;

    fn products(rows: &[(u8, &str)]) -> Vec<ListedProduct> {
        let rows = rows.iter().map(|(id, price)| {
            format!(r#"{{"type": "points", "id": {id}, "name": "a", "prices": {{"CNY": "{price}"}}, "grants": [{{"points": 5}}]}}"#)
        });
        file::read(&format!(r#"{{"products": [{}]}}"#, rows.collect::<Vec<_>>().join(","))).expect("it is well")
    }

    #[test]
    fn plan_lists_changes_and_leaves_other_products_alone() {
        let plan = Plan::new(&products(&[(1, "1"), (2, "2"), (3, "3")]), products(&[(2, "2"), (3, "3.5"), (4, "4")]));
        let changes: Vec<&str> = plan.changes().map(|product| product.product.id().as_str()).collect();
        assert_eq!(changes, ["4", "3"]);
        let shown = "new      points 4 “a” 4.00 CNY → 5 points; place 0\n\
            was      points 3 “a” 3.00 CNY → 5 points; place 0\n\
            becomes  points 3 “a” 3.50 CNY → 5 points; place 0\n\
            1 unchanged\n\
            not in the file, left alone: points 1 “a” 1.00 CNY → 5 points; place 0\n";
        assert_eq!(plan.to_string(), shown);
        assert!(Plan::new(&products(&[(1, "1")]), products(&[(1, "1")])).is_empty());
    }

    #[test]
    fn changed_translation_is_a_change_and_is_shown() {
        let products = |english: &str| {
            let texts = format!(
                r#""name": "黄金", "names": {{"en": "{english}"}}, "description": "好", "descriptions": {{"en": "Good"}}"#
            );
            let row =
                format!(r#"{{"type": "a", "id": 1, {texts}, "prices": {{"CNY": 1}}, "grants": [{{"points": 5}}]}}"#);
            file::read(&format!(r#"{{"products": [{row}]}}"#)).expect("it is well")
        };
        let line = |english| format!("a 1 “黄金” (en “{english}”) 0.01 CNY → 5 points; place 0; “好” (en “Good”)");
        let shown = format!("was      {}\nbecomes  {}\n", line("Golden"), line("Gold"));
        assert_eq!(Plan::new(&products("Golden"), products("Gold")).to_string(), shown);
        assert!(Plan::new(&products("Gold"), products("Gold")).is_empty());
    }

    #[test]
    fn line_shows_what_an_upgrade_counts_unless_it_is_the_whole_price() {
        let shown = |worth: &str, points: &str| {
            let member = r#"{"membership": {"tier": "pro", "rank": 1, "days": 30}}"#;
            let head = r#""type": "a", "id": 1, "name": "a", "prices": {"CNY": "9.90"}"#;
            let text = format!(r#"{{"products": [{{{head}, {worth} "grants": [{member}{points}]}}]}}"#);
            line(&file::read(&text).expect("it is well")[0])
        };
        let (stated, points) = (r#""upgrade_worth": {"CNY": "4.90"},"#, r#", {"points": 5}"#);
        let member = "pro (rank 1) for 30 days";
        for (worth, points, price, grants) in [
            ("", "", "9.90 CNY", member.to_owned()),
            (stated, "", "9.90 CNY (an upgrade counts 4.90)", member.to_owned()),
            (stated, points, "9.90 CNY (an upgrade counts 4.90)", format!("{member}, 5 points")),
            ("", points, "9.90 CNY (an upgrade counts 0.00)", format!("{member}, 5 points")),
        ] {
            assert_eq!(shown(worth, points), format!("a 1 “a” {price} → {grants}; place 0"));
        }
    }
}
