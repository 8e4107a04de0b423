//! Part `figures`: what does not depend on how busy the machine is, compared with what is recorded.

use std::path::Path;

use super::Count;
use crate::figures::{Compared, compare_with_recorded};

/// One check for each figure.
pub(crate) fn run(root: &Path) -> Count {
    match compare_with_recorded(root) {
        Ok(None) => Count::of(true, "none is recorded"),
        Ok(Some(Compared { passed, faults })) => {
            let failed = faults.iter().map(|fault| Count::failure("figure", fault));
            failed.chain([Count { passed, ..Count::default() }]).sum()
        }
        Err(why) => Count::failure("figures", &why),
    }
}
