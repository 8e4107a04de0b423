//! The fault proxy of `cargo xtask up --faults`: what is to go wrong, in words.

use serde_json::{Value, json};

use crate::http::send;
use crate::stack::Stack;
use crate::{Outcome, ensure};

#[derive(Clone, Debug)]
pub struct Faults {
    url: String,
}

#[derive(Clone, Copy, Debug)]
pub struct Asked(u64);

impl Faults {
    pub fn of(stack: &Stack) -> Option<Self> {
        stack.output("faults_url").ok().map(|url| Self { url: url.to_owned() })
    }

    /// Asks for a fault: at the first call of this operation by this function that has this text in it.
    pub async fn ask(&self, operation: &str, function: &str, contains: &str, fault: &str) -> Outcome<Asked> {
        let rule = json!({"operation": operation, "function": function, "contains": contains, "do": fault});
        let answer = send("POST", &self.url, &[], rule.to_string().as_bytes()).await?.expect(200)?.json()?;
        answer["id"].as_u64().map(Asked).ok_or_else(|| format!("no id in {answer}"))
    }

    /// Makes sure that it happened: a fault that never struck has shown nothing.
    pub async fn struck(&self, asked: Asked) -> Outcome {
        let told = send("GET", &self.url, &[], b"").await?.expect(200)?.json()?;
        let rules = told["rules"].as_array().into_iter().flatten();
        let ours = rules.into_iter().find(|rule| rule["id"] == asked.0).cloned().unwrap_or(Value::Null);
        send("DELETE", &format!("{}/{}", self.url, asked.0), &[], b"").await?;
        ensure(told["missed"] == 0, || "somebody was to be killed and could not be found".to_owned())?;
        ensure(ours["done"] == 1, || format!("the fault did not strike: {ours}; the last calls: {}", told["calls"]))
    }
}
