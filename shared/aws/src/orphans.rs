//! Payments that fit no order: each is stored once and never deleted, and may be settled to an order once.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use till_app::ports::{KeepOrphan, Orphan, SettleOrphan, Settlement, StoredOrphan, Unavailable};
use till_domain::id::OrderNo;
use till_domain::provider::Provider;
use till_domain::text::TradeNo;

use crate::aws::Aws;
use crate::codec::Fields as _;
use crate::error::{OrUnavailable as _, classify};
use crate::item::Attributes;
use crate::keys;
use crate::orphan_item::{read_settlement, read_stored, write_orphan};
use crate::update::ItemUpdate;

impl KeepOrphan for Aws {
    async fn keep_orphan(&self, orphan: &Orphan) -> Result<Option<OrderNo>, Unavailable> {
        let key = keys::orphan(orphan.report.account.provider, &orphan.trade_no);
        let put = self.put_item(&key, write_orphan(orphan))?.condition_expression("attribute_not_exists(pk)");
        let Err(error) = put.return_values_on_condition_check_failure(AllOld).send().await else { return Ok(None) };
        // It is stored already.
        match classify(&error).conflict("PutItem")? {
            Some(item) => Ok(read_settlement(item).or_unavailable("PutItem")?.map(|settlement| settlement.order)),
            None => Ok(None),
        }
    }
}

impl SettleOrphan for Aws {
    async fn load_orphan(&self, provider: Provider, trade_no: &TradeNo) -> Result<Option<StoredOrphan>, Unavailable> {
        let item = self.read_item(&keys::orphan(provider, trade_no)).await?;
        item.map(|item| read_stored(&item).or_unavailable("GetItem")).transpose()
    }

    async fn settle_orphan(
        &self,
        provider: Provider,
        trade_no: &TradeNo,
        settlement: &Settlement,
    ) -> Result<Settlement, Unavailable> {
        let mut attributes = Attributes::new();
        settlement.write(&mut attributes);
        let condition = "attribute_exists(pk) AND attribute_not_exists(settled_to)";
        let update = ItemUpdate::new(keys::orphan(provider, trade_no), condition).set_all(attributes);
        let call = update.call(self)?.return_values_on_condition_check_failure(AllOld);
        let Err(error) = call.send().await else { return Ok(settlement.clone()) };
        let failed = classify(&error);
        let earlier = failed.conflict("UpdateItem")?.map(|item| read_settlement(item).or_unavailable("UpdateItem"));
        // An orphan is never deleted, so one that was loaded is there.
        earlier.transpose()?.flatten().ok_or(Unavailable)
    }
}

#[cfg(test)]
mod tests;
