//! The parameters of a new Checkout Session.

use serde_json::{Value, json};

use super::{Form, SESSION, Shop, id_of};
use crate::http::form;
use crate::tests::{START, Wait as _, tester};

const PATH: &str = "/v1/checkout/sessions";

fn but<'a>(name: &str, value: Option<&'a str>) -> Vec<(&'a str, &'a str)>
where
    'static: 'a,
{
    let mut parameters: Vec<(&'a str, &'a str)> = SESSION.to_vec();
    match (parameters.iter().position(|(other, _)| *other == name), value) {
        (Some(at), Some(value)) => parameters[at].1 = value,
        (Some(at), None) => drop(parameters.remove(at)),
        (None, _) => unreachable!("{name} is no parameter of a Session"),
    }
    parameters
}

#[test]
fn new_session_is_open_at_its_url() {
    let shop = Shop::new();
    let session = shop.session();
    let id = id_of(&session);
    assert!(id.starts_with("cs_test_") && id.len() == 66, "{id}");
    for (field, value) in [
        ("object", json!("checkout.session")),
        ("status", json!("open")),
        ("payment_status", json!("unpaid")),
        ("payment_intent", Value::Null),
        ("amount_total", json!(1000)),
        ("currency", json!("usd")),
        ("livemode", json!(false)),
        ("mode", json!("payment")),
        ("created", json!(START)),
        ("expires_at", json!(START + 86_400)),
        ("client_reference_id", json!("ORD1")),
        ("metadata", json!({ "order_no": "ORD1", "payment_no": "ORD1_2" })),
        ("payment_method_types", json!(["card"])),
        ("url", json!("https://sandbox.example/trades/ORD1_2")),
        ("success_url", json!("https://shop.example/done?session={CHECKOUT_SESSION_ID}")),
    ] {
        assert_eq!(session[field], value, "{field}");
    }
    assert!(session.get("line_items").is_none());
    assert_eq!(shop.get(&format!("{PATH}/{id}"), &[]), session);
    let trade = shop.sandbox.named("tester/ORD1_2").wait().unwrap().unwrap();
    assert_eq!((trade.amount, trade.currency.as_str(), trade.subject.as_str()), (1000, "USD", "Points"));
    let onward = crate::provider::return_url(&shop.sandbox.config, &trade, START);
    assert_eq!(onward, Some(format!("https://shop.example/done?session={id}")));
    assert_eq!(shop.sandbox.handle(&tester("GET", &format!("/trades/{id}"))).wait().status, 200);
}

#[test]
fn line_items_add_up_to_amount_total() {
    let shop = Shop::new();
    let more = [
        ("line_items[1][price_data][currency]", "USD"),
        ("line_items[1][price_data][unit_amount]", "250"),
        ("line_items[1][price_data][product_data][name]", "Tea & \"more\""),
        ("line_items[1][quantity]", "3"),
        ("expand[]", "line_items"),
    ];
    let session = shop.post(PATH, &[&SESSION[..], &more[..]].concat());
    assert_eq!(session["amount_total"], 1750);
    assert_eq!(session["line_items"]["data"][1]["amount_total"], 750);
    assert_eq!(session["line_items"]["data"][1]["description"], "Tea & \"more\"");
    let path = format!("{PATH}/{}/line_items", id_of(&session));
    assert_eq!(shop.get(&path, &[]), session["line_items"]);
}

#[test]
fn missing_parameter_is_named_in_error() {
    let shop = Shop::new();
    for (name, _) in SESSION {
        let (status, error) = shop.refused("POST", PATH, &but(name, None));
        assert_eq!((status, &error["code"]), (400, &json!("parameter_missing")), "{name}: {error}");
        let param = error["param"].as_str().unwrap();
        assert!(name.starts_with(param), "{name}: {param}");
        assert_eq!(error["message"], format!("Missing required param: {param}."));
    }
}

