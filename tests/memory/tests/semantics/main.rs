//! What only the ports in memory promise: faults, redelivery, scripts, and what a test may look at. That they keep the
//! contract of every store is tested with all the others, in `tests/contract`.

mod edge;
mod faults;
mod fixture;
mod lag;
mod providers;
mod queue;
mod told;
