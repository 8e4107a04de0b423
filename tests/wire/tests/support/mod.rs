//! One payment from its opening to its return, step by step, each step checked on both sides.

use std::sync::Arc;
use std::time::{Duration, Instant};

use till_app::ports::{Asked, Clock as _, NewTrade, Opened, Payer, Provide as _, RefundOrder};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::Money;
use till_domain::order::{Attempt, By, NewOrder, Order, Policy, Refund, RefundId, RefundWord, Says, Sold};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, ProductId, ProductName, ProductType, TradeNo, UserId};
use till_domain::time::Seconds;
use till_providers::heard::About;
use till_providers::http::Verb;
use till_providers::outside::World;
use till_providers::provide::Providers;
use till_providers::{Error, Heard, alipay, stripe, wechat};
use till_wire::{Caught, Known, Machine, Stack, Ways, headers, merchants};

/// How long a step may take to show.
const PATIENCE: Duration = Duration::from_secs(10);
/// The price, in minor units.
pub const PRICE: u64 = 990;

/// What a buyer does.
#[derive(Clone, Copy, Debug)]
pub enum Buyer {
    /// Goes to where the provider's page is.
    Opens,
}

/// One payment.
pub struct Journey {
    pub stack: Stack,
    pub known: Known,
    pub order: Order,
    pub opened: Opened,
    pub method: Method,
}

impl Journey {
    /// A trade that is open.
    pub fn begin(method: Method, currency: Currency, ways: Ways) -> Self {
        let stack = Stack::start_with(move |config| {
            if ways.wechat_certificates {
                config
                    .wechat
                    .iter_mut()
                    .for_each(|one| one.signs_with = till_sandbox::config::PlatformKey::Certificate);
            }
        });
        let known = merchants(&stack, ways);
        let now = Machine.now();
        let account = Account { provider: method.provider(), id: AccountId::parse("main").unwrap() };
        let expire_at = now.plus(Seconds::minutes(30));
        let new = NewOrder {
            no: OrderNo::mint(now, u64::try_from(now.unix()).unwrap()),
            created_at: now,
            expire_at,
            sold: Arc::new(sold(currency)),
            policy: Policy::default(),
        };
        let attempt = Attempt::opening(AttemptNo::FIRST, method, account.clone(), now);
        let trade = NewTrade {
            payment_no: new.no.payment(AttemptNo::FIRST),
            method,
            account: &account,
            sold: &new.sold,
            expire_at,
            payer: &payer(),
        };
        let opened = stack
            .wait(Providers { merchants: &known, outside: stack.world() }.create(trade))
            .unwrap_or_else(|error| panic!("{method}: {error:?}"));
        let attempt = attempt.opened(opened.handle.clone(), opened.payable_until);
        let order = Order::new(new, attempt);
        Self { stack, known, order, opened, method }
    }

    pub fn number(&self) -> String {
        self.order.no.payment(AttemptNo::FIRST).to_string()
    }

