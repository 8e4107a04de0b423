//! The program `till` as a person of the team runs it: a process of its own, with the environment that `cargo xtask till` gives it,
//! or for a stage on AWS with an address and a token alone.

use std::io::{Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::shop::Caller;
use crate::stack::Stack;
use crate::{LEFT_OUT, Outcome, ensure};

/// Who commands, where the program makes the token itself.
pub const NAME: &str = "ada";
/// A call that has not ended by then hangs: the program itself gives up after 35 seconds without an answer.
const TIMEOUT: Duration = Duration::from_mins(1);

#[derive(Clone, Debug)]
pub struct Program {
    file: PathBuf,
    environment: Vec<(&'static str, String)>,
    /// What must be in no output: keys of the stage.
    secrets: Vec<String>,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// As it was called, for messages.
    words: String,
    pub exit: i32,
    pub out: String,
    pub notes: String,
}

impl Program {
    pub async fn of(stack: &Stack) -> Outcome<Self> {
        let file = file()?;
        let api_url = stack.output("api_url")?.to_owned();
        let mut environment = vec![("TILL_API_URL", api_url), ("LANG", "en_US.UTF-8".to_owned())];
        if stack.is_deployed() {
            let admin = Caller::admin(stack).await?;
            environment.push(("TILL_TOKEN", admin.token().to_owned()));
            return Ok(Self { file, environment, secrets: vec![admin.token().to_owned()] });
        }
        let sandbox = stack.output("sandbox_url")?.trim_end_matches('/');
        environment.extend([
            ("TILL_USER", NAME.to_owned()),
            ("AWS_REGION", stack.output("region")?.to_owned()),
            ("AWS_ENDPOINT_URL", stack.output("endpoint_url")?.to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("STAGE", "dev".to_owned()),
            ("TABLE_NAME", stack.output("table_name")?.to_owned()),
            ("SANDBOX_API_ID", sandbox.rsplit('/').next().unwrap_or_default().to_owned()),
        ]);
        Ok(Self { file, environment, secrets: secrets(stack).await? })
    }

    /// With a variable of its environment set to something else.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Another text that must be in no output.
    pub fn never_prints(&mut self, secret: &str) {
        self.secrets.push(secret.to_owned());
    }

    pub fn run(&self, words: &[&str]) -> Outcome<Ended> {
        self.run_with_input(words, "")
    }

    /// A command whose words have no spaces in them.
    pub fn says(&self, line: &str) -> Outcome<Ended> {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run_with_input(&self, words: &[&str], input: &str) -> Outcome<Ended> {
        let mut command = Command::new(&self.file);
        command.args(words).env_clear().envs(self.environment.iter().map(|(name, value)| (*name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let name = format!("till {}", words.join(" "));
        let failed = |error: std::io::Error| format!("{name}: {error}");
        let mut child = command.spawn().map_err(failed)?;
        let (out, notes) = (reads(child.stdout.take()), reads(child.stderr.take()));
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read it may have ended already.
            let _ = stdin.write_all(input.as_bytes());
        }
        let exit = ends(&mut child).ok_or_else(|| format!("{name}: it has not ended in {} s", TIMEOUT.as_secs()))?;
        let text = |reading: JoinHandle<String>| reading.join().map_err(|_| format!("{name}: its output is no text"));
        let ended = Ended { words: name.clone(), exit, out: text(out)?, notes: text(notes)? };
        self.keeps_secrets(&ended)?;
        Ok(ended)
    }

    fn keeps_secrets(&self, ended: &Ended) -> Outcome {
        let printed = format!("{}{}", ended.out, ended.notes);
        let is_told = self.secrets.iter().any(|secret| printed.contains(secret.as_str()));
        ensure(!is_told, || format!("{} prints a secret", ended.words))?;
        ensure(!printed.contains('\u{1b}'), || format!("{} colours what is no terminal", ended.words))
    }
}

impl Ended {
    pub fn expect(self, exit: i32) -> Outcome<Self> {
        let Self { words, exit: found, out, notes } = &self;
        ensure(*found == exit, || format!("{words} ended with {found} instead of {exit}: {out}{notes}"))?;
        Ok(self)
    }

    /// That its result has each of these texts.
    pub fn shows(self, texts: &[&str]) -> Outcome<Self> {
        let missing: Vec<&&str> = texts.iter().filter(|text| !self.out.contains(**text)).collect();
        ensure(missing.is_empty(), || format!("{} does not show {missing:?}: {}", self.words, self.out))?;
        Ok(self)
    }

    /// That what it says beside the result has each of these texts.
    pub fn notes(self, texts: &[&str]) -> Outcome<Self> {
        let missing: Vec<&&str> = texts.iter().filter(|text| !self.notes.contains(**text)).collect();
        ensure(missing.is_empty(), || format!("{} does not say {missing:?}: {}", self.words, self.notes))?;
        Ok(self)
    }

    pub fn json(&self) -> Outcome<Value> {
        serde_json::from_str(&self.out).map_err(|error| format!("{}: {error} in {}", self.words, self.out))
    }
}

/// `TILL_PROGRAM`, or what cargo has built beside the journeys.
fn file() -> Outcome<PathBuf> {
    if let Some(file) = std::env::var_os("TILL_PROGRAM").map(PathBuf::from) {
        return Ok(file);
    }
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join("till")));
    beside.filter(|file| file.is_file()).ok_or_else(|| {
        format!("{LEFT_OUT}`cargo build --bin till` has not made the program, and TILL_PROGRAM names none")
    })
}

/// Keys and tokens' keys of the stage. Each line of a key is one: a key is not hidden by its line breaks.
async fn secrets(stack: &Stack) -> Outcome<Vec<String>> {
    let emulator = crate::emulator::Emulator::of(stack);
    let mut texts = Vec::new();
    for name in ["bearer", "tickets", "account/sandbox-wechat", "account/sandbox-alipay", "account/sandbox-stripe"] {
        let secret = emulator.secret(name).await?;
        let fields = secret.as_object().into_iter().flatten();
        let is_private = |field: &str| ["bearer", "tickets", "key", "secret"].iter().any(|word| field.contains(word));
        let is_public = |field: &str| ["public", "publishable"].iter().any(|word| field.contains(word));
        for (_, value) in fields.filter(|(field, _)| is_private(field) && !is_public(field)) {
            texts.extend(lines(value));
        }
    }
    ensure(texts.len() > 6, || "the stage has no keys to look for".to_owned())?;
    Ok(texts)
}

/// The lines of a text, or of a list of texts, that nobody could guess.
fn lines(value: &Value) -> Vec<String> {
    let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let texts = all.iter().filter_map(Value::as_str);
    let lines = texts.flat_map(str::lines).map(str::trim).filter(|line| line.len() >= 12 && !line.starts_with("-----"));
    lines.map(str::to_owned).collect()
}

fn reads(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is looked at all the same.
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The exit code of a process; none if it had to be ended.
fn ends(child: &mut Child) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < TIMEOUT {
        if let Ok(Some(status)) = child.try_wait() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shell() -> Program {
        Program {
            file: "/bin/sh".into(),
            environment: vec![("WHO", "ada".to_owned())],
            secrets: vec!["s3cr3t".to_owned()],
        }
    }

    #[test]
    fn call_ends_with_its_code_and_its_two_outputs() {
        let ended =
            shell().run_with_input(&["-c", "read line; echo $WHO $line; echo no >&2; exit 7"], "asks\n").unwrap();
        assert_eq!((ended.exit, ended.out.as_str(), ended.notes.as_str()), (7, "ada asks\n", "no\n"));
        assert!(ended.clone().expect(7).and_then(|ended| ended.shows(&["ada"])).and_then(|e| e.notes(&["no"])).is_ok());
        assert!(ended.clone().expect(0).is_err_and(|why| why.contains("instead of 0")));
        assert!(ended.shows(&["bob"]).is_err());
    }

    #[test]
    fn secret_or_colour_in_either_output_is_an_error() {
        for words in ["echo a s3cr3t", "echo a s3cr3t >&2", r"printf '\033[1m'"] {
            assert!(shell().run(&["-c", words]).is_err(), "{words}");
        }
        assert!(shell().run(&["-c", "echo s3cr"]).is_ok());
    }

    #[test]
    fn lines_of_a_key_are_looked_for_one_by_one() {
        let key = json!("-----BEGIN PRIVATE KEY-----\nAAAABBBBCCCCDDDD\nEE==\n-----END PRIVATE KEY-----\n");
        assert_eq!(lines(&key), ["AAAABBBBCCCCDDDD"]);
        assert_eq!(lines(&json!(["whsec_0123456789"])), ["whsec_0123456789"]);
    }
}
