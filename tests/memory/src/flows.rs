//! Flows as the functions call them: what a flow needs is loaded first.

use till_app::breaker::Breaker;
use till_app::create::{Create, CreateRequest, Payable, find_claim};
use till_app::perform::Perform;
use till_app::ports::{FindAccount, LoadSales};
use till_app::retry::RetryRequest;
use till_app::settle::Settle;
use till_app::{Failure, Settings};
use till_domain::id::PaymentNo;
use till_domain::order::{Order, Report};
use till_domain::refusal::Refusal;
use till_domain::time::Time;

pub async fn create<P: Create + LoadSales>(
    ports: &P,
    settings: &Settings,
    request: &CreateRequest,
    deadline: Time,
) -> Result<Payable, Failure> {
    let found = find_claim(ports, request).await?;
    till_app::create::create(ports, settings, request, found, &Breaker::default(), deadline).await
}

pub async fn retry<P: Perform + FindAccount>(
    ports: &P,
    request: &RetryRequest,
    deadline: Time,
) -> Result<Payable, Failure> {
    let order = ports.load_order(request.no).await?.ok_or(Refusal::OrderNotFound)?;
    till_app::retry::retry(ports, request, order, &Breaker::default(), deadline).await
}

/// Without a callback to record.
pub async fn settle<P: Settle>(ports: &P, payment_no: PaymentNo, reports: &[Report]) -> Result<Order, Failure> {
    till_app::settle::settle(ports, payment_no, reports, None).await
}
