//! The messages for callers: one for each error code, in Chinese and in English.

pub use till_domain::language::Language;

/// The language that an `Accept-Language` header prefers, by weight, then by position. Chinese is the default.
pub fn accepted_language(header: Option<&str>) -> Language {
    let mut best = (0_u32, Language::Chinese);
    for range in header.unwrap_or_default().split(',').take(MOST_RANGES) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let (language, _region) = tag.trim().split_once('-').unwrap_or((tag.trim(), ""));
        let Ok(language) = Language::parse(&language.to_ascii_lowercase()) else { continue };
        let weight = thousandths(weight.trim());
        if weight > best.0 {
            best = (weight, language);
        }
    }
    best.1
}

/// Later ranges of a header are not read.
const MOST_RANGES: usize = 20;

/// `q=0.8` is 800; an invalid weight is 0.
fn thousandths(weight: &str) -> u32 {
    let Some(digits) = weight.strip_prefix("q=") else { return 0 };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<3}");
    let number = |text: &str| text.parse::<u32>().ok();
    match (number(whole), part.get(..3).and_then(number)) {
        (Some(whole), Some(part)) if whole <= 1 => whole.saturating_mul(1000).saturating_add(part).min(1000),
        _ => 0,
    }
}

/// Not an error: what cancel-order answers.
const DONE: &str = "order_cancelled";

/// Error code, Chinese, English.
const MESSAGES: &[(&str, &str, &str)] = &[
    ("already_exists", "同名的账号或商品已存在", "There is one with this name already"),
    ("already_paid", "订单已支付", "The order is paid already"),
    ("already_refunded", "该笔支付已全部退款", "The whole payment has been refunded already"),
    ("amount_too_large", "金额超出上限", "The amount is above the limit"),
    ("amount_too_small", "金额低于支付渠道的下限", "The amount is below the payment provider's minimum"),
    ("body_too_large", "请求内容过大", "The request is too large"),
    ("cancelled", "订单已取消", "The order was cancelled"),
    ("expired", "订单已过期或即将过期", "The order has expired, or is about to"),
    ("forbidden", "没有权限", "You are not allowed to do this"),
    ("idempotency_conflict", "该幂等键已用于另一个请求", "This idempotency key was used for another request"),
    ("idempotency_key_required", "缺少 Idempotency-Key 请求头", "The header Idempotency-Key is missing"),
    ("in_progress", "正在处理中，请稍后再试", "The request is still being processed; try again in a second"),
    ("insufficient", "余额不足", "The balance is too low"),
    ("internal", "系统内部错误", "Internal error"),
    ("invalid_field", "字段无效", "A field is not valid"),
    ("invalid_json", "请求内容不是有效的 JSON", "The request is not valid JSON"),
    ("method_not_allowed", "不支持该请求方法", "This address does not take that method"),
    ("method_unavailable", "该支付方式暂不可用", "This payment method is not available"),
    ("no_such_hold", "该订单没有此项待处理事项", "No such hold is open on this order"),
    ("not_confirmed", "支付渠道尚未确认该笔支付", "The payment provider has not confirmed this payment yet"),
    ("not_due", "当前无需此操作", "This action is not due now"),
    ("not_found", "地址不存在", "There is no resource at this address"),
    ("not_paid", "订单没有可退的支付", "The order has no payment to refund"),
    ("nothing_to_extend", "没有可延长的会员", "There is no membership to extend"),
    ("nothing_to_upgrade", "没有可升级的会员", "There is no lower membership to upgrade"),
    ("on_hold", "该笔支付需先由人工处理", "A person must review this payment first"),
    ("order_not_found", "订单不存在", "There is no such order"),
    (
        "orphan_closed",
        "该笔支付已另行处理，或已全部退款",
        "This payment was dealt with elsewhere, or all of it went back",
    ),
    ("orphan_not_found", "没有这笔未匹配的支付", "There is no such payment without an order"),
    ("orphan_settled", "该笔支付已归入另一个订单", "This payment was settled to another order"),
    ("paused", "暂停接受新订单", "New orders are suspended for the moment"),
    (
        "payment_in_review",
        "已收到一笔与订单不符的付款，正在人工核实，请勿重复支付",
        "A payment that does not fit the order has arrived and is being reviewed; do not pay again",
    ),
    (
        "payment_processing",
        "付款正在处理中，结果出来后订单会更新",
        "A payment is being processed; the order is updated when its result is known",
    ),
    ("product_not_found", "商品不存在或已下架", "There is no such product on sale"),
    ("provider_denies", "支付渠道未确认该订单的付款", "The payment provider does not confirm a payment of this order"),
    ("provider_error", "支付渠道未能完成请求", "The payment provider did not complete the request"),
    (
        "provider_not_reached",
        "现在无法联系支付渠道以验证设置",
        "The payment provider cannot be asked at the moment, so nothing was changed",
    ),
    ("refund_exceeds_paid", "退款金额超过可退金额", "The refund exceeds the refundable amount"),
    ("refund_in_progress", "剩余金额正在退款中", "The remaining amount is being refunded already"),
    ("settings_refused", "支付渠道不接受这些设置", "The payment provider does not accept these settings"),
    ("statements_off", "此环境不允许人工登记支付", "Stating payments by hand is switched off here"),
    ("still_open", "仍有未关闭的支付", "A payment attempt is still open"),
    ("superseded", "会员状态已变化，请重新下单", "The membership has changed since; place a new order"),
    ("too_many_attempts", "支付尝试次数已用完", "This order has used up its attempts to pay"),
    (
        "too_many_open_orders",
        "未支付的订单过多，请先支付或取消",
        "There are too many unpaid orders; pay or cancel one of them first",
    ),
    ("too_many_refunds", "退款次数已用完", "This order has used up its refunds"),
    ("too_many_requests", "请求过于频繁，请稍后再试", "Too many requests; try again later"),
    ("unauthenticated", "请先登录", "The bearer token is missing or not valid"),
    ("unavailable", "服务暂不可用，请稍后再试", "The service is not available at the moment; try again"),
    (
        "unreadable",
        "记录存在，但当前版本无法读取，请由技术人员处理",
        "It is stored, and this release cannot read it: the team has to mend it",
    ),
    ("unsupported_media_type", "请求内容必须是 application/json", "The request must be application/json"),
    ("wallet_full", "账户已达上限，请先使用一部分", "The wallet is full; use some of its balance first"),
    (DONE, "订单已取消", "The order is cancelled"),
];

