//! What a function answered, and what it should have.

use serde_json::Value;
use till_lambda::http::{ReadResponse as _, Response};

/// An answer.
pub struct Answered(pub Response);

impl Answered {
    /// Fails unless the answer has this status and this very body. The lines of `body` count as one, so that a long one can
    /// be read; otherwise each character counts.
    #[track_caller]
    pub fn is(&self, status: u16, body: &str) -> &Self {
        let flat: String = body.lines().map(str::trim).collect();
        assert_eq!((self.status(), self.body()), (status, flat.as_str()));
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
        self
    }

    /// Fails unless the answer is a problem of this status and word, in the one shape of all problems.
    #[track_caller]
    pub fn is_problem(&self, status: u16, word: &str) -> &Self {
        let json = self.json();
        let keys: Vec<&str> = json.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        assert_eq!((self.status(), json["error"].as_str()), (status, Some(word)), "{}", self.body());
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
        assert_eq!(self.json()["data"]["field"], field, "{}", self.body());
        self
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.0.code()
    }

    /// The body as text.
    pub fn body(&self) -> &str {
        self.0.text()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(self.body()).unwrap()
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }
}
