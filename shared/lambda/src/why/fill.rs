//! Fills amounts, times and names into the texts, in each language's way.

use till_domain::language::Language;
use till_domain::money::Money;
use till_domain::order::{Attempt, Decline, Order, Payment, Situation, Topic};
use till_domain::provider::{Account, Provider};
use till_domain::time::{Civil, Time};

use super::Text;

/// What can stand in braces in a text.
pub const PLACEHOLDERS: &[&str] = &[
    "amount", "back", "end", "paid_at", "price", "product", "provider", "reason", "silent", "tries", "until", "way",
    "when",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) struct Fill<'a> {
    pub(super) order: &'a Order,
    pub(super) situation: &'a Situation,
    pub(super) now: Time,
    pub(super) language: Language,
}

impl Fill<'_> {
    /// In one pass: braces in a product's name are no placeholders.
    pub(super) fn in_text(&self, text: Text) -> String {
        let mut filled = String::new();
        let mut rest = text.of(self.language);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            append(&mut filled, before);
            append(&mut filled, &self.value(name));
            rest = tail;
        }
        append(&mut filled, rest);
        filled
    }

    /// Several texts, one after the other.
    pub(super) fn in_all(&self, texts: &[Text]) -> Option<String> {
        let between = match self.language {
            Language::Chinese => "",
            Language::English => " ",
        };
        let filled: Vec<String> = texts.iter().map(|text| self.in_text(*text)).collect();
        (!filled.is_empty()).then(|| filled.join(between))
    }

    fn value(&self, name: &str) -> String {
        match name {
            "amount" => self.amount().map(|amount| money(amount, self.language)).unwrap_or_default(),
            "back" => self.back().map(|amount| money(amount, self.language)).unwrap_or_default(),
            "end" => moment(self.order.expire_at, self.language),
            "paid_at" => self.payment().map(|payment| moment(payment.paid_at, self.language)).unwrap_or_default(),
            "price" => money(self.order.sold.price, self.language),
            "product" => self.order.sold.name.to_string(),
            "provider" => self.account().map(|account| provider(account.provider, self.language)).unwrap_or_default(),
            "reason" => self.reason().to_owned(),
            "silent" => self.silent().to_string(),
            "tries" => self.situation.next.map_or(0, |slot| slot.tries).to_string(),
            "until" => moment(self.until(), self.language),
            "way" => self.way().to_owned(),
            "when" => self.when(),
            _ => String::new(),
        }
    }

    /// Of the matter; of an order as a whole, that which is kept for it.
    fn payment(&self) -> Option<&Payment> {
        let trade_no = match self.situation.about {
            Topic::Payment(i) => return self.order.payments.get(usize::from(i)),
            Topic::Order | Topic::Attempt(_) => return self.order.kept(),
            Topic::Refund(i) => &self.order.refunds.get(usize::from(i))?.trade_no,
            Topic::Dispute(i) => &self.order.disputes.get(usize::from(i))?.trade_no,
        };
        self.order.payment(trade_no)
    }

    fn attempt(&self) -> Option<&Attempt> {
        match self.situation.about {
            Topic::Attempt(n) => self.order.attempt(n),
            Topic::Order | Topic::Payment(_) | Topic::Refund(_) | Topic::Dispute(_) => self.order.newest_attempt(),
        }
    }

    fn account(&self) -> Option<&Account> {
        match self.situation.about {
            Topic::Attempt(_) => self.attempt().map(|attempt| &attempt.account),
            Topic::Refund(i) => self.order.refunds.get(usize::from(i)).map(|refund| &refund.account),
            Topic::Order | Topic::Payment(_) | Topic::Dispute(_) => {
                let paid = self.payment().map(|payment| &payment.account);
                paid.or_else(|| self.attempt().map(|attempt| &attempt.account))
            }
        }
    }

    fn amount(&self) -> Option<Money> {
        match self.situation.about {
            Topic::Refund(i) => self.order.refunds.get(usize::from(i)).map(|refund| refund.amount),
            Topic::Dispute(i) => self.order.disputes.get(usize::from(i)).map(|dispute| dispute.amount),
            Topic::Order | Topic::Attempt(_) | Topic::Payment(_) => self.payment().map(|payment| payment.amount),
        }
    }

    fn back(&self) -> Option<Money> {
        self.payment().map(|payment| self.order.back(payment))
    }

    /// The last moment at which the attempt can be paid.
    fn until(&self) -> Time {
        self.attempt().and_then(|attempt| attempt.payable_until).unwrap_or(self.order.expire_at)
    }

    fn reason(&self) -> &'static str {
        let decline = self.attempt().and_then(|attempt| attempt.decline).unwrap_or(Decline::Other);
        match (decline, self.language) {
            (Decline::Declined, Language::Chinese) => "银行或支付机构拒绝了付款",
            (Decline::Declined, Language::English) => "the bank or the provider declined it",
            (Decline::InsufficientFunds, Language::Chinese) => "余额不足",
            (Decline::InsufficientFunds, Language::English) => "the balance is too low",
            (Decline::ExpiredCard, Language::Chinese) => "银行卡已过有效期",
            (Decline::ExpiredCard, Language::English) => "the card has expired",
            (Decline::AuthenticationFailed, Language::Chinese) => "身份验证未通过",
            (Decline::AuthenticationFailed, Language::English) => "the buyer was not authenticated",
            (Decline::WrongDetails, Language::Chinese) => "填写的付款信息有误",
            (Decline::WrongDetails, Language::English) => "a detail that was entered is wrong",
            (Decline::ProviderError, Language::Chinese) => "支付机构暂时无法处理",
            (Decline::ProviderError, Language::English) => "the bank or the provider could not process it at that time",
            (Decline::Other, Language::Chinese) => "对方未说明原因",
            (Decline::Other, Language::English) => "no reason was given",
        }
    }

    /// Questions in a row without an answer.
    fn silent(&self) -> u8 {
        match self.situation.about {
            Topic::Refund(i) => self.order.refunds.get(usize::from(i)).map_or(0, |refund| refund.unanswered),
            Topic::Order | Topic::Attempt(_) | Topic::Payment(_) | Topic::Dispute(_) => {
                self.attempt().map_or(0, |attempt| attempt.unanswered)
            }
        }
    }

    /// What the buyer was shown.
    fn way(&self) -> &'static str {
        let is_code = self.attempt().is_some_and(|attempt| attempt.method.is_qr_code());
        match (is_code, self.language) {
            (true, Language::Chinese) => "付款二维码",
            (true, Language::English) => "QR code",
            (false, Language::Chinese) => "付款页面",
            (false, Language::English) => "payment page",
        }
    }

    /// Of what happens next. The sweep looks at orders once a minute.
    fn when(&self) -> String {
        match (self.situation.next.map(|slot| slot.next).filter(|next| *next > self.now), self.language) {
            (Some(next), Language::Chinese) => format!("将于{}", moment(next, self.language)),
            (Some(next), Language::English) => format!("At {}", moment(next, self.language)),
            (None, Language::Chinese) => "将在一两分钟内".to_owned(),
            (None, Language::English) => "Within a minute or two".to_owned(),
        }
    }
}

