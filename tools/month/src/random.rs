//! Random numbers that are the same for the same seed, on every machine and in every release.

/// `SplitMix64` (S. Vigna, public domain).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`, which is more than zero.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap_or(0)
    }

    pub fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// True in so many of a thousand cases.
    pub fn is_one_of_thousand(&mut self, cases: u32) -> bool {
        self.below(1_000) < cases
    }

    /// One of these, as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> Option<T> {
        let mut rest = self.below(choices.iter().map(|(weight, _)| weight).sum());
        choices.iter().find_map(|(weight, choice)| {
            let is_it = rest < *weight;
            rest = rest.saturating_sub(*weight);
            is_it.then_some(*choice)
        })
    }

    pub fn letters(&mut self, alphabet: &[u8], length: usize) -> String {
        let end = u32::try_from(alphabet.len()).unwrap_or(1);
        (0..length).map(|_| char::from(alphabet[self.below(end) as usize])).collect()
    }
}
