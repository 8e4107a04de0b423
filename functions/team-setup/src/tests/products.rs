//! Products: listed, created, changed, taken off sale.

use serde_json::json;

use super::*;

#[test]
fn list_shows_products_off_sale_too_as_people_write_them() {
    let listed = Scene::new().play(&Event::read("team-setup.products")).json();
    let products = listed["products"].as_array().unwrap();
    assert_eq!(products.len(), 6);
    let withdrawn = products.iter().find(|one| one["id"] == "withdrawn").unwrap();
    assert_eq!((&withdrawn["active"], &withdrawn["changed"]), (&false.into(), &serde_json::Value::Null));
    let package = products.iter().find(|one| one["id"] == "basic").unwrap();
    let grants = json!([{"quota": {"name": "queries", "count": 100, "days": 30}}, {"membership": {"tier": "pro", "rank": 1, "days": 30}}]);
    assert_eq!((&package["grants"], &package["prices"]), (&grants, &json!({"CNY": "9.90"})));
}

#[test]
fn product_is_created_with_all_its_fields_and_the_preferred_price_first() {
    let scene = Scene::new();
    scene.play(&create_product()).is(
        200,
        r#"{"type":"points","id":"500","name":"500 点","names":{"en":"500 points"},"description":"够用一年","descriptions":{},
        "prices":{"USD":"7.99","CNY":"39.00"},"upgrade_worth":{},"grants":[{"points":500}],"active":true,"sort":7,
        "remark":"for the sale","changed":{"by":"ann","at":"2025-01-01T12:00:00+08:00","reason":"a larger pack"}}"#,
    );
    let all = scene.shop.run(async |ports| ports.noted_products().await.unwrap());
    let stored = all.iter().find(|one| one.item.product.id().as_str() == "500").unwrap();
    let prices: Vec<String> = stored.item.product.prices().iter().map(|price| format!("{price:?}")).collect();
    assert_eq!(prices, ["7.99 USD", "39.00 CNY"]);
    scene.play(&create_product().header("idempotency-key", "k5")).is_problem(409, "already_exists");
}

#[test]
fn product_goes_off_sale_and_nothing_else_changes() {
    let scene = Scene::new();
    let before = scene.play(&Event::read("team-setup.products")).json();
    let before =
        before["products"].as_array().unwrap().iter().find(|one| one["type"] == "points" && one["id"] == "1").cloned();
    let mut expected = before.unwrap();
    expected["active"] = false.into();
    let mut answer = scene.play(&change_product()).json();
    assert_eq!(answer["changed"]["by"], "ann");
    answer["changed"] = serde_json::Value::Null;
    assert_eq!(answer, expected);
}

#[test]
fn field_that_is_sent_replaces_the_whole_field() {
    let scene = Scene::new();
    scene.done(&create_product());
    let change = |key: &str| {
        change_product().path("/api/v1/admin/products/points/500").field("active", "").header("idempotency-key", key)
    };
    let prices = scene.play(&change("a").field("prices", r#"{"CNY": 3800}"#)).json();
    assert_eq!((&prices["prices"], &prices["names"]), (&json!({"CNY": "38.00"}), &json!({"en": "500 points"})));
    let texts = change("b").field("names", "{}").field("description", "null").field("remark", r#""""#);
    let texts = scene.play(&texts).json();
    assert_eq!((&texts["names"], &texts["description"], &texts["remark"]), (&json!({}), &json!(null), &json!(null)));
}

#[test]
fn product_that_breaks_a_rule_is_refused_by_the_name_of_its_field() {
    let scene = Scene::new();
    for (field, value, named) in [
        ("type", "", "type"),
        ("type", r#""POINTS""#, "product"),
        ("id", "1.5", "id"),
        ("name", r#""""#, "product"),
        ("names", r#"{"fr": "Points"}"#, "product"),
        ("prices", "{}", "product"),
        ("prices", r#"{"CNY": 7.77}"#, "prices"),
        ("prices", r#"{"XXX": "1"}"#, "prices"),
        ("grants", "[]", "product"),
        ("grants", r#"[{"points": 0}]"#, "product"),
        ("grants", r#"[{"gold": 5}]"#, "grants"),
        ("upgrade_worth", r#"{"CNY": "1.00"}"#, "product"),
        ("sort", "-1", "sort"),
        ("active", r#""yes""#, "active"),
        ("price", "1", "price"),
        ("reason", "", "reason"),
    ] {
        let answer = scene.play(&create_product().field(field, value));
        answer.is_bad_field(named);
        let rule = answer.json()["data"]["rule"].to_string();
        assert!(
            !rule.contains("gold") && !rule.contains("7.77") && !rule.contains("yes"),
            "what was sent is not repeated: {rule}"
        );
    }
    scene.play(&change_product().field("id", r#""2""#)).is_bad_field("id");
    assert_eq!(scene.shop.seen(CallKind::SaveProduct), 0);
    for path in ["points/none", "POINTS/1"] {
        scene.play(&change_product().path(&format!("/api/v1/admin/products/{path}"))).is_problem(404, "not_found");
    }
}

#[test]
fn product_on_sale_is_bought_as_it_was_made() {
    let scene = Scene::new();
    scene.done(&create_product().field("prices", r#"{"CNY": "39.00"}"#));
    let no = scene.shop.order("u1", "points", "500", till_domain::provider::Method::WechatNative);
    assert_eq!(scene.shop.stored(no).sold.price.to_string(), "39.00");
}
