//! Routes and their callers, and an answer to every request.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use till_domain::time::Time;
use till_lambda::deadline::Deadline;
use till_lambda::http::{ReadResponse as _, Request, Response, json as json_answer, read};
use till_lambda::problem::Problem;
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::token::Role;
use till_memory::LogCapture;

use crate::keys::Key;
use crate::world::{World, environment};

#[derive(Clone, Copy, Debug)]
enum Action {
    Echo,
    Refuse,
    Panic,
}

const ROUTES: &[Route<Action>] = &[
    Route { method: "GET", path: "/open", who: Who::Anyone, action: Action::Echo },
    Route { method: "GET", path: "/pay/{order_no}", who: Who::Anyone, action: Action::Echo },
    Route { method: "GET", path: "/pay/{order_no}/status", who: Who::Anyone, action: Action::Echo },
    Route { method: "POST", path: "/user", who: Who::USER_OR_ADMIN, action: Action::Echo },
    Route { method: "POST", path: "/admin", who: Who::ADMIN, action: Action::Echo },
    Route { method: "POST", path: "/service", who: Who::SERVICE, action: Action::Echo },
    Route {
        method: "POST",
        path: "/all",
        who: Who::Roles(&[Role::User, Role::Admin, Role::Service]),
        action: Action::Echo,
    },
    Route { method: "POST", path: "/refuse", who: Who::Anyone, action: Action::Refuse },
    Route { method: "POST", path: "/panic", who: Who::Anyone, action: Action::Panic },
    Route { method: "POST", path: "/refuse_admin", who: Who::ADMIN, action: Action::Refuse },
    Route { method: "POST", path: "/panic_admin", who: Who::ADMIN, action: Action::Panic },
];

fn request(method: &str, path: &str) -> Request {
    let event = json!({
        "rawPath": path,
        "body": "a body with a secret",
        "requestContext": {"requestId": "r1", "http": {"method": method, "sourceIp": "203.0.113.7"}},
    });
    read(&event.to_string()).unwrap()
}

fn with(mut request: Request, name: &'static str, value: &str) -> Request {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

struct Function {
    world: World,
    key: Key,
}

impl Function {
    fn new() -> Self {
        let (world, key) = (World::new(), Key::secret());
        world.secret("bearer", key.text(), None);
        Self { world, key }
    }

    fn answer(&self, request: &Request) -> Response {
        let router = Router::read(&environment(&[])).unwrap();
        let deadline = Deadline::after(Duration::from_secs(20), Duration::MAX, Time::FIRST, Instant::now());
        self.world.run(async |ports| {
            router
                .dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                    Action::Echo => {
                        let user = call.caller.as_ref().map(|caller| caller.user.to_string());
                        Ok(json_answer(
                            200,
                            &match call.segment("order_no") {
                                Some(order) => json!({"order": order}),
                                None => json!({"user": user}),
                            },
                        ))
                    }
                    Action::Refuse => Err(Problem::new(409, "already_paid")),
                    Action::Panic => panic!("a secret: {:?}", call.request.body()),
                })
                .await
        })
    }

    fn by(&self, role: Option<&str>, path: &str) -> Response {
        let mut claims = json!({"sub": "u1", "exp": self.world.now() + 60});
        if let Some(role) = role {
            claims["role"] = json!(role);
        }
        self.answer(&with(request("POST", path), "authorization", &format!("Bearer {}", self.key.token(&claims))))
    }
}

