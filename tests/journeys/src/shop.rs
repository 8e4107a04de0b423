//! Calls of the routes with a bearer token, as front ends and a team's programs make them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::emulator::Emulator;
use crate::http::{Answer, send};
use crate::socket::Socket;
use crate::stack::Stack;
use crate::{Outcome, same};

#[derive(Clone, Debug)]
pub struct Caller {
    stack: Stack,
    pub user: String,
    token: String,
}

impl Caller {
    pub async fn buyer(stack: &Stack, user: &str) -> Outcome<Self> {
        Self::of(stack, user, None).await
    }

    pub async fn admin(stack: &Stack) -> Outcome<Self> {
        Self::of(stack, "ada", Some("admin")).await
    }

    /// A program of the team.
    pub async fn service(stack: &Stack) -> Outcome<Self> {
        Self::of(stack, "game-server", Some("service")).await
    }

    async fn of(stack: &Stack, user: &str, role: Option<&str>) -> Outcome<Self> {
        Self::forged(stack, user, role, &bearer(stack).await?)
    }

    /// A caller whose token is signed with any key.
    pub fn forged(stack: &Stack, user: &str, role: Option<&str>, key: &str) -> Outcome<Self> {
        Ok(Self { stack: stack.clone(), user: user.to_owned(), token: token(user, role, key)? })
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub async fn get(&self, path: &str) -> Outcome<Answer> {
        send("GET", &self.stack.api(path)?, &[("authorization", &self.bearer())], b"").await
    }

    /// The same in a language.
    pub async fn get_in(&self, path: &str, language: &str) -> Outcome<Answer> {
        let (bearer, url) = (self.bearer(), self.stack.api(path)?);
        send("GET", &url, &[("authorization", &bearer), ("accept-language", language)], b"").await
    }

    /// Reads a route of the team.
    pub async fn look(&self, path: &str) -> Outcome<Answer> {
        send("GET", &self.stack.admin_api(path)?, &[("authorization", &self.bearer())], b"").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Outcome<Answer> {
        self.post_with(path, body, &[]).await
    }

    pub async fn post_with(&self, path: &str, body: &Value, more: &[(&str, &str)]) -> Outcome<Answer> {
        let bearer = self.bearer();
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend_from_slice(more);
        send("POST", &self.stack.api(path)?, &headers, body.to_string().as_bytes()).await
    }

    /// Posts a body as it is written.
    pub async fn post_text(&self, path: &str, json: &str) -> Outcome<Answer> {
        let bearer = self.bearer();
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        send("POST", &self.stack.api(path)?, &headers, json.as_bytes()).await
    }

    /// Applies a remedy: a path under `/api/v1/admin`, with an idempotency key.
    pub async fn remedy(&self, path: &str, body: &Value, key: &str) -> Outcome<Answer> {
        let url = format!("{}/api/v1/admin{path}", self.stack.output("api_url")?);
        let bearer = self.bearer();
        let headers =
            [("authorization", bearer.as_str()), ("content-type", "application/json"), ("idempotency-key", key)];
        send("POST", &url, &headers, body.to_string().as_bytes()).await
    }

    /// A call of a route of the team.
    pub async fn admin_call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        more: &[(&str, &str)],
    ) -> Outcome<Answer> {
        let (bearer, url) = (self.bearer(), format!("{}/api/v1/admin{path}", self.stack.output("api_url")?));
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(body.map(|_| ("content-type", "application/json")));
        headers.extend_from_slice(more);
        let body = body.map(Value::to_string).unwrap_or_default();
        send(method, &url, &headers, body.as_bytes()).await
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub async fn order(&self, product_type: &str, product_id: u32, method: &str) -> Outcome<Value> {
        let mut wish = json!({"product_type": product_type, "product_id": product_id, "payment_method": method});
        if method == "wechat_jsapi" {
            wish["openid"] = json!("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
        }
        self.post("/create-order", &wish).await?.expect(200)?.json()
    }

    pub async fn status(&self, order_no: &str) -> Outcome<Value> {
        self.get(&format!("/order-status?order_no={order_no}")).await?.expect(200)?.json()
    }

    pub async fn points(&self) -> Outcome<i64> {
        let wallet = self.get("/wallet").await?.expect(200)?.json()?;
        wallet["points"].as_i64().ok_or_else(|| format!("no points in {wallet}"))
    }

    pub async fn socket(&self) -> Outcome<Socket> {
        Socket::open(&self.push_url().await?).await
    }

    /// The address of a socket, with a new ticket.
    pub async fn push_url(&self) -> Outcome<String> {
        let ticket = self.post("/push-ticket", &json!({})).await?.expect(200)?.json()?;
        same("the ticket's time", &ticket["expires_in"], &json!(60))?;
        Ok(ticket["url"].as_str().ok_or("the ticket has no address")?.to_owned())
    }

    /// Refunds the whole order.
    pub async fn refund(&self, order_no: &str, key: &str) -> Outcome<Value> {
        let wish = json!({"order_no": order_no, "reason": "a journey's end"});
        self.post_with("/refund-order", &wish, &[("idempotency-key", key)]).await?.expect(200)?.json()
    }
}

/// The key of users' tokens. For a stage on AWS it is among the outputs, which only their owner may read.
async fn bearer(stack: &Stack) -> Outcome<String> {
    if stack.is_deployed() {
        return stack.output("bearer").map(str::to_owned);
    }
    let secret = Emulator::of(stack).secret("bearer").await?;
    secret["bearer"].as_str().map(str::to_owned).ok_or_else(|| "the stack has no bearer secret".to_owned())
}

/// An HS256 token that is valid for an hour.
pub fn token(user: &str, role: Option<&str>, bearer: &str) -> Outcome<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
    let mut claims = json!({"sub": user, "exp": now.as_secs() + 3_600});
    if let Some(role) = role {
        claims["role"] = json!(role);
    }
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let body = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(bearer.as_bytes()).map_err(|error| error.to_string())?;
    mac.update(body.as_bytes());
    Ok(format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
}
