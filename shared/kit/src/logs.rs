//! Log lines: JSON on standard output, which Lambda keeps. `LOG_LEVEL` sets how much.

use tracing::level_filters::LevelFilter;

use crate::settings::Environment;

/// Begins to log. Called once, before anything else.
pub fn begin(environment: &Environment) {
    let level = environment.get("LOG_LEVEL").and_then(|word| word.parse().ok()).unwrap_or(LevelFilter::INFO);
    let lines = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(level);
    // A second call, as in tests, changes nothing.
    let _ = lines.with_current_span(true).with_span_list(false).with_writer(std::io::stdout).try_init();
}
