//! A host of the Lambda Runtime API: starts a program as Lambda does, delivers events to it one after the other, and takes its
//! times, CPU and memory. Any program of that API can be hosted: our functions, and those of other languages.

mod desk;
mod process;
mod program;
mod share;
#[cfg(test)]
mod tests;

pub use process::{Invocation, Process};
pub use program::Program;
pub use share::Means;
