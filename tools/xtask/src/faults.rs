//! The fault proxy: stands before AWS and the sandbox on this machine, passes everything on as it came, and does to the n-th
//! call of a named operation what a test asks for: holds it, drops it before or after it took effect, sends it twice, answers
//! it with an error, or kills who makes it. It changes no byte of what it passes on.
//!
//! `cargo xtask up --faults` starts it, and functions then talk to it alone. Tests talk to it under `/_faults`:
//!
//! | call | does |
//! |---|---|
//! | `POST /_faults` with a [`rules::Rule`] | asks for a fault; answers `{"id": n}` |
//! | `GET /_faults` | the rules, how many calls each has seen, whether one is held; and the last calls, oldest first |
//! | `POST /_faults/{id}/release` | lets what a rule holds go on |
//! | `DELETE /_faults/{id}`, `DELETE /_faults` | forgets a rule, or all of them and the calls; lets go on what they hold |

mod caller;
mod control;
mod message;
mod relay;
mod rules;

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use clap::Args;
use rules::Rules;

/// What all connections share.
struct Proxy {
    port: u16,
    /// Where everything goes.
    to: u16,
    rules: Rules,
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// The port to listen at
    port: u16,
    /// The port to forward to
    to: u16,
}

/// Runs until its standard input ends, which it does with the process that started it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    start(arguments.port, arguments.to)?;
    // Only the end of the input matters: its bytes, and an error, which ends it too, do not.
    let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
    Ok(())
}

/// Starts a proxy in this process; port 0 takes a free one. It ends with the process.
fn start(port: u16, to: u16) -> Result<u16, String> {
    let told = |error: std::io::Error| format!("port {port} of this machine cannot be had: {error}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(told)?;
    let port = listener.local_addr().map_err(told)?.port();
    let proxy = Arc::new(Proxy { port, to, rules: Rules::default() });
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let proxy = Arc::clone(&proxy);
            // A connection that breaks ends by itself: both of its sides see that.
            thread::spawn(move || relay::serve(&proxy, &client));
        }
    });
    Ok(port)
}

#[cfg(test)]
mod tests;
