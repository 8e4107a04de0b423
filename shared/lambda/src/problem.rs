//! Why a request got nothing, in the one shape that all callers see. Everything that flows and rules refuse is sorted into
//! statuses here and nowhere else.

use serde::Serialize;
use till_app::Failure;
use till_app::ports::Unavailable;
use till_domain::refusal::Refusal;

use crate::http::{self, Response};
use crate::words::{self, Language};

/// A problem: a status, a stable word, and what a caller may need to mend it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The stable word.
    pub word: &'static str,
    /// When to come again.
    pub retry_after_seconds: Option<u32>,
    /// The method that the address takes, where the request's is not it.
    pub allowed: Option<&'static str>,
    /// Details.
    pub data: Option<Data>,
}

/// Details of a problem.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Data {
    /// A field of the request breaks a rule.
    Field {
        /// Which one.
        field: String,
        /// The rule, in English: for whoever writes the calling program.
        rule: String,
    },
    /// A limit in money: minor units and their currency.
    Limit {
        /// The limit.
        limit_minor: u64,
        /// Its currency.
        currency: String,
    },
    /// A payment provider.
    Provider {
        /// Which.
        provider: &'static str,
        /// Whether it said no for certain: then trying again is of no use.
        refused: bool,
    },
}

#[derive(Serialize)]
struct Body<'a> {
    code: u16,
    error: &'static str,
    msg: &'a str,
    request_id: &'a str,
    data: Option<&'a Data>,
}

impl Problem {
    /// A status and a word.
    #[must_use]
    pub const fn new(status: u16, word: &'static str) -> Self {
        Self { status, word, retry_after_seconds: None, allowed: None, data: None }
    }

    /// A field that breaks a rule.
    pub fn invalid_field(field: &str, rule: impl Into<String>) -> Self {
        let data = Data::Field { field: field.to_owned(), rule: rule.into() };
        Self { data: Some(data), ..Self::new(400, "invalid_field") }
    }

    /// Too often; come again in so many seconds.
    #[must_use]
    pub fn too_many_requests(seconds: u32) -> Self {
        Self { retry_after_seconds: Some(seconds), ..Self::new(429, "too_many_requests") }
    }

    /// The address takes another method.
    #[must_use]
    pub fn method_not_allowed(allowed: &'static str) -> Self {
        Self { allowed: Some(allowed), ..Self::new(405, "method_not_allowed") }
    }

    /// Something of ours does not answer.
    #[must_use]
    pub fn unavailable() -> Self {
        Self { retry_after_seconds: Some(1), ..Self::new(503, "unavailable") }
    }

    /// Something of ours is broken.
    #[must_use]
    pub const fn internal() -> Self {
        Self::new(500, "internal")
    }

    /// Nobody has shown who is asking.
    #[must_use]
    pub const fn unauthenticated() -> Self {
        Self::new(401, "unauthenticated")
    }

