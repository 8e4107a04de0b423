//! Reads the mutants from `tests/mutants/*.toml`.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// The files, in the order in which mutants are listed and run.
const THEMES: [&str; 9] =
    ["money-back", "reports", "holds", "duties", "wallets", "goods", "by-hand", "remedies", "flows"];

/// A rule that is broken on purpose.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    /// What it breaks, in a sentence.
    pub(crate) breaks: String,
    /// The small world that catches it; without one, random histories catch it.
    pub(crate) world: Option<String>,
    /// The invariant that catches it.
    pub(crate) invariant: String,
    /// A small world that catches it too.
    pub(crate) also_in: Option<String>,
    /// A property of the wallets, `module::test`, that fails with it.
    pub(crate) property: Option<String>,
    #[serde(rename = "edit")]
    pub(crate) edits: Vec<Edit>,
}

/// A text in one of the sources, and its replacement while the mutant is on.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    pub(crate) file: String,
    /// An expression, or statements that end in `;`. When more text is needed to find it, «…» marks what is replaced.
    pub(crate) from: String,
    pub(crate) to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Theme {
    #[serde(rename = "mutant")]
    mutants: Vec<Mutant>,
}

/// All mutants. The number of a mutant is its place in this list, counted from 1.
pub(crate) fn read(root: &Path) -> Result<Vec<Mutant>, String> {
    let mut all: Vec<Mutant> = Vec::new();
    for theme in THEMES {
        let file = format!("tests/mutants/{theme}.toml");
        let text = fs::read_to_string(root.join(&file)).map_err(|error| format!("{file}: {error}"))?;
        for mutant in parse(&text).map_err(|why| format!("{file}: {why}"))? {
            if all.iter().any(|known| known.name == mutant.name) {
                return Err(format!("{file}: there are two mutants called `{}`", mutant.name));
            }
            all.push(mutant);
        }
    }
    Ok(all)
}

fn parse(text: &str) -> Result<Vec<Mutant>, String> {
    let theme: Theme = toml::from_str(text).map_err(|error| error.to_string())?;
    Ok(theme.mutants)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_need_no_escaping_and_unknown_fields_are_refused() {
        let row = "[[mutant]]\nname = 'A'\nbreaks = 'b'\ninvariant = 'i'\n[[mutant.edit]]\nfile = 'f'\nto = ''\n";
        let mutants = parse(&format!("{row}from = '''\na(\"\\n\")\n'''")).unwrap();
        assert_eq!(mutants[0].edits[0].from, "a(\"\\n\")\n");
        assert!(parse(&format!("{row}from = 'a'\nform = 'b'")).unwrap_err().contains("form"));
        assert!(parse(row).unwrap_err().contains("from"), "an edit needs a text to replace");
    }
}
