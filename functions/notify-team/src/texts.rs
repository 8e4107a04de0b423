//! What people read: which alarms, how many, the first ten, and where it is written what to do. Never a buyer's name.

use till_app::ports::{Alarm, AlarmWord, KeptAlarm};
use till_domain::language::Language;
use till_domain::order::HoldWord;
use till_domain::time::{Seconds, Time};

use crate::due::{Line, Notice};

/// Alarms that a message names one by one; of the others it gives the number.
const MOST_LINES: usize = 10;
const MOST_SUBJECT_CHARACTERS: usize = 99;
const UTC8: Seconds = Seconds::hours(8);

/// The text for a chat or a mail, of at most this many bytes.
pub(crate) fn message(notice: &Notice, language: Language, most_bytes: usize) -> String {
    let in_language = |chinese: &'static str, english: &'static str| match language {
        Language::Chinese => chinese,
        Language::English => english,
    };
    let mut lines = vec![title(notice, language)];
    for is_over in [false, true] {
        let part: Vec<&(Line, KeptAlarm)> =
            notice.lines.iter().filter(|(line, _)| (*line == Line::Over) == is_over).collect();
        if part.is_empty() {
            continue;
        }
        lines.push(String::new());
        if is_over {
            lines.push(in_language("已结束:", "Over:").to_owned());
        }
        lines.extend(part.iter().take(MOST_LINES).map(|(line, kept)| row(*line, kept, language)));
        let rest = part.len().saturating_sub(MOST_LINES);
        if rest > 0 {
            lines.push(format!("… {rest} {}", in_language("条未列出", "more")));
        }
    }
    if notice.lines.iter().any(|(line, _)| *line != Line::Over) {
        lines.push(String::new());
        let help =
            in_language("处理方法见 docs/operating.md(按告警词查找)", "What to do: docs/operating.md, by the word");
        lines.push(help.to_owned());
    }
    cut(lines.join("\n"), most_bytes)
}

/// `[Till production] 3 alarms: odd_payment 2, orphan 1`.
fn title(notice: &Notice, language: Language) -> String {
    let standing = notice.counts(|line| line != Line::Over);
    let over = notice.counts(|line| line == Line::Over);
    let counts = if standing.is_empty() { &over } else { &standing };
    let sum: usize = counts.values().sum();
    let more = |word| if notice.more.contains(word) { "+" } else { "" };
    let words: Vec<String> = counts.iter().map(|(word, count)| format!("{word} {count}{}", more(word))).collect();
    let words = words.join(", ");
    let stage = &notice.stage;
    match (language, standing.is_empty()) {
        (Language::Chinese, false) => format!("【Till {stage}】{sum} 条告警:{words}"),
        (Language::Chinese, true) => format!("【Till {stage}】{sum} 条告警已结束:{words}"),
        (Language::English, false) => format!("[Till {stage}] {sum} {}: {words}", plural(sum)),
        (Language::English, true) => format!("[Till {stage}] {sum} {} over: {words}", plural(sum)),
    }
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "alarm" } else { "alarms" }
}

fn row(line: Line, kept: &KeptAlarm, language: Language) -> String {
    let KeptAlarm { alarm, since, raised, .. } = kept;
    let is_chinese = language == Language::Chinese;
    let mut parts = vec![format!("• {} ({})", about(alarm.word, language), alarm.word)];
    parts.push(name(alarm));
    if alarm.order_no.is_some() {
        parts.extend(alarm.amount.map(|amount| format!("{amount:?}")));
        parts.extend(alarm.account.as_ref().map(ToString::to_string));
    }
    if let Some(measured) = &alarm.measured {
        let (value, limit) = (&measured.value, &measured.limit);
        parts.push(if is_chinese { format!("{value}(上限 {limit})") } else { format!("{value} (limit {limit})") });
    }
    parts.extend(alarm.note.clone());
    let since = in_utc8(*since);
    parts.push(if is_chinese { format!("自 {since}") } else { format!("since {since}") });
    if *raised > 1 {
        parts.push(format!("×{raised}"));
    }
    if line == Line::Again {
        parts.push(if is_chinese { "仍未处理".to_owned() } else { "still standing".to_owned() });
    }
    parts.join(" · ")
}

