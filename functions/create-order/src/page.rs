//! The actions of a buyer on the order's page that need a provider. The link permits them. The page itself is answered by the
//! function checkout-page, which has no merchant's key.

use till_app::caller::Caller;
use till_app::create::{Create, Payable};
use till_app::open::show;
use till_app::ports::{CountCalls, Payer, ReadSecret};
use till_app::retry::{RetryRequest, retry};
use till_domain::provider::Method;
use till_lambda::checkout_link::{CheckoutLink, address, linked_order};
use till_lambda::fields::{MOST_BODY_BYTES, parsed, required};
use till_lambda::http::{ReadRequest as _, Request, Response, plain, with};
use till_lambda::origins::MOST_URL_BYTES;
use till_lambda::problem::Problem;
use till_lambda::routes::Call;

use crate::request::ip;
use crate::shape::{self, Addresses};
use crate::{Action, CreateOrder};

/// Begins another attempt. A form leads back to the page; a script that accepts JSON gets how to pay.
pub async fn retry_there(
    function: &CreateOrder,
    ports: &(impl Create + CountCalls + ReadSecret),
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let (order, link) = linked_order(ports, call).await?;
    let done = async {
        let method = method(call.request)?;
        let by = Caller::buyer(order.sold.user.clone());
        function.actions.check(ports, &by.user, call.request.source_ip(), ports.now()).await?;
        let payer = payer(function, call.request, &link);
        let wanted = RetryRequest { by, no: order.no, method: Some(method), payer };
        Ok(retry(ports, &wanted, order, &function.breaker, call.deadline.time).await?)
    };
    answer(function, call, &link, done.await, |_| None)
}

/// Leads to the provider's page of the open attempt.
pub async fn go(
    function: &CreateOrder,
    ports: &(impl Create + CountCalls + ReadSecret),
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let (order, link) = linked_order(ports, call).await?;
    let done = async {
        function.actions.check(ports, &order.sold.user, call.request.source_ip(), ports.now()).await?;
        Ok(show(ports, order, &payer(function, call.request, &link)).await?)
    };
    answer(function, call, &link, done.await, |payable| payable.show.as_ref()?.pay_url.clone())
}

/// JSON for a script; for a browser that follows a link or sends a form, the way on, or back to the page with the error.
fn answer(
    function: &CreateOrder,
    call: &Call<'_, Action>,
    link: &CheckoutLink,
    done: Result<Payable, Problem>,
    onward: impl FnOnce(&Payable) -> Option<String>,
) -> Result<Response, Problem> {
    if call.request.header("accept").is_some_and(|kinds| kinds.contains("application/json")) {
        return Ok(shape::answer(done?, Addresses::default(), function.qr_code_lives));
    }
    let page = address(&function.public_base, link.order_no, &link.query);
    Ok(see_other(&match done {
        Ok(payable) => onward(&payable).unwrap_or(page),
        // The page shows only errors that it knows.
        Err(problem) => format!("{page}&e={}", problem.error),
    }))
}

fn see_other(address: &str) -> Response {
    with(with(plain(303, None, String::new()), "location", address), "cache-control", "no-store")
}

/// The method that a form names.
fn method(request: &Request) -> Result<Method, Problem> {
    if request.body().len() > MOST_BODY_BYTES {
        return Err(Problem::new(413, "body_too_large"));
    }
    let mut fields = form_urlencoded::parse(request.body());
    let sent = fields.find(|(name, _)| name == "payment_method").map(|(_, value)| value.into_owned());
    let method = required("payment_method", parsed("payment_method", sent, Method::parse)?)?;
    match method {
        Method::WechatNative
        | Method::WechatH5
        | Method::AlipayQr
        | Method::AlipayPage
        | Method::AlipayWap
        | Method::StripeCheckout => Ok(method),
        Method::WechatJsapi | Method::StripeIntent => {
            Err(Problem::invalid_field("payment_method", "must be a method that the order's page can show"))
        }
    }
}

fn payer(function: &CreateOrder, request: &Request, link: &CheckoutLink) -> Payer {
    Payer { return_url: way_back(&function.public_base, link), ip: ip(request), ..Payer::default() }
}

/// The provider's page leads back to the order's, unless that address is too long for a provider: then it leads to where the
/// order's page would.
pub fn way_back(public_base: &str, link: &CheckoutLink) -> Option<String> {
    let page = address(public_base, link.order_no, &link.query);
    if page.len() <= MOST_URL_BYTES { Some(page) } else { link.return_url.clone() }
}
