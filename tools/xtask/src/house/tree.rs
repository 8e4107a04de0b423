//! All files of the workspace, and the text of those in Rust.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use super::source::Source;

/// Folders that hold what was made, not written. Hidden ones are passed over too.
const NOT_OURS: &[&str] = &["cdk.out", "node_modules", "target"];

#[derive(Default)]
pub(super) struct Tree {
    /// Every file's path, with slashes.
    pub(super) paths: Vec<String>,
    pub(super) sources: Vec<Source>,
    /// What people read.
    pub(super) documents: Vec<Document>,
}

pub(super) struct Document {
    pub(super) path: String,
    pub(super) text: String,
}

impl Tree {
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.add_folder(root, "")?;
        Ok(tree)
    }

    fn add_folder(&mut self, folder: &Path, name: &str) -> io::Result<()> {
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        // The order of a folder differs between machines; that of our findings must not.
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{name}{file}");
            if entry.file_type()?.is_dir() {
                if !file.starts_with('.') && !NOT_OURS.contains(&file.as_str()) {
                    self.add_folder(&entry.path(), &format!("{path}/"))?;
                }
            } else {
                match entry.path().extension().and_then(OsStr::to_str) {
                    Some("rs") => self.sources.push(Source::new(path.clone(), fs::read_to_string(entry.path())?)),
                    Some("md") => {
                        let text = fs::read_to_string(entry.path())?;
                        self.documents.push(Document { path: path.clone(), text });
                    }
                    _ => {}
                }
                self.paths.push(path);
            }
        }
        Ok(())
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
    fn this_workspace_is_read() {
        let tree = Tree::read(&crate::shell::root()).expect("our own sources can be read");
        assert!(tree.paths.iter().any(|path| path == "deny.toml"));
        assert!(tree.sources.iter().any(|source| source.path == "tools/xtask/src/house/tree.rs"));
        assert!(!tree.paths.iter().any(|path| path.starts_with("target/") || path.starts_with(".git/")));
    }
}
