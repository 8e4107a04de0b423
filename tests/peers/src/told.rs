//! Results of conversations as JSON of the protocol.

use serde_json::{Value, json};
use till_app::ports::Show;
use till_domain::id::PaymentNo;
use till_domain::money::Money;
use till_domain::order::{DisputeState, RefundId, RefundWord, Says};

pub fn says(says: &[Says], payment_no: PaymentNo) -> Vec<Value> {
    says.iter().map(|one| said(one, payment_no)).collect()
}

fn said(says: &Says, payment_no: PaymentNo) -> Value {
    match says {
        Says::Paid { trade_no, amount, .. } => money("paid", trade_no.as_str(), *amount),
        Says::NotPaid => json!({ "word": "not_paid" }),
        Says::Processing => json!({ "word": "processing" }),
        Says::Failed => json!({ "word": "failed" }),
        Says::Declined(why) => json!({ "word": "declined", "why": why.as_str() }),
        Says::Closed { for_good } => json!({ "word": "closed", "for_good": for_good }),
        Says::Unknown => json!({ "word": "unknown" }),
        Says::Refund { id, trade_no, amount, word } => {
            let mut told = money("refund", trade_no.as_str(), *amount);
            told["refund_no"] = match id {
                RefundId::Ours(n) => payment_no.order.refund(*n).to_string().into(),
                RefundId::Theirs(number) => number.as_str().into(),
            };
            told["state"] = state(*word).into();
            told
        }
        Says::BackInAll { trade_no, amount } => money("back_in_all", trade_no.as_str(), *amount),
        Says::BackUnclear { trade_no } => json!({ "word": "back_unclear", "trade_no": trade_no.as_str() }),
        Says::Dispute { no, trade_no, amount, state } => {
            let mut told = money("dispute", trade_no.as_str(), *amount);
            told["no"] = no.as_str().into();
            told["state"] = match state {
                DisputeState::Opened => "opened",
                DisputeState::Won => "won",
                DisputeState::Lost => "lost",
            }
            .into();
            told
        }
    }
}

fn money(word: &str, trade_no: &str, amount: Money) -> Value {
    json!({ "word": word, "trade_no": trade_no, "amount_minor": amount.minor(), "currency": amount.currency().code() })
}

const fn state(word: RefundWord) -> &'static str {
    match word {
        RefundWord::Unclear => "unclear",
        RefundWord::NoBalance => "no_balance",
        RefundWord::Processing => "processing",
        RefundWord::Abnormal => "abnormal",
        RefundWord::Succeeded => "succeeded",
        RefundWord::Failed => "failed",
    }
}

pub fn show(show: &Show) -> Value {
    let params: serde_json::Map<String, Value> =
        show.pay_params.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let mut told = json!({ "pay_params": params });
    let texts = [
        ("qr_code_url", &show.qr_code_url),
        ("pay_url", &show.pay_url),
        ("pay_form", &show.pay_form),
        ("client_secret", &show.client_secret),
        ("publishable_key", &show.publishable_key),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            told[name] = text.as_str().into();
        }
    }
    told
}
