//! Reads `.env` files as teams have them: quotes of three kinds, values over several lines, `export`, comments, CRLF, a BOM. What
//! a line holds is never printed.

use till_providers::check::Kind;

use super::kinds::{LINE_UNREADABLE, QUOTE_UNCLOSED, TEXT_AFTER_QUOTE, VALUE_TOO_LONG};

/// Real files have some KiB.
pub const MOST_FILE_BYTES: u64 = 1024 * 1024;
/// A chain of certificates has some KiB.
const MOST_VALUE_BYTES: usize = 64 * 1024;
const MOST_ENTRIES: usize = 2_000;
/// A key without quotes has fewer lines.
const MOST_KEY_LINES: usize = 100;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quotes {
    None,
    Single,
    Double,
    Back,
    /// A key over several lines without quotes, of which other programs read only the first.
    Missing,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub value: String,
    /// From 1.
    pub line: usize,
    pub quotes: Quotes,
}

#[derive(Default)]
pub struct File {
    pub entries: Vec<Entry>,
    /// Lines that cannot be read.
    pub faults: Vec<(usize, Kind)>,
}

pub fn read(text: &str) -> File {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader { lines: text.split('\n').collect(), at: 0, file: File::default() };
    while reader.at < reader.lines.len() && reader.file.entries.len() < MOST_ENTRIES {
        reader.line();
    }
    reader.file
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    /// The index of the next line.
    at: usize,
    file: File,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let line = self.lines.get(self.at).copied();
        self.at += 1;
        line
    }

    fn line(&mut self) {
        let Some(whole) = self.next() else { return };
        let number = self.at;
        let line = whole.trim();
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        let line = line.strip_prefix("export ").map_or(line, str::trim_start);
        let Some((name, rest)) = line.split_once('=').filter(|(name, _)| is_name(name.trim())) else {
            return self.file.faults.push((number, LINE_UNREADABLE));
        };
        let rest = rest.trim_start();
        let (value, quotes) = match rest.chars().next() {
            Some('"') => (self.quoted(rest, '"', number), Quotes::Double),
            Some('\'') => (self.quoted(rest, '\'', number), Quotes::Single),
            Some('`') => (self.quoted(rest, '`', number), Quotes::Back),
            _ => self.bare(rest),
        };
        if value.len() > MOST_VALUE_BYTES {
            return self.file.faults.push((number, VALUE_TOO_LONG));
        }
        self.file.entries.push(Entry { name: name.trim().to_owned(), value, line: number, quotes });
    }

    /// A value between quotes, which may go on over lines. Without a closing quote it ends with its first line.
    fn quoted(&mut self, first: &'a str, quote: char, number: usize) -> String {
        let mut value = String::new();
        let mut line = first.get(1..).unwrap_or_default();
        let begin = self.at;
        loop {
            match up_to(line, quote, &mut value) {
                Some(rest) => {
                    let rest = rest.trim();
                    if !rest.is_empty() && !rest.starts_with('#') {
                        self.file.faults.push((number, TEXT_AFTER_QUOTE));
                    }
                    return value;
                }
                None if value.len() > MOST_VALUE_BYTES => break,
                None => {}
            }
            value.push('\n');
            match self.next() {
                Some(next) => line = next,
                None => break,
            }
        }
        self.file.faults.push((number, QUOTE_UNCLOSED));
        self.at = begin;
        first.get(1..).unwrap_or_default().to_owned()
    }

    fn bare(&mut self, rest: &str) -> (String, Quotes) {
        let value = without_comment(rest).trim_end().to_owned();
        if value.starts_with("-----BEGIN") && !value.contains("-----END") {
            let after = self.lines.get(self.at..).unwrap_or_default();
            let end = after.iter().take(MOST_KEY_LINES).position(|line| line.contains("-----END") || is_setting(line));
            if let Some(lines) =
                end.and_then(|end| after.get(..=end)).filter(|lines| !lines.iter().any(|line| is_setting(line)))
            {
                let value = [&[value.as_str()][..], lines].concat().join("\n");
                self.at += lines.len();
                return (value, Quotes::Missing);
            }
        }
        (value, Quotes::None)
    }
}

/// Adds to `value` what stands before the closing quote, and returns what comes after it; `None` if the quote goes on.
fn up_to<'a>(line: &'a str, quote: char, value: &mut String) -> Option<&'a str> {
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            return line.get(at + 1..);
        }
        // Only double quotes have escapes.
        if letter != '\\' || quote != '"' {
            value.push(letter);
            continue;
        }
        match letters.next().map(|(_, letter)| letter) {
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some(letter @ ('"' | '\\' | '$' | '\'' | '`')) => value.push(letter),
            Some(letter) => value.extend(['\\', letter]),
            None => value.push('\\'),
        }
    }
    None
}

