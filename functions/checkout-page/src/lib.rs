//! checkout-page: the page behind a link, where a buyer pays an order and sees what became of it.
//!
//! | route | who | answer |
//! |---|---|---|
//! | `GET /pay/{order_no}` | a link to it | the page: HTML that works without script |
//! | `GET /pay/{order_no}/status` | a link to it | what the page's script asks for: how the order stands, and whether the page would look different now |
//! | `POST /pay/{order_no}/ticket` | a link to it | the address of a socket that hears of this order alone, good for a minute |
//!
//! The link is the only proof that is looked at. The function has no merchant's key: what needs a provider is done by
//! create-order, under the same links. It must show everything that others have named as text, never as HTML.

mod device;
mod face;
mod methods;
mod page;
mod pay;
mod qr;
mod shop;
mod status;
mod view;

use std::time::Duration;

use till_app::ports::{Clock, CountCalls, Draw, FindAccount, Listens, LoadOrder, ReadSecret};
use till_domain::time::Seconds;
use till_lambda::address::socket_base;
use till_lambda::checkout_link::linked_order;
use till_lambda::deadline::Deadline;
use till_lambda::http::{ReadRequest as _, Request, Response};
use till_lambda::problem::Problem;
use till_lambda::rates::Limits;
use till_lambda::routes::{Call, Route, Who, dispatch_open};
use till_lambda::settings::{BadSetting, Environment};
use till_lambda::ticket::{self, Ticket};

use crate::methods::Offered;
use crate::page::Page;
use crate::shop::Shop;

pub const TIME_BUDGET: Duration = Duration::from_secs(8);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Page,
    Status,
    Ticket,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "GET", path: "/pay/{order_no}", who: Who::Anyone, action: Action::Page },
    Route { method: "GET", path: "/pay/{order_no}/status", who: Who::Anyone, action: Action::Status },
    Route { method: "POST", path: "/pay/{order_no}/ticket", who: Who::Anyone, action: Action::Ticket },
];

#[derive(Debug)]
pub struct CheckoutPage {
    shop: Shop,
    offered: Offered,
    qr_code_lives: Seconds,
    tickets: Limits,
    socket_base: String,
    page: Page,
}

impl CheckoutPage {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let socket_base = socket_base(environment)?;
        Ok(Self {
            shop: Shop::read(environment)?,
            offered: Offered::read(environment)?,
            qr_code_lives: environment.qr_code_lives()?,
            tickets: Limits::tickets(environment)?,
            page: Page::new(&socket_base),
            socket_base,
        })
    }

    pub async fn handle<P>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response
    where
        P: LoadOrder + FindAccount + ReadSecret + CountCalls + Clock + Draw,
    {
        dispatch_open(ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
            Action::Page => Ok(page::answer(self, ports, &call).await),
            Action::Status => status::answer(self, ports, &call).await,
            Action::Ticket => self.ticket(ports, &call).await,
        })
        .await
    }

    async fn ticket(
        &self,
        ports: &(impl LoadOrder + ReadSecret + CountCalls + Clock + Draw),
        call: &Call<'_, Action>,
    ) -> Result<Response, Problem> {
        let (order, _) = linked_order(ports, call).await?;
        let user = order.sold.user.clone();
        self.tickets.check(ports, &user, call.request.source_ip(), ports.now()).await?;
        let ticket = Ticket { user, listens: Listens::Order(order.no) };
        Ok(ticket::answer(ports, &self.socket_base, &ticket).await?)
    }
}

#[cfg(test)]
mod tests;
