//! The benchmarks behind the figures in the documents, as tables and as JSON. `cargo xtask bench` builds and runs them. No
//! test checks a time.

mod bare;
mod callgrind;
mod cold;
mod document;
mod events;
mod host;
mod keys;
mod load;
mod machine;
mod measure;
mod order;
mod picture;
mod push;
mod request;
mod scene;
mod spread;
mod stub;
mod wechat;
mod wire;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use measure::Took;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
struct Bench {
    /// The file for the figures as JSON
    #[arg(long, value_name = "FILE")]
    json: PathBuf,
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// What the product does with the bytes of providers, beside the bare cryptography
    Crypto,
    /// Orders a second through the functions' own code, and sweeps over many orders
    Load(load::Arguments),
    /// How soon a page hears of a payment, on the stack that `cargo xtask up` started
    Push,
    /// Starts of functions, beside an empty one and beside other languages
    Cold(cold::Arguments),
    /// What a million orders cost
    Order(order::Arguments),
    /// Warm requests of each function: CPU, instructions, allocations, logged bytes
    Request(request::Arguments),
    /// The part of `request` that does not depend on how busy the machine is
    Figures {
        /// The folder of the built programs: functions, `till` and `bench-floor`
        #[arg(long, value_name = "FOLDER")]
        programs: PathBuf,
    },
    /// One event for each function, without measuring it
    Events(events::Arguments),
}

struct Row {
    name: &'static str,
    took: Took,
    /// The bare operation that it is compared with.
    beside: Option<Took>,
}

fn main() -> ExitCode {
    match run(&Bench::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("till-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(bench: &Bench) -> Result<(), Failure> {
    let json = match &bench.part {
        Part::Crypto => print_tables(&[
            ("Beside the bare operations", wire::rows()?),
            ("The bare operations of two libraries, RSA-2048", bare::rows()?),
        ]),
        Part::Push => {
            let times = push::measure()?;
            print!("{}", times.table());
            times.json()
        }
        Part::Cold(arguments) => cold::run(arguments)?,
        Part::Order(arguments) => order::run(arguments)?,
        Part::Request(arguments) => request::measure(arguments)?,
        Part::Figures { programs } => request::figures(programs)?,
        Part::Events(arguments) => events::run(arguments)?,
        Part::Load(arguments) => load::measure(arguments)?,
    };
    if let Some(folder) = bench.json.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&bench.json, serde_json::to_vec_pretty(&json)?)?;
    Ok(())
}

fn print_tables(tables: &[(&str, Vec<Row>)]) -> Value {
    let mut json = serde_json::Map::new();
    for (title, rows) in tables {
        print!("{}", table(title, rows));
        json.insert((*title).to_owned(), rows.iter().map(Row::json).collect());
    }
    Value::Object(json)
}

fn table(title: &str, rows: &[Row]) -> String {
    let mut text = format!("\n{title}\n{:<52}{:>12}{:>12}{:>8}\n", "", "median µs", "bare µs", "ratio");
    for row in rows {
        let (bare, ratio) = row.beside.map_or_else(Default::default, |bare| {
            (format!("{:.2}", bare.micros()), format!("{:.2}", row.took.micros() / bare.micros()))
        });
        // Writing to a String does not fail.
        let _ = writeln!(text, "{:<52}{:>12.2}{bare:>12}{ratio:>8}", row.name, row.took.micros());
    }
    text
}

impl Row {
    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "median_micros": self.took.micros(),
            "bare_micros": self.beside.map(Took::micros),
        })
    }
}
