//! Rule: our crates have no features and no optional dependencies, which are features too. A build of the whole workspace
//! turns all of them on, so that the tests would run other code than is deployed.

use super::metadata::{Metadata, Package};

pub(super) fn faults(metadata: &Metadata) -> Vec<String> {
    metadata.ours().filter_map(|(folder, package)| fault(folder, package)).collect()
}

fn fault(folder: &str, package: &Package) -> Option<String> {
    let optional = package.dependencies.iter().filter(|declared| declared.optional).map(|declared| &declared.name);
    let mut found: Vec<&str> = package.features.keys().chain(optional).map(String::as_str).collect();
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then(|| format!("{folder} has features or optional dependencies: {}", found.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn features_and_optional_dependencies_are_faults() {
        let feature = sample::changed(|json| json["packages"][1]["features"] = serde_json::json!({ "fast": [] }));
        assert_eq!(faults(&feature), ["shared/app has features or optional dependencies: fast"]);

        let optional = sample::changed(|json| json["packages"][1]["dependencies"][1]["optional"] = true.into());
        assert_eq!(faults(&optional), ["shared/app has features or optional dependencies: useful"]);
    }

    #[test]
    fn features_of_other_packages_are_no_fault() {
        let theirs = sample::changed(|json| json["packages"][2]["features"] = serde_json::json!({ "fast": [] }));
        assert_eq!(faults(&theirs), Vec::<String>::new());
    }
}
