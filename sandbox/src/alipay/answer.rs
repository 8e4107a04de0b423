//! Answers in the gateway's form: one line of JSON with escaped slashes, signed over its very bytes.

use serde_json::Value;

use super::rsa2;
use crate::config::AlipayApp;
use crate::http::Response;
use crate::page::escape;
use crate::ports::StoreError;
use crate::random;
use crate::rsa_sha256;

const CONTENT_TYPE: &str = "text/html;charset=utf-8";

#[derive(Clone, Debug)]
pub struct Answer {
    code: &'static str,
    msg: &'static str,
    /// The code and the message of a refusal.
    sub: Option<(&'static str, String)>,
    /// Written in alphabetical order, after the codes and messages.
    fields: Vec<(&'static str, Value)>,
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Service,
    /// The gateway refuses before it calls the service.
    Gateway,
    /// The gateway itself fails. Such an answer is not signed.
    BrokenGateway,
}

pub struct Envelope<'a> {
    /// `alipay_trade_query_response`, or `error_response` if the method is unknown.
    pub name: String,
    /// The account whose key signs. `None` until the app is known: an answer before that is not signed.
    pub app: Option<&'a AlipayApp>,
    /// Whether the request was made in certificate mode.
    pub is_certified: bool,
}

impl Answer {
    pub const fn success() -> Self {
        Self { code: "10000", msg: "Success", sub: None, fields: Vec::new(), source: Source::Service }
    }

    pub fn refused(sub_code: &'static str, sub_msg: impl Into<String>) -> Self {
        let sub = Some((sub_code, sub_msg.into()));
        Self { code: "40004", msg: "Business Failed", sub, fields: Vec::new(), source: Source::Service }
    }

    pub fn invalid(parameter: &str) -> Self {
        Self::refused("ACQ.INVALID_PARAMETER", format!("参数无效：{parameter}"))
    }

    /// The gateway misses one of its own parameters.
    pub fn missing(sub_code: &'static str, sub_msg: &str) -> Self {
        Self::gateway("40001", "Missing Required Arguments", sub_code, sub_msg)
    }

    /// One of the gateway's own parameters is wrong.
    pub fn illegal(sub_code: &'static str, sub_msg: &str) -> Self {
        Self::gateway("40002", "Invalid Arguments", sub_code, sub_msg)
    }

    pub fn gateway(code: &'static str, msg: &'static str, sub_code: &'static str, sub_msg: &str) -> Self {
        let sub = Some((sub_code, sub_msg.to_owned()));
        Self { code, msg, sub, fields: Vec::new(), source: Source::Gateway }
    }

    /// Alipay's form of an error 500.
    pub fn unavailable() -> Self {
        let unavailable = Self::gateway("20000", "Service Currently Unavailable", "aop.unknow-error", "系统繁忙");
        Self { source: Source::BrokenGateway, ..unavailable }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    pub fn respond(&self, envelope: &Envelope) -> Response {
        let trace = random::hex(30);
        let content = self.content(&trace);
        let signature = match (self.source, envelope.app) {
            (Source::Service | Source::Gateway, Some(app)) => {
                rsa_sha256::sign(&app.alipay_private_key, content.as_bytes())
            }
            (Source::BrokenGateway, _) | (_, None) => None,
        };
        let certificates = envelope.app.filter(|_| envelope.is_certified).and_then(|app| app.certificates.as_ref());
        let mut body = format!("{{{}:{content}", json(&envelope.name));
        if let Some(signature) = signature {
            if let Some(serial) = certificates.and_then(|certificates| rsa2::serial(&certificates.alipay)) {
                body.push_str(",\"alipay_cert_sn\":");
                body.push_str(&json(&serial));
            }
            // The gateway escapes all slashes but those of the signature.
            body.push_str(",\"sign\":\"");
            body.push_str(&signature);
            body.push('"');
        }
        body.push('}');
        Response::new(200, CONTENT_TYPE, body).with("trace_id", trace)
    }

    /// As the gateway shows an error to a buyer.
    pub fn show(&self) -> Response {
        let (word, reason) = self.sub.as_ref().map_or((self.code, self.msg), |(word, why)| (*word, why.as_str()));
        let word = word.strip_prefix("isv.").or_else(|| word.strip_prefix("ACQ.")).unwrap_or(word);
        let html = format!(
            "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>支付宝</title></head><body>\
             <h1>调试错误，请回到请求来源地，重新发起请求。</h1><p>错误代码 {}</p><p>错误原因: {}</p></body></html>",
            escape(word),
            escape(reason)
        );
        Response::new(200, CONTENT_TYPE, html)
    }

    fn content(&self, trace: &str) -> String {
        let mut fields = vec![("code", Value::from(self.code)), ("msg", Value::from(self.msg))];
        if let Some((word, why)) = &self.sub {
            let why = match self.source {
                Source::Service => why.clone(),
                Source::Gateway | Source::BrokenGateway => {
                    // The gateway escapes what it repeats of a call as for HTML.
                    let why = escape(why);
                    format!("{why}，解决方案：https://open.alipay.com/api/errCheck?traceId={trace}&source=openapi")
                }
            };
            fields.extend([("sub_code", Value::from(*word)), ("sub_msg", Value::from(why))]);
        }
        let mut rest = self.fields.clone();
        rest.sort_by_key(|(name, _)| *name);
        fields.extend(rest);
        let written: Vec<String> =
            fields.iter().map(|(name, value)| format!("\"{name}\":{}", json_value(value))).collect();
        format!("{{{}}}", written.join(","))
    }
}

impl From<StoreError> for Answer {
    fn from(_: StoreError) -> Self {
        Self::unavailable()
    }
}

fn json(text: &str) -> String {
    json_value(&Value::from(text))
}

/// In JSON a slash occurs in texts only, where it may always be escaped.
fn json_value(value: &Value) -> String {
    value.to_string().replace('/', "\\/")
}
