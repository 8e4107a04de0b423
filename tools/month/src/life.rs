//! One order's life, step by step, as the product's flows would do it: each step ends with a claim.

use std::sync::Arc;

use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{
    Attempt, Duty, Facts, May, NewOrder, Order, Policy, RefundId, RefundState, RefundWord, Report, Says, Sold,
};
use till_domain::provider::{Account, Method};
use till_domain::time::{Seconds, Time};

use crate::plan::{Step, ours};

pub struct Life {
    pub order: Order,
    /// The version that was written last; zero before the first.
    pub stored: u64,
    is_dirty: bool,
}

pub struct Birth {
    pub no: OrderNo,
    pub at: Time,
    pub lasts: Seconds,
    pub sold: Sold,
    pub policy: Policy,
    pub method: Method,
    pub account: Account,
}

impl Life {
    pub fn begin(birth: Birth) -> Self {
        let Birth { no, at, lasts, sold, policy, method, account } = birth;
        let expire_at = at.plus(lasts);
        let attempt =
            Attempt::opening(AttemptNo::FIRST, method, account, at).opened(None, payable_until(method, expire_at));
        let mut order = Order::new(NewOrder { no, created_at: at, expire_at, sold: Arc::new(sold), policy }, attempt);
        order.claim(at, May::All);
        Self { order, stored: 0, is_dirty: true }
    }

    /// Everything except goods. A step that the rules refuse by then does not happen.
    pub fn take(&mut self, step: Step, at: Time, account: impl Fn(Method) -> Account) {
        let order = &mut self.order;
        match step {
            Step::Hear(attempt, says) => self.hear(attempt, says, at),
            Step::Retry(method) => {
                if let Ok(n) = order.retry(method, account(method), at) {
                    order.opened(n, None, payable_until(method, order.expire_at), at);
                }
            }
            Step::Cancel(why, by) => _ = order.cancel(why, by, at),
            Step::Refund(request) => _ = order.refund(&request, at),
            Step::RefundsSucceed => self.refunds_are(RefundWord::Succeeded, at),
            Step::RefundFails => self.refunds_are(RefundWord::Failed, at),
            Step::Resolve(resolution) => _ = order.resolve(&resolution, at),
            Step::Grant | Step::Revoke => {}
        }
        self.end_write(at);
    }

    /// Ends a write, and tells the team of a new hold.
    pub fn end_write(&mut self, at: Time) {
        self.order.claim(at, May::All);
        if self.order.owes(Duty::Alarm) {
            let untold = self.order.untold();
            if self.order.told(&untold).is_ok() {
                self.order.claim(at, May::All);
            }
        }
        self.is_dirty = true;
    }

    fn hear(&mut self, n: AttemptNo, says: Says, at: Time) {
        let Some(account) = self.order.attempt(n).map(|attempt| attempt.account.clone()) else { return };
        self.order.settle(&Report { attempt: n, account, asked_at: None, says }, at);
    }

    fn refunds_are(&mut self, word: RefundWord, at: Time) {
        let reports: Vec<Report> = ours(&self.order)
            .filter_map(|(n, place)| {
                let refund = self.order.refunds.get(place)?;
                let attempt = self.order.payment(&refund.trade_no)?.attempt;
                let is_open = refund.state < RefundState::Succeeded;
                let says = Says::Refund {
                    id: RefundId::Ours(n),
                    trade_no: refund.trade_no.clone(),
                    amount: refund.amount,
                    word,
                };
                let report = Report { attempt, account: refund.account.clone(), asked_at: Some(at), says };
                (is_open || word == RefundWord::Failed).then_some(report)
            })
            .collect();
        for report in reports {
            self.order.settle(&report, at);
        }
    }

    /// The order to write, under the version after the stored one. Claims between two writes leave no trace of their own.
    pub fn next_version(&mut self) -> Order {
        self.stored = self.stored.saturating_add(1);
        self.is_dirty = false;
        Order::from_facts(Facts { version: self.stored, ..(*self.order).clone() })
    }

    pub const fn is_dirty(&self) -> bool {
        self.is_dirty
    }
}

/// A card's form has no end of its own.
fn payable_until(method: Method, expire_at: Time) -> Option<Time> {
    match method {
        Method::StripeIntent => None,
        Method::WechatNative
        | Method::WechatJsapi
        | Method::WechatH5
        | Method::AlipayQr
        | Method::AlipayPage
        | Method::AlipayWap
        | Method::StripeCheckout => Some(expire_at),
    }
}
