//! The HTTP side of providers' callbacks: checks that need no look-up, an answer in time and in the provider's own
//! form, and a record of each rejected callback. It knows no provider, and neither parses nor changes a body.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use futures_util::FutureExt as _;
use till_app::callback::receive;
use till_app::figures;
use till_app::ports::{
    Answered, CallbackAnswer, CallbackReplies, CallbackReply, Clock, KeepRejected, Notice, RejectedCallback,
    VerifyCallback,
};
use till_app::settle::Settle;
use till_domain::provider::Provider;
use till_domain::text::AccountId;

use crate::hash::sha256_hex;
use crate::http::{ReadRequest as _, Request, Response, plain, text};
use crate::networks::Networks;
use crate::settings::{BadSetting, Environment};

/// From a callback's arrival to its answer. Providers wait for 5 seconds at least.
pub const TIME_BUDGET: Duration = Duration::from_secs(4);
/// Real callbacks are a few KiB.
pub const MOST_BODY_BYTES: usize = 1024 * 1024;
/// Limit for recording a rejected callback.
const RECORDED_WITHIN: Duration = Duration::from_secs(1);
/// Recorded instead of an account in the path that is not ours: records are kept once for each account, so a stranger could
/// otherwise make many of them.
const UNKNOWN_ACCOUNT: &str = "?";

#[derive(Clone, Debug)]
pub struct Endpoint {
    provider: Provider,
    path: &'static str,
    /// Addresses of the system that a team had before: its open trades still name them.
    old_paths: Vec<String>,
    replies: CallbackReplies,
    networks: Networks,
}

const MOST_OLD_PATHS: usize = 8;
const MOST_PATH_BYTES: usize = 128;
/// Till's own routes are at these paths or below them, and later releases may add others there: no old path may begin with one.
const OWN_PATHS: [&str; 4] = ["/api/v1/payment/", "/pay/", "/openapi.json/", "/docs/"];

impl Endpoint {
    /// Callbacks arrive at `path`, at `path` with an account's id as one more part, or at an address of `CALLBACK_PATHS_…`.
    pub fn read(
        environment: &Environment,
        provider: Provider,
        path: &'static str,
        replies: CallbackReplies,
    ) -> Result<Self, BadSetting> {
        let setting = |kind: &str| format!("{kind}_{}", provider.as_str().to_ascii_uppercase());
        let (networks, paths) = (setting("CALLBACK_NETWORKS"), setting("CALLBACK_PATHS"));
        let networks = Networks::parse(&networks, &environment.list(&networks))?;
        let old_paths = environment.list(&paths);
        if old_paths.len() > MOST_OLD_PATHS || !old_paths.iter().all(|path| is_old_path(path)) {
            let rule = "up to 8 paths such as /payment/notify, none of them Till's own, with commas between them";
            return Err(BadSetting::new(&paths, rule));
        }
        Ok(Self { provider, path, old_paths, replies, networks })
    }

    /// Verifies and settles a callback, and answers it.
    pub async fn receive(
        &self,
        ports: &(impl Settle + KeepRejected),
        accounts: &impl VerifyCallback,
        request: &Request,
        deadline: Deadline,
    ) -> Response {
        self.answer(ports, request, deadline, async |notice| receive(ports, accounts, notice).await).await
    }

