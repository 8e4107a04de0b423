//! A small shop over the ports in memory: buyers, the bank, the clock, and the workers that run on their own.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use till_app::caller::Caller;
use till_app::create::{CreateRequest, Payable};
use till_app::fulfil::fulfil;
use till_app::ports::{DuePart, Message, Outcome, Payer, RequestHash, Task};
use till_app::sweep::{Limits, Patience, Swept, sweep};
use till_app::{Failure, Settings};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, PaymentNo};
use till_domain::language::Language;
use till_domain::money::Money;
use till_domain::order::{Order, RefundRequest, Report};
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, QuotaName, Reason, TierName, UserId};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::Wallet;
use till_memory::flows::{create, retry, settle};
use till_memory::{Memory, Ports, Tables};

use crate::provider::Bank;
use crate::run::{done, run};

/// Longer than any flow takes here: the clock stands still unless a test turns it.
pub const WHILE: Seconds = Seconds(25);

#[derive(Clone)]
pub struct World {
    pub memory: Memory,
    pub bank: Bank,
    pub settings: Settings,
    /// Every QR code that a buyer was shown.
    pub shown: Rc<RefCell<BTreeSet<String>>>,
}

impl World {
    pub fn new() -> Self {
        let bank = Bank::default();
        let accounts = [Provider::WeChat, Provider::Stripe].map(account);
        let memory = Memory::new(Tables::new(products(), accounts.to_vec()), bank.clone(), start());
        Self { memory, bank, settings: Settings::default(), shown: Rc::default() }
    }

    pub fn ports(&self) -> Ports<Memory> {
        self.memory.ports()
    }

    pub fn now(&self) -> Time {
        till_app::ports::Clock::now(&self.ports())
    }

    pub fn deadline(&self) -> Time {
        self.now().plus(WHILE)
    }

    pub fn pass(&self, seconds: u32) {
        self.memory.pass(Seconds(seconds));
    }

    pub fn order(&self, no: OrderNo) -> Order {
        self.memory.tables(|tables| Order::clone(&tables.orders[&no]))
    }

    pub fn orders(&self) -> Vec<Order> {
        self.memory.tables(|tables| tables.orders.values().map(|order| Order::clone(order)).collect())
    }

    pub fn wallet(&self) -> Wallet {
        self.memory.tables(|tables| tables.wallets.get(&buyer()).cloned().unwrap_or_default())
    }

    pub fn pushes(&self) -> Vec<Message> {
        self.memory.tables(|tables| tables.pushes.iter().map(|(_, _, message)| *message).collect())
    }

    /// What the audit trail says came of everything, in order.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.memory.tables(|tables| tables.records.iter().map(|record| record.outcome).collect())
    }

    /// Which of the ledger's entries there are, in words.
    pub fn ledger(&self) -> Vec<String> {
        self.memory.tables(|tables| tables.ledger.keys().map(|(_, source)| source.to_string()).collect())
    }

    pub fn create(&self, request: &CreateRequest) -> Result<Payable, Failure> {
        done(create(&self.ports(), &self.settings, request, self.deadline())).inspect(|payable| self.show(payable))
    }

    pub fn show(&self, payable: &Payable) {
        let code = payable.show.as_ref().and_then(|show| show.qr_code_url.clone());
        self.shown.borrow_mut().extend(code);
    }

    /// A new order for 100 points, by WeChat's QR code.
    pub fn order_points(&self) -> Order {
        self.create(&request("points", "hundred")).unwrap().order
    }

    /// A world with such an order.
    pub fn with_order() -> (Self, Order) {
        let world = Self::new();
        let order = world.order_points();
        (world, order)
    }

    pub fn with_order_no() -> (Self, OrderNo) {
        let (world, order) = Self::with_order();
        (world, order.no)
    }

    /// The buyer pays the first attempt one cent short, and the callback comes.
    pub fn pay_short(&self, order: &Order) -> Order {
        let reports = self.bank.pay(first(order), cny(989), self.now());
        self.settle(first(order), &reports).unwrap()
    }

    /// A second attempt, at Stripe, while WeChat is silent: the first attempt stays open.
    pub fn open_second_attempt(&self, no: OrderNo) -> Order {
        self.bank.books(|books| books.silent.extend([Provider::WeChat]));
        let wish = crate::retry::wish(no, Some(Method::StripeCheckout));
        let payable = done(retry(&self.ports(), &wish, self.deadline())).unwrap();
        self.show(&payable);
        self.bank.books(|books| books.silent.clear());
        payable.order
    }

    /// The tasks in the queue.
    pub fn tasks(&self) -> Vec<Task> {
        self.memory.tables(|tables| tables.queue.waiting().iter().map(|message| message.task).collect())
    }

    /// The buyer pays an attempt in full, now; gives what the callback will say.
    pub fn pay(&self, no: PaymentNo) -> Vec<Report> {
        let price = self.bank.books(|books| books.trades[&no].price);
        self.bank.pay(no, price, self.now())
    }

    pub fn settle(&self, no: PaymentNo, reports: &[Report]) -> Result<Order, Failure> {
        done(settle(&self.ports(), no, reports))
    }

    /// The buyer pays the first attempt, and the callback comes.
    pub fn buy(&self, order: &Order) -> Order {
        let no = first(order);
        let reports = self.pay(no);
        self.settle(no, &reports).unwrap()
    }

    /// An order for 100 points, paid, settled and granted.
    pub fn bought_points(&self) -> Order {
        let order = self.buy(&self.order_points());
        self.work();
        self.order(order.no)
    }

    pub fn work(&self) {
        // What cannot be done stays in the queue, where a test finds it; so does what a worker died at.
        let _ = run(self.work_beside());
    }

    /// The same, to run beside others. Gives the last failure.
    pub async fn work_beside(&self) -> Result<(), Failure> {
        let mut outcome = Ok(());
        for message in self.memory.tables(|tables| tables.queue.waiting().to_vec()) {
            let Some(task) = self.memory.tables(|tables| tables.queue.receive(message.id)) else { continue };
            match fulfil(&self.ports(), task, None).await {
                Ok(()) => self.memory.tables(|tables| tables.queue.delete(message.id)),
                Err(failure) => outcome = Err(failure),
            }
        }
        outcome
    }

    pub fn limits(&self) -> Limits {
        Limits {
            most_orders: 100,
            at_once: [8; Provider::ALL.len()],
            begin_until: self.now().plus(Seconds(35)),
            deadline: self.deadline(),
        }
    }

    pub fn sweep(&self) -> Swept {
        done(sweep(&self.ports(), DuePart::All, self.limits(), &Patience::default())).unwrap()
    }

    /// Sweeps, tasks and time run on until nothing is due any more, whether they die or fail on the way.
    pub fn settle_down(&self) {
        for _ in 0..500 {
            self.work();
            let next = self.memory.tables(|tables| tables.orders.values().filter_map(|order| order.due_at()).min());
            let Some(next) = next else {
                self.work();
                assert!(self.memory.tables(|tables| tables.queue.waiting().is_empty()), "a task cannot be done");
                return;
            };
            self.memory.pass(next.since(self.now()));
            let _ = run(sweep(&self.ports(), DuePart::All, self.limits(), &Patience::default()));
        }
        panic!("something stays due: {:#?}", self.orders().iter().map(Order::duties).collect::<Vec<_>>());
    }
}

