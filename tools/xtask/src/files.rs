//! Finding the files below a folder.

use std::fs;
use std::io;
use std::path::Path;

/// The files below a folder, sorted, as paths from there with slashes. Folders whose name is skipped are not entered.
pub(crate) fn below(root: &Path, is_skipped: impl Fn(&str) -> bool) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}{name}");
            if !entry.file_type()?.is_dir() {
                files.push(path);
            } else if !is_skipped(&name) {
                folders.push(format!("{path}/"));
            }
        }
    }
    files.sort();
    Ok(files)
}
