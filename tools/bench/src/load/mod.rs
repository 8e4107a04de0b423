//! `cargo xtask bench load`: the functions' own code under load, in one process and on one thread, in front of a store in memory.
//! How many orders a second pass from their creation to their goods; what a sweep costs, by how many orders are pending and how
//! many of them are due; and how many looks a second it makes while providers take their time.

mod orders;
mod pending;
mod returned;
mod shop;
mod stub;
mod sweep;

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use till_lambda::logs;
use tracing::level_filters::LevelFilter;

use crate::{Failure, document};

#[derive(Args)]
pub struct Arguments {
    /// Write the tables into this folder of documents
    #[arg(long, value_name = "FOLDER")]
    docs: Option<PathBuf>,
}

/// Prints the tables and returns the JSON.
pub fn measure(arguments: &Arguments) -> Result<Value, Failure> {
    // Lines are written as in production, and go nowhere.
    tracing::subscriber::set_global_default(logs::subscriber(LevelFilter::INFO, "dev", std::io::sink))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let (orders, sweeps) = runtime.block_on(async {
        let orders = orders::measure().await?;
        print!("{}", orders.table());
        let sweeps = sweep::measure().await?;
        print!("{}", sweeps.table());
        Ok::<_, Failure>((orders, sweeps))
    })?;
    if let Some(docs) = &arguments.docs {
        document::write_tables(docs, "load", &[orders.table(), sweeps.table()].concat())?;
    }
    Ok(orders.json().into_iter().chain(sweeps.json()).map(|(name, value)| (name.to_owned(), value)).collect())
}
