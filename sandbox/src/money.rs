//! Amounts in minor units as people read them.

const WITHOUT_MINOR_UNIT: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
const IN_THOUSANDTHS: &str = "bhd jod kwd omr tnd";

/// The decimal places of a currency, in any case, at Stripe. WeChat Pay and Alipay have fen only.
pub fn decimal_places(currency: &str) -> u32 {
    let is_in = |list: &str| list.split(' ').any(|listed| listed.eq_ignore_ascii_case(currency));
    if is_in(WITHOUT_MINOR_UNIT) {
        0
    } else if is_in(IN_THOUSANDTHS) {
        3
    } else {
        2
    }
}

/// `0.50 usd`.
pub fn shown(minor: u64, currency: &str) -> String {
    let places = decimal_places(currency);
    if places == 0 {
        return format!("{minor} {currency}");
    }
    let (unit, width) = (10_u64.saturating_pow(places), usize::try_from(places).unwrap_or(2));
    format!("{}.{:0width$} {currency}", minor.div_euclid(unit), minor.rem_euclid(unit))
}
