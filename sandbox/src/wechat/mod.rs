//! WeChat Pay v3, the server's side. Signatures are verified before a request is read, only answers of 2xx are
//! signed, and unknown paths are answered with a bare status.

pub mod callbacks;
mod fields;
mod orders;
mod problem;
mod refunds;
mod sign;
mod views;

#[cfg(test)]
mod tests;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::books::{self, Trade};
use crate::callback::Signing;
use crate::config::{PlatformKey, WeChatMerchant};
use crate::http::{Request, Response, form};
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::random;
use crate::sandbox::{CallFault, Sandbox, TRANSACTION, name};
use crate::time;
use problem::Problem;

/// `None`: an answer without a body.
type Answered = Result<Option<Value>, Problem>;

pub async fn answer<P: Ports>(sandbox: &Sandbox<P>, request: &Request) -> Response {
    let call = match Call::of(request) {
        Ok(call) => call,
        Err(status) => return bare(status).with("Request-ID", request_id()),
    };
    let now = sandbox.ports.now();
    let merchant = match call.check(request).and_then(|()| sign::verify(&sandbox.config, request, now)) {
        Ok(merchant) => merchant,
        // The part that takes payments refuses without a request id.
        Err(problem) if problem.status == 401 && is_payment(request) => return problem.response(),
        Err(problem) => return problem.response().with("Request-ID", request_id()),
    };
    let caller = Merchant { sandbox, account: merchant, body: serde_json::from_slice(&request.body).ok() };
    let answered = call.answer(&caller, request).await;
    let now = sandbox.ports.now();
    let response = answered.and_then(|body| signed(merchant, request, body.as_ref(), now).ok_or_else(Problem::system));
    response.unwrap_or_else(|problem| problem.response()).with("Request-ID", request_id())
}

enum Call {
    Create(orders::Kind),
    Query(String),
    QueryPayment(String),
    Close(String),
    Refund,
    QueryRefund(String),
    Certificates,
}

impl Call {
    /// `Err` is the status for an unknown path or method.
    fn of(request: &Request) -> Result<Self, u16> {
        let parts = request.path.strip_prefix("/v3/").ok_or(404_u16)?.split('/');
        let decoded = parts.map(|part| percent_decode_str(part).decode_utf8().map(String::from));
        let parts: Vec<String> = decoded.collect::<Result<_, _>>().map_err(|_| 404_u16)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (method, call) = match parts.as_slice() {
            ["pay", "transactions", "out-trade-no", number] => ("GET", Self::Query((*number).to_owned())),
            ["pay", "transactions", "out-trade-no", number, "close"] => ("POST", Self::Close((*number).to_owned())),
            ["pay", "transactions", "id", id] => ("GET", Self::QueryPayment((*id).to_owned())),
            ["pay", "transactions", kind] => ("POST", Self::Create(orders::Kind::parse(kind).ok_or(404_u16)?)),
            ["refund", "domestic", "refunds"] => ("POST", Self::Refund),
            ["refund", "domestic", "refunds", number] => ("GET", Self::QueryRefund((*number).to_owned())),
            ["certificates"] => ("GET", Self::Certificates),
            _ => return Err(404),
        };
        if request.method == method { Ok(call) } else { Err(405) }
    }

    /// What some parts of the service refuse before they verify the signature.
    fn check(&self, request: &Request) -> Result<(), Problem> {
        let is_there = |name: &str| request.header(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Create(_) | Self::Query(_) | Self::QueryPayment(_) | Self::Close(_) => Ok(()),
            Self::Refund | Self::QueryRefund(_) | Self::Certificates => {
                if is_there("accept") && is_there("user-agent") {
                    Ok(())
                } else {
                    Err(Problem::invalid("Http头缺少Accept或User-Agent"))
                }
            }
        }
    }

    async fn answer<P: Ports>(&self, merchant: &Merchant<'_, P>, request: &Request) -> Answered {
        let fault = if matches!(self, Self::Certificates) {
            CallFault::None
        } else {
            let key = self.trade_key(merchant).await?;
            merchant.sandbox.take_call_fault(Provider::WeChat, key.as_deref()).await?
        };
        if fault == CallFault::Error {
            return Err(Problem::system());
        }
        let answered = self.perform(merchant, request).await;
        if fault == CallFault::LateAnswer {
            merchant.sandbox.delay_answer().await;
        }
        answered
    }

