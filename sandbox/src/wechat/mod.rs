//! WeChat Pay v3, the server's side. Signatures are verified before a request is read, only answers of 2xx are
//! signed, and unknown paths are answered with a bare status.

mod fields;
mod orders;
mod problem;
mod refunds;
mod shown;
mod sign;
pub mod tell;

#[cfg(test)]
mod tests;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::books;
use crate::config::{PlatformKey, WeChatMerchant};
use crate::desk::{Sandbox, TRANSACTION, Trouble, name};
use crate::http::{Request, Response, form};
use crate::notice::Signing;
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::random;
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
    let answered = call.answer(sandbox, merchant, request).await;
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

    async fn answer<P: Ports>(&self, sandbox: &Sandbox<P>, merchant: &WeChatMerchant, request: &Request) -> Answered {
        let body: Option<Value> = serde_json::from_slice(&request.body).ok();
        let trouble = if matches!(self, Self::Certificates) {
            Trouble::None
        } else {
            let key = self.subject(sandbox, merchant, body.as_ref()).await?;
            sandbox.trouble(Provider::WeChat, key.as_deref()).await?
        };
        if trouble == Trouble::Error {
            return Err(Problem::system());
        }
        let answered = self.perform(sandbox, merchant, request, body.as_ref()).await;
        if trouble == Trouble::TooLate {
            sandbox.waste_time().await;
        }
        answered
    }

    /// The key of the order that the call concerns, as far as it can be told.
    async fn subject<P: Ports>(
        &self,
        sandbox: &Sandbox<P>,
        merchant: &WeChatMerchant,
        body: Option<&Value>,
    ) -> Result<Option<String>, StoreError> {
        let by_number = |number: &str| books::key(Provider::WeChat, &merchant.mchid, number);
        match self {
            Self::Create(_) => {
                Ok(body.and_then(|body| body.get("out_trade_no")).and_then(Value::as_str).map(by_number))
            }
            Self::Query(number) | Self::Close(number) => Ok(Some(by_number(number))),
            Self::QueryPayment(id) => {
                let trade = sandbox.named(&name(Provider::WeChat, TRANSACTION, id)).await?;
                Ok(trade.filter(|trade| trade.merchant == merchant.mchid).map(|trade| trade.key()))
            }
            Self::Refund => refunds::subject(sandbox, merchant, body).await,
            Self::QueryRefund(number) => refunds::subject_of(sandbox, merchant, number).await,
            Self::Certificates => Ok(None),
        }
    }

    async fn perform<P: Ports>(
        &self,
        sandbox: &Sandbox<P>,
        merchant: &WeChatMerchant,
        request: &Request,
        body: Option<&Value>,
    ) -> Answered {
        match self {
            Self::Create(kind) => orders::create(sandbox, merchant, *kind, body).await,
            Self::Query(number) => {
                orders::NUMBER.check("uri_template", number)?;
                asks(merchant, request)?;
                orders::query(sandbox, merchant, number).await
            }
            Self::QueryPayment(id) => {
                asks(merchant, request)?;
                orders::query_payment(sandbox, merchant, id).await
            }
            Self::Close(number) => {
                orders::NUMBER.check("uri_template", number)?;
                orders::close(sandbox, merchant, number, body).await
            }
            Self::Refund => refunds::create(sandbox, merchant, body).await,
            Self::QueryRefund(number) => {
                refunds::NUMBER.check("uri_template", number)?;
                refunds::query(sandbox, merchant, number).await
            }
            Self::Certificates => certificates(merchant),
        }
    }
}

fn is_payment(request: &Request) -> bool {
    request.path.starts_with("/v3/pay/")
}

/// A query must name its merchant exactly once.
fn asks(merchant: &WeChatMerchant, request: &Request) -> Result<(), Problem> {
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
    response.headers.extend(sign::headers(merchant, with, Signing::Right, now, &response.body)?);
    Some(response)
}

fn bare(status: u16) -> Response {
    Response { status, headers: Vec::new(), body: Vec::new() }
}

fn request_id() -> String {
    format!("08{}-{}", random::hex(40).to_uppercase(), random::digits(9))
}
