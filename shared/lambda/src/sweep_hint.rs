//! Reads the messages of the queue `sweep`: `{"v":1,"shard":3}`. They only name a shard of the due orders in which to look, so a
//! late, repeated or forged one does no harm. One that this release does not know is not acknowledged: a later release may
//! know it.

use std::fmt;

use serde::Deserialize;
use till_app::ports::DUE_SHARDS;

use crate::queue::{Unreadable, versioned};

#[derive(Deserialize)]
struct Body {
    shard: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadHint {
    Shape,
    Version,
    Shard,
}

impl From<Unreadable> for BadHint {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Shape => Self::Shape,
            Unreadable::Version => Self::Version,
        }
    }
}

impl fmt::Display for BadHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "a hint is JSON with v and shard",
            Self::Version => "the hint's version is not one that this release knows",
            Self::Shard => "there is no such shard of the due orders",
        })
    }
}

/// The shard that a message names.
pub fn read(body: &str) -> Result<u8, BadHint> {
    let Body { shard } = versioned(body)?;
    if shard < DUE_SHARDS { Ok(shard) } else { Err(BadHint::Shard) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_hints_are_read() {
        for (body, hint) in [
            (r#"{"v":1,"shard":0}"#, Ok(0)),
            (r#"{"v":1,"shard":15}"#, Ok(15)),
            (r#"{"v":1,"shard":16}"#, Err(BadHint::Shard)),
            (r#"{"v":1,"shard":-1}"#, Err(BadHint::Shape)),
            (r#"{"v":1,"shard":"3"}"#, Err(BadHint::Shape)),
            (r#"{"v":2,"part":"3"}"#, Err(BadHint::Version)),
            (r#"{"v":1}"#, Err(BadHint::Shape)),
            (r#"{"shard":3}"#, Err(BadHint::Shape)),
            ("3", Err(BadHint::Shape)),
            ("", Err(BadHint::Shape)),
        ] {
            assert_eq!(read(body), hint, "{body}");
        }
        assert_eq!(read(&format!(r#"{{"v":1,"shard":3{}}}"#, " ".repeat(1_024))), Err(BadHint::Shape));
    }
}
