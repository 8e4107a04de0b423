//! Stacks in the emulator: made, or changed where something changed. A stack that never came to its end holds nothing that
//! anybody was told of, and is made anew; any other is only ever changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::aws::{Aws, element, elements};
use super::place::told;
use super::templates::{self, CODE_BUCKET, Templates};
use super::{process, zip};

/// A stack takes a tenth of a second.
const MOST_TO_MAKE: Duration = Duration::from_mins(2);
/// What the CDK's templates ask for: that the account is prepared for them.
const PREPARED: &str = "/cdk-bootstrap/hnb659fds/version";

/// What all stacks tell of themselves, by the names that they give it.
pub(crate) type Outputs = BTreeMap<String, String>;

/// Brings the emulator to these stacks with these programs.
pub(crate) fn all(
    aws: Aws,
    all: &Templates,
    programs: &BTreeMap<String, PathBuf>,
    auth: bool,
) -> Result<Outputs, String> {
    let code = Code::read(&all.archives, programs)?;
    aws.make_bucket(CODE_BUCKET)?;
    let version = json!({"Name": PREPARED, "Value": "30", "Type": "String", "Overwrite": true});
    aws.json("ssm", "AmazonSSM.PutParameter", &version)?;
    let mut outputs = Outputs::new();
    for stack in &all.stacks {
        let mut template = stack.template.clone();
        templates::name_programs(&mut template, &code.names);
        if auth {
            templates::leave_out_conditions(&mut template);
        }
        let done = bring(aws, &stack.name, &template, &code)?;
        println!("  {} {}", stack.name, done.word());
        outputs.extend(describe(aws, &stack.name)?.map(|stack| stack.outputs).unwrap_or_default());
    }
    Ok(outputs)
}

/// The programs as archives, by the names that templates know them by.
struct Code {
    /// From a template's key to ours.
    names: BTreeMap<String, String>,
    /// From our key to the program's file.
    files: BTreeMap<String, PathBuf>,
}

impl Code {
    fn read(archives: &BTreeMap<String, String>, programs: &BTreeMap<String, PathBuf>) -> Result<Self, String> {
        let mut code = Self { names: BTreeMap::new(), files: BTreeMap::new() };
        for (key, function) in archives {
            let file = programs.get(function).ok_or_else(|| format!("nothing was built for {function}"))?;
            let program = fs::read(file).map_err(|error| told(file, &error))?;
            let ours = templates::content_name(function, &program);
            code.files.insert(ours.clone(), file.clone());
            code.names.insert(key.clone(), ours);
        }
        Ok(code)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Done {
    Made,
    Changed,
    Nothing,
}

impl Done {
    const fn word(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Nothing => "as it was",
        }
    }
}

fn bring(aws: Aws, name: &str, template: &Value, code: &Code) -> Result<Done, String> {
    let text = template.to_string();
    let before = describe(aws, name)?;
    let before = match before {
        Some(stack) if !stack.is_usable() => {
            remove(aws, name)?;
            None
        }
        other => other,
    };
    let known = if before.is_some() { aws.stacks("GetTemplate", &[("StackName", name)])? } else { String::new() };
    let known = element(&known, "TemplateBody").unwrap_or_default();
    if known == text {
        return Ok(Done::Nothing);
    }
    // What the emulator has already it does not fetch again.
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
    let done = change(aws, before.is_some(), &fields)?;
    settled(aws, name)?;
    // They would only fill the emulator's memory.
    for key in new.into_iter().chain([&file]) {
        aws.delete_object(CODE_BUCKET, key)?;
    }
    Ok(done)
}

fn change(aws: Aws, is_there: bool, fields: &[(&str, &str)]) -> Result<Done, String> {
    let (action, done) = if is_there { ("UpdateStack", Done::Changed) } else { ("CreateStack", Done::Made) };
    match aws.stacks(action, fields) {
        Err(why) if why.contains("No updates are to be performed") => Ok(Done::Nothing),
        result => result.map(|_| done),
    }
}

fn put(aws: Aws, key: &str, code: &Code) -> Result<(), String> {
    let Some(file) = code.files.get(key) else { return Ok(()) };
    let program = fs::read(file).map_err(|error| told(file, &error))?;
    let archive = zip::stored(&program).map_err(|error| format!("{}: {error}", file.display()))?;
    aws.put_object(CODE_BUCKET, key, &archive)
}

fn remove(aws: Aws, name: &str) -> Result<(), String> {
    println!("  {name} was begun and never finished: it is removed");
    aws.stacks("DeleteStack", &[("StackName", name)])?;
    let mut last = Ok(());
    let gone = process::within(MOST_TO_MAKE, || match describe(aws, name) {
        Ok(stack) => stack.is_none(),
        Err(why) => {
            last = Err(why);
            true
        }
    });
    if gone { last } else { Err(format!("{name} does not go away: `cargo xtask up --fresh` begins anew")) }
}

/// Waits until a stack is at its end, and that is the right one.
fn settled(aws: Aws, name: &str) -> Result<(), String> {
    let mut last = Ok(None);
    let ended = process::within(MOST_TO_MAKE, || {
        last = describe(aws, name);
        !matches!(&last, Ok(Some(stack)) if stack.is_at_work())
    });
    let stack = last?.ok_or_else(|| format!("{name} is gone"))?;
    if ended && stack.is_good() {
        return Ok(());
    }
    let why = failures(&aws.stacks("DescribeStackEvents", &[("StackName", name)])?);
    Err(format!("{name} is {}: {} {}", stack.status, stack.reason, why.join("; ")))
}

/// A stack as it stands.
#[derive(Debug)]
struct Standing {
    status: String,
    reason: String,
    outputs: Outputs,
}

impl Standing {
    fn is_at_work(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS")
    }

