//! Measures the time from a provider's notification to the push on the buyer's WebSocket, on the stack that `cargo xtask up`
//! started. The notification is signed here with the sandbox's key for Alipay, so that the sandbox itself is not measured.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde_json::{Value, json};
use sha2::Sha256;
use till_journeys::http::send;
use till_journeys::shop::Caller;
use till_journeys::socket::Socket;
use till_journeys::stack::Stack;

use crate::Failure;

const ORDERS: usize = 100;
/// Orders that are paid first and not measured: they start each function.
const WARM_UP: usize = 5;

/// The time of each order, sorted.
pub struct Times(Vec<Duration>);

pub fn measure() -> Result<Times, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stack = Stack::running()?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let buyer = Caller::buyer(&stack, &format!("bench-{since:x}")).await?;
        let alipay = Alipay::of(&stack)?;
        let mut page = buyer.socket().await?;
        let mut times = Vec::with_capacity(ORDERS);
        for nth in 0..WARM_UP + ORDERS {
            let order = buyer.order("points", 1, "alipay_qr").await?;
            let took = notify_and_wait_for_push(&alipay, &order, nth, since, &mut page).await?;
            if nth >= WARM_UP {
                times.push(took);
            }
        }
        times.sort_unstable();
        Ok(Times(times))
    })
}

async fn notify_and_wait_for_push(
    alipay: &Alipay,
    order: &Value,
    nth: usize,
    since: u128,
    page: &mut Socket,
) -> Result<Duration, Failure> {
    let no = order["order_no"].as_str().ok_or("an order has no number")?;
    let form = alipay.notification(no, &order["amount"].to_string(), &format!("{since}{nth:05}"));
    let kind = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let begun = Instant::now();
    // The push may arrive before the notification is answered.
    let (answer, pushed) = tokio::join!(send("POST", &alipay.url, &kind, form.as_bytes()), async {
        let push = page.pushed().await;
        (push, begun.elapsed())
    });
    let (push, took) = pushed;
    if answer?.body != "success" {
        return Err("the notification was refused".into());
    }
    if push? != json!({"type": "payment_success", "order_no": no}) {
        return Err("an unexpected push arrived".into());
    }
    Ok(took)
}

/// The part of Alipay that sends notifications.
struct Alipay {
    url: String,
    app_id: String,
    seller_id: String,
    key: SigningKey<Sha256>,
}

impl Alipay {
    fn of(stack: &Stack) -> Result<Self, Failure> {
        let pem = std::fs::read_to_string(stack.provider("alipay/alipay_private_key_path")?)?;
        Ok(Self {
            url: stack.api("/alipay/callback")?,
            app_id: stack.provider("alipay/app_id")?.to_owned(),
            seller_id: stack.provider("alipay/seller_id")?.to_owned(),
            key: SigningKey::new(RsaPrivateKey::from_pkcs8_pem(&pem)?),
        })
    }

    /// The notification of a paid trade. Its fields are in the order in which they are signed.
    fn notification(&self, no: &str, yuan: &str, trade_no: &str) -> String {
        // Alipay writes the time of China.
        let time =
            (DateTime::<Utc>::from(SystemTime::now()) + TimeDelta::hours(8)).format("%Y-%m-%d %H:%M:%S").to_string();
        let pairs = [
            ("app_id", self.app_id.as_str()),
            ("buyer_id", "2088102180123456"),
            ("charset", "utf-8"),
            ("gmt_create", &time),
            ("gmt_payment", &time),
            ("notify_id", trade_no),
            ("notify_time", &time),
            ("notify_type", "trade_status_sync"),
            ("out_trade_no", no),
            ("receipt_amount", yuan),
            ("seller_id", &self.seller_id),
            ("subject", "bench"),
            ("total_amount", yuan),
            ("trade_no", trade_no),
            ("trade_status", "TRADE_SUCCESS"),
            ("version", "1.0"),
        ];
        let signed = pairs.map(|(name, value)| format!("{name}={value}")).join("&");
        let signature = STANDARD.encode(self.key.sign(signed.as_bytes()).to_bytes());
        let all = pairs.into_iter().chain([("sign_type", "RSA2"), ("sign", signature.as_str())]);
        form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish()
    }
}

impl Times {
    pub fn table(&self) -> String {
        let [median, ninety, longest] = [self.at(50), self.at(90), self.at(100)].map(|took| took.as_secs_f64() * 1e3);
        let title = format!("From the notification to the push on the socket, {} orders", self.0.len());
        format!("\n{title}\n      median        90 %     longest\n{median:>9.1} ms{ninety:>9.1} ms{longest:>9.1} ms\n")
    }

    pub fn json(&self) -> Value {
        let micros = |percent| self.at(percent).as_secs_f64() * 1e6;
        json!([{"name": "notification to push", "orders": self.0.len(), "median_micros": micros(50),
            "ninety_percent_micros": micros(90), "longest_micros": micros(100)}])
    }

    fn at(&self, percent: usize) -> Duration {
        let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentile_is_the_time_at_its_place() {
        let times = Times((1..=100).map(Duration::from_millis).collect());
        assert_eq!((times.at(50), times.at(100)), (Duration::from_millis(51), Duration::from_millis(100)));
    }
}
