//! What orders add up to: each kind of order by itself, and that tallies can be merged in any way.

mod merging;
mod orders;
mod world;
