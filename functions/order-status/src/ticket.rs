//! The address of the socket, with a ticket.

use serde::Serialize;
use till_app::ports::{Clock, CountCalls, Draw, Listens, ReadSecret};
use till_lambda::http::{ReadRequest as _, Response, json};
use till_lambda::problem::Problem;
use till_lambda::rates::Limits;
use till_lambda::routes::Call;
use till_lambda::ticket::{TICKET_LIVES, Ticket, issue};

use crate::Action;

#[derive(Serialize)]
struct Answer {
    url: String,
    expires_in: u32,
}

pub async fn answer(
    ports: &(impl ReadSecret + CountCalls + Clock + Draw),
    limits: &Limits,
    call: &Call<'_, Action>,
    socket_base: &str,
) -> Result<Response, Problem> {
    limits.check(ports, call.user()?, call.request.source_ip(), ports.now()).await?;
    let ticket = Ticket { user: call.user()?.clone(), listens: Listens::User };
    let ticket = issue(ports, &ticket).await?;
    let url = format!("{socket_base}?ticket={ticket}");
    Ok(json(200, &Answer { url, expires_in: TICKET_LIVES.0 }))
}
