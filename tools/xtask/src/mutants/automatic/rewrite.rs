//! Puts automatic mutants into a source: the body of a function becomes "for this mutant, the body with its change, otherwise
//! the body as it is". Whole bodies, because a change can be a match arm or an operator without a value of its own.

use std::collections::BTreeMap;
use std::ops::Range;

use super::list::{Automatic, Point, Span};
use crate::house::lexer::{Class, classify};

/// A source with mutants in it.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub(super) text: String,
    functions: Vec<Function>,
}

/// A function with mutants in it. Places count characters of the new text.
#[derive(Debug)]
struct Function {
    at: Range<usize>,
    /// The number of each mutant, and its body.
    bodies: Vec<(usize, Range<usize>)>,
}

struct Source {
    chars: Vec<char>,
    /// The characters, with blanks in place of comments and literals.
    code: Vec<char>,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// Rewrites a source with these mutants of it, each with its number. Left out are those outside of any function and those in
/// functions that stand inside others. `on` is the path of the function that says which mutant is on.
pub(super) fn rewrite(text: &str, mutants: &[(usize, &Automatic)], on: &str) -> Rewritten {
    let source = Source::new(text);
    let mut functions: BTreeMap<Span, Vec<(usize, &Automatic)>> = BTreeMap::new();
    for (number, mutant) in mutants {
        if let Some(function) = mutant.function {
            functions.entry(function).or_default().push((*number, mutant));
        }
    }
    let mut out = Rewritten { text: String::new(), functions: Vec::new() };
    let mut length = 0;
    let mut push = |text: &mut String, more: &str| {
        text.push_str(more);
        length += more.chars().count();
        length
    };
    let mut done = 0;
    for (function, mutants) in functions {
        let Some(body) = source.body(function).filter(|body| body.start >= done) else { continue };
        let start = push(&mut out.text, &source.part(done..body.start));
        push(&mut out.text, &format!(" match {on}() {{ "));
        let mut bodies = Vec::new();
        for (number, mutant) in mutants {
            let at = source.range(mutant.span);
            if at.start < body.start || at.end > body.end {
                continue;
            }
            let from = push(&mut out.text, &format!("{number} => {{ "));
            let changed = [&source.part(body.start..at.start), &mutant.to, &source.part(at.end..body.end)];
            let to = changed.iter().map(|part| push(&mut out.text, part)).max().unwrap_or(from);
            bodies.push((number, from..to));
            push(&mut out.text, "\n } ");
        }
        let rest = format!("_ => {{ {}\n }} }} ", source.part(body.clone()));
        let end = push(&mut out.text, &rest);
        out.functions.push(Function { at: start..end, bodies });
        done = body.end;
    }
    push(&mut out.text, &source.part(done..source.chars.len()));
    out
}

/// The source with one mutant in place of the original.
pub(super) fn replace(text: &str, mutant: &Automatic) -> String {
    let source = Source::new(text);
    let at = source.range(mutant.span);
    format!("{}{}{}", source.part(0..at.start), mutant.to, source.part(at.end..source.chars.len()))
}

impl Rewritten {
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.functions.iter().flat_map(|function| function.bodies.iter().map(|(number, _)| *number))
    }

    /// The mutants that an error at this place of the new text speaks of: the one whose body it is in, or all of the function.
    pub(super) fn at(&self, point: Point) -> Vec<usize> {
        let place = Source::new(&self.text).place(point);
        let Some(function) = self.functions.iter().find(|function| function.at.contains(&place)) else {
            return Vec::new();
        };
        let inside = function.bodies.iter().find(|(_, body)| body.contains(&place));
        inside.map_or_else(|| function.bodies.iter().map(|(number, _)| *number).collect(), |(number, _)| vec![*number])
    }
}

impl Source {
    fn new(text: &str) -> Self {
        let classes = classify(text);
        let chars: Vec<char> = classes.iter().map(|(c, _)| *c).collect();
        let code = classes.iter().map(|(c, class)| if *class == Class::Code { *c } else { ' ' }).collect();
        let after = chars.iter().enumerate().filter(|(_, c)| **c == '\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(after).collect();
        Self { chars, code, lines }
    }

    fn place(&self, point: Point) -> usize {
        let line = self.lines.get(point.line.saturating_sub(1)).copied().unwrap_or(self.chars.len());
        line + point.column.saturating_sub(1)
    }

    fn range(&self, span: Span) -> Range<usize> {
        self.place(span.start)..self.place(span.end)
    }

    fn part(&self, range: Range<usize>) -> String {
        self.chars.get(range).unwrap_or_default().iter().collect()
    }

    /// What stands between the last braces of a function.
    fn body(&self, function: Span) -> Option<Range<usize>> {
        let Range { start, end } = self.range(function);
        let code = self.code.get(start..end)?;
        let mut depth = 0_usize;
        for (at, c) in code.iter().enumerate().rev() {
            match c {
                '}' => depth += 1,
                '{' => depth = depth.checked_sub(1)?,
                _ => continue,
            }
            if depth == 0 {
                return Some(start + at + 1..end - 1);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "const A: u8 = 1 + 2;\nfn f() -> u8 {\n    // a }\n    3 * A\n}\n";

    fn point(line: usize, column: usize) -> Point {
        Point { line, column }
    }

    fn mutant(function: Option<Span>, at: (usize, usize), to: &str) -> Automatic {
        let span = Span { start: point(at.0, at.1), end: point(at.0, at.1 + 1) };
        Automatic { file: "f.rs".into(), line: at.0, what: to.into(), function, span, to: to.into() }
    }

    fn mutants() -> Vec<Automatic> {
        let f = Some(Span { start: point(2, 1), end: point(5, 2) });
        vec![mutant(None, (1, 17), "-"), mutant(f, (4, 7), "+"), mutant(f, (4, 7), "/")]
    }

    #[test]
    fn each_mutant_of_a_function_gets_a_body() {
        let mutants = mutants();
        let numbered: Vec<_> = mutants.iter().enumerate().collect();
        let rewritten = rewrite(TEXT, &numbered, "on");
        let body = |op: &str| format!("\n    // a }}\n    3 {op} A\n\n }} ");
        let bodies = format!("1 => {{ {}2 => {{ {}_ => {{ {}}} ", body("+"), body("/"), body("*"));
        assert_eq!(rewritten.text, format!("const A: u8 = 1 + 2;\nfn f() -> u8 {{ match on() {{ {bodies}}}\n"));
        assert_eq!(rewritten.numbers().collect::<Vec<_>>(), [1, 2], "a constant is built alone");
        assert_eq!(replace(TEXT, &mutants[0]), TEXT.replace("1 + 2", "1 - 2"));
    }

    #[test]
    fn error_is_of_the_mutant_in_whose_body_it_is_or_of_the_whole_function() {
        let mutants = mutants();
        let numbered: Vec<_> = mutants.iter().enumerate().collect();
        let rewritten = rewrite(TEXT, &numbered, "on");
        assert_eq!(rewritten.at(point(2, 20)), [1, 2], "at the switch");
        assert_eq!(rewritten.at(point(4, 7)), [1]);
        assert_eq!(rewritten.at(point(7, 7)), [2]);
        assert_eq!(rewritten.at(point(10, 7)), [1, 2], "in the original");
        assert_eq!(rewritten.at(point(1, 7)), [] as [usize; 0]);
    }
}
