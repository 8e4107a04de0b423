//! create-order: makes an order and opens its payment; opens the next attempt at one.
//!
//! | route | who | body | answer |
//! |---|---|---|---|
//! | `POST create-order` | user | `product_type`, `product_id` (a text or a number), `payment_method`, `currency?`, `is_upgrade?`, `openid?`, `return_url?` | 200: the order, how to pay it, and the address of a socket |
//! | `POST retry-payment` | user | `order_no`, `payment_method?`, `openid?`, `return_url?` | the same: a fresh code, or another method |
//! | `POST /pay/{order_no}/retry` | a link to the order's page | a form: `payment_method` | 303 to the page; the same as above where JSON is accepted |
//! | `GET /pay/{order_no}/go` | a link to the order's page | – | 303 to the provider's page; the same as above where JSON is accepted |
//!
//! While the team has suspended new orders, or `PAYMENT_ENABLED` is false, a request for a new one is refused with the team's text.
//! With the header `Idempotency-Key` a repeated request returns the same order. The order is written after the provider
//! has answered, so every order that a buyer sees can be paid. The function must never take a price, an account or a
//! user from the request: they come from the catalogue, the settings and the token.

mod currencies;
mod limits;
mod page;
mod request;
mod shape;

use std::time::Duration;

use till_app::breaker::Breaker;
use till_app::create::{Create, CreateRequest, Found, Payable, create, find_claim};
use till_app::ports::{CountCalls, FetchDocument, ListOrders, ListRecent, LoadSales, Payer, ReadSecret};
use till_app::retry::retry;
use till_app::{Failure, Settings};
use till_domain::refusal::Refusal;
use till_domain::time::Seconds;
use till_lambda::address::{public_base, sandbox_base, socket_base};
use till_lambda::checkout_link::checkout_url;
use till_lambda::deadline::Deadline;
use till_lambda::default_methods::DefaultMethods;
use till_lambda::http::{ReadRequest as _, Request, Response};
use till_lambda::origins::Origins;
use till_lambda::problem::Problem;
use till_lambda::rates::Limits;
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::settings::{BadSetting, Environment};
use till_lambda::ticket::{Ticket, socket_url};

use crate::limits::NewOrders;
use crate::shape::Addresses;

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Create,
    Retry,
    RetryOnPage,
    GoToProvider,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "POST", path: "/api/v1/payment/create-order", who: Who::USER_OR_ADMIN, action: Action::Create },
    Route { method: "POST", path: "/api/v1/payment/retry-payment", who: Who::USER_OR_ADMIN, action: Action::Retry },
    Route { method: "POST", path: "/pay/{order_no}/retry", who: Who::Anyone, action: Action::RetryOnPage },
    Route { method: "GET", path: "/pay/{order_no}/go", who: Who::Anyone, action: Action::GoToProvider },
];

#[derive(Debug)]
pub struct CreateOrder {
    router: Router,
    settings: Settings,
    origins: Origins,
    default_methods: DefaultMethods,
    qr_code_lives: Seconds,
    new_orders: NewOrders,
    actions: Limits,
    socket_base: String,
    public_base: String,
    sandbox_base: Option<String>,
    /// Kept from request to request.
    breaker: Breaker,
}

