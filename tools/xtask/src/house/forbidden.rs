//! Rules: words that must not occur in some of the sources.

use super::source::{Source, places};
use super::tree::Tree;

/// Words that must not occur in the sources of some folders.
struct Forbidden {
    words: &'static [&'static str],
    /// Paths begin with one of these.
    folders: &'static [&'static str],
    /// Whether comments are searched too.
    in_comments: bool,
    why: &'static str,
}

const IMPURE: Forbidden = Forbidden {
    words: &["SystemTime", "async", "env::", "serde", "std::env"],
    folders: &["shared/domain/src/"],
    in_comments: false,
    why: "has no place in the domain",
};

/// Clocks, threads, and collections whose order differs from run to run.
const IRREPRODUCIBLE: Forbidden = Forbidden {
    words: &["HashMap", "HashSet", "Instant", "SystemTime", "std::thread", "thread::"],
    folders: &["shared/app/src/", "tests/memory/src/", "tests/simulator/src/"],
    in_comments: false,
    why: "makes two runs of the same seed differ",
};

/// Files that may use some of these words.
const EXCEPTIONS: &[(&str, &[&str])] = &[
    // Spreads whole runs, each with its own seed, over the cores and measures their time: no run sees another, or the clock.
    ("tests/simulator/src/threads.rs", &["std::thread", "thread::", "Instant"]),
    // Asks whether a state was visited before, and never iterates over the set.
    ("tests/simulator/src/search.rs", &["HashSet"]),
];

const PROMISES: Forbidden = Forbidden {
    words: &["FIXME", "TODO"],
    folders: &[""],
    in_comments: true,
    why: "promises work: do it, or say why not",
};

const GAPS: Forbidden = Forbidden {
    words: &["#[ignore]", "todo!", "unimplemented!"],
    folders: &[""],
    in_comments: false,
    why: "leaves a gap: fill it, or give a reason",
};

const ALLOWED_LINTS: Forbidden = Forbidden {
    words: &["#[allow(", "#![allow("],
    folders: &[""],
    in_comments: false,
    why: "stays when there is nothing left to allow: use `expect`, with a reason",
};

/// The domain uses no I/O, no async, no serde and no clock.
pub(super) fn impure(tree: &Tree) -> Vec<String> {
    IMPURE.faults(tree)
}

/// The code that the simulator runs behaves the same for the same seed; otherwise a failure could not be repeated.
pub(super) fn irreproducible(tree: &Tree) -> Vec<String> {
    IRREPRODUCIBLE.faults(tree)
}

/// No comment promises later work, no macro stands for missing code, and no test is ignored without a reason.
pub(super) fn unfinished(tree: &Tree) -> Vec<String> {
    [PROMISES.faults(tree), GAPS.faults(tree)].concat()
}

/// A lint is silenced by `expect`, which complains when there is nothing left to silence.
pub(super) fn allowed_lints(tree: &Tree) -> Vec<String> {
    ALLOWED_LINTS.faults(tree)
}

impl Forbidden {
    fn faults(&self, tree: &Tree) -> Vec<String> {
        tree.sources
            .iter()
            .filter(|source| source.is_in(self.folders))
            .flat_map(|source| self.in_source(source))
            .collect()
    }

    fn in_source<'a>(&self, source: &'a Source) -> impl Iterator<Item = String> + use<'_, 'a> {
        let text = if self.in_comments { &source.prose } else { &source.code };
        let words = self.words.iter().filter(|word| !is_excepted(source, word));
        words.flat_map(move |word| {
            places(text, word).map(move |at| source.fault(text, at, &format!("`{word}` {}", self.why)))
        })
    }
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
