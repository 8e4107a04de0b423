//! The log of the current thread, captured for tests.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Once;

use tracing::span;

type Lines = Rc<RefCell<Vec<String>>>;

thread_local! {
    static LINES: RefCell<Option<Lines>> = const { RefCell::new(None) };
}

/// Captures the log of this thread until it is dropped.
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
        LINES.set(Some(Rc::clone(&lines)));
        Self(lines)
    }

    /// The lines since the last call, as `LEVEL name=value name=value`.
    pub fn lines(&self) -> Vec<String> {
        self.0.take()
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
        metadata.target().starts_with("till_")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let Some(lines) = LINES.with_borrow(Clone::clone) else { return };
        let mut line = event.metadata().level().to_string();
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            write!(line, " {field}={value:?}").unwrap();
        });
        lines.borrow_mut().push(line);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
