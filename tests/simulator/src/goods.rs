//! The book of goods: what a user must have, worked out anew from what was sold and from the ledger. It shares no code with the
//! wallet and is kept in another way: each use of a quota is a ticket, and all membership time stands in one flat list, in which a
//! row names the upgrade that it is inside. So a fault of the wallet is not repeated here.
//!
//! Products of the simulated world have some hundred uses at most, and so has what the team gives: more tickets would be slow.

mod by_hand;

use std::cmp::Reverse;

use till_domain::money::Money;
use till_domain::product::{Grant, MembershipGrant, QuotaGrant, Tier};
use till_domain::text::{Key, QuotaName, UserId};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{Change, Entry, Giver, GrantRound, Span, Wallet};
use till_memory::Tables;

use self::by_hand::Hand;

/// What broke, and how.
pub(crate) type Finding = (&'static str, String);

/// What one user must have at an instant.
pub(crate) struct Book<'a> {
    now: Time,
    points: i64,
    hand: Hand,
    tickets: Vec<Ticket<'a>>,
    memberships: Vec<Membership<'a>>,
    /// The membership whose time ran out last, with no other to follow it.
    ended: Option<(&'a Tier, Time)>,
    taken_back: Vec<GrantRound>,
    /// The grantings of orders, each with the number of entries until then.
    granted: Vec<(GrantRound, usize)>,
    /// How many entries of the ledger were read.
    entries: usize,
}

/// Who gave something: an order, or the team by hand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Of<'a> {
    Order(GrantRound),
    Team(&'a Key),
}

impl<'a> Of<'a> {
    const fn giver(giver: &'a Giver) -> Self {
        match giver {
            Giver::Order(granted) => Self::Order(*granted),
            Giver::Admin(key) => Self::Team(key),
        }
    }

    const fn is_team(self) -> bool {
        matches!(self, Self::Team(_))
    }
}

/// One use of a quota.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Ticket<'a> {
    /// It can no longer be used then.
    ends_at: Time,
    of: Of<'a>,
    quota: &'a QuotaName,
}

/// The membership time of one granting.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Membership<'a> {
    of: Of<'a>,
    tier: &'a Tier,
    left: u64,
    used: u64,
    /// The upgrade that replaced it: its time stands still there.
    inside: Option<Of<'a>>,
    /// In minor units: what its whole time stands for, and how much of that the upgrade around it has from here. Only their
    /// proportions count, for the time that an upgrade loses when something inside it goes back.
    worth: u64,
    credit: u64,
}

impl<'a> Book<'a> {
    /// Reads everything that was ever sold to a user, taken back and spent, up to the last entry of the ledger.
    pub(crate) fn read(tables: &'a Tables, user: &UserId) -> Result<Self, Finding> {
        let mut entries: Vec<&Entry> =
            tables.ledger.iter().filter(|((owner, _), _)| owner == user).map(|(_, entry)| entry).collect();
        entries.sort_by_key(|entry| entry.version());
        let mut book = Self {
            now: Time::FIRST,
            points: 0,
            hand: Hand::default(),
            tickets: Vec::new(),
            memberships: Vec::new(),
            ended: None,
            taken_back: Vec::new(),
            granted: Vec::new(),
            entries: 0,
        };
        for entry in entries {
            book.run_to(entry.at());
            book.entries += 1;
            match entry.change() {
                Change::Grant { granted, grants, kept, upgrade: _ } => book.give(tables, *granted, grants, *kept)?,
                Change::Revoke { granted, points: _, granted_in: _ } => book.take_back(tables, *granted)?,
                Change::Spend { points, quota, key: _, reason: _ } => {
                    book.spend(*points, quota.as_ref().map(|(name, count)| (name, *count)))?;
                }
                Change::Admin { key, done, reason } => book.change_by_hand(key, done, reason)?,
            }
            book.drop_ended();
        }
        Ok(book)
    }

