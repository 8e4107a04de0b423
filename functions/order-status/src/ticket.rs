//! The address of the socket, with a ticket.

use serde::Serialize;
use till_app::ports::{Clock, CountCalls, Draw, ReadSecret};
use till_lambda::http::{ReadRequest as _, Response, json};
use till_lambda::problem::Problem;
use till_lambda::rates::Limits;
use till_lambda::routes::Call;
use till_lambda::ticket::{TICKET_LIVES, socket_url};

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
    call.check_parameters(&[])?;
    limits.check(ports, call.user()?, call.request.source_ip(), ports.now()).await?;
    let url = socket_url(ports, socket_base, call.user()?).await?;
    Ok(json(200, &Answer { url, expires_in: TICKET_LIVES.0 }))
}