fn status_and_error(response: &Response) -> (u16, String) {
    let json: Value = serde_json::from_str(response.text()).unwrap();
    (response.code(), json["error"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn route_is_open_to_its_roles_only() {
    let function = Function::new();
    for (role, path, status) in [
        (None, "/user", 200),
        (Some("admin"), "/user", 200),
        (Some("service"), "/user", 403),
        (None, "/admin", 403),
        (Some("admin"), "/admin", 200),
        (Some("service"), "/admin", 403),
        (None, "/service", 403),
        (Some("admin"), "/service", 403),
        (Some("service"), "/service", 200),
        (None, "/all", 200),
        (Some("admin"), "/all", 200),
        (Some("service"), "/all", 200),
    ] {
        let response = function.by(role, path);
        assert_eq!(response.code(), status, "{role:?} {path}");
        let expected = if status == 200 { r#"{"user":"u1"}"# } else { r#""error":"forbidden""# };
        assert!(response.text().contains(expected), "{}", response.text());
    }
}

#[test]
fn part_of_a_path_can_stand_for_any_text_but_none() {
    let function = Function::new();
    for (path, expected) in [
        ("/pay/ORD1", Some("ORD1")),
        ("/pay/ORD1/", Some("ORD1")),
        ("/pay/ORD1/status", Some("ORD1")),
        ("/pay/status", Some("status")),
        ("/pay/%7Border_no%7D/status", Some("%7Border_no%7D")),
        ("/pay//status", None),
        ("/pay", None),
        ("/pay/", None),
        ("/pay/ORD1/other", None),
        ("/pay/ORD1/status/more", None),
        ("/other/ORD1", None),
    ] {
        let response = function.answer(&request("GET", path));
        match expected {
            Some(order) => assert_eq!(response.text(), json!({"order": order}).to_string(), "{path}"),
            None => assert_eq!(status_and_error(&response), (404, "not_found".to_owned()), "{path}"),
        }
    }
}

#[test]
fn request_without_a_token_is_unauthenticated_unless_the_route_is_for_anyone() {
    let function = Function::new();
    for path in ["/user", "/admin", "/service", "/all"] {
        let response = function.answer(&request("POST", path));
        assert_eq!(status_and_error(&response), (401, "unauthenticated".to_owned()));
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    }
    let open = with(request("GET", "/open"), "authorization", "Bearer nonsense");
    // A route for anyone does not look at the token.
    assert_eq!(function.answer(&open).text(), r#"{"user":null}"#);
}

#[test]
fn unknown_path_is_not_found_and_unknown_method_not_allowed() {
    let function = Function::new();
    for path in ["/", "/other", "/open/x", "/Open", "//open", "/user%2F", "/open//"] {
        assert_eq!(status_and_error(&function.answer(&request("GET", path))), (404, "not_found".to_owned()), "{path}");
    }
    assert_eq!(function.answer(&request("GET", "/open/")).code(), 200);
    for (method, path, allowed) in [("POST", "/open", "GET"), ("HEAD", "/open", "GET"), ("GET", "/user", "POST")] {
        let response = function.answer(&request(method, path));
        assert_eq!(status_and_error(&response), (405, "method_not_allowed".to_owned()));
        assert_eq!(response.header("allow"), Some(allowed));
    }
}

#[test]
fn problem_is_answered_in_the_callers_language() {
    let function = Function::new();
    for (language, msg) in [("zh", "订单已支付"), ("en", "The order is paid already")] {
        let response = function.answer(&with(request("POST", "/refuse"), "accept-language", language));
        let body = format!(r#"{{"code":409,"error":"already_paid","msg":"{msg}","request_id":"r1","data":null}}"#);
        assert_eq!((response.code(), response.text()), (409, body.as_str()));
        assert_eq!(response.header("x-request-id"), Some("r1"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn panic_is_answered_as_an_internal_error_without_details() {
    let response = Function::new().answer(&request("POST", "/panic"));
    let body = r#"{"code":500,"error":"internal","msg":"系统内部错误","request_id":"r1","data":null}"#;
    assert_eq!((response.code(), response.text()), (500, body));
    assert_eq!(response.header("x-request-id"), Some("r1"));
}

/// The lines that a request left.
fn logged(answer: impl FnOnce()) -> Vec<String> {
    let log = LogCapture::new();
    answer();
    log.lines()
}

#[test]
fn log_line_says_who_sent_the_request_also_when_it_is_refused() {
    let function = Function::new();
    for (role, path, status) in [
        (None, "/user", 200),
        (Some("service"), "/service", 200),
        (Some("service"), "/admin", 403),
        (None, "/admin", 403),
        (Some("admin"), "/refuse_admin", 409),
        (Some("admin"), "/panic_admin", 500),
    ] {
        let lines = logged(|| assert_eq!(function.by(role, path).code(), status, "{path}"));
        let line = lines.iter().find(|line| line.contains("\"answered\"") || line.contains("=answered")).unwrap();
        let role = role.unwrap_or("user");
        for part in [&format!("role=\"{role}\""), "subject=\"u1\"", "request_id=\"r1\"", &format!("status={status}")] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert_eq!(lines.iter().filter(|line| line.contains("subject=")).count(), 1, "{lines:?}");
    }
}

#[test]
fn nobody_is_named_in_the_log_line_without_a_verified_token() {
    let function = Function::new();
    let forged = Key::secret().token(&json!({"sub": "u1", "role": "admin", "exp": function.world.now() + 60}));
    for request in [
        request("GET", "/open"),
        request("POST", "/admin"),
        with(request("POST", "/admin"), "authorization", &format!("Bearer {forged}")),
        with(request("GET", "/open"), "authorization", &format!("Bearer {forged}")),
    ] {
        let lines = logged(|| drop(function.answer(&request)));
        assert!(!lines.is_empty() && lines.iter().all(|line| !line.contains("subject=")), "{lines:?}");
        assert!(lines.iter().all(|line| !line.contains("Bearer") && !line.contains(&forged)), "{lines:?}");
    }
}