    /// Lets time run. Of all memberships that are not inside an upgrade only one runs: the highest, and of equals the older.
    pub(crate) fn run_to(&mut self, now: Time) {
        let mut seconds = u64::try_from(now.unix() - self.now.unix()).unwrap_or(0);
        let mut at = self.now;
        self.now = self.now.max(now);
        while seconds > 0 {
            let outside = self.memberships.iter_mut().filter(|membership| membership.inside.is_none());
            let Some(running) = outside.max_by_key(|membership| membership.precedence()) else { break };
            let ran = seconds.min(running.left);
            running.run(ran);
            seconds -= ran;
            at = at.plus(Seconds(u32::try_from(ran).unwrap_or(u32::MAX)));
            let last = running.tier;
            self.drop_ended();
            if self.memberships.is_empty() {
                self.ended = Some((last, at));
            }
        }
        let now = self.now;
        self.tickets.retain(|ticket| ticket.ends_at > now);
    }

    fn give(&mut self, tables: &'a Tables, granted: GrantRound, grants: &[Grant], kept: Money) -> Result<(), Finding> {
        let sold = goods(tables, granted)?;
        if sold != grants {
            return Err(("what is granted is what was sold", format!("{granted}: {grants:?} for {sold:?}")));
        }
        for grant in sold {
            match grant {
                Grant::Points(points) => self.points += signed(points.amount()),
                Grant::Quota(quota) => self.begin_quota(Of::Order(granted), quota),
                Grant::Membership(membership) => {
                    let replaced = self.replace(tables, granted, membership.tier(), kept)?;
                    self.begin_membership(Of::Order(granted), membership, kept.minor() + replaced);
                }
            }
        }
        self.granted.push((granted, self.entries));
        Ok(())
    }

    fn begin_quota(&mut self, of: Of<'a>, quota: &'a QuotaGrant) {
        let ends_at = self.now.plus(quota.length());
        let ticket = Ticket { ends_at, of, quota: quota.name() };
        self.tickets.extend((0..quota.count()).map(|_| ticket));
    }

    fn begin_membership(&mut self, of: Of<'a>, membership: &'a MembershipGrant, worth: u64) {
        let (tier, left) = (membership.tier(), membership.length().0.into());
        self.memberships.push(Membership { of, tier, left, used: 0, inside: None, worth, credit: 0 });
    }

    /// Puts what an upgrade replaces inside it, and returns the credits: it replaces everything lower, and all that it was sold for.
    fn replace(&mut self, tables: &Tables, granted: GrantRound, to: &Tier, kept: Money) -> Result<u64, Finding> {
        let order = tables.orders.get(&granted.order);
        // What was replaced came back with the first taking back, so a later granting replaces nothing.
        let Some(upgrade) = order.and_then(|order| order.sold.upgrade.as_ref()).filter(|_| granted.round == 1) else {
            return Ok(0);
        };
        let mut credits = 0;
        for sold in &upgrade.replaced {
            let outside = |row: &&mut Membership<'_>| row.of == Of::Order(sold.source) && row.inside.is_none();
            let Some(row) = self.memberships.iter_mut().find(outside) else {
                return Err(("an upgrade replaces what it was sold for", format!("{granted}: no {}", sold.source)));
            };
            row.inside = Some(Of::Order(granted));
            // An amount in another currency is no credit.
            row.credit = if sold.credit.currency() == kept.currency() { sold.credit.minor() } else { 0 };
            credits += row.credit;
        }
        // What the team gave by hand is not replaced.
        let mut bought = self.memberships.iter().filter(|row| row.inside.is_none() && !row.of.is_team());
        match bought.find(|row| row.tier.rank < to.rank) {
            Some(row) => Err(("an upgrade replaces what it was sold for", format!("{granted}: {:?} is left", row.of))),
            None => Ok(credits),
        }
    }

