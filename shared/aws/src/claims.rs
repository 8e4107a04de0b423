//! Claims of idempotency keys. A claim is never overwritten while it stands: each write is conditional on what it replaces.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use till_app::ports::{Claim, ClaimKey, Claimed, Unavailable};
use till_domain::text::{Key, UserId};

use crate::aws::Aws;
use crate::claim_item::{self, SCHEMA};
use crate::error::{Failed, Sorted, sort, unusable};
use crate::item::{Attributes, BadItem, instant, number, text};
use crate::keys;
use crate::words::Word as _;

impl ClaimKey for Aws {
    async fn load_claim(&self, user: &UserId, key: &Key) -> Result<Option<Claim>, Unavailable> {
        let item = self.read_item(&keys::claim(user, key)).await?;
        item.map(|item| read(user, key, &item)).transpose()
    }

    async fn put_claim(&self, claim: &Claim) -> Result<Claimed, Unavailable> {
        let put = self.clients.dynamodb().put_item().table_name(self.table()?).set_item(Some(claim_item::write(claim)));
        // What is over and not yet removed is no claim.
        let put = put.condition_expression("attribute_not_exists(pk) OR #ttl <= :now");
        let put =
            put.expression_attribute_names("#ttl", keys::TTL).expression_attribute_values(":now", instant(self.now()));
        match put.return_values_on_condition_check_failure(AllOld).send().await {
            Ok(_) => Ok(Claimed::Yes),
            Err(error) => match stands("PutItem", claim, &sort(&error))? {
                // A first try took effect and was not heard of: nobody else minted this order's number.
                Claimed::Exists(stands) if *stands == *claim => Ok(Claimed::Yes),
                claimed => Ok(claimed),
            },
        }
    }

    async fn move_claim(&self, before: &Claim, claim: &Claim) -> Result<Claimed, Unavailable> {
        let update = self.clients.dynamodb().update_item().table_name(self.table()?);
        let update = update
            .set_key(Some(keys::claim(&claim.user, &claim.key).attributes()))
            // What the first request decided stays as it is, and so does what a later release has put there.
            .update_expression("SET #own = :own, #since = :since, #st = :st, #schema = :schema")
            // The number as well: after a day the key may be another claim's.
            .condition_expression("#own = :was AND #st = :stood AND #no = :no AND #ttl > :now AND #schema <= :schema")
            .expression_attribute_names("#own", "own")
            .expression_attribute_names("#since", "since")
            .expression_attribute_names("#st", "st")
            .expression_attribute_names("#no", "no")
            .expression_attribute_names("#ttl", keys::TTL)
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":own", number(claim.owner))
            .expression_attribute_values(":since", instant(claim.since))
            .expression_attribute_values(":st", text(claim.state.word()))
            .expression_attribute_values(":was", number(before.owner))
            .expression_attribute_values(":stood", text(before.state.word()))
            .expression_attribute_values(":no", text(before.frozen.no))
            .expression_attribute_values(":now", instant(self.now()))
            .expression_attribute_values(":schema", number(SCHEMA));
        match update.return_values_on_condition_check_failure(AllOld).send().await {
            Ok(_) => Ok(Claimed::Yes),
            Err(error) => {
                let failed = sort(&error);
                // It stands as it did, perhaps, and yet may not be moved.
                let is_newer = matches!(&failed.sorted, Sorted::Conflict(Some(item)) if claim_item::is_newer(item));
                if is_newer {
                    Err(unusable("claim", &BadItem::Newer("claim")))
                } else {
                    stands("UpdateItem", before, &failed)
                }
            }
        }
    }
}

/// What a write that was not taken met.
fn stands(call: &'static str, claim: &Claim, failed: &Failed) -> Result<Claimed, Unavailable> {
    match &failed.sorted {
        Sorted::Conflict(Some(item)) => {
            read(&claim.user, &claim.key, item).map(|stands| Claimed::Exists(Box::new(stands)))
        }
        // It was there and is over: whoever had it has lost it.
        Sorted::Conflict(None) => Ok(Claimed::Exists(Box::new(claim.clone()))),
        Sorted::Cancelled(_) | Sorted::Contended | Sorted::Busy | Sorted::OurFault | Sorted::NoAnswer => {
            Err(failed.unavailable(call))
        }
    }
}

fn read(user: &UserId, key: &Key, item: &Attributes) -> Result<Claim, Unavailable> {
    claim_item::read(user, key, item).map_err(|bad| unusable("claim", &bad))
}

#[cfg(test)]
mod tests;
