//! A month of orders that could have happened: bought, declined, paid late or twice, refunded, disputed, abandoned. Each order,
//! wallet and ledger is made by the domain's own commands, in the order of time, and is the same for the same wish.
//!
//! Finished orders owe nothing, so no sweep asks a provider about a trade that it never saw.

mod choice;
mod life;
mod numbers;
mod plan;
mod random;
mod samples;

use std::collections::{BTreeMap, VecDeque};

use till_domain::day::Day;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::{LatePolicy, Order, Policy, Sold};
use till_domain::product::{MembershipShare, Product};
use till_domain::provider::{Account, Method};
use till_domain::refusal::Refusal;
use till_domain::text::{AccountId, UserId};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{Entry, Paid, Upgrade, Wallet, price};

use crate::choice::Course;
use crate::life::{Birth, Life};
use crate::plan::{Planner, Step, Steps};
use crate::random::Random;

pub use samples::products;

/// How long an order can be paid.
const LASTS: Seconds = Seconds::minutes(30);
/// From its creation on, an order is ended or paid within this time.
const ENDS_WITHIN: Seconds = Seconds::minutes(90);
/// Orders of one user, on average.
const ORDERS_OF_A_USER: u32 = 4;

/// Whether all orders have to be over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    /// Nothing is owed at the end.
    AllFinished,
    /// The last ones are still to be paid, delivered or ended.
    AsTheyAre,
}

#[derive(Clone, Debug)]
pub struct Wish {
    pub seed: u64,
    pub orders: u32,
    pub first: Day,
    pub days: u32,
    /// What happens later is not known yet.
    pub until: Time,
    pub ends: Ends,
    pub products: Vec<Product>,
    /// The merchant account at each provider is named so, and then by its word.
    pub account_prefix: String,
}

/// One write of the store.
#[derive(Clone, Debug)]
pub enum Write {
    Save(Box<Order>),
    Commit(Box<Goods>),
}

/// The one transaction.
#[derive(Clone, Debug)]
pub struct Goods {
    pub order: Order,
    pub wallet: Wallet,
    pub entry: Entry,
    /// Other orders that must still have these versions.
    pub unchanged: Vec<(OrderNo, u64)>,
}

impl Write {
    #[must_use]
    pub const fn order(&self) -> &Order {
        match self {
            Self::Save(order) => order,
            Self::Commit(goods) => &goods.order,
        }
    }
}

enum Event {
    Begin,
    Step(OrderNo, Step),
}

pub struct Month {
    wish: Wish,
    random: Random,
    /// By time, and then as they came up.
    events: BTreeMap<(Time, u64), Event>,
    events_so_far: u64,
    /// How many events an order still has.
    steps_left: BTreeMap<OrderNo, usize>,
    lives: BTreeMap<OrderNo, Life>,
    wallets: BTreeMap<UserId, Wallet>,
    writes: VecDeque<Write>,
}

impl Month {
    #[must_use]
    pub fn new(wish: Wish) -> Self {
        let mut month = Self {
            random: Random::new(wish.seed),
            wish,
            events: BTreeMap::new(),
            events_so_far: 0,
            steps_left: BTreeMap::new(),
            lives: BTreeMap::new(),
            wallets: BTreeMap::new(),
            writes: VecDeque::new(),
        };
        for _ in 0..month.wish.orders {
            let at = month.creation();
            month.plan(at, Event::Begin);
        }
        month
    }

    /// The next write, in the order of time; none at the end.
    pub fn next_write(&mut self) -> Option<Write> {
        while self.writes.is_empty() {
            let ((at, _), event) = self.events.pop_first()?;
            match event {
                Event::Begin => self.begin(at),
                Event::Step(no, step) => self.step(no, step, at),
            }
        }
        self.writes.pop_front()
    }

