//! A shop in memory, against which the functions' tests play sample events. A test sets what its providers answer, the clock
//! stands still, and each shop makes its own token keys.

#![expect(clippy::missing_panics_doc, reason = "a helper of tests panics if a test fails")]

pub mod answer;
pub mod document;
pub mod event;
pub mod notices;
pub mod plain;
pub mod refusals;
pub mod script;
pub mod shop;
pub mod table;

pub use answer::Answered;
pub use event::Event;
pub use script::Script;
pub use shop::Shop;
