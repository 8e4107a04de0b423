//! Sockets of buyers' pages: which page receives what, at most five for each user, and the removal of those that are gone.

pub mod emulator;

use till_app::ports::{Answer, Connection, KeepConnection, Listens, Message, Push, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_journeys::{Outcome, same};

use crate::case::{Case, Implementation, cases};
use crate::emulator::unique;
use crate::queue::number;

/// Both ends of sockets.
pub trait Sockets: Implementation {
    type Ports: Push + KeepConnection + Answer;
    type Page;

    fn ports(&self) -> &Self::Ports;

    /// A page of this user opens a socket for all of their orders.
    async fn open(&self, user: &UserId) -> Outcome<Self::Page>;

    /// The gateway's id of the socket.
    fn id<'a>(&self, page: &'a Self::Page) -> &'a str;

    /// The page closes its socket.
    async fn close(&self, page: Self::Page) -> Outcome;

    /// What the page received since the last look. Nothing is on its way any more.
    async fn heard(&self, page: &mut Self::Page) -> Outcome<Vec<String>>;

    /// Whether the gateway still has the socket.
    async fn is_open(&self, page: &Self::Page) -> Outcome<bool>;

    /// The stored sockets of a user, sorted.
    async fn remembered(&self, user: &UserId) -> Outcome<Vec<String>>;

    /// Lets a second pass, so that the next socket is younger.
    async fn a_second(&self);
}

pub fn all<W: Sockets>() -> Vec<Case> {
    cases!(W, "sockets":
        push_reaches_only_the_pages_of_its_user,
        pushes_arrive_in_order_with_their_types,
        page_of_one_order_receives_no_other,
        sixth_socket_of_a_user_replaces_the_oldest,
        socket_kept_again_replaces_no_other,
        push_forgets_gone_sockets,
        answer_goes_to_one_socket,
        answer_to_a_gone_socket_is_no_error,
    )
}