    fn take_back(&mut self, tables: &Tables, granted: GrantRound) -> Result<(), Finding> {
        for grant in goods(tables, granted)? {
            if let Grant::Points(points) = grant {
                let since = self.granted.iter().find(|(of, _)| *of == granted).map(|(_, entries)| *entries);
                self.points -= signed(self.hand.not_taken(points.amount(), since));
            }
        }
        self.taken_back.push(granted);
        let of = Of::Order(granted);
        self.tickets.retain(|ticket| ticket.of != of);
        let Some(place) = self.memberships.iter().position(|row| row.of == of) else { return Ok(()) };
        let gone = self.memberships.remove(place);
        self.put_back(&gone);
        self.cut_around(&gone);
        Ok(())
    }

    /// What an upgrade replaced comes back, less the time that has run in its place: that of the upgrade, and of those around it.
    fn put_back(&mut self, gone: &Membership<'_>) {
        let mut ran = gone.used;
        let mut around = gone.inside;
        while let Some(row) = around.and_then(|of| self.memberships.iter().find(|row| row.of == of)) {
            ran += row.used;
            around = row.inside;
        }
        let mut inside: Vec<&mut Membership<'_>> =
            self.memberships.iter_mut().filter(|row| row.inside == Some(gone.of)).collect();
        inside.sort_by_key(|row| Reverse(row.precedence()));
        for row in inside {
            row.inside = None;
            let run = ran.min(row.left);
            row.run(run);
            ran -= run;
        }
    }

    /// Each upgrade around it loses the credit that came from it, and of its remaining time as much in proportion.
    fn cut_around(&mut self, gone: &Membership<'_>) {
        let mut lost = gone.credit;
        let mut around = gone.inside;
        while let Some(row) = around.and_then(|of| self.memberships.iter_mut().find(|row| row.of == of)) {
            let before = row.worth;
            row.worth = before.saturating_sub(lost);
            row.left = proportion(row.left, row.worth, before);
            let credit = proportion(row.credit, row.worth, before);
            lost = row.credit - credit;
            row.credit = credit;
            around = row.inside;
        }
    }

    fn spend(&mut self, points: u64, quota: Option<(&QuotaName, u64)>) -> Result<(), Finding> {
        self.points -= signed(points);
        let mut wanted = quota.map_or(0, |(_, count)| count);
        // What ends soonest is used first, and of equals what was ordered first.
        self.tickets.sort_unstable();
        self.tickets.retain(|ticket| {
            let is_used = wanted > 0 && quota.is_some_and(|(name, _)| ticket.quota == name);
            wanted -= u64::from(is_used);
            !is_used
        });
        if wanted > 0 || (points > 0 && self.points < 0) {
            return Err(("nothing is spent that is not there", format!("{quota:?}, {points} points")));
        }
        Ok(())
    }

    /// Membership time that has run out is gone, with what is inside it.
    fn drop_ended(&mut self) {
        while let Some(ended) = self.memberships.iter().position(|row| row.inside.is_none() && row.left == 0) {
            let mut gone = vec![self.memberships.remove(ended).of];
            while let Some(of) = gone.pop() {
                gone.extend(self.memberships.iter().filter(|row| row.inside == Some(of)).map(|row| row.of));
                self.memberships.retain(|row| row.inside != Some(of));
            }
        }
    }

