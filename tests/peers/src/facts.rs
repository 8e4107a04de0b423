//! The facts of a call, given by the suites, as an order with one attempt.

use std::sync::Arc;

use serde_json::Value;
use till_app::ports::{Asked, Payer};
use till_domain::currency::Currency;
use till_domain::id::{PaymentNo, RefundNo};
use till_domain::money::Money;
use till_domain::order::{Attempt, By, NewOrder, Order, Policy, Refund, RefundId, Sold};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method};
use till_domain::text::{Handle, ProductId, ProductName, ProductType, Reason, TradeNo, UserId};
use till_domain::time::Time;

use crate::Failure;

pub struct Facts<'a> {
    pub payment_no: PaymentNo,
    pub method: Method,
    pub account: Account,
    pub order: Order,
    pub payer: Payer,
    with: &'a Value,
}

impl<'a> Facts<'a> {
    pub fn read(with: &'a Value, account: Account, now: Time) -> Result<Self, Failure> {
        let text = |name: &str| with[name].as_str();
        let needed = |name: &str| text(name).ok_or_else(|| format!("a call has a {name}"));
        let payment_no = PaymentNo::parse(needed("payment_no")?)?;
        let method = Method::parse(text("method").unwrap_or(account.provider.as_str()))?;
        let currency = Currency::parse(needed("currency")?).map_err(|_| "a known currency")?;
        let minor = with["amount_minor"].as_u64().ok_or("amount_minor is a number")?;
        let expire_at = Time::from_unix(with["expire_at"].as_i64().ok_or("expire_at is a number")?)?;
        let sold = Sold {
            user: UserId::parse("peers")?,
            kind: ProductType::parse("points")?,
            product: ProductId::parse("1")?,
            name: ProductName::parse(needed("name")?)?,
            price: Money::new(minor, currency)?,
            grants: vec![Grant::Points(PointsGrant::new(1).map_err(|_| "one point")?)],
            upgrade: None,
            upgrade_worth: None,
        };
        let handle = text("handle").map(Handle::parse).transpose()?;
        let attempt =
            Attempt::opening(payment_no.attempt, method, account.clone(), now).opened(handle, Some(expire_at));
        let (no, sold, policy) = (payment_no.order, Arc::new(sold), Policy::default());
        let new = NewOrder { no, created_at: now, expire_at, sold, policy };
        let owned = |name: &str| text(name).map(str::to_owned);
        let payer =
            Payer { openid: owned("openid"), return_url: owned("return_url"), cancel_url: None, ip: owned("ip") };
        Ok(Self { payment_no, method, account, order: Order::new(new, attempt), payer, with })
    }

    pub fn asked(&self) -> Result<Asked<'_>, Failure> {
        Ok(Asked::about(&self.order, self.order.attempts.first().ok_or("an order has an attempt")?))
    }

    pub fn refund_no(&self) -> Result<RefundNo, Failure> {
        Ok(RefundNo::parse(self.with["refund_no"].as_str().unwrap_or_default())?)
    }

    pub fn refund(&self) -> Result<Refund, Failure> {
        let id = RefundId::Ours(self.refund_no()?.n);
        let trade_no = TradeNo::parse(self.with["trade_no"].as_str().unwrap_or_default())?;
        let minor = self.with["refund_minor"].as_u64().ok_or("refund_minor is a number")?;
        let amount = Money::new(minor, self.order.sold.price.currency())?;
        let mut refund = Refund::new(id, trade_no, self.account.clone(), amount, By::Till, self.order.created_at);
        refund.reason = self.with["reason"].as_str().map(Reason::parse).transpose()?;
        Ok(refund)
    }
}
