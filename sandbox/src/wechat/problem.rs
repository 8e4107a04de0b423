//! What a merchant is told when a call is refused: the real service's statuses, codes and words. A refusal is never signed,
//! and never says more than the real service does.
//!
//! The words are those that merchants report; where none was found, the documentation's own.

use serde_json::{Value, json};

use crate::http::Response;
use crate::ports::StoreError;

/// A refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The code, for programs.
    pub code: &'static str,
    /// The words, for people.
    pub message: String,
    /// What exactly is wrong.
    pub detail: Option<Value>,
}

impl Problem {
    /// A refusal without details.
    pub fn new(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), detail: None }
    }

    /// A parameter is wrong.
    pub fn parameter(place: &str, value: &Value, message: &str) -> Self {
        Self { detail: Some(json!({ "location": place, "value": value })), ..Self::new(400, "PARAM_ERROR", message) }
    }

    /// A needed parameter is not there: a place is `body`, `query` or `uri_template`.
    pub fn missing(place: &str, name: &str, label: &str) -> Self {
        let message = format!("输入源“/{place}/{name}”映射到字段“{label}”必填性规则校验失败，此字段为必填项");
        Self::parameter(place, &json!(""), &message)
    }

    /// The request is well formed, and cannot be.
    pub fn invalid(message: &str) -> Self {
        Self::new(400, "INVALID_REQUEST", message)
    }

    /// The service itself failed: the same request may be sent again.
    pub fn system() -> Self {
        Self::new(500, "SYSTEM_ERROR", "系统异常，请稍后重试")
    }

    /// The number is of no order.
    pub fn no_order() -> Self {
        Self::new(404, "ORDER_NOT_EXIST", "订单不存在")
    }

    /// The order was paid.
    pub fn paid() -> Self {
        Self::new(400, "ORDER_PAID", "该订单已支付")
    }

    /// It as an answer.
    pub fn response(&self) -> Response {
        let mut body = json!({ "code": self.code, "message": self.message });
        if let (Some(detail), Some(body)) = (&self.detail, body.as_object_mut()) {
            body.insert("detail".to_owned(), detail.clone());
        }
        Response::new(self.status, "application/json; charset=utf-8", body.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::TooLarge => Self::system(),
            StoreError::Unavailable => Self::new(503, "SERVICE_UNAVAILABLE", "服务不可用，请稍后重试"),
        }
    }
}
