//! The status that the page's script asks for while it waits.

use serde::Serialize;
use till_app::ports::{Clock, FindAccount, LoadOrder, ReadSecret};
use till_lambda::checkout_link::linked_order;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;

use crate::view::View;
use crate::{Action, CheckoutPage};

#[derive(Serialize)]
struct Answer {
    order_no: String,
    status: &'static str,
    fulfilment: &'static str,
    /// The number of the newest attempt.
    attempt: Option<u8>,
    /// Until the order's end.
    seconds_left: u32,
    /// Another one than the page's own: the page would look different now.
    view: String,
    /// Whether nothing changes any more, so that the page can stop asking.
    is_final: bool,
}

pub async fn answer(
    function: &CheckoutPage,
    ports: &(impl LoadOrder + FindAccount + ReadSecret + Clock),
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let (order, link) = linked_order(ports, call).await?;
    let view = View::of(function, ports, call, &order, &link).await?;
    Ok(json(
        200,
        &Answer {
            order_no: order.no.to_string(),
            status: order.status().as_str(),
            fulfilment: order.fulfilment().as_str(),
            attempt: order.newest_attempt().map(|attempt| attempt.n.get()),
            seconds_left: order.expire_at.since(ports.now()).0,
            view: view.name(),
            is_final: view.face.is_final(),
        },
    ))
}
