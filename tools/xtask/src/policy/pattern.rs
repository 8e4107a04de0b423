//! Names with a star at the end, as our tables write them: `aws-sdk-*`, `functions/*`.

/// Whether one of the patterns means this name.
pub(super) fn any_matches(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

/// Whether a pattern means this name.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_the_rest() {
        assert!(matches("reqwest", "reqwest") && !matches("reqwest", "reqwest-middleware"));
        assert!(matches("aws-sdk-*", "aws-sdk-sqs") && !matches("aws-sdk-*", "aws-config"));
        assert!(any_matches(&["a", "functions/*"], "functions/create-order") && !any_matches(&[], "a"));
    }
}
