//! The CPU of warm requests: all functions run at the same time and are asked in turns, some requests in a row, each with an event of
//! its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::counted::functions;
use super::deliver;
use crate::Failure;
use crate::host::Process;
use crate::measure::Samples;
use crate::scene::{Event, Language, Peers, Scene};
use crate::stub::capacity::{READS, WRITES};

const TURNS: usize = 20;
const IN_A_ROW: usize = 10;
/// Their answers are checked by what was asked since their event was made.
const ONE_BY_ONE: [&str; 3] = ["fulfil-order", "sweep-orders", "notify-team"];

/// An empty function.
const FLOOR: &str = "floor";
/// The WeChat callback in Python.
pub const PEER: &str = "wechat-callback, Python";
/// The function whose work the peer does.
pub const BESIDE_PEER: &str = "wechat-callback";

pub struct Row {
    pub name: &'static str,
    pub cpu_micros: Samples,
    took_micros: Samples,
    /// Requests to AWS and providers of the last request, by kind.
    pub asked: BTreeMap<String, u64>,
}

struct Subject {
    name: &'static str,
    process: Process,
    cpu: Vec<f64>,
    took: Vec<f64>,
    asked: BTreeMap<String, u64>,
}

pub fn measure(scene: &mut Scene, peers: Option<&Peers>) -> Result<Vec<Row>, Failure> {
    let mut programs = vec![(FLOOR, scene.floor())];
    for name in functions() {
        programs.push((name, scene.program(name)?));
    }
    if let Some(peers) = peers {
        programs.push((PEER, peers.program(scene, Language::Python, BESIDE_PEER)?));
    }
    let mut subjects = Vec::new();
    for (name, program) in programs {
        let mut process = Process::start(&program, &scene.logs())?;
        process.ready()?;
        subjects.push(Subject { name, process, cpu: Vec::new(), took: Vec::new(), asked: BTreeMap::new() });
    }
    // The first turn fills the caches and opens the connections.
    for turn in 0..=TURNS {
        for subject in &mut subjects {
            let row = if ONE_BY_ONE.contains(&subject.name) { 1 } else { IN_A_ROW };
            let events = (0..row).map(|_| event(scene, peers, subject.name)).collect::<Result<Vec<_>, _>>()?;
            for event in &events {
                let before = scene.stub.counts.all();
                let done = deliver(&mut subject.process, event).map_err(|why| format!("{}: {why}", subject.name))?;
                if turn > 0 {
                    subject.cpu.push(done.cpu.as_secs_f64() * 1e6);
                    subject.took.push(done.took.as_secs_f64() * 1e6);
                    subject.asked = scene.stub.counts.since(&before);
                    subject.asked.retain(|kind, _| ![READS, WRITES].contains(&kind.as_str()));
                }
            }
        }
    }
    let rows = subjects.into_iter().map(|Subject { name, process, cpu, took, asked }| {
        process.end()?;
        Ok(Row { name, cpu_micros: Samples::of(cpu), took_micros: Samples::of(took), asked })
    });
    rows.collect()
}

fn event(scene: &mut Scene, peers: Option<&Peers>, name: &str) -> Result<Event, Failure> {
    match (name, peers) {
        (FLOOR, _) => Ok(Event::empty()),
        (PEER, Some(peers)) => scene.peer_event(peers, Language::Python, BESIDE_PEER),
        _ => scene.event(name),
    }
}

pub fn table(rows: &[Row]) -> String {
    let title = format!("A warm request, over TLS: CPU of {} requests", TURNS * IN_A_ROW);
    let mut text =
        format!("\n{title}\n{:<26}{:>12}{:>16}{:>12}  requests to others\n", "", "median µs", "p10 – p90", "wall µs");
    for Row { name, cpu_micros, took_micros, asked } in rows {
        let spread = format!("{:.0} – {:.0}", cpu_micros.at(10), cpu_micros.at(90));
        let asked: Vec<String> = asked.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{name:<26}{:>12.0}{spread:>16}{:>12.0}  {}",
            cpu_micros.median(),
            took_micros.median(),
            asked.join(", ")
        );
    }
    text
}

impl Row {
    pub fn json(&self) -> Value {
        json!({
            "name": self.name, "cpu_us": self.cpu_micros.median(),
            "cpu_us_p10": self.cpu_micros.at(10), "cpu_us_p90": self.cpu_micros.at(90),
            "wall_us": self.took_micros.median(), "asked": self.asked,
        })
    }
}
