//! The calls of AWS that deploying and the tests need, to the emulator on this machine. The keys are the emulator's: no call
//! can reach AWS.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::http::{self, Answer};

/// The emulator accepts any region; the SDKs need one.
pub(crate) const REGION: &str = "us-east-1";
/// The key and the secret that the emulator accepts.
pub(crate) const KEY: &str = "test";

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Clone, Copy, Debug)]
pub(crate) struct Aws {
    pub(crate) port: u16,
}

impl Aws {
    pub(crate) fn cloudformation(self, action: &str, fields: &[(&str, &str)]) -> Result<String, String> {
        self.form("cloudformation", "2010-05-15", action, fields)
    }

    pub(crate) fn iam(self, action: &str, fields: &[(&str, &str)]) -> Result<String, String> {
        self.form("iam", "2010-05-08", action, fields)
    }

    /// The name of the role of a function.
    pub(crate) fn role_of(self, function: &str) -> Result<String, String> {
        let path = format!("/2015-03-31/functions/{function}/configuration");
        let answer = success(self.send("lambda", "GET", &path, &[], b"")?, "GetFunctionConfiguration")?;
        let configuration: Value =
            serde_json::from_slice(&answer.body).map_err(|error| format!("{function}: {error}"))?;
        let role = configuration["Role"].as_str().and_then(|arn| arn.rsplit('/').next());
        role.map(str::to_owned).ok_or_else(|| format!("{function} has no role"))
    }

    /// A call whose parameters are a form, answered with XML.
    fn form(self, service: &str, version: &str, action: &str, fields: &[(&str, &str)]) -> Result<String, String> {
        let pairs = [("Action", action), ("Version", version)];
        let form: Vec<String> =
            pairs.iter().chain(fields).map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let answer = self.send(service, "POST", "/", &[kind], form.join("&").as_bytes())?;
        success(answer, action).map(|answer| answer.text())
    }

    /// A call whose parameters and answer are JSON.
    pub(crate) fn json(self, service: &str, target: &str, body: &Value) -> Result<Value, String> {
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        let answer = success(self.send(service, "POST", "/", &headers, body.to_string().as_bytes())?, target)?;
        serde_json::from_slice(&answer.body).map_err(|error| format!("{target}: {error}"))
    }

    /// Creates a bucket unless it exists.
    pub(crate) fn create_bucket(self, bucket: &str) -> Result<(), String> {
        let answer = self.send("s3", "PUT", &format!("/{bucket}"), &[], b"")?;
        if answer.status == 409 { Ok(()) } else { success(answer, "CreateBucket").map(drop) }
    }

    pub(crate) fn put_object(self, bucket: &str, key: &str, bytes: &[u8]) -> Result<(), String> {
        success(self.send("s3", "PUT", &format!("/{bucket}/{key}"), &[], bytes)?, "PutObject").map(drop)
    }

    pub(crate) fn delete_object(self, bucket: &str, key: &str) -> Result<(), String> {
        success(self.send("s3", "DELETE", &format!("/{bucket}/{key}"), &[], b"")?, "DeleteObject").map(drop)
    }

    fn send(
        self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, String> {
        // The emulator reads service and region from this header and does not check the signature.
        let scope = format!("{KEY}/20260101/{REGION}/{service}/aws4_request");
        let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none");
        let headers: Vec<(&str, &str)> =
            headers.iter().copied().chain([("authorization", signature.as_str())]).collect();
        http::send(self.port, method, path, &headers, body)
    }
}

/// The text of the first element of this name in an XML answer.
pub(crate) fn element(xml: &str, name: &str) -> Option<String> {
    elements(xml, name).into_iter().next()
}

/// The texts of all elements of this name, none of which contains another.
pub(crate) fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let inner = xml.split(&open).skip(1).filter_map(|rest| rest.split_once(&close));
    inner.map(|(text, _)| unescaped(text)).collect()
}

fn unescaped(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&#x27;", "'")];
    let text = pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    // Last, as the text that it makes is not escaped.
    text.replace("&amp;", "&")
}

/// RFC 3986: everything but the unreserved characters is escaped.
fn escaped(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, UNRESERVED)
}

fn success(answer: Answer, call: &str) -> Result<Answer, String> {
    if answer.status < 300 {
        return Ok(answer);
    }
    let text = answer.text();
    let why = element(&text, "Message").unwrap_or(text);
    Err(format!("{call}: {} {}", answer.status, why.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_values_are_escaped() {
        assert_eq!(escaped("a-Z_0.~ /+&=é").to_string(), "a-Z_0.~%20%2F%2B%26%3D%C3%A9");
    }

    #[test]
    fn elements_are_found_in_order_and_unescaped() {
        let xml = "<a><b>1</b><c/><b>x &amp;lt; &quot;y&quot;</b></a>";
        assert_eq!(elements(xml, "b"), ["1", "x &lt; \"y\""]);
        assert_eq!(element(xml, "c"), None);
    }

    #[test]
    fn refusal_gives_the_message_of_aws() {
        let answer = |status, body: &str| Answer { status, body: body.as_bytes().to_vec() };
        let refused = answer(400, "<E><Code>V</Code><Message>No updates are to be performed.</Message></E>");
        assert_eq!(success(refused, "UpdateStack"), Err("UpdateStack: 400 No updates are to be performed.".to_owned()));
        assert_eq!(success(answer(503, "later\n"), "X"), Err("X: 503 later".to_owned()));
        assert!(success(answer(204, ""), "X").is_ok());
    }
}
