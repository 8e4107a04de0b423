//! Holds every answer that a test plays against `docs/openapi.json`: its route, its status and its body have to stand there.
//! Schemas may use only the words that are checked here; any other makes the test fail.

use std::fs;
use std::sync::OnceLock;

use serde_json::Value;
use till_lambda::http::{ReadResponse as _, Request, Response};
use till_lambda::routes;

use crate::event::at_root;

/// Words that say nothing about a value that could be checked without a library for patterns.
const FOR_READERS: [&str; 4] = ["description", "examples", "pattern", "title"];

/// The interface's document.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(&fs::read_to_string(at_root("docs/openapi.json")).unwrap()).unwrap())
}

/// Fails unless the document has this answer to this request. Addresses that no route has, and those of the providers, are left out
/// there.
#[track_caller]
pub(crate) fn check(request: &Request, response: &Response) {
    let path = request.uri().path();
    let path = path.strip_suffix('/').unwrap_or(path);
    let Some(route) = find(path) else { return };
    let method = request.method().as_str().to_ascii_lowercase();
    // Of a method that the route does not have, the answer is that of the one it has.
    let Some(operation) = route.get(&method).or_else(|| route.as_object()?.values().next()) else { return };
    // A function that is asked for a route of another one does not know it.
    if response.code() == 404 && response.text().contains(r#""error":"not_found""#) {
        return;
    }
    let code = response.code().to_string();
    let answers = &operation["responses"];
    let answer = resolve(
        answers.get(&code).unwrap_or_else(|| panic!("{path} answered {code}, which the document does not have")),
    );
    let Some(content) = answer["content"].as_object() else { return };
    let kind = response.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let media = content.get(kind).unwrap_or_else(|| panic!("{path} answered {code} as {kind}"));
    if kind == "application/json" {
        let body: Value = serde_json::from_str(response.text()).unwrap();
        if let Err(fault) = fits(&media["schema"], &body) {
            panic!("{path} {code}: {fault}: {body}");
        }
    }
}

fn find(path: &str) -> Option<&'static Value> {
    document()["paths"].as_object()?.iter().find(|(route, _)| routes::fits(route, path)).map(|(_, route)| route)
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(name) => document().pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} is missing")),
        None => value,
    }
}

/// Whether a value fits a schema.
///
/// # Panics
///
/// If the schema has a word that is not checked here.
pub fn fits(schema: &'static Value, value: &Value) -> Result<(), String> {
    let schema = resolve(schema).as_object().expect("a schema is an object");
    let list = |word: &str| schema[word].as_array().expect("a list");
    if let Some(kind) = schema.get("type") {
        is_of_type(kind.as_str().expect("one type"), value)?;
    }
    for word in schema.keys() {
        match word.as_str() {
            word if FOR_READERS.contains(&word) => {}
            "const" if *value != schema["const"] => return Err(format!("{value} is not {}", schema["const"])),
            "enum" if !list("enum").contains(value) => return Err(format!("{value} is none of {}", schema["enum"])),
            "minimum" if value.as_f64() < schema["minimum"].as_f64() => return Err(format!("{value} is too small")),
            // These fit; the first is checked with `properties`, and the type above.
            "additionalProperties" | "type" | "const" | "enum" | "minimum" => {}
            "required" => {
                let missing =
                    list("required").iter().find(|name| value.get(name.as_str().unwrap_or_default()).is_none());
                missing.map_or(Ok(()), |name| Err(format!("{name} is missing")))?;
            }
            "properties" => properties(schema.get("properties"), schema.get("additionalProperties"), value)?,
            "items" => value.as_array().into_iter().flatten().try_for_each(|one| fits(&schema["items"], one))?,
            "anyOf" | "oneOf" => {
                let faults: Vec<String> = list(word).iter().filter_map(|one| fits(one, value).err()).collect();
                let wanted = if word == "oneOf" { list(word).len() - 1 } else { list(word).len() };
                let fitting = list(word).len() - faults.len();
                if fitting == 0 || (word == "oneOf" && faults.len() != wanted) {
                    return Err(format!("{fitting} of {word} fit: {}", faults.join("; ")));
                }
            }
            other => panic!("the document uses `{other}`, which is not checked"),
        }
    }
    Ok(())
}

