//! The fault proxy: it stands between the functions and everything that they call on this machine, AWS and the sandbox.
//! It forwards each call unchanged, except that a test may ask for a fault at the n-th call of a named operation.
//!
//! `cargo xtask up --faults` starts it. Tests control it under `/_faults`:
//!
//! | call | effect |
//! |---|---|
//! | `POST /_faults` with a [`rules::Rule`] | adds a fault; answers `{"id": n}` |
//! | `GET /_faults` | the rules, how many calls each has seen, whether it holds one; and the last calls, oldest first |
//! | `POST /_faults/{id}/release` | forwards the calls that a rule holds |
//! | `DELETE /_faults/{id}`, `DELETE /_faults` | deletes a rule, or all rules and the list of calls; releases what they hold |

mod caller;
mod control;
mod relay;
mod rules;

use std::io::{Error, Read as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use clap::Args;
use rules::Rules;

/// What all connections share.
struct Proxy {
    port: u16,
    /// The port to which calls are forwarded.
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

/// Runs until its standard input ends, which it does with the process that started the proxy.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    start(arguments.port, arguments.to)?;
    // An error ends the input too.
    let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
    Ok(())
}

/// Starts a proxy in threads of this process and returns its port; port 0 takes a free one.
fn start(port: u16, to: u16) -> Result<u16, String> {
    let failed = |error: Error| format!("the fault proxy cannot listen at port {port}: {error}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let proxy = Arc::new(Proxy { port, to, rules: Rules::default() });
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let proxy = Arc::clone(&proxy);
            // An error closes the connection, which both of its sides notice.
            thread::spawn(move || relay::serve(&proxy, client));
        }
    });
    Ok(port)
}

#[cfg(test)]
mod tests;
