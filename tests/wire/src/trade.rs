//! One payment as the product's flows have it: an order of the domain, calls through the product's port, and the provider's
//! reports, which are settled into the order. Only a provider's reports change the order.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use till_app::ports::{
    AskTrade as _, Asked, Clock as _, CreateError, NewTrade, Opened, Payer, Provide as _, RefundOrder, Unanswered,
};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{
    Attempt, NewOrder, Order, Policy, Refund, RefundId, RefundRequest, RefundWord, Report, Says, Sold, Subject,
};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, Reason, TradeNo, UserId};
use till_domain::time::Seconds;
use till_providers::callback_content::CallbackSubject;
use till_providers::outside::Network;
use till_providers::provide::Providers;
use till_providers::{CallbackContent, Error};
use till_sandbox::config::PlatformKey;

use crate::{Callback, Merchants, PATIENCE, Setup, Stack, SystemClock, headers, merchants};

/// The price of everything, in minor units.
pub const PRICE: u64 = 990;
/// How long a trade can be paid: well above the 30 minutes that a Stripe session lasts at least.
pub const LIFE: Seconds = Seconds::hours(1);
pub const CALLBACK_TIMEOUT: Duration = Duration::from_secs(10);
/// Makes order numbers unique within the process.
static ORDERS: AtomicU64 = AtomicU64::new(1);

/// A merchant's shop at a sandbox: any number of trades.
pub struct Shop {
    pub stack: Stack,
    pub merchants: Merchants,
}

impl Shop {
    pub fn open(setup: Setup) -> Rc<Self> {
        let stack = Stack::start_with(|sandbox| {
            setup.prefix.clone_into(&mut sandbox.public_url);
            if setup.wechat_certificates || setup.wechat_migrating {
                sandbox.wechat.iter_mut().for_each(|one| one.signs_with = PlatformKey::Certificate);
            }
        });
        Rc::new(Self { merchants: merchants(&stack, setup), stack })
    }

    pub fn open_for_another() -> Rc<Self> {
        let stack = Stack::start_as_another();
        Rc::new(Self { merchants: merchants(&stack, Setup::default()), stack })
    }

    /// Verifies and reads a callback with a merchant's keys.
    pub fn read_callback(
        &self,
        merchants: &Merchants,
        provider: Provider,
        callback: &Callback,
    ) -> Result<CallbackContent, Error> {
        self.read_callback_within(PATIENCE, merchants, provider, callback)
    }

    /// [`Self::read_callback`] with less time for calls to the provider.
    pub fn read_callback_within(
        &self,
        left: Duration,
        merchants: &Merchants,
        provider: Provider,
        callback: &Callback,
    ) -> Result<CallbackContent, Error> {
        let (outside, headers) = (self.stack.world_for(left), headers(callback));
        self.stack.wait(merchants.at(provider).verify(&outside, &headers, &callback.body))
    }
}

pub struct Trade {
    pub shop: Rc<Shop>,
    pub method: Method,
    pub order: Order,
    pub opened: Option<Opened>,
    /// How long a call may take.
    pub patience: Duration,
}

impl Trade {
    /// An order that its provider does not know yet.
    pub fn unopened(shop: &Rc<Shop>, method: Method) -> Self {
        Self::unopened_with(shop, method, Policy::default(), LIFE)
    }

    pub fn unopened_with(shop: &Rc<Shop>, method: Method, policy: Policy, life: Seconds) -> Self {
        let now = SystemClock.now();
        let currency = if method.provider().takes(Currency::USD) { Currency::USD } else { Currency::CNY };
        let account = Account { provider: method.provider(), id: AccountId::parse("main").expect("a name") };
        let new = NewOrder {
            no: OrderNo::mint(now, ORDERS.fetch_add(1, Ordering::Relaxed)),
            created_at: now,
            expire_at: now.plus(life),
            sold: Arc::new(sold(currency)),
            policy,
        };
        let order = Order::new(new, Attempt::opening(AttemptNo::FIRST, method, account, now));
        Self { shop: Rc::clone(shop), method, order, opened: None, patience: PATIENCE }
    }

    /// An open trade. Alipay's pages open it when the buyer visits them.
    pub fn open(shop: &Rc<Shop>, method: Method) -> Self {
        let mut trade = Self::unopened(shop, method);
        trade.create().expect("an open trade");
        trade.visit();
        trade
    }

