//! The ports in memory, with the exact semantics of the real ones: conditional writes, transactions, redelivery, an
//! index that lags, items past their time. Only tests and the simulator may use it.
//!
//! Every port call is one value, [`Call`], and comes back as an [`Answer`]. A [`Line`] carries it: [`Memory`] at once and
//! with a fault at any call on demand, the simulator's when its history says so.

mod alarms;
mod call;
mod edge;
mod faults;
pub mod flows;
mod line;
mod log_capture;
mod memory;
mod orphans;
mod outside;
mod ports;
mod queue;
pub mod samples;
mod setup;
pub mod situations;
mod statistics;
mod tables;
mod team;

pub use call::{Answer, Call, CallKind, CommitCall, ProviderCall, RefundCall};
pub use edge::{Edge, MOST_CONNECTIONS};
pub use faults::{Fault, Faults};
pub use line::{Line, Ports};
pub use log_capture::LogCapture;
pub use memory::{Memory, Providers};
pub use queue::{MOST_RECEIVES, Queue, Queued};
pub use setup::AllNotes;
pub use tables::{Place, Tables, due_shard};
