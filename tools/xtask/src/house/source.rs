//! A source file, with and without its comments and literals, and where a word occurs in it.

use super::lexer::{Class, classify, is_name};

pub(super) struct Source {
    /// From the root of the workspace, with slashes.
    pub(super) path: String,
    pub(super) text: String,
    /// The text with blanks in place of comments and literals.
    pub(super) code: String,
    /// The text with blanks in place of literals.
    pub(super) prose: String,
}

impl Source {
    pub(super) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let classified = classify(&text);
        let only = |kept: &[Class]| {
            let mask = |&(c, class): &(char, Class)| if kept.contains(&class) || c == '\n' { c } else { ' ' };
            classified.iter().map(mask).collect()
        };
        Self { path: path.into(), code: only(&[Class::Code]), prose: only(&[Class::Code, Class::Comment]), text }
    }

    /// Whether its path begins with one of these.
    pub(super) fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    /// A fault at a place in `code` or `prose`.
    pub(super) fn fault(&self, masked: &str, at: usize, what: &str) -> String {
        let line = 1 + masked.get(..at).unwrap_or_default().matches('\n').count();
        format!("{}:{line}: {what}", self.path)
    }
}

/// Where `word` occurs in a text, except as the end of a longer name. It may begin one: `serde` finds `serde_json`.
pub(super) fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> {
    let places = text.match_indices(word).map(|(at, _)| at);
    places.filter(move |&at| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !(word.starts_with(is_name) && before.is_some_and(is_name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_text_keeps_its_lines() {
        let source = Source::new("a/b.rs", "let a = \"x\ny\"; // z\nlet b;");
        assert_eq!(source.code, "let a =   \n  ;     \nlet b;");
        assert_eq!(source.prose, "let a =   \n  ; // z\nlet b;");
        let at = source.code.find("let b").unwrap_or_default();
        assert_eq!(source.fault(&source.code, at, "found"), "a/b.rs:3: found");
        assert!(source.is_in(&["c/", "a/"]) && !source.is_in(&["b/"]));
    }

    #[test]
    fn word_is_found_only_at_the_start_of_a_name() {
        assert_eq!(places("Bug DeBug Bugs", "Bug").collect::<Vec<_>>(), [0, 10]);
        assert_eq!(places("#[allow(x)]", "#[allow(").collect::<Vec<_>>(), [0]);
    }
}
