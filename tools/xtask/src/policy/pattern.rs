//! Patterns of names in our tables; a star at the end stands for any rest: `aws-sdk-*`, `functions/*`.

pub(super) fn any_matches(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

pub(super) fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_matches_any_rest() {
        assert!(matches("reqwest", "reqwest") && !matches("reqwest", "reqwest-middleware"));
        assert!(matches("aws-sdk-*", "aws-sdk-sqs") && !matches("aws-sdk-*", "aws-config"));
        assert!(any_matches(&["a", "functions/*"], "functions/create-order") && !any_matches(&[], "a"));
    }
}
