//! What is on sale, and which accounts new attempts go through.

use till_domain::product::Product;
use till_domain::provider::{Account, Provider};
use till_domain::text::{ProductId, ProductType};

use super::Unavailable;

port! { (store: S)
    pub trait FindProduct {
        async fn find_product(&self, kind: &ProductType, id: &ProductId) -> Result<Option<Product>, Unavailable>;
    }
}

port! { (store: S)
    pub trait FindAccount {
        async fn find_account(&self, provider: Provider) -> Result<Option<Account>, Unavailable>;
    }
}