/// What a person looks it up by.
fn name(alarm: &Alarm) -> String {
    match (&alarm.order_no, &alarm.trade_no) {
        (Some(no), Some(trade_no)) => format!("{no} / {trade_no}"),
        (Some(no), None) => no.to_string(),
        (None, _) => alarm.subject.clone(),
    }
}

/// One sentence for each word; the whole is in docs/operating.md.
const fn about(word: AlarmWord, language: Language) -> &'static str {
    let (chinese, english) = match word {
        AlarmWord::Hold(HoldWord::OddPayment) => {
            ("收款金额、币种或账户不符", "a payment of another amount, currency or account")
        }
        AlarmWord::Hold(HoldWord::Dispute) => ("争议或拒付", "a dispute"),
        AlarmWord::Hold(HoldWord::RefundUnclear) => ("退款金额不明", "a refund whose amount is unknown"),
        AlarmWord::Hold(HoldWord::RefundAbnormal) => ("退款异常", "a refund that the provider does not make"),
        AlarmWord::Hold(HoldWord::RefundFailed) => ("退款失败", "a refund that failed"),
        AlarmWord::Hold(HoldWord::GrantFailed) => ("发货或收回失败", "goods that could not be granted or taken back"),
        AlarmWord::Hold(HoldWord::UnreachableProvider) => {
            ("支付渠道对该订单无应答", "a provider that does not answer about an order")
        }
        AlarmWord::Hold(HoldWord::StatedPayment) => (
            "管理员登记的付款尚未得到支付渠道确认",
            "a payment by an admin's word, which its provider has not confirmed",
        ),
        AlarmWord::Hold(HoldWord::StatedDenied) => {
            ("管理员登记的付款被支付渠道否认", "a payment by an admin's word, which its provider denies")
        }
        AlarmWord::Orphan => ("收到无法对应订单的款项", "money that fits no order"),
        AlarmWord::StuckOrder => ("订单数据无法读写", "an order that cannot be read or written"),
        AlarmWord::UnusableAccount => ("商户账户配置无效", "an account whose settings are invalid"),
        AlarmWord::RefundLimit => ("当日退款超过上限", "refunds of a day above the limit"),
        AlarmWord::SweepFailed => ("巡检任务失败", "sweeps that fail"),
        AlarmWord::DisputesFailed => ("无法获取争议列表", "disputes that are not listed"),
        AlarmWord::LargePayment => ("大额支付", "a large payment"),
        AlarmWord::ProviderSilent => ("支付渠道无应答", "a provider that does not answer"),
        AlarmWord::RefusedCallbacks => ("大量回调验证失败", "many refused notifications"),
        AlarmWord::SweepLate => ("巡检任务滞后", "sweeps that are late"),
        AlarmWord::FailureRate => ("支付失败率过高", "too many orders whose payment fails"),
        AlarmWord::RefundRate => ("退款率过高", "too many orders that are refunded"),
        AlarmWord::NoCallbacks => ("收不到支付回调,付款均靠查询发现", "notifications that do not arrive"),
        AlarmWord::SlowGrant => ("付款后发货缓慢", "goods that come long after their payment"),
        AlarmWord::KeyEnding => ("证书即将到期", "a certificate that ends soon"),
        AlarmWord::ChannelFailed => ("告警渠道未能收到告警", "a channel that does not get its alarms"),
        AlarmWord::Aws => ("系统告警", "an alarm of the system"),
    };
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

/// SNS takes a hundred characters of ASCII.
pub(crate) fn mail_subject(notice: &Notice) -> String {
    let title = title(notice, Language::English);
    title.chars().filter(char::is_ascii).take(MOST_SUBJECT_CHARACTERS).collect()
}

/// `2026-11-21 15:00 (UTC+8)`.
fn in_utc8(at: Time) -> String {
    let at = at.in_china();
    format!("{:04}-{:02}-{:02} {:02}:{:02} (UTC+8)", at.year, at.month, at.day, at.hour, at.minute)
}

