//! What `functions/functions.json` and `events/` say of a function, beside what its code does.

use std::fs;

use serde_json::Value;
use till_lambda::front::Route;

use crate::event::at_root;

/// Fails unless the table's row of a function names the routes of its code, and leaves it more time than it takes.
#[track_caller]
pub fn agrees<R>(function: &str, routes: &[Route<R>], whole_seconds: u64) {
    let table: Value = serde_json::from_str(&fs::read_to_string(at_root("functions/functions.json")).unwrap()).unwrap();
    let rows = table["functions"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == function).expect("a row of this function");
    let triggers = row["triggers"].as_array().unwrap();
    let listed: Vec<&str> =
        triggers.iter().flat_map(|trigger| trigger["routes"].as_array().unwrap()).filter_map(Value::as_str).collect();
    let known: Vec<String> = routes.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(listed, known);
    assert_eq!(twice(&known), None, "the second of two rows would never be reached");
    assert!(triggers.iter().all(|trigger| trigger["kind"] == "http" && trigger["api"] == "main"));
    assert!(row["timeout_seconds"].as_u64().unwrap() > whole_seconds);
}

/// A row that stands twice. The front takes one slash at the end of an address for none.
fn twice(rows: &[String]) -> Option<&str> {
    let rows: Vec<&str> = rows.iter().map(|row| row.strip_suffix('/').unwrap_or(row)).collect();
    rows.iter().enumerate().find(|(n, row)| rows.iter().take(*n).any(|before| before == *row)).map(|(_, row)| *row)
}

/// Fails unless every sample event of a function is played by one of its tests; `tests` are their sources.
#[track_caller]
pub fn all_played(function: &str, tests: &[&str]) {
    let files = fs::read_dir(at_root("events")).unwrap().map(|file| file.unwrap().file_name());
    let names: Vec<String> = files
        .filter_map(|file| Some(file.to_str()?.strip_suffix(".json")?.to_owned()))
        .filter(|name| name.split_once('.').is_some_and(|(of, _)| of == function))
        .collect();
    assert!(!names.is_empty(), "no event of {function}");
    for name in names {
        let quoted = format!("\"{name}\"");
        assert!(tests.iter().any(|source| source.contains(&quoted)), "no test plays events/{name}.json");
    }
}

#[cfg(test)]
mod tests {
    use super::twice;

    #[test]
    fn a_second_row_of_one_method_and_path_is_found() {
        for (rows, expected) in [
            (&["GET /a", "POST /a", "GET /b"][..], None),
            (&["GET /a", "POST /a", "GET /a"], Some("GET /a")),
            (&["GET /a", "GET /a/"], Some("GET /a")),
        ] {
            let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
            assert_eq!(twice(&rows), expected);
        }
    }
}
