//! Sockets on the emulator: real ones, opened with a ticket through the stack's own functions.

use std::time::Duration;

use serde_json::Value;
use till_app::ports::{Answer as _, Listens, Message, Push as _, Unavailable};
use till_aws::Aws;
use till_contract::Departure;
use till_contract::tap::Tap;
use till_domain::text::UserId;
use till_journeys::http::send;
use till_journeys::shop::Caller;
use till_journeys::socket::Socket;
use till_journeys::{Outcome, ensure, same};
use tokio::time::{Instant, sleep};

use super::{Sockets, keep, push_text, unique_user, unknown_socket};
use crate::case::{Case, Implementation, cases};
use crate::emulator::{self, Place, unique};
use crate::queue::number;

const TIMEOUT: Duration = Duration::from_secs(10);

pub struct OnEmulator {
    place: Place,
    aws: Aws,
}

pub struct Page {
    id: String,
    socket: Socket,
}

impl Implementation for OnEmulator {
    const NAME: &'static str = emulator::NAME;
    const DEPARTURES: &'static [Departure] = emulator::DEPARTURES;

    async fn new() -> Outcome<Self> {
        let place = Place::running()?;
        let (api_id, stage) = gateway(&place)?;
        let told = [("WEBSOCKET_API_ID", api_id.as_str()), ("WEBSOCKET_STAGE", stage.as_str())];
        let aws = place.process(&Tap::default(), &told)?;
        Ok(Self { place, aws })
    }
}

/// The id and stage of the sockets' API, from the end of its address.
fn gateway(place: &Place) -> Outcome<(String, String)> {
    let url = place.stack.output("websocket_url")?.trim_end_matches('/');
    let mut parts = url.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(stage), Some(api_id)) => Ok((api_id.to_owned(), stage.to_owned())),
        _ => Err(format!("no API and stage in {url}")),
    }
}

impl Sockets for OnEmulator {
    type Ports = Aws;
    type Page = Page;

    fn ports(&self) -> &Aws {
        &self.aws
    }

    async fn open(&self, user: &UserId) -> Outcome<Page> {
        let before = self.remembered(user).await?;
        let socket = Caller::buyer(&self.place.stack, user.as_str()).await?.socket().await?;
        let after = self.remembered(user).await?;
        let new: Vec<String> = after.into_iter().filter(|id| !before.contains(id)).collect();
        match <[String; 1]>::try_from(new) {
            Ok([id]) => Ok(Page { id, socket }),
            Err(new) => Err(format!("a page opened one socket, and {new:?} are remembered anew")),
        }
    }

    fn id<'a>(&self, page: &'a Page) -> &'a str {
        &page.id
    }

    async fn close(&self, page: Page) -> Outcome {
        page.socket.close().await?;
        // The gateway may learn of it a little later.
        let begun = Instant::now();
        while self.is_there(&page.id).await? {
            ensure(begun.elapsed() < TIMEOUT, || format!("the socket {} is open, though it was closed", page.id))?;
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// A mark is sent last: a message that did not arrive before it does not arrive.
    async fn heard(&self, page: &mut Page) -> Outcome<Vec<String>> {
        let mark = unique("mark");
        let marked = self.aws.answer(&page.id, &mark).await;
        marked.map_err(|Unavailable| "the socket could not be told".to_owned())?;
        let mut heard = Vec::new();
        loop {
            let text = page.socket.heard().await?;
            if text == mark {
                return Ok(heard);
            }
            heard.push(text);
        }
    }

    async fn is_open(&self, page: &Page) -> Outcome<bool> {
        self.is_there(&page.id).await
    }

    async fn remembered(&self, user: &UserId) -> Outcome<Vec<String>> {
        let items = self.place.emulator.items(&format!("PUSH#{user}")).await?;
        let id = |item: &Value| {
            let key = item["sk"]["S"].as_str().and_then(|key| key.strip_prefix("CONN#"));
            key.map(str::to_owned).ok_or_else(|| format!("no socket: {item}"))
        };
        let mut ids: Vec<String> = items.iter().map(id).collect::<Outcome<_>>()?;
        ids.sort_unstable();
        Ok(ids)
    }

    async fn a_second(&self) {
        sleep(Duration::from_millis(1_100)).await;
    }
}

impl OnEmulator {
    /// Whether the gateway has the socket.
    async fn is_there(&self, id: &str) -> Outcome<bool> {
        let answer = send("GET", &self.address(id)?, &[], b"").await?;
        Ok(answer.status == 200)
    }

    /// A socket at the gateway.
    fn address(&self, id: &str) -> Outcome<String> {
        let (api_id, stage) = gateway(&self.place)?;
        let endpoint = self.place.stack.output("endpoint_url")?;
        Ok(format!("{endpoint}/_aws/execute-api/{api_id}/{stage}/@connections/{}", id.replace('=', "%3D")))
    }
}

/// Cases that need a real gateway.
pub fn own() -> Vec<Case> {
    cases!(OnEmulator, "sockets":
        unreachable_gateway_fails_no_push_and_forgets_no_socket,
        item_of_a_socket_expires_after_130_minutes,
    )
}

async fn unreachable_gateway_fails_no_push_and_forgets_no_socket(sockets: &OnEmulator) -> Outcome {
    let (ann, no, gone) = (unique_user("ann")?, number(1)?, unknown_socket());
    let mut page = sockets.open(&ann).await?;
    keep(&sockets.aws, &gone, &ann, Listens::User).await?;
    let before = sockets.remembered(&ann).await?;
    // This process has no address of the gateway.
    let lost = sockets.place.process(&Tap::default(), &[])?;
    lost.push(&ann, no, Message::PaymentSuccess).await;
    same("what is remembered", &sockets.remembered(&ann).await?, &before)?;
    same("the answer", &lost.answer(&page.id, "pong").await, &Err(Unavailable))?;
    same("what was heard", &sockets.heard(&mut page).await?, &vec![])?;
    sockets.aws.push(&ann, no, Message::PaymentSuccess).await;
    same("what was heard", &sockets.heard(&mut page).await?, &vec![push_text(no, Message::PaymentSuccess)])
}

/// That is ten minutes longer than any socket lives.
async fn item_of_a_socket_expires_after_130_minutes(sockets: &OnEmulator) -> Outcome {
    let ann = unique_user("ann")?;
    let page = sockets.open(&ann).await?;
    let emulator = &sockets.place.emulator;
    let item = emulator.item(&format!("PUSH#{ann}"), &format!("CONN#{}", page.id)).await?;
    let item = item.ok_or("the item is not there")?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let ends = item["ttl"]["N"].as_str().and_then(|text| text.parse::<u64>().ok());
    let left = ends.ok_or_else(|| format!("no end: {item}"))?.saturating_sub(now);
    ensure((7_790..=7_800).contains(&left), || format!("it ends in {left} s, and should in 7800"))
}
