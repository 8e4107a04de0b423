//! Puts mutants into a source: each text becomes "if the mutant is on, its replacement, else the original".

use std::cmp::Reverse;
use std::ops::Range;

use super::rows::{Edit, Mutant};

/// The place of an edit in a source.
struct Place<'a> {
    at: Range<usize>,
    mutant: &'a str,
    number: usize,
    to: &'a str,
}

/// The source of `file` with all edits that name it. `is_on` is the path of the function that says whether a mutant is on.
pub(crate) fn splice(file: &str, source: &str, mutants: &[Mutant], is_on: &str) -> Result<String, Vec<String>> {
    let mut places = Vec::new();
    let mut faults = Vec::new();
    for (i, mutant) in mutants.iter().enumerate() {
        for edit in mutant.edits.iter().filter(|edit| edit.file == file) {
            match find(source, edit) {
                Ok(at) => places.push(Place { at, mutant: &mutant.name, number: i + 1, to: edit.to.trim() }),
                Err(why) => faults.push(format!("mutant {}: {why}", mutant.name)),
            }
        }
    }
    // An outer text comes before the texts inside it.
    places.sort_by_key(|place| (place.at.start, Reverse(place.at.end), place.number));
    faults.extend(overlaps(file, &places));
    if faults.is_empty() { Ok(render(source, 0..source.len(), &places, is_on)) } else { Err(faults) }
}

/// The place of the text to replace: the whole of `from`, or what is marked in it.
fn find(source: &str, edit: &Edit) -> Result<Range<usize>, String> {
    let from = edit.from.trim();
    let text = from.replace(['«', '»'], "");
    let found: Vec<usize> = source.match_indices(&text).map(|(at, _)| at).collect();
    let [at] = found[..] else {
        let advice = if found.is_empty() {
            "the source has changed: write the text as it is now, or break the rule in another way"
        } else {
            "add text around it until it occurs once, and mark what is replaced with «…»"
        };
        return Err(format!("its text is in {} {} times, not once; {advice}:\n{from}", edit.file, found.len()));
    };
    let Some((before, rest)) = from.split_once('«') else { return Ok(at..at + text.len()) };
    let (marked, _) = rest.split_once('»').ok_or_else(|| format!("its text opens « and never closes it:\n{from}"))?;
    let start = at + before.len();
    Ok(start..start + marked.len())
}

/// Two texts may be the same or one inside the other, but must not overlap in part.
fn overlaps(file: &str, places: &[Place<'_>]) -> Vec<String> {
    let pairs = places.iter().enumerate().flat_map(|(i, a)| places[i + 1..].iter().map(move |b| (a, b)));
    let overlapping = pairs.filter(|(a, b)| b.at.start < a.at.end && b.at.end > a.at.end);
    let fault = |(a, b): (&Place<'_>, &Place<'_>)| {
        let (a, b) = (a.mutant, b.mutant);
        format!("mutants {a} and {b}: their texts in {file} overlap in part; make them the same text, or two apart")
    };
    overlapping.map(fault).collect()
}

/// One part of the source with the places that lie in it.
fn render(source: &str, part: Range<usize>, places: &[Place<'_>], is_on: &str) -> String {
    let mut text = String::new();
    let mut done = part.start;
    let mut rest = places;
    while let Some(first) = rest.first() {
        let site = &first.at;
        let same = rest.iter().take_while(|place| place.at == *site).count();
        let inside = rest[same..].iter().take_while(|place| place.at.start < site.end).count();
        let (here, later) = rest.split_at(same + inside);
        let original = render(source, site.clone(), &here[same..], is_on);
        text.push_str(&source[done..site.start]);
        text.push_str(&switched(&here[..same], &original, is_on));
        done = site.end;
        rest = later;
    }
    text.push_str(&source[done..part.end]);
    text
}

fn switched(mutants: &[Place<'_>], original: &str, is_on: &str) -> String {
    let branch = |place: &Place<'_>| format!("if {is_on}({}) {{ {} }} else ", place.number, place.to);
    let branches: String = mutants.iter().map(branch).collect();
    let switched = format!("{branches}{{ {original} }}");
    // The parentheses keep an expression apart from the operators around it.
    if original.ends_with(';') { switched } else { format!("({switched})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(name: &str, edits: &[(&str, &str)]) -> Mutant {
        let edit = |(from, to): &(&str, &str)| Edit { file: "f.rs".into(), from: (*from).into(), to: (*to).into() };
        Mutant {
            name: name.into(),
            breaks: String::new(),
            world: None,
            invariant: String::new(),
            also_in: None,
            property: None,
            edits: edits.iter().map(edit).collect(),
        }
    }

    fn spliced(source: &str, mutants: &[Mutant]) -> Result<String, Vec<String>> {
        splice("f.rs", source, mutants, "on")
    }

    #[test]
    fn expression_gets_parentheses_and_statements_do_not() {
        let mutants = [mutant("A", &[("a < b", "true")]), mutant("B", &[("x = 1;\ny = 2;", "")])];
        let text = spliced("f(a < b); x = 1;\ny = 2; z", &mutants).unwrap();
        assert_eq!(text, "f((if on(1) { true } else { a < b })); if on(2) {  } else { x = 1;\ny = 2; } z");
    }

    #[test]
    fn only_the_marked_part_is_replaced() {
        let text = spliced("a + c; b + c", &[mutant("A", &[("b + «c»", "d")])]).unwrap();
        assert_eq!(text, "a + c; b + (if on(1) { d } else { c })");
        assert!(spliced("b", &[mutant("A", &[("«b", "d")])]).unwrap_err()[0].contains("never closes"));
    }

    #[test]
    fn same_and_nested_texts_are_combined() {
        let mutants = [mutant("In", &[("b", "2")]), mutant("Out", &[("a + b", "3")]), mutant("Same", &[("b", "4")])];
        let text = spliced("f(a + b)", &mutants).unwrap();
        let inner = "(if on(1) { 2 } else if on(3) { 4 } else { b })";
        assert_eq!(text, format!("f((if on(2) {{ 3 }} else {{ a + {inner} }}))"));
    }

    #[test]
    fn all_edits_of_a_mutant_are_made_in_their_file_only() {
        let mut far = mutant("Far", &[("b", "3")]);
        far.edits[0].file = "g.rs".into();
        let text = spliced("a b", &[mutant("A", &[("a", "1"), ("b", "2")]), far]).unwrap();
        assert_eq!(text, "(if on(1) { 1 } else { a }) (if on(1) { 2 } else { b })");
    }

    #[test]
    fn missing_text_is_reported_with_advice() {
        let faults = spliced("b", &[mutant("A", &[("a", "1")])]).unwrap_err();
        let advice = "the source has changed: write the text as it is now, or break the rule in another way";
        assert_eq!(faults, [format!("mutant A: its text is in f.rs 0 times, not once; {advice}:\na")]);
    }

    #[test]
    fn text_that_occurs_twice_is_reported_with_advice() {
        let faults = spliced("a a", &[mutant("A", &[("a", "1")])]).unwrap_err();
        let advice = "add text around it until it occurs once, and mark what is replaced with «…»";
        assert_eq!(faults, [format!("mutant A: its text is in f.rs 2 times, not once; {advice}:\na")]);
    }

    #[test]
    fn texts_that_overlap_in_part_are_reported() {
        let faults = spliced("a b c", &[mutant("A", &[("a b", "1")]), mutant("B", &[("b c", "2")])]).unwrap_err();
        let advice = "make them the same text, or two apart";
        assert_eq!(faults, [format!("mutants A and B: their texts in f.rs overlap in part; {advice}")]);
    }
}
