//! A QR code as SVG.

use std::fmt::Write as _;

use maud::{Markup, html};
use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

/// Readers need this many light modules around a code (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// `None` if the text is longer than a code can hold.
pub fn svg(text: &str, label: &str) -> Option<Markup> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let whole = width + 2 * QUIET_ZONE;
    let path = path(&code.to_colors(), width);
    Some(html! {
        svg .qr viewBox=(format!("0 0 {whole} {whole}")) role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect .light width=(whole) height=(whole) {}
            path .dark d=(path) {}
        }
    })
}

/// One rectangle for each run of dark modules in a row.
fn path(colors: &[Color], width: usize) -> String {
    let mut path = String::new();
    for (y, row) in colors.chunks(width.max(1)).enumerate() {
        let mut x = 0;
        while let Some(color) = row.get(x) {
            let run = row.iter().skip(x).take_while(|other| *other == color).count();
            if *color == Color::Dark {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET_ZONE, y + QUIET_ZONE);
            }
            x += run;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The finder pattern in the corner of each code: seven dark modules, then one dark, five light, one dark.
    #[test]
    fn runs_of_dark_modules_become_rectangles() {
        let svg = svg("weixin://wxpay/bizpayurl?pr=abc", "a \"code\"").unwrap().into_string();
        assert!(svg.contains("M4 4h7v1h-7z") && svg.contains("M4 5h1v1h-1zM10 5h1v1h-1z"), "{svg}");
        assert!(svg.contains("a &quot;code&quot;"), "{svg}");
    }

    #[test]
    fn text_that_no_code_can_hold_has_none() {
        assert!(svg(&"x".repeat(3_000), "").is_none());
    }
}
