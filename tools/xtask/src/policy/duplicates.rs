//! Rule: one version of each package, or a second one that somebody has looked at. Never a fault: other people's
//! releases decide.

use super::deny::Deny;
use super::metadata::{Metadata, Package};

/// Duplicates that are not on the list, and entries of the list that nothing needs any more.
pub(super) fn remarks(deny: &Deny, metadata: &Metadata) -> Vec<String> {
    unlisted(deny, metadata).into_iter().chain(stale(deny, metadata)).collect()
}

fn unlisted(deny: &Deny, metadata: &Metadata) -> Vec<String> {
    let mut rest: Vec<&Package> = metadata.packages.iter().filter(|package| !is_listed(deny, package)).collect();
    rest.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    let same = rest.chunk_by(|a, b| a.name == b.name).filter(|versions| versions.len() > 1);
    same.map(|versions| {
        let told = versions.iter().map(|one| format!("{one} (with {})", metadata.dependents(one)));
        format!("two versions: {}", told.collect::<Vec<_>>().join(" and "))
    })
    .collect()
}

fn is_listed(deny: &Deny, package: &Package) -> bool {
    deny.bans.skip.iter().any(|listed| listed.spec.matches(package))
}

/// An entry is stale when it names nothing in the graph, or something that has no double.
fn stale(deny: &Deny, metadata: &Metadata) -> Vec<String> {
    let has_double =
        |package: &Package| metadata.packages.iter().filter(|other| other.name == package.name).count() > 1;
    let entries = deny.bans.skip.iter();
    entries
        .filter(|listed| !metadata.packages.iter().any(|package| listed.spec.matches(package) && has_double(package)))
        .map(|listed| format!("stale in deny.toml: {} is no duplicate any more ({})", listed.spec, listed.reason))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn with_two_versions() -> Metadata {
        sample::changed(|json| json["packages"][3]["name"] = "useful".into())
    }

    #[test]
    fn a_duplicate_is_told_with_both_dependents() {
        let expected = "two versions: useful 1.0.0 (with till-app 0.1.0) and useful 2.0.0 (with useful 1.0.0)";
        assert_eq!(remarks(&sample::deny(), &with_two_versions()), [expected]);
    }

    #[test]
    fn a_listed_one_is_not() {
        let listed = sample::deny_skipping("useful@1.0.0");
        assert_eq!(remarks(&listed, &with_two_versions()), Vec::<String>::new());
    }

    #[test]
    fn an_entry_for_nothing_is_stale() {
        for (entry, shown) in [("useful@1.0.0", "useful =1.0.0"), ("gone@3.0.0", "gone =3.0.0")] {
            let expected = format!("stale in deny.toml: {shown} is no duplicate any more (looked at)");
            assert_eq!(remarks(&sample::deny_skipping(entry), &sample::sound()), [expected]);
        }
    }
}
