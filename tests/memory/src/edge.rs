//! The calls that functions make around their flows: lists, counters, sockets, secrets. The simulator's histories make
//! none of them.

use std::collections::BTreeMap;

use till_app::ports::{Connection, Listens, RejectedCallback, Scope, Secret};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};

/// How many sockets a user has at most.
pub const MOST_CONNECTIONS: usize = 5;

const CONNECTION_LIVES: Seconds = Seconds::minutes(130);
/// How long a process keeps a secret, and how long it waits before it reads one anew on demand.
const SECRET_KEPT: Seconds = Seconds::minutes(5);

#[derive(Clone, Debug, Default)]
pub struct Edge {
    pub strays: Vec<RejectedCallback>,
    /// Open sockets and since when they are, oldest first.
    pub connections: Vec<(Connection, Time)>,
    /// The ids of sockets that were closed because their user opened too many.
    pub closed: Vec<String>,
    /// Which socket was opened with a ticket, and until when that is remembered.
    tickets: BTreeMap<String, (String, Time)>,
    /// What sockets were answered: the connection's id and the text.
    pub answers: Vec<(String, String)>,
    /// The stored secrets, by name. A process that has read one may know an older value.
    pub secrets: BTreeMap<String, Secret>,
    pub documents: BTreeMap<String, Vec<u8>>,
    counts: Vec<(Scope, String, i64, u32)>,
    known: BTreeMap<String, Known>,
}

#[derive(Clone, Debug)]
struct Known {
    secret: Option<Secret>,
    read_at: Time,
    refreshed_at: Option<Time>,
}

impl Edge {
    /// The sockets that hear of an order, oldest first.
    pub fn listeners(&self, user: &UserId, order: OrderNo, now: Time) -> Vec<&Connection> {
        let hears = |connection: &&Connection| match connection.listens {
            Listens::User => true,
            Listens::Order(no) => no == order,
        };
        let alive = self.connections.iter().filter(|(_, since)| since.plus(CONNECTION_LIVES) > now);
        alive.map(|(connection, _)| connection).filter(|connection| connection.user == *user).filter(hears).collect()
    }

    /// Keeps one a minute of those that differ in nothing else.
    pub(crate) fn keep_rejected(&mut self, rejected: &RejectedCallback) {
        if !self.strays.iter().any(|kept| is_same(kept, rejected)) {
            self.strays.push(rejected.clone());
        }
    }

    pub(crate) fn forget(&mut self, connection_id: &str) {
        self.connections.retain(|(connection, _)| connection.id != connection_id);
    }

    pub(crate) fn purge(&mut self, now: Time) {
        self.connections.retain(|(_, since)| since.plus(CONNECTION_LIVES) > now);
        self.tickets.retain(|_, (_, until)| *until > now);
    }

    pub(crate) fn count(&mut self, scope: Scope, value: &str, at: Time) -> u32 {
        let window = at.unix().div_euclid(scope.window_seconds().into());
        let same = self.counts.iter_mut().find(|(s, v, w, _)| (*s, v.as_str(), *w) == (scope, value, window));
        if let Some((.., count)) = same {
            *count = count.saturating_add(1);
            return *count;
        }
        self.counts.push((scope, value.to_owned(), window, 1));
        1
    }

    /// Whether no other socket was opened with the ticket.
    pub(crate) fn use_ticket(&mut self, ticket: &str, connection: &str, until: Time, now: Time) -> bool {
        let known = self.tickets.get(ticket).filter(|(_, until)| *until > now);
        if let Some((opened, _)) = known {
            return opened == connection;
        }
        self.tickets.insert(ticket.to_owned(), (connection.to_owned(), until));
        true
    }

    pub(crate) fn keep(&mut self, connection: &Connection, now: Time) {
        self.purge(now);
        self.connections.retain(|(known, _)| known.id != connection.id);
        let theirs = self.connections.iter().filter(|(known, _)| known.user == connection.user).count();
        if theirs >= MOST_CONNECTIONS
            && let Some(oldest) = self.connections.iter().position(|(known, _)| known.user == connection.user)
        {
            let (displaced, _) = self.connections.remove(oldest);
            self.closed.push(displaced.id);
        }
        self.connections.push((connection.clone(), now));
    }

    pub(crate) fn read(&mut self, name: &str, now: Time) -> Option<Secret> {
        match self.known.get(name).filter(|known| known.read_at.plus(SECRET_KEPT) > now) {
            Some(known) => known.secret.clone(),
            None => self.read_anew(name, now),
        }
    }

    pub(crate) fn refresh(&mut self, name: &str, now: Time) -> Option<Secret> {
        let refreshed = self.known.get(name).and_then(|known| known.refreshed_at);
        if refreshed.is_some_and(|at| at.plus(SECRET_KEPT) > now) {
            return self.read(name, now);
        }
        let secret = self.read_anew(name, now);
        if let Some(known) = self.known.get_mut(name) {
            known.refreshed_at = Some(now);
        }
        secret
    }

    fn read_anew(&mut self, name: &str, now: Time) -> Option<Secret> {
        let secret = self.secrets.get(name).cloned();
        let refreshed_at = self.known.get(name).and_then(|known| known.refreshed_at);
        self.known.insert(name.to_owned(), Known { secret: secret.clone(), read_at: now, refreshed_at });
        secret
    }
}

fn is_same(kept: &RejectedCallback, stray: &RejectedCallback) -> bool {
    let place = |stray: &RejectedCallback| (stray.provider, stray.reason, stray.at.unix().div_euclid(60));
    place(kept) == place(stray) && kept.account == stray.account
}
