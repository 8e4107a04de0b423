//! What stands on an account or a product beside what it is for: a remark, and its last changes. A release that does not know these
//! attributes leaves them alone: then the changes are those of the releases that do.

use till_app::ports::{Change, Notes};

use crate::codec::{Fields as _, fields};
use crate::item::{Attributes, BadItem, Reader};

pub const OPTIONAL: [&str; 1] = ["remark"];

fields! {
    Notes { remark: "remark", count: "changes", changes: "last" }
    Change { by: "by", at: "at", reason: "why", key: "key", hash: "hash" }
}

pub fn write(notes: &Notes) -> Attributes {
    let mut item = Attributes::new();
    notes.write(&mut item);
    item
}

pub fn read(item: &Attributes) -> Result<Notes, BadItem> {
    let reader = Reader::new(item);
    // An item of an earlier release has none.
    if reader.has("changes") {
        Notes::read(reader)
    } else {
        Ok(Notes { remark: reader.get_as("remark")?, ..Notes::default() })
    }
}
