//! Calls of the API as an admin. A refusal is told with its word and its sentence.

use std::time::Duration;

use form_urlencoded::Serializer;
use http::{HeaderValue, Method, Request, Uri};
use serde::Deserialize;
use till_http::{Bytes, Client, Limits};
use tokio::time::timeout;

use crate::Failure;
use crate::deployment::roots;
use crate::exit::{Exit, Stopped};

/// API Gateway itself gives up after thirty.
const ANSWER_WITHIN: Duration = Duration::from_secs(35);
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A function answers at most 6 MB.
const MOST_BYTES: usize = 8 * 1_024 * 1_024;

pub struct Api {
    client: Client,
    base: String,
    bearer: HeaderValue,
    language: &'static str,
}

/// What the answer to a refused request says.
#[derive(Deserialize)]
struct Problem {
    error: String,
    msg: String,
    request_id: Option<String>,
}

impl Api {
    pub fn new(base: &str, token: &str, language: &'static str) -> Result<Self, Failure> {
        let base = base.trim_end_matches('/').to_owned();
        let uri: Result<Uri, _> = base.parse();
        let local = |host: &str| ["127.0.0.1", "localhost", "[::1]"].contains(&host);
        match uri.as_ref().map(|uri| (uri.scheme_str(), uri.host())) {
            Ok((Some("https"), Some(_))) => {}
            // A token must not cross a network in the clear.
            Ok((Some("http"), Some(host))) if local(host) => {}
            _ => return Err(Stopped::new(Exit::Usage, "the address of the API must begin with https://").into()),
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
            .map_err(|_| Stopped::new(Exit::Usage, "the token has characters that no token has"))?;
        bearer.set_sensitive(true);
        let limits = Limits { connect: CONNECT_WITHIN, idle: ANSWER_WITHIN };
        Ok(Self { client: Client::new(roots()?, limits), base, bearer, language })
    }

    /// The text of a good answer.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<String, Failure> {
        let query = Serializer::new(String::new()).extend_pairs(query).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        let request = self.request(Method::GET, &format!("{path}{mark}{query}"));
        self.send(request.body(Bytes::new())?).await
    }

    /// Sends a change under its key.
    pub async fn change(&self, method: Method, path: &str, key: &str, body: String) -> Result<String, Failure> {
        let request = self.request(method, path).header("content-type", "application/json");
        self.send(request.header("idempotency-key", key).body(Bytes::from(body))?).await
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}/api/v1/admin{path}", self.base))
            .header("authorization", self.bearer.clone())
            .header("accept-language", self.language)
    }

    async fn send(&self, request: Request<Bytes>) -> Result<String, Failure> {
        let again = |why: String| Stopped::new(Exit::Again, format!("{}: {why}", self.base));
        let answer = timeout(ANSWER_WITHIN, async {
            let answer = self.client.send(request).await?;
            answer.whole(MOST_BYTES).await
        });
        let answer = answer.await.map_err(|_| again("no answer came in time".to_owned()))?;
        let answer = answer.map_err(|why| again(why.to_string()))?;
        let answer = answer.ok_or_else(|| Stopped::new(Exit::Failed, "the answer is too large"))?;
        let status = answer.status();
        let text = String::from_utf8(answer.into_body())?;
        if status.is_success() { Ok(text) } else { Err(stopped(status.as_u16(), &text).into()) }
    }
}

fn stopped(status: u16, text: &str) -> Stopped {
    let exit = Exit::of_status(status);
    match serde_json::from_str::<Problem>(text) {
        Ok(Problem { error, msg, request_id }) => {
            let request = request_id.map(|id| format!(" (request {id})")).unwrap_or_default();
            let next = next_step(&error).map(|step| format!("; {step}")).unwrap_or_default();
            Stopped::new(exit, format!("{error}: {msg}{request}{next}"))
        }
        // Something before the functions answered, such as the gateway or a firewall.
        Err(_) => Stopped::new(exit, format!("the API answered {status}")),
    }
}

/// What to do about a refusal that every command can meet.
fn next_step(word: &str) -> Option<&'static str> {
    match word {
        "unauthenticated" => Some("put a fresh token into TILL_TOKEN, or leave it out where till may make one"),
        "forbidden" => Some("this needs a token with the role admin"),
        "order_not_found" => Some("till orders --q finds an order by any of its numbers"),
        "idempotency_conflict" => Some("the key belongs to another change: leave --key out to make a new one"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_sent_over_https_or_to_this_machine_alone() {
        for (url, is_good) in [
            ("https://api.example.com", true),
            ("https://api.example.com/", true),
            ("http://127.0.0.1:4566/_aws/execute-api/aa", true),
            ("http://localhost:1", true),
            ("http://api.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("ftp://127.0.0.1", false),
            ("api.example.com", false),
            ("", false),
        ] {
            assert_eq!(Api::new(url, "t", "en").is_ok(), is_good, "{url}");
        }
        assert!(Api::new("https://a", "t\nx", "en").is_err());
    }

    #[test]
    fn refusal_is_told_with_its_word_and_request() {
        let told =
            stopped(409, r#"{"code":409,"error":"already_paid","msg":"It is paid","request_id":"r1","data":null}"#);
        assert_eq!((told.exit, told.to_string().as_str()), (Exit::Refused, "already_paid: It is paid (request r1)"));
        let told = stopped(403, r#"{"code":403,"error":"forbidden","msg":"No","request_id":null,"data":null}"#);
        assert_eq!(told.to_string(), "forbidden: No; this needs a token with the role admin");
        let told = stopped(403, "<html>");
        assert_eq!((told.exit, told.to_string().as_str()), (Exit::NotAllowed, "the API answered 403"));
    }
}
