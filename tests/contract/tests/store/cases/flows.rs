//! The product's flows over the store: from an order to its goods, and back.

use till_app::caller::Caller;
use till_app::create::{CreateRequest, Payable};
use till_app::fulfil::fulfil;
use till_app::ports::{
    AccountMode, AccountSettings, DuePart, FindAccount as _, FindProduct as _, ListEntries as _, ListedProduct,
    LoadOrder as _, LoadWallet as _, Message, Payer, RequestHash,
};
use till_app::refund::refund;
use till_app::spend::{Spending, spend};
use till_app::sweep::{Limits, Patience, Swept, sweep};
use till_app::{Failure, Settings};
use till_domain::id::AttemptNo;
use till_domain::language::Language;
use till_domain::order::{Fulfilment, Order, RefundRequest, Report, Status};
use till_domain::product::Product;
use till_domain::provider::{Method, Provider};
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};
use till_memory::flows::{create, settle};
use till_memory::{Memory, Ports};

use crate::fixture::{account, key, membership, points, reason, service, user};
use crate::tested_store::{TestedStore, Write};

pub struct Shop<'a, W: TestedStore> {
    pub tested: &'a W,
    /// All ports but the store's.
    rest: Ports<Memory>,
}

impl<'a, W: TestedStore> Shop<'a, W> {
    pub async fn open(tested: &'a W) -> Self {
        for product in [points(), membership("silver", 1, 3_000), membership("gold", 2, 9_000)] {
            tested.put_product(ListedProduct { product, sort: 0, description: None }).await;
        }
        let account = account();
        let (mode, base_url, hints) = (AccountMode::Test, None, Vec::new());
        tested.put_account(AccountSettings { account, mode, is_default: true, is_on: true, base_url, hints }).await;
        Self { tested, rest: tested.rest_ports() }
    }

    /// The store under test, and all others in memory.
    pub fn ports(&self) -> till_app::ports::Ports<'_, W::Store, Ports<Memory>, Ports<Memory>, Ports<Memory>> {
        let (providers, clock) = (self.tested.rest_ports(), self.tested.rest_ports());
        till_app::ports::Ports { store: self.tested.store(), messages: &self.rest, providers, clock }
    }

    /// Reads what a process caches: products and accounts.
    pub async fn fill_caches(&self) {
        let store = self.tested.store();
        store.find_product(points().kind(), points().id()).await.unwrap().unwrap();
        store.find_account(account().provider).await.unwrap().unwrap();
    }

    fn deadline(&self) -> Time {
        self.tested.now().plus(Seconds(25))
    }

    pub async fn create(&self, name: Option<&str>) -> Payable {
        self.ask(&points(), false, name).await.unwrap()
    }

    pub async fn ask(&self, product: &Product, is_upgrade: bool, name: Option<&str>) -> Result<Payable, Failure> {
        let request = CreateRequest {
            by: Caller::buyer(user()),
            kind: product.kind().clone(),
            product: product.id().clone(),
            method: Method::WechatNative,
            currency: None,
            is_upgrade,
            language: Language::Chinese,
            key: name.map(key),
            hash: RequestHash([1; 32]),
            payer: Payer::default(),
        };
        Box::pin(create(&self.ports(), &Settings::default(), &request, self.deadline())).await
    }

    pub async fn buy(&self, order: &Order) {
        self.settle(order, &self.pay(order)).await;
        self.fulfil_tasks().await;
    }

    pub async fn refund(&self, order: &Order, revoke: bool) -> Order {
        let by = UserId::parse("admin").unwrap();
        let wanted = RefundRequest { key: key("r"), trade_no: None, amount: None, revoke, reason: reason(), by };
        refund(&self.ports(), order.no, &wanted, self.deadline()).await.unwrap().order
    }

    /// The buyer pays the first attempt: returns what the callback reports.
    pub fn pay(&self, order: &Order) -> Vec<Report> {
        let no = order.no.payment(AttemptNo::FIRST);
        self.tested.bank().pay(no, self.tested.now())
    }

    pub async fn settle(&self, order: &Order, reports: &[Report]) -> Order {
        settle(&self.ports(), order.no.payment(AttemptNo::FIRST), reports).await.unwrap()
    }

    /// fulfil-order receives each waiting message.
    pub async fn fulfil_tasks(&self) {
        for message in self.tested.rest().tables(|tables| tables.queue.waiting().to_vec()) {
            fulfil(&self.ports(), message.task, None).await.unwrap();
            self.tested.rest().tables(|tables| tables.queue.delete(message.id));
        }
    }

    /// The same where it may fail: a failed message stays in the queue.
    async fn try_fulfil_tasks(&self) {
        for message in self.tested.rest().tables(|tables| tables.queue.waiting().to_vec()) {
            if fulfil(&self.ports(), message.task, None).await.is_ok() {
                self.tested.rest().tables(|tables| tables.queue.delete(message.id));
            }
        }
    }

    async fn tier(&self) -> Option<String> {
        let wallet = self.tested.store().load_wallet(&user()).await.unwrap();
        wallet.at(self.tested.now()).tier().map(|tier| tier.name.to_string())
    }

    pub async fn sweep(&self) -> Swept {
        let now = self.tested.now();
        let limits = Limits {
            most_orders: 100,
            at_once: [8; Provider::ALL.len()],
            begin_until: now.plus(Seconds(20)),
            deadline: self.deadline(),
        };
        sweep(&self.ports(), DuePart::All, limits, &Patience::default()).await.unwrap()
    }

    pub async fn stored(&self, order: &Order) -> Order {
        self.tested.store().load_order(order.no).await.unwrap().unwrap()
    }

    async fn points(&self) -> i64 {
        self.tested.store().load_wallet(&user()).await.unwrap().points()
    }

    fn pushes(&self) -> Vec<Message> {
        self.tested.rest().tables(|tables| tables.pushes.iter().map(|(_, _, message)| *message).collect())
    }
}

