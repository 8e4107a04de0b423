//! The front of every function that people and programs call: route, caller, language, problem, panic and log line, the same
//! for all of them. A function behind it sees only requests that it may answer.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt as _;
use till_app::ports::{Clock, FetchDocument, ReadSecret};
use till_domain::text::{Key, UserId};

use crate::deadline::Deadline;
use crate::fields::parsed;
use crate::http::{ReadRequest as _, ReadResponse as _, Request, Response, with};
use crate::problem::Problem;
use crate::settings::{BadSetting, Environment};
use crate::token::{Caller, Role, Tokens};
pub use crate::words::Language;

/// Who may call a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// Nobody is asked for a token.
    Anyone,
    /// Callers whose token has one of these roles.
    Roles(&'static [Role]),
}

impl Who {
    /// Buyers; admins too, who act for themselves or, where a function says so, for a buyer.
    pub const USER_OR_ADMIN: Self = Self::Roles(&[Role::User, Role::Admin]);
    /// The team.
    pub const ADMIN: Self = Self::Roles(&[Role::Admin]);
    /// The team's other programs.
    pub const SERVICE: Self = Self::Roles(&[Role::Service]);
}

/// A route and the function's own name for it.
#[derive(Clone, Copy, Debug)]
pub struct Route<R> {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// The whole path.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// What the function does there.
    pub action: R,
}

/// A request that may be answered. It is never printed: it holds a token and a body.
pub struct Call<'a, R> {
    /// What the function is to do.
    pub action: R,
    /// The request.
    pub request: &'a Request,
    /// Who calls; none where anyone may.
    pub caller: Option<Caller>,
    /// The language that people read here.
    pub language: Language,
    /// By when it must be answered.
    pub deadline: Deadline,
}

impl<R> Call<'_, R> {
    /// Who calls.
    pub fn caller(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(Problem::unauthenticated)
    }

    /// What the caller calls this request, so that its repetition is known: the header `Idempotency-Key`.
    pub fn key(&self) -> Result<Option<Key>, Problem> {
        let header = self.request.header("idempotency-key").map(str::trim).map(str::to_owned);
        parsed("Idempotency-Key", header, Key::parse)
    }

    /// The caller as a user.
    pub fn user(&self) -> Result<&UserId, Problem> {
        self.caller().map(|caller| &caller.user)
    }
}

/// The front, as a deployment set it.
#[derive(Debug)]
pub struct Front {
    tokens: Tokens,
}

impl Front {
    /// As the environment says.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self { tokens: Tokens::read(environment)? })
    }

    /// Answers one request: always, whatever happens behind.
    pub async fn answer<P, R: Copy>(
        &self,
        ports: &P,
        routes: &[Route<R>],
        request: &Request,
        deadline: Deadline,
        handle: impl AsyncFnOnce(Call<'_, R>) -> Result<Response, Problem>,
    ) -> Response
    where
        P: ReadSecret + FetchDocument + Clock,
    {
        let begun = Instant::now();
        let language = Language::accepted(request.header("accept-language"));
        let work = async {
            let route = find(routes, request)?;
            let caller = self.admit(ports, route.who, request).await?;
            handle(Call { action: route.action, request, caller, language, deadline }).await
        };
        let done = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(Problem::internal()));
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        match done {
            Ok(response) => {
                let (method, path) = (request.method().as_str(), request.uri().path());
                tracing::info!(method, path, status = response.code(), ms, "answered");
                with(response, "x-request-id", request.request_id())
            }
            Err(problem) => {
                log(request, &problem, ms);
                with(problem.answer(language, request.request_id()), "x-request-id", request.request_id())
            }
        }
    }

    async fn admit<P>(&self, ports: &P, who: Who, request: &Request) -> Result<Option<Caller>, Problem>
    where
        P: ReadSecret + FetchDocument + Clock,
    {
        let Who::Roles(roles) = who else { return Ok(None) };
        let caller = self.tokens.caller(ports, request.header("authorization")).await?;
        if roles.contains(&caller.role) { Ok(Some(caller)) } else { Err(Problem::new(403, "forbidden")) }
    }
}

/// The route of a request. One slash at the end is as good as none.
fn find<'a, R>(routes: &'a [Route<R>], request: &Request) -> Result<&'a Route<R>, Problem> {
    let path = request.uri().path();
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut here = routes.iter().filter(|route| route.path == path).peekable();
    if here.peek().is_none() {
        return Err(Problem::new(404, "not_found"));
    }
    let allowed = here.peek().map_or("", |route| route.method);
    here.find(|route| request.method() == route.method).ok_or_else(|| Problem::method_not_allowed(allowed))
}

/// One line for each request. What is our own fault is an error, what the caller did is none.
fn log(request: &Request, problem: &Problem, ms: u64) {
    let (method, path, request_id) = (request.method().as_str(), request.uri().path(), request.request_id());
    let Problem { status, word: error, .. } = problem;
    match status {
        500 => tracing::error!(method, path, status, error, request_id, ms, "answered"),
        501.. => tracing::warn!(method, path, status, error, request_id, ms, "answered"),
        ..500 => tracing::info!(method, path, status, error, request_id, ms, "answered"),
    }
}
