//! Builds and signs requests, and verifies answers. An unsigned answer always becomes an error with the verdict "ask" or
//! "retry".

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use till_domain::id::PaymentNo;
use till_domain::time::Time;

use super::account::Merchant;
use super::translate::{self, Meaning};
use super::wire::{self, Api};
use super::{scan, sign};
use crate::error::{Code, Distrust, Error, Verdict};
use crate::http::{Form, Request, Response, Verb};

pub(super) struct Signed {
    base: String,
    /// Path and query, with all parameters except `biz_content`.
    target: String,
    biz_content: String,
}

/// Signs a call. `return_url` is where a page sends the buyer back to.
pub(super) fn signed(
    merchant: &Merchant,
    api: Api,
    now: Time,
    content: &impl Serialize,
    return_url: Option<&str>,
) -> Result<Signed, Error> {
    let biz_content = serde_json::to_string(content).map_err(|_| Error::Cannot("a request cannot be written"))?;
    let mut parameters: Vec<(&'static str, Cow<'_, str>)> = vec![
        ("app_id", merchant.app_id.as_str().into()),
        ("method", api.names().0.into()),
        ("format", "JSON".into()),
        ("charset", "utf-8".into()),
        ("sign_type", "RSA2".into()),
        ("timestamp", crate::time::to_china(now).into()),
        ("version", "1.0".into()),
    ];
    if let Some(serials) = &merchant.serials {
        parameters.push(("app_cert_sn", serials.app.as_str().into()));
        parameters.push(("alipay_root_cert_sn", serials.root.as_str().into()));
    }
    if api.opens() {
        parameters.push(("notify_url", merchant.notify_url.as_str().into()));
    }
    if let Some(url) = return_url {
        parameters.push(("return_url", url.into()));
    }
    parameters.push(("biz_content", biz_content.into()));
    let signature = sign::request(merchant, &parameters)?;
    let biz_content = parameters.pop().map(|(_, content)| content.into_owned()).unwrap_or_default();
    parameters.push(("sign", signature.into()));
    let query = parameters.iter().fold(Form::default(), |form, (key, value)| form.with(key, value)).into_string();
    Ok(Signed { base: merchant.base.clone(), target: format!("/gateway.do?{query}"), biz_content })
}

impl Signed {
    pub fn request(self) -> Request {
        Request {
            verb: Verb::Post,
            base: self.base,
            target: self.target,
            headers: vec![("Content-Type", "application/x-www-form-urlencoded;charset=utf-8".to_owned())],
            body: Form::default().with("biz_content", &self.biz_content).into_string().into_bytes(),
        }
    }

    /// The call as an address for the buyer's browser.
    pub fn url(&self) -> String {
        format!("{}{}&{}", self.base, self.target, Form::default().with("biz_content", &self.biz_content).into_string())
    }

    /// The call as a form that the buyer's browser submits by itself.
    pub fn form(&self) -> String {
        let action = escaped(&format!("{}{}", self.base, self.target));
        let content = escaped(&self.biz_content);
        format!(
            "<form id=\"alipay\" name=\"alipay\" method=\"post\" accept-charset=\"utf-8\" action=\"{action}\">\
             <input type=\"hidden\" name=\"biz_content\" value=\"{content}\">\
             </form><script>document.forms[\"alipay\"].submit();</script>"
        )
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

pub fn query(merchant: &Merchant, now: Time, number: PaymentNo) -> Result<Request, Error> {
    let content = wire::OutTradeNo { out_trade_no: &number.to_string() };
    Ok(signed(merchant, Api::Query, now, &content, None)?.request())
}

#[derive(Debug)]
pub(super) enum Answer<T> {
    Accepted(T),
    Refused(Refusal),
}

#[derive(Debug)]
pub(super) struct Refusal {
    pub meaning: Meaning,
    pub verdict: Verdict,
    code: Code,
}

impl Refusal {
    /// The error, for a caller that does not handle this meaning itself.
    pub fn error(self) -> Error {
        Error::Said { status: 200, code: self.code, verdict: self.verdict }
    }
}

pub(super) fn read<T: DeserializeOwned>(merchant: &Merchant, api: Api, answer: &Response) -> Result<Answer<T>, Error> {
    // Alipay always answers 200: any other status comes from a proxy.
    if answer.status != 200 {
        let code = Code::new("unexpected_http_status");
        return Err(Error::Said { status: answer.status, code, verdict: Verdict::Ask });
    }
    let envelope = scan::envelope(&answer.body, api.names().1)?;
    if envelope.sign.is_none() {
        return Err(unsigned(envelope.subject));
    }
    let verified = sign::verify(merchant, envelope)?;
    let head: wire::Head = parsed(verified.text())?;
    if head.code == translate::ACCEPTED {
        return Ok(Answer::Accepted(parsed(verified.text())?));
    }
    let sub_code = head.sub_code.as_deref().unwrap_or_default();
    let meaning = translate::meaning(&head.code, sub_code);
    let verdict = translate::verdict(api, meaning);
    Ok(Answer::Refused(Refusal { meaning, verdict, code: word(&head) }))
}

/// Reads an unsigned answer as an error: the gateway does not sign its own errors, and an unsigned success proves nothing.
fn unsigned(subject: &[u8]) -> Error {
    match parsed::<wire::Head>(subject) {
        Ok(head) if head.code != translate::ACCEPTED => {
            Error::Said { status: 200, code: word(&head), verdict: translate::unsigned_verdict(&head.code) }
        }
        Ok(_) => Distrust::Missing("sign").into(),
        Err(error) => error,
    }
}

fn word(head: &wire::Head) -> Code {
    Code::new(head.sub_code.as_deref().filter(|code| !code.is_empty()).unwrap_or(&head.code))
}

fn parsed<T: DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(text).map_err(|_| Distrust::Malformed("the response").into())
}
