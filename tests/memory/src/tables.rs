//! The table: items by key, each written on condition. A call takes effect as a whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use till_app::ports::{
    AccountMode, AccountSettings, Alarm, AlarmWord, Claim, ClaimState, Claimed, Closing, Committed, DUE_SHARDS,
    DisputeLook, DuePart, KeptAlarm, LaterReport, ListedProduct, Message, Orphan, Record, Sales, Saved, SendingTurn,
    Settlement, TeamRecord,
};
use till_domain::day::Day;
use till_domain::id::OrderNo;
use till_domain::language::Localized;
use till_domain::order::{DueKind, Hold, Order};
use till_domain::product::Product;
use till_domain::provider::{Account, Provider};
use till_domain::statistics::DayStatistics;
use till_domain::text::{Key, ProductId, ProductType, TradeNo, UserId};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{Entry, Source, Wallet};

use crate::call::{Answer, Call, CommitCall};
use crate::edge::Edge;
use crate::queue::Queue;
use crate::setup::AllNotes;

/// How long a claim of a key is kept.
const CLAIM_LIVES: Seconds = Seconds::hours(24);

/// How many entries the end of a ledger shows.
const LAST_ENTRIES: usize = 16;

/// The shard of an order's entry in the index.
#[must_use]
pub fn due_shard(no: OrderNo) -> u8 {
    let sum = no.as_str().bytes().fold(0_u8, u8::wrapping_add);
    sum % DUE_SHARDS
}

/// Where a product stands in the shop window, and what it says about it.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub sort: u32,
    pub description: Option<Localized<String>>,
}

#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// `ABANDONED_DAYS`: how long after its end an order without money is kept.
    pub abandoned: Seconds,
    /// Whether the index of due orders lags until [`Tables::propagate`].
    pub index_lags: bool,
    pub products: Arc<BTreeMap<(ProductType, ProductId), Arc<Product>>>,
    /// How products are displayed; a product without an entry comes first and has no description.
    pub window: Arc<BTreeMap<(ProductType, ProductId), Place>>,
    pub accounts: Arc<Vec<AccountSettings>>,
    /// Accounts that cannot be read.
    pub unreadable_accounts: BTreeSet<Account>,
    pub orders: BTreeMap<OrderNo, Arc<Order>>,
    /// Stored orders that cannot be read, as if a later release had written them.
    pub stuck_orders: BTreeSet<OrderNo>,
    pub wallets: BTreeMap<UserId, Wallet>,
    pub ledger: BTreeMap<(UserId, Source), Entry>,
    pub claims: BTreeMap<(UserId, Key), Claim>,
    pub orphans: Vec<Orphan>,
    /// What was reported of each orphan after the first report, by its key.
    pub later_reports: BTreeMap<(Provider, TradeNo), Vec<LaterReport>>,
    /// Stored orphans that cannot be read.
    pub unreadable_orphans: BTreeSet<TradeNo>,
    /// To which order each orphan was settled.
    pub settlements: BTreeMap<(Provider, TradeNo), Settlement>,
    pub closings: BTreeMap<(Provider, TradeNo), Closing>,
    pub records: Vec<Record>,
    pub team_records: Vec<TeamRecord>,
    pub queue: Queue,
    pub pushes: Vec<(UserId, OrderNo, Message)>,
    pub orphan_alarms: Vec<Orphan>,
    pub alarms: Vec<(OrderNo, Vec<Hold>)>,
    /// Raised alarms that are neither holds nor orphans.
    pub other_alarms: Vec<Alarm>,
    /// Subject and text of each.
    pub mails: Vec<(String, String)>,
    pub kept_alarms: BTreeMap<(AlarmWord, String), KeptAlarm>,
    /// When alarms ended that were put away.
    pub ended_alarms: BTreeMap<(AlarmWord, String), Time>,
    pub turn: SendingTurn,
    pub looks: BTreeMap<Account, DisputeLook>,
    /// How often a sweep of each shard was asked for.
    pub shared_sweeps: u32,
    pub edge: Edge,
    pub sales: Sales,
    pub notes: AllNotes,
    /// Orders that were on hold at their last write, and since when.
    pub held: BTreeMap<OrderNo, Time>,
    pub statistics: BTreeMap<Day, DayStatistics>,
    index: BTreeMap<OrderNo, (DueKind, Time)>,
    behind: Vec<OrderNo>,
}

impl Tables {
    /// Empty tables. Each account takes real money, is on, and the one for new attempts at its provider.
    #[must_use]
    pub fn new(products: Vec<Product>, accounts: Vec<Account>) -> Self {
        let by_name = |product: Product| ((product.kind().clone(), product.id().clone()), Arc::new(product));
        Self {
            abandoned: Seconds::days(90),
            products: Arc::new(products.into_iter().map(by_name).collect()),
            accounts: Arc::new(accounts.into_iter().map(usual).collect()),
            ..Self::default()
        }
    }

