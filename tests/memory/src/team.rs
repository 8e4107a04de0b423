//! The team's lists: as tables find them, and as ports over a line.

use std::cmp::Reverse;
use std::sync::Arc;

use till_app::caller::Role;
use till_app::ports::{
    Command, FindTrade, HeldOrder, InspectQueues, Kept, KeptRecord, KeptRejected, KeptTeamRecord, ListHeld,
    ListNumbers, ListRecords, ListRejected, LoadOrders, LoadedOrders, NumbersPage, QueueDepth, Record, StoredOrphan,
    TeamSubject, Unavailable,
};
use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::provider::Provider;
use till_domain::text::TradeNo;
use till_domain::time::Time;

use crate::call::{Answer, Call};
use crate::line::{Line, Ports};
use crate::ports::heard;
use crate::tables::Tables;

impl Tables {
    /// Does what a call for a list of the team asks for; another call has no answer here.
    pub(crate) fn list_for_the_team(&self, call: &Call, now: Time) -> Answer {
        match call {
            Call::ListNumbers(days, before, most) => Answer::NumbersPage(self.numbers_of(*days, *before, *most)),
            Call::LoadOrders(numbers) => self.apart(self.load(numbers, now)),
            Call::FindTrade(provider, trade_no) => Answer::Numbers(self.with_trade(*provider, trade_no)),
            Call::ListHeld(after, most) => Answer::Held(self.held_after(*after, *most)),
            Call::ListOrphans(provider, from, most) => {
                let of_it = |stored: &StoredOrphan| stored.orphan.report.account.provider == *provider;
                let mut theirs: Vec<StoredOrphan> = self.stored_orphans().filter(of_it).collect();
                theirs.sort_unstable_by(|a, b| a.orphan.trade_no.cmp(&b.orphan.trade_no));
                Answer::Orphans(self.readable(page(theirs, from.as_deref(), *most)))
            }
            Call::ListOpenOrphans(from, most) => {
                let mut open: Vec<StoredOrphan> = self.stored_orphans().filter(StoredOrphan::is_open).collect();
                open.sort_by_key(|stored| stored.orphan.at);
                Answer::Orphans(page(open, from.as_deref(), *most))
            }
            Call::ListRejected(day, from, most) => {
                let strays = self.edge.strays.iter().filter(|stray| Day::of(stray.at) == *day);
                let mut strays: Vec<KeptRejected> = strays.map(KeptRejected::from).collect();
                strays.sort_by_key(|stray| Reverse(stray.at));
                Answer::Rejected(page(strays, from.as_deref(), *most))
            }
            Call::ListRecords(no, from, most) => {
                let theirs = self.records.iter().filter(|record| record.order == *no);
                Answer::Records(page(newest_first(theirs.map(KeptRecord::from), |one| one.at), from.as_deref(), *most))
            }
            Call::ListCommands(day, from, most) => {
                Answer::Commands(page(self.commands_of(*day), from.as_deref(), *most))
            }
            Call::ListTeamRecords(subject, from, most) => {
                let theirs = self.team_records.iter().filter(|record| record.subject == *subject);
                let theirs = newest_first(theirs.map(KeptTeamRecord::from), |one| one.at);
                Answer::TeamRecords(page(theirs, from.as_deref(), *most))
            }
            Call::InspectQueues => {
                let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
                let (waiting, dead) = (count(self.queue.waiting().len()), count(self.queue.dead().len()));
                Answer::Depths(vec![QueueDepth { queue: "fulfilment", waiting, dead }])
            }
            _ => Answer::Unavailable,
        }
    }

    pub(crate) fn is_unreadable(&self, no: OrderNo, now: Time) -> bool {
        self.stuck_orders.contains(&no) && self.order(no, now).is_some()
    }

    /// These orders, and apart from them those that cannot be read.
    pub(crate) fn apart(&self, orders: Vec<Arc<Order>>) -> Answer {
        let is_unreadable = |order: &Arc<Order>| self.stuck_orders.contains(&order.no);
        let (unreadable, orders): (Vec<_>, Vec<_>) = orders.into_iter().partition(is_unreadable);
        Answer::Orders(orders, unreadable.iter().map(|order| order.no).collect())
    }

    fn readable(&self, page: Kept<StoredOrphan>) -> Kept<StoredOrphan> {
        let is_unreadable = |stored: &StoredOrphan| self.unreadable_orphans.contains(&stored.orphan.trade_no);
        let (unreadable, items): (Vec<_>, Vec<_>) = page.items.into_iter().partition(is_unreadable);
        let unreadable = unreadable.iter().map(|stored| stored.orphan.trade_no.to_string()).collect();
        Kept { items, unreadable, next: page.next }
    }

    fn numbers_of(&self, days: Days, before: Option<OrderNo>, most: usize) -> NumbersPage {
        // Numbers sort by time.
        let first = OrderNo::mint(days.first.start(), 0);
        let end = OrderNo::mint(days.last.end(), 0);
        let end = before.map_or(end, |before| before.min(end));
        let numbers: Vec<OrderNo> = if first < end {
            self.orders.range(first..end).rev().take(most).map(|(no, _)| *no).collect()
        } else {
            Vec::new()
        };
        let next = numbers.last().copied().filter(|_| numbers.len() == most);
        NumbersPage { numbers, next }
    }

    fn load(&self, numbers: &[OrderNo], now: Time) -> Vec<Arc<Order>> {
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable_by_key(|no| Reverse(*no));
        numbers.dedup();
        numbers.into_iter().filter_map(|no| self.order(no, now).cloned()).collect()
    }