    /// How a wallet differs from the book at this instant, if it does.
    pub(crate) fn differs(&self, wallet: &Wallet) -> Option<Finding> {
        let mut memberships = Vec::new();
        wallet.spans().iter().for_each(|span| list(span, None, &mut memberships));
        let in_lots = wallet.lots().iter().map(|lot| Of::giver(&lot.source));
        let sources = memberships.iter().map(|row| row.of).chain(in_lots);
        let taken_back: Vec<Of<'_>> = self.taken_back.iter().map(|granted| Of::Order(*granted)).collect();
        if let Some(left) = sources.into_iter().find(|of| taken_back.contains(of)) {
            return Some(("nothing of a revoked granting is left", format!("{left:?}")));
        }
        if wallet.points() != self.points {
            let detail = format!("{} instead of {}", wallet.points(), self.points);
            return Some(("points are as the book of goods says", detail));
        }
        let lots: Vec<_> =
            wallet.lots().iter().map(|lot| (lot.ends_at, Of::giver(&lot.source), &lot.name, lot.left)).collect();
        let counted = self.counted();
        if lots != counted {
            return Some(("quotas are as the book of goods says", format!("{lots:?} instead of {counted:?}")));
        }
        let mut ours = self.memberships.iter().map(Membership::shown).collect::<Vec<_>>();
        let mut theirs = memberships.iter().map(Membership::shown).collect::<Vec<_>>();
        ours.sort_unstable();
        theirs.sort_unstable();
        let running = memberships.iter().filter(|row| row.inside.is_none());
        if ours != theirs || !running.is_sorted_by_key(|row| Reverse(row.precedence())) {
            return Some(("membership is as the book of goods says", format!("{theirs:?} instead of {ours:?}")));
        }
        let ended = wallet.ended().map(|ended| (&ended.tier, ended.at));
        if ended != self.ended {
            return Some((
                "the last membership ended as the book of goods says",
                format!("{ended:?}, {:?}", self.ended),
            ));
        }
        None
    }

    /// How many tickets of each kind there are, in the order in which they are used.
    fn counted(&self) -> Vec<(Time, Of<'_>, &QuotaName, u64)> {
        let mut tickets = self.tickets.clone();
        tickets.sort_unstable();
        let same = tickets.chunk_by(|a, b| a == b);
        same.map(|all| (all[0].ends_at, all[0].of, all[0].quota, all.len() as u64)).collect()
    }
}

impl<'a> Membership<'a> {
    /// Of several the one with the greatest runs: the highest rank, then the oldest order.
    const fn precedence(&self) -> (u8, Reverse<Of<'a>>) {
        (self.tier.rank, Reverse(self.of))
    }

    const fn run(&mut self, seconds: u64) {
        self.used += seconds;
        self.left -= seconds;
    }

    /// What is compared: not the money.
    fn shown(&self) -> (Of<'a>, &'a str, u8, u64, u64, Option<Of<'a>>) {
        (self.of, self.tier.name.as_str(), self.tier.rank, self.left, self.used, self.inside)
    }
}

/// Writes a span and those inside it as rows of the flat list.
fn list<'a>(span: &'a Span, inside: Option<Of<'a>>, rows: &mut Vec<Membership<'a>>) {
    rows.push(Membership {
        of: Of::giver(&span.source),
        tier: &span.tier,
        left: span.left.0.into(),
        used: span.used.0.into(),
        inside,
        worth: 0,
        credit: 0,
    });
    span.replaced.iter().for_each(|inner| list(&inner.span, Some(Of::giver(&span.source)), rows));
}

/// What the product of an order consists of.
fn goods(tables: &Tables, granted: GrantRound) -> Result<&[Grant], Finding> {
    let product = tables.orders.get(&granted.order).and_then(|order| {
        tables
            .products
            .values()
            .find(|product| *product.kind() == order.sold.kind && *product.id() == order.sold.product)
    });
    product.map(|product| product.grants()).ok_or_else(|| ("what is granted is what was sold", granted.to_string()))
}

/// `n × part ÷ whole`, rounded down; all of it when nothing was lost.
pub(crate) fn proportion(n: u64, part: u64, whole: u64) -> u64 {
    if part == whole {
        return n;
    }
    u64::try_from(u128::from(n) * u128::from(part) / u128::from(whole)).unwrap_or(n)
}

fn signed(points: u64) -> i64 {
    i64::try_from(points).unwrap_or(i64::MAX)
}
