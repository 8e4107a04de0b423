//! What a callback cannot do without: its cryptography, one parse of its event, and the signed requests to AWS that it makes, each
//! measured by itself, with the same clients, over the same TLS and in the same run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;

use serde_json::{Value, json};
use till_app::ports::{Cause, Outcome, Record};
use till_app::ports::{CountCalls as _, Enqueue as _, KeepRecord as _, LoadWallet as _, Scope, Task, Unavailable};
use till_aws::{Aws, Settings, configure};
use till_domain::id::OrderNo;
use till_domain::order::{Fulfilment, Status};
use till_domain::text::UserId;
use till_domain::time::Time;

use super::warm;
use crate::measure::{Samples, Work, count, cpu_of_this_thread, in_turns};
use crate::scene::Scene;
use crate::{Failure, wire};

/// Requests to AWS of one turn.
const REQUESTS: usize = 100;
/// An odd number, so that the median is one of the turns.
const TURNS: usize = 11;

/// Callbacks, with the row of their bare cryptography in [`wire`].
const CALLBACKS: [(&str, &str); 3] = [
    ("wechat-callback", "WeChat Pay: verify and decrypt a callback"),
    ("alipay-callback", "Alipay: verify and read a notification"),
    ("stripe-webhook", "Stripe: verify and read a webhook"),
];

/// Microseconds of CPU.
pub struct Bare {
    crypto: BTreeMap<&'static str, f64>,
    parse: BTreeMap<&'static str, f64>,
    /// By kind of request, as the stub names it.
    aws: BTreeMap<&'static str, Samples>,
}

pub struct Callback {
    name: &'static str,
    cpu: f64,
    crypto: f64,
    parse: f64,
    aws: f64,
    /// The CPU of the same callback in Python.
    peer: Option<f64>,
}

pub fn measure(scene: &mut Scene) -> Result<Bare, Failure> {
    let rows = wire::rows()?;
    let mut crypto = BTreeMap::new();
    for (name, row) in CALLBACKS {
        let row = rows.iter().find(|one| one.name == row).ok_or_else(|| format!("no measurement `{row}`"))?;
        crypto.insert(name, row.beside.ok_or("a measurement has nothing beside it")?.micros());
    }
    let events: Vec<String> =
        CALLBACKS.iter().map(|(name, _)| Ok(scene.event(name)?.json)).collect::<Result<_, Failure>>()?;
    let mut works: Vec<Work<'_>> = CALLBACKS
        .iter()
        .zip(&events)
        .map(|((name, _), event)| Work::new(name, || serde_json::from_str::<Value>(black_box(event)).is_ok()))
        .collect();
    let took = in_turns(&mut works);
    let parse = CALLBACKS.iter().zip(took).map(|((name, _), took)| (*name, took.micros())).collect();
    Ok(Bare { crypto, parse, aws: aws(scene)? })
}

/// One request of each kind that a callback makes, in turns.
fn aws(scene: &Scene) -> Result<BTreeMap<&'static str, Samples>, Failure> {
    let program = scene.program("wechat-callback")?;
    let variables: BTreeMap<String, String> = program
        .lambda_variables()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_string_lossy().into_owned()))
        .chain(program.settings.iter().cloned())
        .collect();
    let variable = |name: &'static str| variables.get(name).cloned();
    let settings = Settings::read(variable)?;
    let config = configure(&settings, variable);
    let aws = Aws::new(settings, config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut took: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
        for turn in 0..=TURNS {
            for kind in Kind::ALL {
                let before = cpu_of_this_thread()?;
                for nth in 0..REQUESTS {
                    kind.request(&aws, nth).await?;
                }
                let each = cpu_of_this_thread()?.saturating_sub(before).as_secs_f64() * 1e6 / count(REQUESTS);
                // The first turn opens the connections.
                if turn > 0 {
                    took.entry(kind.as_str()).or_default().push(each);
                }
            }
        }
        Ok(took.into_iter().map(|(kind, took)| (kind, Samples::of(took))).collect())
    })
}

#[derive(Clone, Copy)]
enum Kind {
    GetItem,
    UpdateItem,
    PutItem,
    SendMessage,
}

impl Kind {
    const ALL: [Self; 4] = [Self::GetItem, Self::UpdateItem, Self::PutItem, Self::SendMessage];

