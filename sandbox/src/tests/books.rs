//! The books: what may happen to a trade in which state.

use super::{START, trade};
use crate::books::{DisputeState, RefundState, Trade, TradeState, key};
use crate::fault::Fault;
use crate::provider::Provider;
use crate::trade::{Refusal, TradeEvent};

fn paid() -> Trade {
    let mut trade = trade("T1");
    trade.pay(START, None).unwrap();
    trade
}

#[test]
fn trade_is_paid_once() {
    let mut trade = paid();
    assert_eq!(trade.state, TradeState::Paid);
    assert_eq!(trade.payments[0].amount, 1000);
    assert_eq!(trade.pay(START, None), Err(Refusal::Paid));
    assert_eq!(trade.process(START), Err(Refusal::Paid));
    assert_eq!(trade.fail(START), Err(Refusal::Paid));
    assert_eq!(trade.close(), Err(Refusal::Paid));
    assert_eq!(trade.payments.len(), 1);
}

#[test]
fn processing_trade_can_be_paid_or_fail_but_not_be_closed() {
    let mut trade = trade("T1");
    assert_eq!(trade.process(START), Ok(TradeEvent::Processing));
    assert_eq!(trade.close(), Err(Refusal::Paid));
    assert_eq!(trade.process(START), Err(Refusal::Paid));
    // The payment may arrive after the trade's end.
    let mut other = trade.clone();
    assert_eq!(other.pay(START + 9999, None), Ok(TradeEvent::Paid(0)));
    assert_eq!(trade.fail(START + 9999), Ok(TradeEvent::Failed));
    assert_eq!(trade.state, TradeState::Failed);
}

#[test]
fn failed_attempt_leaves_trade_payable() {
    let mut trade = trade("T1");
    assert_eq!(trade.fail(START), Ok(TradeEvent::Failed));
    assert_eq!(trade.pay(START, Some(999)), Ok(TradeEvent::Paid(0)));
    assert_eq!(trade.payments[0].amount, 999);
}

#[test]
fn expired_trade_refuses_pay_and_records_late_payment() {
    let mut trade = trade("T1");
    assert_eq!(trade.pay(START + 3601, None), Err(Refusal::Expired));
    assert!(trade.clone().pay(START + 3600, None).is_ok());
    assert_eq!(trade.close(), Ok(Some(TradeEvent::Closed)));
    assert_eq!(trade.close(), Ok(None));
    assert_eq!(trade.pay(START, None), Err(Refusal::Closed));
    assert_eq!(trade.record_payment(START + 3601, 1000), TradeEvent::Paid(0));
    assert_eq!(trade.record_payment(START + 3602, 1000), TradeEvent::Paid(1));
    assert_ne!(trade.payments[0].id, trade.payments[1].id);
}

#[test]
fn refunds_cannot_exceed_payment() {
    let mut trade = trade("T1");
    assert_eq!(trade.refund(START, None, None, 1, RefundState::Succeeded), Err(Refusal::NotPaid));
    trade.pay(START, None).unwrap();
    let id = trade.payments[0].id.clone();
    assert_eq!(trade.refund(START, None, None, 0, RefundState::Succeeded), Err(Refusal::TooMuch));
    assert_eq!(trade.refund(START, None, None, 1001, RefundState::Succeeded), Err(Refusal::TooMuch));
    assert_eq!(trade.refund(START, Some("pi_other"), None, 1, RefundState::Succeeded), Err(Refusal::NotPaid));
    assert_eq!(trade.refund(START, Some(&id), Some("R1"), 400, RefundState::Processing), Ok(TradeEvent::Refunded(0)));
    assert_eq!((trade.refunded_or_pending(&id), trade.refunded(&id)), (400, 0));
    assert_eq!(trade.refund(START, None, None, 601, RefundState::Succeeded), Err(Refusal::TooMuch));
    // The amount of a failed refund can be refunded again.
    assert_eq!(trade.decide_refund(START + 5, RefundState::Failed), Ok(TradeEvent::Refunded(0)));
    assert_eq!(trade.refunds[0].changed_at, START + 5);
    assert_eq!(trade.refund(START, None, None, 1000, RefundState::Succeeded), Ok(TradeEvent::Refunded(1)));
    assert_eq!((trade.refunded_or_pending(&id), trade.refunded(&id)), (1000, 1000));
    // An amount that would overflow is too large.
    assert_eq!(trade.refund(START, None, None, u64::MAX, RefundState::Succeeded), Err(Refusal::TooMuch));
}

