//! The calls that functions make around their flows: lists, counters, sockets, secrets. The simulator's histories make
//! none of them.

use std::collections::BTreeMap;

use till_app::pace::Pace;
use till_app::ports::{Connection, GivenBack, Listens, RejectedCallback, Scope, Secret};
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::text::UserId;
use till_domain::time::{Civil, Seconds, Time};

/// How many sockets a user has at most.
pub const MOST_CONNECTIONS: usize = 5;

const CONNECTION_LIVES: Seconds = Seconds::minutes(130);
/// How long a process keeps a secret.
const SECRET_KEPT: Seconds = Seconds::minutes(5);
/// How long a replaced value counts after the current one was made.
const ROTATION_GRACE: Seconds = Seconds::hours(24);

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
    /// The stored secrets, by name, and when their current value was made. A process that has read one may know an older value.
    pub secrets: BTreeMap<String, (Secret, Time)>,
    pub documents: BTreeMap<String, Vec<u8>>,
    counts: Vec<(Scope, String, i64, u32)>,
    /// Refunds by their day in China.
    refunds: Vec<(Civil, Money)>,
    known: BTreeMap<String, Known>,
    paces: BTreeMap<String, Pace>,
}

#[derive(Clone, Debug)]
struct Known {
    secret: Option<(Secret, Time)>,
    read_at: Time,
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

    pub(crate) fn count_refund(&mut self, amount: Money, at: Time) -> GivenBack {
        let day = Civil { hour: 0, minute: 0, second: 0, ..at.in_china() };
        self.refunds.push((day, amount));
        let of_day = || self.refunds.iter().filter(|(known, _)| *known == day).map(|(_, amount)| amount);
        let same = of_day().filter(|one| one.currency() == amount.currency());
        let refunds = u32::try_from(of_day().count()).unwrap_or(u32::MAX);
        GivenBack { refunds, minor: same.map(|one| one.minor()).sum() }
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

    /// Stores a secret that this process writes, which therefore forgets what it knew.
    pub(crate) fn write(&mut self, name: &str, secret: Secret, now: Time) {
        self.known.remove(name);
        self.secrets.insert(name.to_owned(), (secret, now));
    }

    pub(crate) fn read(&mut self, name: &str, now: Time) -> Option<Secret> {
        let known = self.known.get(name).filter(|known| known.read_at.plus(SECRET_KEPT) > now);
        let secret = match known {
            Some(known) => known.secret.clone(),
            None => self.read_anew(name, now),
        };
        let (secret, since) = secret?;
        let previous = secret.previous.filter(|_| now < since.plus(ROTATION_GRACE));
        Some(Secret { previous, ..secret })
    }

    pub(crate) fn refresh(&mut self, name: &str, now: Time) -> Option<Secret> {
        if self.paces.entry(name.to_owned()).or_default().admits(now) {
            self.read_anew(name, now);
        }
        self.read(name, now)
    }

    fn read_anew(&mut self, name: &str, now: Time) -> Option<(Secret, Time)> {
        let secret = self.secrets.get(name).cloned();
        self.known.insert(name.to_owned(), Known { secret: secret.clone(), read_at: now });
        secret
    }
}

fn is_same(kept: &RejectedCallback, stray: &RejectedCallback) -> bool {
    let place = |stray: &RejectedCallback| (stray.provider, stray.reason, stray.at.unix().div_euclid(60));
    place(kept) == place(stray) && kept.account == stray.account
}
