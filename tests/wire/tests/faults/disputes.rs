//! Disputes of payments. Only Stripe reports them.

use till_app::ports::{Clock as _, ListDisputes as _};
use till_domain::order::{DisputeState, Status};
use till_domain::time::Seconds;
use till_providers::callback_content::CallbackSubject;
use till_providers::provide::Providers;
use till_wire::{PRICE, SystemClock};

use super::*;

const METHODS: [Method; 2] = [Method::StripeCheckout, Method::StripeIntent];

fn wait_for_dispute_state(trade: &mut Trade, wanted: DisputeState) {
    let amount = trade.wait_for(|says| match says {
        Says::Dispute { state, amount, .. } if *state == wanted => Some(*amount),
        _ => None,
    });
    assert_eq!(amount, trade.order.sold.price);
    assert_eq!(trade.order.disputes.len(), 1);
    assert_eq!(trade.order.disputes[0].state, wanted);
}

fn disputed(method: Method) -> Trade {
    let (mut trade, trade_no) = paid(method);
    trade.act("open_dispute");
    wait_for_dispute_state(&mut trade, DisputeState::Opened);
    assert_eq!(trade.order.disputes[0].trade_no, trade_no);
    assert_eq!((holds(&trade.order), trade.order.status()), (vec![HoldWord::Dispute], Status::Paid));
    assert!(!trade.order.owes(till_domain::order::Duty::Grant), "nothing is granted during a dispute");
    assert_books_agree(&trade);
    trade
}

#[test]
fn won_dispute_keeps_payment() {
    for_each(METHODS, |method| {
        let mut trade = disputed(method);
        trade.act("win_dispute");
        wait_for_dispute_state(&mut trade, DisputeState::Won);
        assert_eq!((holds(&trade.order), trade.order.status()), (vec![], Status::Paid));
        assert_books_agree(&trade);
        // The payment can be refunded afterwards.
        let id = trade.decide_refund(None, 300);
        assert_eq!(word(&trade.send_refund(&id).unwrap()), RefundWord::Succeeded);
        assert_eq!(trade.order.refunded_amount().minor(), 300);
        assert_books_agree(&trade);
    });
}

#[test]
fn lost_dispute_refunds_order() {
    for_each(METHODS, |method| {
        let mut trade = disputed(method);
        trade.act("lose_dispute");
        wait_for_dispute_state(&mut trade, DisputeState::Lost);
        assert_eq!((holds(&trade.order), trade.order.status()), (vec![], Status::Refunded));
        assert_eq!(trade.order.refunded_amount().minor(), PRICE);
        assert_books_agree(&trade);
        let before = trade.order.clone();
        trade.act("resend");
        trade.wait_for(|says| matches!(says, Says::Dispute { state: DisputeState::Lost, .. }).then_some(()));
        assert_eq!(trade.order, before, "the same callback changed the order");
    });
}

/// The list of the account's disputes tells what no callback told.
#[test]
fn dispute_is_found_in_the_list_without_a_callback() {
    for_each(METHODS, |method| {
        let (mut trade, _) = paid(method);
        for (act, state, is_open) in
            [("open_dispute", DisputeState::Opened, true), ("lose_dispute", DisputeState::Lost, false)]
        {
            trade.arm("lose_callback");
            trade.act(act);
            let since = SystemClock.now().minus(Seconds::hours(1));
            let account = trade.order.attempts[0].account.clone();
            let listed = {
                let stack = &trade.shop.stack;
                let providers = Providers { merchants: &trade.shop.merchants, outside: stack.world() };
                stack.wait(providers.list_disputes(&account, since, None)).expect("a page")
            };
            assert_eq!((listed.disputes.len(), listed.next), (1, None));
            let dispute = &listed.disputes[0];
            assert_eq!(dispute.is_open, is_open);
            let CallbackSubject::Payment { payment_no, reports } = &dispute.about else { panic!("{dispute:?}") };
            assert_eq!(payment_no.to_string(), trade.number());
            for report in reports {
                trade.order.settle(report, SystemClock.now());
            }
            assert_eq!(trade.order.disputes[0].state, state);
            assert_books_agree(&trade);
        }
        assert_eq!(trade.order.status(), Status::Refunded);
    });
}

/// A refund that was decided before the dispute is sent, and Stripe refuses it.
#[test]
fn refund_of_a_disputed_payment_fails() {
    for_each(METHODS, |method| {
        let (mut trade, _) = paid(method);
        let id = trade.decide_refund(None, 300);
        trade.act("open_dispute");
        wait_for_dispute_state(&mut trade, DisputeState::Opened);
        assert_eq!(word(&trade.send_refund(&id).unwrap()), RefundWord::Failed);
        assert_eq!((states(&trade.order), holds(&trade.order)), (vec![RefundState::Failed], vec![HoldWord::Dispute]));
        assert_books_agree(&trade);
    });
}
