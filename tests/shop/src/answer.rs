//! What a function answered, and what it should have.

use serde_json::Value;
use till_lambda::http::Response;

/// An answer.
pub struct Answered(pub Response);

impl Answered {
    /// Fails unless the answer has this status and this very body. The lines of `body` count as one, so that a long one can
    /// be read; otherwise each character counts.
    #[track_caller]
    pub fn is(&self, status: u16, body: &str) -> &Self {
        let flat: String = body.lines().map(str::trim).collect();
        assert_eq!((self.0.status, self.0.body.as_str()), (status, flat.as_str()));
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
        self
    }

    /// Fails unless the answer is a problem of this status and word, in the one shape of all problems.
    #[track_caller]
    pub fn is_problem(&self, status: u16, word: &str) -> &Self {
        let json = self.json();
        let keys: Vec<&str> = json.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        assert_eq!((self.0.status, json["error"].as_str()), (status, Some(word)), "{}", self.0.body);
        assert_eq!(json["code"], status);
        let mut sorted = keys;
        sorted.sort_unstable();
        assert_eq!(sorted, ["code", "data", "error", "msg", "request_id"]);
        self
    }

    /// Fails unless the answer is the problem of a field that breaks a rule.
    #[track_caller]
    pub fn is_bad_field(&self, field: &str) -> &Self {
        self.is_problem(400, "invalid_field");
        assert_eq!(self.json()["data"]["field"], field, "{}", self.0.body);
        self
    }

    /// The body.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.0.body).unwrap()
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}
