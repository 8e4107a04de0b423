//! One merchant account.

/// One merchant account, its settings checked and its keys parsed.
#[derive(Debug)]
pub struct Merchant;
