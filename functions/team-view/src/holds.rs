//! Orders on hold: what a person has to look at, and what each hold means.

use serde::Serialize;
use till_app::ports::{Clock, HeldOrder, ListHeld, LoadOrders, LoadedOrders};
use till_domain::id::OrderNo;
use till_domain::language::Language;
use till_domain::order::{About, Decision, DisputeState, Hold, HoldWord, Moment, Order, RefundState, Role, What};
use till_domain::time::Time;
use till_lambda::cursor;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::Instant;

use crate::Action;
use crate::query;
use crate::rows::{self, RowShape, row};

const PAGE: usize = 50;

#[derive(Serialize)]
struct Answer {
    orders: Vec<HeldShape>,
    /// Those that cannot be read: they were on hold when they were last written.
    unreadable: Vec<String>,
    next: Option<String>,
    as_of: Instant,
}

#[derive(Serialize)]
struct HeldShape {
    #[serde(flatten)]
    order: RowShape,
    /// Since when it has been on hold without a break.
    held_since: Instant,
    /// One for each hold.
    reasons: Vec<HoldShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HoldShape {
    pub hold: &'static str,
    pub trade_no: Option<String>,
    /// When that happened which it is about, if the order says so.
    pub since: Option<Instant>,
    pub meaning: &'static str,
    /// The decisions that fit it now.
    pub decisions: Vec<&'static str>,
}

pub async fn answer(
    ports: &(impl ListHeld + LoadOrders + Clock),
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    call.check_parameters(&["cursor"])?;
    let after = query::cursor(call, read_place)?;
    let mut held = ports.list_held(after, PAGE.saturating_add(1)).await?;
    let has_more = held.len() > PAGE;
    held.truncate(PAGE);
    let numbers: Vec<OrderNo> = held.iter().map(|one| one.no).collect();
    let LoadedOrders { orders, unreadable } = ports.load_orders(&numbers).await?;
    let shape = |one: &HeldOrder| {
        // The index may be behind: the order says whether it is on hold now.
        let order = orders.iter().find(|order| order.no == one.no && !order.holds().is_empty())?;
        Some(HeldShape { order: row(order), held_since: Instant(one.since), reasons: holds(order, call.language) })
    };
    let next = held.last().filter(|_| has_more).map(|last| cursor::write(&place(last)));
    let (orders, unreadable) = (held.iter().filter_map(shape).collect(), rows::numbers(&unreadable));
    Ok(json(200, &Answer { orders, unreadable, next, as_of: Instant(ports.now()) }))
}

fn place(held: &HeldOrder) -> String {
    format!("{} {}", held.since.unix(), held.no)
}

fn read_place(place: &str) -> Option<HeldOrder> {
    let (since, no) = place.split_once(' ')?;
    Some(HeldOrder { since: Time::from_unix(since.parse().ok()?).ok()?, no: OrderNo::parse(no).ok()? })
}

pub fn holds(order: &Order, language: Language) -> Vec<HoldShape> {
    let shape = |hold: Hold| HoldShape {
        hold: hold.word.as_str(),
        trade_no: order.trade_of(hold).map(ToString::to_string),
        since: since(order, hold).map(Instant),
        meaning: meaning(hold.word, language),
        decisions: order.decisions(hold).into_iter().map(Decision::as_str).collect(),
    };
    order.holds().into_iter().map(shape).collect()
}

/// The last moment of what the hold is about. A timeline that was shortened may lack it.
fn since(order: &Order, hold: Hold) -> Option<Time> {
    let last = |is_one: &dyn Fn(&What) -> bool| {
        order.timeline.iter().rev().find(|Moment { what, .. }| is_one(what)).map(|moment| moment.at)
    };
    match (hold.word, hold.about) {
        (HoldWord::OddPayment, About::Payment(i)) => {
            let attempt = order.payments.get(usize::from(i))?.attempt;
            last(&|what| *what == What::Paid(attempt, Role::Odd))
        }
        (HoldWord::RefundUnclear, _) => last(&|what| *what == What::Figure),
        (HoldWord::Dispute, _) => last(&|what| *what == What::Dispute(DisputeState::Opened)),
        (HoldWord::RefundFailed, About::Payment(_)) => {
            last(&|what| matches!(what, What::Refund(_, RefundState::Failed)))
        }
        (_, About::Refund(i)) => {
            let moved = last(&|what| matches!(what, What::Refund(place, _) if *place == i));
            moved.or_else(|| order.refunds.get(usize::from(i)).map(|refund| refund.at))
        }
        (_, About::Payment(_) | About::Dispute(_) | About::Attempt(_) | About::Round(_) | About::Revoke(_)) => None,
    }
}

const fn meaning(word: HoldWord, language: Language) -> &'static str {
    let [chinese, english] = match word {
        HoldWord::OddPayment => [
            "收到一笔与订单不符的付款（金额、币种或收款账户不对）。由人决定：算作本单付款，或退回。",
            "Money arrived that does not fit the order: another amount, currency or account. Decide whether it pays for the order or goes back.",
        ],
        HoldWord::Dispute => [
            "买家向银行或支付渠道提出了争议。有结果之前，这笔付款不发货、不退款；请先在渠道后台应诉或退让。",
            "The buyer contests the payment at the bank. Until that is decided nothing is granted or refunded for it; answer the dispute at the provider first.",
        ],
        HoldWord::RefundUnclear => [
            "支付渠道说有退款，但没有说退了多少。请到渠道后台查明金额，再填写。",
            "The provider says that money went back and not how much. Look up the amount at the provider, then state it.",
        ],
        HoldWord::RefundAbnormal => [
            "退款没有成功，支付渠道要求人工处理（例如买家的银行卡已注销，或商户余额一直不足）。请在渠道后台处理完再确认。",
            "A refund is stuck and its provider wants a person: for instance a closed card, or a balance that stays too low. Settle it at the provider, then clear the hold.",
        ],
        HoldWord::RefundFailed => [
            "退款失败，钱还在商户这里。请在渠道后台另行退还，或（商品已收回时）重新发放。",
            "A refund failed and the money is still with you. Pay it back at the provider, or grant the goods again if they were taken back for it.",
        ],
        HoldWord::GrantFailed => [
            "商品发放或收回连续一天没有成功，系统仍在每小时重试。请查看日志中的原因。",
            "The goods could not be delivered or taken back for a day; it is still tried every hour. The log says why.",
        ],
        HoldWord::StatedPayment => [
            "这笔付款是管理员凭证据登记的，支付渠道还没有确认。系统会继续询问；渠道确认后自动解除，在此之前不能退款。",
            "An admin stated this payment and its provider has not confirmed it yet. It is still being asked; until it confirms, nothing of it can be refunded.",
        ],
        HoldWord::StatedDenied => [
            "这笔付款由管理员登记，但支付渠道否认，或报告的金额、账户不同。请到渠道后台核对：钱确实没到，就收回商品。",
            "An admin stated this payment, and its provider denies it or reports another amount or account. Look there; if no money came, take the goods back.",
        ],
        HoldWord::UnreachableProvider => [
            "支付渠道多次没有回答，不知道是否已付款。请到渠道后台核对，系统会继续询问。",
            "The provider has not answered many times, so it is not known whether the order was paid. Look there; it is still being asked.",
        ],
    };
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hold_is_explained_in_both_languages() {
        for word in HoldWord::ALL {
            let [chinese, english] = Language::ALL.map(|language| meaning(word, language));
            assert!(!chinese.is_ascii() && english.is_ascii() && english.len() > 40, "{word}");
        }
    }

    #[test]
    fn place_of_a_held_order_reads_back() {
        let held = HeldOrder { since: Time::from_unix(1_795_244_400).unwrap(), no: OrderNo::mint(Time::FIRST, 1) };
        assert_eq!(read_place(&place(&held)), Some(held));
        for bad in ["", "1", "x ORD", "-1 ORD20261121150000ABCDEF12", "1 ORD"] {
            assert_eq!(read_place(bad), None, "{bad}");
        }
    }
}