    /// Does what a call of a store, queue or socket asks for.
    ///
    /// # Panics
    /// When given a call to a provider: those are not kept here.
    pub fn perform(&mut self, call: &Call, now: Time) -> Answer {
        // A call without an answer of its own falls through to `Done`.
        match call {
            Call::LoadOrder(no) if self.is_unreadable(*no, now) => return Answer::Unavailable,
            Call::LoadOrder(no) => return Answer::Order(self.order(*no, now).cloned()),
            Call::SaveOrder(order) => return Answer::Saved(self.save(order, now)),
            Call::FindDue(part, now, most) => return Answer::Due(self.find_due(*part, *now, *most)),
            Call::LoadWallet(user) => {
                return Answer::Wallet(Box::new(self.wallets.get(user).cloned().unwrap_or_default()));
            }
            Call::LoadEntry(user, source) => {
                return Answer::Entry(self.ledger.get(&(user.clone(), source.clone())).cloned().map(Box::new));
            }
            Call::Commit(commit) => return Answer::Committed(self.commit(commit, now)),
            Call::KeepOrphan(_) | Call::LoadOrphan(..) | Call::SettleOrphan(..) | Call::CloseOrphan(..) => {
                return self.keep_or_decide(call);
            }
            Call::KeepRecord(record) => self.records.push((**record).clone()),
            Call::FindProduct(kind, id) => {
                return Answer::Product(self.products.get(&(kind.clone(), id.clone())).cloned());
            }
            Call::FindAccount(provider) => return Answer::Account(self.open_account(*provider).cloned()),
            Call::LoadDisputeLook(account) => {
                return Answer::Look(self.looks.get(account).cloned().map(Box::new));
            }
            Call::SaveDisputeLook(look) => return Answer::LookSaved(self.save_look(look)),
            Call::LoadClaim(user, key) => return Answer::Claim(self.claim(user, key, now).cloned().map(Box::new)),
            Call::PutClaim(claim) => return Answer::Claimed(self.put_claim(claim, now)),
            Call::MoveClaim(before, claim) => return Answer::Claimed(self.move_claim(before, claim, now)),
            Call::Enqueue(task) => self.queue.send(*task),
            Call::ShareSweep => self.shared_sweeps = self.shared_sweeps.saturating_add(1),
            Call::Push(user, order, message) => self.pushes.push((user.clone(), *order, *message)),
            Call::RaiseAlarm(..)
            | Call::RaiseOrphan(_)
            | Call::Raise(_)
            | Call::SendMail(..)
            | Call::LoadKept(..)
            | Call::SaveKept(_)
            | Call::ListKept
            | Call::PutAway(..)
            | Call::LoadEnd(..)
            | Call::CheckOrder(_)
            | Call::LoadTurn
            | Call::SaveTurn(_) => return self.keep_or_raise(call, now),
            Call::ListOrders(user, before, most) => return self.apart(self.orders_of(user, *before, *most, now)),
            Call::ListRecent(user, since, most) => return Answer::Numbers(self.recent_of(user, *since, *most)),
            Call::ListProducts => return Answer::Products(self.displayed()),
            Call::ListEntries(user) => return Answer::Entries(self.last_entries(user)),
            Call::ReadAccounts(provider) => return Answer::Accounts(self.accounts_of(*provider)),
            Call::NotedAccounts
            | Call::NotedProducts
            | Call::SaveAccount(..)
            | Call::SaveProduct(..)
            | Call::SaveAccountSecret(..)
            | Call::LoadSales
            | Call::ShownSales
            | Call::NotedSales
            | Call::SaveSales(..) => return self.set_up(call, now),
            Call::CountCall(scope, value, at) => return Answer::Count(self.edge.count(*scope, value, *at)),
            Call::CountRefund(amount, at) => return Answer::GivenBack(self.edge.count_refund(*amount, *at)),
            Call::KeepRejected(rejected) => self.edge.keep_rejected(rejected),
            Call::UseTicket(ticket, connection, until) => {
                return Answer::IsFirst(self.edge.use_ticket(ticket, connection, *until, now));
            }
            Call::KeepConnection(connection) => self.edge.keep(connection, now),
            Call::AnswerSocket(id, text) => self.edge.answers.push((id.clone(), text.clone())),
            Call::ReadSecret(name) => return Answer::Secret(self.edge.read(name, now)),
            Call::RefreshSecret(name) => return Answer::Secret(self.edge.refresh(name, now)),
            Call::FetchDocument(url) => {
                let found = self.edge.documents.get(url);
                return found.map_or(Answer::Unavailable, |found| Answer::Document(found.clone()));
            }
            Call::LoadStatistics(days) => return Answer::Statistics(self.statistics_of(*days)),
            Call::SaveStatistics(counted) => return Answer::StatisticsSaved(self.save_statistics(counted)),
            Call::ListNumbers(..)
            | Call::LoadOrders(_)
            | Call::FindTrade(..)
            | Call::ListHeld(..)
            | Call::ListOrphans(..)
            | Call::ListOpenOrphans(..)
            | Call::ListRejected(..)
            | Call::ListRecords(..)
            | Call::ListCommands(..)
            | Call::ListTeamRecords(..)
            | Call::InspectQueues => return self.list_for_the_team(call, now),
            Call::Provider(call) => panic!("no provider lives in the tables: {call:?}"),
        }
        Answer::Done
    }

