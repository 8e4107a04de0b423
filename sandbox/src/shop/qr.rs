//! QR codes as SVG: dark modules on a white ground, so that a phone reads them in a dark page too.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// The light border that readers need, in modules.
const BORDER: usize = 4;

/// `None` if the text is too long.
pub fn svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, _) in code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark) {
        let (x, y) = (at.checked_rem(width)?.saturating_add(BORDER), at.checked_div(width)?.saturating_add(BORDER));
        let _ = write!(path, "M{x} {y}h1v1h-1z");
    }
    let side = width.saturating_add(2 * BORDER);
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_has_its_finders_and_a_border() {
        let svg = svg("weixin://wxpay/bizpayurl?pr=abc").unwrap();
        // 29 modules, and a border of 4 on each side.
        assert!(svg.contains("viewBox=\"0 0 37 37\""), "{svg}");
        for corner in ["M4 4h1", "M32 4h1", "M4 32h1"] {
            assert!(svg.contains(corner), "{corner}");
        }
        assert!(!svg.contains("M3 ") && !svg.contains("M33 "), "the border is light");
    }

    #[test]
    fn text_that_is_too_long_has_no_code() {
        assert_eq!(svg(&"x".repeat(4_000)), None);
    }
}
