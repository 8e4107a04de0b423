//! The rules: which fault happens to which call, which calls have come, and which are held. No connection is handled here.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A call that its test never releases is forwarded after this time.
const MAX_HOLD: Duration = Duration::from_mins(2);
/// So many of the last calls are listed for tests.
const MAX_CALLS: usize = 2_000;

/// One fault, as a test asks for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// `PutItem`, `DynamoDB_20120810.PutItem`, or a method and the beginning of a path, `POST /v3/refund`. The prefix of an
    /// API of the gateway is not part of the path.
    operation: String,
    /// Only calls of this function, `fulfil-order`.
    #[serde(default)]
    pub(super) function: Option<String>,
    /// Only calls with this text in the body.
    #[serde(default)]
    contains: Option<String>,
    /// The first of these calls that it happens to, counted from 1.
    #[serde(default = "one")]
    nth: u32,
    /// How many calls it happens to, from that one on.
    #[serde(default = "one")]
    times: u32,
    #[serde(rename = "do")]
    fault: Fault,
    /// The status of `answer`.
    #[serde(default = "server_error")]
    status: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fault {
    /// The call waits until the test releases it, and is then forwarded.
    Hold,
    /// The call is not forwarded, and its connection is closed.
    DropBefore,
    /// The call is forwarded, and its connection is closed without an answer.
    DropAfter,
    /// The call is forwarded twice, and the second answer is returned.
    Repeat,
    /// The call is not forwarded, and is answered with a status.
    Answer,
    /// The calling process is killed, and the call is not forwarded.
    KillBefore,
    /// The call is forwarded, and the calling process is killed before it gets the answer.
    KillAfter,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// The header `X-Amz-Target` of a call of AWS.
    pub(super) target: Option<&'a str>,
    pub(super) body: &'a [u8],
    /// The calling function, where it was looked for and found.
    pub(super) function: Option<&'a str>,
}

/// What happens to a call, beside a hold that is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Outcome {
    pub(super) fault: Fault,
    pub(super) status: u16,
}

#[derive(Default)]
pub(super) struct Rules {
    state: Mutex<State>,
    /// Notified after each release.
    released: Condvar,
}

#[derive(Default)]
struct State {
    last_id: u32,
    rules: Vec<Counted>,
    calls: VecDeque<String>,
    missed: u32,
}

/// A rule and the calls that it has applied to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Counted {
    id: u32,
    rule: Rule,
    /// How many calls matched.
    seen: u32,
    /// To how many of them the fault has happened.
    done: u32,
    /// How many are held now.
    held: u32,
}

#[derive(Serialize)]
pub(super) struct Report {
    rules: Vec<Counted>,
    calls: Vec<String>,
    /// How often the process to kill was not found: a test in which that happens has proved nothing.
    missed: u32,
}

impl Rules {
    pub(super) fn add(&self, rule: Rule) -> u32 {
        let mut state = self.lock();
        state.last_id = state.last_id.saturating_add(1);
        let id = state.last_id;
        state.rules.push(Counted { id, rule, seen: 0, done: 0, held: 0 });
        id
    }

    /// Whether a rule names a function, so that the caller of each call has to be found.
    pub(super) fn ask_for_callers(&self) -> bool {
        self.lock().rules.iter().any(|counted| counted.rule.function.is_some())
    }

