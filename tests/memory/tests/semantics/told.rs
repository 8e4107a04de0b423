//! What pages and the team are told, and the audit trail: each as often as it was told, word for word.

use till_app::ports::{
    Cause, KeepOrphan as _, KeepRecord as _, Message, Orphan, Outcome, Push as _, RaiseAlarm as _, StoredOrphan,
};
use till_app::ports::{LoadOrder as _, Record};
use till_domain::id::AttemptNo;
use till_domain::order::{Fulfilment, Report, Says, Status};
use till_domain::text::TradeNo;

use crate::fixture::{account, memory, now, number, order, price, start, user};

#[test]
fn records_pushes_and_alarms_add_up() {
    let memory = memory();
    let (ports, order) = (memory.ports(), order(1));
    let outcome = Outcome::Changed(Status::Pending, Fulfilment::None);
    let record = Record {
        order: order.no,
        at: start(),
        cause: Cause::Command,
        account: None,
        outcome,
        callback: None,
        by: None,
        remedy: None,
    };
    for _ in 0..2 {
        now(ports.keep_record(record.clone()));
        now(ports.push(&user(), order.no, Message::OrderExpiring));
        assert_eq!(now(ports.raise_alarm(&order, &[])), Ok(()));
    }
    memory.tables(|tables| {
        assert_eq!(tables.records, [record.clone(), record]);
        assert_eq!(tables.pushes, vec![(user(), order.no, Message::OrderExpiring); 2]);
        assert_eq!(tables.alarms, vec![(order.no, Vec::new()); 2]);
    });
    assert_eq!(now(ports.load_order(order.no)), Ok(None), "telling of an order does not store it");
}

#[test]
fn orphan_alarms_add_up_and_do_not_store_the_orphan() {
    let memory = memory();
    let orphan = orphan();
    for _ in 0..2 {
        assert_eq!(now(memory.ports().raise_orphan(&orphan)), Ok(()));
    }
    memory.tables(|tables| {
        assert_eq!(tables.orphan_alarms, [orphan.clone(), orphan.clone()]);
        assert_eq!((tables.orphans.len(), tables.alarms.len()), (0, 0), "telling of it does not keep it");
    });
    assert_eq!(now(memory.ports().keep_orphan(&orphan)), Ok(StoredOrphan::new(orphan.clone())));
    assert_eq!(memory.tables(|tables| tables.orphans.clone()), [orphan]);
}

fn orphan() -> Orphan {
    let trade_no = TradeNo::parse("T1").unwrap();
    let says = Says::Paid { trade_no: trade_no.clone(), amount: price(), paid_at: start(), buyer: None };
    let report = Report { attempt: AttemptNo::FIRST, account: account(), asked_at: None, says };
    Orphan { number: number(1).payment(AttemptNo::FIRST).to_string(), trade_no, report, at: start() }
}
