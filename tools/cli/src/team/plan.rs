//! What a remedy will do, in money, before it is done. The server decides; this is what the order says now.

use till_domain::currency::Currency;
use till_domain::money::{MOST_MINOR, Money};

use super::row::Row;
use crate::Failure;
use crate::exit::{Exit, Stopped};

/// A payment and where its money is.
pub struct Paid<'a> {
    payment: &'a Row,
    pub amount: Money,
    back: Money,
    on_the_way: Money,
}

impl<'a> Paid<'a> {
    fn of(order: &Row, payment: &'a Row) -> Option<Self> {
        let amount = payment.money("amount", None)?;
        let currency = amount.currency();
        let back = payment.money("refunded_amount", Some(currency))?;
        let is_open = |refund: &Row| ["requested", "processing", "abnormal"].contains(&refund.text("state").as_str());
        let of_it = |refund: &Row| refund.text("trade_no") == payment.text("trade_no");
        let refunds = order.rows("refunds");
        let open = refunds.iter().filter(|refund| of_it(refund) && is_open(refund));
        let on_the_way = open
            .filter_map(|refund| refund.money("amount", None))
            .fold(Money::zero(currency), |sum, one| sum.plus(one).unwrap_or(sum));
        Some(Self { payment, amount, back, on_the_way })
    }

    pub fn rest(&self) -> Money {
        let gone = self.back.plus(self.on_the_way).unwrap_or(self.amount);
        self.amount.minus(gone).unwrap_or(Money::zero(self.amount.currency()))
    }
}

/// The payment that is named, or that which pays for the order.
pub fn payment<'a>(order: &Row, payments: &'a [Row], trade_no: Option<&str>) -> Result<Paid<'a>, Failure> {
    let found = payments.iter().find(|payment| match trade_no {
        Some(trade_no) => payment.text("trade_no") == trade_no,
        None => payment.text("role") == "kept",
    });
    let missing = || {
        let text = trade_no.map_or("no payment is kept for this order: name one with --trade-no".to_owned(), |no| {
            format!("the order has no payment {no}")
        });
        Stopped::new(Exit::NotFound, text)
    };
    let found = found.ok_or_else(missing)?;
    Paid::of(order, found).ok_or_else(|| "the API's answer has a payment without an amount".into())
}

/// An amount as it was typed, in the currency of a payment or of the price.
pub fn typed(text: &str, currency: Currency) -> Result<Money, Failure> {
    Money::parse(text, currency, MOST_MINOR).map_err(|error| Stopped::new(Exit::Usage, error.to_string()).into())
}

pub fn money(amount: Money) -> String {
    format!("{} {amount}", amount.currency())
}

pub fn headline(order: &Row, what: &str) -> String {
    let (no, user, price) = (order.text("order_no"), order.text("user_id"), order.amount("amount"));
    format!("{what} {no} of {user}: {price}, {}, goods: {}", order.text("status"), order.text("fulfilment"))
}

/// Of a refund.
pub fn refund(paid: &Paid<'_>, amount: Money, revoke: bool) -> Result<Vec<String>, Failure> {
    let rest = paid.rest();
    if amount.is_zero() {
        let text = format!("nothing goes back: {} of this payment is left", money(rest));
        return Err(Stopped::new(Exit::Refused, text).into());
    }
    let stays = rest.minus(amount).map_err(|_| {
        let text = format!("{} is more than the {} that is left of this payment", money(amount), money(rest));
        Stopped::new(Exit::Refused, text)
    })?;
    let place = format!(
        "{}, {}, {}",
        paid.payment.text("trade_no"),
        paid.payment.text("provider"),
        paid.payment.text("account")
    );
    let goods = match (revoke, stays.is_zero(), paid.on_the_way.is_zero()) {
        (true, _, _) => "the goods are taken back".to_owned(),
        (false, true, true) => {
            "the goods are taken back if it pays for the order, because all of its money goes back".to_owned()
        }
        (false, true, false) => {
            let open = money(paid.on_the_way);
            format!("the goods are taken back if it pays for the order, once the {open} on its way arrives too")
        }
        (false, false, _) => "the goods stay".to_owned(),
    };
    Ok(vec![
        format!("  {} goes back to the buyer, of {} ({place})", money(amount), money(paid.amount)),
        format!(
            "  {} is back already, {} is on its way, {} stays",
            money(paid.back),
            money(paid.on_the_way),
            money(stays)
        ),
        format!("  {goods}"),
    ])
}

/// Of a decision about a hold.
pub fn decision(order: &Row, hold: &str, decision: &str, amount: Option<&str>, trade_no: Option<&str>) -> Vec<String> {
    let holds = order.rows("holds");
    let open = holds
        .iter()
        .find(|one| one.text("hold") == hold && trade_no.is_none_or(|trade_no| one.text("trade_no") == trade_no));
    let its_trade = open.map(|open| open.text("trade_no")).unwrap_or_default();
    let payments = order.rows("payments");
    let paid =
        payments.iter().find(|payment| payment.text("trade_no") == its_trade).map(|payment| payment.amount("amount"));
    let sum = paid.unwrap_or_else(|| "its payment".to_owned());
    let effect = match (hold, decision) {
        ("odd_payment", "accept") => {
            format!(
                "{sum} counts as the payment of this order over {}, and its goods are delivered",
                order.amount("amount")
            )
        }
        ("refund_unclear", "clear") => {
            let back = amount.unwrap_or("an amount that is missing (--amount)");
            format!("{back} of {sum} counts as given back; no money moves")
        }
        ("stated_payment" | "stated_denied", "return") => {
            format!("{sum} no longer counts: the goods are taken back, and money that did come goes back")
        }
        (_, "accept") => format!("{sum} stays, and the goods are delivered (again)"),
        (_, "return") => format!("{sum} goes back to the buyer"),
        _ => "no money moves: the hold ends, and what it stopped goes on".to_owned(),
    };
    let fitting = open.map(|open| open.text("decisions")).unwrap_or_default();
    let mut lines = vec![format!("  {hold}, {decision}: {effect}")];
    if open.is_none() {
        lines.push(format!("  the order has no open hold {hold} now"));
    } else if !fitting.split(", ").any(|fits| fits == decision) {
        lines.push(format!("  what fits it now: {fitting}"));
    }
    lines
}
