//! Refusals with the real service's statuses, codes and messages, as merchants report them or as the documentation
//! gives them. They are never signed.

use serde_json::{Value, json};

use crate::http::Response;
use crate::ports::StoreError;

#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    pub detail: Option<Value>,
}

impl Problem {
    pub fn new(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), detail: None }
    }

    pub fn parameter(place: &str, value: &Value, message: &str) -> Self {
        Self { detail: Some(json!({ "location": place, "value": value })), ..Self::new(400, "PARAM_ERROR", message) }
    }

    /// `place` is `body`, `query` or `uri_template`.
    pub fn missing(place: &str, name: &str, label: &str) -> Self {
        let message = format!("输入源“/{place}/{name}”映射到字段“{label}”必填性规则校验失败，此字段为必填项");
        Self::parameter(place, &json!(""), &message)
    }

    pub fn invalid(message: &str) -> Self {
        Self::new(400, "INVALID_REQUEST", message)
    }

    pub fn system() -> Self {
        Self::new(500, "SYSTEM_ERROR", "系统异常，请稍后重试")
    }

    pub fn no_order() -> Self {
        Self::new(404, "ORDER_NOT_EXIST", "订单不存在")
    }

    pub fn paid() -> Self {
        Self::new(400, "ORDER_PAID", "该订单已支付")
    }

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
