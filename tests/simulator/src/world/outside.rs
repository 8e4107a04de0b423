//! What buyers, banks and the providers' own staff do.

use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, PaymentNo};
use till_domain::money::Money;
use till_domain::order::DisputeState;
use till_domain::provider::{Account, Provider};

use super::World;
use crate::act::{Act, Moved, Part, Pay, Twin};
use crate::cast;
use crate::coverage::{Coverage, Happening};
use crate::providers::{BookedDispute, NOT_BY_A_WORKER, Sent, Trade, TradeState, wrong};

impl World {
    pub(super) fn outside_act(&mut self, act: Act, cover: &mut Coverage) -> bool {
        let now = self.now;
        let trade = match act {
            Act::Pay(by, _)
            | Act::Twin(by, _)
            | Act::Process(by)
            | Act::EndProcess(by, _)
            | Act::Decline(by)
            | Act::Outside(by, _)
            | Act::Dispute(by) => {
                let Some(trade) = self.trade(by) else { return false };
                trade
            }
            _ => 0,
        };
        let providers = &mut self.providers;
        match act {
            Act::Pay(_, how) => {
                if !providers.is_payable(trade, now) {
                    return false;
                }
                let (price, account) = (providers.trades[trade].price, providers.trades[trade].account.clone());
                let order = self.tables.orders.get(&providers.trades[trade].payment_no.order);
                if order.is_some_and(|order| now > order.expire_at || order.cancelled.is_some()) {
                    cover.happens(Happening::PaidLate);
                }
                if how == Pay::WrongAccount {
                    // A trade of the same number at another account; the attempt's own is unchanged.
                    let payment_no = providers.trades[trade].payment_no;
                    let elsewhere = cast::other_account(account.provider);
                    if providers.trades.iter().any(|t| t.payment_no == payment_no && t.account == elsewhere) {
                        return false;
                    }
                    providers.pay_stranger(payment_no, elsewhere, price, now);
                    return true;
                }
                let amount = if how == Pay::WrongAmount { wrong(price) } else { price };
                providers.pay(trade, amount, now);
            }
            Act::Twin(_, twin) => {
                let Some(of) = providers.trades.get(trade) else { return false };
                // Money under a number that is not ours is announced through one account only. Money that came through another account than the attempt's is not announced through a second one.
                if of.taken.is_none() || of.by == NOT_BY_A_WORKER || of.account != cast::account(of.account.provider) {
                    return false;
                }
                let account = match twin {
                    Twin::Other => cast::other_account(of.account.provider),
                    Twin::Third => cast::third_account(of.account.provider),
                };
                return providers.notify_twin(trade, account);
            }
            Act::Process(_) => {
                let slow = providers.trades.get(trade).is_some_and(|t| t.account.provider == Provider::Stripe);
                if !slow || !providers.is_payable(trade, now) {
                    return false;
                }
                providers.begin_processing(trade);
            }
            Act::Decline(_) => {
                let by_card = providers.trades.get(trade).is_some_and(|t| t.account.provider == Provider::Stripe);
                if !by_card || !providers.is_payable(trade, now) {
                    return false;
                }
                providers.decline(trade);
            }
            Act::EndProcess(_, paid) => {
                if providers.trades.get(trade).is_none_or(|t| t.state != TradeState::Processing) {
                    return false;
                }
                providers.end_processing(trade, paid, now);
            }
            Act::MoveRefund(place, moved) => return self.move_refund(place.into(), moved),
            Act::Outside(_, part) => return self.refund_outside(trade, part),
            Act::Dispute(_) => {
                let taken = providers.trades.get(trade).and_then(|trade| trade.taken.as_ref());
                let left = taken.map_or(0, |taken| taken.amount.minor().saturating_sub(providers.promised(trade)));
                let stripe = providers.trades.get(trade).is_some_and(|t| t.account.provider == Provider::Stripe);
                let disputed = providers.disputes.iter().any(|dispute| dispute.trade == trade);
                if left == 0 || !stripe || disputed {
                    return false;
                }
                providers.dispute(trade, now);
            }
            Act::EndDispute(place, won) => {
                let open = |d: &BookedDispute| d.state == DisputeState::Opened;
                if !providers.disputes.get(usize::from(place)).is_some_and(open) {
                    return false;
                }
                providers.end_dispute(place.into(), won);
            }
            Act::Stranger(order) => return self.stranger(order),
            Act::Lost => return self.lost(),
            Act::Start(..)
            | Act::Step(..)
            | Act::Run(..)
            | Act::Pass(_)
            | Act::Tick
            | Act::Propagate
            | Act::Purge
            | Act::Restate => return false,
        }
        true
    }

    fn move_refund(&mut self, place: usize, moved: Moved) -> bool {
        let Some(refund) = self.providers.refunds.get(place) else { return false };
        let provider = self.providers.trades[refund.trade].account.provider;
        let to = match (moved, refund.state) {
            (Moved::Succeeds, Sent::Processing | Sent::Abnormal) => Sent::Succeeded,
            (Moved::Fails, Sent::Processing | Sent::Abnormal) => Sent::Failed,
            (Moved::IsAbnormal, Sent::Processing) if provider == Provider::WeChat => Sent::Abnormal,
            // Alipay's are final.
            (Moved::IsUndone, Sent::Succeeded) if provider != Provider::Alipay => Sent::Failed,
            _ => return false,
        };
        self.providers.move_refund(place, to);
        true
    }

    /// A refund on the provider's platform. WeChat does not report its amount, so beside a refund of ours it could not
    /// be told, and only the provider's bill could settle it: such worlds are left out.
    fn refund_outside(&mut self, trade: usize, part: Part) -> bool {
        let Some(of) = self.providers.trades.get(trade) else { return false };
        let Some(taken) = of.taken.as_ref() else { return false };
        let wechat = of.account.provider == Provider::WeChat;
        let left = taken.amount.minor().saturating_sub(self.providers.promised(trade));
        let amount = if part == Part::Half { (taken.amount.minor() / 2).min(left) } else { left };
        let ours = self.providers.refunds.iter().any(|refund| refund.trade == trade);
        if amount == 0 || (wechat && ours) {
            return false;
        }
        self.providers.refund_outside(trade, amount);
        true
    }

    fn stranger(&mut self, order: Option<u16>) -> bool {
        let account = cast::account(Provider::WeChat);
        let (payment_no, price) = if let Some(by) = order {
            // No retry goes so far.
            let (Some(order), Some(n)) = (self.order(by), AttemptNo::new(77)) else { return false };
            (order.no.payment(n), order.sold.price)
        } else {
            let price = Money::new(100, Currency::CNY).unwrap_or(Money::zero(Currency::CNY));
            (OrderNo::mint(self.now, 1).payment(AttemptNo::FIRST), price)
        };
        self.pay_under(payment_no, account, price)
    }

    fn lost(&mut self) -> bool {
        let price = cast::price_of_points();
        self.pay_under(OrderNo::mint(self.now, 2).payment(AttemptNo::FIRST), cast::account(Provider::Alipay), price)
    }

    fn pay_under(&mut self, payment_no: PaymentNo, account: Account, price: Money) -> bool {
        let known = |trade: &Trade| trade.payment_no == payment_no;
        if self.providers.trades.iter().any(known) {
            return false;
        }
        self.providers.pay_stranger(payment_no, account, price, self.now);
        true
    }
}
