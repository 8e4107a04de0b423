//! Dispatches requests of people and programs, the same way for every function: finds the route, authenticates the caller,
//! checks the role, calls the function, and answers problems and panics.

use std::cell::OnceCell;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt as _;
use percent_encoding::percent_decode_str;
use till_app::ports::{Clock, FetchDocument, ReadSecret};
use till_domain::text::{Key, UserId};

use crate::deadline::Deadline;
use crate::fields::{check_known, parsed, required};
use crate::http::{ReadRequest as _, ReadResponse as _, Request, Response, with};
pub use crate::messages::Language;
use crate::messages::accepted_language;
use crate::problem::{NoCaller, Problem};
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
    pub const ANY_ROLE: Self = Self::Roles(&[Role::User, Role::Admin, Role::Service]);
    pub const SERVICE: Self = Self::Roles(&[Role::Service]);
}

#[derive(Clone, Copy, Debug)]
pub struct Route<A> {
    pub method: &'static str,
    /// A part such as `{order_no}` stands for any text.
    pub path: &'static str,
    pub who: Who,
    /// The function's own name for what it does there.
    pub action: A,
}

/// A request whose caller may make it. It is never printed: it contains a token and a body.
pub struct Call<'a, A> {
    pub action: A,
    path: &'static str,
    pub request: &'a Request,
    /// `None` at a route for anyone.
    pub caller: Option<Caller>,
    pub language: Language,
    pub deadline: Deadline,
}

impl<A> Call<'_, A> {
    pub fn caller(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(|| Problem::unauthenticated(NoCaller::Missing))
    }

    /// The header `Idempotency-Key`.
    pub fn key(&self) -> Result<Option<Key>, Problem> {
        let header = self.request.header("idempotency-key").map(str::trim).map(str::to_owned);
        parsed("Idempotency-Key", header, Key::parse)
    }

    /// Refuses a query with a parameter that is not among these.
    pub fn check_parameters(&self, known: &[&str]) -> Result<(), Problem> {
        let query = self.request.uri().query().unwrap_or_default();
        let names: Vec<String> = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()).collect();
        check_known("", names.iter().map(String::as_str), known)
    }

    /// The part of the path that stands for `{name}` in the route's, as it was sent.
    pub fn segment(&self, name: &str) -> Option<&str> {
        let is_named = |part: &str| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name);
        let mut parts = self.path.split('/').zip(self.request.uri().path().split('/'));
        parts.find(|(part, _)| is_named(part)).map(|(_, sent)| sent)
    }

    /// The user whom the route's `{user_id}` names: clients encode the `:` and `@` of a user id.
    pub fn user_in_path(&self) -> Result<UserId, Problem> {
        let sent = percent_decode_str(self.segment("user_id").unwrap_or_default()).decode_utf8_lossy();
        let user = parsed("user_id", Some(sent.into_owned()), UserId::parse)?;
        required("user_id", user)
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
        let authenticate = async || self.tokens.caller(ports, request.header("authorization")).await;
        answered(routes, request, deadline, authenticate, handle).await
    }
}

/// The same for a function whose routes are all for anyone: it needs neither keys nor settings of tokens.
pub async fn dispatch_open<A: Copy>(
    routes: &[Route<A>],
    request: &Request,
    deadline: Deadline,
    handle: impl AsyncFnOnce(Call<'_, A>) -> Result<Response, Problem>,
) -> Response {
    // A route with roles cannot be answered here.
    answered(routes, request, deadline, async || Err(Problem::internal()), handle).await
}

async fn answered<A: Copy>(
    routes: &[Route<A>],
    request: &Request,
    deadline: Deadline,
    authenticate: impl AsyncFnOnce() -> Result<Caller, Problem>,
    handle: impl AsyncFnOnce(Call<'_, A>) -> Result<Response, Problem>,
) -> Response {
    let begun = Instant::now();
    let language = accepted_language(request.header("accept-language"));
    // Also of a request that is refused afterwards, or whose handling panics.
    let verified = OnceCell::new();
    // Boxed, because the nested futures of a whole function are too deep for the compiler.
    let work = Box::pin(async {
        let route = find(routes, request)?;
        let caller = match route.who {
            Who::Anyone => None,
            Who::Roles(roles) => {
                let caller = Box::pin(authenticate()).await?;
                let is_allowed = roles.contains(&caller.role);
                let caller = verified.get_or_init(|| caller).clone();
                if !is_allowed {
                    return Err(Problem::new(403, "forbidden"));
                }
                Some(caller)
            }
        };
        let Route { action, path, .. } = *route;
        handle(Call { action, path, request, caller, language, deadline }).await
    });
    let done = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err(Problem::internal()));
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let error = done.as_ref().err().map(|problem| problem.error);
    let response = done.unwrap_or_else(|problem| problem.answer(language, request.request_id()));
    log(request, response.code(), error, verified.get(), ms);
    with(response, "x-request-id", request.request_id())
}

/// A slash at the end of the path is ignored.
fn find<'a, A>(routes: &'a [Route<A>], request: &Request) -> Result<&'a Route<A>, Problem> {
    let path = request.uri().path();
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut here = routes.iter().filter(|route| fits(route.path, path)).peekable();
    if here.peek().is_none() {
        return Err(Problem::new(404, "not_found"));
    }
    let allowed = here.peek().map_or("", |route| route.method);
    here.find(|route| request.method() == route.method).ok_or_else(|| Problem::method_not_allowed(allowed))
}

/// Whether a path is one of the route's, whose parts such as `{order_no}` stand for any text.
pub fn fits(route: &str, path: &str) -> bool {
    let is_any = |part: &str| part.starts_with('{');
    let mut parts = route.split('/').zip(path.split('/'));
    route.split('/').count() == path.split('/').count()
        && parts.all(|(part, sent)| if is_any(part) { !sent.is_empty() } else { part == sent })
}

/// One line for each request, with who sent it. Only our own faults are logged as errors.
fn log(request: &Request, status: u16, error: Option<&'static str>, caller: Option<&Caller>, ms: u64) {
    let (method, path, request_id) = (request.method().as_str(), request.uri().path(), request.request_id());
    let (subject, role) = (caller.map(|caller| caller.user.as_str()), caller.map(|caller| caller.role.as_str()));
    match status {
        500 => tracing::error!(method, path, status, error, subject, role, request_id, ms, "answered"),
        501.. => tracing::warn!(method, path, status, error, subject, role, request_id, ms, "answered"),
        ..500 => tracing::info!(method, path, status, error, subject, role, request_id, ms, "answered"),
    }
}
