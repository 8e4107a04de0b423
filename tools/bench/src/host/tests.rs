//! The host with programs written for these tests, in the shell.

use std::path::PathBuf;
use std::time::Duration;

use super::{Process, Program};

/// Calls the Runtime API: method, path, body.
const CALL: &str = r#"
call() {
    exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}"
    printf '%s /2018-06-01/runtime/%s HTTP/1.1\r\nHost: host\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' \
        "$1" "$2" "${#3}" "$3" >&3
    cat <&3
    exec 3>&-
}
"#;

fn start(name: &str, script: &str) -> Process {
    let program = Program {
        name: name.to_owned(),
        file: "/bin/bash".into(),
        arguments: vec!["-c".into(), format!("{CALL}{script}").into()],
        folder: "/".into(),
        settings: vec![("SETTING".to_owned(), "of the stage".to_owned())],
        memory_mb: 256,
        timeout: Duration::from_secs(3),
    };
    Process::start(&program, &logs()).unwrap()
}

fn logs() -> PathBuf {
    std::env::temp_dir().join(format!("till-bench-host-{}", std::process::id()))
}

#[test]
fn program_that_answers_gets_events_in_order_and_is_measured() {
    let mut process = start(
        "echo",
        r#"while event=$(call GET invocation/next ""); do
            call POST invocation/1/response "got ${event##*$'\n'} with $SETTING" > /dev/null
        done"#,
    );
    process.deliver("\"first\"");
    let ready = process.ready().unwrap();
    assert!(!ready.cpu.is_zero() && !ready.took.is_zero());
    assert_eq!(process.answer().unwrap().answer, "got \"first\" with of the stage");
    let second = process.invoke("\"second\"").unwrap();
    assert_eq!(second.answer, "got \"second\" with of the stage");
    assert!(!second.cpu.is_zero() && !second.took.is_zero());
    assert!(process.peak_rss_kib().unwrap() > 0);
    process.end().unwrap();
}

#[test]
fn environment_is_that_of_lambda_alone() {
    let mut process = start(
        "environment",
        r#"call GET invocation/next "" > /dev/null
        call POST invocation/1/response "$(compgen -e | sort | tr '\n' ' ')" > /dev/null
        call GET invocation/next "" > /dev/null"#,
    );
    process.ready().unwrap();
    let names = process.invoke("1").unwrap().answer;
    for name in ["AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "SETTING"] {
        assert!(names.split(' ').any(|one| one == name), "{name}: {names}");
    }
    assert!(!names.contains("CARGO") && !names.contains("HOME"), "{names}");
}

#[test]
fn program_that_fails_or_ends_is_an_error_with_its_log() {
    let fails = r#"call GET invocation/next "" > /dev/null
        echo what happened
        call POST invocation/1/error '{"errorMessage":"no"}' > /dev/null
        sleep 5"#;
    let mut process = start("fails", fails);
    process.ready().unwrap();
    let why = process.invoke("1").unwrap_err().to_string();
    assert!(why.starts_with(r#"fails could not answer an event: {"errorMessage":"no"}"#), "{why}");
    assert!(why.contains("what happened"), "{why}");

    let mut process = start("cannot-start", r#"call POST init/error '{"errorMessage":"bad"}' > /dev/null; exit 1"#);
    let why = process.ready().unwrap_err().to_string();
    assert!(why.starts_with(r#"cannot-start could not start: {"errorMessage":"bad"}"#), "{why}");

    let mut process = start("ends", "echo a last word; exit 3");
    let why = process.ready().unwrap_err().to_string();
    assert!(why.starts_with("ends ended by itself (exit status: 3)") && why.contains("a last word"), "{why}");
}
