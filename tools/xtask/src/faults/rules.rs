//! What is to go wrong, and when: rules, what they have seen, and what they hold. It knows no connection.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A test that forgets what it holds is not held up for ever.
const MOST_HOLD: Duration = Duration::from_mins(2);
/// The last calls are remembered.
const MOST_CALLS: usize = 2_000;

/// One fault, as a test asks for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// Which call: `PutItem`, `DynamoDB_20120810.PutItem`, or a method and the beginning of a path, `POST /v3/refund`: below
    /// an API of the gateway the path begins after it.
    operation: String,
    /// By which function: `fulfil-order`. Any, if it is not said.
    #[serde(default)]
    pub(super) function: Option<String>,
    /// Only calls whose body has this text in it.
    #[serde(default)]
    contains: Option<String>,
    /// Which of these calls is the first that it happens to: 1, if it is not said.
    #[serde(default = "one")]
    nth: u32,
    /// To how many of them, one after the other: 1, if it is not said.
    #[serde(default = "one")]
    times: u32,
    #[serde(rename = "do")]
    fault: Fault,
    /// For `answer`: with which status; 500, if it is not said.
    #[serde(default = "server_error")]
    status: u16,
}

/// What can happen to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fault {
    /// It waits until it is released, and goes on.
    Hold,
    /// It never arrives, and its connection ends.
    DropBefore,
    /// It takes effect, and its connection ends without an answer.
    DropAfter,
    /// It arrives twice, and the second answer is given.
    Repeat,
    /// It never arrives, and is answered with a status.
    Answer,
    /// Who makes it is killed before it arrives.
    KillBefore,
    /// It takes effect, and who made it is killed before the answer.
    KillAfter,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// `X-Amz-Target`, of a call of AWS.
    pub(super) target: Option<&'a str>,
    pub(super) body: &'a [u8],
    /// Which function makes it, where that could be found.
    pub(super) function: Option<&'a str>,
}

/// What happens to a call, besides being held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Happens {
    pub(super) fault: Fault,
    pub(super) status: u16,
}

#[derive(Default)]
pub(super) struct Rules {
    inside: Mutex<Inside>,
    /// Something was released.
    released: Condvar,
}

#[derive(Default)]
struct Inside {
    last_id: u32,
    rules: Vec<Kept>,
    calls: VecDeque<String>,
    missed: u32,
}

/// A rule and what it has come to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Kept {
    id: u32,
    rule: Rule,
    /// How many calls fitted.
    seen: u32,
    /// How many it happened to.
    done: u32,
    /// How many wait now.
    held: u32,
}

#[derive(Serialize)]
pub(super) struct Told {
    rules: Vec<Kept>,
    calls: Vec<String>,
    /// How often somebody was to be killed and could not be found: a test in which that happens has shown nothing.
    missed: u32,
}

impl Rules {
    pub(super) fn add(&self, rule: Rule) -> u32 {
        let mut inside = self.lock();
        inside.last_id = inside.last_id.saturating_add(1);
        let id = inside.last_id;
        inside.rules.push(Kept { id, rule, seen: 0, done: 0, held: 0 });
        id
    }

    /// Whether some rule asks who is calling.
    pub(super) fn ask_for_callers(&self) -> bool {
        self.lock().rules.iter().any(|kept| kept.rule.function.is_some())
    }

