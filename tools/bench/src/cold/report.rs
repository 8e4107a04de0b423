//! The figures of all starts: as lines for the terminal and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::run::{Sample, Start};
use super::subject::{Kind, Sizes, Subject};
use super::{Arguments, HELD_MB};
use crate::Failure;
use crate::host::Means;
use crate::machine::Machine;
use crate::spread::{Spread, round};

pub struct Report {
    pub floor: Option<Figures>,
    pub functions: Vec<Figures>,
    pub peers: Vec<Peer>,
    pub means: Means,
    pub machine: Machine,
    pub runs: usize,
    profile: String,
    is_tls: bool,
}

pub struct Figures {
    pub name: String,
    pub free: Times,
    pub held: Times,
    pub peak_rss_mb: Spread,
    pub sizes: Option<Sizes>,
}

/// In milliseconds.
#[derive(Clone, Copy)]
pub struct Times {
    pub init: Spread,
    pub first: Spread,
    pub total: Spread,
    pub cpu: Spread,
}

/// The work of one of our functions in another language.
pub struct Peer {
    pub function: &'static str,
    pub language: &'static str,
    pub figures: Figures,
}

impl Report {
    pub fn new(
        subjects: &[Subject],
        samples: &[Vec<Sample>],
        means: Means,
        arguments: &Arguments,
        machine: Machine,
    ) -> Result<Self, Failure> {
        let mut report = Self {
            floor: None,
            functions: Vec::new(),
            peers: Vec::new(),
            means,
            machine,
            runs: arguments.runs,
            profile: arguments.profile.clone(),
            is_tls: !arguments.plain,
        };
        for (subject, samples) in subjects.iter().zip(samples) {
            let figures = Figures::of(subject, samples);
            match subject.kind {
                Kind::Floor => report.floor = Some(figures),
                Kind::Function => report.functions.push(figures),
                Kind::Peer(language, function) => {
                    report.peers.push(Peer { function, language: language.name(), figures });
                }
            }
        }
        if arguments.runs == 0 { Err("there must be a start".into()) } else { Ok(report) }
    }

    pub fn function(&self, name: &str) -> Option<&Figures> {
        self.functions.iter().find(|figures| figures.name == name)
    }

    /// How often our CPU is that of the empty function.
    pub fn over_floor(&self, figures: &Figures) -> Option<f64> {
        self.floor.as_ref().map(|floor| figures.free.cpu.median / floor.free.cpu.median)
    }

    /// How many times sooner ours answers at the small share.
    pub fn times_sooner(&self, peer: &Peer) -> Option<f64> {
        self.function(peer.function).map(|ours| peer.figures.held.total.median / ours.held.total.median)
    }

