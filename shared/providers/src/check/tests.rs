//! Findings about accounts.
