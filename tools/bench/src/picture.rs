//! Draws bars with their spread as SVG: light and dark as the reader's system has it, and legible on a phone. Nothing is loaded
//! from anywhere.

use std::fmt::Write as _;

/// One picture: groups of bars from left to right, of one unit.
pub struct Picture<'a> {
    pub title: &'a str,
    /// Stands behind every figure.
    pub unit: &'a str,
    pub bars: Vec<Bar>,
    /// What each tone means; the first is ours.
    pub tones: &'a [(Tone, &'a str)],
}

pub struct Bar {
    pub label: String,
    pub tone: Tone,
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    Ours,
    Other,
    Third,
    Floor,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Other => "other",
            Self::Third => "third",
            Self::Floor => "floor",
        }
    }
}

const STYLE: &str = "
  text { font: 15px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 17px; font-weight: 600; }
  .small { font-size: 13px; fill: #59636e; }
  .ours { fill: #0969da; } .other { fill: #bf8700; } .third { fill: #1a7f37; } .floor { fill: #818b98; }
  .spread { stroke: #1f2328; stroke-width: 1.5; }
  .ground { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .small { fill: #9198a1; }
    .ours { fill: #4493f8; } .other { fill: #d29922; } .third { fill: #3fb950; } .floor { fill: #656c76; }
    .spread { stroke: #f0f6fc; }
    .ground { fill: #0d1117; }
  }
";

/// Narrow, so that a phone need not shrink the text much.
const WIDTH: f64 = 480.0;
const MARGIN: f64 = 12.0;
/// The label stands above its bar, so that bars have the whole width.
const ROW: f64 = 44.0;
const BAR: f64 = 14.0;
const HEAD: f64 = 62.0;
/// Where all values are zero, their bars are as short as bars can be.
const SMALLEST: f64 = 1e-6;
/// Room at the right of the longest bar for its figure.
const FIGURE: f64 = 92.0;

impl Picture<'_> {
    pub fn svg(&self) -> String {
        let widest = self.bars.iter().map(|bar| bar.high.max(bar.median)).fold(SMALLEST, f64::max);
        let scale = (WIDTH - 2.0 * MARGIN - FIGURE) / widest;
        let rows: f64 = self.bars.iter().map(|_| ROW).sum();
        let height = HEAD + rows + MARGIN;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n\
             <text class=\"title\" x=\"{MARGIN}\" y=\"26\">{title}</text>\n",
            title = escaped(self.title),
        );
        self.legend(&mut svg);
        let mut top = HEAD;
        for bar in &self.bars {
            self.bar(&mut svg, bar, scale, top);
            top += ROW;
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn legend(&self, svg: &mut String) {
        let mut x = MARGIN;
        for (tone, name) in self.tones {
            // Writing to a String does not fail.
            let _ = writeln!(
                svg,
                "<rect class=\"{}\" x=\"{x}\" y=\"38\" width=\"12\" height=\"12\"/>\
                 <text class=\"small\" x=\"{}\" y=\"49\">{}</text>",
                tone.class(),
                x + 18.0,
                escaped(name),
            );
            x += 18.0 + 8.0 * width(name) + 16.0;
        }
    }

    fn bar(&self, svg: &mut String, bar: &Bar, scale: f64, top: f64) {
        let Bar { label, tone, low, median, high } = bar;
        let (y, end) = (top + 22.0, MARGIN + median * scale);
        let middle = y + BAR / 2.0;
        let _ = writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{:.1}\">{}</text>\
             <rect class=\"{}\" x=\"{MARGIN}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>\
             <line class=\"spread\" x1=\"{:.1}\" y1=\"{middle:.1}\" x2=\"{:.1}\" y2=\"{middle:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{} {}</text>",
            top + 17.0,
            escaped(label),
            tone.class(),
            (median * scale).max(1.0),
            MARGIN + low * scale,
            MARGIN + high * scale,
            end.max(MARGIN + high * scale) + 6.0,
            middle + 5.0,
            figure(*median),
            escaped(self.unit),
        );
    }
}

/// Three digits say enough.
pub fn figure(value: f64) -> String {
    match value {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Of a text, in letters.
fn width(text: &str) -> f64 {
    text.chars().map(|_| 1.0).sum()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture<'static> {
        let bar = |label: &str, tone, median: f64| Bar {
            label: label.to_owned(),
            tone,
            low: median * 0.9,
            median,
            high: median * 1.1,
        };
        Picture {
            title: "A & B",
            unit: "ms",
            bars: vec![bar("one", Tone::Ours, 10.0), bar("two", Tone::Other, 1_000.0)],
            tones: &[(Tone::Ours, "Till"), (Tone::Other, "Python")],
        }
    }

    fn widths(svg: &str) -> Vec<f64> {
        let bars = svg.lines().filter(|line| line.contains("class=\"spread\""));
        bars.map(|line| line.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn bars_are_as_long_as_their_values_and_stay_in_the_picture() {
        let widths = widths(&picture().svg());
        assert_eq!(widths.len(), 2);
        assert!((widths[1] / widths[0] - 100.0).abs() < 5.0, "{widths:?}");
        assert!(widths.iter().all(|width| *width > 0.0 && *width < WIDTH), "{widths:?}");
    }

    #[test]
    fn picture_has_text_for_each_bar_and_follows_the_dark_mode() {
        let svg = picture().svg();
        for part in
            ["A &amp; B", ">one<", ">two<", ">10.0 ms<", ">1000 ms<", "Till", "Python", "prefers-color-scheme: dark"]
        {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert!(!svg.contains("A & B") && !svg.contains("href"), "{svg}");
    }

    #[test]
    fn bar_of_nothing_is_visible_and_finite() {
        let zero = Bar { label: "none".to_owned(), tone: Tone::Floor, low: 0.0, median: 0.0, high: 0.0 };
        let svg = Picture { bars: vec![zero], ..picture() }.svg();
        assert_eq!(widths(&svg), [1.0]);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}
