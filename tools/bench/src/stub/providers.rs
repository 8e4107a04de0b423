//! WeChat Pay, Alipay and Stripe, as the sandbox plays them: with real signatures, and callbacks to the shop.

use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use till_sandbox::memory::Memory;
use till_sandbox::{Config, Sandbox, server};
use tokio_rustls::rustls::ServerConfig;

use super::Addresses;
use super::counts::Counts;
use super::serve::Bound;
use crate::Failure;

/// Providers whose addresses are known, and which do not answer yet.
pub struct Waiting {
    bound: Bound,
    tls: Arc<ServerConfig>,
    counts: Arc<Counts>,
}

pub fn bind(tls: Arc<ServerConfig>, counts: Arc<Counts>) -> Result<(Addresses, Waiting), Failure> {
    let (bound, addresses) = Bound::any()?;
    Ok((addresses, Waiting { bound, tls, counts }))
}

impl Waiting {
    pub fn start(self, config: Config) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("providers".to_owned()).spawn(move || {
            let served = tokio::task::LocalSet::new().block_on(&runtime, self.serve(config));
            if let Err(error) = served {
                eprintln!("the providers ended: {error}");
            }
        })?;
        Ok(())
    }

    async fn serve(self, config: Config) -> Result<(), Failure> {
        let (memory, due) = Memory::new();
        let sandbox = Rc::new(Sandbox::open(config, memory)?);
        // It sends the callbacks; nobody calls its own address.
        let (listener, _) = server::bind(0).await?;
        tokio::task::spawn_local(server::serve(listener, Rc::clone(&sandbox), due));
        let counts = self.counts;
        let service = move || {
            let (sandbox, counts) = (Rc::clone(&sandbox), Arc::clone(&counts));
            move |request: hyper::Request<_>| {
                let (sandbox, counts) = (Rc::clone(&sandbox), Arc::clone(&counts));
                async move {
                    if let Some(provider) = provider(request.uri().path()) {
                        counts.add(&format!("{provider} {}", request.method()));
                    }
                    match server::answer(sandbox, request).await {
                        Ok(response) => response,
                    }
                }
            }
        };
        self.bound.serve(self.tls, service).await
    }
}

/// Whose call it is; others are those of testers.
fn provider(path: &str) -> Option<&'static str> {
    match path.split('/').nth(1) {
        Some("v3") => Some("WeChat Pay"),
        Some("gateway.do") => Some("Alipay"),
        Some("v1") => Some("Stripe"),
        _ => None,
    }
}
