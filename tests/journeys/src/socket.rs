//! The socket of a buyer's page: a real WebSocket client.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::connection::{Address, Connection, Failure};
use crate::{Outcome, ensure, patience};

/// A push to the wrong page would have arrived by then.
const A_MOMENT: Duration = Duration::from_millis(300);

pub struct Socket {
    stream: WebSocketStream<Connection>,
}

impl Socket {
    pub async fn open(url: &str) -> Outcome<Self> {
        let stream = connect(url).await.map_err(|error| format!("the socket: {error}"))?;
        Ok(Self { stream })
    }

    pub async fn is_refused(url: &str) -> bool {
        connect(url).await.is_err()
    }

    pub async fn say(&mut self, text: &str) -> Outcome {
        self.stream.send(Message::text(text)).await.map_err(|error| format!("the socket: {error}"))
    }

    /// Closes the socket, and waits until the other side has closed it too.
    pub async fn close(mut self) -> Outcome {
        self.stream.close(None).await.map_err(|error| format!("the socket: {error}"))?;
        let ended = timeout(patience(), async { while let Some(Ok(_)) = self.stream.next().await {} }).await;
        ended.map_err(|_| format!("the socket did not close in {} s", patience().as_secs()))
    }

    /// The next text that arrives.
    pub async fn heard(&mut self) -> Outcome<String> {
        loop {
            let next = timeout(patience(), self.stream.next()).await;
            let next = next.map_err(|_| format!("nothing was pushed in {} s", patience().as_secs()))?;
            match next {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(_))) | None => return Err("the socket was closed".to_owned()),
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(error)) => return Err(format!("the socket: {error}")),
            }
        }
    }

    pub async fn pushed(&mut self) -> Outcome<Value> {
        let text = self.heard().await?;
        serde_json::from_str(&text).map_err(|error| format!("{error} in the push {text}"))
    }

    pub async fn is_silent(&mut self) -> Outcome {
        let next = timeout(A_MOMENT, self.stream.next()).await;
        ensure(next.is_err(), || format!("another buyer's socket received {next:?}"))
    }
}

async fn connect(url: &str) -> Result<WebSocketStream<Connection>, Failure> {
    let (stream, _) = client_async(url, Address::parse(url)?.connect().await?).await?;
    Ok(stream)
}
