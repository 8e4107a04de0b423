//! The benchmarks behind the figures in the documents, as tables and as JSON. `cargo xtask bench` builds and runs them. No
//! test checks a time.

mod bare;
mod measure;
mod push;
mod wire;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use measure::Took;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

struct Row {
    name: &'static str,
    took: Took,
    /// The bare operation that it is compared with.
    beside: Option<Took>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("till-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [part, file] = words.as_slice() else { return Err("usage: till-bench PART FILE-FOR-THE-JSON".into()) };
    let json = match part.as_str() {
        "crypto" => print_tables(&[
            ("Beside the bare operations", wire::rows()?),
            ("The bare operations of two libraries, RSA-2048", bare::rows()?),
        ]),
        "push" => {
            let times = push::measure()?;
            print!("{}", times.table());
            times.json()
        }
        _ => return Err(format!("there is no benchmark `{part}`; there is crypto and push").into()),
    };
    if let Some(folder) = Path::new(file).parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, serde_json::to_vec_pretty(&json)?)?;
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