    fn with_trade(&self, provider: Provider, trade_no: &TradeNo) -> Vec<OrderNo> {
        let has = |order: &Order| {
            order.payments.iter().any(|one| one.account.provider == provider && one.trade_no == *trade_no)
        };
        self.orders.iter().filter(|(_, order)| has(order)).map(|(no, _)| *no).collect()
    }

    fn held_after(&self, after: Option<HeldOrder>, most: usize) -> Vec<HeldOrder> {
        let mut held: Vec<HeldOrder> =
            self.held.iter().map(|(no, since)| HeldOrder { since: *since, no: *no }).collect();
        held.sort_unstable();
        held.retain(|one| after.is_none_or(|after| *one > after));
        held.truncate(most);
        held
    }

    fn commands_of(&self, day: Day) -> Vec<Command> {
        let is_one = |record: &&Record| {
            let role = record.by.as_ref().map(|by| by.role);
            matches!(role, Some(Role::Admin | Role::Service)) && Day::of(record.at) == day
        };
        let of_orders = self.records.iter().filter(is_one).map(|record| Command::OfOrder(record.into()));
        let others = self.team_records.iter().filter(|record| Day::of(record.at) == day);
        let all = of_orders.chain(others.map(|record| Command::Other(record.into())));
        newest_first(all, |command| match command {
            Command::OfOrder(record) => record.at,
            Command::Other(record) => record.at,
        })
    }
}

/// Entries of one second are in no particular order in a store; here the one that was kept last comes first.
fn newest_first<T>(entries: impl Iterator<Item = T>, at: fn(&T) -> Time) -> Vec<T> {
    let mut entries: Vec<T> = entries.collect();
    entries.reverse();
    entries.sort_by_key(|entry| Reverse(at(entry)));
    entries
}

/// The place of a page is the number of items before it.
fn page<T>(items: Vec<T>, from: Option<&str>, most: usize) -> Kept<T> {
    let passed = from.and_then(|from| from.parse().ok()).unwrap_or(0_usize);
    let end = passed.saturating_add(most);
    let next = (items.len() > end).then(|| end.to_string());
    Kept { items: items.into_iter().skip(passed).take(most).collect(), unreadable: Vec::new(), next }
}

pub(crate) fn loaded(orders: &[Arc<Order>], unreadable: Vec<OrderNo>) -> LoadedOrders {
    LoadedOrders { orders: orders.iter().map(|order| Order::clone(order)).collect(), unreadable }
}

impl<L: Line> ListNumbers for Ports<L> {
    async fn list_numbers(&self, days: Days, before: Option<OrderNo>, most: usize) -> Result<NumbersPage, Unavailable> {
        heard!(self.0, Call::ListNumbers(days, before, most),
            Answer::NumbersPage(page) => Ok(page), else Err(Unavailable))
    }
}

impl<L: Line> LoadOrders for Ports<L> {
    async fn load_orders(&self, numbers: &[OrderNo]) -> Result<LoadedOrders, Unavailable> {
        heard!(self.0, Call::LoadOrders(numbers.to_vec()),
            Answer::Orders(orders, unreadable) => Ok(loaded(&orders, unreadable)),
            else Err(Unavailable))
    }
}

impl<L: Line> FindTrade for Ports<L> {
    async fn find_trade(&self, provider: Provider, trade_no: &TradeNo) -> Result<Vec<OrderNo>, Unavailable> {
        heard!(self.0, Call::FindTrade(provider, trade_no.clone()),
            Answer::Numbers(numbers) => Ok(numbers), else Err(Unavailable))
    }
}

impl<L: Line> ListHeld for Ports<L> {
    async fn list_held(&self, after: Option<HeldOrder>, most: usize) -> Result<Vec<HeldOrder>, Unavailable> {
        heard!(self.0, Call::ListHeld(after, most), Answer::Held(held) => Ok(held), else Err(Unavailable))
    }
}

impl<L: Line> ListRejected for Ports<L> {
    async fn list_rejected(
        &self,
        day: Day,
        from: Option<&str>,
        most: usize,
    ) -> Result<Kept<KeptRejected>, Unavailable> {
        heard!(self.0, Call::ListRejected(day, from.map(str::to_owned), most),
            Answer::Rejected(page) => Ok(page), else Err(Unavailable))
    }
}

impl<L: Line> ListRecords for Ports<L> {
    async fn list_records(
        &self,
        no: OrderNo,
        from: Option<&str>,
        most: usize,
    ) -> Result<Kept<KeptRecord>, Unavailable> {
        heard!(self.0, Call::ListRecords(no, from.map(str::to_owned), most),
            Answer::Records(page) => Ok(page), else Err(Unavailable))
    }

    async fn list_commands(&self, day: Day, from: Option<&str>, most: usize) -> Result<Kept<Command>, Unavailable> {
        heard!(self.0, Call::ListCommands(day, from.map(str::to_owned), most),
            Answer::Commands(page) => Ok(page), else Err(Unavailable))
    }

    async fn list_team_records(
        &self,
        subject: &TeamSubject,
        from: Option<&str>,
        most: usize,
    ) -> Result<Kept<KeptTeamRecord>, Unavailable> {
        heard!(self.0, Call::ListTeamRecords(subject.clone(), from.map(str::to_owned), most),
            Answer::TeamRecords(page) => Ok(page), else Err(Unavailable))
    }
}

impl<L: Line> InspectQueues for Ports<L> {
    async fn inspect_queues(&self) -> Result<Vec<QueueDepth>, Unavailable> {
        heard!(self.0, Call::InspectQueues, Answer::Depths(depths) => Ok(depths), else Err(Unavailable))
    }
}
