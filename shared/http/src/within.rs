//! A time limit for opening a connection, TLS included: the connector's own limit counts TCP alone.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use tokio::time::timeout;
use tower_service::Service;

#[derive(Clone, Debug)]
pub(crate) struct Within<C> {
    pub connector: C,
    pub limit: Duration,
}

type Failure = Box<dyn Error + Send + Sync>;

impl<C> Service<Uri> for Within<C>
where
    C: Service<Uri, Future: Send + 'static, Response: 'static, Error: Into<Failure>>,
{
    type Response = C::Response;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let opening = timeout(self.limit, self.connector.call(address));
        Box::pin(async move { opening.await?.map_err(Into::into) })
    }
}