    pub fn put_product(&mut self, displayed: ListedProduct) {
        let name = (displayed.product.kind().clone(), displayed.product.id().clone());
        let place = Place { sort: displayed.sort, description: displayed.description };
        Arc::make_mut(&mut self.window).insert(name.clone(), place);
        Arc::make_mut(&mut self.products).insert(name, Arc::new(displayed.product));
    }

    pub fn put_account(&mut self, settings: AccountSettings) {
        let accounts = Arc::make_mut(&mut self.accounts);
        accounts.retain(|known| known.account != settings.account);
        accounts.push(settings);
    }

    /// An order as a read finds it: one past its deletion time is not found, even if the store has not deleted it yet.
    pub fn order(&self, no: OrderNo, now: Time) -> Option<&Arc<Order>> {
        self.orders.get(&no).filter(|order| order.delete_at(self.abandoned).is_none_or(|at| at > now))
    }

    /// Deletes the items past their time, as the store does eventually.
    pub fn purge(&mut self, now: Time) {
        let abandoned = self.abandoned;
        self.orders.retain(|_, order| order.delete_at(abandoned).is_none_or(|at| at > now));
        self.claims.retain(|_, claim| claim.frozen.created_at.plus(CLAIM_LIVES) > now);
        self.edge.purge(now);
        let orders = &self.orders;
        self.index.retain(|no, _| orders.contains_key(no));
    }

    /// Lets the index catch up with the orders.
    pub fn propagate(&mut self) {
        for no in std::mem::take(&mut self.behind) {
            self.index_order(no);
        }
    }

    /// Orders whose last write the index has not seen.
    pub fn behind(&self) -> &[OrderNo] {
        &self.behind
    }

    /// What the index says: of which kind each order is, and when it is due.
    pub const fn index(&self) -> &BTreeMap<OrderNo, (DueKind, Time)> {
        &self.index
    }

    fn open_account(&self, provider: Provider) -> Option<&Account> {
        let open = |settings: &&AccountSettings| {
            settings.account.provider == provider && settings.is_on && settings.is_default
        };
        self.accounts.iter().find(open).map(|settings| &settings.account)
    }

    fn orders_of(&self, user: &UserId, before: Option<OrderNo>, most: usize, now: Time) -> Vec<Arc<Order>> {
        let theirs = self.orders.iter().rev().filter(|(_, order)| order.sold.user == *user);
        let older = theirs.map(|(no, _)| *no).filter(|no| before.is_none_or(|before| *no < before));
        older.filter_map(|no| self.order(no, now).cloned()).take(most).collect()
    }

    fn recent_of(&self, user: &UserId, since: Time, most: usize) -> Vec<OrderNo> {
        let from = OrderNo::mint(since, 0);
        let theirs = self.orders.range(from..).rev().filter(|(_, order)| order.sold.user == *user);
        theirs.map(|(no, _)| *no).take(most).collect()
    }

    pub(crate) fn displayed(&self) -> Vec<ListedProduct> {
        let display = |(name, product): (&(ProductType, ProductId), &Arc<Product>)| {
            let Place { sort, description } = self.window.get(name).cloned().unwrap_or_default();
            ListedProduct { product: Product::clone(product), sort, description }
        };
        let mut displayed: Vec<ListedProduct> = self.products.iter().map(display).collect();
        // They are sorted by type and id already, which a stable sort keeps.
        displayed.sort_by_key(|displayed| displayed.sort);
        displayed
    }