impl CreateOrder {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let settings = environment.orders()?;
        Ok(Self {
            router: Router::read(environment)?,
            new_orders: NewOrders::read(environment, settings.expire_after)?,
            actions: Limits::actions(environment)?,
            socket_base: socket_base(environment)?,
            public_base: public_base(environment)?,
            sandbox_base: sandbox_base(environment)?,
            settings,
            origins: Origins::read(environment)?,
            default_methods: DefaultMethods::read(environment)?,
            qr_code_lives: environment.qr_code_lives()?,
            breaker: Breaker::default(),
        })
    }

    pub async fn handle<P>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response
    where
        P: Create + LoadSales + CountCalls + ListRecent + ListOrders + ReadSecret + FetchDocument,
    {
        self.router
            .dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                // Boxed, because each flow is large and only one of them runs.
                Action::Create => Box::pin(self.create(ports, &call)).await,
                Action::Retry => Box::pin(self.retry(ports, &call)).await,
                Action::RetryOnPage => Box::pin(page::retry_there(self, ports, &call)).await,
                Action::GoToProvider => Box::pin(page::go(self, ports, &call)).await,
            })
            .await
    }

    async fn create(
        &self,
        ports: &(impl Create + LoadSales + CountCalls + ListRecent + ListOrders + ReadSecret),
        call: &Call<'_, Action>,
    ) -> Result<Response, Problem> {
        let wanted = request::create(call, &self.origins, self.default_methods)?;
        let found = find_claim(ports, &wanted).await?;
        let text = found.sales.text_in(call.language).cloned();
        let payable = match self.make(ports, call, &wanted, found).await {
            Err(problem) if problem.error == Refusal::Paused.code() => return Err(Problem { text, ..problem }),
            made => made?,
        };
        // An order that can be paid is answered in any case: without an address, the page asks for one.
        let push_url = match payable.show {
            Some(_) => socket_url(ports, &self.socket_base, &Ticket::of_user(&wanted.by.user)).await.ok(),
            None => None,
        };
        let addresses = self.addresses(ports, &payable, &wanted.payer).await;
        Ok(shape::answer(payable, Addresses { push_url, ..addresses }, self.qr_code_lives))
    }

    /// Counts the request, and makes the order or finds the one that its key made.
    async fn make(
        &self,
        ports: &(impl Create + CountCalls + ListRecent + ListOrders),
        call: &Call<'_, Action>,
        wanted: &CreateRequest,
        found: Found,
    ) -> Result<Payable, Problem> {
        found.check(&self.settings)?;
        let address = call.request.source_ip();
        if found.claim.is_none() {
            self.new_orders.check(ports, &wanted.by.user, address).await?;
        } else {
            // A repeated request makes no new order, but its provider may be called.
            self.actions.check(ports, &wanted.by.user, address, ports.now()).await?;
        }
        match create(ports, &self.settings, wanted, found, &self.breaker, call.deadline.time).await {
            Err(Failure::Refused(Refusal::MethodUnavailable)) => {
                Err(currencies::method_unavailable(ports, wanted).await)
            }
            made => Ok(made?),
        }
    }

    async fn retry(
        &self,
        ports: &(impl Create + CountCalls + ReadSecret),
        call: &Call<'_, Action>,
    ) -> Result<Response, Problem> {
        let wanted = request::retry(call, &self.origins, self.default_methods)?;
        self.actions.check(ports, &wanted.by.user, call.request.source_ip(), ports.now()).await?;
        let order = ports.load_order(wanted.no).await?.ok_or(Refusal::OrderNotFound)?;
        if wanted.method.is_none() && wanted.payer.openid.is_none() {
            request::check_method_before(&wanted, &order)?;
        }
        let payable = retry(ports, &wanted, order, &self.breaker, call.deadline.time).await?;
        let addresses = self.addresses(ports, &payable, &wanted.payer).await;
        Ok(shape::answer(payable, addresses, self.qr_code_lives))
    }

    /// The link to the order's page, without which an order that can be paid is answered too; and the sandbox's page of its trade.
    async fn addresses(&self, ports: &impl ReadSecret, payable: &Payable, payer: &Payer) -> Addresses {
        let order = &payable.order;
        let return_url = payer.of_order(order.no).return_url;
        let checkout_url = checkout_url(ports, &self.public_base, order, return_url.as_deref()).await.ok();
        let trade = order.newest_attempt().filter(|_| payable.show.is_some());
        let number = trade.map(|attempt| order.no.payment(attempt.n));
        let sandbox = self.sandbox_base.as_deref();
        let test_page_url = sandbox.zip(number).map(|(base, number)| format!("{base}/trades/{number}"));
        Addresses { checkout_url, push_url: None, test_page_url }
    }
}

#[cfg(test)]
mod tests;
