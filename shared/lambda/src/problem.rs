//! Why a request was refused, in the one shape that all callers see. This is the only place that gives a failure its HTTP
//! status.

use serde::Serialize;
use till_app::Failure;
use till_app::ports::Unavailable;
use till_domain::money::Money;
use till_domain::refusal::Refusal;
use till_domain::text::Announcement;

use crate::http::{self, Response};
use crate::messages::{self, Language};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub status: u16,
    /// The stable error code: `already_paid`.
    pub error: &'static str,
    pub retry_after_seconds: Option<u32>,
    /// For the header `Allow` of a 405.
    pub allowed: Option<&'static str>,
    /// What the team tells callers instead of the code's sentence, in their language.
    pub text: Option<Announcement>,
    pub data: Option<Data>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Data {
    Field {
        field: String,
        /// In English, for the developer of the calling program.
        rule: String,
    },
    Limit {
        limit_minor: u64,
        currency: String,
    },
    /// Why a caller is not known.
    Token {
        reason: &'static str,
    },
    /// Those of the product that the method takes.
    Currencies {
        currencies: Vec<String>,
    },
    /// What is wrong with an account's settings.
    Finding {
        /// Its word, as `till check-config` has it.
        finding: &'static str,
        /// In English, with what to do about it.
        what: String,
    },
    /// A payment that a person decides about first, and by which route.
    Held {
        trade_no: String,
        hold: &'static str,
        route: &'static str,
    },
    Provider {
        provider: &'static str,
        /// Whether the provider certainly refused. Then a repetition cannot help.
        refused: bool,
    },
}

/// Why a request has no caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoCaller {
    /// There is no header, or another scheme.
    Missing,
    /// It cannot be read as a token.
    Malformed,
    /// It would be accepted, but its time is over: a fresh one helps.
    Expired,
    NotAccepted,
}

