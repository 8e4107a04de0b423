//! Rule: only the simulator makes a set of planted bugs. The core may ask whether a bug is planted; nobody else may
//! speak of bugs at all, so that the product cannot run with one.

use super::lexer::is_name;
use super::source::{Source, places};
use super::tree::Tree;

/// Who plants bugs, and where they are defined.
const PLANTERS: &[&str] = &["shared/domain/src/planted.rs", "tests/memory/", "tests/simulator/", "tools/xtask/"];
/// Who may ask. Their unit tests may plant too: they never ship.
const ASKERS: &[&str] = &["shared/app/", "shared/domain/"];
const FOR_TESTS: &str = "#[cfg(test)]";

/// Bugs that are planted, or spoken of, elsewhere.
pub(super) fn faults(tree: &Tree) -> Vec<String> {
    tree.sources.iter().filter(|source| !source.is_in(PLANTERS)).flat_map(in_source).collect()
}

fn in_source(source: &Source) -> Vec<String> {
    let may_ask = source.is_in(ASKERS);
    let shipping = |at: &usize| !(may_ask && is_test(source, *at));
    let bugs = places(&source.code, "Bug::").filter(|&at| !(may_ask && is_question(&source.code, at))).filter(shipping);
    let planting = places(&source.code, "Planted::with").filter(shipping);
    let bugs = bugs.map(|at| source.fault(&source.code, at, "a bug outside `has(Bug::…)`, or outside the core"));
    let planting = planting.map(|at| source.fault(&source.code, at, "only the simulator plants bugs"));
    bugs.chain(planting).chain(shipped_tests(source, may_ask)).collect()
}

/// Whether a place is in a file of tests, or in the module of tests that ends a file.
fn is_test(source: &Source, at: usize) -> bool {
    let before = source.code.get(..at).unwrap_or_default();
    source.path.contains("/tests/") || before.contains(&format!("{FOR_TESTS}\nmod tests {{"))
}

/// A folder of tests is one only if its module is compiled for tests alone.
fn shipped_tests(source: &Source, may_ask: bool) -> Vec<String> {
    let modules = places(&source.code, "mod tests").filter(|_| may_ask);
    let shipped =
        modules.filter(|&at| !source.code.get(..at).is_some_and(|before| before.trim_end().ends_with(FOR_TESTS)));
    shipped.map(|at| source.fault(&source.code, at, "`mod tests` without `#[cfg(test)]`")).collect()
}

/// Whether the bug named here is the argument of `has`, by whatever path it is named.
fn is_question(code: &str, at: usize) -> bool {
    let before = code.get(..at).unwrap_or_default();
    let before = before.trim_end_matches(|c| is_name(c) || c == ':');
    before.trim_end().ends_with(".has(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_simulator_plants_and_only_the_core_asks() {
        let ask = "fn f(planted: Planted) -> bool { planted.has(Bug::RevokeTwice) }";
        let ask_by_path = "let x = planted\n.has(\n  planted::Bug::RevokeTwice);";
        let plant = "let planted = Planted::with(Bug::RevokeTwice);";
        let list = "for bug in Bug::ALL {}";
        let harmless = "let planted = Planted::NONE; // Bug::ALL, \nlet text = \"Planted::with\"; DeBug::new();";
        for (path, text, count) in [
            ("shared/domain/src/order.rs", ask, 0),
            ("shared/app/src/sweep.rs", ask_by_path, 0),
            ("shared/domain/src/order.rs", plant, 2),
            ("shared/app/src/sweep.rs", plant, 2),
            ("shared/app/src/sweep.rs", list, 1),
            ("shared/app/tests/flows.rs", ask, 0),
            ("shared/app/tests/flows.rs", plant, 0),
            ("shared/domain/src/wallet/tests/rules.rs", plant, 0),
            ("shared/domain/src/wallet/mod.rs", "#[cfg(test)]\nmod tests;", 0),
            ("shared/domain/src/wallet/mod.rs", "mod tests;", 1),
            (
                "shared/domain/src/wallet/mod.rs",
                "#[cfg(test)]\nmod tests {\n  fn f() { Planted::with(Bug::RevokeTwice); }\n}",
                0,
            ),
            ("functions/create-order/src/tests/all.rs", plant, 2),
            ("shared/lambda/src/lib.rs", ask, 1),
            ("functions/create-order/src/main.rs", plant, 2),
            ("functions/create-order/src/main.rs", harmless, 0),
            ("tests/simulator/src/bugs.rs", plant, 0),
            ("tests/memory/src/store.rs", plant, 0),
            ("shared/domain/src/planted.rs", plant, 0),
            ("tools/xtask/src/bugs.rs", list, 0),
        ] {
            assert_eq!(faults(&Tree::of(path, text)).len(), count, "{path}: {text}");
        }
    }
}
