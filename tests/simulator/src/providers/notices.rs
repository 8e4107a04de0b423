//! What the providers push.

use std::sync::Arc;

use till_domain::money::Money;
use till_domain::order::{RefundId, Says};
use till_domain::provider::{Account, Provider};
use till_domain::text::OutsideRefundNo;

use super::calls::word;
use super::{BookedDispute, Notice, Providers};

impl Providers {
    pub(super) fn notify(&mut self, trade: usize, only_so: bool) {
        let mut says = self.says_paid(trade);
        // A notice of success says only that.
        says.truncate(1);
        self.tell(trade, says, only_so);
    }

    /// Announces a payment through another account of ours; returns whether that is news.
    pub(crate) fn notify_twin(&mut self, trade: usize, account: Account) -> bool {
        let mut says = self.says_paid(trade);
        says.truncate(1);
        let notice = Notice { payment_no: self.trades[trade].payment_no, account, says, only_so: false };
        let is_news = !self.notices.iter().any(|told| **told == notice);
        if is_news {
            self.notices.push(Arc::new(notice));
        }
        is_news
    }

    pub(super) fn notify_refund(&mut self, place: usize, trade: usize, only_so: bool) {
        let refund = self.refunds[place].clone();
        let of = &self.trades[trade];
        let Some(taken) = of.taken.clone() else { return };
        let Ok(amount) = Money::new(refund.amount, taken.amount.currency()) else { return };
        // Under the number of another order than the payment's, to which it was settled.
        let of_another = refund.no.filter(|no| no.order != of.payment_no.order);
        let of_another = of_another.and_then(|no| OutsideRefundNo::parse(&no.to_string()).ok()).map(RefundId::Theirs);
        let id = of_another.unwrap_or(refund.id);
        let by_number = Says::Refund { id, trade_no: taken.trade_no, amount, word: word(refund.state) };
        match of.account.provider {
            // Refunds made on WeChat's platform are announced by its old interface, which Till does not speak.
            Provider::WeChat if refund.outside => {}
            Provider::WeChat | Provider::Stripe => self.tell(trade, vec![by_number], only_so),
            Provider::Alipay => {
                let mut says = self.says_paid(trade);
                says.truncate(1);
                says.extend(self.running_total(trade));
                self.tell(trade, says, only_so);
            }
        }
    }

    pub(super) fn notify_dispute(&mut self, place: usize) {
        let trade = self.disputes[place].trade;
        if let Some(says) = self.says_dispute(place) {
            self.tell(trade, vec![says], false);
        }
    }

    pub(super) fn says_dispute(&self, place: usize) -> Option<Says> {
        let BookedDispute { no, trade, amount, state, opened_at: _ } = self.disputes[place].clone();
        let taken = self.trades[trade].taken.clone()?;
        let amount = Money::new(amount, taken.amount.currency()).ok()?;
        Some(Says::Dispute { no, trade_no: taken.trade_no, amount, state })
    }

    pub(super) fn tell(&mut self, trade: usize, says: Vec<Says>, only_so: bool) {
        let (payment_no, account) = (self.trades[trade].payment_no, self.trades[trade].account.clone());
        let notice = Arc::new(Notice { payment_no, account, says, only_so });
        match self.notices.iter().position(|told| told.is_like(&notice)) {
            Some(place) if only_so => self.notices[place] = notice,
            Some(_) => {}
            None => self.notices.push(notice),
        }
    }
}
