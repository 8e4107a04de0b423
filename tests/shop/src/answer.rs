//! A function's response, and checks of it.

use serde_json::Value;
use till_lambda::http::{ReadResponse as _, Response};

pub struct Answered(pub Response);

impl Answered {
    /// Fails unless the response has this status and exactly this body. Line breaks and indentation in `body` do not count.
    #[track_caller]
    pub fn is(&self, status: u16, body: &str) -> &Self {
        let flat: String = body.lines().map(str::trim).collect();
        assert_eq!((self.status(), self.body()), (status, flat.as_str()));
        assert_eq!(self.header("content-type"), Some("application/json; charset=utf-8"));
        self
    }

    /// Fails unless the response is a problem with this status and error code, in the shape of all problems.
    #[track_caller]
    pub fn is_problem(&self, status: u16, error: &str) -> &Self {
        let json = self.json();
        assert_eq!((self.status(), json["error"].as_str()), (status, Some(error)), "{}", self.body());
        assert_eq!(json["code"], status);
        // `Value` sorts its keys.
        let keys: Vec<&String> = json.as_object().into_iter().flatten().map(|(key, _)| key).collect();
        assert_eq!(keys, ["code", "data", "error", "msg", "request_id"]);
        self
    }

    /// Fails unless the response is the problem of this invalid field.
    #[track_caller]
    pub fn is_bad_field(&self, field: &str) -> &Self {
        self.is_problem(400, "invalid_field");
        assert_eq!(self.json()["data"]["field"], field, "{}", self.body());
        self
    }

    pub fn status(&self) -> u16 {
        self.0.code()
    }

    pub fn body(&self) -> &str {
        self.0.text()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(self.body()).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }
}
