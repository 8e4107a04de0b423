//! Samples of `cargo metadata` for the tests of the rules.

use serde_json::{Value, json};

use super::metadata::Metadata;

/// Domain (0), and app (1), which uses domain and the package `useful` (2). It breaks no rule.
pub(super) fn sound() -> Metadata {
    changed(|_| {})
}

/// The sound workspace after a change.
pub(super) fn changed(change: impl FnOnce(&mut Value)) -> Metadata {
    let mut json = json!({
        "packages": [
            ours("till-domain", "shared/domain", &json!([])),
            ours("till-app", "shared/app", &json!([path("till-domain", "shared/domain", None), other("useful", None)])),
            theirs("useful"),
        ],
        "workspace_members": ["till-domain", "till-app"],
        "workspace_root": "/till",
    });
    change(&mut json);
    serde_json::from_value(json).expect("the sample is metadata")
}

/// One crate of ours that uses one foreign package.
pub(super) fn using(folder: &str, name: &str, kind: Option<&str>) -> Metadata {
    alone(folder, &json!([other(name, kind)]))
}

/// One crate of ours that imports another.
pub(super) fn importing(folder: &str, imported: &str, kind: Option<&str>) -> Metadata {
    let dependencies = json!([path("till-other", imported, kind)]);
    changed(|json| {
        let imported_crate = ours("till-other", imported, &json!([]));
        json["packages"] = json!([ours("till-crate", folder, &dependencies), imported_crate]);
        // A folder outside the workspace is no member.
        let is_inside = !imported.starts_with("..");
        json["workspace_members"] = if is_inside { json!(["till-crate", "till-other"]) } else { json!(["till-crate"]) };
    })
}

fn alone(folder: &str, dependencies: &Value) -> Metadata {
    changed(|json| {
        json["packages"] = json!([ours("till-crate", folder, dependencies)]);
        json["workspace_members"] = json!(["till-crate"]);
    })
}

fn ours(name: &str, folder: &str, dependencies: &Value) -> Value {
    json!({
        "id": name, "features": {},
        "manifest_path": format!("/till/{folder}/Cargo.toml"), "dependencies": dependencies,
    })
}

fn theirs(name: &str) -> Value {
    json!({ "id": name, "features": {}, "manifest_path": format!("/registry/{name}/Cargo.toml"), "dependencies": [] })
}

fn other(name: &str, kind: Option<&str>) -> Value {
    json!({ "name": name, "optional": false, "path": null, "kind": kind })
}

fn path(name: &str, folder: &str, kind: Option<&str>) -> Value {
    json!({ "name": name, "optional": false, "path": format!("/till/{folder}"), "kind": kind })
}
