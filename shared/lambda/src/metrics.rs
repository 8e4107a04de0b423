//! The team's figures as CloudWatch's embedded metrics: one JSON line each, from which CloudWatch makes metrics without a call.
//! Numbers become metrics, and words the dimensions by which they are told apart; the unit is in a metric's name.
//! The form: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::fmt::{self, Debug, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use till_app::figures;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes figures as metrics, and every other event as `lines` does.
pub(crate) struct LinesAndMetrics<F> {
    lines: F,
    namespace: String,
}

impl<F> LinesAndMetrics<F> {
    pub(crate) fn new(lines: F, stage: &str) -> Self {
        Self { lines, namespace: format!("Till/{stage}") }
    }
}

impl<S, N, F> FormatEvent<S, N> for LinesAndMetrics<F>
where
    S: Subscriber + for<'l> LookupSpan<'l>,
    N: for<'w> FormatFields<'w> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if event.metadata().target() != figures::TARGET {
            return self.lines.format_event(context, writer, event);
        }
        let mut parts = Parts::default();
        event.record(&mut parts);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        writeln!(writer, "{}", parts.line(&self.namespace, now))
    }
}

/// The parts of a line that the fields of a figure fill. Names and words are written in the code, and need no escape.
#[derive(Default)]
struct Parts {
    dimensions: String,
    metrics: String,
    values: String,
}

impl Parts {
    fn line(&self, namespace: &str, now: u128) -> String {
        let Self { dimensions, metrics, values } = self;
        format!(
            r#"{{"_aws":{{"Timestamp":{now},"CloudWatchMetrics":[{{"Namespace":"{namespace}","Dimensions":[[{dimensions}]],"Metrics":[{metrics}]}}]}}{values}}}"#
        )
    }

    fn value(&mut self, name: &str, value: impl Debug) {
        // Writing to a string cannot fail.
        let _ = write!(self.values, r#","{name}":{value:?}"#);
    }
}

fn separate(list: &mut String) {
    if !list.is_empty() {
        list.push(',');
    }
}

impl Visit for Parts {
    fn record_u64(&mut self, field: &Field, value: u64) {
        separate(&mut self.metrics);
        let _ = write!(self.metrics, r#"{{"Name":"{}"}}"#, field.name());
        self.value(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        separate(&mut self.dimensions);
        let _ = write!(self.dimensions, r#""{}""#, field.name());
        self.value(field.name(), value);
    }

    /// A figure has whole numbers and words only.
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use till_domain::provider::Provider;
    use tracing::level_filters::LevelFilter;

    use super::*;
    use crate::logs::subscriber;

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

    /// The lines that are written, each without its time.
    fn lines(log: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = subscriber(LevelFilter::INFO, "shop", move || writer.clone());
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let without_time = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let time = line["_aws"]["Timestamp"].take().as_u64();
            assert!(time.is_some_and(|time| time > 1_700_000_000_000), "milliseconds since 1970: {time:?}");
            line
        };
        text.lines().map(without_time).collect()
    }

    #[test]
    fn numbers_become_metrics_and_words_dimensions() {
        let written = lines(|| {
            figures::callback_answered(Provider::Alipay, "settled");
            figures::provider_called(Provider::Stripe, 120, true);
            figures::started(15);
        });
        let metrics = |dimensions: Value, names: &[&str]| {
            let metrics: Vec<Value> = names.iter().map(|name| json!({ "Name": name })).collect();
            json!({
                "Timestamp": null,
                "CloudWatchMetrics": [{ "Namespace": "Till/shop", "Dimensions": [dimensions], "Metrics": metrics }],
            })
        };
        let expected = [
            json!({
                "_aws": metrics(json!(["provider", "answer"]), &["callbacks"]),
                "provider": "alipay", "answer": "settled", "callbacks": 1,
            }),
            json!({
                "_aws": metrics(json!(["provider"]), &["provider_ms", "provider_failures"]),
                "provider": "stripe", "provider_ms": 120, "provider_failures": 1,
            }),
            json!({ "_aws": metrics(json!([]), &["start_ms"]), "start_ms": 15 }),
        ];
        assert_eq!(written, expected);
    }
}
