//! The middle of several measurements, and how far apart they lie.

use serde_json::{Value, json};

/// Median and quartiles.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Spread {
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let last = values.len().saturating_sub(1);
        let at = |quarter: usize| values.get((last * quarter).div_ceil(4)).copied().unwrap_or_default();
        Self { low: values.get(last / 4).copied().unwrap_or_default(), median: at(2), high: at(3) }
    }

    /// The quartiles as JSON.
    pub fn quartiles(self) -> Value {
        json!([round(self.low), round(self.high)])
    }
}

/// To three decimals: more would only show noise.
pub fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_quartiles_are_measured_values() {
        let values = |last: u32| (1..=last).rev().map(f64::from).collect();
        assert_eq!(Spread::of(values(15)), Spread { low: 4.0, median: 8.0, high: 12.0 });
        assert_eq!(Spread::of(values(1)), Spread { low: 1.0, median: 1.0, high: 1.0 });
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }
}
