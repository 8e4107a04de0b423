//! What is refused before anything is read: other callers, other methods, no key, no JSON.

use super::*;

fn all() -> Vec<Event> {
    let names = [
        "accounts",
        "create-account",
        "change-account",
        "products",
        "create-product",
        "change-product",
        "sales",
        "suspend-sales",
        "resume-sales",
    ];
    names.iter().map(|name| Event::read(&format!("team-setup.{name}"))).collect()
}

#[test]
fn only_admins_set_up() {
    let scene = Scene::new();
    for event in all() {
        scene.play(&event.clone().without("authorization")).is_problem(401, "unauthenticated");
        for token in ["TOKEN_OF_A_USER", "TOKEN_OF_A_SERVICE"] {
            scene.play(&event.clone().token(token)).is_problem(403, "forbidden");
        }
        scene.play(&event.method("DELETE")).is_problem(405, "method_not_allowed");
    }
    let read = [CallKind::NotedAccounts, CallKind::NotedProducts, CallKind::NotedSales];
    assert_eq!(read.map(|kind| scene.shop.seen(kind)), [0; 3]);
}

#[test]
fn change_needs_a_key_a_reason_and_an_object() {
    let scene = Scene::new();
    let [suspend, resume] = ["suspend", "resume"].map(|verb| Event::read(&format!("team-setup.{verb}-sales")));
    for event in [create(), change(), create_product(), change_product(), suspend, resume] {
        scene.play(&event.clone().without("idempotency-key")).is_problem(400, "idempotency_key_required");
        scene.play(&event.clone().field("reason", "")).is_bad_field("reason");
        scene.play(&event.clone().body("[]")).is_problem(400, "invalid_json");
        scene.play(&event.clone().header("content-type", "text/plain")).is_problem(415, "unsupported_media_type");
    }
    let written = [CallKind::SaveAccount, CallKind::SaveProduct, CallKind::SaveSales];
    assert_eq!(written.map(|kind| scene.shop.seen(kind)), [0; 3]);
}