pub fn push_text(order: OrderNo, message: Message) -> String {
    format!(r#"{{"type":"{}","order_no":"{order}"}}"#, message.as_str())
}

/// A user that no other case or earlier run has.
pub fn unique_user(name: &str) -> Outcome<UserId> {
    UserId::parse(&unique(name)).map_err(|error| format!("{error:?}"))
}

/// An id of the gateway's form for a socket that does not exist.
pub fn unknown_socket() -> String {
    format!("{}=", unique("L0SM9cOF"))
}

pub async fn keep(ports: &impl KeepConnection, id: &str, user: &UserId, listens: Listens) -> Outcome {
    let connection = Connection { id: id.to_owned(), user: user.clone(), listens };
    ports.keep_connection(&connection).await.map_err(|Unavailable| "a socket could not be remembered".to_owned())
}

async fn hears<S: Sockets>(sockets: &S, page: &mut S::Page, expected: &[String]) -> Outcome {
    let what = format!("what {} heard", sockets.id(page));
    same(&what, &sockets.heard(page).await?, &expected.to_vec())
}

async fn push_reaches_only_the_pages_of_its_user<S: Sockets>(sockets: &S) -> Outcome {
    let (ann, bob, no) = (unique_user("ann")?, unique_user("bob")?, number(1)?);
    let (mut one, mut two) = (sockets.open(&ann).await?, sockets.open(&ann).await?);
    let mut theirs = sockets.open(&bob).await?;
    sockets.ports().push(&ann, no, Message::PaymentSuccess).await;
    // A push without listeners is no error.
    sockets.ports().push(&unique_user("cat")?, no, Message::PaymentSuccess).await;
    let text = push_text(no, Message::PaymentSuccess);
    hears(sockets, &mut one, std::slice::from_ref(&text)).await?;
    hears(sockets, &mut two, std::slice::from_ref(&text)).await?;
    hears(sockets, &mut theirs, &[]).await?;
    sockets.ports().push(&bob, no, Message::OrderCancelled).await;
    hears(sockets, &mut theirs, &[push_text(no, Message::OrderCancelled)]).await?;
    hears(sockets, &mut one, &[]).await
}

async fn pushes_arrive_in_order_with_their_types<S: Sockets>(sockets: &S) -> Outcome {
    let (ann, no) = (unique_user("ann")?, number(1)?);
    let mut page = sockets.open(&ann).await?;
    let messages = [Message::OrderExpiring, Message::PaymentSuccess, Message::OrderRefunded, Message::OrderCancelled];
    for message in messages {
        sockets.ports().push(&ann, no, message).await;
    }
    let words = ["order_expiring", "payment_success", "order_refunded", "order_cancelled"];
    let texts = words.map(|word| format!(r#"{{"type":"{word}","order_no":"{no}"}}"#));
    hears(sockets, &mut page, &texts).await
}

async fn page_of_one_order_receives_no_other<S: Sockets>(sockets: &S) -> Outcome {
    let (ann, this, other) = (unique_user("ann")?, number(1)?, number(2)?);
    let (mut all, mut one) = (sockets.open(&ann).await?, sockets.open(&ann).await?);
    keep(sockets.ports(), sockets.id(&one), &ann, Listens::Order(this)).await?;
    for no in [other, this] {
        sockets.ports().push(&ann, no, Message::PaymentSuccess).await;
    }
    let [of_this, of_other] = [this, other].map(|no| push_text(no, Message::PaymentSuccess));
    hears(sockets, &mut one, std::slice::from_ref(&of_this)).await?;
    hears(sockets, &mut all, &[of_other, of_this]).await?;
    same("how many are remembered", &sockets.remembered(&ann).await?.len(), &2)
}

async fn sixth_socket_of_a_user_replaces_the_oldest<S: Sockets>(sockets: &S) -> Outcome {
    let (ann, no) = (unique_user("ann")?, number(1)?);
    let oldest = sockets.open(&ann).await?;
    sockets.a_second().await;
    let mut pages = Vec::new();
    for _ in 0..5 {
        pages.push(sockets.open(&ann).await?);
    }
    let mut ids: Vec<String> = pages.iter().map(|page| sockets.id(page).to_owned()).collect();
    ids.sort_unstable();
    same("what is remembered", &sockets.remembered(&ann).await?, &ids)?;
    sockets.ports().push(&ann, no, Message::PaymentSuccess).await;
    for page in &mut pages {
        hears(sockets, page, &[push_text(no, Message::PaymentSuccess)]).await?;
    }
    same("whether the oldest is open", &sockets.is_open(&oldest).await?, &false)
}

async fn socket_kept_again_replaces_no_other<S: Sockets>(sockets: &S) -> Outcome {
    let (ann, oldest) = (unique_user("ann")?, unknown_socket());
    keep(sockets.ports(), &oldest, &ann, Listens::User).await?;
    sockets.a_second().await;
    let mut ids: Vec<String> = (0..4).map(|_| unknown_socket()).collect();
    for id in &ids {
        keep(sockets.ports(), id, &ann, Listens::User).await?;
    }
    for id in &ids {
        keep(sockets.ports(), id, &ann, Listens::Order(number(1)?)).await?;
    }
    ids.push(oldest.clone());
    ids.sort_unstable();
    same("what is remembered of five", &sockets.remembered(&ann).await?, &ids)?;
    // A sixth one replaces the oldest alone.
    let sixth = unknown_socket();
    keep(sockets.ports(), &sixth, &ann, Listens::User).await?;
    ids.retain(|id| *id != oldest);
    ids.push(sixth);
    ids.sort_unstable();
    same("what is remembered of six", &sockets.remembered(&ann).await?, &ids)
}

/// Nobody is told of a socket that closes: a push finds it.
async fn push_forgets_gone_sockets<S: Sockets>(sockets: &S) -> Outcome {
    let (ann, no) = (unique_user("ann")?, number(1)?);
    let (was, mut stays) = (sockets.open(&ann).await?, sockets.open(&ann).await?);
    let (once, never) = (sockets.id(&was).to_owned(), unknown_socket());
    sockets.close(was).await?;
    for id in [&once, &never] {
        keep(sockets.ports(), id, &ann, Listens::User).await?;
    }
    // It listens to another order, so the push does not try it.
    let untried = unknown_socket();
    keep(sockets.ports(), &untried, &ann, Listens::Order(number(2)?)).await?;
    sockets.ports().push(&ann, no, Message::PaymentSuccess).await;
    let mut left = vec![sockets.id(&stays).to_owned(), untried];
    left.sort_unstable();
    same("what is remembered after the push", &sockets.remembered(&ann).await?, &left)?;
    hears(sockets, &mut stays, &[push_text(no, Message::PaymentSuccess)]).await
}

async fn answer_goes_to_one_socket<S: Sockets>(sockets: &S) -> Outcome {
    let ann = unique_user("ann")?;
    let (mut one, mut two) = (sockets.open(&ann).await?, sockets.open(&ann).await?);
    for text in ["pong", "付款成功 🎉 \"\\"] {
        same("the answer", &sockets.ports().answer(sockets.id(&one), text).await, &Ok(()))?;
        hears(sockets, &mut one, &[text.to_owned()]).await?;
    }
    hears(sockets, &mut two, &[]).await
}

async fn answer_to_a_gone_socket_is_no_error<S: Sockets>(sockets: &S) -> Outcome {
    let ann = unique_user("ann")?;
    let page = sockets.open(&ann).await?;
    let id = sockets.id(&page).to_owned();
    sockets.close(page).await?;
    for gone in [id, unknown_socket()] {
        same("the answer", &sockets.ports().answer(&gone, "pong").await, &Ok(()))?;
    }
    Ok(())
}
