//! `till-bench cold`: how soon a function answers that was not running, what that costs in CPU, memory and bytes, beside an empty
//! function and beside the same work in Python and Node.

mod document;
mod picture;
mod report;
mod run;
mod subject;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use self::report::Report;
use self::run::Sample;
use self::subject::Subject;
use crate::Failure;
use crate::host::Means;
use crate::machine;
use crate::scene::{Peers, PeersArguments, Scene, Wire};

/// A size that many functions of Till have, and at which Lambda gives little CPU.
const HELD_MB: u32 = 256;

#[derive(Args)]
pub struct Arguments {
    /// The folder of the built programs: functions, `till` and `bench-floor`
    #[arg(long, value_name = "FOLDER")]
    programs: PathBuf,
    /// How they were built
    #[arg(long, value_name = "PROFILE", default_value = "release")]
    profile: String,
    #[command(flatten)]
    peers: PeersArguments,
    /// Starts of each function
    #[arg(long, default_value_t = 15)]
    runs: usize,
    /// Only these functions; `floor` is the empty one
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Plain HTTP instead of TLS
    #[arg(long)]
    plain: bool,
    /// Write tables and pictures into this folder of documents
    #[arg(long, value_name = "FOLDER")]
    docs: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let wire = if arguments.plain { Wire::Plain } else { Wire::Tls };
    let mut scene = Scene::open(&arguments.programs, Path::new("target/bench/cold"), wire)?;
    let peers = arguments.peers.open()?;
    let is_wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|wanted| wanted == name);
    let subjects = subject::all(&scene, peers.as_ref(), is_wanted)?;
    if subjects.is_empty() {
        return Err("no function has such a name".into());
    }
    let means = Means::find();
    let samples = measure(&mut scene, peers.as_ref(), &subjects, arguments.runs, means)?;
    let report = Report::new(&subjects, &samples, means, arguments, machine::describe())?;
    print!("{}", report.text());
    if let Some(docs) = &arguments.docs {
        document::write(docs, &report)?;
    }
    Ok(report.json())
}

/// Every subject in turn, free and held, again and again: what disturbs the machine for a while disturbs all alike.
fn measure(
    scene: &mut Scene,
    peers: Option<&Peers>,
    subjects: &[Subject],
    runs: usize,
    means: Means,
) -> Result<Vec<Vec<Sample>>, Failure> {
    let mut samples: Vec<Vec<Sample>> = subjects.iter().map(|_| Vec::with_capacity(runs)).collect();
    for nth in 1..=runs {
        for (subject, samples) in subjects.iter().zip(&mut samples) {
            samples.push(run::sample(scene, peers, subject, means)?);
        }
        eprint!("\r{nth} of {runs}");
    }
    eprintln!();
    Ok(samples)
}
