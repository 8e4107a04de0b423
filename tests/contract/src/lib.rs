//! What both contract suites share: departures of an implementation from AWS, and a tap on the connection to it.

pub mod tap;

/// A case that an implementation fails because it is not as AWS is. It must fail, so that the list of departures stays true.
#[derive(Clone, Copy, Debug)]
pub struct Departure {
    pub case: &'static str,
    /// How the implementation differs from AWS.
    pub why: &'static str,
    /// A part of the case's message when it fails for this reason.
    pub says: &'static str,
}

/// A case that departs must fail, and for the reason that it names.
///
/// # Errors
/// The message of a case that failed without reason, or that passes although it is said to depart.
pub fn judge(departure: Option<&Departure>, outcome: Result<(), String>) -> Result<(), String> {
    match (departure, outcome) {
        (None, outcome) => outcome,
        (Some(departure), Err(message)) if message.contains(departure.says) => Ok(()),
        (Some(_), Err(message)) => Err(message),
        (Some(departure), Ok(())) => {
            Err(format!("passes, so it no longer departs: remove the row `{}`", departure.why))
        }
    }
}
