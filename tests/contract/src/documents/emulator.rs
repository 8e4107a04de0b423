//! Documents over HTTP from this machine, as a process on the emulator may fetch them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};

use till_app::ports::{FetchDocument as _, Unavailable};
use till_aws::Aws;
use till_contract::Departure;
use till_contract::tap::Tap;
use till_journeys::http::send;
use till_journeys::{Outcome, same};

use super::Documents;
use crate::case::{Case, Implementation, cases};
use crate::emulator::{self, Place};

pub struct OnEmulator {
    place: Place,
    aws: Aws,
}

impl Implementation for OnEmulator {
    const NAME: &'static str = emulator::NAME;
    const DEPARTURES: &'static [Departure] = emulator::DEPARTURES;

    async fn new() -> Outcome<Self> {
        let place = Place::running()?;
        Ok(Self { aws: place.process(&Tap::default(), &[])?, place })
    }
}

impl Documents for OnEmulator {
    type Ports = Aws;

    fn ports(&self) -> &Aws {
        &self.aws
    }

    async fn publish(&self, document: Vec<u8>) -> Outcome<String> {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", document.len());
        serve([head.as_bytes(), &document].concat())
    }

    async fn nowhere(&self) -> Outcome<String> {
        serve(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".to_vec())
    }
}

/// A server that always gives this answer. It ends with the program.
fn serve(answer: Vec<u8>) -> Outcome<String> {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (address, listener) = bound.map_err(|error| error.to_string())?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The client may close the connection early.
            let _ = say(stream, &answer);
        }
    });
    Ok(format!("http://{address}/keys"))
}

fn say(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    let (mut request, mut byte) = (Vec::new(), [0]);
    // A request without a body ends with an empty line.
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        request.extend_from_slice(&byte);
    }
    stream.write_all(answer)?;
    stream.shutdown(Shutdown::Write)
}

/// Cases that need a real network.
pub fn own() -> Vec<Case> {
    cases!(OnEmulator, "documents":
        document_of_the_stack_is_fetched,
        redirect_is_not_followed,
        documents_on_aws_require_https,
    )
}

async fn document_of_the_stack_is_fetched(documents: &OnEmulator) -> Outcome {
    let url = documents.place.stack.api("/products")?;
    let there = send("GET", &url, &[], b"").await?.expect(200)?.body;
    same("what was fetched", &documents.aws.fetch_document(&url).await, &Ok(there.into_bytes()))?;
    // The gateway answers 404.
    let nothing = documents.place.stack.api("/no-such-route")?;
    same("what was fetched", &documents.aws.fetch_document(&nothing).await, &Err(Unavailable))
}

async fn redirect_is_not_followed(documents: &OnEmulator) -> Outcome {
    let elsewhere = documents.publish(b"{}".to_vec()).await?;
    let head = format!("HTTP/1.1 302 Found\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let url = serve(head.into_bytes())?;
    same("what was fetched", &documents.aws.fetch_document(&url).await, &Err(Unavailable))?;
    same("what stands there", &documents.aws.fetch_document(&elsewhere).await, &Ok(b"{}".to_vec()))
}

async fn documents_on_aws_require_https(documents: &OnEmulator) -> Outcome {
    let url = documents.publish(b"{}".to_vec()).await?;
    let on_aws = documents.place.process(&Tap::default(), &[("AWS_ENDPOINT_URL", "")])?;
    same("what was fetched", &on_aws.fetch_document(&url).await, &Err(Unavailable))?;
    same("what stands there", &documents.aws.fetch_document(&url).await, &Ok(b"{}".to_vec()))
}
