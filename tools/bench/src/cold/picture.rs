//! The pictures of `docs/performance.md`.

use super::HELD_MB;
use super::report::{Figures, Report};
use crate::picture::{Bar, Picture, Tone};
use crate::spread::Spread;

/// CPU of a first answer: ours beside the empty function.
pub fn cpu(report: &Report) -> String {
    let floor = report.floor.iter().map(|floor| bar("an empty function", Tone::Floor, floor.free.cpu));
    let ours = report.functions.iter().map(|figures| bar(&figures.name, Tone::Ours, figures.free.cpu));
    Picture {
        title: "CPU of start and first answer",
        unit: "ms",
        bars: floor.chain(ours).collect(),
        tones: &[(Tone::Ours, "Till"), (Tone::Floor, "floor")],
    }
    .svg()
}

/// Time to a first answer at the small share: ours beside Python and Node.
pub fn peers(report: &Report) -> String {
    let title = format!("From start to first answer at {HELD_MB} MB");
    let mut bars = Vec::new();
    for name in ["create-order", "wechat-callback"] {
        let total = |figures: &Figures, who: &str, tone| bar(&format!("{name}, {who}"), tone, figures.held.total);
        bars.extend(report.function(name).map(|ours| total(ours, "Till", Tone::Ours)));
        for peer in report.peers.iter().filter(|peer| peer.function == name) {
            let tone = if peer.language == "Python" { Tone::Other } else { Tone::Third };
            bars.push(total(&peer.figures, peer.language, tone));
        }
    }
    let tones = &[(Tone::Ours, "Till"), (Tone::Other, "Python"), (Tone::Third, "Node")];
    Picture { title: &title, unit: "ms", bars, tones }.svg()
}

fn bar(label: &str, tone: Tone, spread: Spread) -> Bar {
    let Spread { low, median, high } = spread;
    Bar { label: label.to_owned(), tone, low, median, high }
}