pub async fn order_is_paid_granted_refunded_and_revoked(tested: &impl TestedStore) {
    let shop = Shop::open(tested).await;
    let order = shop.create(None).await.order;
    assert_eq!((order.status(), shop.points().await), (Status::Pending, 0));
    let settled = shop.settle(&order, &shop.pay(&order)).await;
    assert_eq!(settled.status(), Status::Paid);
    shop.fulfil_tasks().await;
    assert_eq!((shop.stored(&order).await.fulfilment(), shop.points().await), (Fulfilment::Granted, 100));
    assert_eq!(shop.refund(&order, true).await.status(), Status::Refunded);
    shop.fulfil_tasks().await;
    let stands = shop.stored(&order).await;
    assert_eq!((stands.status(), stands.fulfilment(), shop.points().await), (Status::Refunded, Fulfilment::Revoked, 0));
    assert_eq!(stands.due_at(), None, "nothing is left to do");
    assert_eq!(tested.store().list_entries(&user()).await.map(|entries| entries.len()), Ok(2));
    assert_eq!(shop.pushes(), [Message::PaymentSuccess, Message::OrderRefunded]);
    // The payment, and the refund; the order and the ledger tell of the rest.
    assert!(tested.records(order.no).await >= 2);
    assert!(!tested.has_ttl(order.no).await);
}

pub async fn repeated_notification_changes_nothing(tested: &impl TestedStore) {
    let shop = Shop::open(tested).await;
    let order = shop.create(None).await.order;
    let reports = shop.pay(&order);
    let first = shop.settle(&order, &reports).await;
    let second = shop.settle(&order, &reports).await;
    assert_eq!(first.payments, second.payments);
    for _ in 0..3 {
        shop.fulfil_tasks().await;
        shop.settle(&order, &reports).await;
    }
    assert_eq!((shop.points().await, shop.stored(&order).await.payments.len()), (100, 1));
}

pub async fn idempotency_key_makes_one_order(tested: &impl TestedStore) {
    let shop = Shop::open(tested).await;
    let first = shop.create(Some("k")).await;
    let second = shop.create(Some("k")).await;
    assert_eq!(first.order.no, second.order.no);
    assert_ne!(shop.create(Some("l")).await.order.no, first.order.no);
    assert_ne!(shop.create(None).await.order.no, first.order.no);
    let code = |payable: &Payable| payable.show.as_ref().and_then(|show| show.qr_code_url.clone());
    assert_eq!(code(&first), code(&second));
}

