//! Rules: words that must not occur in some of the sources.

use super::source::{Source, places};
use super::tree::Tree;

const EVERYWHERE: &[&str] = &[""];

/// Files that may use some of the words that make runs differ.
const EXCEPTIONS: &[(&str, &[&str])] = &[
    // Spreads whole runs, each with its own seed, over the cores and measures their time: no run sees another, or the clock.
    ("tests/simulator/src/threads.rs", &["std::thread", "thread::", "Instant"]),
    // Asks whether a state was visited before, and never iterates over the set.
    ("tests/simulator/src/search.rs", &["HashSet"]),
];

/// The domain uses no I/O, no async, no serde and no clock.
pub(super) fn impure(tree: &Tree) -> Vec<String> {
    let words = ["SystemTime", "async", "env::", "serde", "std::env"];
    in_code(tree, &["shared/domain/src/"], &words, "has no place in the domain")
}

/// The code that the simulator runs behaves the same for the same seed; otherwise a failure could not be repeated. So it uses no
/// clocks, no threads and no collections whose order differs from run to run.
pub(super) fn irreproducible(tree: &Tree) -> Vec<String> {
    let folders = ["shared/app/src/", "tests/memory/src/", "tests/simulator/src/"];
    let words = ["HashMap", "HashSet", "Instant", "SystemTime", "std::thread", "thread::"];
    in_code(tree, &folders, &words, "makes two runs of the same seed differ")
}

/// No comment promises later work, no macro stands for missing code, and no test is ignored without a reason.
pub(super) fn unfinished(tree: &Tree) -> Vec<String> {
    let prose: fn(&Source) -> &str = |source| &source.prose;
    let promises = found(tree, EVERYWHERE, prose, &["FIXME", "TODO"], "promises work: do it, or say why not");
    let gaps = ["#[ignore]", "todo!", "unimplemented!"];
    [promises, in_code(tree, EVERYWHERE, &gaps, "leaves a gap: fill it, or give a reason")].concat()
}

/// A lint is silenced by `expect`, which complains when there is nothing left to silence.
pub(super) fn allowed_lints(tree: &Tree) -> Vec<String> {
    let why = "stays when there is nothing left to allow: use `expect`, with a reason";
    in_code(tree, EVERYWHERE, &["#[allow(", "#![allow("], why)
}

fn in_code(tree: &Tree, folders: &[&str], words: &[&str], why: &str) -> Vec<String> {
    found(tree, folders, |source| &source.code, words, why)
}

fn found(tree: &Tree, folders: &[&str], text: fn(&Source) -> &str, words: &[&str], why: &str) -> Vec<String> {
    let sources = tree.sources.iter().filter(|source| source.is_in(folders));
    let pairs = sources.flat_map(|source| words.iter().map(move |word| (source, *word)));
    let faults = pairs.filter(|(source, word)| !is_excepted(source, word)).flat_map(|(source, word)| {
        let text = text(source);
        places(text, word).map(move |at| source.fault(text, at, &format!("`{word}` {why}")))
    });
    faults.collect()
}

fn is_excepted(source: &Source, word: &str) -> bool {
    EXCEPTIONS.iter().any(|(path, words)| source.path == *path && words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&Tree) -> Vec<String>, samples: &[(&str, &str, bool)]) {
        for (path, text, is_fault) in samples {
            assert_eq!(!rule(&Tree::of(path, text)).is_empty(), *is_fault, "{path}: {text}");
        }
    }

    #[test]
    fn domain_without_io_async_serde_and_clock_is_pure() {
        let samples = [
            ("shared/domain/src/order.rs", "use serde::Serialize;", true),
            ("shared/domain/src/order.rs", "let x = serde_json::to_string(&y);", true),
            ("shared/domain/src/order.rs", "pub async fn settle() {}", true),
            ("shared/domain/src/order.rs", "use std::time::SystemTime;", true),
            ("shared/domain/src/order.rs", "use std::env;", true),
            ("shared/domain/src/order.rs", "use std::{env, fmt};\nlet x = env::var(NAME);", true),
            ("shared/domain/src/order.rs", "// never async, no serde\nlet x = \"SystemTime\"; do_async();", false),
            ("shared/app/src/sweep.rs", "pub async fn sweep() {}", false),
        ];
        check(impure, &samples);
    }

    #[test]
    fn simulated_code_without_clocks_threads_and_hashes_is_reproducible() {
        let samples = [
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
        ];
        check(irreproducible, &samples);
    }

    #[test]
    fn gaps_and_promises_are_faults() {
        let samples = [
            ("a.rs", "// TODO: later", true),
            ("a.rs", "/* FIXME */", true),
            ("a.rs", "fn f() { todo!() }", true),
            ("a.rs", "fn f() { unimplemented!(\"no\") }", true),
            ("a.rs", "#[test]\n#[ignore]\nfn f() {}", true),
            ("a.rs", "#[test]\n#[ignore = \"takes an hour\"]\nfn f() {}", false),
            ("a.rs", "let text = \"TODO\"; let todo = 1;", false),
        ];
        check(unfinished, &samples);
    }

    #[test]
    fn allowing_a_lint_is_a_fault_and_expecting_it_is_not() {
        let samples = [
            ("a.rs", "#[allow(dead_code)]", true),
            ("a.rs", "//! Head.\n#![allow(dead_code, reason = \"x\")]", true),
            ("a.rs", "#[expect(dead_code, reason = \"x\")]", false),
            ("a.rs", "// never #[allow(…)]\nlet x = \"#[allow(\";", false),
        ];
        check(allowed_lints, &samples);
    }
}