    fn last_entries(&self, user: &UserId) -> Vec<Entry> {
        let mut theirs: Vec<&Entry> = self.ledger.iter().filter(|((of, _), _)| of == user).map(|(_, e)| e).collect();
        theirs.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.version()));
        theirs.into_iter().take(LAST_ENTRIES).cloned().collect()
    }

    fn index_order(&mut self, no: OrderNo) {
        match self.orders.get(&no).and_then(|order| Some((order.due_kind(), order.due_at()?))) {
            Some(due) => self.index.insert(no, due),
            None => self.index.remove(&no),
        };
    }

    fn put(&mut self, order: &Arc<Order>, now: Time) {
        if order.holds().is_empty() {
            self.held.remove(&order.no);
        } else {
            self.held.entry(order.no).or_insert(now);
        }
        self.orders.insert(order.no, Arc::clone(order));
        if self.index_lags {
            self.behind.push(order.no);
        } else {
            self.index_order(order.no);
        }
    }

    /// A first version may replace an order that is past its time and not deleted yet.
    fn follows(&self, order: &Order, now: Time) -> bool {
        let there = if order.version == 1 { self.order(order.no, now) } else { self.orders.get(&order.no) };
        let stands = there.map_or(0, |stands| stands.version);
        stands + 1 == order.version
    }

    /// Repeating a write that took effect succeeds: a store's client may repeat one whose answer was lost.
    fn save_look(&mut self, look: &DisputeLook) -> bool {
        let known = self.looks.get(&look.account);
        let fits =
            known.is_some_and(|known| known == look) || known.map_or(0, |known| known.version) + 1 == look.version;
        if fits {
            self.looks.insert(look.account.clone(), look.clone());
        }
        fits
    }

    fn save(&mut self, order: &Arc<Order>, now: Time) -> Saved {
        if !self.follows(order, now) {
            return Saved::Conflict(self.order(order.no, now).map(|stands| Box::new(Order::clone(stands))));
        }
        self.put(order, now);
        Saved::Yes
    }

    fn find_due(&self, part: DuePart, now: Time, most: usize) -> Vec<OrderNo> {
        let is_in = |no: &OrderNo| match part {
            DuePart::All | DuePart::MoneyOrGoods => true,
            DuePart::Shard(shard) => due_shard(*no) == shard,
        };
        let is_of_kind = |kind: DueKind| part != DuePart::MoneyOrGoods || kind == DueKind::MoneyOrGoods;
        let due = self.index.iter().filter(|(no, (kind, at))| *at <= now && is_in(no) && is_of_kind(*kind));
        let mut due: Vec<(DueKind, Time, OrderNo)> = due.map(|(no, (kind, at))| (*kind, *at, *no)).collect();
        due.sort_unstable();
        due.into_iter().take(most).map(|(.., no)| no).collect()
    }

    fn commit(&mut self, commit: &CommitCall, now: Time) -> Committed {
        let source = (commit.user.clone(), commit.entry.source());
        if self.ledger.contains_key(&source) {
            return Committed::Duplicate;
        }
        let wallet = self.wallets.get(&commit.user).map_or(0, Wallet::version);
        let version_of = |no: &OrderNo| self.orders.get(no).map(|order| order.version);
        let holds = commit.order.as_ref().is_none_or(|order| self.follows(order, now))
            && wallet + 1 == commit.wallet.version()
            && commit.unchanged.iter().all(|(no, version)| version_of(no) == Some(*version));
        if !holds {
            return Committed::Conflict;
        }
        if let Some(order) = &commit.order {
            self.put(order, now);
        }
        self.wallets.insert(commit.user.clone(), commit.wallet.clone());
        self.ledger.insert(source, commit.entry.clone());
        self.team_records.extend(commit.record.clone());
        Committed::Yes
    }

    fn claim(&self, user: &UserId, key: &Key, now: Time) -> Option<&Claim> {
        let claim = self.claims.get(&(user.clone(), key.clone()))?;
        Some(claim).filter(|claim| claim.frozen.created_at.plus(CLAIM_LIVES) > now)
    }

    fn put_claim(&mut self, claim: &Claim, now: Time) -> Claimed {
        if let Some(stands) = self.claim(&claim.user, &claim.key, now) {
            return Claimed::Exists(Box::new(stands.clone()));
        }
        self.claims.insert((claim.user.clone(), claim.key.clone()), claim.clone());
        Claimed::Yes
    }

    fn move_claim(&mut self, before: &Claim, claim: &Claim, now: Time) -> Claimed {
        let stands = self.claim(&claim.user, &claim.key, now);
        let as_before = |stands: &Claim| -> (u8, ClaimState) { (stands.owner, stands.state) };
        match stands {
            Some(stands) if as_before(stands) == as_before(before) => {
                self.claims.insert((claim.user.clone(), claim.key.clone()), claim.clone());
                Claimed::Yes
            }
            Some(stands) => Claimed::Exists(Box::new(stands.clone())),
            None => Claimed::Exists(Box::new(before.clone())),
        }
    }
}

fn usual(account: Account) -> AccountSettings {
    AccountSettings {
        account,
        mode: AccountMode::Live,
        is_default: true,
        is_on: true,
        base_url: None,
        hints: Vec::new(),
    }
}
