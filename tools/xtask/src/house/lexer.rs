//! Tells code, comments and literals apart, so that a rule about code finds no words in comments, nor in its own samples.
//! It knows only as much Rust as this takes.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// Code, white space included.
    Code,
    /// A comment, documentation included.
    Comment,
    /// A string or a character, with its quotes.
    Literal,
}

/// The characters of a Rust source, each with its class.
pub(super) fn classify(text: &str) -> Vec<(char, Class)> {
    let chars: Vec<char> = text.chars().collect();
    let mut rest = chars.as_slice();
    let mut classified = Vec::with_capacity(chars.len());
    while !rest.is_empty() {
        let (length, class) = token(rest);
        // A literal that is never closed does not compile, but must not stop this loop.
        let (taken, left) = rest.split_at(length.clamp(1, rest.len()));
        classified.extend(taken.iter().map(|&c| (c, class)));
        rest = left;
    }
    classified
}

/// Whether a character can be part of a name.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length and class of the next token.
fn token(rest: &[char]) -> (usize, Class) {
    match rest {
        ['/', '/', ..] => (find(rest, 0, &['\n']), Class::Comment),
        ['/', '*', ..] => (block_comment(rest), Class::Comment),
        ['"', ..] => (quoted(rest, '"'), Class::Literal),
        // `'a'` and `'\n'` are characters, `'a` is a lifetime.
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => (quoted(rest, '\''), Class::Literal),
        _ => {
            let name: String = rest.iter().copied().take_while(|&c| is_name(c)).collect();
            let length = name.chars().count();
            match raw_string(&name, rest, length) {
                Some(end) => (end, Class::Literal),
                None => (length, Class::Code),
            }
        }
    }
}

/// The length of a literal that begins with its quote.
fn quoted(rest: &[char], quote: char) -> usize {
    let mut is_escaped = false;
    let end = rest.iter().skip(1).position(|&c| {
        let ends = c == quote && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    end.map_or(rest.len(), |inside| inside + 2)
}

/// The length of a raw string that begins with `name`: `r#"…"#`. (`r#type` is a name.)
fn raw_string(name: &str, rest: &[char], start: usize) -> Option<usize> {
    let after = rest.get(start..).filter(|_| ["r", "br", "cr"].contains(&name))?;
    let hashes = after.iter().take_while(|&&c| c == '#').count();
    let quote = start + hashes;
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    (rest.get(quote) == Some(&'"')).then(|| find(rest, quote + 1, &closing) + closing.len())
}

/// The length of a block comment; they nest.
fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    loop {
        match rest.get(at..) {
            Some(['/', '*', ..]) => (depth, at) = (depth + 1, at + 2),
            Some(['*', '/', ..]) => (depth, at) = (depth - 1, at + 2),
            Some([_, ..]) => at += 1,
            Some([]) | None => return at,
        }
        if depth == 0 {
            return at;
        }
    }
}

/// Where `what` first occurs at or after `from`, or the end.
fn find(rest: &[char], from: usize, what: &[char]) -> usize {
    (from..rest.len()).find(|&at| rest.get(at..).is_some_and(|rest| rest.starts_with(what))).unwrap_or(rest.len())
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
            ("b'\"' + '\\'' + '中'", "bsss + ssss + sss"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("x / y", "x / y"),
            ("\"never closed", "sssssssssssss"),
            ("/* never closed", "ccccccccccccccc"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
