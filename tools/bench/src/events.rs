//! `till-bench events`: delivers one event to every function and checks the answers: what functions ask of AWS and of providers,
//! and whether the benchmarks' events still fit them.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::Failure;
use crate::host::Process;
use crate::scene::{FUNCTIONS, Scene, Wire};

#[derive(Args)]
pub struct Arguments {
    /// The folder of the built programs: functions and `till`
    #[arg(long, value_name = "FOLDER")]
    programs: PathBuf,
    /// Only these functions
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Plain HTTP instead of TLS
    #[arg(long)]
    plain: bool,
}

pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let wire = if arguments.plain { Wire::Plain } else { Wire::Tls };
    let mut scene = Scene::open(&arguments.programs, Path::new("target/bench/events"), wire)?;
    let is_wanted = |name: &&str| arguments.only.is_empty() || arguments.only.iter().any(|wanted| wanted == name);
    let mut rows = Vec::new();
    for name in FUNCTIONS.into_iter().filter(is_wanted) {
        let event = scene.event(name)?;
        let before = scene.stub.counts.all();
        let mut process = Process::start(&scene.program(name)?, &scene.logs())?;
        process.ready()?;
        let answer = process.invoke(&event.json)?.answer;
        event.check(&answer).map_err(|why| format!("{name}: {why}"))?;
        let requests = scene.stub.counts.since(&before);
        println!("{name}");
        for (kind, count) in &requests {
            println!("    {count} × {kind}");
        }
        rows.push(json!({"name": name, "requests": requests}));
        process.end()?;
    }
    Ok(json!({"functions": rows}))
}
