//! The stacks' templates: made by the CDK as for a deployment, kept until what they are made from changes, and handed to the
//! emulator with two changes at most. Their code is what was built here, under a name of its content; and where permissions
//! are enforced, the one condition that the emulator does not know is left out.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use super::build::STAGE;
use super::place::{Place, told};
use crate::tools::Node;
use crate::tools::made::{finished, hash, must};

/// Where the functions' archives lie while a stack is made.
pub(crate) const CODE_BUCKET: &str = "till-local-functions";
/// What the emulator does not know, and nobody here waits for: alarms.
const LEFT_OUT: &str = "-observability";
/// Every caller here has the same address: the limit would be one for all of them.
const CREATIONS_PER_MINUTE: &str = "100000";
/// The one condition that the emulator denies everything for.
const UNKNOWN_CONDITION: &str = "dynamodb:LeadingKeys";
/// Folders of infra's that say nothing about templates.
const NOT_SOURCES: &[&str] = &["cdk.out", "node_modules", "test"];

/// One stack: its name and its template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stack {
    pub(crate) name: String,
    pub(crate) template: Value,
}

#[derive(Debug)]
pub(crate) struct Templates {
    /// The stacks, in the order in which they are made.
    pub(crate) stacks: Vec<Stack>,
    /// Which function each archive is, by its key in the templates.
    pub(crate) archives: BTreeMap<String, String>,
}

/// Makes the templates, if they are not there.
pub(crate) fn all(root: &Path, place: &Place, node: &Node, functions: &[String]) -> Result<Templates, String> {
    let infra = root.join("infra");
    let mut sources = Vec::new();
    add_sources(&infra, &mut sources)?;
    sources.push(root.join("functions/functions.json"));
    let context = context(place);
    let folder = place.templates().join(hash(&format!("{context:?} {functions:?}"), &sources)?);
    if !folder.join("finished").is_file() {
        mark_programs(place, functions)?;
        forget_others(&place.templates(), &folder)?;
    }
    finished(&folder, || synthesise(&infra, node, &context, &folder))?;
    Ok(Templates { stacks: read(&folder)?, archives: archives(&folder)? })
}

/// Names each function's program in a template by its content; `names` says which.
pub(crate) fn name_programs(template: &mut Value, names: &BTreeMap<String, String>) {
    each_object(template, &mut |object| {
        let key = object.get("S3Key").and_then(Value::as_str).and_then(|key| names.get(key));
        if let Some(key) = key {
            *object =
                Map::from_iter([("S3Bucket".to_owned(), json!(CODE_BUCKET)), ("S3Key".to_owned(), json!(key.clone()))]);
        }
    });
}

/// Leaves out the condition that the emulator does not know. What it leaves is less than AWS enforces, never more.
pub(crate) fn leave_out_conditions(template: &mut Value) {
    each_object(template, &mut |object| {
        let Some(Value::Object(condition)) = object.get_mut("Condition") else { return };
        for operator in condition.values_mut() {
            if let Value::Object(keys) = operator {
                keys.remove(UNKNOWN_CONDITION);
            }
        }
        condition.retain(|_, operator| operator.as_object().is_none_or(|keys| !keys.is_empty()));
        if condition.is_empty() {
            object.remove("Condition");
        }
    });
}

/// A name for what a program is, that no other content has.
pub(crate) fn content_name(function: &str, program: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    program.hash(&mut hasher);
    format!("{function}-{:016x}.zip", hasher.finish())
}

fn context(place: &Place) -> Vec<(&'static str, String)> {
    let architecture = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "x86_64" };
    let settings = json!({"CREATIONS_PER_MINUTE": CREATIONS_PER_MINUTE});
    vec![
        ("stage", STAGE.to_owned()),
        ("functions_dir", marked(place).display().to_string()),
        ("architecture", architecture.to_owned()),
        ("settings", settings.to_string()),
    ]
}

fn marked(place: &Place) -> PathBuf {
    place.folder().join("programs")
}

/// In place of each program stands its name, so that templates need not be made anew with every change of code.
fn mark_programs(place: &Place, functions: &[String]) -> Result<(), String> {
    for name in functions {
        let folder = marked(place).join(name);
        let write = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("bootstrap"), name));
        write.map_err(|error| told(&folder, &error))?;
    }
    Ok(())
}

