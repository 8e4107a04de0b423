//! The words of a command line: flags, named values, and what is left. A word that is not known is an error.

use std::fmt;

/// A command was called wrongly.
#[derive(Debug)]
pub struct Misused(String);

impl Misused {
    /// The same as the error of a command.
    pub fn boxed(why: impl Into<String>) -> Box<dyn std::error::Error> {
        Box::new(Self(why.into()))
    }
}

impl fmt::Display for Misused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misused {}

/// Words, sorted.
#[derive(Debug, Default)]
pub struct Words {
    flags: Vec<String>,
    values: Vec<(String, String)>,
    rest: Vec<String>,
}

impl Words {
    /// Sorts words: names that take a value, and names that take none.
    pub fn read(words: &[String], values: &[&str], flags: &[&str]) -> Result<Self, Misused> {
        let mut read = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if flags.contains(&word.as_str()) {
                read.flags.push(word.clone());
            } else if values.contains(&word.as_str()) {
                let value = words.next().ok_or_else(|| Misused(format!("{word} wants a value")))?;
                if read.value(word).is_some() {
                    return Err(Misused(format!("{word} is there twice")));
                }
                read.values.push((word.clone(), value.clone()));
            } else if word.starts_with('-') && word.len() > 1 {
                return Err(Misused(format!("`{word}` is not known here")));
            } else {
                read.rest.push(word.clone());
            }
        }
        Ok(read)
    }

    /// Whether a flag is there.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|found| found == flag)
    }

    /// A named value.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A named value that has to be there.
    pub fn must(&self, name: &str) -> Result<&str, Misused> {
        self.value(name).ok_or_else(|| Misused(format!("{name} is missing")))
    }

    /// What is left.
    pub fn rest(&self) -> &[String] {
        &self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted_and_unknown_ones_refused() {
        let read = |words: &str| {
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            Words::read(&words, &["--user"], &["--admin"])
        };
        let words = read("a --user U --admin -").expect("they are known");
        assert_eq!((words.value("--user"), words.has("--admin")), (Some("U"), true));
        assert_eq!(words.rest(), ["a", "-"]);
        assert!(words.must("--id").is_err());
        for wrong in ["--user", "--user a --user b", "--service", "-x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
