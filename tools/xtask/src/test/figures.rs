//! Part `figures`: what does not depend on how busy the machine is, compared with what is recorded.

use std::path::Path;

use super::Count;
use crate::figures::{Compared, compare_with_recorded, measure};

/// One check for each figure.
pub(crate) fn run(root: &Path) -> Count {
    match measure(root).and_then(|measured| compare_with_recorded(root, &measured)) {
        Ok(Compared { passed, faults }) => {
            for fault in &faults {
                println!("FAILED {fault}");
            }
            Count { passed, failed: faults.len().try_into().unwrap_or(u64::MAX) }
        }
        Err(why) => Count::failure("figures", &why),
    }
}
