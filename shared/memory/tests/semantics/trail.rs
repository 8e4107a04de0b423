//! What is only ever added to: records, pushes and alarms, each as often as it was told; orphans once.

use till_app::ports::{Cause, KeepOrphan as _, KeepRecord as _, Message, Orphan, Outcome, Push as _, RaiseAlarm as _};
use till_app::ports::{LoadOrder as _, Record};
use till_domain::id::AttemptNo;
use till_domain::order::{Fulfilment, Report, Says, Status};
use till_domain::text::TradeNo;
use till_domain::time::Seconds;

use crate::fixture::{account, memory, now, number, order, price, start, user};

#[test]
fn records_pushes_and_alarms_add_up() {
    let memory = memory();
    let (ports, order) = (memory.ports(), order(1));
    let outcome = Outcome::Changed(Status::Pending, Fulfilment::None);
    let record = Record { order: order.no, at: start(), cause: Cause::Command, account: None, outcome };
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
fn an_orphan_is_kept_once_and_for_ever() {
    let memory = memory();
    let orphan = |trade_no, at| {
        let trade_no = TradeNo::parse(trade_no).unwrap();
        let says = Says::Paid { trade_no, amount: price(), paid_at: start(), buyer: None };
        let report = Report { attempt: AttemptNo::FIRST, account: account(), asked_at: None, says };
        Orphan { payment_no: number(1).payment(AttemptNo::FIRST), report, at }
    };
    let later = start().plus(Seconds(60));
    for orphan in [orphan("T1", start()), orphan("T1", later), orphan("T2", later)] {
        assert_eq!(now(memory.ports().keep_orphan(&orphan)), Ok(()));
    }
    memory.tables(|tables| tables.purge(start().plus(Seconds::days(20_000))));
    assert_eq!(memory.tables(|tables| tables.orphans.clone()), [orphan("T1", start()), orphan("T2", later)]);
}
