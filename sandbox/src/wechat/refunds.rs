//! Refunds: requested and queried. A number belongs to one refund for ever: the same request again changes no_refund,
//! and a different one is refused.

use serde_json::Value;

use super::fields::{ADDRESS, Body, CNY, Length, REFUND_NO, Text};
use super::problem::Problem;
use super::{Answered, Merchant, orders, views};
use crate::books::{RefundState, Trade};
use crate::fault::Fault;
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::sandbox::{REFUND, TRANSACTION, name};
use crate::trade::{Refusal, TradeEvent};

const REFUNDABLE_SECONDS: i64 = 365 * 86_400;
const MAX_REFUNDS: usize = 50;

pub const NUMBER: Text = Text::new("out_refund_no", "商户退款单号", 1, Length::Bytes(64)).of(REFUND_NO);

const TRANSACTION_ID: Text = Text::new("transaction_id", "微信支付订单号", 1, Length::Bytes(32));
const REASON: Text = Text::new("reason", "退款原因", 0, Length::Characters(80));
const NOTIFY_URL: Text = Text::new("notify_url", "退款结果回调url", 1, Length::Bytes(256)).of(ADDRESS);
const CURRENCY: Text = Text::new("amount/currency", "退款币种", 1, Length::Bytes(16)).of(CNY);
const FUNDS_ACCOUNT: Text = Text::new("funds_account", "退款资金来源", 1, Length::Bytes(32));

const KNOWN: &str = "\
    transaction_id out_trade_no out_refund_no reason notify_url funds_account amount/refund amount/total \
    amount/currency amount/from/*/account amount/from/*/amount goods_detail/*/merchant_goods_id \
    goods_detail/*/wechatpay_goods_id goods_detail/*/goods_name goods_detail/*/unit_price \
    goods_detail/*/refund_amount goods_detail/*/refund_quantity";

pub async fn create<P: Ports>(merchant: &Merchant<'_, P>) -> Answered {
    let request = RefundRequest::read(merchant.body.as_ref())?;
    let key = key_of_requested(merchant).await?.ok_or_else(no_payment)?;
    claim(merchant, request.number, &key).await?;
    let changed = merchant.sandbox.try_change(&key, |trade, now| request.apply(trade, now)).await?;
    let (trade, result) = changed.ok_or_else(no_payment)?;
    let (at, is_new) = result?;
    let refund = trade.refunds.get(at).ok_or_else(Problem::system)?;
    // The first answer always says PROCESSING, even if the refund is done.
    let state = if is_new { RefundState::Processing } else { refund.state };
    Ok(Some(views::refund(&trade, refund, state)))
}

pub async fn query<P: Ports>(merchant: &Merchant<'_, P>, number: &str) -> Answered {
    let no_refund = || Problem::new(404, "RESOURCE_NOT_EXISTS", "退款单不存在");
    let key = key_of_refund(merchant, number).await?.ok_or_else(no_refund)?;
    let trade = merchant.sandbox.trade(&key).await?.ok_or_else(no_refund)?;
    let refund = trade.refunds.iter().find(|refund| views::number(refund) == number).ok_or_else(no_refund)?;
    Ok(Some(views::refund(&trade, refund, refund.state)))
}

/// The key of the order that a refund request concerns.
pub async fn key_of_requested<P: Ports>(merchant: &Merchant<'_, P>) -> Result<Option<String>, StoreError> {
    let trade = match (merchant.text("transaction_id"), merchant.text("out_trade_no")) {
        (Some(id), _) => merchant.find(TRANSACTION, id).await?,
        (None, Some(number)) => merchant.sandbox.trade(&merchant.key(number)).await?,
        (None, None) => None,
    };
    Ok(trade.map(|trade| trade.key()))
}

/// The key of the order that has this refund.
pub async fn key_of_refund<P: Ports>(merchant: &Merchant<'_, P>, number: &str) -> Result<Option<String>, StoreError> {
    let trade = match merchant.find(REFUND, &merchants_number(merchant, number)).await? {
        Some(trade) => Some(trade),
        None => merchant.find(REFUND, number).await?,
    };
    Ok(trade.map(|trade| trade.key()))
}

/// Another merchant may use the same number.
fn merchants_number<P>(merchant: &Merchant<'_, P>, number: &str) -> String {
    format!("{}/{number}", merchant.account.mchid)
}

