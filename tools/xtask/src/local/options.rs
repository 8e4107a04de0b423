//! The options of `cargo xtask up`.

use clap::Args;

use super::emulator::Setup;

/// The proxy before AWS listens at the next port.
pub(crate) const PORT: u16 = 4790;

#[derive(Clone, PartialEq, Eq, Debug, Args)]
pub(crate) struct Options {
    /// Return as soon as the stack is ready, and leave it running
    #[arg(long)]
    pub(crate) detach: bool,
    /// Delete everything that an earlier stack has stored
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Build the functions as they are deployed
    #[arg(long)]
    pub(crate) release: bool,
    /// Use this table, such as one restored from a backup, and delete the stack's own
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// Web pages at this origin call the API too, beside those at the usual ports of this machine; may be repeated
    #[arg(long = "origin", value_name = "URL")]
    pub(crate) origins: Vec<String>,
    #[command(flatten)]
    pub(crate) setup: Setup,
}

impl Options {
    /// A stack that has stored nothing, and is left running.
    pub(crate) const fn fresh(setup: Setup) -> Self {
        Self { detach: true, fresh: true, release: false, table: None, origins: Vec::new(), setup }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Up {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn unknown_options_and_ports_out_of_range_are_rejected() {
        let read = |words: &str| Up::try_parse_from(["up"].into_iter().chain(words.split_whitespace()));
        let plain = read("").expect("no options are valid").options;
        assert_eq!(plain.setup, Setup { port: PORT, faults: false, auth: false });
        let words = "--faults --port 5000 --auth --fresh --release --detach --table t";
        let all = read(&format!("{words} --origin http://a.test --origin http://b.test:81"));
        let all = all.expect("these are valid").options;
        assert_eq!(all.setup, Setup { port: 5000, faults: true, auth: true });
        let auth = read("--auth").expect("this is valid").options;
        let ports = [plain.setup.proxy_port(), all.setup.proxy_port(), auth.setup.proxy_port()];
        assert_eq!(ports, [None, Some(5001), Some(PORT + 1)]);
        assert_eq!((plain.table, all.table.as_deref()), (None, Some("t")));
        assert_eq!(
            (plain.origins.len(), all.origins),
            (0, vec!["http://a.test".to_owned(), "http://b.test:81".to_owned()])
        );
        assert!(all.detach && all.fresh && all.release && !plain.detach);
        for wrong in ["--port", "--port x", "--port 80", "--port 65535", "--prot 5000", "5000"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