    /// Answers within `deadline`, even if `receive` panics or takes longer.
    async fn answer(
        &self,
        ports: &(impl KeepRejected + Clock),
        request: &Request,
        deadline: Deadline,
        receive: impl AsyncFnOnce(Notice<'_>) -> Answered,
    ) -> Response {
        let begun = Instant::now();
        let hash = sha256_hex(request.body());
        let (answer, account) = match self.check(request) {
            Err(answer) => (answer, None),
            Ok(account) => {
                let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), text(value)?)));
                let headers: Vec<(&str, &str)> = headers.collect();
                let notice = Notice {
                    account: account.as_ref(),
                    headers: &headers,
                    body: request.body(),
                    from: request.source_ip(),
                    hash: &hash,
                };
                let work = AssertUnwindSafe(receive(notice)).catch_unwind();
                match tokio::time::timeout(deadline.left(Instant::now()), work).await {
                    Ok(Ok(answered)) => answered,
                    Ok(Err(_)) => (CallbackAnswer::SendAgain("panicked"), None),
                    Err(_) => (CallbackAnswer::SendAgain("out_of_time"), None),
                }
            }
        };
        let account = account.as_ref().map(|account| account.id.as_str());
        // A request with another path or method is not a provider's callback, so it is not recorded.
        if let CallbackAnswer::Rejected { word, status } = answer
            && !matches!(status, 404 | 405)
        {
            let kept = self.keep(ports, request, account, word, hash);
            if tokio::time::timeout(RECORDED_WITHIN, kept).await.is_err() {
                tracing::warn!(provider = self.provider.as_str(), "a rejected callback was not recorded in time");
            }
        }
        let reply = self.reply(answer);
        self.log(request, answer, reply.status, account, begun.elapsed());
        figures::callback_answered(self.provider, answer.word());
        plain(reply.status, reply.content_type, reply.body.to_owned())
    }

    const fn reply(&self, answer: CallbackAnswer) -> CallbackReply {
        match answer {
            CallbackAnswer::Settled | CallbackAnswer::Ignored(_) => self.replies.taken,
            CallbackAnswer::SendAgain(_) => self.replies.send_again,
            CallbackAnswer::Rejected { status, .. } => CallbackReply { status, ..self.replies.send_again },
        }
    }

    /// Rejects what can be rejected without a look-up. Otherwise returns the account in the path.
    fn check(&self, request: &Request) -> Result<Option<AccountId>, CallbackAnswer> {
        let rejected = |status, word| Err(CallbackAnswer::Rejected { word, status });
        let Some(id) = self.account_in_path(request) else { return rejected(404, "not_found") };
        if request.method() != "POST" {
            return rejected(405, "method");
        }
        if !self.networks.admit(request.source_ip()) {
            return rejected(403, "network");
        }
        if request.body().len() > MOST_BODY_BYTES {
            return rejected(413, "too_large");
        }
        if std::str::from_utf8(request.body()).is_err() {
            return rejected(400, "no_utf8");
        }
        if id.is_empty() {
            return Ok(None);
        }
        AccountId::parse(id).map(Some).or_else(|_| rejected(400, "bad_account"))
    }

    /// Empty if the path names no account: then the account must be found. `None` if the path is another one.
    fn account_in_path<'a>(&self, request: &'a Request) -> Option<&'a str> {
        let path = request.uri().path();
        if self.old_paths.iter().any(|old| old == path) {
            return Some("");
        }
        let rest = path.strip_prefix(self.path)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    async fn keep(
        &self,
        ports: &(impl KeepRejected + Clock),
        request: &Request,
        account: Option<&str>,
        reason: &'static str,
        hash: String,
    ) {
        let account = match (account, self.account_in_path(request)) {
            (Some(account), _) => account,
            (None, Some("")) => "",
            (None, Some(_) | None) => UNKNOWN_ACCOUNT,
        };
        let callback = RejectedCallback {
            provider: self.provider,
            account: account.to_owned(),
            reason,
            from: request.source_ip().to_owned(),
            length: request.body().len(),
            hash,
            at: ports.now(),
        };
        ports.keep_rejected(&callback).await;
    }

    /// A rejected callback is the sender's fault; one that must be sent again may be ours.
    fn log(&self, request: &Request, answer: CallbackAnswer, status: u16, account: Option<&str>, took: Duration) {
        let (provider, word, request_id) = (self.provider.as_str(), answer.word(), request.request_id());
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match answer {
            CallbackAnswer::SendAgain("panicked") => {
                tracing::error!(provider, account, status, word, request_id, ms, "a callback was not taken in");
            }
            CallbackAnswer::SendAgain(_) => {
                tracing::warn!(provider, account, status, word, request_id, ms, "a callback must be sent again");
            }
            CallbackAnswer::Settled | CallbackAnswer::Ignored(_) | CallbackAnswer::Rejected { .. } => {
                tracing::info!(provider, account, status, word, request_id, ms, "a callback was answered");
            }
        }
    }
}

/// The gateway takes these as they are written, and none of them is Till's own.
fn is_old_path(path: &str) -> bool {
    let is_word = |part: &str| {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        !part.is_empty() && part != "." && part != ".." && part.bytes().all(is_good)
    };
    let is_own = OWN_PATHS.iter().any(|own| format!("{path}/").starts_with(own));
    path.len() <= MOST_PATH_BYTES && !is_own && path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_word))
}

#[cfg(test)]
mod tests;
