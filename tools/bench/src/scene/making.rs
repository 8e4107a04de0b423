//! How the event of each function comes about.

use std::sync::Arc;

use serde_json::{Value, json};
use till_journeys::http::send;
use till_journeys::shop::token;

use super::event::{Expected, TRANSACTION};
use super::gateway::{self, Call};
use super::{Event, Scene};
use crate::Failure;
use crate::host::{Process, Program};
use crate::stub::Callback;

const API: &str = "/api/v1/payment";
/// WeChat's and Alipay's callbacks and Stripe's events end with the id of the account.
const ACCOUNTS: &str = "/{account}";

/// A buyer. Each has an own address, so that no limit of a user or an address is reached.
pub(super) struct Buyer {
    pub user: String,
    address: String,
}

impl Scene {
    /// A new event for a function. Each may be delivered once.
    #[expect(clippy::too_many_lines, reason = "one arm for each function")]
    pub fn event(&mut self, function: &str) -> Result<Event, Failure> {
        let http = |json, part| Event { json, expected: Expected::Http { status: 200, part } };
        Ok(match function {
            "create-order" => http(self.wish("wechat_native")?, "qr_code_url"),
            "order-status" => {
                let (buyer, no) = self.order("wechat_native")?;
                http(self.get(&buyer, "/order-status", &format!("order_no={no}"))?, "pending")
            }
            "checkout-page" => {
                let wish = self.wish("wechat_native")?;
                let url = self.make("create-order", &wish)?["checkout_url"].as_str().unwrap_or_default().to_owned();
                http(page_event(&url, "GET", "")?, "</svg>")
            }
            "list-products" => {
                let path = format!("{API}/products");
                let call = Call { method: "GET", route: &path, path: &path, address: "203.0.113.7", ..Call::default() };
                http(call.event(), "prices")
            }
            "cancel-order" => {
                let (buyer, no) = self.order("wechat_native")?;
                http(self.post(&buyer, None, "/cancel-order", &json!({"order_no": no}), &[])?, "\"code\":200")
            }
            "refund-order" => {
                let (_, no) = self.granted()?;
                let (admin, wish) = (self.buyer(), json!({"order_no": no, "reason": "a benchmark"}));
                let key = [("idempotency-key".to_owned(), format!("refund-{no}"))];
                http(self.post(&admin, Some("admin"), "/refund-order", &wish, &key)?, "refund_no")
            }
            "spend-wallet" => {
                let (buyer, no) = self.granted()?;
                let wish = json!({"user_id": buyer.user, "points": 30, "key": no, "reason": "a benchmark"});
                http(self.post(&buyer, Some("service"), "/wallet/spend", &wish, &[])?, "points")
            }
            "team-view" => {
                self.granted()?;
                let (admin, path) = (self.buyer(), "/api/v1/admin/orders");
                let headers = vec![self.bearer(&admin, Some("admin"))?];
                let address = admin.address.as_str();
                let call = Call { method: "GET", route: path, path, headers, address, ..Call::default() };
                http(call.event(), "granted")
            }
            "team-setup" => {
                let (admin, path) = (self.buyer(), "/api/v1/admin/products");
                let headers = vec![self.bearer(&admin, Some("admin"))?];
                let call =
                    Call { method: "GET", route: path, path, headers, address: "203.0.113.7", ..Call::default() };
                http(call.event(), "prices")
            }
            "wechat-callback" => {
                let callback = self.paid("wechat_native")?;
                let json = callback_event("/wechat/callback", &callback);
                Event { json, expected: Expected::Http { status: 204, part: "" } }
            }
            "alipay-callback" => {
                let callback = self.paid("alipay_qr")?;
                http(callback_event("/alipay/callback", &callback), "success")
            }
            "stripe-webhook" => {
                let callback = self.paid("stripe_intent")?;
                http(callback_event("/stripe/webhook", &callback), "")
            }
            "fulfil-order" => {
                let messages = self.settled()?.1;
                let counts = Arc::clone(&self.stub.counts);
                let expected = Expected::Delivered { transactions: 1, before: counts.get(TRANSACTION), counts };
                Event { json: gateway::batch(&messages), expected }
            }
            "sweep-orders" => {
                let quiet = json!({"found": 0, "failed": false});
                Event { json: gateway::schedule(), expected: Expected::Json(quiet) }
            }
            "sales-statistics" => {
                let path = "/api/v1/admin/orders/statistics";
                let admin = self.buyer();
                let headers = vec![self.bearer(&admin, Some("admin"))?];
                let address = admin.address.as_str();
                let call = Call { method: "GET", route: path, path, query: "days=1", headers, body: None, address };
                http(call.event(), "success_rate")
            }
            "notify-team" => {
                let quiet = json!({"standing": 0, "failed": false});
                Event { json: gateway::schedule(), expected: Expected::Json(quiet) }
            }
            "push-connection" => {
                let buyer = self.buyer();
                let event = self.post(&buyer, None, "/push-ticket", &json!({}), &[])?;
                let url = self.make("order-status", &event)?["url"].as_str().unwrap_or_default().to_owned();
                let ticket = url.split("ticket=").nth(1).ok_or("the address of the socket has no ticket")?;
                let expected = Expected::Json(json!({"statusCode": 200}));
                Event { json: gateway::connect(ticket, &buyer.user), expected }
            }
            "sandbox" => {
                let call = Call {
                    method: "GET",
                    route: "$default",
                    path: "/trades",
                    address: "203.0.113.7",
                    ..Call::default()
                };
                http(call.event(), "[")
            }
            other => return Err(format!("there is no event for {other}").into()),
        })
    }

