//! How a command ends, for scripts: docs/till.md has the table.

use std::fmt;
use std::process::ExitCode;

use crate::Failure;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    Failed,
    /// As the parser of the command line ends.
    Usage,
    NotFound,
    Refused,
    NotAllowed,
    /// No answer, or none that decides: the same command may succeed later.
    Again,
    NotConfirmed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        let code: u8 = match exit {
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NotFound => 3,
            Exit::Refused => 4,
            Exit::NotAllowed => 5,
            Exit::Again => 6,
            Exit::NotConfirmed => 7,
        };
        Self::from(code)
    }
}

impl Exit {
    pub fn of(failure: &Failure) -> Self {
        failure.downcast_ref::<Stopped>().map_or(Self::Failed, |stopped| stopped.exit)
    }

    /// Of an answer that is no success.
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::NotAllowed,
            404 => Self::NotFound,
            429 | 502..=504 => Self::Again,
            400..=499 => Self::Refused,
            _ => Self::Failed,
        }
    }
}

/// Why a command ended without its result.
#[derive(Debug)]
pub struct Stopped {
    pub exit: Exit,
    text: String,
}

impl Stopped {
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Stopped {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_without_an_exit_of_its_own_ends_with_one() {
        let refused: Failure = Stopped::new(Exit::Refused, "not now").into();
        assert_eq!((Exit::of(&refused), Exit::of(&"a file".into())), (Exit::Refused, Exit::Failed));
    }

    #[test]
    fn each_kind_of_answer_has_its_exit() {
        for (status, exit) in [
            (400, Exit::Refused),
            (401, Exit::NotAllowed),
            (403, Exit::NotAllowed),
            (404, Exit::NotFound),
            (409, Exit::Refused),
            (422, Exit::Refused),
            (429, Exit::Again),
            (500, Exit::Failed),
            (502, Exit::Again),
            (503, Exit::Again),
            (301, Exit::Failed),
        ] {
            assert_eq!(Exit::of_status(status), exit, "{status}");
        }
    }
}
