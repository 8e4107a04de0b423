//! `cargo xtask bench request`: what a warm request of each function takes, the real program in front of a stub of AWS and the
//! providers: CPU, instructions, allocations, logged bytes, requests to AWS. A callback is compared with what it cannot do
//! without: its cryptography, one parse of its event, and the signed requests to AWS that it makes.

mod bare;
mod counted;
mod warm;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::host::{Invocation, Process};
use crate::scene::{Event, PeersArguments, Scene, Wire};
use crate::{Failure, document};

const FOLDER: &str = "target/bench/request";

#[derive(Args)]
pub struct Arguments {
    /// The folder of the built programs: functions, `till` and `bench-floor`
    #[arg(long, value_name = "FOLDER")]
    programs: PathBuf,
    #[command(flatten)]
    peers: PeersArguments,
    /// Write the tables into this folder of documents
    #[arg(long, value_name = "FOLDER")]
    docs: Option<PathBuf>,
}

/// Counts everything that does not depend on how busy the machine is; `cargo xtask test figures` compares it.
pub fn figures(programs: &Path) -> Result<Value, Failure> {
    let mut scene = Scene::open(programs, Path::new(FOLDER), Wire::Tls)?;
    let counts = counted::all(&mut scene, Path::new(FOLDER))?;
    print!("{}", counted::table(&counts));
    Ok(json!({"functions": counts.iter().map(counted::Count::json).collect::<Vec<_>>()}))
}

/// Prints the tables and returns the JSON.
pub fn measure(arguments: &Arguments) -> Result<Value, Failure> {
    let mut scene = Scene::open(&arguments.programs, Path::new(FOLDER), Wire::Tls)?;
    let peers = arguments.peers.open()?;
    let warm = warm::measure(&mut scene, peers.as_ref())?;
    print!("{}", warm::table(&warm));
    let bare = bare::measure(&mut scene)?;
    let callbacks = bare::callbacks(&warm, &bare)?;
    print!("{}", bare::table(&bare, &callbacks));
    let counts = counted::all(&mut scene, Path::new(FOLDER))?;
    print!("{}", counted::table(&counts));
    if let Some(docs) = &arguments.docs {
        let tables = [warm::table(&warm), bare::table(&bare, &callbacks), counted::table(&counts)].concat();
        document::write_tables(docs, "request", &tables)?;
    }
    let functions = warm.iter().map(|row| {
        let mut json = row.json();
        let count = counts.iter().find(|count| count.name == row.name);
        if let (Some(json), Some(Value::Object(count))) = (json.as_object_mut(), count.map(counted::Count::json)) {
            json.extend(count);
        }
        json
    });
    Ok(json!({
        "callbacks": callbacks.iter().map(bare::Callback::json).collect::<Vec<_>>(),
        "functions": functions.collect::<Vec<_>>(),
        "bare": bare.json(),
    }))
}

/// Delivers an event and checks the answer.
fn deliver(process: &mut Process, event: &Event) -> Result<Invocation, Failure> {
    let invocation = process.invoke(&event.json)?;
    event.check(&invocation.answer)?;
    Ok(invocation)
}
