//! Logs: JSON lines on standard output. `LOG_LEVEL` sets the level; errors are always logged, because alarms are made
//! from them.

use tracing::level_filters::LevelFilter;

use crate::settings::Environment;

pub fn begin(environment: &Environment) {
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(level(environment));
    // A second call has no effect.
    let _ = lines.with_current_span(true).with_span_list(false).with_writer(std::io::stdout).try_init();
}

fn level(environment: &Environment) -> LevelFilter {
    let level: Option<LevelFilter> = environment.get("LOG_LEVEL").and_then(|word| word.parse().ok());
    level.unwrap_or(LevelFilter::INFO).max(LevelFilter::ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_logged_at_every_level() {
        for (word, expected) in [
            ("", LevelFilter::INFO),
            ("loud", LevelFilter::INFO),
            ("debug", LevelFilter::DEBUG),
            ("WARN", LevelFilter::WARN),
            ("error", LevelFilter::ERROR),
            ("off", LevelFilter::ERROR),
        ] {
            let environment = [("LOG_LEVEL", word)].into_iter().collect();
            assert_eq!(level(&environment), expected, "{word}");
        }
    }
}
