//! The same create-order and WeChat callback in other languages: how they are started, and their events.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::event::Expected;
use super::{Event, STAGE, Scene};
use crate::Failure;
use crate::host::Program;

/// Their orders, and the product that they sell.
pub const TABLE: &str = "peers";
/// What a callback's address ends with.
const CALLBACK_PATH: &str = "/api/v1/payment/wechat/callback/peer";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    Python,
    Node,
}

impl Language {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node",
        }
    }
}

/// Where they are installed, as arguments of a benchmark.
#[derive(Args)]
pub struct PeersArguments {
    /// The folder with the installed functions of other languages; without it they are left out
    #[arg(long, value_name = "FOLDER", requires_all = ["python", "node"])]
    peers: Option<PathBuf>,
    /// The Python of the environment with the packages
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    node: Option<PathBuf>,
}

/// Where they are installed.
pub struct Peers {
    folder: PathBuf,
    python: PathBuf,
    node: PathBuf,
}

impl PeersArguments {
    /// `None` if they are left out.
    pub fn open(&self) -> Result<Option<Peers>, Failure> {
        match (&self.peers, &self.python, &self.node) {
            (Some(folder), Some(python), Some(node)) => Peers::new(folder, python, node).map(Some),
            _ => Ok(None),
        }
    }
}

impl Peers {
    pub const ALL: [(Language, &'static str); 4] = [
        (Language::Python, "create-order"),
        (Language::Node, "create-order"),
        (Language::Python, "wechat-callback"),
        (Language::Node, "wechat-callback"),
    ];

    fn new(folder: &Path, python: &Path, node: &Path) -> Result<Self, Failure> {
        // Not the file behind a link: Python finds its packages by the place of the link.
        Ok(Self { folder: std::path::absolute(folder)?, python: std::path::absolute(python)?, node: node.to_owned() })
    }

    pub fn program(&self, scene: &Scene, language: Language, function: &str) -> Result<Program, Failure> {
        let (file, folder, arguments) = match language {
            Language::Python => {
                let handler = format!("{}.handler", function.replace('-', "_"));
                (&self.python, "python", vec!["-m".into(), "awslambdaric".into(), handler.into()])
            }
            Language::Node => {
                let handler = self.folder.join(format!("node/dist/{function}.cjs"));
                (&self.node, "node", vec!["bootstrap.cjs".into(), handler.into_os_string()])
            }
        };
        let ours = scene.program(function)?;
        let ca = scene.stub.ca_file.display().to_string();
        let mut settings: Vec<(String, String)> = scene.wires().map(|(name, value)| (name.to_owned(), value)).collect();
        let own = [
            ("TABLE_NAME", TABLE.to_owned()),
            ("QUEUE_URL", format!("{}/123456789012/fulfilment", scene.stub.aws.url(scene.is_tls()))),
            ("BEARER_SECRET", format!("till/{STAGE}/bearer")),
            ("ACCOUNT_SECRET", format!("till/{STAGE}/account/sandbox-wechat")),
            ("NOTIFY_URL", format!("{}{CALLBACK_PATH}", scene.stub.aws.url(false))),
            ("WECHAT_URL", scene.stub.providers.url(scene.is_tls())),
            // Each HTTP library names the trusted certificates by a variable of its own.
            ("REQUESTS_CA_BUNDLE", ca.clone()),
            ("NODE_EXTRA_CA_CERTS", ca),
        ];
        settings.extend(own.map(|(name, value)| (name.to_owned(), value)));
        Ok(Program {
            name: format!("{function}-{}", language.name().to_lowercase()),
            file: file.clone(),
            arguments,
            folder: self.folder.join(folder),
            settings,
            memory_mb: ours.memory_mb,
            timeout: Duration::from_mins(1),
        })
    }
}

/// The product that the events order, as the peers store it.
pub fn product() -> Value {
    json!({"pk": {"S": "PRODUCT"}, "sk": {"S": "points#1"}, "name": {"S": "100 积分"}, "price": {"N": "990"}})
}

impl Scene {
    /// A new event for a peer; the same as ours would get.
    pub fn peer_event(&mut self, peers: &Peers, language: Language, function: &str) -> Result<Event, Failure> {
        let wish = self.wish("wechat_native")?;
        let (json, part) = if function == "create-order" {
            (wish, "qr_code_url")
        } else {
            let create = peers.program(self, language, "create-order")?;
            let order = self.ask(create, &wish)?;
            let no = order["order_no"].as_str().ok_or_else(|| format!("no order: {order}"))?;
            let callback = self.pay(no)?;
            (super::making::callback_event("/wechat/callback", &callback), "SUCCESS")
        };
        Ok(Event { json, expected: Expected::Http { status: 200, part } })
    }
}