    /// The key of the order that the call concerns, if the call names one.
    async fn trade_key<P: Ports>(&self, merchant: &Merchant<'_, P>) -> Result<Option<String>, StoreError> {
        match self {
            Self::Create(_) => Ok(merchant.text("out_trade_no").map(|number| merchant.key(number))),
            Self::Query(number) | Self::Close(number) => Ok(Some(merchant.key(number))),
            Self::QueryPayment(id) => Ok(merchant.find(TRANSACTION, id).await?.map(|trade| trade.key())),
            Self::Refund => refunds::key_of_requested(merchant).await,
            Self::QueryRefund(number) => refunds::key_of_refund(merchant, number).await,
            Self::Certificates => Ok(None),
        }
    }

    async fn perform<P: Ports>(&self, merchant: &Merchant<'_, P>, request: &Request) -> Answered {
        match self {
            Self::Create(kind) => orders::create(merchant, *kind).await,
            Self::Query(number) => {
                orders::NUMBER.check("uri_template", number)?;
                check_mchid(merchant.account, request)?;
                orders::query(merchant, number).await
            }
            Self::QueryPayment(id) => {
                check_mchid(merchant.account, request)?;
                orders::query_payment(merchant, id).await
            }
            Self::Close(number) => {
                orders::NUMBER.check("uri_template", number)?;
                orders::close(merchant, number).await
            }
            Self::Refund => refunds::create(merchant).await,
            Self::QueryRefund(number) => {
                refunds::NUMBER.check("uri_template", number)?;
                refunds::query(merchant, number).await
            }
            Self::Certificates => certificates(merchant.account),
        }
    }
}

/// The merchant who makes a call, with the body of the call.
struct Merchant<'a, P> {
    sandbox: &'a Sandbox<P>,
    account: &'a WeChatMerchant,
    body: Option<Value>,
}

impl<P: Ports> Merchant<'_, P> {
    /// The store key of the order with the merchant's number.
    fn key(&self, number: &str) -> String {
        books::key(Provider::WeChat, &self.account.mchid, number)
    }

    /// The merchant's trade that has a number of this kind.
    async fn find(&self, kind: &str, number: &str) -> Result<Option<Trade>, StoreError> {
        self.sandbox.find(Provider::WeChat, &self.account.mchid, &name(Provider::WeChat, kind, number)).await
    }

    /// A text of the body that is not checked yet.
    fn text(&self, name: &str) -> Option<&str> {
        self.body.as_ref()?.get(name)?.as_str()
    }
}

fn is_payment(request: &Request) -> bool {
    request.path.starts_with("/v3/pay/")
}

/// A query must name its merchant exactly once.
fn check_mchid(merchant: &WeChatMerchant, request: &Request) -> Result<(), Problem> {
    let pairs = form(request.query.as_bytes());
    let mut asked = pairs.iter().filter(|(name, value)| name == "mchid" && !value.is_empty());
    match (asked.next(), asked.next()) {
        (Some((_, mchid)), None) => orders::is_signer(merchant, mchid),
        (Some(_), Some(_)) => Err(Problem::new(400, "PARAM_ERROR", "请求中含有重复的参数")),
        (None, _) => Err(Problem::missing("query", "mchid", "直连商户号")),
    }
}

/// The platform's certificate, for merchants in certificate mode.
fn certificates(merchant: &WeChatMerchant) -> Answered {
    if merchant.signs_with == PlatformKey::PublicKey {
        let message = "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。\
                       可查看指引https://pay.weixin.qq.com/doc/v3/merchant/4012153196";
        return Err(Problem::new(404, "RESOURCE_NOT_EXISTS", message));
    }
    let certificate = sign::PlatformCertificate::read(merchant).ok_or_else(Problem::system)?;
    let sealed = sign::seal(merchant, "certificate", merchant.platform_certificate.as_bytes());
    let (nonce, ciphertext) = sealed.ok_or_else(Problem::system)?;
    Ok(Some(json!({
        "data": [{
            "serial_no": certificate.serial,
            "effective_time": time::rfc3339(certificate.from),
            "expire_time": time::rfc3339(certificate.until),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": "certificate",
                "ciphertext": ciphertext,
            },
        }],
    })))
}

fn signed(merchant: &WeChatMerchant, request: &Request, body: Option<&Value>, now: i64) -> Option<Response> {
    let mut response = match body {
        Some(body) => Response::new(200, "application/json; charset=utf-8", body.to_string()),
        None => bare(204),
    };
    let with = sign::wanted_key(merchant, request);
    response.headers.extend(sign::headers(merchant, with, Signing::Valid, now, &response.body)?);
    Some(response)
}

fn bare(status: u16) -> Response {
    Response { status, headers: Vec::new(), body: Vec::new() }
}

fn request_id() -> String {
    format!("08{}-{}", random::hex(40).to_uppercase(), random::digits(9))
}
