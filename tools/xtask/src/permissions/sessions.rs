//! Which function a call comes from: its signature names an access key, and the launcher tells which role the key belongs to.
//! The emulator checks the signature itself.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A function may call before the line about its session has been read.
const SESSION_TIMEOUT: Duration = Duration::from_secs(2);

/// A function in its role: `arn:aws:sts::000000000000:assumed-role/<role>/<function>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Session {
    pub(super) arn: String,
    pub(super) role: String,
    pub(super) function: String,
}

#[derive(Default)]
pub(super) struct Sessions {
    by_key: Mutex<BTreeMap<String, Session>>,
    added: Condvar,
}

impl Sessions {
    /// Reads an access key and an ARN. Other lines are passed over, as their sessions then are not known.
    pub(super) fn add(&self, line: &str) {
        let read = line.split_once(' ').and_then(|(key, arn)| Some((key.to_owned(), Session::read(arn.trim())?)));
        if let Some((key, session)) = read {
            self.by_key.lock().unwrap_or_else(PoisonError::into_inner).insert(key, session);
            self.added.notify_all();
        }
    }

    pub(super) fn find(&self, key: &str) -> Option<Session> {
        let known = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.added.wait_timeout_while(known, SESSION_TIMEOUT, |known| !known.contains_key(key));
        waited.unwrap_or_else(PoisonError::into_inner).0.get(key).cloned()
    }
}

impl Session {
    fn read(arn: &str) -> Option<Self> {
        let (_, name) = arn.split_once(":assumed-role/")?;
        let (role, function) = name.split_once('/')?;
        Some(Self { arn: arn.to_owned(), role: role.to_owned(), function: function.to_owned() })
    }
}

/// The access key of a signature: `AWS4-HMAC-SHA256 Credential=<key>/<day>/<region>/<service>/aws4_request, …`.
pub(super) fn access_key(authorization: &str) -> Option<&str> {
    let (_, rest) = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?.split_once("Credential=")?;
    rest.split_once('/').map(|(key, _)| key).filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sts::000000000000:assumed-role/till-role/till-dev-create-order";

    #[test]
    fn session_is_found_by_the_key_of_a_signature() {
        let sessions = Sessions::default();
        sessions.add(&format!("ASIA1 {ARN}\n"));
        let signed = "AWS4-HMAC-SHA256 Credential=ASIA1/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host";
        let session = access_key(signed).and_then(|key| sessions.find(key)).expect("the session was added");
        let expected = ("till-role", "till-dev-create-order", ARN);
        assert_eq!((session.role.as_str(), session.function.as_str(), session.arn.as_str()), expected);
    }

    #[test]
    fn session_that_is_added_during_the_search_is_found() {
        let sessions = Sessions::default();
        std::thread::scope(|scope| {
            let search = scope.spawn(|| sessions.find("ASIA2"));
            sessions.add(&format!("ASIA2 {ARN}"));
            assert!(search.join().expect("the search did not panic").is_some());
        });
    }

    #[test]
    fn unknown_signature_or_line_gives_no_session() {
        for wrong in
            ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=/x", "AWS4-HMAC-SHA256 Credential=x", "Credential=x/y"]
        {
            assert_eq!(access_key(wrong), None, "{wrong}");
        }
        let sessions = Sessions::default();
        for line in ["", "stay", "ASIA3 arn:aws:iam::000000000000:user/ada", "ASIA3"] {
            sessions.add(line);
        }
        assert_eq!(sessions.find("ASIA3"), None);
    }
}
