//! The log and the figures of the current thread, captured for tests.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Once;

use till_app::figures;
use tracing::span;

#[derive(Clone, Default)]
struct Lines {
    log: Rc<RefCell<Vec<String>>>,
    figures: Rc<RefCell<Vec<String>>>,
}

thread_local! {
    static LINES: RefCell<Option<Lines>> = const { RefCell::new(None) };
}

/// Captures the log and the figures of this thread until it is dropped.
pub struct LogCapture(Lines);

impl Default for LogCapture {
    fn default() -> Self {
        Self::new()
    }
}

impl LogCapture {
    /// Installs one subscriber for all threads: a subscriber that comes and goes misses events whose call site is reached for
    /// the first time meanwhile.
    ///
    /// # Panics
    ///
    /// If the process has another subscriber already.
    pub fn install() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Subscriber).unwrap());
    }

    pub fn new() -> Self {
        Self::install();
        let lines = Lines::default();
        LINES.set(Some(lines.clone()));
        Self(lines)
    }

    /// The lines since the last call, as `LEVEL name=value name=value`.
    pub fn lines(&self) -> Vec<String> {
        self.0.log.take()
    }

    /// The figures since the last call, as `name=value name=value`.
    pub fn figures(&self) -> Vec<String> {
        self.0.figures.take()
    }
}

impl Drop for LogCapture {
    fn drop(&mut self) {
        LINES.set(None);
    }
}

struct Subscriber;

impl tracing::Subscriber for Subscriber {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("till_") || metadata.target() == figures::TARGET
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let Some(lines) = LINES.with_borrow(Clone::clone) else { return };
        let mut fields = String::new();
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            write!(fields, " {field}={value:?}").unwrap();
        });
        if event.metadata().target() == figures::TARGET {
            lines.figures.borrow_mut().push(fields.trim_start().to_owned());
        } else {
            lines.log.borrow_mut().push(format!("{}{fields}", event.metadata().level()));
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
