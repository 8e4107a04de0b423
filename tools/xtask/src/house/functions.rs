//! Rule: the crates of all functions have the same files.

use std::collections::BTreeSet;

use super::tree::Tree;

const PARTS: &[&str] = &["Cargo.toml", "src/lib.rs", "src/main.rs"];

pub(super) fn faults(tree: &Tree) -> Vec<String> {
    // A file directly in `functions/` belongs to no function.
    let inside = tree.paths.iter().filter_map(|path| path.strip_prefix("functions/")?.split_once('/'));
    let functions: BTreeSet<&str> = inside.map(|(function, _)| function).collect();
    let wanted =
        functions.iter().flat_map(|function| PARTS.iter().map(move |part| format!("functions/{function}/{part}")));
    wanted.filter(|path| !tree.paths.contains(path)).map(|path| format!("{path} is missing")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(paths: &[&str]) -> Vec<String> {
        faults(&Tree { paths: paths.iter().copied().map(str::to_owned).collect(), ..Tree::default() })
    }

    #[test]
    fn function_without_one_of_the_files_is_a_fault() {
        let whole = ["functions/a/Cargo.toml", "functions/a/src/lib.rs", "functions/a/src/main.rs"];
        assert_eq!(faults_of(&whole), Vec::<String>::new());
        assert_eq!(faults_of(&whole[..2]), ["functions/a/src/main.rs is missing"]);
    }

    #[test]
    fn folder_without_functions_has_no_faults() {
        assert_eq!(faults_of(&["functions/README.md", "shared/domain/src/lib.rs"]), Vec::<String>::new());
        assert_eq!(faults_of(&[]), Vec::<String>::new());
    }
}
