//! Log lines: JSON on standard output, which Lambda keeps. `LOG_LEVEL` sets how much, and never nothing: alarms are lines.

use tracing::level_filters::LevelFilter;

use crate::settings::Environment;

/// Begins to log. Called once, before anything else.
pub fn begin(environment: &Environment) {
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(level(environment));
    // A second call, as in tests, changes nothing.
    let _ = lines.with_current_span(true).with_span_list(false).with_writer(std::io::stdout).try_init();
}

/// A person is called by a line at level ERROR: that level is never left out.
fn level(environment: &Environment) -> LevelFilter {
    let level: Option<LevelFilter> = environment.get("LOG_LEVEL").and_then(|word| word.parse().ok());
    level.unwrap_or(LevelFilter::INFO).max(LevelFilter::ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_are_never_left_out() {
        for (word, expected) in [
            ("", LevelFilter::INFO),
            ("loud", LevelFilter::INFO),
            ("debug", LevelFilter::DEBUG),
            ("WARN", LevelFilter::WARN),
            ("error", LevelFilter::ERROR),
            ("off", LevelFilter::ERROR),
        ] {
            let environment = [("LOG_LEVEL".to_owned(), word.to_owned())].into_iter().collect();
            assert_eq!(level(&environment), expected, "{word}");
        }
    }
}
