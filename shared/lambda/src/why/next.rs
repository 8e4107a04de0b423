//! What happens next by itself, in a sentence for each duty.

use till_domain::order::Duty;

use super::{Text, row};

/// A duty's word, without its subject.
#[must_use]
pub const fn duty_word(duty: Duty) -> &'static str {
    match duty {
        Duty::Return(_) => "return",
        Duty::SendRefund(_) => "send_refund",
        Duty::Grant => "grant",
        Duty::Revoke => "revoke",
        Duty::Alarm => "alarm",
        Duty::Close(_) => "close",
        Duty::Ask(_) => "ask",
        Duty::AskRefund(_) => "ask_refund",
        Duty::Remind => "remind",
        Duty::Expire => "expire",
        Duty::LastAsk(_) => "last_ask",
    }
}

pub const NEXT: &[(&str, Text)] = &[
    row("return", "系统{when}自动发起退款。", "{when}, the refund is made by itself."),
    row("send_refund", "系统{when}向{provider}提交退款。", "{when}, the refund is sent to {provider}."),
    row("grant", "系统{when}尝试发放。", "{when}, the delivery is tried."),
    row("revoke", "系统{when}尝试收回。", "{when}, taking the goods back is tried."),
    row("alarm", "系统{when}通知团队。", "{when}, the team is told."),
    row("close", "系统{when}请{provider}关闭这次付款。", "{when}, {provider} is asked to close it."),
    row("ask", "系统{when}向{provider}查询付款结果。", "{when}, {provider} is asked for the result."),
    row("ask_refund", "系统{when}向{provider}查询退款结果。", "{when}, {provider} is asked about the refund."),
    row(
        "remind",
        "系统{when}提醒买家订单即将到期，并向{provider}查询付款结果。",
        "{when}, the buyer is reminded and {provider} is asked for the result.",
    ),
    row(
        "expire",
        "系统{when}关闭未完成的付款并取消订单。",
        "{when}, what is open is closed and the order is cancelled.",
    ),
    row("last_ask", "系统{when}向{provider}做最后一次确认。", "{when}, {provider} is asked for the last time."),
];

/// Follows after the first try.
pub const TRIES: Text = Text { chinese: "（已尝试 {tries} 次）", english: "(Tries so far: {tries}.)" };
