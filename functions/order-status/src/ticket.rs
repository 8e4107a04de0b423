//! The address of the socket, with a ticket.

use till_app::ports::{Clock, CountCalls, Draw, ReadSecret};
use till_lambda::http::{ReadRequest as _, Response};
use till_lambda::problem::Problem;
use till_lambda::rates::Limits;
use till_lambda::routes::Call;
use till_lambda::ticket::{self, Ticket};

use crate::Action;

pub async fn answer(
    ports: &(impl ReadSecret + CountCalls + Clock + Draw),
    limits: &Limits,
    call: &Call<'_, Action>,
    socket_base: &str,
) -> Result<Response, Problem> {
    call.check_parameters(&[])?;
    limits.check(ports, call.user()?, call.request.source_ip(), ports.now()).await?;
    Ok(ticket::answer(ports, socket_base, &Ticket::of_user(call.user()?)).await?)
}
