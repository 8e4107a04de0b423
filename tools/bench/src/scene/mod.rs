//! The functions as deployed, in front of the stub of all that they talk to: their settings, and for each one a real event with
//! the state that it needs. Orders, callbacks and messages are made by the functions themselves and by the sandbox.

mod event;
mod gateway;
mod life;
mod making;
mod peers;
mod rows;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub use event::Event;
pub use life::Step;
pub use peers::{Language, Peers, PeersArguments};
pub use rows::FUNCTIONS;

use self::rows::{Row, rows};
use crate::Failure;
use crate::host::{Process, Program};
use crate::stub::Stub;

const STAGE: &str = "bench";
const TABLE: &str = "till";
/// Has no orders: what the schedule finds in most minutes.
const QUIET_TABLE: &str = "quiet";

/// Which addresses the functions use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wire {
    Plain,
    Tls,
}

pub struct Scene {
    pub stub: Stub,
    wire: Wire,
    /// The folder of the built programs.
    programs: PathBuf,
    /// For what is written on the way: keys, certificate, logs.
    folder: PathBuf,
    rows: Vec<Row>,
    bearer: String,
    runtime: tokio::runtime::Runtime,
    /// Functions that make the state for events, by name. They are not measured.
    warm: BTreeMap<String, Process>,
    people: u32,
}

impl Scene {
    /// Starts the stub, and fills it with the program `till`: accounts, keys and the catalogue of the examples.
    pub fn open(programs: &Path, folder: &Path, wire: Wire) -> Result<Self, Failure> {
        let stub = Stub::start(folder, &[TABLE, QUIET_TABLE, peers::TABLE])?;
        stub.put(peers::TABLE, &peers::product())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut scene = Self {
            stub,
            wire,
            programs: std::path::absolute(programs)?,
            folder: std::path::absolute(folder)?,
            rows: rows()?,
            bearer: String::new(),
            runtime,
            warm: BTreeMap::new(),
            people: 0,
        };
        scene.fill()?;
        Ok(scene)
    }

    fn fill(&mut self) -> Result<(), Failure> {
        let program = self.till();
        let mut till = Command::new(&program);
        till.args(["sandbox", "init", "--keys"])
            .arg(self.folder.join("keys"))
            .arg("--catalogue")
            .arg(rows::root().join("examples/catalogue.json"))
            .args(["--api-url", &self.stub.aws.url(false), "--sandbox-url", &self.stub.providers.url(self.is_tls())])
            .env_clear()
            .env("AWS_ENDPOINT_URL", self.stub.aws.url(false))
            .envs([("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", STAGE), ("AWS_SECRET_ACCESS_KEY", STAGE)])
            .envs([("STAGE", STAGE), ("TABLE_NAME", TABLE)]);
        let done = till.output().map_err(|error| format!("{}: {error}", program.display()))?;
        if !done.status.success() {
            let said = [done.stdout, done.stderr].concat();
            return Err(format!("`till sandbox init` failed: {}", String::from_utf8_lossy(&said)).into());
        }
        self.stub.start_providers(&format!("till/{STAGE}/sandbox/config"))?;
        let bearer = self.stub.secret(&format!("till/{STAGE}/bearer")).ok_or("`till` made no key for tokens")?;
        let bearer: serde_json::Value = serde_json::from_str(&bearer)?;
        bearer["bearer"].as_str().ok_or("the key for tokens is not there")?.clone_into(&mut self.bearer);
        Ok(())
    }

    /// The program `till`, which may be built otherwise than the functions: beside this program, or beside them.
    fn till(&self) -> PathBuf {
        let beside = std::env::current_exe().ok().map(|exe| exe.with_file_name("till"));
        beside.filter(|file| file.exists()).unwrap_or_else(|| self.programs.join("till"))
    }

    pub fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// A function as it is deployed.
    pub fn program(&self, name: &str) -> Result<Program, Failure> {
        let row = self.rows.iter().find(|row| row.name == name).ok_or_else(|| format!("no function {name}"))?;
        let all = self.settings();
        let mut settings = Vec::new();
        for name in &row.environment {
            let value = all.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
            settings.extend(value.or_else(|| self.queue(name)).map(|value| (name.clone(), value)));
        }
        settings.extend(self.wires().map(|(setting, value)| (setting.to_owned(), value)));
        if name == "sweep-orders" {
            settings.push(("TABLE_NAME".to_owned(), QUIET_TABLE.to_owned()));
        }
        Ok(Program {
            name: name.to_owned(),
            file: self.programs.join(name),
            arguments: Vec::new(),
            folder: self.programs.clone(),
            settings,
            memory_mb: row.memory_mb,
            timeout: Duration::from_secs(row.timeout_seconds),
        })
    }

    /// A function that does nothing.
    pub fn floor(&self) -> Program {
        Program {
            name: "floor".to_owned(),
            file: self.programs.join("bench-floor"),
            arguments: Vec::new(),
            folder: self.programs.clone(),
            settings: Vec::new(),
            memory_mb: 256,
            timeout: Duration::from_secs(25),
        }
    }

    /// Where everything is, and which certificate to trust: for programs of any language.
    pub fn wires(&self) -> impl Iterator<Item = (&'static str, String)> {
        let ca = self.stub.ca_file.display().to_string();
        let url = ("AWS_ENDPOINT_URL", self.stub.aws.url(self.is_tls()));
        let trust = [("AWS_CA_BUNDLE", ca.clone()), ("SSL_CERT_FILE", ca)];
        let is_tls = self.is_tls();
        std::iter::once(url).chain(trust.into_iter().filter(move |_| is_tls))
    }

    /// The settings of the stage. The rest have their defaults.
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("STAGE", STAGE.to_owned()),
            ("LOG_LEVEL", "info".to_owned()),
            ("TABLE_NAME", TABLE.to_owned()),
            ("WEBSOCKET_API_ID", "sockets".to_owned()),
            ("WEBSOCKET_STAGE", "live".to_owned()),
            ("HTTP_API_ID", "shop".to_owned()),
            ("SANDBOX_API_ID", "sandbox".to_owned()),
            // The sandbox sends callbacks over plain HTTP.
            ("PUBLIC_BASE_URL", self.stub.aws.url(false)),
            ("PAYMENT_MOCK_MODE", "true".to_owned()),
        ]
    }

    /// The address of a queue, for the variable that names it.
    fn queue(&self, variable: &str) -> Option<String> {
        let name = variable.strip_suffix("_QUEUE_URL")?.to_lowercase();
        Some(format!("{}/123456789012/{name}", self.stub.aws.url(self.is_tls())))
    }

    const fn is_tls(&self) -> bool {
        matches!(self.wire, Wire::Tls)
    }
}
