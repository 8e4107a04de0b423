//! The proof that Till loses no money and grants nothing twice: the product's own flows run in a world where anything
//! may fail at any moment, and the result is checked against the providers' books.

mod act;
mod cast;
mod check;
mod coverage;
mod credit;
mod digest;
mod errand;
mod fingerprint;
mod goods;
mod history;
mod providers;
mod rest;
mod rng;
mod search;
mod seeds;
mod shrink;
mod statements;
mod tape;
#[cfg(test)]
mod tests;
mod threads;
mod watch;
mod worker;
mod world;
mod worlds;

pub use coverage::Coverage;
pub use search::Searched;
pub use seeds::{Failure, Simulated, caught_by_seed, simulate};
pub use threads::search_worlds;
pub use world::Broken;
pub use worlds::world_names;
