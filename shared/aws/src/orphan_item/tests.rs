//! The words of orphans, and what an item must have to be read as one.

use till_domain::id::AttemptNo;
use till_domain::order::{DisputeState, RefundWord};
use till_domain::text::{Buyer, DisputeNo};

use super::*;
use crate::order_item::samples::{account, start, yuan};

fn paid() -> Orphan {
    let trade_no = TradeNo::parse("4200001").unwrap();
    let buyer = Some(Buyer::parse("oUpF8").unwrap());
    let says = Says::Paid { trade_no: trade_no.clone(), amount: yuan(100), paid_at: start(), buyer };
    let report = Report { attempt: AttemptNo::FIRST, account: account(), asked_at: None, says };
    Orphan { number: "ORD202501020304050000000A".to_owned(), trade_no, report, at: start() }
}

#[test]
fn every_report_of_a_provider_is_written_in_words() {
    let trade_no = TradeNo::parse("4200001").unwrap();
    let ours = RefundId::Ours(RefundIndex::FIRST);
    let theirs = RefundId::Theirs(OutsideRefundNo::parse("503").unwrap());
    let refund = |id, word| Says::Refund { id, trade_no: trade_no.clone(), amount: yuan(5), word };
    let dispute = Says::Dispute {
        no: DisputeNo::parse("dp_1").unwrap(),
        trade_no: trade_no.clone(),
        amount: yuan(6),
        state: DisputeState::Lost,
    };
    let mut words: Vec<Vec<(&str, String)>> = Vec::new();
    for says in [
        refund(ours, RefundWord::Succeeded),
        refund(theirs, RefundWord::NoBalance),
        Says::BackInAll { trade_no: trade_no.clone(), amount: yuan(7) },
        Says::BackUnclear { trade_no: trade_no.clone() },
        dispute,
        Says::Closed { for_good: true },
    ] {
        let item = write_says(&says);
        let reader = Reader::new(&item);
        let names = ["says", "refund", "dispute", "amount", "word"];
        words.push(names.iter().filter_map(|name| Some((*name, reader.text(name).ok()?.to_owned()))).collect());
    }
    let said: Vec<String> = words
        .iter()
        .map(|words| words.iter().map(|(name, word)| format!("{name}={word}")).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        said,
        [
            "says=refund refund=R1 amount=5 CNY word=succeeded",
            "says=refund refund=503 amount=5 CNY word=no_balance",
            "says=back_in_all amount=7 CNY",
            "says=back_unclear",
            "says=dispute dispute=dp_1 amount=6 CNY word=lost",
            "says=closed",
        ]
    );
}

#[test]
fn orphan_that_cannot_be_read_is_an_error() {
    let item = write_orphan(&StoredOrphan::new(paid()));
    for name in ["says", "amount", "account", "number"] {
        let mut broken = item.clone();
        broken.insert(SK.to_owned(), text("4200001"));
        assert!(read_orphan(&broken).is_ok());
        broken.remove(name);
        assert!(read_orphan(&broken).is_err(), "{name}");
    }
}
