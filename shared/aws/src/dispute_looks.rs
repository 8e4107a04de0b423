//! How far each account's disputes were looked through: one item for each account, written over the version that was read.

use till_app::ports::{DisputeLook, KeepDisputeLook, Unavailable};
use till_domain::provider::Account;

use crate::aws::Aws;
use crate::codec::Stored as _;
use crate::error::{OrUnavailable as _, classify};
use crate::item::{Attributes, BadItem, Reader, SCHEMA, VERSION, attributes, number};
use crate::keys;
use crate::update::ItemUpdate;

const LOOK_SCHEMA: u32 = 1;
const OPTIONAL: [&str; 2] = ["after", "open"];
const UNCHANGED: &str = "#v = :before AND #schema <= :ours";

impl KeepDisputeLook for Aws {
    async fn load_dispute_look(&self, account: &Account) -> Result<Option<DisputeLook>, Unavailable> {
        let item = self.read_item(&keys::dispute_look(account)).await?;
        item.map(|item| read(account, &item).or_unavailable("look at disputes")).transpose()
    }

    async fn save_dispute_look(&self, look: &DisputeLook) -> Result<bool, Unavailable> {
        let written = write(look);
        let gone: Vec<&str> = OPTIONAL.into_iter().filter(|name| !written.contains_key(*name)).collect();
        let key = keys::dispute_look(&look.account);
        let update = match look.version.checked_sub(1).filter(|before| *before > 0) {
            None => ItemUpdate::new(key, "attribute_not_exists(pk)"),
            Some(before) => {
                ItemUpdate::new(key, UNCHANGED).value("before", number(before)).value("ours", number(LOOK_SCHEMA))
            }
        };
        let update = update.set_all(written).remove(gone.into_iter());
        let Err(error) = update.call(self)?.send().await else { return Ok(true) };
        classify(&error).conflict("UpdateItem")?;
        // The SDK may repeat a call that took effect and whose answer was lost.
        Ok(self.load_dispute_look(&look.account).await?.as_ref() == Some(look))
    }
}

fn write(look: &DisputeLook) -> Attributes {
    let DisputeLook { account: _, version, next, since, begun, through, after, oldest_open } = look;
    attributes([
        (SCHEMA, LOOK_SCHEMA.store()),
        (VERSION, version.store()),
        ("next", next.store()),
        ("since", since.store()),
        ("begun", begun.store()),
        ("done", through.store()),
        ("after", after.store()),
        ("open", oldest_open.store()),
    ])
}

fn read(account: &Account, item: &Attributes) -> Result<DisputeLook, BadItem> {
    let reader = Reader::new(item);
    Ok(DisputeLook {
        account: account.clone(),
        version: reader.get_as(VERSION)?,
        next: reader.get_as("next")?,
        since: reader.get_as("since")?,
        begun: reader.get_as("begun")?,
        through: reader.get_as("done")?,
        after: reader.get_as("after")?,
        oldest_open: reader.get_as("open")?,
    })
}

#[cfg(test)]
mod tests;