/// All error codes.
pub fn known_codes() -> impl Iterator<Item = &'static str> {
    MESSAGES.iter().map(|(code, ..)| *code).filter(|code| *code != DONE)
}

/// The message of an error code.
pub fn message(code: &str, language: Language) -> &'static str {
    let found = MESSAGES.iter().find(|(known, _, _)| *known == code);
    match (found, language) {
        (Some((_, chinese, _)), Language::Chinese) => chinese,
        (Some((_, _, english)), Language::English) => english,
        (None, Language::Chinese) => "无法完成请求",
        (None, Language::English) => "It was not done",
    }
}

#[cfg(test)]
mod tests {
    use till_domain::currency::Currency;
    use till_domain::money::Money;
    use till_domain::refusal::Refusal;

    use super::*;

    #[test]
    fn language_is_the_one_preferred_by_the_header_or_chinese() {
        for (header, language) in [
            (None, Language::Chinese),
            (Some(""), Language::Chinese),
            (Some("en"), Language::English),
            (Some("en-US,en;q=0.9,zh;q=0.8"), Language::English),
            (Some("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese),
            (Some("fr, en;q=0.5"), Language::English),
            (Some("fr"), Language::Chinese),
            (Some("en;q=0.2, zh;q=0.3"), Language::Chinese),
            (Some("en;q=nonsense"), Language::Chinese),
            (Some("*"), Language::Chinese),
        ] {
            assert_eq!(accepted_language(header), language, "{header:?}");
        }
    }

    #[test]
    fn every_refusal_has_a_message_in_both_languages() {
        let some = Money::new(1, Currency::CNY).unwrap();
        let all = [
            Refusal::AlreadyPaid,
            Refusal::AlreadyRefunded,
            Refusal::NotPaid,
            Refusal::RefundInProgress,
            Refusal::OnHold,
            Refusal::Expired,
            Refusal::Cancelled,
            Refusal::IdempotencyConflict,
            Refusal::InProgress,
            Refusal::PaymentProcessing,
            Refusal::PaymentInReview,
            Refusal::NothingToUpgrade,
            Refusal::NothingToExtend,
            Refusal::Insufficient,
            Refusal::TooManyAttempts,
            Refusal::TooManyRefunds,
            Refusal::RefundExceedsPaid { left: some },
            Refusal::MethodUnavailable,
            Refusal::AmountTooSmall { least: some },
            Refusal::AmountTooLarge { most: some },
            Refusal::InvalidField { field: "a", rule: "b" },
            Refusal::ProductNotFound,
            Refusal::OrderNotFound,
            Refusal::NoSuchHold,
            Refusal::StillOpen,
            Refusal::NotDue,
            Refusal::Paused,
            Refusal::Superseded,
            Refusal::WalletFull,
        ];
        for refusal in all {
            for (language, other) in [(Language::Chinese, "无法完成请求"), (Language::English, "It was not done")]
            {
                assert_ne!(message(refusal.code(), language), other, "{refusal:?}");
            }
        }
    }
}
