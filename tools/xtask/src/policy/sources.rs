//! Rule: packages come from the registries that `deny.toml` names, or are our own and in the workspace.

use super::deny::Deny;
use super::metadata::{Metadata, Package};

/// Packages from anywhere else.
pub(super) fn faults(deny: &Deny, metadata: &Metadata) -> Vec<String> {
    let strangers = metadata.packages.iter().filter(|package| !is_known(deny, metadata, package));
    strangers.map(|package| format!("{package} comes from {}", origin(package))).collect()
}

fn is_known(deny: &Deny, metadata: &Metadata, package: &Package) -> bool {
    match &package.source {
        None => metadata.is_ours(package),
        Some(source) => source
            .strip_prefix("registry+")
            .is_some_and(|address| deny.sources.allow_registry.iter().any(|known| known == address)),
    }
}

fn origin(package: &Package) -> &str {
    package.source.as_deref().unwrap_or("a folder that is no member of the workspace")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn git_other_registries_and_stray_folders_are_faults() {
        for (source, expected) in [
            (
                Some("git+https://git.example/useful?rev=1#1"),
                "useful 1.0.0 comes from git+https://git.example/useful?rev=1#1",
            ),
            (
                Some("registry+https://crates.example/index"),
                "useful 1.0.0 comes from registry+https://crates.example/index",
            ),
            (None, "useful 1.0.0 comes from a folder that is no member of the workspace"),
        ] {
            let metadata = sample::changed(|json| json["packages"][2]["source"] = source.into());
            assert_eq!(faults(&sample::deny(), &metadata), [expected]);
        }
    }
}
