//! The table of functions, of which a benchmark needs the names, the memory and the settings.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Failure;

/// Every function, in the order of `functions/functions.json`.
pub const FUNCTIONS: [&str; 18] = [
    "create-order",
    "order-status",
    "checkout-page",
    "list-products",
    "cancel-order",
    "refund-order",
    "spend-wallet",
    "team-view",
    "team-setup",
    "wechat-callback",
    "alipay-callback",
    "stripe-webhook",
    "fulfil-order",
    "sweep-orders",
    "sales-statistics",
    "notify-team",
    "push-connection",
    "sandbox",
];

#[derive(Deserialize)]
pub struct Row {
    pub name: String,
    pub memory_mb: u32,
    pub timeout_seconds: u64,
    pub environment: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    functions: Vec<Row>,
}

/// The folder of the sources.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn rows() -> Result<Vec<Row>, Failure> {
    let file = root().join("functions/functions.json");
    let text = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(serde_json::from_slice::<Table>(&text)?.functions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_of_the_table_has_an_event() {
        let rows = rows().unwrap();
        assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), FUNCTIONS);
    }
}
