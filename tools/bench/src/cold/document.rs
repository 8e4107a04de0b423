//! Writes the part about cold starts of `docs/performance.md`, and its pictures. What people wrote around it stays.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::report::{Figures, Report, mb};
use super::{HELD_MB, picture};
use crate::Failure;
use crate::picture::figure;
use crate::spread::Spread;

const FILE: &str = "performance.md";
const PICTURES: &str = "pictures";

pub fn write(docs: &Path, report: &Report) -> Result<(), Failure> {
    let pictures = docs.join(PICTURES);
    fs::create_dir_all(&pictures)?;
    fs::write(pictures.join("cold-cpu.svg"), picture::cpu(report))?;
    fs::write(pictures.join("cold-peers.svg"), picture::peers(report))?;
    let file = docs.join(FILE);
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    fs::write(&file, crate::document::replace(&text, "cold", &part(report))?)?;
    println!("written: {} and its pictures", file.display());
    Ok(())
}

fn part(report: &Report) -> String {
    let machine = &report.machine;
    let mut text = format!(
        "Measured on {} with {} cores ({}, Linux {}); {} starts of each function, in turns; median, and quartiles in brackets. \
         Held to {HELD_MB} MB by: {}.\n\n",
        machine.cpu,
        machine.cores,
        machine.date,
        machine.kernel,
        report.runs,
        report.means.name(),
    );
    text.push_str("![CPU of start and first answer](pictures/cold-cpu.svg)\n\n");
    let _ = writeln!(
        text,
        "| function | init ms | first answer ms | both | CPU ms | ÷ floor | both at {HELD_MB} MB | peak MB | program MB | zip MB |\n\
         |---|---|---|---|---|---|---|---|---|---|"
    );
    for figures in report.floor.iter().chain(&report.functions) {
        let Figures { name, free, held, peak_rss_mb, sizes } = figures;
        let ratio = report.over_floor(figures).map_or_else(String::new, |ratio| format!("{ratio:.1}"));
        let sizes = sizes
            .map_or_else(String::new, |sizes| format!("{:.2} | {:.2}", mb(sizes.program_bytes), mb(sizes.zip_bytes)));
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {ratio} | {} | {} | {sizes} |",
            figure(free.init.median),
            figure(free.first.median),
            spread(free.total),
            spread(free.cpu),
            spread(held.total),
            figure(peak_rss_mb.median),
        );
    }
    if report.peers.is_empty() {
        return text;
    }
    text.push_str("\n![From start to first answer](pictures/cold-peers.svg)\n\n");
    let _ = writeln!(
        text,
        "| work | language | ms at {HELD_MB} MB | Till | times sooner | ms unheld | CPU ms | peak MB |\n|---|---|---|---|---|---|---|---|"
    );
    for peer in &report.peers {
        let ours = report.function(peer.function).map_or_else(String::new, |ours| spread(ours.held.total));
        let times = report.times_sooner(peer).map_or_else(String::new, |times| format!("{times:.0}"));
        let Figures { free, held, peak_rss_mb, .. } = &peer.figures;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ours} | {times} | {} | {} | {} |",
            peer.function,
            peer.language,
            spread(held.total),
            figure(free.total.median),
            figure(free.cpu.median),
            figure(peak_rss_mb.median),
        );
    }
    text
}

fn spread(spread: Spread) -> String {
    format!("{} ({}–{})", figure(spread.median), figure(spread.low), figure(spread.high))
}
