//! An orphan as it is read back: the other side of [`crate::records`].

use till_app::ports::Orphan;
use till_domain::id::RefundIndex;
use till_domain::order::{RefundId, RefundWord, Report, Says};
use till_domain::text::{OutsideRefundNo, TradeNo};

use crate::item::{Attributes, BadItem, Reader};
use crate::keys::SK;

/// Its key has its trade number.
pub(crate) fn read_orphan(item: &Attributes) -> Result<Orphan, BadItem> {
    let reader = Reader::new(item);
    let trade_no = reader.parsed(SK, TradeNo::parse)?;
    let report = Report {
        attempt: reader.get_as("attempt")?,
        account: reader.get_as("account")?,
        asked_at: reader.get_as("asked_at")?,
        says: read_says(reader, trade_no.clone())?,
    };
    Ok(Orphan { number: reader.text("number")?.to_owned(), trade_no, report, at: reader.get_as("at")? })
}

fn read_says(item: Reader<'_>, trade_no: TradeNo) -> Result<Says, BadItem> {
    Ok(match item.text("says")? {
        "paid" => Says::Paid {
            trade_no,
            amount: item.get_as("amount")?,
            paid_at: item.get_as("paid_at")?,
            buyer: item.get_as("buyer")?,
        },
        "not_paid" => Says::NotPaid,
        "processing" => Says::Processing,
        "failed" => Says::Failed,
        "declined" => Says::Declined(item.get_as("why")?),
        "closed" => Says::Closed { for_good: item.get_as("for_good")? },
        "unknown" => Says::Unknown,
        "refund" => {
            let (id, word) = (item.parsed("refund", refund_id)?, item.parsed("word", refund_word)?);
            Says::Refund { id, trade_no, amount: item.get_as("amount")?, word }
        }
        "back_in_all" => Says::BackInAll { trade_no, amount: item.get_as("amount")? },
        "back_unclear" => Says::BackUnclear { trade_no },
        "dispute" => Says::Dispute {
            no: item.get_as("dispute")?,
            trade_no,
            amount: item.get_as("amount")?,
            state: item.get_as("word")?,
        },
        _ => return Err(BadItem::BadValue("says")),
    })
}

fn refund_id(text: &str) -> Result<RefundId, ()> {
    let ours = text.strip_prefix('R').filter(|n| n.len() <= 2 && !n.starts_with('0'));
    let ours = ours.and_then(|n| n.parse().ok()).and_then(RefundIndex::new).map(RefundId::Ours);
    ours.map_or_else(|| OutsideRefundNo::parse(text).map(RefundId::Theirs).map_err(|_| ()), Ok)
}

fn refund_word(word: &str) -> Result<RefundWord, ()> {
    match word {
        "unclear" => Ok(RefundWord::Unclear),
        "no_balance" => Ok(RefundWord::NoBalance),
        "processing" => Ok(RefundWord::Processing),
        "abnormal" => Ok(RefundWord::Abnormal),
        "succeeded" => Ok(RefundWord::Succeeded),
        "failed" => Ok(RefundWord::Failed),
        _ => Err(()),
    }
}
