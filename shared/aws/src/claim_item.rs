//! A claim of an idempotency key as an item: what the first request decided, and who is working on it.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{Claim, Frozen, RequestHash, Show, Shown};
use till_domain::text::{Key, UserId};
use till_domain::time::{Seconds, Time};

use crate::codec::{Fields as _, Inline, Stored, fields};
use crate::item::{Attributes, BadItem, Reader, attributes, bytes, text};
use crate::keys::TTL;

pub const SCHEMA: u32 = 1;

/// What the buyer was shown of an attempt.
pub const SHOWN: &str = "show";

/// How long a claim is kept, counted from the first request.
const LIFETIME: Seconds = Seconds::hours(24);

pub fn ends_at(claim: &Claim) -> Time {
    claim.frozen.created_at.plus(LIFETIME)
}

fields! {
    Frozen {
        no: "no", created_at: "at", expire_at: "exp", sold: "sold", method: "meth", account: "acc", policy: "pol",
        hash: "hash",
    }
    Shown { attempt: "n", show: "qr" as Inline }
    Show {
        qr_code_url: "qr", qr_code_expire_at: "qre", pay_url: "url", pay_form: "form", pay_params: "par",
        client_secret: "cs", publishable_key: "pk", good_until: "until",
    }
}

/// Name and value of a parameter.
impl Stored for (String, String) {
    fn store(&self) -> Option<AttributeValue> {
        let (name, value) = self;
        Some(AttributeValue::L(vec![text(name), text(value)]))
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        match Vec::<String>::restore(stored, name).map(<[String; 2]>::try_from)? {
            Ok([first, second]) => Ok((first, second)),
            Err(_) => Err(BadItem::BadValue(name)),
        }
    }
}

impl Stored for RequestHash {
    fn store(&self) -> Option<AttributeValue> {
        Some(bytes(self.0))
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        let bytes = stored.ok_or(BadItem::Missing(name))?.as_b().map_err(|_| BadItem::WrongKind(name))?;
        bytes.as_ref().try_into().map(Self).map_err(|_| BadItem::BadValue(name))
    }
}

/// All attributes of a claim but its key.
pub fn write(claim: &Claim) -> Attributes {
    let mut item = attributes([
        ("schema", SCHEMA.store()),
        ("own", claim.owner.store()),
        ("since", claim.since.store()),
        ("st", claim.state.store()),
        (SHOWN, claim.shown.store()),
        (TTL, ends_at(claim).store()),
    ]);
    claim.frozen.write(&mut item);
    item
}

pub fn read(user: &UserId, key: &Key, item: &Attributes) -> Result<Claim, BadItem> {
    let reader = Reader::new(item);
    Ok(Claim {
        user: user.clone(),
        key: key.clone(),
        frozen: Frozen::read(reader)?,
        owner: reader.get_as("own")?,
        since: reader.get_as("since")?,
        state: reader.get_as("st")?,
        shown: reader.get_as(SHOWN)?,
    })
}

pub fn is_newer(item: &Attributes) -> bool {
    Reader::new(item).get_as("schema").is_ok_and(|schema: u32| schema > SCHEMA)
}