/// With a space between a Chinese character and a Latin letter or digit.
fn append(text: &mut String, more: &str) {
    let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    if let (Some(last), Some(first)) = (text.chars().next_back(), more.chars().next())
        && (is_chinese(last) && first.is_ascii_alphanumeric() || last.is_ascii_alphanumeric() && is_chinese(first))
    {
        text.push(' ');
    }
    text.push_str(more);
}

pub(super) fn moment(at: Time, language: Language) -> String {
    let Civil { year, month, day, hour, minute, .. } = at.in_china();
    match language {
        Language::Chinese => format!("北京时间 {year} 年 {month} 月 {day} 日 {hour:02}:{minute:02}"),
        Language::English => {
            let name = MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default();
            format!("{hour:02}:{minute:02} on {day} {name} {year}, China time (UTC+8)")
        }
    }
}

pub(super) fn money(amount: Money, language: Language) -> String {
    let code = amount.currency();
    let unit = match (code.code(), language) {
        (_, Language::English) => return format!("{code} {amount}"),
        ("CNY", Language::Chinese) => "元",
        ("USD", Language::Chinese) => "美元",
        ("HKD", Language::Chinese) => "港元",
        ("EUR", Language::Chinese) => "欧元",
        ("GBP", Language::Chinese) => "英镑",
        ("JPY", Language::Chinese) => "日元",
        (code, Language::Chinese) => code,
    };
    format!("{amount} {unit}")
}

fn provider(provider: Provider, language: Language) -> String {
    let name = match (provider, language) {
        (Provider::WeChat, Language::Chinese) => "微信支付",
        (Provider::WeChat, Language::English) => "WeChat Pay",
        (Provider::Alipay, Language::Chinese) => "支付宝",
        (Provider::Alipay, Language::English) => "Alipay",
        (Provider::Stripe, Language::Chinese | Language::English) => "Stripe",
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use till_domain::currency::Currency;

    use super::*;

    #[test]
    fn times_are_written_in_each_language_with_their_zone() {
        let at = Time::from_unix(1_735_660_800).unwrap();
        assert_eq!(moment(at, Language::Chinese), "北京时间 2025 年 1 月 1 日 00:00");
        assert_eq!(moment(at, Language::English), "00:00 on 1 January 2025, China time (UTC+8)");
    }

    #[test]
    fn amounts_have_the_name_of_their_currency() {
        let of = |minor, code| Money::new(minor, Currency::parse(code).unwrap()).unwrap();
        for (amount, chinese, english) in [
            (of(9_900, "CNY"), "99.00 元", "CNY 99.00"),
            (of(990, "USD"), "9.90 美元", "USD 9.90"),
            (of(500, "JPY"), "500 日元", "JPY 500"),
            (of(500, "CHF"), "5.00 CHF", "CHF 5.00"),
        ] {
            assert_eq!(
                (money(amount, Language::Chinese).as_str(), money(amount, Language::English).as_str()),
                (chinese, english)
            );
        }
    }
}
