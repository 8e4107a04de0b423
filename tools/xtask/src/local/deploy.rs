//! Deploys the stacks to the emulator. A stack whose creation was never finished is deleted and created again; any other is
//! updated.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::aws::{Aws, element, elements};
use super::build::Programs;
use super::place::file_error;
use super::templates::{self, CODE_BUCKET, Templates};
use super::{process, zip};
use crate::tools::made::hash;

/// A stack usually takes a tenth of a second.
const STACK_TIMEOUT: Duration = Duration::from_mins(2);
/// The templates of the CDK require this parameter, which `cdk bootstrap` writes on AWS.
const BOOTSTRAP_VERSION: &str = "/cdk-bootstrap/hnb659fds/version";

const UNCHANGED: &str = "unchanged";

/// The outputs of all stacks, by their names.
pub(crate) type Outputs = BTreeMap<String, String>;

pub(crate) fn all(aws: Aws, all: &Templates, programs: &Programs) -> Result<Outputs, String> {
    let code = Code::read(&all.archives, programs)?;
    aws.create_bucket(CODE_BUCKET)?;
    let version = json!({"Name": BOOTSTRAP_VERSION, "Value": "30", "Type": "String", "Overwrite": true});
    aws.json("ssm", "AmazonSSM.PutParameter", &version)?;
    let mut outputs = Outputs::new();
    for stack in &all.stacks {
        let mut template = stack.template.clone();
        templates::set_code_keys(&mut template, &code.keys);
        let change = deploy(aws, &stack.name, &template, &code)?;
        println!("  {} {change}", stack.name);
        outputs.extend(describe(aws, &stack.name)?.map(|stack| stack.outputs).unwrap_or_default());
    }
    Ok(outputs)
}

/// The programs of the functions. The key of an archive has a hash of the program in it, so that a changed program changes
/// the template.
struct Code {
    /// From the key in a template to ours.
    keys: BTreeMap<String, String>,
    /// From our key to the program.
    files: BTreeMap<String, PathBuf>,
}

impl Code {
    fn read(archives: &BTreeMap<String, String>, programs: &Programs) -> Result<Self, String> {
        let mut code = Self { keys: BTreeMap::new(), files: BTreeMap::new() };
        for (key, function) in archives {
            let file = programs.get(function).ok_or_else(|| format!("the function {function} was not built"))?;
            let ours = format!("{function}-{}.zip", hash("", std::slice::from_ref(file))?);
            code.files.insert(ours.clone(), file.clone());
            code.keys.insert(key.clone(), ours);
        }
        Ok(code)
    }
}

fn deploy(aws: Aws, name: &str, template: &Value, code: &Code) -> Result<&'static str, String> {
    let text = template.to_string();
    let before = describe(aws, name)?;
    let before = match before {
        Some(stack) if !stack.can_be_updated() => {
            remove(aws, name)?;
            None
        }
        other => other,
    };
    let known =
        if before.is_some() { aws.cloudformation("GetTemplate", &[("StackName", name)])? } else { String::new() };
    let known = element(&known, "TemplateBody").unwrap_or_default();
    if known == text {
        return Ok(UNCHANGED);
    }
    // The emulator has fetched the archives of the known template already.
    let new: Vec<&String> = code.files.keys().filter(|key| text.contains(*key) && !known.contains(*key)).collect();
    for key in &new {
        put(aws, key, code)?;
    }
    let file = format!("{name}.json");
    aws.put_object(CODE_BUCKET, &file, text.as_bytes())?;
    let url = format!("http://127.0.0.1:{}/{CODE_BUCKET}/{file}", aws.port);
    let fields = [
        ("StackName", name),
        ("TemplateURL", url.as_str()),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("Capabilities.member.2", "CAPABILITY_NAMED_IAM"),
    ];
    let change = change(aws, before.is_some(), &fields)?;
    wait_for(aws, name)?;
    // The emulator keeps objects in memory.
    for key in new.into_iter().chain([&file]) {
        aws.delete_object(CODE_BUCKET, key)?;
    }
    Ok(change)
}

/// Creates or updates a stack, and returns which it was.
fn change(aws: Aws, exists: bool, fields: &[(&str, &str)]) -> Result<&'static str, String> {
    let (action, change) = if exists { ("UpdateStack", "updated") } else { ("CreateStack", "created") };
    match aws.cloudformation(action, fields) {
        Err(why) if why.contains("No updates are to be performed") => Ok(UNCHANGED),
        result => result.map(|_| change),
    }
}

fn put(aws: Aws, key: &str, code: &Code) -> Result<(), String> {
    let Some(file) = code.files.get(key) else { return Ok(()) };
    let program = fs::read(file).map_err(|error| file_error(file, &error))?;
    let archive = zip::stored(&program).map_err(|error| format!("{}: {error}", file.display()))?;
    aws.put_object(CODE_BUCKET, key, &archive)
}

