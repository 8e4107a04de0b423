//! The sandbox's pages for testers, by their addresses.

use serde_json::Value;

use crate::Outcome;
use crate::http::send;
use crate::stack::Stack;

#[derive(Clone, Debug)]
pub struct Sandbox {
    url: String,
}

impl Sandbox {
    pub fn of(stack: &Stack) -> Outcome<Self> {
        Ok(Self { url: stack.output("sandbox_url")?.trim_end_matches('/').to_owned() })
    }

    pub async fn pay(&self, payment_no: &str) -> Outcome<Value> {
        self.post(&format!("/mock/success/{payment_no}")).await
    }

    /// Does something to a trade, by its word in the tester's menu.
    pub async fn act(&self, payment_no: &str, act: &str) -> Outcome<Value> {
        self.post(&format!("/trades/{payment_no}/{act}")).await
    }

    /// Plans a fault of a trade, by its word in the tester's menu.
    pub async fn arm(&self, payment_no: &str, fault: &str) -> Outcome<Value> {
        self.post(&format!("/trades/{payment_no}/faults/{fault}")).await
    }

    /// Plans a fault of a provider's next call, whatever trade it concerns.
    pub async fn arm_provider(&self, provider: &str, fault: &str) -> Outcome<Value> {
        self.post(&format!("/faults/{provider}/{fault}")).await
    }

    pub async fn books(&self, payment_no: &str) -> Outcome<Value> {
        send("GET", &format!("{}/books/{payment_no}", self.url), &[], b"").await?.expect(200)?.json()
    }

    async fn post(&self, path: &str) -> Outcome<Value> {
        send("POST", &format!("{}{path}", self.url), &[], b"").await?.expect(200)?.json()
    }
}

/// The amounts paid and refunded, in the provider's minor units.
pub fn paid_and_back(books: &Value) -> (u64, u64) {
    let sum = |list: &str, counts: fn(&Value) -> bool| {
        let entries = books[list].as_array().into_iter().flatten();
        entries.filter(|entry| counts(entry)).filter_map(|entry| entry["amount"].as_u64()).sum()
    };
    (sum("payments", |_| true), sum("refunds", |refund| refund["state"] == "succeeded"))
}