    /// A paid trade, and the callback about its payment, which is not settled yet.
    pub fn paid(shop: &Rc<Shop>, method: Method) -> (Self, Callback) {
        let trade = Self::open(shop, method);
        trade.act("pay");
        loop {
            let callback = trade.next_callback();
            if matches!(
                trade.read_callback(&callback).expect("a valid callback").about,
                CallbackSubject::Payment { .. }
            ) {
                return (trade, callback);
            }
        }
    }

    pub fn number(&self) -> String {
        self.order.no.payment(AttemptNo::FIRST).to_string()
    }

    pub fn create(&mut self) -> Result<(), CreateError> {
        let attempt = self.attempt();
        let trade = NewTrade {
            payment_no: self.order.no.payment(AttemptNo::FIRST),
            method: self.method,
            account: &attempt.account,
            sold: &self.order.sold,
            expire_at: self.order.expire_at,
            payer: &payer(),
        };
        let opened = self.shop.stack.wait(self.providers().create(trade))?;
        let (handle, until) = (opened.handle.clone(), opened.payable_until);
        self.order.opened(AttemptNo::FIRST, handle, until, SystemClock.now());
        self.opened = Some(opened);
        Ok(())
    }

    /// A buyer visits Alipay's page, which opens the trade. Returns the status; `None` for other methods.
    pub fn visit(&self) -> Option<u16> {
        if !matches!(self.method, Method::AlipayPage | Method::AlipayWap) {
            return None;
        }
        let show = self.shop.stack.wait(self.providers().show(self.asked(), &payer())).expect("a page");
        let url = show.pay_url.expect("its address");
        let target = url.strip_prefix(&self.shop.stack.base).expect("an address at the sandbox");
        Some(self.shop.stack.call(till_providers::http::Verb::Get, target).status)
    }

    pub fn query(&mut self) -> Result<Vec<Says>, Unanswered> {
        let says = self.shop.stack.wait(self.providers().query(self.asked()));
        self.answered(says, &Subject::Attempt(AttemptNo::FIRST))
    }

    /// Asks about any trade of the account, by the provider's number.
    pub fn ask_trade(&self, trade_no: &TradeNo) -> Result<Vec<Says>, Unanswered> {
        self.shop.stack.wait(self.providers().ask_trade(&self.attempt().account, trade_no))
    }

    pub fn close(&mut self) -> Result<Vec<Says>, Unanswered> {
        let says = self.shop.stack.wait(self.providers().close(self.asked()));
        self.answered(says, &Subject::Attempt(AttemptNo::FIRST))
    }

    /// Decides a refund of a payment (`None`: the kept one). It is not sent yet.
    pub fn decide_refund(&mut self, of: Option<&TradeNo>, minor: u64) -> RefundId {
        let number = self.order.refunds.len();
        let wanted = RefundRequest {
            key: Key::parse(&format!("refund-{number}")).expect("a key"),
            trade_no: of.cloned(),
            amount: Some(Money::new(minor, self.order.sold.price.currency()).expect("an amount")),
            revoke: false,
            reason: Reason::parse("a test").expect("a reason"),
            by: UserId::parse("tester").expect("a name"),
        };
        RefundId::Ours(self.order.refund(&wanted, SystemClock.now()).expect("a refund that can be"))
    }

    pub fn send_refund(&mut self, id: &RefundId) -> Result<Vec<Says>, Unanswered> {
        let says = self.shop.stack.wait(self.providers().refund(self.refund_order(id)));
        self.answered(says, &Subject::Refund(id.clone()))
    }

    pub fn query_refund(&mut self, id: &RefundId) -> Result<Vec<Says>, Unanswered> {
        let says = self.shop.stack.wait(self.providers().query_refund(self.refund_order(id)));
        self.answered(says, &Subject::Refund(id.clone()))
    }

    pub fn refund(&self, id: &RefundId) -> &Refund {
        self.order.refunds.iter().find(|refund| refund.id == *id).expect("a refund of that number")
    }

    /// The next callback from this trade's provider, about any trade.
    pub fn next_callback(&self) -> Callback {
        self.shop.stack.receiver.next(&format!("/{}", self.method.provider()))
    }

