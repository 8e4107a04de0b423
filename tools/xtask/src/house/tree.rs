//! The files of the workspace as the rules read them.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use super::source::Source;
use crate::files;

/// Folders of generated files. Hidden folders are skipped as well.
const NOT_OURS: &[&str] = &["cdk.out", "node_modules", "target"];

#[derive(Default)]
pub(super) struct Tree {
    pub(super) paths: Vec<String>,
    pub(super) sources: Vec<Source>,
    pub(super) documents: Vec<Document>,
}

pub(super) struct Document {
    pub(super) path: String,
    pub(super) text: String,
}

impl Tree {
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        for path in files::below(root, |name| name.starts_with('.') || NOT_OURS.contains(&name))? {
            match Path::new(&path).extension().and_then(OsStr::to_str) {
                Some("rs") => tree.sources.push(Source::new(path.clone(), fs::read_to_string(root.join(&path))?)),
                Some("md") => {
                    let text = fs::read_to_string(root.join(&path))?;
                    tree.documents.push(Document { path: path.clone(), text });
                }
                _ => {}
            }
            tree.paths.push(path);
        }
        Ok(tree)
    }

    /// A tree of one Rust source, for the rules' tests.
    #[cfg(test)]
    pub(super) fn of(path: &str, text: &str) -> Self {
        Self { paths: vec![path.to_owned()], sources: vec![Source::new(path, text)], documents: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_documents_of_this_workspace_are_read() {
        let tree = Tree::read(&crate::shell::root()).expect("the sources can be read");
        assert!(tree.paths.iter().any(|path| path == "deny.toml"));
        assert!(tree.sources.iter().any(|source| source.path == "tools/xtask/src/house/tree.rs"));
        assert!(!tree.paths.iter().any(|path| path.starts_with("target/") || path.starts_with(".git/")));
    }
}
