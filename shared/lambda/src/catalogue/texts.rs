//! Translations of a product's name and description, by language: `{"en": "Gold, 30 days"}`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use till_app::setup::check_description;
use till_domain::language::{Language, Localized};

/// As they are in the file: a language may be unknown or stand there twice.
#[derive(Default)]
pub struct Translations(Vec<(String, String)>);

impl Translations {
    pub fn from_texts<T: fmt::Display>(text: &Localized<T>) -> Self {
        Self(text.translations.iter().map(|(language, text)| (language.to_string(), text.to_string())).collect())
    }

    /// An error names `field` and the language.
    pub fn of<T, E: fmt::Display>(
        self,
        original: T,
        field: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Localized<T>, String> {
        let mut translations = BTreeMap::new();
        for (language, text) in self.0 {
            let place = format!("{field}.{language}");
            let language = Language::parse(&language).map_err(|why| format!("{place}: {why}"))?;
            let text = parse(&text).map_err(|why| format!("{place}: {why}"))?;
            if translations.insert(language, text).is_some() {
                return Err(format!("{place} is there twice"));
            }
        }
        Ok(Localized { original, translations })
    }
}

/// A description and its translations, which need it.
pub fn description(original: Option<String>, translations: Translations) -> Result<Option<Localized<String>>, String> {
    let checked = |text: &str| check_description(text).map(|()| text.to_owned());
    match original {
        Some(original) => {
            let original = checked(&original).map_err(|why| format!("description: {why}"))?;
            translations.of(original, "descriptions", checked).map(Some)
        }
        None if translations.0.is_empty() => Ok(None),
        None => Err("descriptions: there is no description that they translate".to_owned()),
    }
}

impl<'de> Deserialize<'de> for Translations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TranslationsVisitor)
    }
}

impl Serialize for Translations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(language, text)| (language, text)))
    }
}

struct TranslationsVisitor;

impl<'de> Visitor<'de> for TranslationsVisitor {
    type Value = Translations;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("texts by language: {\"en\": \"Gold, 30 days\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Translations, A::Error> {
        let mut translations = Vec::new();
        while let Some(translation) = map.next_entry()? {
            translations.push(translation);
        }
        Ok(Translations(translations))
    }
}

#[cfg(test)]
mod tests {
    use till_app::ports::ListedProduct;

    use super::super as file;
    use super::*;

    fn read(texts: &str) -> Result<ListedProduct, String> {
        let row = format!(
            r#"{{"type": "points", "id": 1, "name": "积分", {texts}, "prices": {{"CNY": 1}}, "grants": [{{"points": 5}}]}}"#
        );
        Ok(file::read(&format!(r#"{{"products": [{row}]}}"#))?.remove(0))
    }

    #[test]
    fn translations_are_read_by_language() {
        let texts = r#""names": {"en": "Points", "zh": "点数"}, "description": "多", "descriptions": {"en": "Many"}"#;
        let ListedProduct { product, description, .. } = read(texts).expect("it is well");
        let names = Language::ALL.map(|language| product.name().in_language(language).to_string());
        assert_eq!((names, product.name().original.as_str()), (["点数".to_owned(), "Points".to_owned()], "积分"));
        let description = description.expect("it has one");
        assert_eq!(Language::ALL.map(|language| description.in_language(language).as_str()), ["多", "Many"]);
    }

    #[test]
    fn faulty_translation_is_refused_by_product_and_field() {
        let long_name = format!(r#""names": {{"en": "{}"}}"#, "a".repeat(121));
        let long_text = format!(r#""description": "a", "descriptions": {{"en": "{}"}}"#, "a".repeat(1_001));
        let name = "names.en: product name must be 1 to 120 characters without control characters";
        let description = "a description has 1 to 1000 characters, and of control characters only new lines";
        for (texts, why) in [
            (r#""names": {"fr": "Points"}"#, "names.fr: a language is zh or en".to_owned()),
            (r#""names": {"EN": "Points"}"#, "names.EN: a language is zh or en".to_owned()),
            (r#""names": {"en": ""}"#, name.to_owned()),
            (&long_name, name.to_owned()),
            (r#""names": {"en": "a", "en": "b"}"#, "names.en is there twice".to_owned()),
            (r#""description": "a", "descriptions": {"en": ""}"#, format!("descriptions.en: {description}")),
            (&long_text, format!("descriptions.en: {description}")),
            (
                r#""description": "a", "descriptions": {"de": "b"}"#,
                "descriptions.de: a language is zh or en".to_owned(),
            ),
            (r#""description": """#, format!("description: {description}")),
            (r#""descriptions": {"en": "a"}"#, "descriptions: there is no description that they translate".to_owned()),
        ] {
            assert_eq!(read(texts).expect_err(texts), format!("product 1 (points 1): {why}"));
        }
        let why = read(r#""names": "Points""#).expect_err("it is a text");
        assert!(why.contains(r#"texts by language: {"en": "Gold, 30 days"}"#), "{why}");
    }
}
