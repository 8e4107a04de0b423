//! The pages for testers and buyers: plain HTML forms without scripts. All input is escaped.

use std::fmt::Write as _;

use crate::action::Action;
use crate::books::{RefundState, Trade, TradeState};
use crate::callback::Callback;
use crate::fault::Fault;
use crate::money::shown;
use crate::provider::Provider;

const STYLE: &str = include_str!("page.css");

pub fn address(public_url: &str, payment_no: &str) -> String {
    format!("{public_url}/trades/{}", crate::http::percent_encoded(payment_no))
}

/// `older` is where the next part begins, `root` the relative way to the first page.
pub fn list(trades: &[Trade], older: Option<&str>, root: &str) -> String {
    let mut rows = String::new();
    for trade in trades {
        let _ = write!(
            rows,
            "<li><a href=\"{root}trades/{link}\"><span class=\"amount\">{amount}</span> <span class=\"word {state}\">{state}</span>\
             <span class=\"quiet\">{provider} · {method} · {subject}</span><code>{number}</code></a></li>",
            link = crate::http::percent_encoded(&trade.payment_no),
            amount = escape(&shown(trade.amount, &trade.currency)),
            state = word(trade.state),
            provider = label(trade.provider),
            method = escape(&trade.method),
            subject = escape(&trade.subject),
            number = escape(&trade.payment_no),
        );
    }
    let body = if trades.is_empty() {
        "<p class=\"quiet\">No trades yet. They appear here when a merchant makes one.</p>".to_owned()
    } else {
        format!("<ul class=\"trades\">{rows}</ul>")
    };
    let onward = older.map_or_else(String::new, |name| {
        format!("<p><a class=\"older\" href=\"?before={}\">Older trades</a></p>", crate::http::percent_encoded(name))
    });
    let mut faults = String::new();
    for provider in Provider::ALL {
        let form =
            |fault: Fault| button(&format!("{root}faults/{}/{}", provider.as_str(), fault.word()), fault.label(), "");
        let forms: String = Fault::ALL.into_iter().filter(|fault| fault.is_for_calls()).map(form).collect();
        faults.push_str(&menu(label(provider), &forms));
    }
    page(
        "Trades",
        &format!(
            "<p><a href=\"{root}\">The demo shop</a></p><h1><a href=\"{root}trades\">Trades</a></h1>{body}{onward}<section><h2>A provider's next call</h2>\
             <p class=\"quiet\">For the call that opens a trade: there is no page for it yet.</p>{faults}</section>"
        ),
    )
}

pub fn trade(trade: &Trade, onward: Option<&str>, now: i64, root: &str) -> String {
    let path = format!("{root}trades/{}", crate::http::percent_encoded(&trade.payment_no));
    let main = if Action::Pay.can(trade, now) {
        format!(
            "<div class=\"row\">{}{}</div>",
            action(&path, Action::Pay, "main", true),
            action(&path, Action::Fail, "", true)
        )
    } else {
        String::new()
    };
    let onward = onward.filter(|_| trade.state == TradeState::Paid).map_or_else(String::new, |url| {
        format!("<p><a class=\"onward\" href=\"{}\">Back to the shop</a></p>", escape(url))
    });
    page(
        &trade.payment_no,
        &format!(
            "<p><a href=\"{root}trades\">All trades</a> · <a href=\"{root}\">The demo shop</a></p>\
             <p class=\"quiet\">{provider} · {method}</p>\
             <h1>{amount}</h1><p class=\"subject\">{subject}</p>\
             <p><span class=\"word {state}\">{state}</span> <span class=\"quiet\">{until}</span></p>\
             {main}{onward}{books}{callbacks}<section><h2>What can go wrong</h2>{actions}{faults}</section>\
             <p class=\"quiet\"><code>{number}</code></p>",
            provider = label(trade.provider),
            method = escape(&trade.method),
            amount = escape(&shown(trade.amount, &trade.currency)),
            subject = escape(&trade.subject),
            state = word(trade.state),
            until = until(trade, now),
            books = books(trade),
            callbacks = callbacks(trade),
            actions = actions(trade, &path, now),
            faults = faults(trade, &path),
            number = escape(&trade.payment_no),
        ),
    )
}

pub fn refused(trade: &Trade, why: &str, root: &str) -> String {
    page(
        "Refused",
        &format!(
            "<h1>Not possible now</h1><p>Refused: {}.</p><p><a href=\"{root}trades/{}\">Back to the trade</a></p>",
            escape(why),
            crate::http::percent_encoded(&trade.payment_no)
        ),
    )
}

pub fn unknown(number: &str, root: &str) -> String {
    let number = escape(number);
    page(
        "Not found",
        &format!(
            "<p><a href=\"{root}trades\">All trades</a> · <a href=\"{root}\">The demo shop</a></p><h1>No such trade</h1><p>There is no trade <code>{number}</code>.</p>"
        ),
    )
}

