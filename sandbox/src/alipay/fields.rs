//! Reads `biz_content` as strictly as the service does. Amounts arrive as decimal yuan and become whole fen.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::{Call, Method};
use crate::time;

/// 100 million yuan.
const MAX_FEN: u64 = 10_000_000_000;
/// The longest and the default life of a trade, in seconds.
const MAX_OPEN: i64 = 15 * 86_400;
/// The default life of a code, in seconds.
const CODE_LIVES: i64 = 2 * 3600;

/// Merchants write numbers with and without quotes. An empty text counts as missing.
pub fn text(content: &Map<String, Value>, name: &str) -> Option<String> {
    match content.get(name)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text of at most `most` characters, if present.
pub fn short(content: &Map<String, Value>, name: &'static str, most: usize) -> Result<Option<String>, Answer> {
    match content.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => match text(content, name) {
            Some(text) if text.chars().count() <= most && !text.chars().any(char::is_control) => Ok(Some(text)),
            None if content.get(name).is_some_and(|value| value == "") => Ok(None),
            Some(_) | None => Err(Answer::invalid(name)),
        },
    }
}

pub fn out_trade_no(content: &Map<String, Value>) -> Result<Option<String>, Answer> {
    let Some(number) = short(content, "out_trade_no", 64)? else { return Ok(None) };
    if number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        Ok(Some(number))
    } else {
        Err(Answer::invalid("out_trade_no"))
    }
}

/// In fen, from 1 to [`MAX_FEN`].
pub fn amount(content: &Map<String, Value>, name: &'static str) -> Result<u64, Answer> {
    let text = text(content, name).ok_or_else(|| Answer::invalid(name))?;
    match fen(&text) {
        Some(0) | None => Err(Answer::invalid(name)),
        Some(amount) if amount > MAX_FEN => Err(Answer::refused("ACQ.TOTAL_FEE_EXCEED", "订单总金额超过限额")),
        Some(amount) => Ok(amount),
    }
}

pub fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen.div_euclid(100), fen.rem_euclid(100))
}

/// Up to 256 characters, without those that have a meaning in an address.
pub fn subject(content: &Map<String, Value>) -> Result<String, Answer> {
    let subject = short(content, "subject", 256)?.filter(|subject| !subject.contains(['/', '=', '&']));
    subject.ok_or_else(|| Answer::invalid("subject"))
}

/// Whether the product code fits the call.
pub fn product(call: &Call) -> Result<(), Answer> {
    let named = short(&call.content, "product_code", 64)?;
    let (products, may_be_left_out): (&[&str], bool) = match call.method {
        Method::Precreate => (&["FACE_TO_FACE_PAYMENT", "QR_CODE_OFFLINE", "OFFLINE_PAYMENT"], true),
        Method::PagePay => (&["FAST_INSTANT_TRADE_PAY"], false),
        // The second is the older code, which one of the SDKs still sends.
        Method::WapPay => (&["QUICK_WAP_WAY", "QUICK_WAP_PAY"], false),
        Method::AppPay => (&["QUICK_MSECURITY_PAY"], true),
        Method::Query | Method::Close | Method::Refund | Method::RefundQuery => (&[], true),
    };
    let is_fine = named.map_or(may_be_left_out, |named| products.contains(&named.as_str()));
    if is_fine { Ok(()) } else { Err(Answer::invalid("product_code")) }
}

/// A code can be scanned until its own end: the trade's time-out begins with the scan.
pub fn payable_until(call: &Call) -> Result<i64, Answer> {
    let absolute = match short(&call.content, "time_expire", 32)? {
        Some(written) => Some(time::parse_alipay(&written).ok_or_else(|| Answer::invalid("time_expire"))?),
        None => None,
    };
    if absolute.is_some_and(|at| at <= call.now) {
        return Err(Answer::refused("ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR", "当前时间已超过允许支付的时间"));
    }
    if absolute.is_some_and(|at| at > call.now.saturating_add(MAX_OPEN)) {
        return Err(Answer::invalid("time_expire"));
    }
    let of_trade = span(call, "timeout_express")?;
    let relative = if call.method == Method::Precreate {
        span(call, "qr_code_timeout_express")?.unwrap_or(call.now.saturating_add(CODE_LIVES))
    } else {
        // An absolute end takes precedence over a relative one.
        of_trade.filter(|_| absolute.is_none()).unwrap_or(call.now.saturating_add(MAX_OPEN))
    };
    Ok(absolute.map_or(relative, |absolute| absolute.min(relative)))
}

pub fn address(url: Option<&String>, name: &str) -> Result<Option<String>, Answer> {
    let Some(url) = url else { return Ok(None) };
    let is_http = url.starts_with("https://") || url.starts_with("http://");
    if is_http && url.len() <= 256 && !url.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        Ok(Some(url.clone()))
    } else {
        Err(Answer::invalid(name))
    }
}

/// `1m` to `15d`, or `1c` for the end of the day, as the moment at its end.
fn span(call: &Call, name: &'static str) -> Result<Option<i64>, Answer> {
    let Some(written) = short(&call.content, name, 6)? else { return Ok(None) };
    if written == "1c" {
        return Ok(Some(time::end_of_day(call.now)));
    }
    let seconds = written.strip_suffix('m').map(|number| (number, 60));
    let seconds = seconds.or_else(|| written.strip_suffix('h').map(|number| (number, 3600)));
    let seconds = seconds.or_else(|| written.strip_suffix('d').map(|number| (number, 86_400)));
    let seconds = seconds.filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = seconds.and_then(|(number, unit)| number.parse::<i64>().ok()?.checked_mul(unit));
    match seconds {
        Some(seconds) if (60..=MAX_OPEN).contains(&seconds) => Ok(Some(call.now.saturating_add(seconds))),
        Some(_) | None => Err(Answer::invalid(name)),
    }
}

/// Digits, and at most two decimal places.
fn fen(text: &str) -> Option<u64> {
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(places) || whole.len() > 12 || places.len() > 2 {
        return None;
    }
    let tens = if places.len() == 1 { 10 } else { 1 };
    let places = places.parse::<u64>().ok()?.checked_mul(tens)?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(places)
}

/// The buyer's name as Alipay shows it to merchants.
pub fn logon_id(buyer: &str) -> String {
    let last: String = buyer.chars().skip(12).take(4).collect();
    format!("188****{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_are_read_to_the_fen_and_not_rounded() {
        for (text, expected) in [
            ("0.01", Some(1)),
            ("0.1", Some(10)),
            ("1", Some(100)),
            ("88.88", Some(8888)),
            ("100000000.00", Some(MAX_FEN)),
            ("007.50", Some(750)),
            ("0.001", None),
            ("1.", None),
            (".5", None),
            ("1e2", None),
            ("-1", None),
            ("+1", None),
            (" 1", None),
            ("1,00", None),
            ("1.2.3", None),
            ("99999999999999999999", None),
            ("", None),
            ("１", None),
        ] {
            assert_eq!(fen(text), expected, "{text:?}");
        }
        for (fen, text) in [(1, "0.01"), (10, "0.10"), (100, "1.00"), (MAX_FEN, "100000000.00")] {
            assert_eq!(yuan(fen), text);
        }
    }
}
