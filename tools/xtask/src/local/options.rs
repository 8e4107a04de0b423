//! What `up` is asked for.

use super::emulator::Setup;

/// Where the local stack answers when nobody says otherwise; the fault proxy is at the next one.
pub(crate) const PORT: u16 = 4790;

/// The words of `up`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Options {
    /// Return when it is ready, and let it run.
    pub(crate) detach: bool,
    /// Forget what an earlier one remembered.
    pub(crate) fresh: bool,
    /// Build the functions as they are deployed.
    pub(crate) release: bool,
    /// How the emulator runs.
    pub(crate) setup: Setup,
}

impl Options {
    /// Reads the words.
    pub(crate) fn read(words: &[String]) -> Result<Self, String> {
        let mut options = Self {
            detach: false,
            fresh: false,
            release: false,
            setup: Setup { port: PORT, faults_port: None, auth: false },
        };
        let mut faults = false;
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--detach" => options.detach = true,
                "--fresh" => options.fresh = true,
                "--release" => options.release = true,
                "--auth" => options.setup.auth = true,
                "--faults" => faults = true,
                "--port" => {
                    let port =
                        words.next().and_then(|port| port.parse().ok()).filter(|port| (1024..65535).contains(port));
                    options.setup.port = port.ok_or("--port wants a number from 1024 to 65534")?;
                }
                _ => return Err(format!("`up` does not know `{word}`")),
            }
        }
        // Never past the end: a port is at most 65534.
        options.setup.faults_port = faults.then(|| options.setup.port.saturating_add(1));
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read() {
        let read = |words: &str| Options::read(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let plain = read("").expect("nothing is enough");
        assert_eq!(plain.setup, Setup { port: PORT, faults_port: None, auth: false });
        let all = read("--faults --port 5000 --auth --fresh --release --detach").expect("they are known");
        assert_eq!(all.setup, Setup { port: 5000, faults_port: Some(5001), auth: true });
        assert!(all.detach && all.fresh && all.release && !plain.detach);
        for wrong in ["--port", "--port x", "--port 80", "--port 65535", "--prot 5000", "5000"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
