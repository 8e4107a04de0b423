//! One start of one function: free, and held to a small share of the CPU.

use std::time::Duration;

use super::HELD_MB;
use super::subject::{Kind, Subject};
use crate::Failure;
use crate::host::{Means, Process};
use crate::scene::{Event, Peers, Scene};

#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub free: Start,
    pub held: Start,
    pub peak_rss_kib: u64,
}

#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// From the start to the first request for an event.
    pub init: Duration,
    /// From the first event to its answer.
    pub first: Duration,
    /// The CPU of both.
    pub cpu: Duration,
}

impl Start {
    pub fn total(self) -> Duration {
        self.init + self.first
    }
}

pub fn sample(scene: &mut Scene, peers: Option<&Peers>, subject: &Subject, means: Means) -> Result<Sample, Failure> {
    let (free, peak_rss_kib) = start(scene, peers, subject, None)?;
    let (held, _) = start(scene, peers, subject, Some(means))?;
    Ok(Sample { free, held, peak_rss_kib })
}

/// Nothing is warm but the files, which the system keeps in memory.
fn start(
    scene: &mut Scene,
    peers: Option<&Peers>,
    subject: &Subject,
    means: Option<Means>,
) -> Result<(Start, u64), Failure> {
    let Subject { program, kind, .. } = subject;
    let event = match (kind, peers) {
        (Kind::Floor, _) => Event::empty(),
        (Kind::Function, _) => scene.event(&program.name)?,
        (Kind::Peer(language, function), Some(peers)) => scene.peer_event(peers, *language, function)?,
        (Kind::Peer(..), None) => return Err("the other languages are not installed".into()),
    };
    let mut process = Process::start(program, &scene.logs())?;
    if let Some(means) = means {
        process.hold(means, HELD_MB)?;
    }
    process.deliver(&event.json);
    let ready = process.ready()?;
    let first = process.answer()?;
    event.check(&first.answer).map_err(|why| format!("{}: {why}", program.name))?;
    let start = Start { init: ready.took, first: first.took, cpu: ready.cpu + first.cpu };
    Ok((start, process.peak_rss_kib()?))
}
