//! What is measured: the empty function, ours, and those of other languages.

use std::fs;
use std::path::Path;

use crate::Failure;
use crate::host::Program;
use crate::scene::{FUNCTIONS, Language, Peers, Scene};

/// As much as `cargo lambda` compresses.
const LEVEL: u8 = 6;

pub struct Subject {
    pub program: Program,
    pub kind: Kind,
    /// Of the program and of its archive; other languages have many files.
    pub sizes: Option<Sizes>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Floor,
    Function,
    /// Does the work of one of our functions.
    Peer(Language, &'static str),
}

#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub program_bytes: usize,
    pub zip_bytes: usize,
}

pub fn all(scene: &Scene, peers: Option<&Peers>) -> Result<Vec<Subject>, Failure> {
    let floor = ours(scene.floor(), Kind::Floor);
    let functions = FUNCTIONS.into_iter().map(|name| ours(scene.program(name)?, Kind::Function));
    let mut all: Vec<Subject> = std::iter::once(floor).chain(functions).collect::<Result<_, _>>()?;
    if let Some(peers) = peers {
        for (language, function) in Peers::ALL {
            let program = peers.program(scene, language, function)?;
            all.push(Subject { program, kind: Kind::Peer(language, function), sizes: None });
        }
    }
    Ok(all)
}

fn ours(program: Program, kind: Kind) -> Result<Subject, Failure> {
    let sizes = sizes(&program.file)?;
    Ok(Subject { program, kind, sizes: Some(sizes) })
}

fn sizes(file: &Path) -> Result<Sizes, Failure> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let zip_bytes = miniz_oxide::deflate::compress_to_vec(&bytes, LEVEL).len();
    Ok(Sizes { program_bytes: bytes.len(), zip_bytes })
}
