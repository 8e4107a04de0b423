//! Rule: a file opens by saying what it is. A long one is worth another thought, but no fault.

use super::tree::Tree;

const LONG_LINES: usize = 400;

/// Files that do not open with `//!`.
pub(super) fn headless(tree: &Tree) -> Vec<String> {
    let sources = tree.sources.iter().filter(|source| !source.text.starts_with("//!"));
    sources.map(|source| format!("{}:1: does not open with `//!`", source.path)).collect()
}

/// Files of more than 400 lines.
pub(super) fn long(tree: &Tree) -> Vec<String> {
    let lengths = tree.sources.iter().map(|source| (&source.path, source.text.lines().count()));
    let long = lengths.filter(|&(_, lines)| lines > LONG_LINES);
    long.map(|(path, lines)| format!("{path} has {lines} lines: are these two files?")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_head_is_a_fault() {
        assert_eq!(headless(&Tree::of("a.rs", "use std::fmt;\n//! late")), ["a.rs:1: does not open with `//!`"]);
        assert_eq!(headless(&Tree::of("a.rs", "//! What it is.\n")), Vec::<String>::new());
    }

    #[test]
    fn the_401st_line_is_remarked() {
        assert_eq!(long(&Tree::of("a.rs", &"//!\n".repeat(400))), Vec::<String>::new());
        assert_eq!(long(&Tree::of("a.rs", &"//!\n".repeat(401))), ["a.rs has 401 lines: are these two files?"]);
    }
}
