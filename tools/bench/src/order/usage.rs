//! What an order uses of what AWS charges for: what the steps asked for, and what is around them.

use crate::scene::Step;
use crate::stub::capacity;

/// Lambda bills the time from event to answer. Calls of AWS from Lambda usually take a few milliseconds, and providers answer
/// slowly; both are waited for, one after the other.
const AWS_CALL_MS: f64 = 5.0;
const PROVIDER_CALL_MS: f64 = 150.0;
/// A sweep looks at sixteen orders at once. At a million orders a month it finds some twenty-five due each minute: two rounds, in
/// which so many share the waiting.
const ORDERS_A_ROUND: f64 = 12.0;
/// The memory at which Lambda gives a whole core.
const CORE_MB: f64 = 1_769.0;
/// Lambda bills whole milliseconds.
const LEAST_MS: f64 = 1.0;

/// A line of the gateway's access log.
const ACCESS_LINE_BYTES: f64 = 200.0;
/// CloudWatch adds this to each line.
const LINE_BYTES: f64 = 26.0;
/// How the counted calls of providers begin.
const PROVIDERS: [&str; 3] = ["WeChat Pay", "Alipay", "Stripe"];

/// TLS and headers around an answer.
const AROUND_ANSWER_BYTES: f64 = 600.0;
/// A signed request to a provider, with TLS.
const PROVIDER_REQUEST_BYTES: f64 = 1_500.0;

#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub write_units: f64,
    pub read_units: f64,
    pub http_requests: f64,
    pub messages: f64,
    pub socket_minutes: f64,
    pub invocations: f64,
    pub gb_seconds: f64,
    pub queue_requests: f64,
    pub log_bytes: f64,
    pub bytes_out: f64,
}

/// A step, as often as it happens.
pub fn of(step: &Step, times: f64) -> Usage {
    let count =
        |kind: &str| step.asked.get(kind).map_or(0.0, |count| f64::from(u32::try_from(*count).unwrap_or(u32::MAX)));
    let total =
        |begins: &str| step.asked.keys().filter(|kind| kind.starts_with(begins)).map(|kind| count(kind)).sum::<f64>();
    let provider_calls = PROVIDERS.iter().map(|provider| total(provider)).sum::<f64>();
    let aws_calls = total("DynamoDB") + total("Secrets Manager") + total("SQS") + total("API Gateway");
    let cpu_ms = step.cpu.as_secs_f64() * 1e3 * (CORE_MB / f64::from(step.memory_mb)).max(1.0);
    let side_by_side = if step.name == "sweep" { ORDERS_A_ROUND } else { 1.0 };
    let ms = ((aws_calls * AWS_CALL_MS + provider_calls * PROVIDER_CALL_MS) / side_by_side + cpu_ms).max(LEAST_MS);
    let is_http = step.is_invoked && !["push-connection", "fulfil-order"].contains(&step.function.as_str());
    let is_queued = step.function == "fulfil-order";
    let flag = |is: bool| if is { 1.0 } else { 0.0 };
    let bytes = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let access_lines = flag(is_http) * (ACCESS_LINE_BYTES + LINE_BYTES);
    let usage = Usage {
        write_units: count(capacity::WRITES) / 2.0,
        read_units: count(capacity::READS) / 2.0,
        http_requests: flag(is_http),
        messages: total("API Gateway POST"),
        socket_minutes: 0.0,
        invocations: flag(step.is_invoked),
        gb_seconds: ms / 1e3 * f64::from(step.memory_mb) / 1_024.0,
        // The source of events receives and deletes the message.
        queue_requests: total("SQS") + 2.0 * flag(is_queued),
        log_bytes: bytes(step.log_bytes) + bytes(step.log_lines) * LINE_BYTES + access_lines,
        bytes_out: flag(is_http) * (bytes(step.answer_bytes) + AROUND_ANSWER_BYTES)
            + provider_calls * PROVIDER_REQUEST_BYTES,
    };
    usage.times(times)
}

impl Usage {
    pub fn plus(self, other: Self) -> Self {
        self.with(other, |one, other| one + other)
    }

    pub fn times(self, times: f64) -> Self {
        self.with(self, |one, _| one * times)
    }

    fn with(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            write_units: of(self.write_units, other.write_units),
            read_units: of(self.read_units, other.read_units),
            http_requests: of(self.http_requests, other.http_requests),
            messages: of(self.messages, other.messages),
            socket_minutes: of(self.socket_minutes, other.socket_minutes),
            invocations: of(self.invocations, other.invocations),
            gb_seconds: of(self.gb_seconds, other.gb_seconds),
            queue_requests: of(self.queue_requests, other.queue_requests),
            log_bytes: of(self.log_bytes, other.log_bytes),
            bytes_out: of(self.bytes_out, other.bytes_out),
        }
    }
}
