//! `cargo xtask up` and `down`: start and stop Till on this machine.

use crate::local::options::Options;
use crate::local::outputs::Outputs;
use crate::local::{Stack, emulator, usual_place};
use crate::shell;

pub(crate) fn down() -> Result<(), String> {
    let was_running = emulator::end(&usual_place(&shell::root()))?;
    println!("{}", if was_running { "The stack has stopped." } else { "No stack was running." });
    Ok(())
}

/// Without `--detach`, this returns when the stack has ended.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let root = shell::root();
    let place = usual_place(&root);
    let stack = Stack::start(&root, &place, options)?;
    print!("{}", summary(&stack.outputs));
    if options.detach || stack.was_running() {
        println!("\nThe stack keeps running: stop it with `cargo xtask down`. Log: {}", place.log().display());
        return stack.detach();
    }
    println!(
        "\nCtrl-C stops the stack; what it has stored is there again at the next start. Log: {}",
        place.log().display()
    );
    stack.wait()?;
    println!("The stack was stopped by another program.");
    Ok(())
}

fn summary(outputs: &Outputs) -> String {
    let try_it = format!("curl {}/api/v1/payment/products", outputs.api_url);
    let rows = [
        ("demo shop (open it in a browser)", format!("{}/", outputs.sandbox_url)),
        ("the providers' side", format!("{}/trades", outputs.sandbox_url)),
        ("API", outputs.api_url.clone()),
        ("WebSockets", outputs.websocket_url.clone()),
        ("AWS", outputs.endpoint_url.clone()),
        ("fault proxy", outputs.faults_url.clone().unwrap_or_default()),
        ("the team", "cargo xtask till --as you status; orders to look at: cargo xtask sandbox month".to_owned()),
        ("token", "cargo xtask token --user demo".to_owned()),
        ("try", try_it),
        ("for programs", "target/local/outputs.json: all addresses, and the keys of both sides".to_owned()),
    ];
    let known = rows.iter().filter(|(_, text)| !text.is_empty());
    known.map(|(name, text)| format!("  {name:<34} {text}\n")).collect::<Vec<_>>().concat()
}
