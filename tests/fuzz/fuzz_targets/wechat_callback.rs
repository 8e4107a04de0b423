//! Fuzzes the target of the same name in `shared/providers/tests/replay/targets.rs`.
#![no_main]

#[path = "../../../shared/providers/tests/replay/targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::wechat_callback(data));
