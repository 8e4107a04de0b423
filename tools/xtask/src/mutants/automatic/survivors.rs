//! `tests/mutants/survivors.toml`: the automatic mutants that nothing catches, each with the reason why it may live.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::judge::Verdict;
use super::list::Automatic;

const FILE: &str = "tests/mutants/survivors.toml";

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Survivor {
    pub(super) file: String,
    pub(super) mutant: String,
    /// Why the program is right with it too.
    pub(super) reason: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivors {
    #[serde(default, rename = "survivor")]
    survivors: Vec<Survivor>,
}

pub(super) fn read(root: &Path) -> Result<Vec<Survivor>, String> {
    let text = fs::read_to_string(root.join(FILE)).map_err(|error| format!("{FILE}: {error}"))?;
    parse(&text).map_err(|why| format!("{FILE}: {why}"))
}

fn parse(text: &str) -> Result<Vec<Survivor>, String> {
    let Survivors { survivors } = toml::from_str(text).map_err(|error| error.to_string())?;
    match survivors.iter().find(|survivor| survivor.reason.trim().is_empty()) {
        Some(without) => Err(format!("{}: {} has no reason", without.file, without.mutant)),
        None => Ok(survivors),
    }
}

pub(super) fn is_listed(mutant: &Automatic, survivors: &[Survivor]) -> bool {
    survivors.iter().any(|survivor| survivor.names(mutant))
}

/// What is wrong with a verdict, given the list.
pub(super) fn fault(mutant: &Automatic, verdict: &Verdict, survivors: &[Survivor]) -> Option<String> {
    let listed = is_listed(mutant, survivors);
    match verdict {
        Verdict::Survives if !listed => {
            Some(format!("SURVIVES: add a test or an invariant that catches it, or list it with its reason in {FILE}"))
        }
        Verdict::Caught(_) | Verdict::DoesNotCompile if listed => {
            Some(format!("listed in {FILE}, and yet caught: take it out"))
        }
        Verdict::Survives | Verdict::Caught(_) | Verdict::DoesNotCompile => None,
    }
}

/// The rows that name no mutant of the sources.
pub(super) fn gone<'a>(survivors: &'a [Survivor], mutants: &[Automatic]) -> Vec<&'a Survivor> {
    survivors.iter().filter(|survivor| !mutants.iter().any(|mutant| survivor.names(mutant))).collect()
}

impl Survivor {
    fn names(&self, mutant: &Automatic) -> bool {
        self.file == mutant.file && self.mutant == mutant.what
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::automatic::list::{Point, Span};
    use crate::shell;

    fn mutant(what: &str) -> Automatic {
        let point = Point { line: 1, column: 1 };
        let span = Span { start: point, end: point };
        Automatic { file: "a.rs".into(), line: 1, what: what.into(), function: None, span, to: String::new() }
    }

    fn listed() -> Vec<Survivor> {
        parse("[[survivor]]\nfile = 'a.rs'\nmutant = 'one'\nreason = 'r'").unwrap()
    }

    #[test]
    fn survivor_must_be_listed_and_a_listed_one_must_survive() {
        let (one, two) = (mutant("one"), mutant("two"));
        let caught = Verdict::Caught("a test".into());
        assert_eq!(fault(&one, &Verdict::Survives, &listed()), None);
        assert_eq!(fault(&two, &caught, &listed()), None);
        assert!(fault(&two, &Verdict::Survives, &listed()).unwrap().starts_with("SURVIVES"));
        assert!(fault(&one, &caught, &listed()).unwrap().contains("and yet caught"));
        assert!(fault(&one, &Verdict::DoesNotCompile, &listed()).is_some());
    }

    #[test]
    fn row_without_a_mutant_or_a_reason_is_found() {
        assert_eq!(gone(&listed(), &[mutant("two")]), listed().iter().collect::<Vec<_>>());
        assert!(gone(&listed(), &[mutant("one")]).is_empty());
        assert!(parse("[[survivor]]\nfile = 'a.rs'\nmutant = 'one'\nreason = ' '").is_err());
        assert!(read(&shell::root()).is_ok());
    }
}
