//! Documents of which commands write parts, between two comments that name the command.

use std::fs;
use std::path::Path;

use crate::{Failure, machine};

/// The document of speed.
const PERFORMANCE: &str = "performance.md";

/// Writes tables as they are printed into their part of the document, with machine and date.
pub fn write_tables(docs: &Path, name: &str, tables: &str) -> Result<(), Failure> {
    let machine::Machine { cpu, cores, kernel, date } = machine::describe();
    let part = format!(
        "Measured on {cpu} with {cores} cores ({date}, Linux {kernel}).\n\n```text\n{}\n```",
        tables.trim_matches('\n')
    );
    let file = docs.join(PERFORMANCE);
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    fs::write(&file, replace(&text, name, &part)?)?;
    println!("written: {}", file.display());
    Ok(())
}

/// Puts a part between its comments, in place of the one before.
pub fn replace(text: &str, name: &str, part: &str) -> Result<String, Failure> {
    let (begin, end) = (format!("<!-- bench {name}: begin -->\n"), format!("<!-- bench {name}: end -->"));
    let found = text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) =
        found.ok_or_else(|| format!("the document lacks the lines `{}` and `{end}`", begin.trim()))?;
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", part.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A\n<!-- bench cold: begin -->\nold\n<!-- bench cold: end -->\nB\n";

    #[test]
    fn part_is_replaced_and_the_rest_stays() {
        let once = replace(TEXT, "cold", "new\n").unwrap();
        assert_eq!(once, "# A\n<!-- bench cold: begin -->\n\nnew\n\n<!-- bench cold: end -->\nB\n");
        assert_eq!(replace(&once, "cold", "new").unwrap(), once);
    }

    #[test]
    fn document_without_the_comments_is_an_error() {
        assert!(replace(TEXT, "load", "new").unwrap_err().to_string().contains("bench load: begin"));
    }
}