#[test]
fn second_payment_is_refunded_separately() {
    let mut trade = paid();
    trade.record_payment(START, 500);
    let second = trade.payments[1].id.clone();
    assert_eq!(trade.refund(START, Some(&second), None, 501, RefundState::Succeeded), Err(Refusal::TooMuch));
    assert!(trade.refund(START, Some(&second), None, 500, RefundState::Succeeded).is_ok());
    assert_eq!(trade.refunded(&trade.payments[0].id), 0);
}

#[test]
fn last_undecided_refund_is_decided_first() {
    let mut trade = paid();
    assert_eq!(trade.decide_refund(START, RefundState::Succeeded), Err(Refusal::NothingToDecide));
    trade.refund(START, None, None, 100, RefundState::Processing).unwrap();
    trade.refund(START, None, None, 200, RefundState::Abnormal).unwrap();
    // The last refund that can move comes first.
    assert_eq!(trade.decide_refund(START, RefundState::Succeeded), Ok(TradeEvent::Refunded(1)));
    assert_eq!(trade.decide_refund(START, RefundState::Succeeded), Ok(TradeEvent::Refunded(0)));
    assert_eq!(trade.decide_refund(START, RefundState::Succeeded), Err(Refusal::NothingToDecide));
    // A failure can come after success, and nothing after a failure.
    assert_eq!(trade.decide_refund(START, RefundState::Failed), Ok(TradeEvent::Refunded(1)));
    assert_eq!(trade.decide_refund(START, RefundState::Failed), Ok(TradeEvent::Refunded(0)));
    assert_eq!(trade.decide_refund(START, RefundState::Failed), Err(Refusal::NothingToDecide));
    assert_eq!(trade.decide_refund(START, RefundState::Succeeded), Err(Refusal::NothingToDecide));
}

#[test]
fn dispute_is_decided_once() {
    let mut trade = trade("T1");
    assert_eq!(trade.dispute(START), Err(Refusal::NotPaid));
    trade.pay(START, None).unwrap();
    assert_eq!(trade.decide_dispute(DisputeState::Won), Err(Refusal::NothingToDecide));
    assert_eq!(trade.dispute(START), Ok(TradeEvent::Disputed(0)));
    assert_eq!(trade.disputes[0].payment, trade.payments[0].id);
    assert_eq!(trade.decide_dispute(DisputeState::Lost), Ok(TradeEvent::Disputed(0)));
    assert_eq!(trade.decide_dispute(DisputeState::Won), Err(Refusal::NothingToDecide));
    assert_eq!(trade.disputes[0].state, DisputeState::Lost);
}

#[test]
fn ids_of_family_end_with_their_index() {
    let mut trade = trade("T1");
    trade.details.insert("family".to_owned(), "ABCDEFGHIJKLMNOPQRSTU".into());
    trade.record_payment(START, 1000);
    trade.record_payment(START, 1000);
    trade.refund(START, None, None, 1, RefundState::Succeeded).unwrap();
    trade.dispute(START).unwrap();
    assert_eq!(trade.payments[1].id, "pi_ABCDEFGHIJKLMNOPQRSTU001");
    assert_eq!(trade.refunds[0].id, "re_ABCDEFGHIJKLMNOPQRSTU000");
    assert_eq!(trade.disputes[0].id, "dp_ABCDEFGHIJKLMNOPQRSTU000");
}

#[test]
fn armed_fault_is_used_once() {
    let mut trade = trade("T1");
    trade.armed = vec![Fault::RefuseRefund, Fault::TimeOut, Fault::RefuseRefund];
    assert!(trade.use_fault(Fault::RefuseRefund));
    assert!(trade.use_fault(Fault::RefuseRefund));
    assert!(!trade.use_fault(Fault::RefuseRefund));
    assert_eq!(trade.armed, [Fault::TimeOut]);
}

#[test]
fn keys_keep_providers_and_merchants_apart() {
    let keys = [
        key(Provider::Stripe, "a", "1"),
        key(Provider::Alipay, "a", "1"),
        key(Provider::WeChat, "a", "1"),
        key(Provider::Stripe, "b", "1"),
    ];
    let distinct: std::collections::BTreeSet<&String> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
    assert_eq!(trade("1").key(), "trade/stripe/main/1");
}

#[test]
fn books_read_back_as_they_were_written() {
    let mut trade = paid();
    trade.refund(START, None, Some("R1"), 300, RefundState::Abnormal).unwrap();
    trade.dispute(START).unwrap();
    trade.armed.push(Fault::Answer500);
    let text = serde_json::to_string(&trade).unwrap();
    let read: Trade = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
}
