//! A sandbox that runs as long as its value lives: it is stopped and waited for however that ends. The merchant's side,
//! which it prints when it starts, is a file for the suites meanwhile.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// It makes six RSA keys when it starts, without optimisation: seconds on a machine that has nothing else to do.
const MOST_TO_START: Duration = Duration::from_mins(2);

pub(super) struct Sandbox {
    child: Child,
    file: PathBuf,
    first_line: Receiver<String>,
}

impl Sandbox {
    pub(super) fn start(program: &Path, words: &[&str], file: PathBuf) -> Result<Self, String> {
        println!("$ {} {}", program.display(), words.join(" "));
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let (told, first_line) = mpsc::channel();
        let output = child.stdout.take();
        // Ends with the line, or with the program.
        thread::spawn(move || {
            let mut line = String::new();
            let read = output.map(|output| BufReader::new(output).read_line(&mut line));
            if read.is_some_and(|read| read.is_ok_and(|bytes| bytes > 0)) {
                // Nobody waits for it any more: then nobody needs it.
                let _ = told.send(line);
            }
        });
        Ok(Self { child, file, first_line })
    }

    /// Waits until it serves, and writes the merchant's side to its file.
    pub(super) fn ready(&self) -> Result<(), String> {
        let line = self.first_line.recv_timeout(MOST_TO_START);
        let line = line.map_err(|_| "the sandbox did not start: see above".to_owned())?;
        fs::write(&self.file, line).map_err(|error| format!("{}: {error}", self.file.display()))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself; waiting tells, and leaves no zombie.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Its keys are worth nothing any more.
        let _ = fs::remove_file(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::time::Instant;

    use super::*;

    #[test]
    fn the_first_line_is_a_file_as_long_as_the_sandbox_runs() {
        let file = env::temp_dir().join(format!("till-sandbox-{}", std::process::id()));
        let sandbox = Sandbox::start(Path::new("rustc"), &["--version"], file.clone()).expect("rustc is there");
        assert_eq!(sandbox.ready(), Ok(()));
        assert!(fs::read_to_string(&file).expect("the file is there").starts_with("rustc "));
        drop(sandbox);
        assert!(!file.exists());
    }

    #[test]
    fn one_that_ends_without_a_line_has_not_started_and_one_that_would_not_end_is_stopped() {
        let start =
            |program: &str, words: &[&str]| Sandbox::start(Path::new(program), words, "no-such-folder/f".into());
        assert!(start("no-such-program", &[]).is_err());
        assert!(start("true", &[]).expect("true is there").ready().is_err());
        let began = Instant::now();
        drop(start("sleep", &["600"]).expect("sleep is there"));
        assert!(began.elapsed() < Duration::from_mins(1));
    }
}
