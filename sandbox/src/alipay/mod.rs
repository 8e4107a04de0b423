//! Alipay's side: the gateway `/gateway.do`, which answers every call with status 200, its callbacks, and
//! the buyer's return.

use crate::http::{Request, Response};
use crate::ports::Ports;
use crate::provider::Provider;
use crate::sandbox::{CallFault, Sandbox};

mod answer;
mod call;
pub mod callbacks;
mod calls;
mod create;
mod fields;
mod refunds;
mod rsa2;
#[cfg(test)]
mod tests;
mod trades;

use answer::{Answer, Envelope};
use call::{Call, Method, Parameters};

enum Outcome {
    Answer(Answer),
    Redirect(String),
}

pub async fn answer<P: Ports>(sandbox: &Sandbox<P>, request: &Request) -> Response {
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return Response::new(405, "text/plain", "").with("Allow", "GET, POST");
    }
    let unknown = Envelope { name: "error_response".to_owned(), app: None, is_certified: false };
    let read = Parameters::read(request).and_then(|parameters| Ok((parameters.method()?, parameters)));
    let (method, parameters) = match read {
        Ok(read) => read,
        Err(refused) => return refused.respond(&unknown),
    };
    let name = format!("{}_response", method.word().replace('.', "_"));
    let app = parameters.app(&sandbox.config);
    let envelope = Envelope { name, app: app.as_ref().ok().copied(), is_certified: parameters.is_certified() };
    let called = app.and_then(|app| parameters.verify(app, method, sandbox.ports.now()));
    let outcome = match called {
        Ok(call) => perform(sandbox, &call).await,
        Err(refused) => Err(refused),
    };
    match outcome {
        Ok(Outcome::Redirect(to)) => Response::see_other(&to),
        Ok(Outcome::Answer(answer)) => answer.respond(&envelope),
        Err(refused) if method.is_for_buyers() => refused.show(),
        Err(refused) => refused.respond(&envelope),
    }
}

async fn perform<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>) -> Result<Outcome, Answer> {
    let target = trades::find(sandbox, call).await?;
    let fault = sandbox.take_call_fault(Provider::Alipay, target.key.as_deref()).await?;
    if fault == CallFault::Error {
        return Err(Answer::unavailable());
    }
    let outcome = match call.method {
        Method::Precreate => create::precreate(sandbox, call).await.map(Outcome::Answer),
        Method::PagePay | Method::WapPay | Method::AppPay => create::visit(sandbox, call).await.map(Outcome::Redirect),
        Method::Query => calls::query(sandbox, call, &target).await.map(Outcome::Answer),
        Method::Close => calls::close(sandbox, call, &target).await.map(Outcome::Answer),
        Method::Refund => refunds::refund(sandbox, call, &target).await.map(Outcome::Answer),
        Method::RefundQuery => refunds::query(sandbox, call, &target).await.map(Outcome::Answer),
    };
    if fault == CallFault::LateAnswer {
        sandbox.delay_answer().await;
    }
    outcome
}