/// Gives the number to an order, unless a refund of another order has it.
async fn claim<P: Ports>(merchant: &Merchant<'_, P>, number: &str, key: &str) -> Result<(), Problem> {
    let name = name(Provider::WeChat, REFUND, &merchants_number(merchant, number));
    match merchant.sandbox.named(&name).await? {
        Some(other) if other.key() == key => Ok(()),
        Some(other) if other.refunds.iter().any(|refund| refund.number.as_deref() == Some(number)) => Err(differs()),
        Some(_) | None => Ok(merchant.sandbox.name(key, &name).await?),
    }
}

struct RefundRequest<'a> {
    transaction_id: Option<&'a str>,
    out_trade_no: Option<&'a str>,
    number: &'a str,
    notify_url: Option<&'a str>,
    refund: u64,
    total: u64,
    request: Value,
}

impl<'a> RefundRequest<'a> {
    fn read(body: Option<&'a Value>) -> Result<Self, Problem> {
        let body = Body::of(body, &KNOWN.split_whitespace().collect::<Vec<_>>())?;
        let request = Self {
            transaction_id: body.text(&TRANSACTION_ID)?,
            out_trade_no: body.text(&orders::NUMBER)?,
            number: body.needed(&NUMBER)?,
            notify_url: body.text(&NOTIFY_URL)?,
            refund: body.amount("amount/refund", "退款金额")?,
            total: body.amount("amount/total", "原订单金额")?,
            request: body.plain(),
        };
        body.needed(&CURRENCY)?;
        body.text(&REASON)?;
        body.text(&FUNDS_ACCOUNT)?;
        if request.transaction_id.is_none() && request.out_trade_no.is_none() {
            return Err(Problem::new(400, "PARAM_ERROR", "transaction_id和out_trade_no不能同时为空"));
        }
        Ok(request)
    }

    /// The place of the refund in the trade's list, and whether it is new.
    fn apply(&self, trade: &mut Trade, now: i64) -> Result<((usize, bool), Option<TradeEvent>), Problem> {
        let known = trade.refunds.iter().position(|refund| refund.number.as_deref() == Some(self.number));
        if let Some(at) = known {
            let is_same =
                trade.refunds.get(at).is_some_and(|refund| refund.details.get("request") == Some(&self.request));
            return if is_same { Ok(((at, false), None)) } else { Err(differs()) };
        }
        let event = self.open(trade, now)?;
        Ok(((trade.refunds.len().saturating_sub(1), true), Some(event)))
    }

    fn open(&self, trade: &mut Trade, now: i64) -> Result<TradeEvent, Problem> {
        let payment = trade.payment(self.transaction_id).ok_or_else(no_payment)?;
        let (payment, paid, at) = (payment.id.clone(), payment.amount, payment.at);
        if self.out_trade_no.is_some_and(|number| number != trade.payment_no) {
            return Err(Problem::invalid("您的请求参数与订单信息不一致"));
        }
        if self.total != paid {
            return Err(differs());
        }
        if now.saturating_sub(at) > REFUNDABLE_SECONDS {
            return Err(Problem::new(403, "TRADE_OVERDUE", "订单已经超过退款期限"));
        }
        let of_merchant = trade.refunds.iter().filter(|refund| refund.payment == payment && refund.number.is_some());
        if of_merchant.count() >= MAX_REFUNDS {
            return Err(Problem::invalid("申请退款次数超过限制"));
        }
        if trade.refunded_or_pending(&payment).saturating_add(self.refund) > paid {
            return Err(too_much());
        }
        if trade.use_fault(Fault::RefuseRefund) {
            return Err(Problem::new(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起"));
        }
        let state = trade.next_refund();
        let event = trade
            .refund(now, Some(&payment), Some(self.number), self.refund, state)
            .map_err(|refusal| if refusal == Refusal::TooMuch { too_much() } else { no_payment() })?;
        if let Some(refund) = trade.refunds.last_mut() {
            refund.details.insert("request".to_owned(), self.request.clone());
            if let Some(notify_url) = self.notify_url {
                refund.details.insert("notify_url".to_owned(), notify_url.into());
            }
        }
        Ok(event)
    }
}

/// Also for an order that is not paid.
fn no_payment() -> Problem {
    Problem::new(404, "RESOURCE_NOT_EXISTS", "订单不存在")
}

fn differs() -> Problem {
    Problem::invalid("订单金额或退款金额与之前请求不一致，请核实后再试")
}

fn too_much() -> Problem {
    Problem::invalid("退款金额大于可退金额")
}
