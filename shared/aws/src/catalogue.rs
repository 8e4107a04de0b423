//! Products: one query for all of them, cached for a minute. An order freezes what it sold, so a catalogue that is a minute old
//! can sell at a former price, but never something else than was shown.

use std::rc::Rc;

use till_app::ports::{FindProduct, ListProducts, ListedProduct, Unavailable};
use till_app::setup::sort_key;
use till_domain::product::Product;
use till_domain::text::{ProductId, ProductType};

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::{keys, product_item};

impl FindProduct for Aws {
    async fn find_product(&self, kind: &ProductType, id: &ProductId) -> Result<Option<Product>, Unavailable> {
        let all = self.catalogue().await?;
        let found = all.iter().map(|one| &one.product).find(|product| product.kind() == kind && product.id() == id);
        Ok(found.cloned())
    }
}

impl ListProducts for Aws {
    async fn list_products(&self) -> Result<Rc<[ListedProduct]>, Unavailable> {
        self.catalogue().await
    }
}

impl Aws {
    async fn catalogue(&self) -> Result<Rc<[ListedProduct]>, Unavailable> {
        if let Some(known) = self.cache.products.get(keys::PRODUCTS, self.now()) {
            return Ok(known);
        }
        let items = self.read_partition(keys::PRODUCTS).await?;
        // An unreadable product is not on sale; the others are not affected.
        let readable = |item| product_item::read(item).or_unavailable("product").ok();
        let mut all: Vec<ListedProduct> = items.iter().filter_map(readable).collect();
        all.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
        let all: Rc<[ListedProduct]> = all.into();
        self.cache.products.put(keys::PRODUCTS, Rc::clone(&all), self.now());
        Ok(all)
    }
}

#[cfg(test)]
mod tests;
