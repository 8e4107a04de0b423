//! The server side of the Runtime API, for one process: hands out events, takes in answers, and tells when each came.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::{Child, Command};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use nix::time::ClockId;
use nix::unistd::Pid;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::Failure;

type Response = hyper::Response<Full<Bytes>>;

const PATH: &str = "/2018-06-01/runtime/";

/// What a process did, and when.
#[derive(Debug)]
pub enum News {
    /// It asks for an event. `cpu` is what it has used so far.
    Next {
        at: Instant,
        cpu: Duration,
    },
    /// It was given an event.
    Delivered {
        at: Instant,
    },
    Answered {
        at: Instant,
        body: String,
    },
    /// It says that it could not answer, or could not start.
    Failed {
        what: &'static str,
        body: String,
    },
}

/// Serves one process until it is dropped.
pub struct Desk {
    pub address: SocketAddr,
    events: UnboundedSender<String>,
    process: Arc<Mutex<Option<Pid>>>,
    _end: tokio::sync::oneshot::Sender<Infallible>,
}

struct Served {
    news: Sender<News>,
    events: tokio::sync::Mutex<UnboundedReceiver<String>>,
    process: Arc<Mutex<Option<Pid>>>,
    function: String,
    timeout: Duration,
}

impl Desk {
    pub fn open(function: &str, timeout: Duration, news: Sender<News>) -> Result<Self, Failure> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (events, queue) = unbounded_channel();
        let process = Arc::new(Mutex::new(None));
        let served = Served {
            news,
            events: tokio::sync::Mutex::new(queue),
            process: Arc::clone(&process),
            function: function.to_owned(),
            timeout,
        };
        let (end, ended) = tokio::sync::oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("desk".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = serve(listener, Arc::new(served)) => {}
                    _ = ended => {}
                }
            });
        })?;
        Ok(Self { address, events, process, _end: end })
    }

    /// Starts the process whose CPU is told from now on. It may ask for its first event before `spawn` has returned here:
    /// the lock lets that question wait until the process is known.
    pub fn spawn(&self, command: &mut Command) -> Result<(Child, Pid), Failure> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let pid = Pid::from_raw(child.id().try_into()?);
        *process = Some(pid);
        Ok((child, pid))
    }

    /// Hands out an event when the process asks for the next one.
    pub fn deliver(&self, event: String) {
        // The server ends only with this value.
        let _ = self.events.send(event);
    }
}

async fn serve(listener: std::net::TcpListener, served: Arc<Served>) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let served = Arc::clone(&served);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&served, request));
            // The process may end at any time.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(served: &Served, request: hyper::Request<Incoming>) -> Result<Response, Infallible> {
    let path = request.uri().path().strip_prefix(PATH).unwrap_or_default().to_owned();
    Ok(match path.split('/').collect::<Vec<_>>().as_slice() {
        ["invocation", "next"] => next(served).await,
        ["invocation", _, "response"] => {
            let body = read(request).await;
            served.tell(News::Answered { at: Instant::now(), body });
            plain(202, r#"{"status":"OK"}"#)
        }
        ["invocation", _, "error"] => failed(served, "could not answer an event", request).await,
        ["init", "error"] => failed(served, "could not start", request).await,
        _ => plain(404, r#"{"errorMessage":"the host has no such path","errorType":"NotFound"}"#),
    })
}

async fn next(served: &Served) -> Response {
    let at = Instant::now();
    served.tell(News::Next { at, cpu: served.cpu() });
    let Some(event) = served.events.lock().await.recv().await else { return plain(410, "{}") };
    served.tell(News::Delivered { at: Instant::now() });
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = since.as_nanos();
    hyper::Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", format!("8476a536-e9f4-11e8-9739-{:012x}", nanos & 0xffff_ffff_ffff))
        .header("lambda-runtime-deadline-ms", (since + served.timeout).as_millis().to_string())
        .header(
            "lambda-runtime-invoked-function-arn",
            format!("arn:aws:lambda:{}:123456789012:function:{}", super::program::REGION, served.function),
        )
        .header("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0")
        .body(Full::new(Bytes::from(event)))
        .unwrap_or_default()
}

async fn failed(served: &Served, what: &'static str, request: hyper::Request<Incoming>) -> Response {
    let body = read(request).await;
    served.tell(News::Failed { what, body });
    plain(202, r#"{"status":"OK"}"#)
}

impl Served {
    fn tell(&self, news: News) {
        // Nobody listens any more when the process is being ended.
        let _ = self.news.send(news);
    }

    fn cpu(&self) -> Duration {
        let process = *self.process.lock().unwrap_or_else(PoisonError::into_inner);
        process.and_then(|process| cpu(process).ok()).unwrap_or_default()
    }
}

/// The CPU time of all threads of a process, ended ones too.
pub fn cpu(process: Pid) -> nix::Result<Duration> {
    Ok(Duration::from(ClockId::pid_cpu_clock_id(process)?.now()?))
}

async fn read(request: hyper::Request<Incoming>) -> String {
    match request.into_body().collect().await {
        Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        Err(error) => format!("the body broke off: {error}"),
    }
}

fn plain(status: u16, body: &'static str) -> Response {
    let answer = hyper::Response::builder().status(status).header("content-type", "application/json");
    answer.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap_or_default()
}
