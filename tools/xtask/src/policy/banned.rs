//! Rule: what `deny.toml` bans is nowhere in the graph, however deep.

use super::deny::Deny;
use super::metadata::Metadata;

/// Banned packages, with the reason and who brought them.
pub(super) fn faults(deny: &Deny, metadata: &Metadata) -> Vec<String> {
    let pairs = metadata.packages.iter().flat_map(|package| {
        deny.bans.deny.iter().filter(|ban| ban.spec.matches(package)).map(move |ban| (package, ban))
    });
    pairs
        .map(|(package, ban)| {
            format!("{package} is banned ({}); it comes with {}", ban.reason, metadata.dependents(package))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn banned_versions_are_faults_and_others_are_not() {
        for (name, version, is_fault) in [
            ("ring", "0.17.8", true),
            ("hyper", "0.14.30", true),
            ("hyper", "1.0.0", false),
            ("hyperion", "0.1.0", false),
        ] {
            let metadata = sample::changed(|json| {
                json["packages"][2]["name"] = name.into();
                json["packages"][2]["version"] = version.into();
            });
            let faults = faults(&sample::deny(), &metadata);
            assert_eq!(!faults.is_empty(), is_fault, "{name} {version}: {faults:?}");
            assert!(faults.iter().all(|fault| fault.ends_with("it comes with till-app 0.1.0")), "{faults:?}");
        }
    }
}
