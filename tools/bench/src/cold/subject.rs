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

/// Those that are wanted, by their names.
pub fn all(scene: &Scene, peers: Option<&Peers>, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Subject>, Failure> {
    let mut all = vec![(scene.floor(), Kind::Floor)];
    for name in FUNCTIONS {
        all.push((scene.program(name)?, Kind::Function));
    }
    if let Some(peers) = peers {
        for (language, function) in Peers::ALL {
            all.push((peers.program(scene, language, function)?, Kind::Peer(language, function)));
        }
    }
    let wanted = all.into_iter().filter(|(program, _)| is_wanted(&program.name));
    wanted.map(|(program, kind)| Subject::new(program, kind)).collect()
}

impl Subject {
    fn new(program: Program, kind: Kind) -> Result<Self, Failure> {
        let sizes = match kind {
            Kind::Floor | Kind::Function => Some(sizes(&program.file)?),
            Kind::Peer(..) => None,
        };
        Ok(Self { program, kind, sizes })
    }
}

fn sizes(file: &Path) -> Result<Sizes, Failure> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let zip_bytes = miniz_oxide::deflate::compress_to_vec(&bytes, LEVEL).len();
    Ok(Sizes { program_bytes: bytes.len(), zip_bytes })
}
