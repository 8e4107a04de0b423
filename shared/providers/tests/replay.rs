//! Runs every input of the fuzzers' corpus as an ordinary test, so that what was found once stays found.

#[path = "replay/targets.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Limit for inputs, which must be minimal.
const MOST_INPUT_BYTES: usize = 4096;

fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(name);
    let mut inputs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    inputs.sort();
    let mut failed = Vec::new();
    for input in inputs {
        let data = fs::read(&input).unwrap();
        assert!(data.len() <= MOST_INPUT_BYTES, "{} has {} bytes", input.display(), data.len());
        if catch_unwind(AssertUnwindSafe(|| target(&data))).is_err() {
            failed.push(input.file_name().unwrap_or_default().to_owned());
        }
    }
    assert!(failed.is_empty(), "{name} fails with {failed:?}");
}

#[test]
fn wechat_callback_corpus_passes() {
    replay("wechat_callback", targets::wechat_callback);
}

#[test]
fn alipay_callback_corpus_passes() {
    replay("alipay_callback", targets::alipay_callback);
}

#[test]
fn stripe_webhook_corpus_passes() {
    replay("stripe_webhook", targets::stripe_webhook);
}

#[test]
fn alipay_response_corpus_passes() {
    replay("alipay_response", targets::alipay_response);
}