/// A comment begins with a `#` after a space, or at once.
fn without_comment(rest: &str) -> &str {
    if rest.starts_with('#') {
        return "";
    }
    let ends = [" #", "\t#"].iter().filter_map(|mark| rest.find(mark));
    ends.min().and_then(|end| rest.get(..end)).unwrap_or(rest)
}

fn is_name(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// Whether a line sets another name. Base64 has no `_`, and its `=` stands at the end.
fn is_setting(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, _)| is_name(name.trim()) && name.contains('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        read(text).entries.into_iter().map(|entry| (entry.name, entry.value)).collect()
    }

    #[test]
    fn each_way_of_writing_has_its_value() {
        for (text, expected) in [
            ("A=b", "b"),
            ("A=", ""),
            ("A = b ", "b"),
            ("  A\t=\tb", "b"),
            ("export A=b", "b"),
            ("export   A=b", "b"),
            ("\u{feff}A=b", "b"),
            ("A=b\r\n", "b"),
            ("A=b # why", "b"),
            ("A=b#c", "b#c"),
            ("A=#c", ""),
            ("A=b=c==", "b=c=="),
            ("A=\"b\"", "b"),
            ("A=\"b\" # why", "b"),
            ("A=\" b \"", " b "),
            ("A=\"b # c\"", "b # c"),
            ("A='b \"c\" \\n'", "b \"c\" \\n"),
            ("A=`it's \"b\"`", "it's \"b\""),
            (r#"A="b\nc\t\"d\"\\n\$x\q""#, "b\nc\t\"d\"\\n$x\\q"),
            ("A=b\\nc", "b\\nc"),
            ("A=\"b\n\nc\"", "b\n\nc"),
            ("A='b\r\nc'\r\n", "b\nc"),
            ("A=\"\"", ""),
            ("A=-----BEGIN K-----\nQQ==\n-----END K-----", "-----BEGIN K-----\nQQ==\n-----END K-----"),
            ("A=-----BEGIN K-----QQ==-----END K-----", "-----BEGIN K-----QQ==-----END K-----"),
        ] {
            assert_eq!(values(text), [("A".to_owned(), expected.to_owned())], "{text:?}");
        }
    }

    #[test]
    fn next_entry_is_read_after_each_way_of_writing() {
        for text in ["A=b", "A='b\nc'", "# A", "A=\"b\" # c", "", "A=-----BEGIN K-----\nQQ==\n-----END K-----", "A=\"b"]
        {
            let all = values(&format!("{text}\nB_C=d"));
            assert_eq!(all.last(), Some(&("B_C".to_owned(), "d".to_owned())), "{text:?}");
        }
    }

    #[test]
    fn lines_that_cannot_be_read_are_told_by_their_number() {
        let faults = |text: &str| read(text).faults.into_iter().map(|(n, kind)| (n, kind.word)).collect::<Vec<_>>();
        assert_eq!(faults("A=b\njust words"), [(2, "line_unreadable")]);
        assert_eq!(faults("1A=b"), [(1, "line_unreadable")]);
        assert_eq!(faults("=b"), [(1, "line_unreadable")]);
        assert_eq!(faults("A=\"b\nB=c"), [(1, "quote_unclosed")]);
        assert_eq!(faults("A=\"b\"c"), [(1, "text_after_quote")]);
        assert_eq!(faults(&format!("A={}", "b".repeat(MOST_VALUE_BYTES + 1))), [(1, "value_too_long")]);
        assert_eq!(faults("# comment\n\nA=b"), []);
    }

    #[test]
    fn key_without_quotes_ends_with_its_last_line() {
        let file = read("K_A=-----BEGIN K-----\nQQ==\n-----END K-----\nB=c");
        assert_eq!((file.entries[0].quotes, file.entries[1].line), (Quotes::Missing, 4));
        // Without an end the following settings are not swallowed.
        let cut = read("K_A=-----BEGIN K-----\nB_C=d");
        assert_eq!((cut.entries.len(), cut.entries[0].quotes), (2, Quotes::None));
        assert_eq!(cut.entries[0].value, "-----BEGIN K-----");
    }

    #[test]
    fn number_of_entries_is_limited() {
        assert_eq!(read(&"A=b\n".repeat(MOST_ENTRIES + 5)).entries.len(), MOST_ENTRIES);
    }
}
