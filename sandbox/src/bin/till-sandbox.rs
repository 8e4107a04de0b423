//! The sandbox as a plain server with books in memory: `till-sandbox [--port N] [--webhook-url URL]
//! [--wechat-certificates] [--stage WORD]`. It prints the merchant's side of its new keys as one line of JSON.

use std::process::ExitCode;
use std::rc::Rc;

use till_sandbox::Sandbox;
use till_sandbox::keys::Sides;
use till_sandbox::memory::Memory;
use till_sandbox::server::{bind, serve};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("till-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at.saturating_add(1)));
    let port =
        after("--port").map_or(Ok(0), |port| port.parse()).map_err(|_| "--port wants a number from 0 to 65535")?;
    let webhook_url = after("--webhook-url").map_or("http://127.0.0.1:9/stripe", String::as_str);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let (listener, address) =
            bind(port).await.map_err(|error| format!("cannot listen on port {port} of this machine: {error}"))?;
        let sides =
            Sides::make(after("--stage").map_or("local", String::as_str), &format!("http://{address}"), webhook_url)?;
        let by_certificates = words.iter().any(|word| word == "--wechat-certificates");
        let sides = if by_certificates { sides.with_wechat_certificates() } else { sides };
        let (memory, due) = Memory::new();
        let sandbox = Sandbox::open(sides.sandbox, memory)?;
        println!("{}", serde_json::to_string(&sides.merchant)?);
        serve(listener, Rc::new(sandbox), due).await;
        Ok(())
    })
}
