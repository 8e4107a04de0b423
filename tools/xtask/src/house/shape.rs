//! Rule: a file begins by saying what it is. A long file is a warning and no fault.

use super::tree::Tree;

const MAX_LINES: usize = 400;

/// Files that do not begin with `//!`.
pub(super) fn headless(tree: &Tree) -> Vec<String> {
    let sources = tree.sources.iter().filter(|source| !source.text.starts_with("//!"));
    sources.map(|source| format!("{}:1: does not begin with `//!`", source.path)).collect()
}

pub(super) fn long(tree: &Tree) -> Vec<String> {
    let lengths = tree.sources.iter().map(|source| (&source.path, source.text.lines().count()));
    let long = lengths.filter(|&(_, lines)| lines > MAX_LINES);
    long.map(|(path, lines)| format!("{path} has {lines} lines: should it be two files?")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_without_a_head_is_a_fault() {
        assert_eq!(headless(&Tree::of("a.rs", "use std::fmt;\n//! late")), ["a.rs:1: does not begin with `//!`"]);
        assert_eq!(headless(&Tree::of("a.rs", "//! What it is.\n")), Vec::<String>::new());
    }

    #[test]
    fn file_of_401_lines_is_a_warning() {
        assert_eq!(long(&Tree::of("a.rs", &"//!\n".repeat(400))), Vec::<String>::new());
        assert_eq!(long(&Tree::of("a.rs", &"//!\n".repeat(401))), ["a.rs has 401 lines: should it be two files?"]);
    }
}
