//! The fault proxy of `cargo xtask up --faults`: plans a fault, and checks that it happened.

use serde_json::{Value, json};

use crate::http::send;
use crate::stack::Stack;
use crate::{Outcome, ensure};

#[derive(Clone, Debug)]
pub struct Faults {
    url: String,
}

#[derive(Clone, Copy, Debug)]
pub struct Planned(u64);

impl Faults {
    pub fn of(stack: &Stack) -> Option<Self> {
        stack.output("faults_url").ok().map(|url| Self { url: url.to_owned() })
    }

    /// Plans a fault for the first call of this operation by this function that contains this text.
    pub async fn plan(&self, operation: &str, function: &str, contains: &str, fault: &str) -> Outcome<Planned> {
        let rule = json!({"operation": operation, "function": function, "contains": contains, "do": fault});
        let answer = send("POST", &self.url, &[], rule.to_string().as_bytes()).await?.expect(200)?.json()?;
        answer["id"].as_u64().map(Planned).ok_or_else(|| format!("no id in {answer}"))
    }

    /// A journey whose fault never happened has proved nothing.
    pub async fn happened(&self, planned: Planned) -> Outcome {
        let told = send("GET", &self.url, &[], b"").await?.expect(200)?.json()?;
        let rules = told["rules"].as_array().into_iter().flatten();
        let ours = rules.into_iter().find(|rule| rule["id"] == planned.0).cloned().unwrap_or(Value::Null);
        send("DELETE", &format!("{}/{}", self.url, planned.0), &[], b"").await?;
        ensure(told["missed"] == 0, || "the function that was to be killed could not be found".to_owned())?;
        ensure(ours["done"] == 1, || format!("the fault did not happen: {ours}; the last calls: {}", told["calls"]))
    }
}