fn remove(aws: Aws, name: &str) -> Result<(), String> {
    println!("  {name} was never completely created: deleting it");
    aws.cloudformation("DeleteStack", &[("StackName", name)])?;
    let mut last = Ok(());
    let is_gone = process::within(STACK_TIMEOUT, || match describe(aws, name) {
        Ok(stack) => stack.is_none(),
        Err(why) => {
            last = Err(why);
            true
        }
    });
    if is_gone { last } else { Err(format!("{name} cannot be deleted: start with `cargo xtask up --fresh`")) }
}

/// Waits for the end of a change; an error says what failed.
fn wait_for(aws: Aws, name: &str) -> Result<(), String> {
    let mut last = Ok(None);
    let ended = process::within(STACK_TIMEOUT, || {
        last = describe(aws, name);
        !matches!(&last, Ok(Some(stack)) if stack.is_changing())
    });
    let stack = last?.ok_or_else(|| format!("{name} has disappeared"))?;
    if ended && stack.is_complete() {
        return Ok(());
    }
    let why = failures(&aws.cloudformation("DescribeStackEvents", &[("StackName", name)])?);
    Err(format!("the stack {name} is {}: {} {}", stack.status, stack.reason, why.join("; ")))
}

#[derive(Debug)]
struct Stack {
    status: String,
    reason: String,
    outputs: Outputs,
}

impl Stack {
    fn is_changing(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS")
    }

    fn is_complete(&self) -> bool {
        ["CREATE_COMPLETE", "UPDATE_COMPLETE"].contains(&self.status.as_str())
    }

    /// Whether it was completely created once; its last update may have failed.
    fn can_be_updated(&self) -> bool {
        self.is_complete() || self.status.starts_with("UPDATE_")
    }
}

fn describe(aws: Aws, name: &str) -> Result<Option<Stack>, String> {
    match aws.cloudformation("DescribeStacks", &[("StackName", name)]) {
        Ok(xml) => Ok(parse(&xml).filter(|stack| stack.status != "DELETE_COMPLETE")),
        Err(why) if why.contains("does not exist") => Ok(None),
        Err(why) => Err(why),
    }
}

fn parse(xml: &str) -> Option<Stack> {
    let keys = elements(xml, "OutputKey").into_iter().zip(elements(xml, "OutputValue"));
    Some(Stack {
        status: element(xml, "StackStatus")?,
        reason: element(xml, "StackStatusReason").unwrap_or_default(),
        outputs: keys.collect(),
    })
}

/// The resources that failed, with the reasons.
fn failures(xml: &str) -> Vec<String> {
    let events = xml.split("<member>").filter(|event| event.contains("_FAILED</ResourceStatus>"));
    let failures = events.map(|event| {
        let part = |name| element(event, name).unwrap_or_default();
        format!("{} ({})", part("LogicalResourceId"), part("ResourceStatusReason"))
    });
    failures.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_outputs_of_a_stack_are_read() {
        let xml = "<DescribeStacksResponse><StackStatus>UPDATE_ROLLBACK_COMPLETE</StackStatus>\
            <StackStatusReason>a &lt; b</StackStatusReason><Outputs><member><OutputKey>TableName</OutputKey>\
            <OutputValue>till-dev</OutputValue></member><member><OutputKey>QueueUrl</OutputKey>\
            <OutputValue>http://q</OutputValue></member></Outputs></DescribeStacksResponse>";
        let stack = parse(xml).expect("the sample describes a stack");
        assert_eq!((stack.reason.as_str(), stack.outputs["TableName"].as_str()), ("a < b", "till-dev"));
        assert!(stack.can_be_updated() && !stack.is_complete() && !stack.is_changing());
    }

    #[test]
    fn stack_that_was_never_created_completely_cannot_be_updated() {
        for (status, can_be_updated) in [
            ("CREATE_COMPLETE", true),
            ("UPDATE_COMPLETE", true),
            ("UPDATE_ROLLBACK_FAILED", true),
            ("CREATE_IN_PROGRESS", false),
            ("CREATE_FAILED", false),
            ("ROLLBACK_COMPLETE", false),
            ("DELETE_FAILED", false),
        ] {
            let stack = parse(&format!("<StackStatus>{status}</StackStatus>")).expect("the sample describes a stack");
            assert_eq!(stack.can_be_updated(), can_be_updated, "{status}");
        }
    }

    #[test]
    fn failed_resources_are_listed_with_reasons() {
        let xml = "<member><LogicalResourceId>Table</LogicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
            </member><member><LogicalResourceId>Api</LogicalResourceId><ResourceStatus>CREATE_FAILED</ResourceStatus>\
            <ResourceStatusReason>no such thing</ResourceStatusReason></member>";
        assert_eq!(failures(xml), ["Api (no such thing)"]);
    }
}
