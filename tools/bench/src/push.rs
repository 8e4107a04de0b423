//! From a provider's notification to the push on the buyer's socket, on the stack that `cargo xtask up` started: through the
//! gateway, the callback's function, the table, the queue, fulfil-order and the sockets. The notification is signed here as
//! Alipay signs it, with the sandbox's key, so that nothing of the sandbox is measured with it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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

/// Orders that are measured.
const ORDERS: usize = 100;
/// Orders before them, which start each function once.
const WARM_UP: usize = 5;

/// How long each order took, from the shortest to the longest.
pub struct Times(Vec<Duration>);

/// Pays the orders one after the other.
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
            let took = notify_and_hear(&alipay, &order, nth, since, &mut page).await?;
            if nth >= WARM_UP {
                times.push(took);
            }
        }
        times.sort_unstable();
        Ok(Times(times))
    })
}

async fn notify_and_hear(
    alipay: &Alipay,
    order: &Value,
    nth: usize,
    since: u128,
    page: &mut Socket,
) -> Result<Duration, Failure> {
    let no = order["order_no"].as_str().ok_or("an order without a number")?;
    let form = alipay.notification(no, &order["amount"].to_string(), &format!("{since}{nth:05}"));
    let kind = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let begun = Instant::now();
    // The push may be there before the notification's own answer is.
    let (answer, heard) = tokio::join!(send("POST", &alipay.url, &kind, form.as_bytes()), async {
        let push = page.pushed().await;
        (push, begun.elapsed())
    });
    let (push, took) = heard;
    if answer?.body != "success" {
        return Err("the notification was not taken".into());
    }
    if push? != json!({"type": "payment_success", "order_no": no}) {
        return Err("another push came".into());
    }
    Ok(took)
}

/// Alipay, as far as it notifies.
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

    /// The signed form of a paid trade. Its pairs stand in the order in which they are signed.
    fn notification(&self, no: &str, yuan: &str, trade_no: &str) -> String {
        let china = 8 * 3_600;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()) + china;
        let (of_day, day) = (now % 86_400, now / 86_400);
        let time = format!("{} {:02}:{:02}:{:02}", date(day), of_day / 3_600, of_day / 60 % 60, of_day % 60);
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
        let written: Vec<String> = all.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        written.join("&")
    }
}

/// A day since 1970, written.
fn date(day: u64) -> String {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut rest) = (1970, day);
    while rest >= 365 + u64::from(leap(year)) {
        rest -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", rest + 1)
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect::<Vec<_>>().concat()
}

impl Times {
    /// A line for people.
    pub fn table(&self) -> String {
        let [median, most, all] = [self.at(50), self.at(90), self.at(100)].map(|took| took.as_secs_f64() * 1e3);
        let title = format!("From the notification to the push on the socket, {} orders", self.0.len());
        format!(
            "\n{title}\n{:>12}{:>12}{:>12}\n{median:>9.1} ms{most:>9.1} ms{all:>9.1} ms\n",
            "median", "90 %", "longest"
        )
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
    fn days_are_on_the_calendar() {
        for (day, written) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_778, "2026-11-21"),
            (365, "1971-01-01"),
        ] {
            assert_eq!(date(day), written);
        }
    }

    #[test]
    fn half_of_them_took_at_most_the_median() {
        let times = Times((1..=100).map(Duration::from_millis).collect());
        assert_eq!((times.at(50), times.at(100)), (Duration::from_millis(51), Duration::from_millis(100)));
    }
}
