//! The sentence of each situation.

use till_domain::order::SituationWord as Word;

use super::{Text, row};

pub const SITUATIONS: &[(Word, Text)] = &[
    row(
        Word::WaitingForBuyer,
        "正在等待买家付款：{provider}的{way}已出示，应付 {price}，请在{end}之前完成。",
        "The buyer has not paid yet: {provider}'s {way} was shown for {price}, to be paid before {end}.",
    ),
    row(
        Word::NotPaidYet,
        "买家尚未付款：已向{provider}查询，目前没有收到付款；应付 {price}，请在{end}之前完成。",
        "The buyer has not paid yet: {provider} was asked and has no payment; {price} is to be paid before {end}.",
    ),
    row(
        Word::Declined,
        "上一次付款未成功：{reason}。原{way}仍可继续付款，订单保留到{end}。",
        "The last payment did not go through: {reason}. The same {way} can still be used; the order is kept until {end}.",
    ),
    row(
        Word::DeclinedAndEnded,
        "上一次付款未成功：{reason}，该次付款已结束。订单保留到{end}，可以重新付款。",
        "The last payment did not go through: {reason}. That attempt is over; a new one can be begun until {end}.",
    ),
    row(
        Word::AttemptOpening,
        "正在向{provider}申请付款，几秒钟内会出示{way}。",
        "A payment is just being set up at {provider}; its {way} is shown in a few seconds.",
    ),
    row(
        Word::AttemptAbandoned,
        "向{provider}申请付款没有完成，买家没有拿到{way}。",
        "Setting up the payment at {provider} was not finished, so the buyer has no {way}.",
    ),
    row(
        Word::AttemptEnded,
        "目前没有可用的付款方式：最近一次付款已结束。订单保留到{end}，可以重新付款。",
        "Nothing is open to pay with: the last attempt is over. The order is kept until {end}, and a new one can be begun.",
    ),
    row(
        Word::NoAttemptLeft,
        "最近一次付款已结束，而且不能再发起新的付款：剩余时间不足或次数已用完。订单将在{end}结束。",
        "The last attempt is over and no other can be begun: too little time or no attempt is left. The order ends at {end}.",
    ),
    row(
        Word::PaymentProcessing,
        "买家已提交付款，{provider}正在处理，还没有结果。",
        "The buyer has made a payment and {provider} is still processing it.",
    ),
    row(
        Word::ProcessingPastEnd,
        "订单已到期，但{provider}仍在处理买家的付款，所以订单会保留到出结果为止。",
        "The order's time is over, but {provider} is still processing the buyer's payment; it stays open until there is a result.",
    ),
    row(
        Word::PaymentInReview,
        "已收到一笔与订单不符的付款，正在人工核实；核实完成之前请不要再次付款。",
        "A payment that does not fit the order has arrived and is being reviewed; until then the buyer should not pay again.",
    ),
    row(
        Word::ExpiredClosing,
        "订单已在{end}到期，正在关闭未完成的付款，确认没有收款后取消。",
        "The order's time was over at {end}; what is open is being closed, and without a payment it is cancelled.",
    ),
    row(Word::CancelledByBuyer, "订单已由买家取消。", "The buyer has cancelled the order."),
    row(Word::CancelledByTeam, "订单已由客服取消。", "The team has cancelled the order."),
    row(
        Word::Expired,
        "订单在{end}之前没有付款，已自动取消。",
        "The order was not paid before {end} and was cancelled by itself.",
    ),
    row(
        Word::GoodsOnTheWay,
        "已收到付款 {amount}，正在发放“{product}”，通常几秒钟完成。",
        "{amount} has arrived and “{product}” is being delivered, which usually takes a few seconds.",
    ),
    row(
        Word::GoodsDelayed,
        "已收到付款 {amount}，但“{product}”还没有发放成功，系统会继续尝试。",
        "{amount} has arrived, but “{product}” could not be delivered yet; it is tried again.",
    ),
    row(
        Word::GoodsFailed,
        "已收到付款 {amount}，但“{product}”尝试发放约一天仍未成功，需要人工处理。",
        "{amount} has arrived, but “{product}” could not be delivered for about a day; a person must look at it.",
    ),
    row(
        Word::HeldByDispute,
        "已收到付款 {amount}，但买家对这笔付款提出了争议，争议结束之前不发放“{product}”。",
        "{amount} has arrived, but its buyer disputes it: “{product}” is not delivered until that is settled.",
    ),
    row(
        Word::HeldByUnclearRefund,
        "已收到付款 {amount}，但{provider}报告有退款却没有说明金额，核实之前不发放“{product}”。",
        "{amount} has arrived, but {provider} reported a refund without its amount: “{product}” is not delivered until that is clear.",
    ),
    row(
        Word::HeldByRefund,
        "已收到付款 {amount}，但全部款项正在退回，所以不发放“{product}”。",
        "{amount} has arrived, but all of it is being refunded, so “{product}” is not delivered.",
    ),
    row(
        Word::GoodsForfeit,
        "已收到付款 {amount}，其中 {back} 已退回并取消了商品，所以不发放“{product}”。",
        "{amount} has arrived and {back} of it is back, with which the goods were given up: “{product}” is not delivered.",
    ),
    row(
        Word::Granted,
        "已收到付款 {amount}，“{product}”已发放。",
        "{amount} has arrived and “{product}” was delivered.",
    ),
    row(
        Word::GrantedAgain,
        "退款后来失败了，所以“{product}”已重新发放。",
        "A refund failed afterwards, so “{product}” was delivered again.",
    ),
    row(
        Word::TakingBack,
        "已退回 {back}，正在收回“{product}”。",
        "{back} is back, and “{product}” is being taken back.",
    ),
    row(
        Word::TakingBackFailed,
        "已退回 {back}，但“{product}”尝试收回约一天仍未成功，需要人工处理。",
        "{back} is back, but “{product}” could not be taken back for about a day; a person must look at it.",
    ),
    row(
        Word::TakenBack,
        "付款 {amount} 中已退回 {back}，“{product}”已收回。",
        "Of {amount}, {back} is back, and “{product}” was taken back.",
    ),
    row(
        Word::Superseded,
        "下单之后会员状态发生了变化，这次升级无法生效，{amount} 将退还买家，目前已退 {back}。",
        "The membership changed before the upgrade could take effect: it is not delivered and {amount} goes back; {back} is back.",
    ),
    row(
        Word::SupersededReturned,
        "下单之后会员状态发生了变化，这次升级没有生效，{amount} 已全部退还。",
        "The membership changed before the upgrade could take effect: it was not delivered and {amount} is back.",
    ),
    row(
        Word::Refunded,
        "{amount} 已全部退还，“{product}”已收回。",
        "All of {amount} is back and “{product}” was taken back.",
    ),
    row(
        Word::RefundedUndelivered,
        "{amount} 已全部退还，“{product}”没有发放。",
        "All of {amount} is back and “{product}” was never delivered.",
    ),
    row(
        Word::AnotherCodeOpen,
        "还有一个{provider}的{way}处于打开状态，在{until}之前仍可付款。",
        "Another {way} of {provider} is still open and can be paid until {until}.",
    ),
    row(
        Word::AnotherProcessing,
        "{provider}还在处理另一笔付款；如果成功，多收的款项会自动退回或由人工核实。",
        "{provider} is processing another payment; if it succeeds, what is too much goes back by itself or is reviewed.",
    ),
    row(
        Word::ClosingAttempt,
        "正在请{provider}关闭不再需要的{way}。",
        "{provider} is being asked to close a {way} that is no longer needed.",
    ),
    row(
        Word::LastQuestion,
        "{provider}的一个{way}在{until}之前理论上仍可付款，之后会再确认一次。",
        "A {way} of {provider} could in theory be paid until {until}; after that it is checked once more.",
    ),
    row(
        Word::ProviderSilent,
        "{provider}暂时没有响应（连续 {silent} 次），因此付款结果还不确定。",
        "{provider} does not answer at present ({silent} in a row), so the result of the payment is not certain.",
    ),
    row(
        Word::ProviderUnreachable,
        "{provider}连续 {silent} 次没有响应，需要人工查看；付款结果还不确定。",
        "{provider} has not answered {silent} times in a row; a person must look. The result of the payment is not certain.",
    ),
    row(
        Word::PaidLate,
        "这笔 {amount} 是在订单结束之后（{paid_at}）支付的，已照常受理。",
        "{amount} was paid after the order had ended ({paid_at}) and was accepted all the same.",
    ),
    row(
        Word::HeardLate,
        "这笔 {amount} 是按时（{paid_at}）支付的，但系统在订单取消之后才收到通知，订单已恢复为已付款。",
        "{amount} was paid in time ({paid_at}), but the news came after the cancellation; the order counts as paid.",
    ),
    row(Word::PartlyRefunded, "付款 {amount} 中已退还 {back}。", "Of {amount}, {back} has been refunded."),
    row(
        Word::OddAmount,
        "收到 {amount}，与应付的 {price} 不一致，正在等待人工处理。",
        "{amount} arrived instead of {price}; a person must decide what becomes of it.",
    ),
    row(
        Word::OddCurrency,
        "收到 {amount}，币种与应付的 {price} 不一致，正在等待人工处理。",
        "{amount} arrived in another currency than {price}; a person must decide what becomes of it.",
    ),
    row(
        Word::OddAccount,
        "收到 {amount}，但进入了另一个商户账户，正在等待人工处理。",
        "{amount} arrived in another merchant account than the order's; a person must decide what becomes of it.",
    ),
    row(
        Word::OddAccepted,
        "这笔 {amount} 原本与订单不符，经人工核实后已接受。",
        "{amount} did not fit the order at first; the team has accepted it.",
    ),
    row(
        Word::OddReturning,
        "这笔 {amount} 与订单不符，团队决定退还，目前已退 {back}。",
        "{amount} did not fit the order; the team has decided to return it, and {back} is back.",
    ),
    row(Word::OddReturned, "这笔 {amount} 与订单不符，已全部退还。", "{amount} did not fit the order and is back."),
    row(
        Word::LateReturning,
        "这笔 {amount} 是在订单结束之后（{paid_at}）支付的，将自动退还，目前已退 {back}。",
        "{amount} was paid after the order had ended ({paid_at}) and goes back by itself; {back} is back.",
    ),
    row(
        Word::LateReturned,
        "这笔 {amount} 是在订单结束之后（{paid_at}）支付的，已全部退还。",
        "{amount} was paid after the order had ended ({paid_at}) and is back.",
    ),
    row(
        Word::TwiceReturning,
        "订单被重复支付，多付的 {amount} 将自动退还，目前已退 {back}。",
        "The order was paid twice: {amount} too much goes back by itself; {back} is back.",
    ),
    row(
        Word::TwiceReturned,
        "订单曾被重复支付，多付的 {amount} 已全部退还。",
        "The order was paid twice: {amount} too much is back.",
    ),
    row(
        Word::ReturnRefused,
        "{provider}没有接受 {amount} 的退款，系统会换一个退款单号再试。",
        "{provider} refused to give {amount} back; it is tried again under another number.",
    ),
    row(
        Word::ReturnHeld,
        "{amount} 应当退还，但这笔付款存在争议或退款金额不明，暂停退款。",
        "{amount} should go back, but the payment is disputed or its refunds are unclear, so nothing is sent yet.",
    ),
    row(
        Word::ReturnsFailed,
        "{amount} 应当退还，但多次退款都失败了，目前已退 {back}，需要人工处理。",
        "{amount} should go back, but the refunds failed; {back} is back, and a person must see to the rest.",
    ),
    row(
        Word::ReturnsGivenUp,
        "{amount} 应当退还而自动退款都失败了，目前已退 {back}；此事已由人工接手，系统不再重试。",
        "{amount} should have gone back and the refunds failed; {back} is back. The team has taken over, and nothing is tried again.",
    ),
    row(
        Word::RefundUnclear,
        "{provider}报告这笔 {amount} 有部分款项已退回，但金额不明，需要人工核实。",
        "{provider} reported that part of {amount} went back, but not how much; a person must find out.",
    ),
    row(
        Word::RefundRequested,
        "{amount} 的退款已登记，正在提交给{provider}。",
        "A refund of {amount} is ordered and being sent to {provider}.",
    ),
    row(
        Word::RefundSentInVain,
        "{amount} 的退款已多次提交，{provider}还没有受理，系统会继续尝试。",
        "A refund of {amount} was sent more than once and {provider} has not accepted it yet; it is tried again.",
    ),
    row(
        Word::RefundNoBalance,
        "{provider}的商户账户余额不足，{amount} 的退款暂时无法受理，充值后会自动继续。",
        "The balance of the merchant account at {provider} is too low for the refund of {amount}; it goes on once there is enough.",
    ),
    row(
        Word::RefundNotAccepted,
        "{amount} 的退款提交约一天仍未被{provider}受理，需要人工处理。",
        "A refund of {amount} has not been accepted by {provider} for about a day; a person must look at it.",
    ),
    row(
        Word::RefundProcessing,
        "{provider}正在处理 {amount} 的退款，到账时间由{provider}和银行决定。",
        "{provider} is processing a refund of {amount}; when it arrives is up to {provider} and the bank.",
    ),
    row(
        Word::RefundAbnormal,
        "{amount} 的退款在{provider}出现异常，通常是收款账户有问题，需要在{provider}的商户后台处理。",
        "A refund of {amount} is stuck at {provider}, mostly for a problem of the receiving account; it must be handled there.",
    ),
    row(
        Word::RefundFailed,
        "{amount} 的退款失败了，款项仍在我们这里。",
        "A refund of {amount} failed; the money is still with us.",
    ),
    row(
        Word::RefundUndone,
        "{amount} 的退款曾经成功，后来又被退回，款项重新回到我们这里，需要人工处理。",
        "A refund of {amount} had succeeded and came back afterwards; the money is with us again, and a person must decide.",
    ),
    row(
        Word::RefundUndoneSettled,
        "{amount} 的退款曾经成功，后来又被退回；团队已处理过。",
        "A refund of {amount} had succeeded and came back afterwards; the team has dealt with it.",
    ),
    row(
        Word::RefundWithoutPayment,
        "{provider}报告有一笔 {amount} 的退款，但它对应的付款还没有收到通知。",
        "{provider} reported a refund of {amount} of a payment that has not been heard of yet.",
    ),
    row(
        Word::RefundSilent,
        "关于 {amount} 的退款，{provider}暂时没有响应（连续 {silent} 次）。",
        "{provider} does not answer about the refund of {amount} at present ({silent} in a row).",
    ),
    row(
        Word::RefundUnreachable,
        "关于 {amount} 的退款，{provider}连续 {silent} 次没有响应，需要人工查看。",
        "{provider} has not answered {silent} times in a row about the refund of {amount}; a person must look.",
    ),
    row(
        Word::DisputeOpen,
        "买家通过银行或{provider}对 {amount} 提出了争议，结果未定。",
        "The buyer disputes {amount} through the bank or {provider}; it is not decided yet.",
    ),
    row(
        Word::DisputeCleared,
        "买家对 {amount} 提出的争议尚未结束，但团队已处理过，不再影响订单。",
        "The buyer's dispute about {amount} is open; the team has looked at it, and it holds nothing up any more.",
    ),
    row(
        Word::DisputeWon,
        "关于 {amount} 的争议已胜诉，款项保留。",
        "The dispute about {amount} was won; the money stays.",
    ),
    row(
        Word::DisputeLost,
        "关于 {amount} 的争议已败诉，款项已被划回给买家。",
        "The dispute about {amount} was lost; the money went back to the buyer.",
    ),
    row(
        Word::TeamNotTold,
        "有事项需要人工处理，正在通知团队。",
        "Something needs a person, and the team is being told of it.",
    ),
    row(
        Word::NothingMore,
        "这笔订单没有待办事项，系统不会再自动进行任何操作。",
        "Nothing is left to do for this order, and nothing more happens by itself.",
    ),
];