fn products() -> Vec<Product> {
    let (cny, usd) = (Currency::CNY, Currency::USD);
    let points = Grant::Points(PointsGrant::new(100).unwrap());
    let exports = Grant::Quota(QuotaGrant::new(QuotaName::parse("exports").unwrap(), 10, 365).unwrap());
    let tier = |name, rank| Tier { name: TierName::parse(name).unwrap(), rank };
    let member = |name, rank| Grant::Membership(MembershipGrant::new(tier(name, rank), 30).unwrap());
    let product = |kind, id, prices: &[(u64, Currency)], grants: Vec<Grant>| {
        let prices = prices.iter().map(|(minor, currency)| Money::new(*minor, *currency).unwrap()).collect();
        let (kind, name) = (ProductType::parse(kind).unwrap(), ProductName::parse(id).unwrap());
        Product::new(kind, ProductId::parse(id).unwrap(), name, prices, grants).unwrap()
    };
    let mut withdrawn = product("points", "withdrawn", &[(990, cny)], vec![points.clone()]);
    withdrawn.active = false;
    vec![
        product("points", "hundred", &[(990, cny), (199, usd)], vec![points.clone()]),
        product("points", "cheap", &[(49, usd)], vec![points.clone()]),
        product("points", "dear", &[(100_000_001, cny)], vec![points]),
        product("package", "exports", &[(500, cny)], vec![exports.clone()]),
        product("package", "silent", &[(900, cny)], vec![exports.clone(), member("silver", 1)]),
        product("package", "bundle", &[(900, cny)], vec![exports.clone(), member("silver", 1)])
            .with_upgrade_worths(vec![self::cny(WORTH)])
            .unwrap(),
        product("package", "gold", &[(6_000, cny)], vec![exports, member("gold", 2)])
            .with_upgrade_worths(vec![self::cny(WORTH)])
            .unwrap(),
        product("membership", "platinum", &[(20_000, cny)], vec![member("platinum", 3)]),
        product("membership", "silver", &[(3_000, cny)], vec![member("silver", 1)]),
        product("membership", "gold", &[(9_000, cny)], vec![member("gold", 2)]),
        withdrawn,
    ]
}

/// What each bundle states for its membership, in fen.
pub const WORTH: u64 = 300;

/// 2026-11-21 00:00:00 UTC.
pub fn start() -> Time {
    Time::from_unix(1_795_219_200).unwrap()
}

pub fn buyer() -> UserId {
    UserId::parse("u1").unwrap()
}

pub fn account(provider: Provider) -> Account {
    Account { provider, id: AccountId::parse("main").unwrap() }
}

pub fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

pub fn reason() -> Reason {
    Reason::parse("a test").unwrap()
}

pub fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

pub fn first(order: &Order) -> PaymentNo {
    order.no.payment(AttemptNo::FIRST)
}

/// A wish for a product, by WeChat's QR code, without a key.
pub fn request(kind: &str, product: &str) -> CreateRequest {
    CreateRequest {
        by: Caller::buyer(buyer()),
        kind: ProductType::parse(kind).unwrap(),
        product: ProductId::parse(product).unwrap(),
        method: Method::WechatNative,
        currency: None,
        is_upgrade: false,
        language: Language::Chinese,
        key: None,
        hash: RequestHash([1; 32]),
        payer: Payer::default(),
    }
}

pub fn keyed(name: &str) -> CreateRequest {
    CreateRequest { key: Some(key(name)), ..request("points", "hundred") }
}

/// A wish for so much back (none: all that is left) of the kept payment.
pub fn wanted(name: &str, amount: Option<Money>) -> RefundRequest {
    let by = UserId::parse("admin").unwrap();
    RefundRequest { key: key(name), trade_no: None, amount, revoke: false, reason: reason(), by }
}
