//! Rule: who may import whom among our own crates. README.md has the same table in words.

use super::metadata::{Declared, Metadata};
use super::pattern::{any_matches, matches};

/// What a crate may import.
struct Row {
    folder: &'static str,
    may: &'static [&'static str],
    /// What its tests may import besides.
    tests: &'static [&'static str],
}

/// The first row that fits a folder counts.
const ROWS: &[Row] = &[
    Row { folder: "shared/domain", may: &[], tests: &[] },
    Row { folder: "shared/app", may: &["shared/domain"], tests: &[MEMORY] },
    Row { folder: "shared/providers", may: CORE, tests: &[] },
    Row { folder: "shared/aws", may: CORE, tests: &[] },
    Row { folder: MEMORY, may: CORE, tests: &[] },
    Row { folder: "shared/kit", may: CORE, tests: &[MEMORY] },
    Row { folder: "shared/simulator", may: &["shared/app", "shared/domain", MEMORY], tests: &[] },
    // It plays the providers against the product's own code for them: neither may know the other.
    Row { folder: "functions/sandbox", may: &["shared/kit"], tests: &[] },
    Row {
        folder: "functions/*",
        may: &["shared/app", "shared/aws", "shared/domain", "shared/kit", "shared/providers"],
        tests: &[MEMORY, REHEARSAL],
    },
    Row { folder: "tests/*", may: &["*"], tests: &[] },
    Row { folder: "bench", may: &["*"], tests: &[] },
    Row { folder: "operate", may: &["*"], tests: &[] },
    Row { folder: "xtask", may: &["*"], tests: &[] },
];

const CORE: &[&str] = &["shared/app", "shared/domain"];
/// The ports in memory exist for tests.
const MEMORY: &str = "shared/memory";
/// The shop in memory before which functions play their events.
const REHEARSAL: &str = "tests/rehearsal";

/// Imports that the table does not allow, and crates that it does not know.
pub(super) fn faults(metadata: &Metadata) -> Vec<String> {
    metadata
        .ours()
        .flat_map(|(folder, package)| match ROWS.iter().find(|row| matches(row.folder, folder)) {
            Some(row) => package.dependencies.iter().filter_map(|one| row.fault(folder, one, metadata)).collect(),
            None => vec![format!("{folder} has no row in xtask/src/policy/edges.rs")],
        })
        .collect()
}

impl Row {
    fn fault(&self, folder: &str, declared: &Declared, metadata: &Metadata) -> Option<String> {
        let imported = metadata.folder(declared.path.as_deref()?);
        let for_tests = declared.is_for_tests() && any_matches(self.tests, imported);
        (!for_tests && !any_matches(self.may, imported)).then(|| format!("{folder} may not import {imported}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_table_holds() {
        for (folder, imported, kind, is_fault) in [
            ("shared/domain", "shared/app", None, true),
            ("shared/domain", "shared/memory", Some("dev"), true),
            ("shared/app", "shared/domain", None, false),
            ("shared/app", "shared/memory", None, true),
            ("shared/app", "shared/memory", Some("dev"), false),
            ("shared/app", "shared/simulator", Some("dev"), true),
            ("shared/providers", "shared/app", None, false),
            ("shared/providers", "shared/aws", None, true),
            ("shared/aws", "shared/providers", Some("dev"), true),
            ("shared/memory", "shared/aws", None, true),
            ("shared/kit", "shared/domain", None, false),
            ("shared/kit", "shared/aws", None, true),
            ("shared/simulator", "shared/memory", None, false),
            ("shared/simulator", "shared/kit", None, true),
            ("functions/create-order", "shared/providers", None, false),
            ("functions/create-order", "shared/memory", None, true),
            ("functions/create-order", "shared/memory", Some("dev"), false),
            ("functions/create-order", "tests/rehearsal", Some("dev"), false),
            ("functions/create-order", "tests/rehearsal", None, true),
            ("functions/create-order", "functions/order-status", None, true),
            ("functions/sandbox", "shared/kit", None, false),
            ("functions/sandbox", "shared/providers", Some("dev"), true),
            ("functions/sandbox", "shared/domain", None, true),
            ("tests/journeys", "functions/sandbox", None, false),
            ("xtask", "shared/simulator", None, false),
            ("operate", "functions/sandbox", None, false),
            ("functions/create-order", "operate", None, true),
        ] {
            let faults = faults(&sample::importing(folder, imported, kind));
            let expected = if is_fault { vec![format!("{folder} may not import {imported}")] } else { vec![] };
            assert_eq!(faults, expected, "{kind:?}");
        }
    }

    #[test]
    fn a_crate_without_a_row_is_a_fault() {
        let faults = faults(&sample::using("shared/extra", "useful", None));
        assert_eq!(faults, ["shared/extra has no row in xtask/src/policy/edges.rs"]);
    }
}
