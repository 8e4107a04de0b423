//! Compares a function's code with its row in `functions/functions.json` and with its samples in `events/`.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use till_lambda::routes::Route;

use crate::event::at_root;

/// A function's row in `functions/functions.json`.
#[track_caller]
pub fn row(function: &str) -> Value {
    let table: Value = serde_json::from_str(&fs::read_to_string(at_root("functions/functions.json")).unwrap()).unwrap();
    let rows = table["functions"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == function).expect("a row of this function").clone()
}

/// Fails unless a function's row names the routes of its code, and gives it more time than `budget`.
#[track_caller]
pub fn agrees<R>(function: &str, routes: &[Route<R>], budget: Duration) {
    let known: Vec<String> = routes.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    has_routes(function, &known, budget);
    assert_eq!(twice(&known), None, "the second of two equal rows would never be reached");
    let row = row(function);
    let triggers = row["triggers"].as_array().unwrap();
    assert!(triggers.iter().all(|trigger| trigger["kind"] == "http" && trigger["api"] == "main"));
}

/// The same for routes without a method, or with a parameter in their path. The function may have a schedule, too.
#[track_caller]
pub fn has_routes(function: &str, routes: &[impl AsRef<str>], budget: Duration) {
    let row = row(function);
    let triggers = row["triggers"].as_array().unwrap().iter().filter(|trigger| trigger["kind"] != "schedule");
    let listed: Vec<&Value> = triggers.flat_map(|trigger| trigger["routes"].as_array().unwrap()).collect();
    assert_eq!(listed, routes.iter().map(AsRef::as_ref).collect::<Vec<&str>>());
    assert!(row["timeout_seconds"].as_u64().unwrap() > budget.as_secs());
}

/// The first row that stands twice. A slash at the end of a path does not count, as in a request.
fn twice(rows: &[String]) -> Option<&str> {
    let rows: Vec<&str> = rows.iter().map(|row| row.strip_suffix('/').unwrap_or(row)).collect();
    rows.iter().enumerate().find(|(n, row)| rows.iter().take(*n).any(|before| before == *row)).map(|(_, row)| *row)
}

/// Fails unless the tests of a function, given by their sources, play each of its sample events.
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
    fn second_row_of_one_method_and_path_is_found() {
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
