//! Reads the bodies of create-order and retry-payment. An invalid one is refused before anything is counted, written or
//! sent to a provider.

use std::net::IpAddr;

use till_app::create::CreateRequest;
use till_app::ports::Payer;
use till_app::retry::RetryRequest;
use till_domain::currency::Currency;
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::provider::Method;
use till_domain::text::{ProductId, ProductType};
use till_lambda::default_methods::DefaultMethods;
use till_lambda::fields::{Fields, parsed, required};
use till_lambda::http::{ReadRequest as _, Request};
use till_lambda::origins::Origins;
use till_lambda::problem::Problem;
use till_lambda::request_hash;
use till_lambda::routes::Call;

use crate::Action;

/// WeChat's openids have 28 characters today.
const MOST_OPENID_BYTES: usize = 128;

const CREATE_FIELDS: [&str; 8] =
    ["product_type", "product_id", "payment_method", "currency", "is_upgrade", "openid", "return_url", "cancel_url"];
const RETRY_FIELDS: [&str; 5] = ["order_no", "payment_method", "openid", "return_url", "cancel_url"];

pub fn create(call: &Call<'_, Action>, origins: &Origins, methods: DefaultMethods) -> Result<CreateRequest, Problem> {
    let key = call.key()?;
    let fields = Fields::parse(call.request, &CREATE_FIELDS)?;
    let kind = fields.required("product_type", ProductType::parse)?;
    let product = parsed("product_id", fields.text_or_number("product_id")?, ProductId::parse)?;
    let product = required("product_id", product)?;
    let method = required("payment_method", method(&fields, methods)?)?;
    let currency = fields.optional("currency", Currency::parse)?;
    let is_upgrade = fields.flag("is_upgrade")?;
    let payer = payer(call, &fields, origins)?;
    check_openid(method, &payer)?;
    let mut parts = vec![
        Some(kind.as_str()),
        Some(product.as_str()),
        Some(method.as_str()),
        currency.as_ref().map(Currency::code),
        is_upgrade.then_some("upgrade"),
        payer.openid.as_deref(),
        payer.return_url.as_deref(),
    ];
    // Requests without it have the hash that they had before this field was there.
    parts.extend(payer.cancel_url.as_deref().map(Some));
    let hash = request_hash(&parts);
    let (by, language) = (call.caller()?.clone(), call.language);
    Ok(CreateRequest { by, kind, product, method, currency, is_upgrade, language, key, hash, payer })
}

pub fn retry(call: &Call<'_, Action>, origins: &Origins, methods: DefaultMethods) -> Result<RetryRequest, Problem> {
    let fields = Fields::parse(call.request, &RETRY_FIELDS)?;
    let no = fields.required("order_no", OrderNo::parse)?;
    let method = method(&fields, methods)?;
    let payer = payer(call, &fields, origins)?;
    if let Some(method) = method {
        check_openid(method, &payer)?;
    }
    let by = call.caller()?.clone();
    Ok(RetryRequest { by, no, method, payer })
}

/// Without a method, the previous one is used, which may need an openid that was not sent. For another user's order this
/// checks nothing: the flow answers that there is no such order.
pub fn check_method_before(wanted: &RetryRequest, order: &Order) -> Result<(), Problem> {
    let theirs = Some(order).filter(|order| order.sold.user == wanted.by.user);
    let before = theirs.and_then(|order| order.newest_attempt()).map(|attempt| attempt.method);
    before.map_or(Ok(()), |method| check_openid(method, &wanted.payer))
}

fn method(fields: &Fields, methods: DefaultMethods) -> Result<Option<Method>, Problem> {
    fields.optional("payment_method", |text| methods.parse(text))
}

fn payer(call: &Call<'_, Action>, fields: &Fields, origins: &Origins) -> Result<Payer, Problem> {
    let openid = fields.text("openid")?;
    if openid.as_deref().is_some_and(|openid| !is_openid(openid)) {
        return Err(Problem::invalid_field("openid", "must be 1 to 128 of A-Z a-z 0-9 _ -"));
    }
    let page = |name: &'static str| {
        let url = fields.text(name)?.map(|url| origins.permitted(&url)).transpose();
        url.map_err(|rule| Problem::invalid_field(name, rule))
    };
    let (return_url, cancel_url) = (page("return_url")?, page("cancel_url")?);
    Ok(Payer { openid, return_url, cancel_url, ip: ip(call.request) })
}

/// The buyer's address, if the gateway saw one that providers understand.
pub fn ip(request: &Request) -> Option<String> {
    let address = request.source_ip();
    address.parse::<IpAddr>().is_ok().then(|| address.to_owned())
}

fn is_openid(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=MOST_OPENID_BYTES).contains(&text.len()) && text.bytes().all(legal)
}

fn check_openid(method: Method, payer: &Payer) -> Result<(), Problem> {
    match method {
        Method::WechatJsapi if payer.openid.is_none() => {
            Err(Problem::invalid_field("openid", "is needed for wechat_jsapi"))
        }
        Method::WechatNative
        | Method::WechatJsapi
        | Method::WechatH5
        | Method::AlipayQr
        | Method::AlipayPage
        | Method::AlipayWap
        | Method::StripeCheckout
        | Method::StripeIntent => Ok(()),
    }
}
