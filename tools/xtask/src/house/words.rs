//! Rules: words that must not stand in some folders. The domain is pure; and what the simulator runs must run the same
//! way from the same seed, or a failure could not be shown again.

use super::source::{Source, places};
use super::tree::Tree;

const DOMAIN: &[&str] = &["shared/domain/src/"];
const NOT_PURE: &[&str] = &["SystemTime", "async", "env::", "serde", "std::env"];

const SIMULATED: &[&str] = &["shared/app/src/", "tests/memory/src/", "tests/simulator/src/"];
/// Clocks, threads, and collections whose order differs from run to run.
const NOT_REPEATABLE: &[&str] = &["HashMap", "HashSet", "Instant", "SystemTime", "std::thread", "thread::"];

/// Files that may use some of these words all the same, and why.
const EXCEPTIONS: &[(&str, &[&str])] = &[
    // Spreads whole runs, each from a seed of its own, over the cores, and tells people how long that took: no run sees
    // another, or the clock.
    ("tests/simulator/src/threads.rs", &["std::thread", "thread::", "Instant"]),
    // Asks whether a state was visited before, and never walks the set.
    ("tests/simulator/src/search.rs", &["HashSet"]),
];

/// Words in the domain that reach outside it.
pub(super) fn impure(tree: &Tree) -> Vec<String> {
    found(tree, DOMAIN, NOT_PURE, "has no place in the domain")
}

/// Words that would make two runs of one seed differ.
pub(super) fn irreproducible(tree: &Tree) -> Vec<String> {
    found(tree, SIMULATED, NOT_REPEATABLE, "differs from run to run")
}

fn found(tree: &Tree, folders: &[&str], words: &[&str], why: &str) -> Vec<String> {
    tree.sources
        .iter()
        .filter(|source| source.is_in(folders))
        .flat_map(|source| words.iter().filter(|word| !is_excepted(source, word)).map(move |word| (source, word)))
        .flat_map(|(source, word)| {
            places(&source.code, word).map(move |at| source.fault(&source.code, at, &format!("`{word}` {why}")))
        })
        .collect()
}

fn is_excepted(source: &Source, word: &str) -> bool {
    EXCEPTIONS.iter().any(|(path, words)| source.path == *path && words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_reaches_nothing() {
        for (path, text, is_fault) in [
            ("shared/domain/src/order.rs", "use serde::Serialize;", true),
            ("shared/domain/src/order.rs", "let x = serde_json::to_string(&y);", true),
            ("shared/domain/src/order.rs", "pub async fn settle() {}", true),
            ("shared/domain/src/order.rs", "use std::time::SystemTime;", true),
            ("shared/domain/src/order.rs", "use std::env;", true),
            ("shared/domain/src/order.rs", "use std::{env, fmt};\nlet x = env::var(NAME);", true),
            ("shared/domain/src/order.rs", "// never async, no serde\nlet x = \"SystemTime\"; do_async();", false),
            ("shared/app/src/sweep.rs", "pub async fn sweep() {}", false),
        ] {
            assert_eq!(!impure(&Tree::of(path, text)).is_empty(), is_fault, "{path}: {text}");
        }
    }

    #[test]
    fn what_is_simulated_repeats_exactly() {
        for (path, text, is_fault) in [
            ("shared/app/src/sweep.rs", "use std::collections::HashMap;", true),
            ("tests/memory/src/store.rs", "let set = HashSet::new();", true),
            ("tests/simulator/src/run.rs", "let start = Instant::now();", true),
            ("shared/app/src/sweep.rs", "SystemTime::now()", true),
            ("tests/simulator/src/run.rs", "std::thread::spawn(f)", true),
            ("tests/simulator/src/run.rs", "use std::{fmt, thread};\nthread::scope(f)", true),
            ("tests/simulator/src/run.rs", "mod threads;\nthreads::run(f)", false),
            ("tests/simulator/src/threads.rs", "std::thread::scope(f)", false),
            ("tests/simulator/src/threads.rs", "let map = HashMap::new();", true),
            ("tests/simulator/src/search.rs", "let seen = HashSet::new();", false),
            ("tests/simulator/src/search.rs", "let seen = HashMap::new();", true),
            ("shared/providers/src/wechat/calls.rs", "let map = HashMap::new();", false),
        ] {
            assert_eq!(!irreproducible(&Tree::of(path, text)).is_empty(), is_fault, "{path}: {text}");
        }
    }
}