    /// As the stub counts it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::GetItem => "DynamoDB GetItem",
            Self::UpdateItem => "DynamoDB UpdateItem",
            Self::PutItem => "DynamoDB PutItem",
            Self::SendMessage => "SQS SendMessage",
        }
    }

    /// The smallest request of this kind that Till makes.
    async fn request(self, aws: &Aws, nth: usize) -> Result<(), Failure> {
        let now = Time::from_unix(1_795_226_400)?;
        let order = OrderNo::mint(now, u64::try_from(nth)?);
        let user = UserId::parse(&format!("nobody-{nth}"))?;
        let done = match self {
            Self::GetItem => aws.load_wallet(&user).await.map(drop),
            Self::UpdateItem => aws.count_call(Scope::Refreshes, order.as_str(), now).await.map(drop),
            Self::PutItem => {
                let outcome = Outcome::Changed(Status::Pending, Fulfilment::None);
                let record = Record {
                    order,
                    at: now,
                    cause: Cause::Asked,
                    account: None,
                    outcome,
                    callback: None,
                    by: None,
                    remedy: None,
                };
                aws.keep_record(record).await;
                Ok(())
            }
            Self::SendMessage => aws.enqueue(Task::Grant(order)).await,
        };
        done.map_err(|Unavailable| format!("{} was not answered", self.as_str()).into())
    }
}

/// Puts the callbacks beside what they cannot do without.
pub fn callbacks(warm: &[warm::Row], bare: &Bare) -> Result<Vec<Callback>, Failure> {
    let one = |(name, _): (&'static str, &str)| {
        let row = warm.iter().find(|row| row.name == name).ok_or_else(|| format!("{name} was not measured"))?;
        let mut aws = 0.0;
        for (kind, requests) in &row.asked {
            let each =
                bare.aws.get(kind.as_str()).ok_or_else(|| format!("{name} asks for {kind}, which has no bare cost"))?;
            aws += each.median() * count(usize::try_from(*requests)?);
        }
        let part = |of: &BTreeMap<&'static str, f64>| of.get(name).copied().unwrap_or(f64::NAN);
        let peer = warm.iter().find(|row| row.name == warm::PEER && name == warm::BESIDE_PEER);
        Ok(Callback {
            name,
            cpu: row.cpu_micros.median(),
            crypto: part(&bare.crypto),
            parse: part(&bare.parse),
            aws,
            peer: peer.map(|row| row.cpu_micros.median()),
        })
    };
    CALLBACKS.into_iter().map(one).collect()
}

impl Callback {
    const fn bare(&self) -> f64 {
        self.crypto + self.parse + self.aws
    }

    pub fn json(&self) -> Value {
        json!({
            "name": self.name, "cpu_us": self.cpu, "crypto_us": self.crypto, "parse_us": self.parse, "aws_us": self.aws,
            "cpu_over_crypto": self.cpu / self.bare(), "peer_over_ours": self.peer.map(|peer| peer / self.cpu),
        })
    }
}

impl Bare {
    pub fn json(&self) -> Value {
        json!({"aws_us": self.aws.iter().map(|(kind, took)| ((*kind).to_owned(), took.median())).collect::<BTreeMap<_, _>>()})
    }
}

pub fn table(bare: &Bare, callbacks: &[Callback]) -> String {
    let mut text = "\nOne signed request to AWS, over TLS: median of the CPU\n".to_owned();
    // Writing to a String does not fail.
    for (kind, took) in &bare.aws {
        let _ = writeln!(text, "{kind:<24}{:>8.0} µs   {:.0} – {:.0}", took.median(), took.at(0), took.at(100));
    }
    let _ = writeln!(
        text,
        "\nA callback beside what it cannot do without, µs of CPU\n{:<20}{:>10}{:>14}{:>10}{:>14}{:>8}",
        "", "callback", "cryptography", "one parse", "AWS requests", "ratio"
    );
    for one in callbacks {
        let Callback { name, cpu, crypto, parse, aws, peer } = one;
        let ratio = cpu / one.bare();
        let _ = writeln!(text, "{name:<20}{cpu:>10.0}{crypto:>14.1}{parse:>10.1}{aws:>14.0}{ratio:>8.2}");
        if let Some(peer) = peer {
            let _ = writeln!(text, "{:<20}{peer:>10.0}   in Python: {:.1} × ours", "", peer / cpu);
        }
    }
    text
}