    /// Counts a call, holds it as long as it is to be held, and tells what else happens to it.
    pub(super) fn meet(&self, call: Call<'_>) -> Option<Happens> {
        let mut inside = self.lock();
        inside.remember(call);
        let mut holding = Vec::new();
        let mut happens = None;
        for kept in &mut inside.rules {
            if !kept.counts(call) {
                continue;
            }
            match kept.rule.fault {
                Fault::Hold => {
                    kept.held = kept.held.saturating_add(1);
                    holding.push(kept.id);
                }
                fault => happens = happens.or(Some(Happens { fault, status: kept.rule.status })),
            }
        }
        if !holding.is_empty() {
            let holds =
                |inside: &mut Inside| inside.rules.iter().any(|kept| holding.contains(&kept.id) && kept.held > 0);
            // Held too long, it goes on: the test sees that it was not held.
            let waited = self.released.wait_timeout_while(inside, MOST_HOLD, holds);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
        happens
    }

    /// Lets everything go on that a rule holds; tells whether there is such a rule.
    pub(super) fn release(&self, id: u32) -> bool {
        let mut inside = self.lock();
        let kept = inside.rules.iter_mut().find(|kept| kept.id == id);
        let found = kept.map(|kept| kept.held = 0).is_some();
        drop(inside);
        self.released.notify_all();
        found
    }

    /// Forgets a rule; tells whether there was one.
    pub(super) fn remove(&self, id: u32) -> bool {
        let mut inside = self.lock();
        let before = inside.rules.len();
        inside.rules.retain(|kept| kept.id != id);
        let found = inside.rules.len() < before;
        drop(inside);
        self.released.notify_all();
        found
    }

    /// Forgets all rules and calls.
    pub(super) fn clear(&self) {
        let mut inside = self.lock();
        inside.rules.clear();
        inside.calls.clear();
        inside.missed = 0;
        drop(inside);
        self.released.notify_all();
    }

    /// Notes that nobody was there to be killed.
    pub(super) fn miss(&self) {
        let mut inside = self.lock();
        inside.missed = inside.missed.saturating_add(1);
    }

    pub(super) fn told(&self) -> Told {
        let inside = self.lock();
        let calls = inside.calls.iter().cloned().collect();
        Told { rules: inside.rules.clone(), calls, missed: inside.missed }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // Whoever panicked with it left it whole: every change is one assignment.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn remember(&mut self, call: Call<'_>) {
        if self.calls.len() >= MOST_CALLS {
            self.calls.pop_front();
        }
        let name = call.target.map_or_else(|| format!("{} {}", call.method, below_gateway(call.path)), str::to_owned);
        self.calls.push_back(name);
    }
}

impl Kept {
    /// Counts a call, if it fits, and tells whether it is to happen to it.
    fn counts(&mut self, call: Call<'_>) -> bool {
        if !self.rule.fits(call) {
            return false;
        }
        self.seen = self.seen.saturating_add(1);
        let is_due = self.seen >= self.rule.nth && self.done < self.rule.times;
        self.done = self.done.saturating_add(u32::from(is_due));
        is_due
    }
}

impl Rule {
    fn fits(&self, call: Call<'_>) -> bool {
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

/// A function is named by its stage and its own name.
fn ends_a_word(before: &str) -> bool {
    before.is_empty() || before.ends_with('-')
}

/// A path without the API of the gateway before it.
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
        serde_json::from_str(json).expect("it is a rule")
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
    fn a_rule_fits_what_it_names() {
        for (json, call, fits) in [
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
            assert_eq!(rule(json).fits(call), fits, "{json}");
        }
        assert!(serde_json::from_str::<Rule>(r#"{"operation": "x", "do": "hold", "nht": 2}"#).is_err());
    }

    #[test]
    fn it_happens_to_the_nth_and_so_many_after_it() {
        let rules = Rules::default();
        rules.add(rule(r#"{"operation": "PutItem", "nth": 2, "times": 2, "do": "answer", "status": 503}"#));
        let happened: Vec<bool> = (0..5).map(|_| rules.meet(PUT).is_some()).collect();
        assert_eq!(happened, [false, true, true, false, false]);
        assert_eq!(rules.meet(REFUND), None);
        let told = serde_json::to_value(rules.told()).expect("it is JSON");
        assert_eq!((told["rules"][0]["seen"].as_u64(), told["rules"][0]["done"].as_u64()), (Some(5), Some(2)));
        assert_eq!(told["calls"][5], "POST /v3/refund/domestic/refunds");
        rules.clear();
        assert!(rules.meet(PUT).is_none());
    }

    #[test]
    fn what_is_held_goes_on_when_it_is_released_and_something_else_may_happen_to_it() {
        let rules = Rules::default();
        let id = rules.add(rule(r#"{"operation": "PutItem", "do": "hold"}"#));
        rules.add(rule(r#"{"operation": "PutItem", "do": "drop_after"}"#));
        std::thread::scope(|scope| {
            let call = scope.spawn(|| rules.meet(PUT));
            while rules.told().rules[0].held == 0 {
                std::thread::yield_now();
            }
            assert!(!call.is_finished());
            assert!(rules.release(id));
            assert_eq!(call.join().expect("it ended well"), Some(Happens { fault: Fault::DropAfter, status: 500 }));
        });
        assert!(!rules.release(id + 9));
        assert!(rules.remove(id) && !rules.remove(id));
    }
}
