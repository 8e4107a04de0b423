//! A running sandbox, which is stopped when its value is dropped. The merchant's keys, which it prints when it starts, are
//! in a file for the suites meanwhile.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// It makes six RSA keys when it starts, which takes seconds.
const START_TIMEOUT: Duration = Duration::from_mins(2);

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
        let (sender, first_line) = mpsc::channel();
        let output = child.stdout.take();
        // The thread ends with the first line or with the program.
        thread::spawn(move || {
            let mut line = String::new();
            let read = output.map(|output| BufReader::new(output).read_line(&mut line));
            if read.is_some_and(|read| read.is_ok_and(|bytes| bytes > 0)) {
                // This fails when the sandbox was dropped meanwhile.
                let _ = sender.send(line);
            }
        });
        Ok(Self { child, file, first_line })
    }

    /// Waits until it serves requests, and writes the file with the merchant's keys.
    pub(super) fn wait_until_ready(&self) -> Result<(), String> {
        let line = self.first_line.recv_timeout(START_TIMEOUT);
        let line = line.map_err(|_| "the sandbox did not start: see above".to_owned())?;
        fs::write(&self.file, line).map_err(|error| format!("{}: {error}", self.file.display()))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::time::Instant;

    use super::*;

    #[test]
    fn file_has_the_first_line_while_the_sandbox_runs() {
        let file = env::temp_dir().join(format!("till-sandbox-{}", std::process::id()));
        let sandbox = Sandbox::start(Path::new("rustc"), &["--version"], file.clone()).expect("rustc is installed");
        assert_eq!(sandbox.wait_until_ready(), Ok(()));
        assert!(fs::read_to_string(&file).expect("the file is there").starts_with("rustc "));
        drop(sandbox);
        assert!(!file.exists());
    }

    #[test]
    fn program_without_a_line_has_not_started_and_a_running_one_is_stopped() {
        let start =
            |program: &str, words: &[&str]| Sandbox::start(Path::new(program), words, "no-such-folder/f".into());
        assert!(start("no-such-program", &[]).is_err());
        assert!(start("true", &[]).expect("`true` is installed").wait_until_ready().is_err());
        let began = Instant::now();
        drop(start("sleep", &["600"]).expect("`sleep` is installed"));
        assert!(began.elapsed() < Duration::from_mins(1));
    }
}
