//! Small hand-made workspaces that the rules' tests break on purpose.

use serde_json::{Value, json};

use super::deny::Deny;
use super::metadata::Metadata;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Our own `deny.toml`, without reviewed duplicates: they come and go.
pub(super) fn deny() -> Deny {
    deny_with("skip = []")
}

/// The same with one reviewed duplicate.
pub(super) fn deny_skipping(spec: &str) -> Deny {
    deny_with(&format!("skip = [{{ crate = \"{spec}\", reason = \"looked at\" }}]"))
}

fn deny_with(skip: &str) -> Deny {
    let text = format!(
        r#"
        [licenses]
        allow = ["Apache-2.0", "MIT"]
        unused-allowed-license = "allow"
        [bans]
        deny = [{{ crate = "hyper:<1", reason = "old" }}, {{ crate = "ring", reason = "another" }}]
        multiple-versions = "warn"
        multiple-versions-include-dev = true
        {skip}
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
        allow-registry = ["https://github.com/rust-lang/crates.io-index"]
        "#
    );
    Deny::parse(&text).expect("the sample is sound")
}

/// Domain (0), app (1) which uses domain and `useful` (2), which uses `helper` (3): nothing wrong with it.
pub(super) fn sound() -> Metadata {
    changed(|_| {})
}

/// The sound workspace after a change.
pub(super) fn changed(change: impl FnOnce(&mut Value)) -> Metadata {
    let mut json = json!({
        "packages": [
            ours("till-domain", "shared/domain", &json!([])),
            ours("till-app", "shared/app", &json!([path("till-domain", "shared/domain", None), other("useful", None)])),
            theirs("useful", "1.0.0"),
            theirs("helper", "2.0.0"),
        ],
        "workspace_members": ["till-domain", "till-app"],
        "workspace_root": "/till",
        "resolve": { "nodes": [
            { "id": "till-domain", "dependencies": [] },
            { "id": "till-app", "dependencies": ["till-domain", "useful"] },
            { "id": "useful", "dependencies": ["helper"] },
            { "id": "helper", "dependencies": [] },
        ] },
    });
    change(&mut json);
    serde_json::from_value(json).expect("the sample is metadata")
}

/// One crate of ours that uses one package of others.
pub(super) fn using(folder: &str, name: &str, kind: Option<&str>) -> Metadata {
    alone(folder, &json!([other(name, kind)]))
}

/// One crate of ours that imports another folder's.
pub(super) fn importing(folder: &str, imported: &str, kind: Option<&str>) -> Metadata {
    alone(folder, &json!([path("till-other", imported, kind)]))
}

fn alone(folder: &str, dependencies: &Value) -> Metadata {
    changed(|json| {
        json["packages"] = json!([ours("till-crate", folder, dependencies)]);
        json["workspace_members"] = json!(["till-crate"]);
    })
}

fn ours(name: &str, folder: &str, dependencies: &Value) -> Value {
    json!({
        "id": name, "name": name, "version": "0.1.0", "license": "Apache-2.0", "source": null, "features": {},
        "manifest_path": format!("/till/{folder}/Cargo.toml"), "dependencies": dependencies,
    })
}

fn theirs(name: &str, version: &str) -> Value {
    json!({
        "id": name, "name": name, "version": version, "license": "MIT OR Apache-2.0", "source": CRATES_IO,
        "features": {}, "manifest_path": format!("/registry/{name}/Cargo.toml"), "dependencies": [],
    })
}

fn other(name: &str, kind: Option<&str>) -> Value {
    json!({ "name": name, "optional": false, "path": null, "kind": kind })
}

fn path(name: &str, folder: &str, kind: Option<&str>) -> Value {
    json!({ "name": name, "optional": false, "path": format!("/till/{folder}"), "kind": kind })
}