/// The answer to each kind of write in an order's life is lost once.
pub async fn order_with_lost_answers_is_granted_once(tested: &impl TestedStore) {
    let shop = Shop::open(tested).await;
    tested.lose_answer(Write::FirstClaim);
    // Within half a minute a repeated request would be told that the first one is still running.
    let asked = shop.ask(&points(), false, Some("k")).await;
    tested.pass(Seconds(31));
    let order = shop.ask(&points(), false, Some("k")).await.unwrap().order;
    if let Ok(first) = asked {
        assert_eq!(first.order.no, order.no);
    }
    let no = order.no.payment(order.newest_attempt().unwrap().n);
    let reports = tested.bank().pay(no, tested.now());
    tested.lose_answer(Write::Order);
    let settled = settle(&shop.ports(), no, &reports).await;
    assert!(settled.is_ok() || settled == Err(Failure::Unavailable), "{settled:?}");
    // The provider sends it again.
    settle(&shop.ports(), no, &reports).await.unwrap();
    tested.lose_answer(Write::Goods);
    for _ in 0..3 {
        shop.try_fulfil_tasks().await;
        tested.pass(Seconds(120));
        shop.sweep().await;
    }
    let stands = shop.stored(&order).await;
    assert_eq!((stands.status(), stands.fulfilment(), shop.points().await), (Status::Paid, Fulfilment::Granted, 100));
    assert_eq!(tested.store().list_entries(&user()).await.map(|entries| entries.len()), Ok(1));
}

pub async fn upgrade_replaces_the_membership_it_is_based_on(tested: &impl TestedStore) {
    let shop = Shop::open(tested).await;
    let silver = shop.ask(&membership("silver", 1, 3_000), false, None).await.unwrap().order;
    shop.buy(&silver).await;
    tested.pass(Seconds::days(15));
    let gold = shop.ask(&membership("gold", 2, 9_000), true, None).await.unwrap().order;
    assert_eq!(gold.sold.price.minor(), 9_000 - 3_000 / 2);
    shop.buy(&gold).await;
    assert_eq!(shop.stored(&gold).await.fulfilment(), Fulfilment::Granted);
    assert_eq!(shop.tier().await.as_deref(), Some("gold"));
}

pub async fn upgrade_is_refunded_when_its_basis_was_refunded(tested: &impl TestedStore) {
    let shop = Shop::open(tested).await;
    let silver = shop.ask(&membership("silver", 1, 3_000), false, None).await.unwrap().order;
    shop.buy(&silver).await;
    tested.pass(Seconds::days(15));
    let gold = shop.ask(&membership("gold", 2, 9_000), true, None).await.unwrap().order;
    shop.refund(&silver, false).await;
    shop.buy(&gold).await;
    for _ in 0..5 {
        tested.pass(Seconds::minutes(5));
        shop.sweep().await;
        shop.fulfil_tasks().await;
    }
    assert_eq!((shop.stored(&gold).await.status(), shop.tier().await), (Status::Refunded, None));
}

pub async fn abandoned_order_is_cancelled_and_deleted(tested: &impl TestedStore) {
    let shop = Shop::open(tested).await;
    let order = shop.create(None).await.order;
    let mut sweeps = 0;
    while let Some(due) = shop.stored(&order).await.due_at() {
        tested.pass(due.since(tested.now()));
        assert_eq!(shop.sweep().await.claimed, 1);
        sweeps += 1;
        assert!(sweeps < 100, "it never ends");
    }
    let stands = shop.stored(&order).await;
    assert_eq!(stands.status(), Status::Cancelled);
    assert!(tested.has_ttl(order.no).await);
    tested.pass(Seconds::days(91));
    assert_eq!(tested.store().load_order(order.no).await, Ok(None));
    assert_eq!((shop.points().await, tested.rest().tables(|tables| tables.alarms.len())), (0, 0));
}

pub async fn spending_with_one_key_happens_once(tested: &impl TestedStore) {
    let shop = Shop::open(tested).await;
    let order = shop.create(None).await.order;
    shop.settle(&order, &shop.pay(&order)).await;
    shop.fulfil_tasks().await;
    let spending =
        |name, points| Spending { user: user(), key: key(name), points, quota: None, reason: reason(), by: service() };
    for _ in 0..3 {
        let wallet = spend(&shop.ports(), &spending("k", 30)).await.unwrap();
        assert_eq!(wallet.points(), 70);
    }
    assert!(spend(&shop.ports(), &spending("l", 71)).await.is_err());
    assert_eq!(shop.points().await, 70);
    assert_eq!(tested.store().list_entries(&user()).await.map(|entries| entries.len()), Ok(2));
}
