//! SPDX licence expressions: whether what a package offers can be met from a list of licences.

/// Evaluates `expression`, asking `allowed` about each licence (with its exception, if it has one). The old way to
/// write a choice, `MIT/Apache-2.0`, is understood.
pub(super) fn is_met(expression: &str, allowed: impl Fn(&str) -> bool) -> Result<bool, String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut parser = Parser { words: spaced.split_whitespace().collect(), at: 0, allowed };
    let met = parser.choice().and_then(|met| match parser.next() {
        None => Ok(met),
        Some(word) => Err(format!("`{word}` is out of place")),
    });
    met.map_err(|why| format!("`{expression}` is no licence expression: {why}"))
}

struct Parser<'a, Allowed> {
    words: Vec<&'a str>,
    at: usize,
    allowed: Allowed,
}

impl<'a, Allowed: Fn(&str) -> bool> Parser<'a, Allowed> {
    /// All of it is read even when the answer is known: a mistake further on must show.
    fn choice(&mut self) -> Result<bool, String> {
        let mut met = self.sum()?;
        while self.take("OR") {
            met |= self.sum()?;
        }
        Ok(met)
    }

    fn sum(&mut self) -> Result<bool, String> {
        let mut met = self.term()?;
        while self.take("AND") {
            met &= self.term()?;
        }
        Ok(met)
    }

    fn term(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let met = self.choice()?;
            return if self.take(")") { Ok(met) } else { Err("a parenthesis stays open".to_owned()) };
        }
        let licence = self.name()?;
        if self.take("WITH") {
            let exception = self.name()?;
            return Ok((self.allowed)(&format!("{licence} WITH {exception}")));
        }
        Ok((self.allowed)(licence))
    }

    fn name(&mut self) -> Result<&'a str, String> {
        match self.next() {
            Some(word) if !["AND", "OR", "WITH", "(", ")"].contains(&word) => Ok(word),
            Some(word) => Err(format!("`{word}` stands where a name should")),
            None => Err("it ends too early".to_owned()),
        }
    }

    fn next(&mut self) -> Option<&'a str> {
        let word = self.words.get(self.at).copied();
        self.at += 1;
        word
    }

    fn take(&mut self, word: &str) -> bool {
        let is_there = self.words.get(self.at) == Some(&word);
        self.at += usize::from(is_there);
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(expression: &str) -> Result<bool, String> {
        is_met(expression, |licence| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&licence))
    }

    #[test]
    fn expressions_are_evaluated() {
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("mit", false),
            ("MIT OR GPL-3.0-only", true),
            ("GPL-3.0-only OR MIT", true),
            ("GPL-2.0-only/MIT", true),
            ("GPL-2.0-only / LGPL-3.0-only", false),
            ("MIT AND ISC", true),
            ("MIT AND GPL-3.0-only", false),
            ("GPL-3.0-only OR MIT AND ISC", true),
            ("MIT OR ISC AND GPL-3.0-only", true),
            ("(MIT OR ISC) AND GPL-3.0-only", false),
            ("MIT AND (GPL-3.0-only OR (ISC))", true),
            ("Apache-2.0", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH LLVM-exception", false),
            ("Apache-2.0 WITH LLVM-exception AND MIT", true),
            ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true),
        ] {
            assert_eq!(met(expression), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn nonsense_is_an_error_and_never_a_yes() {
        for expression in ["", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT ISC", "MIT WITH", "MIT AND AND ISC", "()"] {
            assert!(met(expression).is_err(), "{expression}");
        }
    }
}
