//! Logs: JSON lines on standard output. `LOG_LEVEL` sets the level for Till's own crates; errors are always logged, because alarms
//! are made from them.
//!
//! Of other crates only warnings and errors are logged, at every level: below that the Lambda runtime, the AWS SDK and HTTP clients
//! write whole events, headers and bodies, and with them tokens, tickets and keys. The runtime's layers, which hold the event, log
//! nothing at all: their errors quote it. A panic is logged by its place, because its message may quote what was being read.

use std::panic::{self, PanicHookInfo};

use till_app::figures;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::metrics::LinesAndMetrics;
use crate::settings::Environment;

/// The beginning of the targets of Till's own crates.
const OURS: &str = "till_";
/// The parts of the Lambda runtime that read events and hand them on.
const EVENT_LAYERS: &str = "lambda_runtime::layers";

pub fn begin(environment: &Environment) {
    panic::set_hook(Box::new(told_without_message));
    // A second call has no effect.
    let stage = environment.get("STAGE").unwrap_or_default();
    let _ = subscriber(level(environment), &stage, std::io::stdout).try_init();
}

/// Writes the lines of Till's crates from this level on, and of others those from `WARN` on; and all figures.
pub fn subscriber(
    level: LevelFilter,
    stage: &str,
    writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    let lines = fmt().json().flatten_event(true).with_max_level(LevelFilter::TRACE);
    let lines = lines.with_current_span(true).with_span_list(false).with_writer(writer);
    let lines = lines.map_event_format(|lines| LinesAndMetrics::new(lines, stage)).finish();
    let others = level.min(LevelFilter::WARN);
    let targets = Targets::new().with_default(others).with_target(OURS, level);
    let targets = targets.with_target(EVENT_LAYERS, LevelFilter::OFF);
    lines.with(targets.with_target(figures::TARGET, LevelFilter::INFO))
}

fn level(environment: &Environment) -> LevelFilter {
    let level: Option<LevelFilter> = environment.get("LOG_LEVEL").and_then(|word| word.parse().ok());
    level.unwrap_or(LevelFilter::INFO).max(LevelFilter::ERROR)
}

fn told_without_message(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "panicked");
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

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

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LevelFilter, log: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        tracing::subscriber::with_default(subscriber(level, "dev", move || writer.clone()), log);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn other_crates_log_warnings_and_errors_alone_at_every_level() {
        for level in [LevelFilter::TRACE, LevelFilter::DEBUG, LevelFilter::INFO, LevelFilter::WARN] {
            let text = logged(level, || {
                tracing::trace!(target: "lambda_runtime::layers::api_response", body = "Bearer a-token", "event");
                tracing::error!(target: "lambda_runtime::layers::panic", error = "Bearer a-token", "panicked");
                tracing::debug!(target: "aws_smithy_runtime::client", "Bearer a-token");
                tracing::info!(target: "hyper_util::client", "Bearer a-token");
                // Spans of others would add their fields to our lines.
                let span = tracing::info_span!(target: "lambda_runtime", "Lambda runtime invoke", payload = "a-token");
                span.in_scope(|| tracing::warn!(target: "till_lambda::routes", "ours"));
                tracing::warn!(target: "lambda_runtime", "theirs");
            });
            assert!(!text.contains("a-token"), "{level}: {text}");
            assert!(text.contains("ours") && text.contains("theirs"), "{level}: {text}");
        }
        assert_eq!(logged(LevelFilter::ERROR, || tracing::warn!(target: "lambda_runtime", "theirs")), "");
    }

    #[test]
    fn level_is_that_of_our_own_crates() {
        let lines = |level| {
            let text = logged(level, || {
                tracing::trace!(target: "till_app", "1");
                tracing::debug!(target: "till_aws", "2");
                tracing::info!(target: "till_lambda", "3");
                tracing::error!(target: "till_order_status", "4");
            });
            text.lines().count()
        };
        let levels = [LevelFilter::TRACE, LevelFilter::DEBUG, LevelFilter::INFO, LevelFilter::WARN, LevelFilter::ERROR];
        assert_eq!(levels.map(lines), [4, 3, 2, 1, 1]);
    }

    #[test]
    fn figures_are_written_at_every_level() {
        let text = logged(LevelFilter::ERROR, || figures::started(7));
        assert!(text.contains(r#""start_ms":7"#), "{text}");
    }

    #[test]
    fn panic_is_logged_by_its_place_and_without_its_message() {
        let text = logged(LevelFilter::TRACE, || {
            let before = panic::take_hook();
            panic::set_hook(Box::new(told_without_message));
            let panicked = panic::catch_unwind(|| panic!("{}", "Bearer a-token"));
            panic::set_hook(before);
            assert!(panicked.is_err());
        });
        assert!(text.contains("panicked") && text.contains("logs.rs") && !text.contains("a-token"), "{text}");
    }
}