    pub fn text(&self) -> String {
        let mut text = format!(
            "\n{} starts of each, {}, profile {}; held to {HELD_MB} MB by {}\n{:<24}{:>10}{:>10}{:>10}{:>10}{:>10}{:>12}{:>9}{:>9}{:>8}\n",
            self.runs,
            if self.is_tls { "TLS" } else { "plain HTTP" },
            self.profile,
            self.means.name(),
            "milliseconds",
            "init",
            "first",
            "total",
            "CPU",
            "÷ floor",
            "held total",
            "RSS MB",
            "MB",
            "zip MB",
        );
        let ours = self.floor.iter().chain(&self.functions);
        for figures in ours.chain(self.peers.iter().map(|peer| &peer.figures)) {
            let Figures { name, free, held, peak_rss_mb, sizes } = figures;
            let ratio = self.over_floor(figures).map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
            let size = |bytes: fn(Sizes) -> usize| sizes.map(|sizes| format!("{:.2}", mb(bytes(sizes))));
            let (program, zip) = (size(|sizes| sizes.program_bytes), size(|sizes| sizes.zip_bytes));
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "{name:<24}{:>10.2}{:>10.2}{:>10.2}{:>10.2}{ratio:>10}{:>12.1}{:>9.1}{:>9}{:>8}",
                free.init.median,
                free.first.median,
                free.total.median,
                free.cpu.median,
                held.total.median,
                peak_rss_mb.median,
                program.unwrap_or_default(),
                zip.unwrap_or_default(),
            );
        }
        for peer in &self.peers {
            if let Some(times) = self.times_sooner(peer) {
                let Peer { function, language, .. } = peer;
                let _ = writeln!(text, "{function} at {HELD_MB} MB: {times:.1} × sooner than {language}");
            }
        }
        text
    }

    pub fn json(&self) -> Value {
        json!({
            "floor": self.floor.as_ref().map(Figures::json),
            "functions": self.functions.iter().map(|figures| {
                let mut json = figures.json();
                json["cpu_over_floor"] = json!(self.over_floor(figures).map(round));
                json
            }).collect::<Vec<_>>(),
            // The total times are those at the small share, where the difference counts.
            "peers": self.peers.iter().map(|peer| {
                let mut json = peer.figures.json();
                let ours = self.function(peer.function);
                json["name"] = json!(peer.function);
                json["language"] = json!(peer.language);
                json["unheld_total_ms"] = json["total_ms"].take();
                json["total_ms"] = json!(round(peer.figures.held.total.median));
                json["ours_total_ms"] = json!(ours.map(|ours| round(ours.held.total.median)));
                json["ours_unheld_total_ms"] = json!(ours.map(|ours| round(ours.free.total.median)));
                json["times_sooner"] = json!(self.times_sooner(peer).map(round));
                json
            }).collect::<Vec<_>>(),
            "machine": self.machine,
            "runs": self.runs,
            "profile": self.profile,
            "wire": if self.is_tls { "tls" } else { "plain" },
            "held_mb": HELD_MB,
            "held_by": self.means.name(),
        })
    }
}

impl Figures {
    fn of(subject: &Subject, samples: &[Sample]) -> Self {
        let rss = samples.iter().map(|sample| kib_as_mb(sample.peak_rss_kib)).collect();
        Self {
            name: subject.program.name.clone(),
            free: Times::of(&samples.iter().map(|sample| sample.free)),
            held: Times::of(&samples.iter().map(|sample| sample.held)),
            peak_rss_mb: Spread::of(rss),
            sizes: subject.sizes,
        }
    }

    fn json(&self) -> Value {
        let Self { name, free, held, peak_rss_mb, sizes } = self;
        json!({
            "name": name,
            "init_ms": round(free.init.median),
            "first_ms": round(free.first.median),
            "total_ms": round(free.total.median),
            "total_ms_quartiles": free.total.quartiles(),
            "cpu_ms": round(free.cpu.median),
            "cpu_ms_quartiles": free.cpu.quartiles(),
            "held_init_ms": round(held.init.median),
            "held_first_ms": round(held.first.median),
            "held_total_ms": round(held.total.median),
            "held_total_ms_quartiles": held.total.quartiles(),
            "peak_rss_mb": round(peak_rss_mb.median),
            "binary_mb": sizes.map(|sizes| round(mb(sizes.program_bytes))),
            "zip_mb": sizes.map(|sizes| round(mb(sizes.zip_bytes))),
        })
    }
}

impl Times {
    fn of(starts: &(impl Iterator<Item = Start> + Clone)) -> Self {
        let spread =
            |value: fn(Start) -> Duration| Spread::of(starts.clone().map(|start| millis(value(start))).collect());
        Self {
            init: spread(|start| start.init),
            first: spread(|start| start.first),
            total: spread(Start::total),
            cpu: spread(|start| start.cpu),
        }
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A million bytes.
#[expect(clippy::cast_precision_loss, reason = "sizes of files are far below 2^52")]
pub fn mb(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "sizes of processes are far below 2^52")]
fn kib_as_mb(kib: u64) -> f64 {
    (kib * 1024) as f64 / 1e6
}