/// `2026-11-21T07:00:00Z`.
pub(crate) fn instant(at: Time) -> String {
    let utc = at.minus(UTC8).in_china();
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second)
}

/// Ends after a whole character.
fn cut(text: String, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text;
    }
    let end = text.floor_char_boundary(most_bytes.saturating_sub('…'.len_utf8()));
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use till_app::ports::Measured;
    use till_domain::id::OrderNo;

    use super::*;

    fn at(unix: i64) -> Time {
        Time::from_unix(unix).unwrap()
    }

    fn kept(alarm: Alarm) -> KeptAlarm {
        let since = at(1_795_244_400);
        KeptAlarm { version: 1, alarm, since, last: since, raised: 1, ended: None, told: BTreeMap::new() }
    }

    fn notice(lines: Vec<(Line, KeptAlarm)>) -> Notice {
        Notice { stage: "dev".to_owned(), lines, more: BTreeSet::new() }
    }

    fn stuck() -> KeptAlarm {
        kept(Alarm::about_order(AlarmWord::StuckOrder, OrderNo::parse("ORD20261121150000ABCDEF12").unwrap()))
    }

    #[test]
    fn message_names_words_orders_limits_and_the_time_zone() {
        let measured = Some(Measured::new("101", "100"));
        let limit = kept(Alarm { measured, ..Alarm::about(AlarmWord::RefundLimit, "CNY:101") });
        let notice = notice(vec![(Line::First, stuck()), (Line::Again, limit.clone()), (Line::Over, limit)]);
        let english = message(&notice, Language::English, 4_000);
        let lines: Vec<&str> = english.lines().collect();
        assert_eq!(lines[0], "[Till dev] 2 alarms: stuck_order 1, refund_limit 1");
        let row = "• an order that cannot be read or written (stuck_order) · ORD20261121150000ABCDEF12 · since 2026-11-21 15:00 (UTC+8)";
        assert_eq!(lines[2], row);
        assert!(lines[3].contains("101 (limit 100)") && lines[3].ends_with("still standing"), "{english}");
        assert_eq!(lines[5], "Over:");
        let chinese = message(&notice, Language::Chinese, 4_000);
        assert!(chinese.starts_with("【Till dev】2 条告警:stuck_order 1, refund_limit 1"), "{chinese}");
        assert!(chinese.contains("仍未处理") && chinese.contains("已结束"), "{chinese}");
    }

    #[test]
    fn many_alarms_are_one_message_with_the_first_ten() {
        let notice = notice(vec![(Line::First, stuck()); 25]);
        for language in Language::ALL {
            let text = message(&notice, language, 2_048);
            assert_eq!(text.matches("ORD").count(), 10, "{text}");
            assert!(text.contains("25") && text.contains("15") && text.len() <= 2_048, "{text}");
        }
    }

    #[test]
    fn title_says_that_there_are_more_than_are_told() {
        let mut notice = notice(vec![(Line::First, stuck()); 3]);
        notice.more.insert(AlarmWord::StuckOrder);
        assert!(message(&notice, Language::English, 2_048).starts_with("[Till dev] 3 alarms: stuck_order 3+\n"));
    }

    #[test]
    fn text_is_cut_at_the_end_of_a_character() {
        for most in 3..40 {
            let text = message(&notice(vec![(Line::First, stuck())]), Language::Chinese, most);
            assert!(text.len() <= most && text.ends_with('…'), "{most}: {text}");
        }
    }

    #[test]
    fn subject_of_a_mail_is_short_ascii() {
        let lines = AlarmWord::ALL.map(|word| (Line::First, kept(Alarm::about(word, "支付"))));
        let subject = mail_subject(&notice(lines.to_vec()));
        assert!(
            subject.is_ascii() && subject.len() == 99 && subject.starts_with("[Till dev] 26 alarms: "),
            "{subject}"
        );
        assert_eq!(mail_subject(&notice(vec![(Line::Over, stuck())])), "[Till dev] 1 alarm over: stuck_order 1");
    }

    #[test]
    fn instants_for_programs_are_in_utc() {
        assert_eq!(instant(at(1_795_244_400)), "2026-11-21T07:00:00Z");
    }
}
