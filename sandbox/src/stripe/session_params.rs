//! The parameters of a new Checkout Session, checked as Stripe checks them.

use serde_json::{Map, Value, json};

use super::calls::payment_no;
use super::error::Refused;
use super::params::Params;
use super::{ids, money, objects};
use crate::books::Trade;
use crate::provider::Provider;
use crate::random;

const MIN_SECONDS: i64 = 30 * 60;
const MAX_SECONDS: i64 = 24 * 3600;
const MAX_LINES: usize = 100;

/// Parameters that Stripe knows and that have no effect here.
const WITHOUT_EFFECT: &str = "\
    adaptive_pricing after_expiration allow_promotion_codes automatic_tax billing_address_collection \
    branding_settings consent_collection custom_fields custom_text invoice_creation name_collection \
    origin_context payment_method_collection payment_method_configuration payment_method_data \
    payment_method_options permissions phone_number_collection redirect_on_completion \
    saved_payment_method_options shipping_address_collection tax_id_collection ui_mode wallet_options \
    excluded_payment_method_types";

/// The payment methods that Stripe knows.
pub const METHODS: &str = "\
    acss_debit affirm afterpay_clearpay alipay amazon_pay bacs_debit bancontact blik boleto card cashapp \
    eps fpx giropay grabpay ideal klarna konbini link p24 paynow paypal promptpay revolut_pay sepa_debit \
    twint us_bank_account wechat_pay";

pub fn read_session(mut params: Params, merchant: &str, now: i64) -> Result<Trade, Refused> {
    params.ignore(WITHOUT_EFFECT);
    let mode = params.word("mode", &["payment", "setup", "subscription"])?.ok_or_else(|| Refused::absent("mode"))?;
    if mode != "payment" {
        return Err(Refused::request(400, "This sandbox plays Checkout Sessions in `payment` mode only.").about("mode"));
    }
    let success_url = params.url("success_url")?.ok_or_else(|| Refused::absent("success_url"))?;
    let until = expires_at(&mut params, now)?;
    let (lines, amount, currency) = lines(&mut params)?;
    let methods = methods(&mut params)?.unwrap_or_else(|| vec!["card".to_owned()]);
    let reference = params.text("client_reference_id", 200)?;
    let metadata = objects::without_nulls(params.metadata()?);
    let id = format!("cs_test_{}", random::letters(58));
    let mut details = Map::new();
    let mut put = |name: &str, value: Value| details.insert(name.to_owned(), value);
    put("family", json!(random::letters(ids::FAMILY_LENGTH)));
    put("session", json!(id));
    put("secret", json!(random::letters(25)));
    put("lines", json!(lines));
    put("success_url", json!(success_url));
    put("cancel_url", json!(params.url("cancel_url")?));
    put("payment_method_types", json!(methods));
    put("client_reference_id", json!(reference));
    put("customer_email", json!(params.text("customer_email", 512)?));
    let creation = params.word("customer_creation", &["always", "if_required"])?;
    put("customer_creation", json!(creation.as_deref().unwrap_or("if_required")));
    put("locale", json!(params.text("locale", 10)?));
    put("submit_type", json!(params.word("submit_type", &["auto", "book", "donate", "pay", "subscribe"])?));
    let mut intent = params.group("payment_intent_data")?.unwrap_or_default();
    put("intent_metadata", objects::without_nulls(intent.metadata()?));
    put("description", json!(intent.text("description", 1000)?));
    put("receipt_email", json!(intent.text("receipt_email", 512)?));
    refuse_manual_capture(&mut intent)?;
    intent.ignore("setup_future_usage shipping statement_descriptor statement_descriptor_suffix");
    intent.refuse_rest()?;
    put("session_metadata", metadata.clone());
    params.refuse_rest()?;
    let subject = lines.first().and_then(|line| line["name"].as_str()).unwrap_or_default();
    let payment_no = payment_no(&metadata, reference.as_deref()).unwrap_or(id);
    Ok(Trade {
        method: "checkout".to_owned(),
        subject: subject.to_owned(),
        amount,
        currency: currency.to_ascii_uppercase(),
        payable_until: Some(until),
        details,
        ..Trade::new(Provider::Stripe, merchant, &payment_no, now)
    })
}

