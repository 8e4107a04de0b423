//! The ports in memory, as the simulator and tests of flows use them.

use till_app::ports::{Clock as _, Connection, KeepConnection as _, Listens, Message, Secret, Task};
use till_contract::Departure;
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};
use till_journeys::Outcome;
use till_memory::{Answer, CallKind, Fault, Memory, Ports, ProviderCall, Tables};

use crate::case::Implementation;
use crate::documents::Documents;
use crate::emulator::unique;
use crate::queue::{Queue, ReceivedMessage};
use crate::secrets::Secrets;
use crate::sockets::{Sockets, push_text};

pub struct InMemory {
    memory: Memory,
    ports: Ports<Memory>,
}

impl Implementation for InMemory {
    const NAME: &'static str = "in_memory";

    const DEPARTURES: &'static [Departure] = &[
        Departure {
            case: "queue::received_message_is_hidden_for_a_while",
            why: "memory hides no message, because tests receive in any order",
            says: "a received message is visible to another consumer",
        },
        Departure {
            case: "sockets::push_forgets_gone_sockets",
            why: "in memory a socket never goes away",
            says: "what is remembered after the push",
        },
        Departure {
            case: "secrets::secret_with_an_unknown_name_is_not_read",
            why: "memory has no rule for names, because tests use names of their own",
            says: "was read, though no secret has such a name",
        },
        Departure {
            case: "documents::document_over_the_size_limit_is_refused",
            why: "memory fetches documents of any size, because only the network has a limit",
            says: "what was fetched of a document over the limit",
        },
    ];

    async fn new() -> Outcome<Self> {
        let no_provider = |_: &ProviderCall, _: Time| Answer::Unavailable;
        // 2026-11-21 00:00:00 UTC.
        let start = Time::from_unix(1_795_219_200).map_err(|error| format!("{error:?}"))?;
        let memory = Memory::new(Tables::new(Vec::new(), Vec::new()), no_provider, start);
        Ok(Self { ports: memory.ports(), memory })
    }
}

impl Queue for InMemory {
    type Sender = Ports<Memory>;

    fn sender(&self) -> Outcome<Self::Sender> {
        Ok(self.memory.ports())
    }

    async fn receive(&self, _count: usize) -> Outcome<Vec<ReceivedMessage>> {
        self.look().await
    }

    async fn look(&self) -> Outcome<Vec<ReceivedMessage>> {
        self.memory.tables(|tables| {
            let waiting = tables.queue.waiting().to_vec();
            let received = waiting.into_iter().filter_map(|message| {
                let task = tables.queue.receive(message.id)?;
                Some(ReceivedMessage {
                    task,
                    receives: u64::from(message.receives) + 1,
                    handle: message.id.to_string(),
                })
            });
            Ok(received.collect())
        })
    }

    async fn delete(&self, message: &ReceivedMessage) -> Outcome {
        let id = message.handle.parse().map_err(|_| format!("no message's number: {}", message.handle))?;
        self.memory.tables(|tables| tables.queue.delete(id));
        Ok(())
    }

    async fn time_out(&self) -> Outcome {
        Ok(())
    }

    async fn give_back(&self, _message: &ReceivedMessage) -> Outcome {
        Ok(())
    }

    async fn dead(&self) -> Outcome<Vec<Task>> {
        Ok(self.memory.tables(|tables| tables.queue.dead().to_vec()))
    }

    fn lose_answer(&self) {
        self.memory.faults(|faults| faults.plan(CallKind::Enqueue, 1, Fault::After));
    }
}

/// A page: its socket, and how many pushes and answers it has seen.
pub struct Page {
    id: String,
    pushes: usize,
    answers: usize,
}

impl Sockets for InMemory {
    type Ports = Ports<Memory>;
    type Page = Page;

    fn ports(&self) -> &Self::Ports {
        &self.ports
    }

    async fn open(&self, user: &UserId) -> Outcome<Page> {
        let id = unique("socket");
        let connection = Connection { id: id.clone(), user: user.clone(), listens: Listens::User };
        self.ports.keep_connection(&connection).await.map_err(|error| error.to_string())?;
        let (pushes, answers) = self.memory.tables(|tables| (tables.pushes.len(), tables.edge.answers.len()));
        Ok(Page { id, pushes, answers })
    }

    fn id<'a>(&self, page: &'a Page) -> &'a str {
        &page.id
    }

    /// Memory has no gateway that would notice.
    async fn close(&self, _: Page) -> Outcome {
        Ok(())
    }

    /// Memory notes pushes by user and order, so the listeners are computed here.
    async fn heard(&self, page: &mut Page) -> Outcome<Vec<String>> {
        let now = self.ports.now();
        Ok(self.memory.tables(|tables| {
            let is_for_it = |(user, order, _): &&(UserId, OrderNo, Message)| {
                tables.edge.listeners(user, *order, now).iter().any(|one| one.id == page.id)
            };
            let pushes = tables.pushes.iter().skip(page.pushes).filter(is_for_it);
            let pushes = pushes.map(|(_, order, message)| push_text(*order, *message));
            let answers = tables.edge.answers.iter().skip(page.answers).filter(|(id, _)| *id == page.id);
            let heard = pushes.chain(answers.map(|(_, text)| text.clone())).collect();
            (page.pushes, page.answers) = (tables.pushes.len(), tables.edge.answers.len());
            heard
        }))
    }

    async fn is_open(&self, page: &Page) -> Outcome<bool> {
        Ok(!self.memory.tables(|tables| tables.edge.closed.contains(&page.id)))
    }

    async fn remembered(&self, user: &UserId) -> Outcome<Vec<String>> {
        let mut ids = self.memory.tables(|tables| {
            let theirs = tables.edge.connections.iter().filter(|(one, _)| one.user == *user);
            theirs.map(|(one, _)| one.id.clone()).collect::<Vec<_>>()
        });
        ids.sort_unstable();
        Ok(ids)
    }

    async fn a_second(&self) {
        self.memory.pass(Seconds(1));
    }
}

impl Secrets for InMemory {
    type Ports = Ports<Memory>;

    fn ports(&self) -> &Self::Ports {
        &self.ports
    }

    async fn write(&self, name: &str, json: &str) -> Outcome {
        let previous = self.memory.tables(|tables| {
            let stored = tables.edge.secrets.get(name);
            stored.map(|(secret, _)| secret.current.clone())
        });
        self.memory.put_secret(name, Secret { current: json.into(), previous });
        Ok(())
    }

    fn pass(&self, length: Seconds) {
        self.memory.pass(length);
    }
}

impl Documents for InMemory {
    type Ports = Ports<Memory>;

    fn ports(&self) -> &Self::Ports {
        &self.ports
    }

    async fn publish(&self, document: Vec<u8>) -> Outcome<String> {
        let url = self.nowhere().await?;
        self.memory.tables(|tables| tables.edge.documents.insert(url.clone(), document));
        Ok(url)
    }

    async fn nowhere(&self) -> Outcome<String> {
        Ok(format!("https://keys.example/{}", unique("document")))
    }
}
