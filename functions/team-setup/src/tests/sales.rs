//! Sales: suspended with texts for buyers, resumed, and by whom.

use till_app::ports::Sales;

use super::*;

fn show() -> Event {
    Event::read("team-setup.sales")
}

fn suspend() -> Event {
    Event::read("team-setup.suspend-sales")
}

fn resume() -> Event {
    Event::read("team-setup.resume-sales")
}

fn sales(scene: &Scene) -> Sales {
    scene.shop.memory.tables(|tables| tables.sales.clone())
}

#[test]
fn sales_are_open_as_long_as_nobody_has_suspended_them() {
    let scene = Scene::new();
    let open =
        r#"{"suspended":false,"since":null,"texts":{"zh":null,"en":null},"payment_enabled":true,"changed":null}"#;
    scene.play(&show()).is(200, open);
    scene.play(&show().query("all=1")).is_bad_field("all");
    let off = Scene { shop: Scene::new().shop.set("PAYMENT_ENABLED", "false"), stripe: Scene::new().stripe };
    assert_eq!(off.play(&show()).json()["payment_enabled"], false);
}

#[test]
fn sales_are_suspended_with_texts_and_resumed() {
    let scene = Scene::new();
    let suspended = r#"{"suspended":true,"since":"2025-01-01T12:00:00+08:00",
        "texts":{"zh":"系统维护中，中午十二点恢复","en":"We are back at noon"},"payment_enabled":true,
        "changed":{"by":"ann","at":"2025-01-01T12:00:00+08:00","reason":"the prices are wrong"}}"#;
    scene.play(&suspend()).is(200, suspended);
    scene.play(&show()).is(200, suspended);
    assert!(sales(&scene).are_suspended());
    scene.shop.pass(60);
    scene.play(&resume()).is(
        200,
        r#"{"suspended":false,"since":null,"texts":{"zh":null,"en":null},"payment_enabled":true,
        "changed":{"by":"ann","at":"2025-01-01T12:01:00+08:00","reason":"the prices are right"}}"#,
    );
    assert_eq!(sales(&scene), Sales::Open);
    let records = scene.shop.memory.tables(|tables| tables.team_records.clone());
    let records: Vec<String> = records.iter().map(|one| format!("{} {}: {}", one.by, one.subject, one.what)).collect();
    assert_eq!(
        records,
        [
            "ann sales new_orders: suspended, zh: 系统维护中，中午十二点恢复, en: We are back at noon",
            "ann sales new_orders: resumed",
        ]
    );
}

#[test]
fn another_suspension_changes_the_texts_and_keeps_the_beginning() {
    let scene = Scene::new();
    scene.done(&suspend());
    scene.shop.pass(60);
    let later = suspend().header("idempotency-key", "k5").field("texts", r#"{"en": "We are back at one"}"#);
    let answer = scene.play(&later).json();
    assert_eq!(answer["since"], "2025-01-01T12:00:00+08:00");
    assert_eq!(answer["texts"], serde_json::json!({"zh": null, "en": "We are back at one"}));
    let silent = suspend().header("idempotency-key", "k6").field("texts", "");
    assert_eq!(scene.play(&silent).json()["texts"], serde_json::json!({"zh": null, "en": null}));
}

#[test]
fn repetition_of_a_key_changes_nothing_though_sales_were_resumed_meanwhile() {
    let scene = Scene::new();
    scene.shop.fail(CallKind::SaveSales, Fault::After);
    scene.play(&suspend()).is_problem(503, "unavailable");
    scene.done(&suspend());
    assert_eq!(scene.shop.seen(CallKind::SaveSales), 1);
    scene.done(&resume());
    assert_eq!(scene.play(&suspend()).json()["suspended"], false, "it is answered with the sales as they stand");
    for other in [suspend().field("reason", r#""x""#), resume().header("idempotency-key", "setup-2025-0005")] {
        scene.play(&other).is_problem(409, "idempotency_conflict");
    }
    assert_eq!(sales(&scene), Sales::Open);
}

#[test]
fn text_for_buyers_keeps_its_rules() {
    let scene = Scene::new();
    let most = "长".repeat(200);
    for (texts, field) in [
        (r#""closed""#.to_owned(), "texts"),
        (r#"{"fr": "fermé"}"#.to_owned(), "texts.fr"),
        (r#"{"zh": ""}"#.to_owned(), "texts.zh"),
        (r#"{"en": "a\nb"}"#.to_owned(), "texts.en"),
        (format!(r#"{{"zh": "{most}长"}}"#), "texts.zh"),
    ] {
        scene.play(&suspend().field("texts", &texts)).is_bad_field(field);
    }
    scene.play(&resume().field("texts", "{}")).is_bad_field("texts");
    assert_eq!(scene.shop.seen(CallKind::SaveSales), 0);
    scene.done(&suspend().field("texts", &format!(r#"{{"zh": "{most}"}}"#)));
}

#[test]
fn silent_store_is_unavailable() {
    for (event, kind) in
        [(show(), CallKind::NotedSales), (suspend(), CallKind::NotedSales), (resume(), CallKind::SaveSales)]
    {
        let scene = Scene::new();
        scene.shop.fail(kind, Fault::Before);
        scene.play(&event).is_problem(503, "unavailable");
    }
}
