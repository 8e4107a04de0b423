//! One connection: each request is met by the rules, and passed on unless they say otherwise, over a connection of its own.
//! A socket that was opened through it is passed on until one side ends.

use std::io::{self, BufReader, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use super::caller::Caller;
use super::message::Message;
use super::rules::{Call, Fault, Happens};
use super::{Proxy, control};

/// The longest function takes less.
const MOST_TO_ANSWER: Duration = Duration::from_mins(2);

type Incoming = BufReader<TcpStream>;

/// What becomes of the connection after a request.
#[derive(PartialEq, Eq)]
enum Then {
    Next,
    End,
}

/// Serves a client until it has enough. An error is the end of the connection; both sides see it as that.
pub(super) fn serve(proxy: &Proxy, client: &TcpStream) {
    // Whatever broke, this connection has ended.
    let _ = converse(proxy, client);
    let _ = client.shutdown(Shutdown::Both);
}

fn converse(proxy: &Proxy, client: &TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut from = BufReader::new(client.try_clone()?);
    while let Some(request) = Message::request(&mut from)? {
        let then = if control::is_for_us(&request) {
            send(client, &control::answer(&proxy.rules, &request))?;
            Then::Next
        } else {
            one(proxy, client, &mut from, &request)?
        };
        if then == Then::End || request.ends_connection() {
            break;
        }
    }
    Ok(())
}

fn one(proxy: &Proxy, client: &TcpStream, rest: &mut Incoming, request: &Message) -> io::Result<Then> {
    let from = client.peer_addr()?.port();
    let caller = || Caller::find(from, proxy.port);
    let asked = if proxy.rules.ask_for_callers() { caller() } else { None };
    let call = Call {
        method: request.method(),
        path: request.path(),
        target: request.header("x-amz-target"),
        body: &request.body,
        function: asked.as_ref().map(|caller| caller.function.as_str()),
    };
    let Some(Happens { fault, status }) = proxy.rules.meet(call) else {
        return pass_on(proxy, client, rest, request);
    };
    let kill = || caller().map_or_else(|| proxy.rules.miss(), |caller| caller.kill());
    match fault {
        Fault::Hold => pass_on(proxy, client, rest, request),
        Fault::DropBefore => Ok(Then::End),
        Fault::DropAfter => fetch(proxy.to, request).map(|_| Then::End),
        Fault::Repeat => {
            fetch(proxy.to, request)?;
            pass_on(proxy, client, rest, request)
        }
        Fault::Answer => send(client, &control::refusal(status)).map(|()| Then::Next),
        Fault::KillBefore => {
            kill();
            Ok(Then::End)
        }
        Fault::KillAfter => {
            let done = fetch(proxy.to, request);
            kill();
            done.map(|_| Then::End)
        }
    }
}

/// Sends a request on, and its answer back.
fn pass_on(proxy: &Proxy, client: &TcpStream, rest: &mut Incoming, request: &Message) -> io::Result<Then> {
    if request.header("upgrade").is_some() {
        return upgrade(proxy.to, client, rest, request).map(|()| Then::End);
    }
    let answer = fetch(proxy.to, request)?;
    send(client, &answer)?;
    Ok(if answer.ends_connection() || !has_length(&answer) { Then::End } else { Then::Next })
}

fn has_length(answer: &Message) -> bool {
    answer.body.is_empty() || ["content-length", "transfer-encoding"].iter().any(|name| answer.header(name).is_some())
}

/// Sends a request to where it was to go, and reads the answer.
fn fetch(to: u16, request: &Message) -> io::Result<Message> {
    let server = connect(to)?;
    send(&server, request)?;
    let mut from = BufReader::new(server);
    loop {
        let answer = Message::answer_head(&mut from)?;
        // "Go on": its sender has sent everything already.
        if answer.status() != Some(100) {
            return answer.answer_body(request, &mut from);
        }
    }
}

/// Passes bytes on in both directions, until one side ends. What the client sent right after its request was read with it.
fn upgrade(to: u16, client: &TcpStream, rest: &Incoming, request: &Message) -> io::Result<()> {
    let server = connect(to)?;
    server.set_read_timeout(None)?;
    send(&server, request)?;
    (&server).write_all(rest.buffer())?;
    let (mut up_from, mut up_to) = (client.try_clone()?, server.try_clone()?);
    let up = thread::spawn(move || {
        // A side that breaks has ended.
        let _ = io::copy(&mut up_from, &mut up_to);
        let _ = up_to.shutdown(Shutdown::Both);
    });
    let (mut down_from, mut down_to) = (server, client.try_clone()?);
    let down = io::copy(&mut down_from, &mut down_to);
    client.shutdown(Shutdown::Both)?;
    // It ends with the client's side.
    let _ = up.join();
    down.map(drop)
}

fn connect(to: u16) -> io::Result<TcpStream> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, to))?;
    server.set_read_timeout(Some(MOST_TO_ANSWER))?;
    server.set_nodelay(true)?;
    Ok(server)
}

fn send(mut to: &TcpStream, message: &Message) -> io::Result<()> {
    to.write_all(&[message.head.as_slice(), &message.body].concat())
}
