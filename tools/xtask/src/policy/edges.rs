//! Rule: which of our crates may import which. The product imports test crates only as the dev-dependencies listed here.

use super::metadata::{Declared, Metadata};
use super::pattern::{any_matches, matches};

struct Row {
    folder: &'static str,
    may: &'static [&'static str],
    /// Allowed as dev-dependencies only.
    for_tests: &'static [&'static str],
}

/// The first row that matches a folder applies.
const ROWS: &[Row] = &[
    Row { folder: "shared/domain", may: &[], for_tests: &[] },
    Row { folder: "shared/app", may: &["shared/domain"], for_tests: &["tests/memory"] },
    Row { folder: "shared/http", may: &[], for_tests: &[] },
    Row { folder: "shared/providers", may: CORE_AND_HTTP, for_tests: &[] },
    Row { folder: "shared/aws", may: CORE_AND_HTTP, for_tests: &["tests/memory"] },
    Row { folder: "shared/lambda", may: CORE, for_tests: &["tests/memory"] },
    // The sandbox checks the product's code for the providers, so neither may share code about them with the other.
    Row { folder: "sandbox", may: &["shared/http", "shared/lambda"], for_tests: &[] },
    // It sends to the team's channels, which are no providers.
    Row {
        folder: "functions/notify-team",
        may: &["shared/app", "shared/aws", "shared/domain", "shared/http", "shared/lambda"],
        for_tests: &["tests/memory", "tests/shop"],
    },
    Row {
        folder: "functions/*",
        may: &["shared/app", "shared/aws", "shared/domain", "shared/lambda", "shared/providers"],
        for_tests: &["tests/memory", "tests/shop"],
    },
    // These two must run the same for the same seed, and so must all that they import.
    Row { folder: "tests/memory", may: CORE, for_tests: &[] },
    Row { folder: "tests/simulator", may: &["shared/app", "shared/domain", "tests/memory"], for_tests: &[] },
    Row { folder: "tests/*", may: &["*"], for_tests: &[] },
    Row { folder: "tools/*", may: &["*"], for_tests: &[] },
];

const CORE: &[&str] = &["shared/app", "shared/domain"];
const CORE_AND_HTTP: &[&str] = &["shared/app", "shared/domain", "shared/http"];

pub(super) fn faults(metadata: &Metadata) -> Vec<String> {
    metadata
        .ours()
        .flat_map(|(folder, package)| match ROWS.iter().find(|row| matches(row.folder, folder)) {
            Some(row) => package.dependencies.iter().filter_map(|one| row.fault(folder, one, metadata)).collect(),
            None => vec![format!("{folder} has no row in tools/xtask/src/policy/edges.rs")],
        })
        .collect()
}

impl Row {
    fn fault(&self, folder: &str, declared: &Declared, metadata: &Metadata) -> Option<String> {
        let imported = metadata.folder(declared.path.as_deref()?);
        // The rules do not reach a folder outside the workspace.
        let is_ours = metadata.ours().any(|(member, _)| member == imported);
        let as_test = declared.is_for_tests() && any_matches(self.for_tests, imported);
        let is_allowed = is_ours && (as_test || any_matches(self.may, imported));
        (!is_allowed).then(|| format!("{folder} may not import {imported}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn import_outside_the_table_is_a_fault() {
        for (folder, imported, kind, is_fault) in [
            ("shared/domain", "shared/app", None, true),
            ("shared/domain", "tests/memory", Some("dev"), true),
            ("shared/app", "shared/domain", None, false),
            ("shared/app", "tests/memory", None, true),
            ("shared/app", "tests/memory", Some("dev"), false),
            ("shared/app", "tests/simulator", Some("dev"), true),
            ("shared/providers", "shared/app", None, false),
            ("shared/providers", "shared/aws", None, true),
            ("shared/aws", "shared/providers", Some("dev"), true),
            ("tests/memory", "shared/aws", None, true),
            ("shared/lambda", "shared/domain", None, false),
            ("shared/lambda", "shared/aws", None, true),
            ("tests/simulator", "tests/memory", None, false),
            ("tests/simulator", "shared/lambda", None, true),
            ("functions/create-order", "shared/providers", None, false),
            ("functions/create-order", "tests/memory", None, true),
            ("functions/create-order", "tests/memory", Some("dev"), false),
            ("functions/create-order", "tests/shop", Some("dev"), false),
            ("functions/create-order", "tests/shop", None, true),
            ("functions/create-order", "functions/order-status", None, true),
            ("functions/create-order", "shared/http", None, true),
            ("functions/notify-team", "shared/http", None, false),
            ("functions/notify-team", "shared/providers", None, true),
            ("sandbox", "shared/lambda", None, false),
            ("sandbox", "shared/providers", Some("dev"), true),
            ("sandbox", "shared/domain", None, true),
            ("tests/journeys", "sandbox", None, false),
            ("tools/xtask", "tests/simulator", None, false),
            ("tools/cli", "sandbox", None, false),
            ("functions/create-order", "tools/cli", None, true),
            ("functions/create-order", "tools/cli", Some("dev"), true),
            ("shared/lambda", "tests/shop", Some("dev"), true),
            ("sandbox", "tests/memory", Some("dev"), true),
            ("tools/cli", "../elsewhere", None, true),
        ] {
            let faults = faults(&sample::importing(folder, imported, kind));
            let expected = if is_fault { vec![format!("{folder} may not import {imported}")] } else { vec![] };
            assert_eq!(faults, expected, "{kind:?}");
        }
    }

    #[test]
    fn crate_without_a_row_is_a_fault() {
        let faults = faults(&sample::using("shared/extra", "useful", None));
        assert_eq!(faults, ["shared/extra has no row in tools/xtask/src/policy/edges.rs"]);
    }
}
