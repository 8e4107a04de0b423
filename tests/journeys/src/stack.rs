//! The outputs of the running stack, from the file that `cargo xtask up` writes, or for a stage on AWS `till sandbox init`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Outcome;

#[derive(Clone, Debug)]
pub struct Stack {
    outputs: Value,
}

impl Stack {
    /// `TILL_OUTPUTS` names another file than `target/local/outputs.json`.
    pub fn running() -> Outcome<Self> {
        let file = outputs_file();
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("{}: {error}; `cargo xtask up` starts the stack", file.display()))?;
        let outputs = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self { outputs })
    }

    /// Whether it can be reached from outside only, as a stage on AWS: nothing can be changed behind it.
    pub fn is_deployed(&self) -> bool {
        self.output("endpoint_url").is_err()
    }

    pub fn output(&self, name: &str) -> Outcome<&str> {
        self.outputs.get(name).and_then(Value::as_str).ok_or_else(|| format!("the stack's outputs have no `{name}`"))
    }

    /// The address of a route: those of the team are beside the others.
    pub fn api(&self, path: &str) -> Outcome<String> {
        let below = if path.starts_with("/admin/") { "/api/v1" } else { "/api/v1/payment" };
        Ok(format!("{}{below}{path}", self.output("api_url")?))
    }

    /// A route of the team.
    pub fn admin_api(&self, path: &str) -> Outcome<String> {
        Ok(format!("{}/api/v1/admin{path}", self.output("api_url")?))
    }

    /// A function's name in the emulator: the last part of its ARN.
    pub fn function(&self, name: &str) -> Outcome<&str> {
        let arn = self.outputs.pointer(&format!("/functions/{name}")).and_then(Value::as_str);
        arn.and_then(|arn| arn.rsplit(':').next()).ok_or_else(|| format!("the stack has no function `{name}`"))
    }

    /// The lines that a function has logged, from the log beside the outputs.
    pub fn logged(&self, function: &str) -> Outcome<Vec<String>> {
        let begin = format!("{}: ", self.function(function)?);
        let file = outputs_file().with_file_name("emulator.log");
        let text = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let text = String::from_utf8_lossy(&text);
        Ok(text.lines().filter_map(|line| line.strip_prefix(&begin)).map(str::to_owned).collect())
    }

    /// A value of a provider, such as `stripe/secret_key`.
    pub fn provider(&self, pointer: &str) -> Outcome<&str> {
        let found = self.outputs.pointer(&format!("/providers/{pointer}")).and_then(Value::as_str);
        found.ok_or_else(|| format!("the stack's outputs have no `providers/{pointer}`"))
    }
}

fn outputs_file() -> PathBuf {
    std::env::var_os("TILL_OUTPUTS").map_or_else(default_file, PathBuf::from)
}

fn default_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/local/outputs.json")
}
