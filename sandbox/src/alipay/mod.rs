//! Alipay's side: the gateway `/gateway.do`, which answers every call with status 200, its callbacks, and
//! the buyer's return.

use crate::desk::{Sandbox, Trouble};
use crate::http::{Request, Response};
use crate::ports::Ports;
use crate::provider::Provider;

mod answer;
mod call;
mod calls;
mod fields;
mod open;
mod refunds;
mod rsa2;
pub mod tell;
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
    let trouble = sandbox.trouble(Provider::Alipay, target.key.as_deref()).await?;
    if trouble == Trouble::Error {
        return Err(Answer::sick());
    }
    let outcome = match call.method {
        Method::Precreate => open::precreate(sandbox, call).await.map(Outcome::Answer),
        Method::PagePay | Method::WapPay | Method::AppPay => open::visit(sandbox, call).await.map(Outcome::Redirect),
        Method::Query => calls::query(sandbox, call, &target).await.map(Outcome::Answer),
        Method::Close => calls::close(sandbox, call, &target).await.map(Outcome::Answer),
        Method::Refund => refunds::refund(sandbox, call, &target).await.map(Outcome::Answer),
        Method::RefundQuery => refunds::query(sandbox, call, &target).await.map(Outcome::Answer),
    };
    if trouble == Trouble::TooLate {
        sandbox.waste_time().await;
    }
    outcome
}
