//! The languages that Till speaks, and texts that have a translation in some of them.

use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Language {
    Chinese,
    English,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a language is zh or en")]
pub struct UnknownLanguage;

impl Language {
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The first part of its language tags.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    pub fn parse(text: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.as_str() == text).ok_or(UnknownLanguage)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text and its translations. The original is in any language, and counts in each that has no translation.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Localized<T> {
    pub original: T,
    pub translations: BTreeMap<Language, T>,
}

impl<T> Localized<T> {
    pub fn in_language(&self, language: Language) -> &T {
        self.translations.get(&language).unwrap_or(&self.original)
    }
}

/// Without translations.
impl<T> From<T> for Localized<T> {
    fn from(original: T) -> Self {
        Self { original, translations: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_reads_back_and_other_texts_are_none() {
        for language in Language::ALL {
            assert_eq!(Language::parse(&language.to_string()), Ok(language));
        }
        for text in ["", "EN", "en-US", "fr"] {
            assert_eq!(Language::parse(text), Err(UnknownLanguage), "{text}");
        }
    }

    #[test]
    fn text_without_a_translation_is_the_original() {
        let mut name = Localized::from("黄金会员");
        assert_eq!(Language::ALL.map(|language| *name.in_language(language)), ["黄金会员"; 2]);
        name.translations.insert(Language::English, "Gold");
        assert_eq!(Language::ALL.map(|language| *name.in_language(language)), ["黄金会员", "Gold"]);
    }
}
