//! The templates of the stacks. The CDK makes them as for a deployment; they are made again when a source of them changes.
//! The emulator gets them with two changes: the code of the functions is what was built here, and queues accept plain HTTP.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use super::build::STAGE;
use super::options::Options;
use super::place::{self, Place, file_error};
use crate::files;
use crate::tools::Node;
use crate::tools::made::{finished, hash, must};

/// Holds the archives of the functions while a stack is created.
pub(crate) const CODE_BUCKET: &str = "till-local-functions";
/// The emulator does not support the stack of alarms.
const LEFT_OUT: &str = "-observability";
/// All callers have the address of this machine, so that a usual limit would stop them together.
const MANY: &str = "100000";
/// They refuse plain HTTP, by which the emulator is reached.
const TLS_ONLY: &str = "AWS::SQS::QueuePolicy";
/// Folders of `infra/` that do not change a template.
const NOT_SOURCES: &[&str] = &["cdk.out", "node_modules", "test"];

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stack {
    pub(crate) name: String,
    pub(crate) template: Value,
}

#[derive(Debug)]
pub(crate) struct Templates {
    /// In the order of deployment.
    pub(crate) stacks: Vec<Stack>,
    /// The function of each archive, by the archive's key in the templates.
    pub(crate) archives: BTreeMap<String, String>,
}

/// With a table, the stacks use this existing one; with origins, pages of these call the API too.
pub(crate) fn all(
    root: &Path,
    place: &Place,
    node: &Node,
    functions: &[String],
    options: &Options,
) -> Result<Templates, String> {
    let infra = root.join("infra");
    let sources = files::below(&infra, |name| name.starts_with('.') || NOT_SOURCES.contains(&name));
    let sources = sources.map_err(|error| file_error(&infra, &error))?.into_iter().map(|file| infra.join(file));
    let sources: Vec<PathBuf> = sources.chain([root.join("functions/functions.json")]).collect();
    let context = context(place, options);
    let folder = place.templates().join(hash(&format!("{context:?} {functions:?}"), &sources)?);
    if !folder.join("finished").is_file() {
        write_placeholders(place, functions)?;
        remove_others(&place.templates(), &folder)?;
    }
    finished(&folder, || synthesise(&infra, node, &context, &folder))?;
    let manifest = value(&folder.join("manifest.json"))?;
    Ok(Templates { stacks: read(&folder, &manifest)?, archives: archives(&folder, &manifest)? })
}

/// Replaces the keys of the functions' archives.
pub(crate) fn set_code_keys(template: &mut Value, keys: &BTreeMap<String, String>) {
    each_object(template, &mut |object| {
        let key = object.get("S3Key").and_then(Value::as_str).and_then(|key| keys.get(key));
        if let Some(key) = key {
            *object =
                Map::from_iter([("S3Bucket".to_owned(), json!(CODE_BUCKET)), ("S3Key".to_owned(), json!(key.clone()))]);
        }
    });
}

fn context(place: &Place, options: &Options) -> Vec<(&'static str, String)> {
    let architecture = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "x86_64" };
    let settings = json!({"CREATIONS_PER_MINUTE": MANY, "ACTIONS_PER_MINUTE_ADDRESS": MANY});
    let mut context = vec![
        ("stage", STAGE.to_owned()),
        ("functions_dir", placeholders(place).display().to_string()),
        ("architecture", architecture.to_owned()),
        ("settings", settings.to_string()),
    ];
    context.extend(options.table.clone().map(|table| ("table_name", table)));
    context.extend((!options.origins.is_empty()).then(|| ("origins", options.origins.join(","))));
    context
}

fn placeholders(place: &Place) -> PathBuf {
    place.folder().join("placeholders")
}

/// Each placeholder holds the name of its function. With the programs in their place, each change of code would change the
/// templates.
fn write_placeholders(place: &Place, functions: &[String]) -> Result<(), String> {
    for name in functions {
        let folder = placeholders(place).join(name);
        let write = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("bootstrap"), name));
        write.map_err(|error| file_error(&folder, &error))?;
    }
    Ok(())
}

fn remove_others(all: &Path, but: &Path) -> Result<(), String> {
    for entry in fs::read_dir(all).into_iter().flatten().filter_map(Result::ok) {
        if entry.path() != but {
            fs::remove_dir_all(entry.path()).map_err(|error| file_error(&entry.path(), &error))?;
        }
    }
    Ok(())
}

fn synthesise(infra: &Path, node: &Node, context: &[(&str, String)], out: &Path) -> Result<(), String> {
    let mut cdk = Command::new(&node.program);
    cdk.current_dir(infra)
        .arg("node_modules/aws-cdk/bin/cdk")
        .args(["synth", "--quiet", "--no-notices", "--output"])
        .arg(out);
    for (name, value) in context {
        cdk.arg("--context").arg(format!("{name}={value}"));
    }
    // The CDK starts the app with `node`, which has to be this one, also where it comes from a Python package.
    if let Some(folder) = node.program.parent().filter(|folder| folder.is_absolute()) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
        cdk.env("PATH", std::env::join_paths(folders).map_err(|error| format!("{}: {error}", folder.display()))?);
    }
    must(cdk.env("CDK_DISABLE_CLI_TELEMETRY", "true")).map_err(|_| "`cdk synth` failed: see above".to_owned())
}