fn until(trade: &Trade, now: i64) -> String {
    match trade.payable_until {
        Some(_) if matches!(trade.state, TradeState::Paid | TradeState::Closed) => String::new(),
        Some(until) if until < now => "expired".to_owned(),
        Some(until) => match until.saturating_sub(now).div_euclid(60) {
            minutes @ 0..120 => format!("{minutes} min left to pay"),
            minutes => format!("{} h left to pay", minutes.div_euclid(60)),
        },
        None => String::new(),
    }
}

fn books(trade: &Trade) -> String {
    let mut rows = String::new();
    let mut row = |what: &str, id: &str, amount: u64, state: &str| {
        let amount = shown(amount, &trade.currency);
        let _ = write!(
            rows,
            "<tr><td>{what}</td><td>{}</td><td>{state}</td><td><code>{}</code></td></tr>",
            escape(&amount),
            escape(id)
        );
    };
    for payment in &trade.payments {
        row("payment", &payment.id, payment.amount, "paid");
    }
    for refund in &trade.refunds {
        let state = match refund.state {
            RefundState::Processing => "processing",
            RefundState::Succeeded => "done",
            RefundState::Failed => "failed",
            RefundState::Abnormal => "stuck",
        };
        row("refund", refund.number.as_deref().unwrap_or(&refund.id), refund.amount, state);
    }
    for dispute in &trade.disputes {
        let state = format!("{:?}", dispute.state).to_lowercase();
        row("dispute", &dispute.id, dispute.amount, &state);
    }
    if rows.is_empty() { rows } else { format!("<section><h2>Books</h2><table>{rows}</table></section>") }
}

fn callbacks(trade: &Trade) -> String {
    let mut rows = String::new();
    for callback in &trade.callbacks {
        let _ =
            write!(rows, "<tr><td>{}</td><td>{}</td></tr>", escape(&callback.kind), escape(&delivery_state(callback)));
    }
    if rows.is_empty() { rows } else { format!("<section><h2>Callbacks</h2><table>{rows}</table></section>") }
}

fn delivery_state(callback: &Callback) -> String {
    match callback.attempts.last() {
        _ if callback.faults.contains(&Fault::LoseCallback) => "lost on purpose".to_owned(),
        None => "not sent yet".to_owned(),
        Some(_) if callback.is_accepted() => format!("accepted at attempt {}", accepted_at(callback)),
        Some(last) => {
            let answer = last.status.map_or_else(|| "no answer".to_owned(), |status| format!("answer {status}"));
            format!("attempt {}: {answer}", callback.attempts.len())
        }
    }
}

fn accepted_at(callback: &Callback) -> usize {
    callback.attempts.iter().position(|one| one.accepted).map_or(0, |at| at.saturating_add(1))
}

fn actions(trade: &Trade, path: &str, now: i64) -> String {
    let offered = Action::ALL
        .into_iter()
        .filter(|action| !matches!(action, Action::Pay | Action::Fail) && action.exists_at(trade.provider));
    // Impossible actions stay in their place, so that every trade has the same menu.
    let forms: String = offered.map(|one| action(path, one, "", one.can(trade, now))).collect();
    menu("Now", &forms)
}

fn faults(trade: &Trade, path: &str) -> String {
    let mut occasions: Vec<(&str, String)> = Vec::new();
    for fault in Fault::ALL.into_iter().filter(|fault| fault.exists_at(trade.provider)) {
        let class = if trade.armed.contains(&fault) { "armed" } else { "" };
        let form = button(&format!("{path}/faults/{}", fault.word()), fault.label(), class);
        match occasions.iter_mut().find(|(occasion, _)| *occasion == fault.occasion()) {
            Some((_, forms)) => forms.push_str(&form),
            None => occasions.push((fault.occasion(), form)),
        }
    }
    occasions.iter().map(|(occasion, forms)| menu(occasion, forms)).collect()
}

fn menu(heading: &str, forms: &str) -> String {
    format!("<h3>{heading}</h3><div class=\"row\">{forms}</div>")
}

fn action(path: &str, action: Action, class: &str, is_possible: bool) -> String {
    let disabled = if is_possible { "" } else { " disabled" };
    form(&format!("{path}/{}", action.word()), &format!("class=\"{class}\"{disabled}"), action.label())
}

fn button(action: &str, label: &str, class: &str) -> String {
    let note = if class == "armed" { " ✓" } else { "" };
    form(action, &format!("class=\"{class}\""), &format!("{label}{note}"))
}

fn form(action: &str, attributes: &str, label: &str) -> String {
    format!("<form method=\"post\" action=\"{action}\"><button {attributes}>{label}</button></form>")
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\
         <style>{STYLE}</style></head><body><header class=\"banner\">Sandbox: no money moves here</header><main>{body}</main></body></html>",
        escape(title)
    )
}

const fn label(provider: Provider) -> &'static str {
    match provider {
        Provider::WeChat => "WeChat Pay",
        Provider::Alipay => "Alipay",
        Provider::Stripe => "Stripe",
    }
}

const fn word(state: TradeState) -> &'static str {
    match state {
        TradeState::Unseen => "not scanned yet",
        TradeState::Open => "open",
        TradeState::Processing => "processing",
        TradeState::Failed => "failed",
        TradeState::Closed => "closed",
        TradeState::Paid => "paid",
    }
}

pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