    /// Verifies and reads a callback without settling it.
    pub fn read_callback(&self, callback: &Callback) -> Result<CallbackContent, Error> {
        self.shop.read_callback(&self.shop.merchants, self.method.provider(), callback)
    }

    /// Settles a callback's reports, if they are about this payment.
    pub fn settle(&mut self, heard: &CallbackContent) -> Vec<Says> {
        let number = self.order.no.payment(AttemptNo::FIRST);
        let CallbackSubject::Payment { payment_no, reports } = &heard.about else { return Vec::new() };
        if *payment_no != number {
            return Vec::new();
        }
        for report in reports {
            self.order.settle(report, SystemClock.now());
        }
        reports.iter().map(|report| report.says.clone()).collect()
    }

    /// Settles callbacks until one has the wanted report.
    pub fn wait_for<T>(&mut self, wanted: impl Fn(&Says) -> Option<T>) -> T {
        let until = Instant::now() + CALLBACK_TIMEOUT;
        while Instant::now() < until {
            let heard =
                self.read_callback(&self.next_callback()).unwrap_or_else(|error| panic!("{}: {error:?}", self.method));
            if let Some(found) = self.settle(&heard).iter().find_map(&wanted) {
                return found;
            }
        }
        panic!("{}: no callback had the wanted report", self.method);
    }

    /// A tester's action.
    pub fn act(&self, word: &str) -> Value {
        self.shop.stack.test(&format!("/trades/{}/{word}", self.number()))
    }

    /// Arms a fault for the next occasion.
    pub fn arm(&self, fault: &str) {
        self.act(&format!("faults/{fault}"));
    }

    pub fn books(&self) -> Value {
        self.shop.stack.books(&self.number())
    }

    pub fn providers(&self) -> Providers<&Merchants, Network<'_, SystemClock>> {
        Providers { merchants: &self.shop.merchants, outside: self.shop.stack.world_for(self.patience) }
    }

    pub fn asked(&self) -> Asked<'_> {
        Asked::about(&self.order, self.attempt())
    }

    fn attempt(&self) -> &Attempt {
        self.order.attempt(AttemptNo::FIRST).expect("an order has one")
    }

    fn refund_order(&self, id: &RefundId) -> RefundOrder<'_> {
        let refund = self.refund(id);
        let paid = self.order.payment(&refund.trade_no);
        RefundOrder {
            refund_no: match id {
                RefundId::Ours(n) => Some(self.order.no.refund(*n)),
                RefundId::Theirs(_) => None,
            },
            refund,
            trade_no: &refund.trade_no,
            paid: paid.map(|payment| (Some(self.order.no.payment(payment.attempt)), payment.amount)),
        }
    }

    fn answered(&mut self, says: Result<Vec<Says>, Unanswered>, subject: &Subject) -> Result<Vec<Says>, Unanswered> {
        let now = SystemClock.now();
        match &says {
            Ok(says) => {
                let account = self.attempt().account.clone();
                for says in says.iter().cloned() {
                    let (attempt, account) = (AttemptNo::FIRST, account.clone());
                    self.order.settle(&Report { attempt, account, asked_at: Some(now), says }, now);
                }
            }
            Err(Unanswered) => {
                self.order.unanswered(subject);
            }
        }
        says
    }
}

/// The state in the only report about a refund.
pub fn refund_word(says: &[Says]) -> RefundWord {
    let words = says.iter().filter_map(|says| match says {
        Says::Refund { word, .. } => Some(*word),
        _ => None,
    });
    let words: Vec<RefundWord> = words.collect();
    assert_eq!(words.len(), 1, "{says:?}");
    words[0]
}

pub fn payer() -> Payer {
    Payer {
        openid: Some("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".to_owned()),
        return_url: Some("https://shop.example/thanks".to_owned()),
        ip: Some("203.0.113.7".to_owned()),
        ..Payer::default()
    }
}

fn sold(currency: Currency) -> Sold {
    Sold {
        user: UserId::parse("u1").expect("a name"),
        kind: ProductType::parse("points").expect("a type"),
        product: ProductId::parse("1").expect("a number"),
        name: ProductName::parse("100 点数 / 付费").expect("a name"),
        price: Money::new(PRICE, currency).expect("a price"),
        grants: vec![Grant::Points(PointsGrant::new(100).expect("points"))],
        upgrade: None,
        upgrade_worth: None,
    }
}
