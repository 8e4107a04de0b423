//! What the ports in memory promise, to the letter: every flow and every history rests on it.

mod claims;
mod edge;
mod faults;
mod fixture;
mod goods;
mod index;
mod lifetime;
mod orders;
mod providers;
mod queue;
mod trail;
