//! Rule: the links in the documents lead to files that exist, and the names in a code map occur in the files beside them.

use std::collections::BTreeMap;

use super::source::places;
use super::tree::{Document, Tree};

pub(super) fn faults(tree: &Tree) -> Vec<String> {
    tree.documents.iter().flat_map(|document| dead_links(tree, document).chain(missing_names(tree, document))).collect()
}

fn dead_links<'a>(tree: &'a Tree, document: &'a Document) -> impl Iterator<Item = String> + 'a {
    let inline = document.text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let targets = inline.chain(references(document).into_values());
    targets
        .filter(|target| !is_there(tree, &document.path, target))
        .map(|target| format!("{}: there is no file for the link to `{target}`", document.path))
}

/// The definitions `[name]: target` at the start of a line.
fn references(document: &Document) -> BTreeMap<&str, &str> {
    let definition = |line: &'_ str| -> Option<usize> { line.starts_with('[').then(|| line.find("]: "))? };
    let lines = document.text.lines().filter_map(|line| definition(line).map(|end| (&line[1..end], &line[end + 3..])));
    lines.collect()
}

fn is_there(tree: &Tree, from: &str, target: &str) -> bool {
    if target.contains("://") || target.starts_with('#') {
        return true;
    }
    let path = resolved(from, target);
    let within = format!("{}/", path.trim_end_matches('/'));
    tree.paths.iter().any(|known| *known == path || known.starts_with(&within))
}

/// The target of a link in a document, as a path from the root of the workspace.
fn resolved(from: &str, target: &str) -> String {
    let target = target.split('#').next().unwrap_or_default();
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            ".." => drop(path.pop()),
            _ => path.push(part),
        }
    }
    path.join("/")
}

/// Names in the rows of a code map that do not occur in the file before them.
fn missing_names<'a>(tree: &'a Tree, document: &'a Document) -> impl Iterator<Item = String> + 'a {
    let files = references(document);
    let rows = document.text.lines().filter(|line| line.starts_with("| "));
    rows.flat_map(move |row| {
        let cell = row.split(" | ").nth(1).unwrap_or_default();
        named(cell)
            .into_iter()
            .filter_map(|(file, name)| Some((resolved(&document.path, files.get(file)?), name)))
            .filter(|(path, name)| occurs_in(tree, path, name) == Some(false))
            .map(|(path, name)| format!("{}: `{name}` does not occur in {path}", document.path))
            .collect::<Vec<_>>()
    })
}

/// The names in a cell, each with the file before it: `[file] `name` `other``.
fn named(cell: &str) -> Vec<(&str, &str)> {
    let after_files = cell.split('[').skip(1).filter_map(|part| part.split_once(']'));
    after_files.flat_map(|(file, rest)| rest.split('`').skip(1).step_by(2).map(move |name| (file, name))).collect()
}

/// Whether a name occurs in a file; none when the file is no Rust source.
fn occurs_in(tree: &Tree, path: &str, name: &str) -> Option<bool> {
    let source = tree.sources.iter().find(|source| source.path == path)?;
    Some(places(&source.code, name).next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        let mut tree = Tree::of("src/money.rs", "//! Money.\nfn parse() {}\n// spend\n");
        tree.documents.push(Document { path: "README.md".to_owned(), text: text.to_owned() });
        tree.paths.push("docs/rules.md".to_owned());
        tree
    }

    #[test]
    fn link_to_a_missing_file_is_a_fault() {
        for (text, is_fault) in [
            ("[rules](docs/rules.md) and [docs](docs/)", false),
            ("[rules](docs/rule.md)", true),
            ("[rules](docs/rules.md#money), [out](https://example.org), [here](#top)", false),
            ("[money.rs]: src/money.rs", false),
            ("[money.rs]: src/purse.rs", true),
        ] {
            assert_eq!(!faults(&tree(text)).is_empty(), is_fault, "{text}");
        }
        let mut below = tree("");
        below.documents[0].path = "docs/proof.md".to_owned();
        below.documents[0].text = "[up](../src/money.rs), [beside](rules.md)".to_owned();
        assert_eq!(faults(&below), Vec::<String>::new());
        below.documents[0].text = "[beside](money.rs)".to_owned();
        assert_eq!(faults(&below).len(), 1);
    }

    #[test]
    fn name_that_does_not_occur_in_its_file_is_a_fault() {
        for (row, is_fault) in [
            ("| amounts are read | [money.rs] `parse` | |", false),
            ("| amounts are read | [money.rs] `parse` `print` | |", true),
            ("| amounts are spent | [money.rs] `spend` | |", true),
            ("| `print` in the first cell | [money.rs] `parse` | `Bug` |", false),
        ] {
            let text = format!("{row}\n\n[money.rs]: src/money.rs\n");
            assert_eq!(!faults(&tree(&text)).is_empty(), is_fault, "{row}");
            let mut below = tree("");
            below.documents[0].path = "docs/map.md".to_owned();
            below.documents[0].text = format!("{row}\n\n[money.rs]: ../src/money.rs\n");
            assert_eq!(!faults(&below).is_empty(), is_fault, "below: {row}");
        }
    }
}
