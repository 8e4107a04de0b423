//! What the commands print: findings as lines for people, or as JSON for programs, and the exit code.

use std::fmt::Write as _;

use serde_json::{Value, json};
use till_providers::check::{Finding, Level};

/// Something does not work.
const FAULTS: u8 = 1;
/// Something could not be found out.
const UNCHECKED: u8 = 2;

/// A finding, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placed {
    pub finding: Finding,
    /// A name of the file, or an account with one of its fields.
    pub about: String,
    pub line: Option<usize>,
    /// Where a missing setting comes from.
    pub hint: Option<String>,
}

#[derive(Clone, Default, Debug)]
pub struct Report(pub Vec<Placed>);

impl Report {
    pub fn count(&self, level: Level) -> usize {
        self.0.iter().filter(|placed| placed.finding.kind.level == level).count()
    }

    pub fn exit_code(&self) -> u8 {
        if self.count(Level::Fault) > 0 {
            FAULTS
        } else if self.count(Level::Unchecked) > 0 {
            UNCHECKED
        } else {
            0
        }
    }

    /// Faults first, each level in the order of the file.
    fn sorted(&self) -> Vec<&Placed> {
        let mut all: Vec<&Placed> = self.0.iter().collect();
        all.sort_by_key(|placed| (placed.finding.kind.level, placed.line));
        all
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        for placed in self.sorted() {
            let Finding { kind, detail, .. } = &placed.finding;
            let line = placed.line.map(|line| format!(" (line {line})")).unwrap_or_default();
            // Writing into a text cannot fail.
            let _ = write!(text, "{:9} {}{line}: {}", kind.level.as_str(), placed.about, kind.message);
            for more in [detail, &placed.hint].into_iter().flatten() {
                let _ = write!(text, " ({more})");
            }
            let _ = writeln!(text, " [{}]", kind.word);
        }
        text.push_str(&self.summary());
        text
    }

    fn summary(&self) -> String {
        let named = [
            (Level::Fault, "fault", "faults"),
            (Level::Unchecked, "question that could not be answered", "questions that could not be answered"),
            (Level::Warning, "warning", "warnings"),
        ];
        let parts: Vec<String> = named
            .into_iter()
            .map(|(level, one, many)| (self.count(level), one, many))
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
            .collect();
        if parts.is_empty() {
            "Nothing is wrong.\n".to_owned()
        } else {
            format!("{}. docs/check-config.md explains each word.\n", parts.join(", "))
        }
    }

    pub fn json(&self) -> Value {
        let findings = self.sorted().into_iter().map(|placed| {
            let Finding { kind, detail, .. } = &placed.finding;
            json!({
                "word": kind.word,
                "level": kind.level.as_str(),
                "about": placed.about,
                "line": placed.line,
                "message": kind.message,
                "detail": detail,
                "hint": placed.hint,
            })
        });
        json!({
            "findings": findings.collect::<Vec<_>>(),
            "faults": self.count(Level::Fault),
            "unchecked": self.count(Level::Unchecked),
            "warnings": self.count(Level::Warning),
        })
    }

    pub fn print(&self, as_json: bool) {
        if as_json {
            println!("{:#}", self.json());
        } else {
            print!("{}", self.text());
        }
    }
}

#[cfg(test)]
mod tests {
    use till_providers::check::{KEY_CUT, KEY_IS_PKCS1, Kind, PROVIDER_BUSY};

    use super::*;

    fn placed(kind: Kind, line: usize) -> Placed {
        let finding = Finding { kind, field: "a".to_owned(), detail: Some("why".to_owned()) };
        Placed { finding, about: "A".to_owned(), line: Some(line), hint: None }
    }

    #[test]
    fn exit_code_is_that_of_the_worst_finding() {
        let code = |kinds: &[Kind]| Report(kinds.iter().map(|kind| placed(*kind, 1)).collect()).exit_code();
        assert_eq!(code(&[]), 0);
        assert_eq!(code(&[KEY_IS_PKCS1]), 0);
        assert_eq!(code(&[PROVIDER_BUSY, KEY_IS_PKCS1]), 2);
        assert_eq!(code(&[PROVIDER_BUSY, KEY_CUT]), 1);
    }

    #[test]
    fn faults_come_first_with_their_place_and_word() {
        let report = Report(vec![placed(KEY_IS_PKCS1, 1), placed(KEY_CUT, 2)]);
        let text = report.text();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("fault     A (line 2): The key begins"), "{text}");
        assert!(lines[0].ends_with("(why) [key_cut]"), "{text}");
        assert!(lines[1].starts_with("note      A (line 1)"), "{text}");
        assert_eq!(lines[2], "1 fault. docs/check-config.md explains each word.");
        assert_eq!(Report::default().text(), "Nothing is wrong.\n");
        assert_eq!(report.json()["findings"][0]["word"], "key_cut");
        assert_eq!(report.json()["faults"], 1);
    }
}
