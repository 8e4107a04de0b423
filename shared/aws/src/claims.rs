//! Claims of idempotency keys. Each write is conditional on what it replaces: a claim that has not expired is never overwritten.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use till_app::ports::{Claim, ClaimKey, Claimed, Unavailable};
use till_domain::text::{Key, UserId};

use crate::aws::Aws;
use crate::claim_item::{self, SCHEMA, SHOWN};
use crate::codec::Stored as _;
use crate::error::{CallFailure, OrUnavailable as _, classify};
use crate::item::{BadItem, attributes, instant, number, text};
use crate::keys;
use crate::stored_words::Word as _;
use crate::update::ItemUpdate;

/// The order number is part of it since the key may belong to another claim after a day.
const UNCHANGED: &str = "#own = :was AND #st = :stood AND #no = :no AND #ttl > :now AND #schema <= :schema";

impl ClaimKey for Aws {
    async fn load_claim(&self, user: &UserId, key: &Key) -> Result<Option<Claim>, Unavailable> {
        let item = self.read_item(&keys::claim(user, key)).await?;
        item.map(|item| claim_item::read(user, key, &item).or_unavailable("claim")).transpose()
    }

    async fn put_claim(&self, claim: &Claim) -> Result<Claimed, Unavailable> {
        let key = keys::claim(&claim.user, &claim.key);
        // An expired claim that DynamoDB has not deleted yet may be replaced.
        let put = self.put_item(&key, claim_item::write(claim))?;
        let put = put.condition_expression("attribute_not_exists(pk) OR #ttl <= :now");
        let put =
            put.expression_attribute_names("#ttl", keys::TTL).expression_attribute_values(":now", instant(self.now()));
        match put.return_values_on_condition_check_failure(AllOld).send().await {
            Ok(_) => Ok(Claimed::Yes),
            Err(error) => match existing("PutItem", claim, &classify(&error))? {
                // An earlier try took effect and its answer was lost: no other caller has this order number.
                Claimed::Exists(stored) if *stored == *claim => Ok(Claimed::Yes),
                claimed => Ok(claimed),
            },
        }
    }

    async fn move_claim(&self, before: &Claim, claim: &Claim) -> Result<Claimed, Unavailable> {
        // What the first request decided, and what a later release added, is left as it is.
        let update = ItemUpdate::new(keys::claim(&claim.user, &claim.key), UNCHANGED)
            .set_all(attributes([
                ("own", claim.owner.store()),
                ("since", claim.since.store()),
                ("st", claim.state.store()),
                (SHOWN, claim.shown.store()),
                ("schema", SCHEMA.store()),
            ]))
            .value("was", number(before.owner))
            .value("stood", text(before.state.word()))
            .value("no", text(before.frozen.no))
            .value("now", instant(self.now()));
        let Err(error) = update.call(self)?.return_values_on_condition_check_failure(AllOld).send().await else {
            return Ok(Claimed::Yes);
        };
        let failed = classify(&error);
        // Such a claim may be the same otherwise, and still must not be moved.
        if failed.conflict("UpdateItem")?.is_some_and(claim_item::is_newer) {
            return Err(BadItem::Newer("claim")).or_unavailable("claim");
        }
        existing("UpdateItem", before, &failed)
    }
}

/// The claim that a conditional write met.
fn existing(call: &'static str, claim: &Claim, failed: &CallFailure) -> Result<Claimed, Unavailable> {
    let stored = match failed.conflict(call)? {
        Some(item) => claim_item::read(&claim.user, &claim.key, item).or_unavailable("claim")?,
        // It has expired and was deleted: its owner has lost it.
        None => claim.clone(),
    };
    Ok(Claimed::Exists(Box::new(stored)))
}

#[cfg(test)]
mod tests;