fn read(folder: &Path, manifest: &Value) -> Result<Vec<Stack>, String> {
    ordered(manifest)?
        .into_iter()
        .filter(|(name, _)| !name.ends_with(LEFT_OUT))
        .map(|(name, file)| Ok(Stack { name, template: on_plain_http(value(&folder.join(file))?) }))
        .collect()
}

/// Without the policies that demand TLS.
fn on_plain_http(mut template: Value) -> Value {
    if let Some(resources) = template.get_mut("Resources").and_then(Value::as_object_mut) {
        resources.retain(|_, resource| resource["Type"] != TLS_ONLY);
    }
    template
}

fn archives(folder: &Path, manifest: &Value) -> Result<BTreeMap<String, String>, String> {
    let assets = artifacts(manifest, "cdk:asset-manifest").map(|(_, artifact)| artifact);
    let files: Vec<&str> = assets.filter_map(|artifact| artifact["properties"]["file"].as_str()).collect();
    let mut found = BTreeMap::new();
    for file in files {
        let assets = value(&folder.join(file))?;
        for asset in assets["files"].as_object().into_iter().flat_map(Map::values) {
            let archive = (asset["source"]["packaging"] == "zip").then(|| asset["source"]["path"].as_str()).flatten();
            let Some(archive) = archive else { continue };
            let bootstrap = folder.join(archive).join("bootstrap");
            let function = fs::read_to_string(&bootstrap).map_err(|error| file_error(&bootstrap, &error))?;
            let places = asset["destinations"].as_object().into_iter().flat_map(Map::values);
            let keys = places.filter_map(|place| place["objectKey"].as_str());
            found.extend(keys.map(|key| (key.to_owned(), function.clone())));
        }
    }
    Ok(found)
}

/// The name and the template file of each stack, after those stacks that it depends on.
fn ordered(manifest: &Value) -> Result<Vec<(String, String)>, String> {
    let mut left: Vec<(&String, &Value)> = artifacts(manifest, "aws:cloudformation:stack").collect();
    let names: Vec<&String> = left.iter().map(|(name, _)| *name).collect();
    let mut done: Vec<(String, String)> = Vec::new();
    while !left.is_empty() {
        let is_ready = |stack: &Value| {
            let before = stack["dependencies"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let stacks = before.filter(|name| names.iter().any(|known| known.as_str() == *name));
            stacks.into_iter().all(|name| done.iter().any(|(made, _)| made == name))
        };
        let next =
            left.iter().position(|(_, stack)| is_ready(stack)).ok_or("the stacks depend on each other in a circle")?;
        let (name, stack) = left.remove(next);
        let file = stack["properties"]["templateFile"].as_str().ok_or_else(|| format!("{name} has no template"))?;
        done.push((name.clone(), file.to_owned()));
    }
    Ok(done)
}

fn artifacts<'a>(manifest: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let all = manifest["artifacts"].as_object().into_iter().flatten();
    all.filter(move |(_, artifact)| artifact["type"] == kind)
}

fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|value| each_object(value, change));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| each_object(value, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn value(file: &Path) -> Result<Value, String> {
    place::read_json(file)?.ok_or_else(|| format!("{} is missing", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_code_keys_are_replaced() {
        let names = BTreeMap::from([("a.zip".to_owned(), "one-1.zip".to_owned())]);
        let function = |code: Value| json!({"Resources": {"F": {"Properties": {"Code": code, "S3Key": "b.zip"}}}});
        let mut template = function(json!({"S3Bucket": {"Fn::Sub": "x"}, "S3Key": "a.zip"}));
        set_code_keys(&mut template, &names);
        assert_eq!(template, function(json!({"S3Bucket": CODE_BUCKET, "S3Key": "one-1.zip"})));
    }

    #[test]
    fn only_policies_that_demand_tls_are_left_out() {
        let queue = json!({"Type": "AWS::SQS::Queue"});
        let template = json!({"Resources": {"Q": queue, "P": {"Type": TLS_ONLY}}, "Outputs": {"O": 1}});
        assert_eq!(on_plain_http(template), json!({"Resources": {"Q": queue}, "Outputs": {"O": 1}}));
    }

    #[test]
    fn stacks_come_after_their_dependencies() {
        let stack = |on: &[&str]| json!({"type": "aws:cloudformation:stack", "dependencies": on, "properties": {"templateFile": "f"}});
        let manifest = json!({"artifacts": {
            "a": stack(&["b", "a.assets"]), "b": stack(&["c"]), "c": stack(&[]), "a.assets": {"type": "cdk:asset-manifest"},
        }});
        let order: Vec<String> =
            ordered(&manifest).expect("there is no circle").into_iter().map(|(name, _)| name).collect();
        assert_eq!(order, ["c", "b", "a"]);
        let round = json!({"artifacts": {"a": stack(&["b"]), "b": stack(&["a"])}});
        assert!(ordered(&round).is_err());
    }
}