fn expires_at(params: &mut Params, now: i64) -> Result<i64, Refused> {
    let Some(at) = params.number("expires_at")? else { return Ok(now.saturating_add(MAX_SECONDS)) };
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    let ahead = at.saturating_sub(now);
    let message = if ahead < MIN_SECONDS {
        "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
    } else if ahead > MAX_SECONDS {
        "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
    } else {
        return Ok(at);
    };
    Err(Refused::request(400, message).about("expires_at"))
}

/// The line items, their total, and their currency.
fn lines(params: &mut Params) -> Result<(Vec<Value>, u64, String), Refused> {
    let groups = params.groups("line_items")?;
    if groups.is_empty() {
        return Err(Refused::absent("line_items"));
    }
    if groups.len() > MAX_LINES {
        let message = format!("You cannot have more than {MAX_LINES} line items.");
        return Err(Refused::request(400, message).about("line_items"));
    }
    let (mut lines, mut amount, mut currency) = (Vec::new(), 0_u64, None);
    for group in groups {
        let (line, of_line, price) = line(group)?;
        if currency.get_or_insert_with(|| of_line.clone()) != &of_line {
            let message = "All line items of a Checkout Session must have the same currency.";
            return Err(Refused::request(400, message).about("line_items"));
        }
        lines.push(line);
        amount = amount.saturating_add(price);
    }
    let currency = currency.unwrap_or_default();
    money::check(amount, &currency, "line_items")?;
    Ok((lines, amount, currency))
}

fn line(mut group: Params) -> Result<(Value, String, u64), Refused> {
    if let Some(price) = group.text("price", 255)? {
        return Err(Refused { status: 400, ..Refused::missing("price", &price, &group.name("price")) });
    }
    let mut price = group.group("price_data")?.ok_or_else(|| Refused::absent(&group.name("price_data")))?;
    let currency = money::currency(&price.required("currency", 40)?, &price.name("currency"))?;
    let each = price.number("unit_amount")?.ok_or_else(|| Refused::absent(&price.name("unit_amount")))?;
    let mut product = price.group("product_data")?.ok_or_else(|| Refused::absent(&price.name("product_data")))?;
    let name = product.required("name", 250)?;
    product.ignore("description images tax_code unit_label");
    product.metadata()?;
    product.refuse_rest()?;
    price.ignore("tax_behavior");
    price.refuse_rest()?;
    let quantity = group.number("quantity")?.ok_or_else(|| Refused::absent(&group.name("quantity")))?;
    if quantity == 0 || quantity > 999_999 {
        return Err(Refused::too_small(&group.name("quantity")));
    }
    group.ignore("tax_rates");
    group.refuse_rest()?;
    Ok((json!({ "name": name, "unit_amount": each, "quantity": quantity }), currency, each.saturating_mul(quantity)))
}

pub fn methods(params: &mut Params) -> Result<Option<Vec<String>>, Refused> {
    let named = params.texts("payment_method_types")?;
    if let Some((full, other)) = named.iter().find(|(_, word)| !METHODS.split(' ').any(|method| method == word)) {
        let other: String = other.chars().take(40).collect();
        let message = format!("Invalid {full}: '{other}' is not one of {}", METHODS.replace(' ', ", "));
        return Err(Refused::request(400, message).about(full));
    }
    let methods: Vec<String> = named.into_iter().map(|(_, word)| word).collect();
    Ok(if methods.is_empty() { None } else { Some(methods) })
}

/// Manual capture is not played.
pub fn refuse_manual_capture(params: &mut Params) -> Result<(), Refused> {
    let full = params.name("capture_method");
    match params.word("capture_method", &["automatic", "automatic_async", "manual"])?.as_deref() {
        Some("manual") => Err(Refused::request(400, "This sandbox does not play manual capture.").about(&full)),
        _ => Ok(()),
    }
}
