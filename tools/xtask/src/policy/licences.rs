//! Rule: every package can be used under licences that `deny.toml` allows.

use super::deny::Deny;
use super::metadata::{Metadata, Package};
use super::spdx;

/// Packages under other licences, and such as state none.
pub(super) fn faults(deny: &Deny, metadata: &Metadata) -> Vec<String> {
    metadata.packages.iter().filter_map(|package| fault(&deny.licenses.allow, package)).collect()
}

fn fault(allowed: &[String], package: &Package) -> Option<String> {
    let Some(expression) = &package.license else {
        return Some(format!("{package} states no licence"));
    };
    match spdx::is_met(expression, |licence| allowed.iter().any(|known| known == licence)) {
        Ok(true) => None,
        Ok(false) => Some(format!("{package} is under {expression}, which deny.toml does not allow")),
        Err(why) => Some(format!("{package}: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn other_licences_and_none_are_faults() {
        for (licence, expected) in [
            (Some("GPL-3.0-only"), "useful 1.0.0 is under GPL-3.0-only, which deny.toml does not allow"),
            (Some("MIT AND"), "useful 1.0.0: `MIT AND` is no licence expression: it ends too early"),
            (None, "useful 1.0.0 states no licence"),
        ] {
            let metadata = sample::changed(|json| json["packages"][2]["license"] = licence.into());
            assert_eq!(faults(&sample::deny(), &metadata), [expected]);
        }
    }
}