    /// The event of an order by this method.
    pub fn wish(&mut self, method: &str) -> Result<String, Failure> {
        let buyer = self.buyer();
        self.wish_of(&buyer, method)
    }

    pub(super) fn wish_of(&self, buyer: &Buyer, method: &str) -> Result<String, Failure> {
        let wish = json!({"product_type": "points", "product_id": 1, "payment_method": method});
        self.post(buyer, None, "/create-order", &wish, &[])
    }

    pub(super) fn buyer(&mut self) -> Buyer {
        self.people = self.people.saturating_add(1);
        let [_, a, b, c] = self.people.to_be_bytes();
        Buyer { user: format!("buyer-{}", self.people), address: format!("10.{a}.{b}.{c}") }
    }

    fn order(&mut self, method: &str) -> Result<(Buyer, String), Failure> {
        let buyer = self.buyer();
        let wish = self.wish_of(&buyer, method)?;
        let order = self.make("create-order", &wish)?;
        let no = order["order_no"].as_str().ok_or_else(|| format!("no order: {order}"))?.to_owned();
        Ok((buyer, no))
    }

    /// The callback about the payment of a new order, which nobody has taken in yet.
    fn paid(&mut self, method: &str) -> Result<Callback, Failure> {
        let (_, no) = self.order(method)?;
        self.pay(&no)
    }

    /// Pays a trade at the sandbox, and returns the callback about it.
    pub fn pay(&self, no: &str) -> Result<Callback, Failure> {
        let url = format!("{}/mock/success/{no}", self.stub.providers.url(false));
        self.runtime.block_on(async { send("POST", &url, &[], b"").await?.expect(200) })?;
        loop {
            let callback = self.stub.next_callback()?;
            // Others tell of refunds and of Stripe's charges.
            let body = String::from_utf8_lossy(&callback.body);
            let is_payment = if callback.path.contains("/stripe/") {
                body.contains("\"payment_intent.succeeded\"") && body.contains(no)
            } else {
                body.contains("TRANSACTION.SUCCESS") || body.contains("trade_status=TRADE_SUCCESS")
            };
            if is_payment {
                return Ok(callback);
            }
        }
    }

    /// A paid order, and the message that its goods are owed.
    fn settled(&mut self) -> Result<(Buyer, Vec<String>), Failure> {
        let (buyer, no) = self.order("wechat_native")?;
        let callback = self.pay(&no)?;
        self.stub.take_messages();
        self.answer("wechat-callback", &callback_event("/wechat/callback", &callback))?;
        let messages = self.stub.take_messages();
        if messages.len() == 1 { Ok((buyer, messages)) } else { Err(format!("one message, not {messages:?}").into()) }
    }

