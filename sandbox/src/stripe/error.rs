//! Stripe's errors, in its own form and words. No error repeats a key.

use serde_json::{Value, json};

use crate::http::Response;
use crate::ports::StoreError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub status: u16,
    pub kind: &'static str,
    pub code: Option<&'static str>,
    pub message: String,
    pub param: Option<String>,
    /// Whether the answer is stored under the idempotency key: only if the work had begun.
    pub is_stored: bool,
}

impl Refused {
    pub fn parameter(code: &'static str, param: &str, message: impl Into<String>) -> Self {
        Self { code: Some(code), param: Some(param.to_owned()), ..Self::request(400, message) }
    }

    pub fn request(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: "invalid_request_error",
            code: None,
            message: message.into(),
            param: None,
            is_stored: false,
        }
    }

    /// The request is valid, but the trade's state does not allow it.
    pub fn state(code: Option<&'static str>, param: Option<&str>, message: impl Into<String>) -> Self {
        Self { code, param: param.map(str::to_owned), is_stored: true, ..Self::request(400, message) }
    }

    /// The object does not exist, or belongs to another account.
    pub fn missing(what: &str, id: &str, param: &str) -> Self {
        let message = format!("No such {what}: '{id}'");
        Self { status: 404, ..Self::state(Some("resource_missing"), Some(param), message) }
    }

    pub fn too_small(param: &str) -> Self {
        Self::parameter("parameter_invalid_integer", param, "This value must be greater than or equal to 1.")
    }

    pub fn absent(param: &str) -> Self {
        Self::parameter("parameter_missing", param, format!("Missing required param: {param}."))
    }

    /// The error that a tester armed. Nothing was done and no answer is stored, so the same key may try again.
    pub fn armed_error() -> Self {
        Self {
            kind: "api_error",
            ..Self::request(500, "An unexpected error occurred on our side. You can try the request again.")
        }
    }

    /// The idempotency key is used for another request than at first.
    pub fn other_use(message: impl Into<String>) -> Self {
        Self { kind: "idempotency_error", ..Self::request(400, message) }
    }

    pub fn body(&self) -> Value {
        let mut error = json!({ "type": self.kind, "message": self.message });
        if let Some(code) = self.code {
            error["code"] = json!(code);
            error["doc_url"] = json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")));
        }
        if let Some(param) = &self.param {
            error["param"] = json!(param);
        }
        json!({ "error": error })
    }

    pub fn response(&self) -> Response {
        let response = Response::json(self.status, &self.body());
        match self.status {
            401 => response.with("WWW-Authenticate", "Bearer realm=\"Stripe\""),
            409 => response.with("Stripe-Should-Retry", "true"),
            _ => response,
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        let message = match error {
            StoreError::Conflict => "This object cannot be accessed right now: another request is working on it.",
            StoreError::TooLarge => "This object has too long a history to take one more change.",
            StoreError::Unavailable => "The service does not answer at the moment. You can try the request again.",
        };
        match error {
            StoreError::Conflict => Self { code: Some("lock_timeout"), ..Self::request(429, message) },
            StoreError::TooLarge => Self::request(400, message),
            StoreError::Unavailable => Self { kind: "api_error", ..Self::request(503, message) },
        }
    }
}
