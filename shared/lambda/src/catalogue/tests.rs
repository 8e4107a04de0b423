//! What a catalogue file may say, and what is read from it.

use serde_json::json;
use till_domain::language::Language;

use super::*;

fn with(prices: &str) -> String {
    format!(
        r#"{{"products": [{{"type": "points", "id": 1, "name": "a", "prices": {prices}, "grants": [{{"points": 5}}]}}]}}"#
    )
}

#[test]
fn prices_are_text_or_minor_units_and_keep_their_order() {
    let read = |prices: &str| {
        let products = read(&with(prices))?;
        Ok::<_, String>(products[0].product.prices().iter().map(|price| format!("{price:?}")).collect::<Vec<_>>())
    };
    assert_eq!(
        read(r#"{"USD": "1.99", "CNY": 990, "JPY": "200"}"#),
        Ok(vec!["1.99 USD".into(), "9.90 CNY".into(), "200 JPY".into()])
    );
    for wrong in [
        r#"{"CNY": 9.90}"#,
        r#"{"CNY": 9.0}"#,
        r#"{"CNY": 1e3}"#,
        r#"{"CNY": -1}"#,
        r#"{"CNY": "-1"}"#,
        r#"{"CNY": "9.905"}"#,
        r#"{"JPY": "1.5"}"#,
        r#"{"CNY": "0"}"#,
        r#"{"XXX": "1"}"#,
        r#"{"CNY": "1", "cny": "2"}"#,
        r#"{"CNY": "1", "CNY": "2"}"#,
        "{}",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn each_kind_of_grant_can_be_sold_by_the_file() {
    for grant in till_memory::samples::grants() {
        let row = match &grant {
            Grant::Points(points) => json!({"points": points.amount()}),
            Grant::Membership(membership) => {
                let (tier, days) = (membership.tier(), membership.days());
                json!({"membership": {"tier": tier.name.as_str(), "rank": tier.rank, "days": days}})
            }
            Grant::Quota(quota) => {
                json!({"quota": {"name": quota.name().as_str(), "count": quota.count(), "days": quota.days()}})
            }
        };
        let text = with(r#"{"CNY": 1}"#).replace(r#"{"points": 5}"#, &row.to_string());
        assert_eq!(read(&text).expect("it is valid")[0].product.grants(), [grant]);
    }
}

/// A package of a membership and points, for 9.90 CNY or 1.99 USD.
fn package(upgrade_worth: &str) -> Result<Vec<ListedProduct>, String> {
    let membership = r#"{"membership": {"tier": "pro", "rank": 1, "days": 30}}"#;
    let text = with(r#"{"CNY": "9.90", "USD": "1.99"}"#);
    let text = text.replace("\"grants\": [", &format!("\"grants\": [{membership}, "));
    read(&text.replace("\"prices\"", &format!("\"upgrade_worth\": {upgrade_worth}, \"prices\"")))
}

#[test]
fn upgrade_worth_is_stated_by_currency_and_is_part_of_a_price() {
    let worths = |text: &str| {
        let products = package(text)?;
        let worth = |currency| products[0].product.upgrade_worth_in(currency).map(|worth| worth.to_string());
        Ok::<_, String>((worth(Currency::CNY), worth(Currency::USD)))
    };
    let both = |cny: &str, usd: &str| Ok((Some(cny.to_owned()), Some(usd.to_owned())));
    assert_eq!(worths(r#"{"CNY": "5.00", "USD": 199}"#), both("5.00", "1.99"));
    assert_eq!(worths(r#"{"USD": "0"}"#), both("0.00", "0.00"));
    assert_eq!(worths("{}"), both("0.00", "0.00"));
    for (wrong, why) in [
        (r#"{"CNY": "9.91"}"#, "product 1 (points 1): an upgrade worth is part of its price: at most 9.90 CNY"),
        (r#"{"JPY": 1}"#, "product 1 (points 1): there is an upgrade worth in JPY, but no price in it"),
        (r#"{"CNY": 1, "cny": 2}"#, "product 1 (points 1): there are two upgrade worths in CNY"),
    ] {
        assert_eq!(worths(wrong), Err(why.to_owned()));
    }
    assert!(worths(r#"{"CNY": -1}"#).is_err() && worths(r#"{"CNY": 1.5}"#).is_err() && worths("5").is_err());
    let points = with(r#"{"CNY": 1}"#).replace("\"prices\"", "\"upgrade_worth\": {\"CNY\": 0}, \"prices\"");
    let why = "product 1 (points 1): an upgrade worth is for a membership, and this product grants none";
    assert_eq!(read(&points).err().as_deref(), Some(why));
}

#[test]
fn catalogue_error_names_the_product() {
    let why = |text: &str| read(text).expect_err("it is wrong");
    assert!(why(&with("{}")).starts_with("product 1 (points 1): a product has at least one price"));
    let row = r#"{"type": "points", "id": "1", "name": "a", "prices": {"CNY": 1}, "grants": [{"points": 5}]}"#;
    assert_eq!(why(&format!(r#"{{"products": [{row}, {row}]}}"#)), "product 2 (points 1) is in the file twice");
    assert!(why(&with("{}").replace("\"name\"", "\"naem\"")).contains("naem"));
    assert!(why(&with(r#"{"CNY": 1}"#).replace("\"points\": 5", "\"points\": 0")).contains("points must be 1 to"));
}

#[test]
fn demo_catalogue_is_valid_and_complete() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/catalogue.json");
    let products = read(&std::fs::read_to_string(file).expect("it is there")).expect("it is well");
    let names: Vec<String> = products.iter().map(|p| format!("{} {}", p.product.kind(), p.product.id())).collect();
    let types = ["points", "membership", "package"];
    let expected = types.iter().flat_map(|kind| (1..=3).map(move |id| format!("{kind} {id}")));
    assert_eq!(names, expected.collect::<Vec<_>>());
    let rank = |n: usize| products[n].product.membership().map(|membership| membership.tier().rank);
    assert!(rank(3) < rank(4) && rank(4) == rank(5), "premium is above pro");
    let states_all = |p: &ListedProduct| p.product.upgrade_worths().len() == p.product.prices().len();
    assert!(products[6..].iter().all(states_all), "each package states what its membership is worth");
    let has_english = |p: &ListedProduct| {
        let description = p.description.as_ref();
        p.product.name().translations.contains_key(&Language::English)
            && description.is_none_or(|text| text.translations.contains_key(&Language::English))
    };
    assert!(products.iter().all(has_english), "each text has an English translation");
    assert!(
        products.iter().all(|p| p.product.prices().len() == 2 && p.product.prices()[0].currency() == Currency::CNY)
    );
}

/// A product with each kind of grant and each kind of field.
fn whole() -> ListedProduct {
    let membership = r#"{"membership": {"tier": "pro", "rank": 1, "days": 30}}"#;
    let grants = format!(r#"[{{"points": 5}}, {membership}, {{"quota": {{"name": "q", "count": 2, "days": 3}}}}]"#);
    let fields = [
        ("type", r#""package""#),
        ("id", "7"),
        ("name", r#""全""#),
        ("names", r#"{"en": "All", "zh": "全部"}"#),
        ("description", r#""很多""#),
        ("descriptions", r#"{"en": "Much"}"#),
        ("prices", r#"{"USD": "1.99", "CNY": 990, "JPY": "200"}"#),
        ("upgrade_worth", r#"{"CNY": "5.00"}"#),
        ("grants", grants.as_str()),
        ("active", "false"),
        ("sort", "9"),
    ];
    assert_eq!(fields.map(|(name, _)| name), FIELDS);
    from_fields(fields).expect("it is valid")
}

#[test]
fn product_is_read_back_as_it_was_written() {
    let product = whole();
    assert_eq!(changed(&product, []), Ok(product.clone()));
    let row = serde_json::to_string(&ProductRow::of(&product)).expect("it can be written");
    assert!(row.contains(r#""prices":{"USD":"1.99","CNY":"9.90","JPY":"200"}"#), "the order of prices is kept: {row}");
    for grant in till_memory::samples::grants() {
        let row = serde_json::to_string(&RowGrant::of(&grant)).expect("it can be written");
        let read: RowGrant = serde_json::from_str(&row).expect("it can be read");
        assert_eq!(read.check().expect("it is valid"), grant);
    }
}

#[test]
fn changed_field_is_replaced_as_a_whole() {
    let product = changed(&whole(), [("names", r#"{"en": "Everything"}"#), ("active", "true")]).expect("it is valid");
    assert_eq!(product.product.name().translations.len(), 1);
    assert!(product.product.active && product.sort == 9);
    let without = changed(&product, [("description", "null"), ("descriptions", "{}")]).expect("it is valid");
    assert_eq!(without.description, None);
    let why = changed(&product, [("description", "null")]).expect_err("its translations need it");
    assert_eq!(why.field, "product");
}

#[test]
fn fault_of_a_field_is_named_without_what_was_written() {
    for (field, literal, rule) in [
        ("active", r#""secret""#, "is not valid: expected a boolean"),
        ("sort", "-1", "is not valid: expected u32"),
        ("grants", r#"[{"secret": 1}]"#, "is not valid: expected one of `points`, `membership`, `quota`"),
        ("prices", "5", r#"is not valid: expected amounts by currency: {"CNY": "9.90"}"#),
        (
            "prices",
            r#"{"CNY": 9.5}"#,
            r#"is not valid: an amount is text such as "9.90", or a whole number of minor units such as 990"#,
        ),
    ] {
        assert_eq!(changed(&whole(), [(field, literal)]), Err(BadField { field, rule: rule.to_owned() }));
    }
    let missing = from_fields([("type", r#""points""#)]).expect_err("it lacks the rest");
    assert_eq!((missing.field, missing.rule.as_str()), ("product", "is not valid: missing field `id`"));
}