impl NoCaller {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Expired => "expired",
            Self::NotAccepted => "not_accepted",
        }
    }
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
    pub const fn new(status: u16, error: &'static str) -> Self {
        Self { status, error, retry_after_seconds: None, allowed: None, text: None, data: None }
    }

    pub fn invalid_field(field: &str, rule: impl Into<String>) -> Self {
        let data = Data::Field { field: field.to_owned(), rule: rule.into() };
        Self { data: Some(data), ..Self::new(400, "invalid_field") }
    }
    pub fn too_many_requests(retry_after_seconds: u32) -> Self {
        Self { retry_after_seconds: Some(retry_after_seconds), ..Self::new(429, "too_many_requests") }
    }
    pub fn method_not_allowed(allowed: &'static str) -> Self {
        Self { allowed: Some(allowed), ..Self::new(405, "method_not_allowed") }
    }

    /// A service that we depend on gave no answer.
    pub fn unavailable() -> Self {
        Self { retry_after_seconds: Some(1), ..Self::new(503, "unavailable") }
    }
    pub const fn internal() -> Self {
        Self::new(500, "internal")
    }
    pub fn unauthenticated(why: NoCaller) -> Self {
        Self { data: Some(Data::Token { reason: why.as_str() }), ..Self::new(401, "unauthenticated") }
    }

    /// The response, in the caller's language.
    pub fn answer(&self, language: Language, request_id: &str) -> Response {
        let msg = self.message(language);
        let body = Body { code: self.status, error: self.error, msg: &msg, request_id, data: self.data.as_ref() };
        let mut response = http::json(self.status, &body);
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

    fn message(&self, language: Language) -> String {
        if let Some(text) = &self.text {
            return text.to_string();
        }
        let message = messages::message(self.error, language);
        match &self.data {
            Some(Data::Field { field, rule }) => format!("{message}: {field} {rule}"),
            Some(Data::Provider { provider, refused: _ }) => format!("{message} ({provider})"),
            Some(Data::Finding { what, .. }) => format!("{message}: {what}"),
            Some(Data::Limit { .. } | Data::Token { .. } | Data::Currencies { .. } | Data::Held { .. }) | None => {
                message.to_owned()
            }
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
            // Only callbacks can report an orphan, and they are answered in their provider's own form.
            Failure::Orphan => Self::internal(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let limit = |of: Money| Some(Data::Limit { limit_minor: of.minor(), currency: of.currency().to_string() });
        let (status, retry_after_seconds, data) = match refusal {
            Refusal::InvalidField { field, rule } => {
                (400, None, Some(Data::Field { field: field.to_owned(), rule: rule.to_owned() }))
            }
            Refusal::AmountTooSmall { least: bound } | Refusal::AmountTooLarge { most: bound } => {
                (400, None, limit(bound))
            }
            Refusal::ProductNotFound | Refusal::OrderNotFound | Refusal::NoSuchHold | Refusal::OrphanNotFound => {
                (404, None, None)
            }
            Refusal::InProgress => (409, Some(1), None),
            Refusal::AlreadyPaid
            | Refusal::AlreadyRefunded
            | Refusal::NotPaid
            | Refusal::RefundInProgress
            | Refusal::OnHold
            | Refusal::Expired
            | Refusal::Cancelled
            | Refusal::IdempotencyConflict
            | Refusal::PaymentProcessing
            | Refusal::PaymentInReview
            | Refusal::NothingToUpgrade
            | Refusal::NothingToExtend
            | Refusal::Insufficient
            | Refusal::TooManyAttempts
            | Refusal::TooManyRefunds
            | Refusal::StillOpen
            | Refusal::NotDue
            | Refusal::Superseded
            | Refusal::WalletFull
            | Refusal::ProviderDenies
            | Refusal::StatementsOff
            | Refusal::NotConfirmed
            | Refusal::OrphanSettled
            | Refusal::OrphanClosed => (409, None, None),
            Refusal::MethodUnavailable => (422, None, None),
            Refusal::RefundExceedsPaid { left } => (422, None, limit(left)),
            Refusal::Paused => (503, Some(60), None),
        };
        Self { retry_after_seconds, data, ..Self::new(status, refusal.code()) }
    }
}

#[cfg(test)]
mod tests {
    use till_domain::provider::Provider;

    use super::*;
    use crate::http::ReadResponse as _;

    #[test]
    fn problem_is_written_in_the_callers_language_with_its_details() {
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
    fn text_of_the_team_stands_for_the_sentence() {
        let paused = Problem { text: Announcement::parse("Back at noon").ok(), ..Problem::from(Refusal::Paused) };
        let response = paused.answer(Language::English, "r1");
        assert_eq!((response.code(), response.header("retry-after")), (503, Some("60")));
        assert_eq!(
            response.text(),
            r#"{"code":503,"error":"paused","msg":"Back at noon","request_id":"r1","data":null}"#
        );
    }

    #[test]
    fn finding_about_settings_is_told_in_its_own_words() {
        let data = Data::Finding { finding: "clock_off", what: "The clock is off.".to_owned() };
        let response = Problem { data: Some(data), ..Problem::new(422, "settings_refused") };
        assert_eq!(
            response.answer(Language::English, "r1").text(),
            r#"{"code":422,"error":"settings_refused","msg":"The payment provider does not accept these settings: The clock is off.","request_id":"r1","data":{"finding":"clock_off","what":"The clock is off."}}"#
        );
    }

    #[test]
    fn each_failure_has_its_status_and_code() {
        for (failure, status, error) in [
            (Failure::Refused(Refusal::AlreadyPaid), 409, "already_paid"),
            (Failure::Refused(Refusal::OrderNotFound), 404, "order_not_found"),
            (Failure::Refused(Refusal::MethodUnavailable), 422, "method_unavailable"),
            (Failure::Refused(Refusal::Paused), 503, "paused"),
            (Failure::Provider { provider: Provider::Stripe, refused: false }, 502, "provider_error"),
            (Failure::Unavailable, 503, "unavailable"),
            (Failure::Orphan, 500, "internal"),
        ] {
            let problem = Problem::from(failure);
            assert_eq!((problem.status, problem.error), (status, error));
        }
    }
}
