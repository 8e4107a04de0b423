//! The answer to a buyer's page: the order, and how to pay it.

use serde::{Serialize, Serializer};
use till_app::create::Payable;
use till_app::ports::Show;
use till_domain::order::Order;
use till_domain::time::{Seconds, Time};
use till_lambda::http::{Response, json};
use till_lambda::shapes::{Amount, Instant, qr_code_end};

#[derive(Serialize)]
struct Answer {
    order_no: String,
    status: &'static str,
    amount: Amount,
    amount_minor: u64,
    currency: String,
    payment_method: Option<&'static str>,
    #[serde(flatten)]
    show: Option<Ways>,
    expire_at: Instant,
    #[serde(flatten)]
    addresses: Addresses,
}

#[derive(Default, Serialize)]
#[expect(clippy::struct_field_names, reason = "they are the fields of the answer")]
pub struct Addresses {
    /// The order's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkout_url: Option<String>,
    /// Where a page hears of the payment, for a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_url: Option<String>,
    /// Where the open trade is paid in a stage with the sandbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_page_url: Option<String>,
}

/// Which fields are there depends on the method.
#[derive(Serialize)]
struct Ways {
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_code_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pay_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pay_form: Option<String>,
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    pay_params: Parameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publishable_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_code_expire_at: Option<Instant>,
}

/// Parameters for the provider's own script, serialized as an object in the provider's order.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A QR code also ends when the provider says so.
pub fn answer(payable: Payable, addresses: Addresses, qr_code_lives: Seconds) -> Response {
    let Payable { order, show } = payable;
    let end = order.newest_attempt().map_or(order.expire_at, |attempt| qr_code_end(&order, attempt, qr_code_lives));
    let show = show.map(|show| ways(show, end));
    json(200, &shape(&order, show, addresses))
}

fn shape(order: &Order, show: Option<Ways>, addresses: Addresses) -> Answer {
    let price = order.sold.price;
    Answer {
        order_no: order.no.to_string(),
        status: order.status().as_str(),
        amount: Amount(price),
        amount_minor: price.minor(),
        currency: price.currency().to_string(),
        payment_method: order.newest_attempt().map(|attempt| attempt.method.as_str()),
        show,
        expire_at: Instant(order.expire_at),
        addresses,
    }
}

fn ways(show: Show, qr_code_end: Time) -> Ways {
    let Show {
        qr_code_url,
        qr_code_expire_at,
        pay_url,
        pay_form,
        pay_params,
        client_secret,
        publishable_key,
        good_until: _,
    } = show;
    let end = qr_code_expire_at.map_or(qr_code_end, |end| end.min(qr_code_end));
    let qr_code_expire_at = qr_code_url.is_some().then_some(Instant(end));
    let pay_params = Parameters(pay_params);
    Ways { qr_code_url, pay_url, pay_form, pay_params, client_secret, publishable_key, qr_code_expire_at }
}
