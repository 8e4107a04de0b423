//! Runs other programs: the command is shown, its output is passed on, and its end is waited for.

use std::env;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) fn root() -> PathBuf {
    // Cargo sets the variable when it runs us; the value from build time is for a binary that is started by hand.
    let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    package.ancestors().nth(2).map_or_else(|| package.clone(), Path::to_path_buf)
}

/// The cargo that started us, in the root of the workspace.
pub(crate) fn cargo(root: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(words);
    command
}

/// Runs a program; whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    println!("$ {}", shown(command));
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => did_not_start(command, &error),
    }
}

/// Runs a program as [`succeeds`] does, and calls `see` with each line of its standard output.
pub(crate) fn succeeds_seen(command: &mut Command, see: impl FnMut(&str)) -> bool {
    println!("$ {}", shown(command));
    match pass_on(command, see) {
        Ok(success) => success,
        Err(error) => did_not_start(command, &error),
    }
}

/// Runs a program and returns its standard output. Ours stays free for what was asked for.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    eprintln!("$ {}", shown(command));
    let done = command.stderr(Stdio::inherit()).output().map_err(|error| format!("{}: {error}", shown(command)))?;
    if done.status.success() { Ok(done.stdout) } else { Err(format!("{} ended with {}", shown(command), done.status)) }
}

fn pass_on(command: &mut Command, mut see: impl FnMut(&str)) -> io::Result<bool> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut output = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        see(&text);
        line.clear();
    }
    child.wait().map(|status| status.success())
}

fn did_not_start(command: &Command, error: &io::Error) -> bool {
    eprintln!("cargo xtask: {}: {error}", shown(command));
    false
}

/// The command as it would be typed.
pub(crate) fn shown(command: &Command) -> String {
    let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let variables = set.map(|(name, value)| format!("{}=\"{}\" ", name.display(), value.display()));
    let program = Path::new(command.get_program()).file_stem().unwrap_or_else(|| command.get_program());
    let words = command.get_args().map(|word| format!(" {}", word.display()));
    variables.chain(std::iter::once(program.display().to_string())).chain(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_has_the_lock_file() {
        assert!(root().join("Cargo.lock").is_file());
    }

    #[test]
    fn command_is_shown_as_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(shown(&command), "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps");
    }

    #[test]
    fn output_is_passed_on_line_by_line_and_failures_are_noticed() {
        let mut seen = Vec::new();
        let mut rustc = Command::new("rustc");
        rustc.args(["--version", "--verbose"]);
        assert!(succeeds_seen(&mut rustc, |line| seen.push(line.to_owned())));
        assert!(seen.len() > 1 && seen.iter().any(|line| line.starts_with("release:")), "{seen:?}");
        assert!(!succeeds(Command::new("rustc").arg("--no-such-option").stderr(Stdio::null())));
        assert!(!succeeds(&mut Command::new("no-such-program")));
        assert!(output(&mut Command::new("no-such-program")).is_err());
    }
}