    /// The orders as they are by now.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.lives.values().map(|life| &life.order)
    }

    #[must_use]
    pub const fn wallets(&self) -> &BTreeMap<UserId, Wallet> {
        &self.wallets
    }

    fn creation(&mut self) -> Time {
        let at = choice::instant(&mut self.random, self.wish.first, self.wish.days);
        match self.wish.ends {
            Ends::AsTheyAre => at.min(self.wish.until),
            Ends::AllFinished if at.plus(ENDS_WITHIN) > self.wish.until => at.minus(ENDS_WITHIN),
            Ends::AllFinished => at,
        }
    }

    fn plan(&mut self, at: Time, event: Event) {
        self.events_so_far = self.events_so_far.saturating_add(1);
        self.events.insert((at, self.events_so_far), event);
    }

    fn begin(&mut self, at: Time) {
        let method = choice::method(&mut self.random);
        let number = choice::user(&mut self.random, (self.wish.orders / ORDERS_OF_A_USER).max(1));
        let Ok(user) = UserId::parse(&format!("month-{}-{number}", self.wish.seed)) else { return };
        let course = self.random.weighted(&Course::SHARES).unwrap_or(Course::Paid);
        let Some(sold) = self.sell(user, method, at) else { return };
        let late = if course == Course::ReturnedLate { LatePolicy::Refund } else { LatePolicy::Fulfil };
        let no = OrderNo::mint(at, self.random.next());
        let policy = Policy { late, ..Policy::default() };
        let account = self.account(method);
        let life = Life::begin(Birth { no, at, lasts: LASTS, sold, policy, method, account });
        let until = self.wish.until;
        let steps = Planner { random: &mut self.random, order: &life.order, method, until }.plan(course);
        self.lives.insert(no, life);
        self.continue_with(no, steps);
    }

    fn continue_with(&mut self, no: OrderNo, steps: Steps) {
        let known: Steps = steps.into_iter().filter(|(at, _)| *at <= self.wish.until).collect();
        *self.steps_left.entry(no).or_default() += known.len();
        for (at, step) in known {
            self.plan(at, Event::Step(no, step));
        }
        self.write_at_the_end(no);
    }

    /// What the user wants, if it can be sold: an upgrade where there is a lower membership, more often than not.
    fn sell(&mut self, user: UserId, method: Method, at: Time) -> Option<Sold> {
        let wallet = self.wallets.get(&user).cloned().unwrap_or_default().at(at);
        let wants_upgrade = self.random.is_one_of_thousand(600);
        let (product, list) = choice::product(&mut self.random, &self.wish.products, method)?;
        wallet.has_room(product.grants()).ok()?;
        let least = Money::new(method.provider().least_minor(list.currency()), list.currency()).ok()?;
        let upgraded: Option<(Money, Upgrade)> = product
            .membership()
            .filter(|_| wants_upgrade)
            .and_then(|to| price(&wallet, to, list, least, at, |no| self.paid_for(no, list)).ok());
        let (price, upgrade) = upgraded.map_or((list, None), |(price, upgrade)| (price, Some(upgrade)));
        Some(Sold {
            user,
            kind: product.kind().clone(),
            product: product.id().clone(),
            name: product.name().original.clone(),
            price,
            grants: product.grants().to_vec(),
            upgrade,
            upgrade_worth: product.upgrade_worth_in(list.currency()).filter(|worth| *worth != list),
        })
    }

    fn paid_for(&self, no: OrderNo, list: Money) -> Paid {
        let order = self.lives.get(&no).map(|life| &life.order);
        let nothing = Paid { kept: Money::zero(list.currency()), share: MembershipShare::NOTHING };
        let paid =
            order.and_then(|order| Some(Paid { kept: order.kept_for_good()?, share: order.sold.membership_share() }));
        paid.unwrap_or(nothing)
    }

    fn account(&self, method: Method) -> Account {
        account(&self.wish.account_prefix, method)
    }

    fn step(&mut self, no: OrderNo, step: Step, at: Time) {
        if let Some(left) = self.steps_left.get_mut(&no) {
            *left = left.saturating_sub(1);
        }
        match step {
            Step::Grant => self.grant(no, at),
            Step::Revoke => self.revoke(no, at),
            step => {
                let prefix = self.wish.account_prefix.clone();
                if let Some(life) = self.lives.get_mut(&no) {
                    life.take(step, at, |method| account(&prefix, method));
                }
            }
        }
        self.write_at_the_end(no);
    }

    fn write_at_the_end(&mut self, no: OrderNo) {
        let is_at_its_end = self.steps_left.get(&no).is_none_or(|left| *left == 0);
        if let Some(life) = self.lives.get_mut(&no).filter(|life| is_at_its_end && life.is_dirty()) {
            self.writes.push_back(Write::Save(Box::new(life.next_version())));
        }
    }

    fn grant(&mut self, no: OrderNo, at: Time) {
        let Some(life) = self.lives.get(&no) else { return };
        let replaced = life.order.sold.upgrade.iter().flat_map(|upgrade| &upgrade.replaced);
        let unchanged: Vec<(OrderNo, u64)> = replaced
            .filter_map(|credit| self.lives.get(&credit.source.order))
            .map(|life| (life.order.no, life.stored))
            .collect();
        let currency = life.order.sold.price;
        let holds = life
            .order
            .sold
            .upgrade
            .as_ref()
            .is_none_or(|upgrade| upgrade.still_holds(|no| self.paid_for(no, currency).kept));
        let granted = if holds { self.commit(no, at, unchanged, Order::grant) } else { Err(Refusal::Superseded) };
        if granted == Err(Refusal::Superseded) {
            self.supersede(no, at);
        }
    }

    fn revoke(&mut self, no: OrderNo, at: Time) {
        // Refused where nothing was granted.
        _ = self.commit(no, at, Vec::new(), Order::revoke);
    }

    /// Changes order, wallet and ledger together, as the one transaction does.
    fn commit(
        &mut self,
        no: OrderNo,
        at: Time,
        unchanged: Vec<(OrderNo, u64)>,
        change: fn(&mut Order, u64, Time) -> Result<Entry, Refusal>,
    ) -> Result<(), Refusal> {
        let life = self.lives.get_mut(&no).ok_or(Refusal::OrderNotFound)?;
        let mut wallet = self.wallets.get(&life.order.sold.user).cloned().unwrap_or_default();
        let mut order = life.order.clone();
        let entry = change(&mut order, wallet.next_version(), at)?;
        wallet.apply(&entry)?;
        if life.is_dirty() {
            self.writes.push_back(Write::Save(Box::new(life.next_version())));
        }
        life.order = order;
        life.end_write(at);
        self.wallets.insert(life.order.sold.user.clone(), wallet.clone());
        let order = life.next_version();
        self.writes.push_back(Write::Commit(Box::new(Goods { order, wallet, entry, unchanged })));
        Ok(())
    }

    /// What the upgrade replaces has changed since it was priced: its money goes back.
    fn supersede(&mut self, no: OrderNo, at: Time) {
        if let Some(life) = self.lives.get_mut(&no) {
            if life.order.supersede(at).is_err() {
                return;
            }
            life.end_write(at);
        }
        let back = at.plus(Seconds(self.random.between(2, 30)));
        self.continue_with(no, vec![(back.min(self.wish.until), Step::RefundsSucceed)]);
    }
}

fn account(prefix: &str, method: Method) -> Account {
    let provider = method.provider();
    let id = AccountId::parse(&format!("{prefix}{provider}"));
    Account { provider, id: id.unwrap_or_else(|bad| panic!("the prefix {prefix} makes no account id: {bad}")) }
}

#[cfg(test)]
mod tests;