    fn is_good(&self) -> bool {
        ["CREATE_COMPLETE", "UPDATE_COMPLETE"].contains(&self.status.as_str())
    }

    /// Whether it was whole once: then it is changed, whatever became of the last change.
    fn is_usable(&self) -> bool {
        self.is_good() || self.status.starts_with("UPDATE_")
    }
}

fn describe(aws: Aws, name: &str) -> Result<Option<Standing>, String> {
    match aws.stacks("DescribeStacks", &[("StackName", name)]) {
        Ok(xml) => Ok(standing(&xml).filter(|stack| stack.status != "DELETE_COMPLETE")),
        Err(why) if why.contains("does not exist") => Ok(None),
        Err(why) => Err(why),
    }
}

fn standing(xml: &str) -> Option<Standing> {
    let keys = elements(xml, "OutputKey").into_iter().zip(elements(xml, "OutputValue"));
    Some(Standing {
        status: element(xml, "StackStatus")?,
        reason: element(xml, "StackStatusReason").unwrap_or_default(),
        outputs: keys.collect(),
    })
}

/// Which resources failed, and why.
fn failures(xml: &str) -> Vec<String> {
    let events = xml.split("<member>").filter(|event| event.contains("_FAILED</ResourceStatus>"));
    let told = events.map(|event| {
        let part = |name| element(event, name).unwrap_or_default();
        format!("{} ({})", part("LogicalResourceId"), part("ResourceStatusReason"))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_read() {
        let xml = "<DescribeStacksResponse><StackStatus>UPDATE_ROLLBACK_COMPLETE</StackStatus>\
            <StackStatusReason>a &lt; b</StackStatusReason><Outputs><member><OutputKey>TableName</OutputKey>\
            <OutputValue>till-dev</OutputValue></member><member><OutputKey>QueueUrl</OutputKey>\
            <OutputValue>http://q</OutputValue></member></Outputs></DescribeStacksResponse>";
        let stack = standing(xml).expect("it is whole");
        assert_eq!((stack.reason.as_str(), stack.outputs["TableName"].as_str()), ("a < b", "till-dev"));
        assert!(stack.is_usable() && !stack.is_good() && !stack.is_at_work());
    }

    #[test]
    fn a_stack_that_was_never_whole_is_of_no_use() {
        for (status, is_usable) in [
            ("CREATE_COMPLETE", true),
            ("UPDATE_COMPLETE", true),
            ("UPDATE_ROLLBACK_FAILED", true),
            ("CREATE_IN_PROGRESS", false),
            ("CREATE_FAILED", false),
            ("ROLLBACK_COMPLETE", false),
            ("DELETE_FAILED", false),
        ] {
            let stack = standing(&format!("<StackStatus>{status}</StackStatus>")).expect("it is whole");
            assert_eq!(stack.is_usable(), is_usable, "{status}");
        }
    }

    #[test]
    fn what_failed_is_told() {
        let xml = "<member><LogicalResourceId>Table</LogicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
            </member><member><LogicalResourceId>Api</LogicalResourceId><ResourceStatus>CREATE_FAILED</ResourceStatus>\
            <ResourceStatusReason>no such thing</ResourceStatusReason></member>";
        assert_eq!(failures(xml), ["Api (no such thing)"]);
    }
}
