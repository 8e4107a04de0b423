//! What to start, and the environment that Lambda would give it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Also the region of everything that the functions talk to.
pub const REGION: &str = "us-east-1";

/// A function's program with its settings.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    pub file: PathBuf,
    pub arguments: Vec<OsString>,
    /// The folder of the code, in which it runs.
    pub folder: PathBuf,
    /// The settings that a deployment gives the function, beside the variables of Lambda.
    pub settings: Vec<(String, String)>,
    pub memory_mb: u32,
    pub timeout: Duration,
}

impl Program {
    /// The variables that Lambda sets, without the address of the Runtime API.
    pub fn lambda_variables(&self) -> Vec<(&'static str, OsString)> {
        let Self { name, memory_mb, folder, .. } = self;
        let text = |value: &str| OsString::from(value);
        vec![
            ("AWS_ACCESS_KEY_ID", text("bench")),
            ("AWS_DEFAULT_REGION", text(REGION)),
            ("AWS_EXECUTION_ENV", text("AWS_Lambda_provided.al2023")),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mb.to_string().into()),
            ("AWS_LAMBDA_FUNCTION_NAME", name.into()),
            ("AWS_LAMBDA_FUNCTION_VERSION", text("$LATEST")),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", text("on-demand")),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}").into()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", text("2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef")),
            ("AWS_REGION", text(REGION)),
            ("AWS_SECRET_ACCESS_KEY", text("bench")),
            ("AWS_SESSION_TOKEN", text("bench")),
            ("LAMBDA_RUNTIME_DIR", text("/var/runtime")),
            ("LAMBDA_TASK_ROOT", folder.into()),
            ("LANG", text("en_US.UTF-8")),
            ("PATH", text("/usr/local/bin:/usr/bin:/bin")),
            ("TZ", text(":UTC")),
            ("_HANDLER", text("bootstrap")),
        ]
    }
}
