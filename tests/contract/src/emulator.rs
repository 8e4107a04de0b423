//! The ports on the emulator of AWS, configured as the stack's own functions are.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_types::timeout::TimeoutConfig;
use till_aws::{Aws, Settings, configure};
use till_contract::Departure;
use till_contract::tap::Tap;
use till_journeys::Outcome;
use till_journeys::emulator::Emulator;
use till_journeys::stack::Stack;

pub const NAME: &str = "on_the_emulator";

pub const DEPARTURES: &[Departure] = &[
    Departure {
        case: "queue::second_delete_of_a_message_is_no_error",
        why: "the emulator refuses to delete a message twice, which SQS accepts",
        says: "ReceiptHandleIsInvalid",
    },
    Departure {
        case: "secrets::first_write_whose_answer_is_lost_succeeds",
        why: "the emulator does not recognise a repeated CreateSecret by its token, as Secrets Manager does",
        says: "account/main: AWS gave no usable answer",
    },
    Departure {
        case: "secrets::later_write_whose_answer_is_lost_is_one_version",
        why: "the emulator takes a repeated write for a new one and loses the previous value; Secrets Manager ignores it",
        says: r#"the values is Some(("{\"key\":\"2\"}", None))"#,
    },
];

/// Longer than the product's own, for a busy machine.
const TRY_TIMEOUT: Duration = Duration::from_secs(30);
pub const TRIES: usize = 3;
pub const STAGE: &str = "dev";

pub struct Place {
    pub stack: Stack,
    pub emulator: Emulator,
}

impl Place {
    pub fn running() -> Outcome<Self> {
        let stack = Stack::running()?;
        let emulator = Emulator::of(&stack);
        Ok(Self { stack, emulator })
    }

    /// A process with this tap. `more` overrides the usual variables.
    pub fn process(&self, tap: &Tap, more: &[(&str, &str)]) -> Outcome<Aws> {
        let usual = [
            ("AWS_REGION", self.stack.output("region")?),
            ("AWS_ENDPOINT_URL", self.stack.output("endpoint_url")?),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("STAGE", STAGE),
            ("TABLE_NAME", self.stack.output("table_name")?),
        ];
        let variable = |name: &'static str| {
            more.iter().chain(&usual).find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let settings = Settings::read(variable).map_err(|bad| bad.to_string())?;
        let patient = TimeoutConfig::builder().operation_attempt_timeout(TRY_TIMEOUT).build();
        let config = configure(&settings, variable).into_builder();
        Ok(Aws::new(settings, config.http_client(tap.client()).timeout_config(patient).build()))
    }
}

/// A name that no other case or earlier run has.
pub fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{name}-{:x}-{}", now.as_micros(), NEXT.fetch_add(1, Ordering::Relaxed))
}