#[test]
fn wrong_parameters_are_refused_with_stripes_codes() {
    let shop = Shop::new();
    let long = "x".repeat(251);
    for (name, value, code) in [
        ("mode", "subscription", None),
        ("mode", "gift", None),
        ("success_url", "shop.example/done", Some("url_invalid")),
        ("success_url", "javascript:alert(1)", Some("url_invalid")),
        ("success_url", "https://", Some("url_invalid")),
        ("success_url", "https://a\r\nb", Some("url_invalid")),
        ("success_url", "", Some("parameter_invalid_empty")),
        ("line_items[0][price_data][currency]", "xyz", None),
        ("line_items[0][price_data][unit_amount]", "10.00", Some("parameter_invalid_integer")),
        ("line_items[0][price_data][unit_amount]", "-1000", Some("parameter_invalid_integer")),
        ("line_items[0][price_data][unit_amount]", "99999999999999999999999", Some("parameter_invalid_integer")),
        ("line_items[0][price_data][unit_amount]", "49", Some("amount_too_small")),
        ("line_items[0][price_data][unit_amount]", "100000000", Some("amount_too_large")),
        ("line_items[0][price_data][unit_amount]", "18446744073709551615", Some("amount_too_large")),
        ("line_items[0][price_data][product_data][name]", &long, Some("parameter_invalid_string_too_long")),
        ("line_items[0][quantity]", "0", Some("parameter_invalid_integer")),
    ] {
        let (status, error) = shop.refused("POST", PATH, &but(name, Some(value)));
        assert_eq!((status, error["code"].as_str()), (400, code), "{name}={value}: {error}");
        assert_eq!(error["type"], "invalid_request_error");
    }
}

#[test]
fn optional_parameters_are_checked() {
    let shop = Shop::new();
    let (long, key) = ("x".repeat(501), format!("metadata[{}]", "k".repeat(41)));
    let many: Vec<String> = (0..51).map(|nth| format!("metadata[k{nth}]")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "v")).collect();
    let early = (START + 1799).to_string();
    let late = (START + 86_401).to_string();
    let cases: [(Form, Option<&str>); 13] = [
        (&[("color", "red")], Some("parameter_unknown")),
        (&[("line_items[0][price_data][color]", "red")], Some("parameter_unknown")),
        (&[("payment_intent_data[color]", "red")], Some("parameter_unknown")),
        (&[("client_reference_id", &long)], Some("parameter_invalid_string_too_long")),
        (&[("metadata[a]", &long)], None),
        (&[(&key, "v")], None),
        (&many, None),
        (&[("expires_at", &early)], None),
        (&[("expires_at", &late)], None),
        (&[("expires_at", "soon")], Some("parameter_invalid_integer")),
        (&[("payment_method_types[0]", "shells")], None),
        (&[("payment_intent_data[capture_method]", "manual")], None),
        (&[("line_items[0][price]", "price_1")], Some("resource_missing")),
    ];
    for (parameters, code) in cases {
        let (status, error) = shop.refused("POST", PATH, &[&SESSION[..], parameters].concat());
        assert_eq!((status, error["code"].as_str()), (400, code), "{parameters:?}: {error}");
        assert!(error["param"].as_str().is_some_and(|param| !param.is_empty()));
    }
    let unknown = shop.refused("POST", PATH, &[&SESSION[..], &[("payment_intent_data[color]", "red")]].concat()).1;
    assert_eq!(unknown["message"], "Received unknown parameter: payment_intent_data[color]");
    for at in [START + 1800, START + 86_400] {
        let at = at.to_string();
        shop.post(PATH, &[&SESSION[..], &[("expires_at", at.as_str()), ("locale", "zh")]].concat());
    }
}

#[test]
fn minimum_amount_depends_on_currency() {
    let shop = Shop::new();
    for (currency, least) in [("usd", 50), ("eur", 50), ("jpy", 50), ("hkd", 400), ("cny", 400), ("gbp", 30)] {
        for (amount, status) in [(least - 1, 400), (least, 200)] {
            let amount = amount.to_string();
            let parameters = [("amount", amount.as_str()), ("currency", currency)];
            let answer = shop.call("POST", "/v1/payment_intents", &parameters);
            assert_eq!(answer.0, status, "{currency} {amount}");
        }
    }
    for (amount, currency, status) in [("1001", "kwd", 400), ("1010", "kwd", 200), ("700050", "isk", 400)] {
        let answer = shop.call("POST", "/v1/payment_intents", &[("amount", amount), ("currency", currency)]);
        assert_eq!(answer.0, status, "{currency} {amount}");
    }
}

#[test]
fn duplicate_parameters_have_last_value() {
    let pairs = form(b"a=1&a=2&b[]=x&b[]=y&c[1]=q&c[0]=p");
    let mut params = super::super::params::Params::parse(pairs).unwrap();
    assert_eq!(params.text("a", 9).unwrap().as_deref(), Some("2"));
    let texts = |texts: Vec<(String, String)>| texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    assert_eq!(texts(params.texts("b").unwrap()), ["x", "y"]);
    assert_eq!(texts(params.texts("c").unwrap()), ["p", "q"]);
    params.refuse_rest().unwrap();
}
