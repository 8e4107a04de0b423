//! Every flow over the ports in memory, with one bank that plays all providers.

mod cancel;
mod contention;
mod create;
mod deadline;
mod digest;
mod fulfil;
mod keys;
mod killed;
mod opening;
mod orphans;
mod performed;
mod provider;
mod pushes;
mod records;
mod refresh;
mod refund;
mod resolve;
mod retry;
mod run;
mod scenarios;
mod settle;
mod shown;
mod spend;
mod sweep;
mod upgrade;
mod world;
