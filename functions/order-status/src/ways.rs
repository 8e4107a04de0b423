//! How the buyer of a pending order pays it, for a page that was loaded again: from what is stored, without asking the provider.

use serde::Serialize;
use till_app::ports::ReadSecret;
use till_domain::id::OrderNo;
use till_domain::order::{Order, Status};
use till_domain::provider::Method;
use till_lambda::checkout_link::{address, link_query, onward_address};
use till_lambda::shapes::{View, qr_code_end};

#[derive(Default, Serialize)]
#[expect(clippy::struct_field_names, reason = "they are the fields of the answer")]
pub struct Ways {
    /// Of a code that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_code_url: Option<String>,
    /// Leads on to the provider's page, which is asked for then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pay_url: Option<String>,
    /// The order's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout_url: Option<String>,
}

/// The status is told in any case: while the key of links cannot be read, there are none.
pub async fn ways(ports: &impl ReadSecret, public_base: &str, order: &Order, view: View) -> Ways {
    if order.status() != Status::Pending || order.expire_at <= view.now {
        return Ways::default();
    }
    let open = order.newest_attempt().filter(|attempt| order.is_payable(attempt.n));
    let code = open
        .filter(|attempt| attempt.method.is_qr_code() && view.now < qr_code_end(order, attempt, view.qr_code_lives));
    let query = link_query(ports, order, None).await.ok();
    let link = |to: fn(&str, OrderNo, &str) -> String| query.as_deref().map(|query| to(public_base, order.no, query));
    Ways {
        qr_code_url: code.and_then(|attempt| attempt.handle.as_ref()).map(ToString::to_string),
        pay_url: open.filter(|attempt| has_page(attempt.method)).and_then(|_| link(onward_address)),
        checkout_url: link(address),
    }
}

/// Whether its buyer pays on a page of the provider's that an address leads to.
const fn has_page(method: Method) -> bool {
    match method {
        Method::WechatH5 | Method::AlipayPage | Method::AlipayWap | Method::StripeCheckout => true,
        Method::WechatNative | Method::AlipayQr | Method::WechatJsapi | Method::StripeIntent => false,
    }
}
