//! Judges each call of DynamoDB that a function makes by the policies of the function's role, as IAM holds them at that moment.
//! The emulator enforces actions and resources, but does not know the condition `dynamodb:LeadingKeys`, by which each function
//! may only use items of its own kinds. So the proxy before it judges every call completely, with that condition.
//!
//! What cannot be judged is refused: an unknown caller, call, table, statement or condition. Each judgement is kept, so that
//! the tests see which permission some call needed. `GET /_permissions` returns them, `DELETE` forgets them.

mod calls;
mod key_condition;
mod policy;
mod role;
mod sessions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::json;

use self::calls::Table;
pub(crate) use self::policy::{Check, LEADING_KEYS, Permission, Policy};
pub(crate) use self::role::{RolePolicy, policy_of};
use self::sessions::{Session, Sessions};
use crate::local::aws::Aws;

/// The journeys of all functions make some thousand different judgements.
const MAX_JUDGEMENTS: usize = 50_000;

pub(crate) struct Judge {
    aws: Aws,
    sessions: Sessions,
    tables: Mutex<BTreeMap<String, Arc<Table>>>,
    judgements: Mutex<JudgedCalls>,
}

/// One thing that a function asked for, and why it was refused if it was.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Judgement {
    /// Its name on AWS: `till-dev-fulfil-order`.
    pub(crate) function: String,
    #[serde(flatten)]
    pub(crate) check: Check,
    pub(crate) refused: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct JudgedCalls {
    pub(crate) judgements: BTreeSet<Judgement>,
    /// Calls that could not be judged, and were refused.
    pub(crate) unclear: BTreeSet<String>,
    /// How many found no room: a test that needs them has proved nothing.
    pub(crate) forgotten: usize,
}

/// The answer to a call that is not allowed, in DynamoDB's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Judge {
    /// Judges calls to the emulator at this port.
    pub(crate) fn new(port: u16) -> Self {
        Self {
            aws: Aws { port },
            sessions: Sessions::default(),
            tables: Mutex::default(),
            judgements: Mutex::default(),
        }
    }

    /// Reads a line of the launcher: the access key of a session, and the ARN of the role that it has.
    pub(crate) fn add_session(&self, line: &str) {
        self.sessions.add(line);
    }

    /// Whether a call is for DynamoDB: by its target, or by the service for which it is signed.
    pub(crate) fn is_for(target: Option<&str>, authorization: Option<&str>) -> bool {
        target.is_some_and(|target| target.starts_with("DynamoDB"))
            || authorization.is_some_and(|signed| signed.contains("/dynamodb/"))
    }

    /// Judges a call of DynamoDB. The log says what was refused, and why.
    pub(crate) fn judge(&self, target: Option<&str>, authorization: Option<&str>, body: &[u8]) -> Result<(), Refusal> {
        let key = authorization.and_then(sessions::access_key);
        let Some(session) = key.and_then(|key| self.sessions.find(key)) else {
            self.note_unclear(&format!("{}: the caller is not known", target.unwrap_or("a call without a target")));
            let message = "The security token included in the request is invalid.".to_owned();
            return Err(Refusal { code: "UnrecognizedClientException", message });
        };
        let checks = target
            .ok_or_else(|| "a call has no X-Amz-Target".to_owned())
            .and_then(|target| calls::checks(target, body, &|name| self.table(name)));
        let judged = checks.and_then(|checks| Ok((checks, policy_of(self.aws, &session.role)?)));
        let (checks, policy) = judged.map_err(|why| {
            self.note_unclear(&format!("{}: {why}", session.function));
            let message = format!("User: {} is not authorized: the call cannot be judged: {why}", session.arn);
            Refusal { code: "AccessDeniedException", message }
        })?;
        checks.into_iter().try_for_each(|check| self.decide(&session, &policy, check))
    }

    fn decide(&self, session: &Session, policy: &Policy, check: Check) -> Result<(), Refusal> {
        let refused = policy.allows(&check).err();
        let refusal = refused.as_ref().map(|why| {
            let (user, Check { action, resource, keys }) = (&session.arn, &check);
            eprintln!("permissions: {} was refused {action} on {resource} {why}; its keys: {keys:?}", session.function);
            let message = format!("User: {user} is not authorized to perform: {action} on resource: {resource} {why}");
            Refusal { code: "AccessDeniedException", message }
        });
        self.keep(Judgement { function: session.function.clone(), check, refused });
        refusal.map_or(Ok(()), Err)
    }

    pub(crate) fn report(&self) -> serde_json::Value {
        serde_json::to_value(&*lock(&self.judgements)).unwrap_or_else(|error| json!({"error": error.to_string()}))
    }

    pub(crate) fn forget(&self) {
        *lock(&self.judgements) = JudgedCalls::default();
    }

    fn keep(&self, judgement: Judgement) {
        let mut kept = lock(&self.judgements);
        if kept.judgements.len() < MAX_JUDGEMENTS {
            kept.judgements.insert(judgement);
        } else if !kept.judgements.contains(&judgement) {
            kept.forgotten = kept.forgotten.saturating_add(1);
        }
    }

    fn note_unclear(&self, what: &str) {
        eprintln!("permissions: refused, as it cannot be judged: {what}");
        let mut kept = lock(&self.judgements);
        if kept.unclear.len() < MAX_JUDGEMENTS {
            kept.unclear.insert(what.to_owned());
        }
    }

    /// A table never changes its keys, and the emulator's is asked for once.
    fn table(&self, name: &str) -> Result<Arc<Table>, String> {
        if let Some(table) = lock(&self.tables).get(name) {
            return Ok(Arc::clone(table));
        }
        let described = self.aws.json("dynamodb", "DynamoDB_20120810.DescribeTable", &json!({"TableName": name}))?;
        let table =
            Table::read(&described).ok_or_else(|| format!("the description of the table {name} is not known"))?;
        let table = Arc::new(table);
        lock(&self.tables).insert(name.to_owned(), Arc::clone(&table));
        Ok(table)
    }
}

/// A thread that panicked left a consistent state: every change is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