fn forget_others(all: &Path, but: &Path) -> Result<(), String> {
    for entry in fs::read_dir(all).into_iter().flatten().filter_map(Result::ok) {
        if entry.path() != but {
            fs::remove_dir_all(entry.path()).map_err(|error| told(&entry.path(), &error))?;
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
    // The app is started by the word `node`: that is to be this one, also where it came out of a Python package.
    if let Some(folder) = node.program.parent().filter(|folder| folder.is_absolute()) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
        cdk.env("PATH", std::env::join_paths(folders).map_err(|error| format!("{}: {error}", folder.display()))?);
    }
    must(cdk.env("CDK_DISABLE_CLI_TELEMETRY", "true")).map_err(|_| "the templates cannot be made: see above".to_owned())
}

fn add_sources(folder: &Path, sources: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut entries: Vec<PathBuf> =
        entries.map_err(|error| told(folder, &error))?.into_iter().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_file() {
            sources.push(path);
        } else if !name.starts_with('.') && !NOT_SOURCES.contains(&name.as_str()) {
            add_sources(&path, sources)?;
        }
    }
    Ok(())
}

fn read(folder: &Path) -> Result<Vec<Stack>, String> {
    let manifest = value(&folder.join("manifest.json"))?;
    ordered(&manifest)?
        .into_iter()
        .filter(|(name, _)| !name.ends_with(LEFT_OUT))
        .map(|(name, file)| Ok(Stack { name, template: value(&folder.join(file))? }))
        .collect()
}

/// Which function each archive of the templates is, by its key there.
fn archives(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let manifest = value(&folder.join("manifest.json"))?;
    let assets = artifacts(&manifest, "cdk:asset-manifest").map(|(_, artifact)| artifact);
    let files: Vec<&str> = assets.filter_map(|artifact| artifact["properties"]["file"].as_str()).collect();
    let mut found = BTreeMap::new();
    for file in files {
        let assets = value(&folder.join(file))?;
        for asset in assets["files"].as_object().into_iter().flat_map(Map::values) {
            let archive = (asset["source"]["packaging"] == "zip").then(|| asset["source"]["path"].as_str()).flatten();
            let Some(archive) = archive else { continue };
            let bootstrap = folder.join(archive).join("bootstrap");
            let function = fs::read_to_string(&bootstrap).map_err(|error| told(&bootstrap, &error))?;
            let places = asset["destinations"].as_object().into_iter().flat_map(Map::values);
            let keys = places.filter_map(|place| place["objectKey"].as_str());
            found.extend(keys.map(|key| (key.to_owned(), function.clone())));
        }
    }
    Ok(found)
}

/// The stacks of a manifest and their templates' files, each after those that it stands on.
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
        let next = left.iter().position(|(_, stack)| is_ready(stack)).ok_or("the stacks stand on each other")?;
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
    let text = fs::read(file).map_err(|error| told(file, &error))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_named_by_its_content_and_nothing_else_changes() {
        let names = BTreeMap::from([("a.zip".to_owned(), "one-1.zip".to_owned())]);
        let function = |code: Value| json!({"Resources": {"F": {"Properties": {"Code": code, "S3Key": "b.zip"}}}});
        let mut template = function(json!({"S3Bucket": {"Fn::Sub": "x"}, "S3Key": "a.zip"}));
        name_programs(&mut template, &names);
        assert_eq!(template, function(json!({"S3Bucket": CODE_BUCKET, "S3Key": "one-1.zip"})));
        assert_ne!(content_name("a", b"1"), content_name("a", b"2"));
        assert_eq!(content_name("a", b"1"), content_name("a", b"1"));
    }

    #[test]
    fn only_the_unknown_condition_is_left_out() {
        let mut template = json!([
            {"Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ORDER#*"]}}, "Action": "x"},
            {"Condition": {"StringEquals": {"a:B": "c", "dynamodb:LeadingKeys": ["X"]}}},
            {"Condition": {"StringEquals": {"a:B": "c"}}},
            {"Condition": "NameOfACondition"},
        ]);
        leave_out_conditions(&mut template);
        let expected = json!([
            {"Action": "x"},
            {"Condition": {"StringEquals": {"a:B": "c"}}},
            {"Condition": {"StringEquals": {"a:B": "c"}}},
            {"Condition": "NameOfACondition"},
        ]);
        assert_eq!(template, expected);
    }

    #[test]
    fn stacks_come_after_what_they_stand_on() {
        let stack = |on: &[&str]| json!({"type": "aws:cloudformation:stack", "dependencies": on, "properties": {"templateFile": "f"}});
        let manifest = json!({"artifacts": {
            "a": stack(&["b", "a.assets"]), "b": stack(&["c"]), "c": stack(&[]), "a.assets": {"type": "cdk:asset-manifest"},
        }});
        let order: Vec<String> = ordered(&manifest).expect("it is well").into_iter().map(|(name, _)| name).collect();
        assert_eq!(order, ["c", "b", "a"]);
        let round = json!({"artifacts": {"a": stack(&["b"]), "b": stack(&["a"])}});
        assert!(ordered(&round).is_err());
    }
}
