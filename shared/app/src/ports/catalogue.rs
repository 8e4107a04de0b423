//! What is on sale, and through which accounts.

use till_domain::product::Product;
use till_domain::provider::{Account, Provider};
use till_domain::text::{ProductId, ProductType};

use super::Unavailable;

/// Finds products.
pub trait FindProduct {
    /// The product, on sale or not.
    async fn find_product(&self, kind: &ProductType, id: &ProductId) -> Result<Option<Product>, Unavailable>;
}

/// Finds accounts.
pub trait FindAccount {
    /// The account that new attempts at a provider go through, if one is open.
    async fn find_account(&self, provider: Provider) -> Result<Option<Account>, Unavailable>;
}
