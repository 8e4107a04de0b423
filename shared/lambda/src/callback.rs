//! The door of providers' notifications: what is checked before anything is read anywhere, whoever sent it; an answer in time
//! and in the provider's own form, whatever happens behind; and a note of what was turned away. It knows no provider, and
//! neither parses a body nor changes a byte of it.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use till_app::ports::{Came, Clock, KeepRejected, RejectedCallback};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use crate::deadline::Deadline;
use crate::hash::sha256_hex;
use crate::http::{ReadRequest as _, Request, Response, plain, text};
use crate::networks::Networks;
use crate::settings::{BadSetting, Environment};

/// From a notification's arrival to its answer. Providers wait for 5 seconds at least.
pub const TIME_BUDGET: Duration = Duration::from_secs(4);
/// Real notifications are a few KiB.
pub const MOST_BODY_BYTES: usize = 1024 * 1024;
/// The note of what was turned away is worth no more than this.
const STRAY_WITHIN: Duration = Duration::from_secs(1);
/// The account of a stray whose address names none of ours: what a stranger writes there makes no notes of its own.
const NOBODYS: &str = "?";

/// An answer as a provider wants it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// What the body is; nothing, when there is none.
    pub content_type: Option<&'static str>,
    /// The body, to the letter.
    pub body: &'static str,
}

/// What came of a notification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// What its sender gets.
    pub said: Said,
    /// A stable word for the log, and for the note.
    pub word: &'static str,
    /// The account of ours that it is about.
    pub account: Option<Account>,
    /// Whether it was not believed: then a note of it is kept.
    pub is_stray: bool,
}

/// A notification that may be looked into. It is never printed: it holds a body.
pub struct Knock<'a> {
    /// The account that its address names.
    pub account: Option<AccountId>,
    /// The request.
    pub request: &'a Request,
    hash: String,
}

impl Knock<'_> {
    /// Its headers, name and value.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.request.headers().iter();
        headers.filter_map(|(name, value)| Some((name.as_str(), text(value)?)))
    }

    /// The notification as the record keeps it, with what it said.
    pub fn came(&self, facts: Vec<(&'static str, String)>) -> Came {
        Came { from: self.request.source_ip().to_owned(), hash: self.hash.clone(), facts }
    }
}

/// Where one provider's notifications come in.
#[derive(Clone, Debug)]
pub struct Door {
    provider: Provider,
    path: &'static str,
    not_now: Said,
    networks: Networks,
}

/// Why a notification is turned away at the door: the status and a stable word.
type Barred = (u16, &'static str);

impl Door {
    /// The door at a path, and at the same with an account's id behind it. `not_now` is what the provider reads as "send it
    /// again"; with another status it is what everybody reads who is turned away.
    pub fn read(
        environment: &Environment,
        provider: Provider,
        path: &'static str,
        not_now: Said,
    ) -> Result<Self, BadSetting> {
        let name = match provider {
            Provider::WeChat => "CALLBACK_NETWORKS_WECHAT",
            Provider::Alipay => "CALLBACK_NETWORKS_ALIPAY",
            Provider::Stripe => "CALLBACK_NETWORKS_STRIPE",
        };
        let networks = Networks::parse(name, &environment.list(name))?;
        Ok(Self { provider, path, not_now, networks })
    }

    /// Answers one notification: always, and in time.
    pub async fn answer<'a, P: KeepRejected + Clock>(
        &self,
        ports: &P,
        request: &'a Request,
        deadline: Deadline,
        handle: impl AsyncFnOnce(Knock<'a>) -> Answered,
    ) -> Response {
        let begun = Instant::now();
        let answered = match self.admit(request) {
            Ok(knock) => {
                let work = AssertUnwindSafe(handle(knock)).catch_unwind();
                match tokio::time::timeout(deadline.left(), work).await {
                    Ok(Ok(answered)) => answered,
                    Ok(Err(_)) => self.gave_up("panicked"),
                    Err(_) => self.gave_up("out_of_time"),
                }
            }
            Err((status, word)) => {
                let said = Said { status, ..self.not_now };
                // What was sent to no address of ours, or in another way, is nobody's notification.
                Answered { said, word, account: None, is_stray: !matches!(status, 404 | 405) }
            }
        };
        if answered.is_stray {
            let kept = tokio::time::timeout(STRAY_WITHIN, self.keep(ports, request, &answered)).await;
            if kept.is_err() {
                tracing::warn!(provider = self.provider.as_str(), "a stray was not noted in time");
            }
        }
        self.log(request, &answered, begun.elapsed());
        response(answered.said)
    }

    /// What can be said without looking anything up.
    fn admit<'a>(&self, request: &'a Request) -> Result<Knock<'a>, Barred> {
        let account = self.account(request.uri().path())?;
        if request.method() != "POST" {
            return Err((405, "method"));
        }
        if !self.networks.admit(request.source_ip()) {
            return Err((403, "network"));
        }
        if request.body().len() > MOST_BODY_BYTES {
            return Err((413, "too_large"));
        }
        if std::str::from_utf8(request.body()).is_err() {
            return Err((400, "no_utf8"));
        }
        let account = account.map(AccountId::parse).transpose().map_err(|_| (400, "bad_account"))?;
        Ok(Knock { account, request, hash: sha256_hex(request.body()) })
    }

    /// What stands in the address where an account's id belongs.
    fn account<'a>(&self, path: &'a str) -> Result<Option<&'a str>, Barred> {
        match path.strip_prefix(self.path).and_then(|rest| rest.strip_prefix('/').or((rest.is_empty()).then_some(""))) {
            None => Err((404, "not_found")),
            Some("") => Ok(None),
            Some(account) => Ok(Some(account)),
        }
    }

    const fn gave_up(&self, word: &'static str) -> Answered {
        Answered { said: self.not_now, word, account: None, is_stray: false }
    }

    async fn keep(&self, ports: &(impl KeepRejected + Clock), request: &Request, answered: &Answered) {
        let account = match (&answered.account, self.account(request.uri().path())) {
            (Some(account), _) => account.id.as_str(),
            (None, Ok(None)) => "",
            (None, _) => NOBODYS,
        };
        let stray = RejectedCallback {
            provider: self.provider,
            account: account.to_owned(),
            reason: answered.word,
            from: request.source_ip().to_owned(),
            length: request.body().len(),
            hash: sha256_hex(request.body()),
            at: ports.now(),
        };
        ports.keep_rejected(&stray).await;
    }

    /// One line for each notification. A sender who is refused is nobody's fault here; one who must come again may be.
    fn log(&self, request: &Request, answered: &Answered, took: Duration) {
        let provider = self.provider.as_str();
        let account = answered.account.as_ref().map(|account| account.id.as_str());
        let Answered { said: Said { status, .. }, word, is_stray, .. } = *answered;
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let request_id = request.request_id();
        if word == "panicked" {
            tracing::error!(provider, account, status, word, request_id, ms, "a notification was not taken in");
        } else if !is_stray && answered.said == self.not_now {
            tracing::warn!(provider, account, status, word, request_id, ms, "a notification is to come again");
        } else {
            tracing::info!(provider, account, status, word, request_id, ms, "a notification was answered");
        }
    }
}

fn response(said: Said) -> Response {
    plain(said.status, said.content_type, said.body.to_owned())
}

#[cfg(test)]
mod tests;
