//! Attempts, payments, refunds, disputes, figures, resolved holds and marks of stated payments: each a small map in one of the
//! order's lists. A mark has `i`, the payment's place, `t` `d` `by` as below, `r` evidence, `s` what the provider said, `gu` given up.
//!
//! | name | attempt | payment | refund | dispute | figure | resolved hold |
//! |---|---|---|---|---|---|---|
//! | `n` | number | attempt | number, if ours | | | |
//! | `o` | | | number, if not ours | number | | |
//! | `t` | | trade number | trade number | trade number | trade number | |
//! | `ac` | account | account | account | | | |
//! | `a` | | amount | amount | amount | total | |
//! | `m` | method | | | | | |
//! | `s` | state | role | state | state | | |
//! | `d` | begun at | paid at | requested at | | | at |
//! | `by` | | buyer | by | | | by |
//! | `h` | handle | | | | | hold |
//! | `r` | | | reason | | | reason |
//! | `e` | payable until | | | | | |
//! | `de` | why a payment was declined | | | | | |
//! | `q` | unanswered | | unanswered | | | |
//! | flags | `f` final, `ho` heard of | | `es` succeeded once, `rv` revokes, `nb` no balance | | `mx` mixed, `uc` unclear, `st` stated | |
//! | `k`, `ka` | | | request: key and amount | | | |

use till_domain::order::{Attempt, Cleared, Dispute, Figure, Payment, Refund, RefundId, Request, Stated};

use crate::codec::{As as _, Fields, Inline, Omitting, Plain, fields};
use crate::item::{Attributes, BadItem, Reader};

fields! {
    Attempt {
        n: "n", method: "m", account: "ac", state: "s", decline: "de", handle: "h", payable_until: "e", is_final: "f",
        unanswered: "q" as Omitting<0>, begun_at: "d", heard_of: "ho",
    }
    Payment { trade_no: "t", attempt: "n", account: "ac", amount: "a", paid_at: "d", buyer: "by", role: "s" }
    Refund {
        id: "n" as Inline, trade_no: "t", account: "ac", amount: "a", state: "s", ever_succeeded: "es", revoke: "rv",
        reason: "r", by: "by", request: "k" as Inline, at: "d", no_balance: "nb", unanswered: "q" as Omitting<0>,
    }
    Dispute { no: "o", trade_no: "t", amount: "a", state: "s" }
    Figure { trade_no: "t", total: "a", mixed: "mx", unclear: "uc", stated: "st" }
    Cleared { hold: "h", by: "by", reason: "r", at: "d" }
    Request { key: "k", amount: "ka" }
    Stated { payment: "i", trade_no: "t", evidence: "r", by: "by", at: "d", proof: "s", given_up: "gu" }
}

/// Our number as `n`, or the provider's as `o`.
impl Fields for RefundId {
    fn write(&self, item: &mut Attributes) {
        match self {
            Self::Ours(n) => Plain::write(n, "n", item),
            Self::Theirs(no) => Plain::write(no, "o", item),
        }
    }

    fn read(item: Reader<'_>) -> Result<Self, BadItem> {
        let theirs = item.get_as::<Option<_>>("o")?;
        theirs.map_or_else(|| item.get_as("n").map(Self::Ours), |no| Ok(Self::Theirs(no)))
    }
}

/// A refund that was not requested with a key has neither attribute.
impl Fields for Option<Request> {
    fn write(&self, item: &mut Attributes) {
        if let Some(request) = self {
            request.write(item);
        }
    }

    fn read(item: Reader<'_>) -> Result<Self, BadItem> {
        if item.has("k") { Request::read(item).map(Some) } else { Ok(None) }
    }
}