    /// Counts a call, waits while a rule holds it, and returns what else happens to it.
    pub(super) fn meet(&self, call: Call<'_>) -> Option<Outcome> {
        let mut state = self.lock();
        state.remember(call);
        let mut holding = Vec::new();
        let mut happens = None;
        for counted in &mut state.rules {
            if !counted.counts(call) {
                continue;
            }
            match counted.rule.fault {
                Fault::Hold => {
                    counted.held = counted.held.saturating_add(1);
                    holding.push(counted.id);
                }
                fault => happens = happens.or(Some(Outcome { fault, status: counted.rule.status })),
            }
        }
        if !holding.is_empty() {
            let holds =
                |state: &mut State| state.rules.iter().any(|counted| holding.contains(&counted.id) && counted.held > 0);
            // After `MAX_HOLD` the call is forwarded: its test fails, as it expected a hold.
            let waited = self.released.wait_timeout_while(state, MAX_HOLD, holds);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
        happens
    }

    /// Releases every call that a rule holds; false when there is no such rule.
    pub(super) fn release(&self, id: u32) -> bool {
        let mut state = self.lock();
        let counted = state.rules.iter_mut().find(|counted| counted.id == id);
        let found = counted.map(|counted| counted.held = 0).is_some();
        drop(state);
        self.released.notify_all();
        found
    }

    /// False when there is no such rule.
    pub(super) fn remove(&self, id: u32) -> bool {
        let mut state = self.lock();
        let before = state.rules.len();
        state.rules.retain(|counted| counted.id != id);
        let found = state.rules.len() < before;
        drop(state);
        self.released.notify_all();
        found
    }

    pub(super) fn clear(&self) {
        let mut state = self.lock();
        state.rules.clear();
        state.calls.clear();
        state.missed = 0;
        drop(state);
        self.released.notify_all();
    }

    /// Counts a kill whose process was not found.
    pub(super) fn miss(&self) {
        let mut state = self.lock();
        state.missed = state.missed.saturating_add(1);
    }

    pub(super) fn report(&self) -> Report {
        let state = self.lock();
        let calls = state.calls.iter().cloned().collect();
        Report { rules: state.rules.clone(), calls, missed: state.missed }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked left a consistent state: every change is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remember(&mut self, call: Call<'_>) {
        if self.calls.len() >= MAX_CALLS {
            self.calls.pop_front();
        }
        let name = call.target.map_or_else(|| format!("{} {}", call.method, below_gateway(call.path)), str::to_owned);
        self.calls.push_back(name);
    }
}

impl Counted {
    /// Counts a matching call; true when the fault happens to it.
    fn counts(&mut self, call: Call<'_>) -> bool {
        if !self.rule.matches(call) {
            return false;
        }
        self.seen = self.seen.saturating_add(1);
        let is_due = self.seen >= self.rule.nth && self.done < self.rule.times;
        self.done = self.done.saturating_add(u32::from(is_due));
        is_due
    }
}

impl Rule {
    fn matches(&self, call: Call<'_>) -> bool {
        let by_path = self.operation.split_once(' ').is_some_and(|(method, path)| {
            call.target.is_none() && method == call.method && below_gateway(call.path).starts_with(path)
        });
        let by_target = call.target.is_some_and(|target| {
            target == self.operation || target.rsplit_once('.').is_some_and(|(_, name)| name == self.operation)
        });
        let by_function = self.function.as_deref().is_none_or(|name| {
            call.function.is_some_and(|function| function.strip_suffix(name).is_some_and(ends_a_word))
        });
        let by_body = self.contains.as_deref().is_none_or(|text| holds(call.body, text.as_bytes()));
        (by_path || by_target) && by_function && by_body
    }
}

/// On AWS a function is called `till-<stage>-<name>`.
fn ends_a_word(before: &str) -> bool {
    before.is_empty() || before.ends_with('-')
}

/// A path without the prefix of an API of the gateway.
fn below_gateway(path: &str) -> &str {
    let Some(rest) = path.strip_prefix("/_aws/execute-api/") else { return path };
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

fn holds(body: &[u8], text: &[u8]) -> bool {
    text.is_empty() || body.windows(text.len()).any(|part| part == text)
}

const fn one() -> u32 {
    1
}

const fn server_error() -> u16 {
    500
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: &str) -> Rule {
        serde_json::from_str(json).expect("the sample is a rule")
    }

    const PUT: Call<'_> = Call {
        method: "POST",
        path: "/",
        target: Some("DynamoDB_20120810.PutItem"),
        body: b"{\"pk\":\"ORDER#7\"}",
        function: Some("till-dev-fulfil-order"),
    };
    const REFUND: Call<'_> =
        Call { path: "/_aws/execute-api/ab12/v3/refund/domestic/refunds", target: None, function: None, ..PUT };

    #[test]
    fn rule_matches_operation_function_and_body() {
        for (json, call, matches) in [
            (r#"{"operation": "PutItem", "do": "hold"}"#, PUT, true),
            (r#"{"operation": "DynamoDB_20120810.PutItem", "do": "hold"}"#, PUT, true),
            (r#"{"operation": "Item", "do": "hold"}"#, PUT, false),
            (r#"{"operation": "PutItem", "function": "fulfil-order", "do": "hold"}"#, PUT, true),
            (r#"{"operation": "PutItem", "function": "order", "do": "hold"}"#, PUT, true),
            (r#"{"operation": "PutItem", "function": "il-order", "do": "hold"}"#, PUT, false),
            (r#"{"operation": "PutItem", "contains": "ORDER#7", "do": "hold"}"#, PUT, true),
            (r#"{"operation": "PutItem", "contains": "ORDER#8", "do": "hold"}"#, PUT, false),
            (r#"{"operation": "POST /", "do": "hold"}"#, PUT, false),
            (r#"{"operation": "POST /v3/refund", "do": "hold"}"#, REFUND, true),
            (r#"{"operation": "GET /v3/refund", "do": "hold"}"#, REFUND, false),
            (r#"{"operation": "POST /v3/refund", "function": "sweep-orders", "do": "hold"}"#, REFUND, false),
        ] {
            assert_eq!(rule(json).matches(call), matches, "{json}");
        }
        assert!(serde_json::from_str::<Rule>(r#"{"operation": "x", "do": "hold", "nht": 2}"#).is_err());
    }

    #[test]
    fn fault_happens_from_the_nth_call_on_for_so_many_times() {
        let rules = Rules::default();
        rules.add(rule(r#"{"operation": "PutItem", "nth": 2, "times": 2, "do": "answer", "status": 503}"#));
        let happened: Vec<bool> = (0..5).map(|_| rules.meet(PUT).is_some()).collect();
        assert_eq!(happened, [false, true, true, false, false]);
        assert_eq!(rules.meet(REFUND), None);
        let report = serde_json::to_value(rules.report()).expect("the report is JSON");
        assert_eq!((report["rules"][0]["seen"].as_u64(), report["rules"][0]["done"].as_u64()), (Some(5), Some(2)));
        assert_eq!(report["calls"][5], "POST /v3/refund/domestic/refunds");
        rules.clear();
        assert!(rules.meet(PUT).is_none());
    }

    #[test]
    fn held_call_continues_when_released_and_then_meets_other_rules() {
        let rules = Rules::default();
        let id = rules.add(rule(r#"{"operation": "PutItem", "do": "hold"}"#));
        rules.add(rule(r#"{"operation": "PutItem", "do": "drop_after"}"#));
        std::thread::scope(|scope| {
            let call = scope.spawn(|| rules.meet(PUT));
            while rules.report().rules[0].held == 0 {
                std::thread::yield_now();
            }
            assert!(!call.is_finished());
            assert!(rules.release(id));
            assert_eq!(
                call.join().expect("the call did not panic"),
                Some(Outcome { fault: Fault::DropAfter, status: 500 })
            );
        });
        assert!(!rules.release(id + 9));
        assert!(rules.remove(id) && !rules.remove(id));
    }
}
