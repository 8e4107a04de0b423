//! A shop in memory before which functions play the events that the gateway sends. For tests alone: its providers say what a
//! test wants, its clock stands still, and its token keys are made anew by each shop.

#![expect(clippy::missing_panics_doc, reason = "a test that does not get what it wants fails")]

pub mod answer;
pub mod event;
pub mod notices;
pub mod plain;
pub mod script;
pub mod shop;
pub mod table;

pub use answer::Answered;
pub use event::Event;
pub use script::Script;
pub use shop::Shop;
