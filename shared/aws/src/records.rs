//! The audit trail and the orphans. Nothing here is ever read back by a rule; people read it. It keeps what came in as the
//! caller has cut it down already, and cuts again: an entry is small, whatever is sent to us.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{CallbackAudit, KeepOrphan, KeepRecord, Orphan, Outcome, Record, Unavailable};
use till_domain::order::{RefundId, RefundWord, Report, Says};

use crate::aws::Aws;
use crate::chance::chance;
use crate::codec::{Stored as _, Text as _};
use crate::error::{Sorted, sort};
use crate::goods::money;
use crate::item::{Attributes, SCHEMA, Writer, instant, number, text};
use crate::keys::{self, TTL};
use crate::words::Word as _;

const RECORD_SCHEMA: u32 = 1;
/// An address has 45 characters at most, a hash 64.
const MOST_SHORT_CHARACTERS: usize = 64;
/// Facts of one notification: a payment's audit needs a dozen.
const MOST_FACTS: usize = 32;
/// A fact's characters: the longest number that a provider gives has 128.
const MOST_FACT_CHARACTERS: usize = 256;
/// Places that are tried for one entry: two entries of one second meet by chance once in 65,536 times.
const MOST_PLACES: u32 = 3;

impl KeepRecord for Aws {
    async fn keep_record(&self, record: Record) {
        let Ok(table) = self.table() else { return };
        let attributes = write_record(&record, self.settings.records_live);
        for _ in 0..MOST_PLACES {
            let mut item = attributes.clone();
            item.extend(keys::record(record.order, record.at, chance()).attributes());
            let put = self.clients.dynamodb().put_item().table_name(table).set_item(Some(item));
            let Err(error) = put.condition_expression("attribute_not_exists(pk)").send().await else { return };
            let failed = sort(&error);
            if !matches!(failed.sorted, Sorted::Conflict(_)) {
                let Unavailable = failed.unavailable("PutItem");
                return;
            }
        }
        tracing::warn!("an entry of the audit trail found no place");
    }
}

impl KeepOrphan for Aws {
    async fn keep_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable> {
        let mut item = write_orphan(orphan);
        item.extend(keys::orphan(orphan.report.account.provider, &orphan.trade_no).attributes());
        let put = self.clients.dynamodb().put_item().table_name(self.table()?).set_item(Some(item));
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(()),
            Err(error) => match sort(&error) {
                failed if matches!(failed.sorted, Sorted::Conflict(_)) => Ok(()),
                failed => Err(failed.unavailable("PutItem")),
            },
        }
    }
}

/// The attributes of an entry of the audit trail, without its key.
fn write_record(record: &Record, live: till_domain::time::Seconds) -> Attributes {
    Writer::default()
        .with(SCHEMA, number(RECORD_SCHEMA))
        .with("at", instant(record.at))
        .with("cause", text(record.cause.word()))
        .with("account", record.account.as_ref().map(|account| text(account.to_text())))
        .with("outcome", text(write_outcome(record.outcome)))
        .with("came", record.callback.as_ref().map(write_callback))
        .with(TTL, instant(record.at.plus(live)))
        .item()
}

fn write_outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Changed(status, fulfilment) => format!("changed {status} {fulfilment}"),
        Outcome::Refused(refusal) => format!("refused {}", refusal.code()),
        Outcome::Unanswered => "unanswered".to_owned(),
        Outcome::ProviderRefused => "provider_refused".to_owned(),
    }
}

fn write_callback(callback: &CallbackAudit) -> AttributeValue {
    let facts = callback.facts.iter().take(MOST_FACTS);
    let facts: Attributes =
        facts.map(|(name, value)| ((*name).to_owned(), text(cut(value, MOST_FACT_CHARACTERS)))).collect();
    Writer::default()
        .with("from", text(cut(&callback.from, MOST_SHORT_CHARACTERS)))
        .with("hash", text(cut(&callback.hash, MOST_SHORT_CHARACTERS)))
        .with("facts", AttributeValue::M(facts))
        .map()
}

/// The attributes of an orphan, without its key. It has no `ttl`: money is never deleted.
fn write_orphan(orphan: &Orphan) -> Attributes {
    let Report { attempt, account, asked_at, says } = &orphan.report;
    Writer::default()
        .with(SCHEMA, number(RECORD_SCHEMA))
        .with("at", instant(orphan.at))
        .with("number", text(cut(&orphan.number, MOST_SHORT_CHARACTERS)))
        .with("attempt", number(attempt.get()))
        .with("account", text(account.to_text()))
        .with("asked_at", asked_at.map(instant))
        .with_all(write_says(says))
        .item()
}

fn write_says(says: &Says) -> Attributes {
    let said = |word| Writer::default().with("says", text(word));
    match says {
        Says::Paid { trade_no: _, amount, paid_at, buyer } => said("paid")
            .with("amount", money(*amount))
            .with("paid_at", instant(*paid_at))
            .with("buyer", buyer.as_ref().map(text)),
        Says::NotPaid => said("not_paid"),
        Says::Processing => said("processing"),
        Says::Failed => said("failed"),
        Says::Closed { for_good } => said("closed").with("for_good", for_good.store()),
        Says::Unknown => said("unknown"),
        Says::Refund { id, trade_no: _, amount, word } => {
            let id = match id {
                RefundId::Ours(n) => format!("R{n}"),
                RefundId::Theirs(no) => no.to_string(),
            };
            said("refund")
                .with("refund", text(id))
                .with("amount", money(*amount))
                .with("word", text(refund_word(*word)))
        }
        Says::BackInAll { trade_no: _, amount } => said("back_in_all").with("amount", money(*amount)),
        Says::BackUnclear { trade_no: _ } => said("back_unclear"),
        Says::Dispute { no, trade_no: _, amount, state } => {
            said("dispute").with("dispute", text(no)).with("amount", money(*amount)).with("word", text(state.word()))
        }
    }
    .item()
}

const fn refund_word(word: RefundWord) -> &'static str {
    match word {
        RefundWord::Unclear => "unclear",
        RefundWord::NoBalance => "no_balance",
        RefundWord::Processing => "processing",
        RefundWord::Abnormal => "abnormal",
        RefundWord::Succeeded => "succeeded",
        RefundWord::Failed => "failed",
    }
}

fn cut(value: &str, most_characters: usize) -> &str {
    value.char_indices().nth(most_characters).and_then(|(end, _)| value.get(..end)).unwrap_or(value)
}

#[cfg(test)]
mod tests;