    fn granted(&mut self) -> Result<(Buyer, String), Failure> {
        let (buyer, messages) = self.settled()?;
        self.answer("fulfil-order", &gateway::batch(&messages))?;
        let message: Value = serde_json::from_str(messages.first().map_or("", String::as_str))?;
        let no = message["order_no"].as_str().ok_or("the message names no order")?;
        Ok((buyer, no.to_owned()))
    }

    /// The answer of a function that has been running for long.
    fn answer(&mut self, function: &str, event: &str) -> Result<String, Failure> {
        let program = self.program(function)?;
        self.answer_of(program, event)
    }

    fn answer_of(&mut self, program: Program, event: &str) -> Result<String, Failure> {
        Ok(self.warm_process(program)?.invoke(event)?.answer)
    }

    /// A process of this program that has been running for long.
    pub(super) fn warm_process(&mut self, mut program: Program) -> Result<&mut Process, Failure> {
        let name = program.name.clone();
        if !self.warm.contains_key(&name) {
            program.name = format!("{name}-for-events");
            let mut process = Process::start(&program, &self.logs())?;
            process.ready()?;
            self.warm.insert(name.clone(), process);
        }
        Ok(self.warm.get_mut(&name).ok_or("it was just started")?)
    }

    fn make(&mut self, function: &str, event: &str) -> Result<Value, Failure> {
        let program = self.program(function)?;
        self.ask(program, event)
    }

    /// The body of a good HTTP answer of a program that has been running for long.
    pub(super) fn ask(&mut self, program: Program, event: &str) -> Result<Value, Failure> {
        let name = program.name.clone();
        let answer = self.answer_of(program, event)?;
        let json: Value = serde_json::from_str(&answer)?;
        if json["statusCode"] != 200 {
            return Err(format!("{name}: {answer}").into());
        }
        Ok(serde_json::from_str(json["body"].as_str().unwrap_or_default())?)
    }

    pub(super) fn get(&self, buyer: &Buyer, path: &str, query: &str) -> Result<String, Failure> {
        let path = format!("{API}{path}");
        let headers = vec![self.bearer(buyer, None)?];
        let address = buyer.address.as_str();
        Ok(Call { method: "GET", route: &path, path: &path, query, headers, body: None, address }.event())
    }

    fn post(
        &self,
        buyer: &Buyer,
        role: Option<&str>,
        path: &str,
        body: &Value,
        more: &[(String, String)],
    ) -> Result<String, Failure> {
        let path = format!("{API}{path}");
        let json = ("content-type".to_owned(), "application/json".to_owned());
        let mut headers = vec![self.bearer(buyer, role)?, json];
        headers.extend_from_slice(more);
        let (body, address) = (Some(body.to_string().into_bytes()), buyer.address.as_str());
        Ok(Call { method: "POST", route: &path, path: &path, headers, body, address, ..Call::default() }.event())
    }

    fn bearer(&self, buyer: &Buyer, role: Option<&str>) -> Result<(String, String), Failure> {
        Ok(("authorization".to_owned(), format!("Bearer {}", token(&buyer.user, role, &self.bearer)?)))
    }
}

/// A request of an order's page, or of a part below it.
pub(super) fn page_event(url: &str, method: &str, part: &str) -> Result<String, Failure> {
    let page = url.find("/pay/").and_then(|at| url.get(at..)?.split_once('?'));
    let (path, query) = page.ok_or("the order has no page")?;
    let (route, path) = (format!("/pay/{{order_no}}{part}"), format!("{path}{part}"));
    Ok(Call { method, route: &route, path: &path, query, address: "203.0.113.7", ..Call::default() }.event())
}

pub(super) fn callback_event(path: &str, callback: &Callback) -> String {
    gateway::callback(&format!("{API}{path}{ACCOUNTS}"), callback)
}