fn properties(known: Option<&'static Value>, more: Option<&'static Value>, value: &Value) -> Result<(), String> {
    for (name, field) in value.as_object().into_iter().flatten() {
        match known.and_then(|known| known.get(name)) {
            Some(schema) => fits(schema, field).map_err(|fault| format!("{name}: {fault}"))?,
            None if more == Some(&Value::Bool(false)) => return Err(format!("{name} is not in the document")),
            None => {}
        }
    }
    Ok(())
}

fn is_of_type(kind: &str, value: &Value) -> Result<(), String> {
    let is = match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("the document has the type `{other}`, which is not checked"),
    };
    if is { Ok(()) } else { Err(format!("{value} is no {kind}")) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use till_lambda::messages::known_codes;

    use super::*;

    fn schema(name: &str) -> &'static Value {
        &document()["components"]["schemas"][name]
    }

    #[test]
    fn value_that_the_document_does_not_describe_is_noticed() {
        let ticket = |text: &str| fits(schema("Ticket"), &serde_json::from_str(text).unwrap());
        assert_eq!(ticket(r#"{"url":"wss://a","expires_in":60}"#), Ok(()));
        for (text, fault) in [
            (r#"{"url":"wss://a","expires_in":61}"#, "expires_in: 61 is not 60"),
            (r#"{"url":1,"expires_in":60}"#, "url: 1 is no string"),
            (r#"{"expires_in":60}"#, r#""url" is missing"#),
            (r#"{"url":"wss://a","expires_in":60,"x":1}"#, "x is not in the document"),
            ("[]", "[] is no object"),
        ] {
            assert_eq!(ticket(text), Err(fault.to_owned()));
        }
        assert!(fits(schema("Method"), &Value::from("cash")).is_err());
        assert!(fits(schema("Grant"), &serde_json::json!({"type": "points"})).is_err());
    }

    #[test]
    fn document_has_the_routes_of_the_functions_and_no_others() {
        let table: Value =
            serde_json::from_str(&fs::read_to_string(at_root("functions/functions.json")).unwrap()).unwrap();
        let rows = table["functions"].as_array().unwrap().iter().flat_map(|row| row["triggers"].as_array().unwrap());
        let main = rows.filter(|trigger| trigger["api"] == "main");
        let routes =
            main.flat_map(|trigger| trigger["routes"].as_array().unwrap()).map(|route| route.as_str().unwrap());
        let ours: BTreeSet<String> = routes
            .filter(|route| !route.contains("/callback") && !route.contains("/webhook"))
            .map(str::to_owned)
            .collect();
        let paths = document()["paths"].as_object().unwrap().iter();
        let theirs: BTreeSet<String> = paths
            .flat_map(|(path, route)| {
                route.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_ascii_uppercase()))
            })
            .collect();
        assert_eq!(theirs, ours);
    }

    #[test]
    fn document_has_the_words_of_all_errors() {
        let theirs: BTreeSet<&str> = schema("Problem")["properties"]["error"]["enum"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap())
            .collect();
        assert_eq!(theirs, known_codes().collect::<BTreeSet<_>>());
    }

    /// So that nobody meets a word that is not explained.
    #[test]
    fn each_error_has_its_section_in_errors_md_and_its_row_in_api_md() {
        let page = fs::read_to_string(at_root("docs/errors.md")).unwrap();
        let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        assert_eq!(sections.len(), sections.iter().collect::<BTreeSet<_>>().len(), "a word has two sections");
        assert_eq!(sections.into_iter().collect::<BTreeSet<_>>(), known_codes().collect::<BTreeSet<_>>());
        let interface = fs::read_to_string(at_root("docs/api.md")).unwrap();
        let rows: Vec<&str> =
            interface.lines().filter(|line| line.starts_with("| 4") || line.starts_with("| 5")).collect();
        for word in known_codes() {
            assert!(rows.iter().any(|row| row.contains(&format!("`{word}`"))), "{word}");
        }
    }

    #[test]
    fn examples_fit_their_schemas() {
        fn examples(value: &'static Value, found: &mut u32) {
            match value {
                Value::Object(fields) => {
                    if let (Some(schema), Some(example)) = (fields.get("schema"), fields.get("example")) {
                        assert_eq!(fits(schema, example), Ok(()), "{example}");
                        *found += 1;
                    }
                    fields.values().for_each(|field| examples(field, found));
                }
                Value::Array(all) => all.iter().for_each(|one| examples(one, found)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let mut found = 0;
        examples(&document()["paths"], &mut found);
        assert!(found >= 9, "{found}");
    }
}
