//! The fault proxy: it stands between the functions and everything that they call on this machine, AWS and the sandbox.
//! It forwards each call unchanged, except that a test may ask for a fault at the n-th call of a named operation, and that with
//! `--auth` a call of DynamoDB is refused that the function's role does not allow ([`crate::permissions`]).
//!
//! `cargo xtask up` starts it with `--faults` or `--auth`. Tests control it under `/_faults`:
//!
//! | call | effect |
//! |---|---|
//! | `POST /_faults` with a [`rules::Rule`] | adds a fault; answers `{"id": n}` |
//! | `GET /_faults` | the rules, how many calls each has seen, whether it holds one; and the last calls, oldest first |
//! | `POST /_faults/{id}/release` | forwards the calls that a rule holds |
//! | `DELETE /_faults/{id}`, `DELETE /_faults` | deletes a rule, or all rules and the list of calls; releases what they hold |
//! | `GET /_permissions`, `DELETE /_permissions` | with `--auth`: what was judged; forgets it |

mod caller;
mod control;
mod relay;
mod rules;

use std::io::{BufRead as _, Error};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use clap::Args;
use rules::Rules;

use crate::permissions::Judge;

/// What all connections share.
struct Proxy {
    port: u16,
    /// The port to which calls are forwarded.
    to: u16,
    rules: Rules,
    /// With `--auth`.
    judge: Option<Judge>,
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// The port to listen at
    port: u16,
    /// The port to forward to
    to: u16,
    /// Refuse what the role of the calling function does not allow
    #[arg(long)]
    auth: bool,
}

/// Runs until its standard input ends, which it does with the process that started the proxy.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let judge = arguments.auth.then(|| Judge::new(arguments.to));
    let (_, proxy) = start(arguments.port, arguments.to, judge)?;
    // The launcher writes a line for each session. An error ends the input too.
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        if let Some(judge) = &proxy.judge {
            judge.add_session(&line);
        }
    }
    Ok(())
}

/// Starts a proxy in threads of this process and returns its port; port 0 takes a free one.
fn start(port: u16, to: u16, judge: Option<Judge>) -> Result<(u16, Arc<Proxy>), String> {
    let failed = |error: Error| format!("the fault proxy cannot listen at port {port}: {error}");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let proxy = Arc::new(Proxy { port, to, rules: Rules::default(), judge });
    let shared = Arc::clone(&proxy);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let proxy = Arc::clone(&proxy);
            // An error closes the connection, which both of its sides notice.
            thread::spawn(move || relay::serve(&proxy, client));
        }
    });
    Ok((port, shared))
}

#[cfg(test)]
mod tests;
