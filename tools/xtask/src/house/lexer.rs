//! Tells code, comments and literals apart, so that a rule about code finds no words in comments, nor in its own samples.

use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// Code, white space and numbers included.
    Code,
    /// A comment, documentation included.
    Comment,
    /// A string or a character, with its quotes.
    Literal,
}

/// The characters of a Rust source, each with its class.
pub(crate) fn classify(text: &str) -> Vec<(char, Class)> {
    let mut characters = text.chars();
    let classes = tokenize(text, FrontmatterAllowed::No).flat_map(|token| {
        let (text, rest) = characters.as_str().split_at(usize::try_from(token.len).unwrap_or_default());
        characters = rest.chars();
        text.chars().map(move |c| (c, class(token.kind)))
    });
    classes.collect()
}

/// Whether a character can be part of a name.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn class(kind: TokenKind) -> Class {
    match kind {
        TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => Class::Comment,
        TokenKind::Literal { kind: LiteralKind::Int { .. } | LiteralKind::Float { .. }, .. } => Class::Code,
        TokenKind::Literal { .. } => Class::Literal,
        _ => Class::Code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `c` for the characters of comments and `s` for those of literals.
    fn shown(text: &str) -> String {
        let show = |(c, class)| match class {
            Class::Code => c,
            Class::Comment => 'c',
            Class::Literal => 's',
        };
        classify(text).into_iter().map(show).collect()
    }

    #[test]
    fn comments_and_literals_are_distinguished_from_code() {
        for (text, expected) in [
            ("a // b\nd", "a cccc\nd"),
            ("a /* b /* e */ f */ d", "a ccccccccccccccccc d"),
            ("f(\"a // b\")", "f(ssssssss)"),
            (r#"f("a\"b", c)"#, "f(ssssss, c)"),
            (r#"f("a\\", c)"#, "f(sssss, c)"),
            ("f(r\"a\\\", c)", "f(sssss, c)"),
            ("f(r#\"a\"b\"#, c)", "f(ssssssss, c)"),
            ("f(br##\"a\"#b\"##)", "f(ssssssssssss)"),
            ("r#type + bar\"x\"", "r#type + barsss"),
            ("b'\"' + '\\'' + '中'", "ssss + ssss + sss"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("x / y", "x / y"),
            ("\"never closed", "sssssssssssss"),
            ("/* never closed", "ccccccccccccccc"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