    /// The problem as an answer, in the caller's language.
    pub fn answer(&self, language: Language, request_id: &str) -> Response {
        let msg = self.message(language);
        let body = Body { code: self.status, error: self.word, msg: &msg, request_id, data: self.data.as_ref() };
        let json = serde_json::to_string(&body).unwrap_or_else(|_| r#"{"code":500,"error":"internal"}"#.to_owned());
        let mut response = http::json(self.status, json);
        if let Some(seconds) = self.retry_after_seconds {
            response = http::with(response, "retry-after", &seconds.to_string());
        }
        if let Some(method) = self.allowed {
            response = http::with(response, "allow", method);
        }
        if self.status == 401 {
            response = http::with(response, "www-authenticate", "Bearer");
        }
        response
    }

    /// What people read.
    fn message(&self, language: Language) -> String {
        let said = words::message(self.word, language);
        match &self.data {
            Some(Data::Field { field, rule }) => format!("{said}: {field} {rule}"),
            Some(Data::Provider { provider, refused: _ }) => format!("{said} ({provider})"),
            Some(Data::Limit { .. }) | None => said.to_owned(),
        }
    }
}

impl From<Unavailable> for Problem {
    fn from(Unavailable: Unavailable) -> Self {
        Self::unavailable()
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Provider { provider, refused } => {
                let data = Data::Provider { provider: provider.as_str(), refused };
                Self { data: Some(data), ..Self::new(502, "provider_error") }
            }
            Failure::Unavailable => Self::unavailable(),
            // Only notifications can be about nobody's money, and they are answered in their provider's words.
            Failure::Orphan => Self::internal(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = status(refusal);
        let (retry_after_seconds, data) = match refusal {
            Refusal::InProgress => (Some(1), None),
            Refusal::Paused => (Some(60), None),
            Refusal::AmountTooSmall { least: limit }
            | Refusal::AmountTooLarge { most: limit }
            | Refusal::RefundExceedsPaid { left: limit } => {
                let currency = limit.currency().to_string();
                (None, Some(Data::Limit { limit_minor: limit.minor(), currency }))
            }
            Refusal::InvalidField { field, rule } => {
                (None, Some(Data::Field { field: field.to_owned(), rule: rule.to_owned() }))
            }
            Refusal::AlreadyPaid
            | Refusal::AlreadyRefunded
            | Refusal::NotPaid
            | Refusal::RefundInProgress
            | Refusal::OnHold
            | Refusal::Expired
            | Refusal::Cancelled
            | Refusal::IdempotencyConflict
            | Refusal::NothingToUpgrade
            | Refusal::Insufficient
            | Refusal::TooManyAttempts
            | Refusal::TooManyRefunds
            | Refusal::MethodUnavailable
            | Refusal::ProductNotFound
            | Refusal::OrderNotFound
            | Refusal::NoSuchHold
            | Refusal::StillOpen
            | Refusal::NotDue
            | Refusal::Superseded
            | Refusal::WalletFull => (None, None),
        };
        Self { retry_after_seconds, data, ..Self::new(status, refusal.code()) }
    }
}

/// The status of a refusal.
const fn status(refusal: Refusal) -> u16 {
    match refusal {
        Refusal::InvalidField { .. } | Refusal::AmountTooSmall { .. } | Refusal::AmountTooLarge { .. } => 400,
        Refusal::ProductNotFound | Refusal::OrderNotFound | Refusal::NoSuchHold => 404,
        Refusal::AlreadyPaid
        | Refusal::AlreadyRefunded
        | Refusal::NotPaid
        | Refusal::RefundInProgress
        | Refusal::OnHold
        | Refusal::Expired
        | Refusal::Cancelled
        | Refusal::IdempotencyConflict
        | Refusal::InProgress
        | Refusal::NothingToUpgrade
        | Refusal::Insufficient
        | Refusal::TooManyAttempts
        | Refusal::TooManyRefunds
        | Refusal::StillOpen
        | Refusal::NotDue
        | Refusal::Superseded
        | Refusal::WalletFull => 409,
        Refusal::MethodUnavailable | Refusal::RefundExceedsPaid { .. } => 422,
        Refusal::Paused => 503,
    }
}

#[cfg(test)]
mod tests {
    use till_domain::provider::Provider;

    use super::*;
    use crate::http::ReadResponse as _;

    #[test]
    fn a_problem_says_what_to_do_and_nothing_secret() {
        let response =
            Problem::invalid_field("product_id", "must be 1 to 64 characters").answer(Language::English, "r1");
        assert_eq!(response.code(), 400);
        assert_eq!(
            response.text(),
            r#"{"code":400,"error":"invalid_field","msg":"A field is not valid: product_id must be 1 to 64 characters","request_id":"r1","data":{"field":"product_id","rule":"must be 1 to 64 characters"}}"#
        );
        let response = Problem::too_many_requests(7).answer(Language::Chinese, "r1");
        assert_eq!(response.header("retry-after"), Some("7"));
        assert_eq!(
            response.text(),
            r#"{"code":429,"error":"too_many_requests","msg":"请求过于频繁，请稍后再试","request_id":"r1","data":null}"#
        );
    }

    #[test]
    fn failures_are_sorted() {
        for (failure, status, word) in [
            (Failure::Refused(Refusal::AlreadyPaid), 409, "already_paid"),
            (Failure::Refused(Refusal::OrderNotFound), 404, "order_not_found"),
            (Failure::Refused(Refusal::MethodUnavailable), 422, "method_unavailable"),
            (Failure::Refused(Refusal::Paused), 503, "paused"),
            (Failure::Provider { provider: Provider::Stripe, refused: false }, 502, "provider_error"),
            (Failure::Unavailable, 503, "unavailable"),
            (Failure::Orphan, 500, "internal"),
        ] {
            let problem = Problem::from(failure);
            assert_eq!((problem.status, problem.word), (status, word));
        }
    }
}
