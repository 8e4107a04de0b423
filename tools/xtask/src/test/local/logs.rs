//! What functions have logged: nothing by which somebody could act as a user, listen to one, or find out who a buyer is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Beginnings and parts of what must not be logged, and what it is.
const SECRETS: [(&str, &str); 6] = [
    ("ticket=", "the ticket of a socket"),
    ("?t=", "a link to an order's page"),
    ("&t=", "a link to an order's page"),
    // `{"` in base64, with which each token begins.
    ("eyJ", "a bearer token, or a ticket"),
    ("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "the openid that the journeys send"),
    ("_secret_", "a client secret of Stripe"),
];

/// The lines of functions with something secret: what it is, and the function's name. `Err` if no function has logged at all.
pub(super) fn secrets(log: &Path, functions: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    let text = fs::read(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let text = String::from_utf8_lossy(&text);
    let names: Vec<&str> = functions.values().filter_map(|arn| arn.rsplit(':').next()).collect();
    let lines: Vec<(&str, &str)> =
        text.lines().filter_map(|line| line.split_once(": ")).filter(|(name, _)| names.contains(name)).collect();
    if lines.is_empty() {
        return Err(format!("no function has logged into {}", log.display()));
    }
    Ok(lines
        .into_iter()
        .flat_map(|(name, line)| found(line).map(move |what| format!("{name} logged {what}")))
        .collect())
}

fn found(line: &str) -> impl Iterator<Item = &'static str> {
    SECRETS.into_iter().filter(|(part, _)| line.contains(part)).map(|(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_functions_are_found_and_other_lines_are_not_looked_at() {
        let folder = std::env::temp_dir().join(format!("till-logs-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let log = folder.join("emulator.log");
        let functions = BTreeMap::from([("page".to_owned(), "arn:aws:lambda:x:1:function:till-page".to_owned())]);
        fs::write(&log, "till-page: {\"path\":\"/pay/ORD1\"}\nGET /pay/ORD1?t=1.a\n").unwrap();
        assert_eq!(secrets(&log, &functions), Ok(vec![]));
        fs::write(&log, "till-page: /pay/ORD1?t=1.a\ntill-page: Bearer eyJhbGciOi\n").unwrap();
        let expected = ["till-page logged a link to an order's page", "till-page logged a bearer token, or a ticket"];
        assert_eq!(secrets(&log, &functions).unwrap(), expected);
        fs::write(&log, "nothing").unwrap();
        assert!(secrets(&log, &functions).is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
