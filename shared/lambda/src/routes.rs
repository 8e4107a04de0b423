//! Dispatches requests of people and programs, the same way for every function: finds the route, authenticates the caller,
//! checks the role, calls the function, and answers problems and panics.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt as _;
use till_app::ports::{Clock, FetchDocument, ReadSecret};
use till_domain::text::{Key, UserId};

use crate::deadline::Deadline;
use crate::fields::parsed;
use crate::http::{ReadRequest as _, ReadResponse as _, Request, Response, with};
pub use crate::messages::Language;
use crate::problem::Problem;
use crate::settings::{BadSetting, Environment};
use crate::token::{Caller, Role, Tokens};

/// Who may call a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// No token is needed, and none is looked at.
    Anyone,
    /// Callers whose token has one of these roles.
    Roles(&'static [Role]),
}

impl Who {
    pub const USER_OR_ADMIN: Self = Self::Roles(&[Role::User, Role::Admin]);
    pub const ADMIN: Self = Self::Roles(&[Role::Admin]);
    pub const SERVICE: Self = Self::Roles(&[Role::Service]);
}

#[derive(Clone, Copy, Debug)]
pub struct Route<A> {
    pub method: &'static str,
    pub path: &'static str,
    pub who: Who,
    /// The function's own name for what it does there.
    pub action: A,
}

/// A request whose caller may make it. It is never printed: it contains a token and a body.
pub struct Call<'a, A> {
    pub action: A,
    pub request: &'a Request,
    /// `None` at a route for anyone.
    pub caller: Option<Caller>,
    pub language: Language,
    pub deadline: Deadline,
}

impl<A> Call<'_, A> {
    pub fn caller(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(Problem::unauthenticated)
    }

    /// The header `Idempotency-Key`.
    pub fn key(&self) -> Result<Option<Key>, Problem> {
        let header = self.request.header("idempotency-key").map(str::trim).map(str::to_owned);
        parsed("Idempotency-Key", header, Key::parse)
    }

    pub fn user(&self) -> Result<&UserId, Problem> {
        self.caller().map(|caller| &caller.user)
    }
}

#[derive(Debug)]
pub struct Router {
    tokens: Tokens,
}

impl Router {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self { tokens: Tokens::read(environment)? })
    }

    /// Answers a request, even if `handle` panics.
    pub async fn dispatch<P, A: Copy>(
        &self,
        ports: &P,
        routes: &[Route<A>],
        request: &Request,
        deadline: Deadline,
        handle: impl AsyncFnOnce(Call<'_, A>) -> Result<Response, Problem>,
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

/// A slash at the end of the path is ignored.
fn find<'a, A>(routes: &'a [Route<A>], request: &Request) -> Result<&'a Route<A>, Problem> {
    let path = request.uri().path();
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut here = routes.iter().filter(|route| route.path == path).peekable();
    if here.peek().is_none() {
        return Err(Problem::new(404, "not_found"));
    }
    let allowed = here.peek().map_or("", |route| route.method);
    here.find(|route| request.method() == route.method).ok_or_else(|| Problem::method_not_allowed(allowed))
}

/// Only our own faults are logged as errors.
fn log(request: &Request, problem: &Problem, ms: u64) {
    let (method, path, request_id) = (request.method().as_str(), request.uri().path(), request.request_id());
    let Problem { status, error, .. } = problem;
    match status {
        500 => tracing::error!(method, path, status, error, request_id, ms, "answered"),
        501.. => tracing::warn!(method, path, status, error, request_id, ms, "answered"),
        ..500 => tracing::info!(method, path, status, error, request_id, ms, "answered"),
    }
}
