//! What a person can do about a situation: of what is held, by its hold and the decisions that fit; otherwise by the situation.

use till_domain::order::{Decision, HoldWord, Order, Situation, SituationWord as Word};

use super::{Text, row, text_of};

/// Where nothing is held.
pub const ADVICE: &[(Word, Text)] = &[
    row(
        Word::WaitingForBuyer,
        "请买家打开{way}完成付款；如已付款，请稍等一两分钟再刷新。",
        "Ask the buyer to pay with the {way}; after paying, to wait a minute or two and look again.",
    ),
    row(
        Word::NotPaidYet,
        "请买家完成付款；如果买家说已付款，请索要{provider}的交易单号再核对。",
        "Ask the buyer to pay; if they say that they have, ask for the number of the payment at {provider} and compare it.",
    ),
    row(
        Word::Declined,
        "请买家换一种付款方式或稍后再试。",
        "Ask the buyer to try another card or way to pay, or again later.",
    ),
    row(Word::DeclinedAndEnded, "请买家重新发起付款。", "Ask the buyer to begin another payment."),
    row(Word::AttemptAbandoned, "请买家重新发起付款。", "Ask the buyer to begin another payment."),
    row(
        Word::AttemptEnded,
        "请买家重新发起付款，或取消订单。",
        "Ask the buyer to begin another payment, or to cancel.",
    ),
    row(Word::NoAttemptLeft, "请买家重新下单。", "Ask the buyer to place a new order."),
    row(Word::PaymentProcessing, "请买家不要重复付款，等待结果。", "Ask the buyer to wait and not to pay again."),
    row(Word::ProcessingPastEnd, "请买家不要重复付款，等待结果。", "Ask the buyer to wait and not to pay again."),
    row(
        Word::CancelledByBuyer,
        "如仍需要，请买家重新下单。",
        "If it is still wanted, ask the buyer to place a new order.",
    ),
    row(
        Word::CancelledByTeam,
        "如仍需要，请买家重新下单。",
        "If it is still wanted, ask the buyer to place a new order.",
    ),
    row(Word::Expired, "如仍需要，请买家重新下单。", "If it is still wanted, ask the buyer to place a new order."),
    row(
        Word::SupersededReturned,
        "如仍需要，请买家重新下单升级。",
        "If it is still wanted, ask the buyer to order the upgrade again.",
    ),
    row(
        Word::AnotherCodeOpen,
        "请买家只付一次；如果付了两次，多付的会自动退回。",
        "Ask the buyer to pay once only; a second payment goes back by itself.",
    ),
    row(Word::RefundNoBalance, "请给{provider}的商户账户充值。", "Add money to the merchant account at {provider}."),
    row(Word::RefundFailed, "请核实原因后重新发起退款。", "Find out why, and order another refund."),
    row(
        Word::ReturnsGivenUp,
        "请确认剩余款项已通过其他方式退还买家。",
        "Make sure that the rest has gone back to the buyer in another way.",
    ),
];

/// What each decision about a hold means. Those that fit are said one after the other.
pub const DECISIONS: &[((HoldWord, Decision), Text)] = &[
    row(
        (HoldWord::OddPayment, Decision::Accept),
        "核对{provider}的账单后，可以接受（accept）：这笔付款将作为订单的付款。",
        "After a look at {provider}'s records you can accept it: it pays for the order.",
    ),
    row(
        (HoldWord::OddPayment, Decision::Return),
        "可以退还（return）：款项会自动退给买家。",
        "You can return it: it goes back to the buyer by itself.",
    ),
    row(
        (HoldWord::Dispute, Decision::Clear),
        "请在{provider}的后台应诉；如果它不应再影响订单，可以解除（clear）。",
        "Answer the dispute at {provider}; clear it if it should hold nothing up.",
    ),
    row(
        (HoldWord::RefundUnclear, Decision::Clear),
        "请在{provider}查明已退金额，填写金额后解除（clear）。",
        "Find out at {provider} how much went back, and clear it with that amount.",
    ),
    row(
        (HoldWord::RefundAbnormal, Decision::Clear),
        "请在{provider}的后台处理这笔退款，然后解除（clear）。",
        "Handle the refund at {provider}, then clear it.",
    ),
    row(
        (HoldWord::RefundFailed, Decision::Clear),
        "请用其他方式把款项退给买家，然后解除（clear）。",
        "Give the money back in another way, then clear it.",
    ),
    row(
        (HoldWord::RefundFailed, Decision::Accept),
        "也可以保留款项并重新发放商品（accept）。",
        "Or accept it: the money stays and the goods are delivered again.",
    ),
    row(
        (HoldWord::GrantFailed, Decision::Clear),
        "请查看日志和该用户的钱包，排除故障；系统会继续尝试，之后可以解除（clear）。",
        "Look at the log and the user's wallet and remove the cause, then clear it; Till goes on trying.",
    ),
    row(
        (HoldWord::UnreachableProvider, Decision::Clear),
        "请检查{provider}的服务状态、商户密钥和网络，之后可以解除（clear）；系统会继续查询。",
        "Check {provider}'s status, the account's keys and the network, then clear it; Till goes on asking.",
    ),
];

/// Nobody is led to pay again while their money is being reviewed or is on its way.
const LEADS_TO_PAYING: &[Word] =
    &[Word::AnotherCodeOpen, Word::CancelledByBuyer, Word::CancelledByTeam, Word::Expired, Word::SupersededReturned];

pub(super) fn advice(order: &Order, situation: &Situation) -> Vec<Text> {
    if let Some(hold) = situation.hold {
        let texts = situation.decisions.iter().map(|decision| text_of(DECISIONS, &(hold.word, *decision)));
        return texts.flatten().collect();
    }
    let waits = order.is_in_review() || order.is_processing();
    if waits && LEADS_TO_PAYING.contains(&situation.word) {
        return Vec::new();
    }
    text_of(ADVICE, &situation.word).into_iter().collect()
}