    fn providers(&self) -> Providers<&Known, World<'_, Machine>> {
        Providers { merchants: &self.known, outside: self.stack.world() }
    }

    pub fn query(&self) -> Vec<Says> {
        let says = self.stack.wait(self.providers().query(self.asked()));
        says.unwrap_or_else(|error| panic!("{}: {error}", self.method))
    }

    pub fn close(&self) -> Vec<Says> {
        let says = self.stack.wait(self.providers().close(self.asked()));
        says.unwrap_or_else(|error| panic!("{}: {error}", self.method))
    }

    fn asked(&self) -> Asked<'_> {
        Asked::about(&self.order, self.order.attempts.first().unwrap())
    }

    /// The provider says that nobody has paid, before anybody has.
    pub fn is_not_paid(&self) {
        assert_eq!(self.query(), [Says::NotPaid], "{}", self.method);
    }

    /// What a buyer does with what is shown.
    pub fn buyer(&mut self, does: Buyer) {
        let Buyer::Opens = does;
        let show = self.stack.wait(self.providers().show(self.asked(), &payer())).unwrap();
        match self.method {
            Method::WechatNative | Method::AlipayQr => assert_eq!(show.qr_code_url, self.opened.show.qr_code_url),
            Method::WechatJsapi => assert!(show.pay_params.iter().any(|(name, _)| name == "paySign")),
            Method::WechatH5 | Method::StripeCheckout => {
                assert!(show.pay_url.is_some_and(|url| url.starts_with("http")));
            }
            Method::StripeIntent => assert!(show.client_secret.is_some() && show.publishable_key.is_some()),
            Method::AlipayPage | Method::AlipayWap => {
                assert!(show.pay_form.is_some_and(|form| form.contains("<form")));
                let url = show.pay_url.unwrap();
                let target = url.strip_prefix(&self.stack.base).unwrap();
                let response = self.stack.call(Verb::Get, target);
                assert!(
                    matches!(response.status, 302 | 303),
                    "{}: the buyer's browser got {}",
                    self.method,
                    response.status
                );
            }
        }
    }

    /// The buyer pays; the callback comes, is believed, and says so.
    pub fn pays_and_is_heard_of(&mut self) -> TradeNo {
        self.stack.test(&format!("/mock/success/{}", self.number()));
        let (trade_no, amount) = self.hears(|says| match says {
            Says::Paid { trade_no, amount, .. } => Some((trade_no.clone(), *amount)),
            _ => None,
        });
        assert_eq!(amount, self.order.sold.price, "{}", self.method);
        trade_no
    }

    /// Takes callbacks in until one says what is waited for.
    pub fn hears<T>(&mut self, wanted: impl Fn(&Says) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let caught = self.stack.catcher.next(&format!("/{}", self.method.provider()));
            let heard = self.hear(&caught).unwrap_or_else(|error| panic!("{}: {error}", self.method));
            if let About::Payment { payment_no, reports } = heard.about {
                assert_eq!(payment_no.to_string(), self.number());
                for report in &reports {
                    self.order.settle(report, Machine.now());
                }
                if let Some(found) = reports.iter().find_map(|report| wanted(&report.says)) {
                    return found;
                }
            }
        }
        panic!("{}: no callback said it", self.method);
    }

    /// What a callback comes to.
    pub fn hear(&self, caught: &Caught) -> Result<Heard, Error> {
        let (outside, headers, body) = (self.stack.world(), headers(caught), caught.body.as_slice());
        match self.method.provider() {
            Provider::WeChat => {
                self.stack.wait(self.known.wechat.hear(&outside, wechat::notify::Raw { headers: &headers, body }))
            }
            Provider::Alipay => self.stack.wait(self.known.alipay.hear(&outside, alipay::notify::Raw { body })),
            Provider::Stripe => {
                self.stack.wait(self.known.stripe.hear(&outside, stripe::notify::Raw { headers: &headers, body }))
            }
        }
    }

    /// Asked, the provider says the same as its callback did.
    pub fn is_paid(&self, expected: &TradeNo) {
        let says = self.query();
        let paid = says.iter().any(|says| {
            matches!(says, Says::Paid { trade_no, amount, .. } if trade_no == expected && *amount == self.order.sold.price)
        });
        assert!(paid, "{}: {says:?}", self.method);
    }

    /// A close of what is paid says that it is paid.
    pub fn cannot_be_closed(&self, expected: &TradeNo) {
        let says = self.close();
        assert!(
            says.iter().any(|says| matches!(says, Says::Paid { trade_no, .. } if trade_no == expected)),
            "{}: {says:?}",
            self.method
        );
    }

    /// It is closed, and a buyer who is late finds it so. What nobody has scanned yet cannot be closed for good.
    pub fn is_closed(&self) {
        let says = self.close();
        let unseen = self.method == Method::AlipayQr;
        assert_eq!(says, [Says::Closed { for_good: !unseen }], "{}", self.method);
        if !unseen {
            let response = self.stack.call(Verb::Post, &format!("/mock/success/{}", self.number()));
            assert_eq!(response.status, 409, "{}", self.method);
            assert_eq!(self.query(), [Says::Closed { for_good: true }], "{}", self.method);
        }
    }

    /// So much goes back under the n-th number, and the provider says so when it is asked.
    pub fn goes_back(&mut self, trade_no: &TradeNo, n: u8, minor: u64) {
        let first = self.refund(trade_no, n, minor);
        assert!(matches!(word(&first), RefundWord::Processing | RefundWord::Succeeded), "{}: {first:?}", self.method);
        let until = Instant::now() + PATIENCE;
        while word(&self.query_refund(trade_no, n, minor)) != RefundWord::Succeeded {
            assert!(Instant::now() < until, "{}: refund {n} does not come to an end", self.method);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The same refund told again is the same refund.
    pub fn repeats(&self, trade_no: &TradeNo, n: u8, minor: u64) {
        let again = self.refund(trade_no, n, minor);
        assert!(matches!(word(&again), RefundWord::Processing | RefundWord::Succeeded), "{}: {again:?}", self.method);
    }

    pub fn refund(&self, trade_no: &TradeNo, n: u8, minor: u64) -> Vec<Says> {
        let refund = self.one_refund(trade_no, n, minor);
        let says = self.stack.wait(self.providers().refund(self.refund_order(&refund)));
        says.unwrap_or_else(|error| panic!("{}: {error}", self.method))
    }

    pub fn query_refund(&self, trade_no: &TradeNo, n: u8, minor: u64) -> Vec<Says> {
        let refund = self.one_refund(trade_no, n, minor);
        let says = self.stack.wait(self.providers().query_refund(self.refund_order(&refund)));
        says.unwrap_or_else(|error| panic!("{}: {error}", self.method))
    }

    fn one_refund(&self, trade_no: &TradeNo, n: u8, minor: u64) -> Refund {
        let attempt = self.order.attempts.first().unwrap();
        let id = RefundId::Ours(RefundIndex::new(n).unwrap());
        let amount = Money::new(minor, self.order.sold.price.currency()).unwrap();
        Refund::new(id, trade_no.clone(), attempt.account.clone(), amount, By::Till, self.order.created_at)
    }

    fn refund_order<'a>(&self, refund: &'a Refund) -> RefundOrder<'a> {
        let RefundId::Ours(n) = refund.id else { panic!("ours") };
        RefundOrder {
            refund_no: Some(self.order.no.refund(n)),
            refund,
            trade_no: &refund.trade_no,
            paid: Some((self.order.no.payment(AttemptNo::FIRST), self.order.sold.price)),
        }
    }

    /// The sandbox's books hold one payment of the price, and so much has gone back.
    pub fn books_agree(&self, back: u64) {
        let books = self.stack.books(&self.number());
        let amounts = |list: &str| -> Vec<u64> {
            books[list].as_array().unwrap().iter().map(|one| one["amount"].as_u64().unwrap()).collect()
        };
        assert_eq!(amounts("payments"), [PRICE], "{}", self.method);
        assert_eq!(amounts("refunds").iter().sum::<u64>(), back, "{}: {}", self.method, books["refunds"]);
    }
}

/// The one word about a refund.
pub fn word(says: &[Says]) -> RefundWord {
    let words: Vec<RefundWord> = says
        .iter()
        .filter_map(|says| match says {
            Says::Refund { word, .. } => Some(*word),
            _ => None,
        })
        .collect();
    assert_eq!(words.len(), 1, "{says:?}");
    words[0]
}

pub fn payer() -> Payer {
    Payer {
        openid: Some("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".to_owned()),
        return_url: Some("https://shop.example/thanks".to_owned()),
        ip: Some("203.0.113.7".to_owned()),
    }
}

fn sold(currency: Currency) -> Sold {
    Sold {
        user: UserId::parse("u1").unwrap(),
        kind: ProductType::parse("points").unwrap(),
        product: ProductId::parse("1").unwrap(),
        name: ProductName::parse("100 点数 / 付费").unwrap(),
        price: Money::new(PRICE, currency).unwrap(),
        grants: vec![Grant::Points(PointsGrant::new(100).unwrap())],
        upgrade: None,
    }
}
