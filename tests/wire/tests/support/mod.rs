//! One payment from its opening to its return, step by step, each step checked on both sides.

use std::time::{Duration, Instant};

use till_app::ports::Provide as _;
use till_domain::order::{RefundId, RefundWord, Says};
use till_domain::provider::Method;
use till_domain::text::TradeNo;
use till_providers::http::Verb;
use till_wire::{LONGEST_SILENCE, PRICE, Shop, Trade, Ways, payer};

pub struct Journey {
    trade: Trade,
    method: Method,
}

impl Journey {
    /// A trade that is open.
    pub fn begin(method: Method, ways: Ways) -> Self {
        let mut trade = Trade::draft(&Shop::open(ways), method);
        trade.create().unwrap_or_else(|error| panic!("{method}: {error:?}"));
        Self { trade, method }
    }

    fn query(&mut self) -> Vec<Says> {
        self.trade.query().unwrap_or_else(|error| panic!("{}: {error}", self.method))
    }

    fn close(&mut self) -> Vec<Says> {
        self.trade.close().unwrap_or_else(|error| panic!("{}: {error}", self.method))
    }

    /// The provider says that nobody has paid, before anybody has.
    pub fn is_not_paid(&mut self) {
        assert_eq!(self.query(), [Says::NotPaid], "{}", self.method);
    }

    /// A buyer goes to where the provider's page is, or sees what there is to pay by.
    pub fn buyer_comes(&mut self) {
        let trade = &self.trade;
        let show = trade.shop.stack.wait(trade.providers().show(trade.asked(), &payer())).unwrap();
        match self.method {
            Method::WechatNative | Method::AlipayQr => {
                assert!(show.qr_code_url.is_some());
                assert_eq!(show.qr_code_url, trade.opened.as_ref().unwrap().show.qr_code_url);
            }
            Method::WechatJsapi => assert!(show.pay_params.iter().any(|(name, _)| name == "paySign")),
            Method::WechatH5 | Method::StripeCheckout => {
                assert!(show.pay_url.is_some_and(|url| url.starts_with("http")));
            }
            Method::StripeIntent => assert!(show.client_secret.is_some() && show.publishable_key.is_some()),
            Method::AlipayPage | Method::AlipayWap => {
                assert!(show.pay_form.is_some_and(|form| form.contains("<form")));
                let status = trade.visit().unwrap();
                assert!(matches!(status, 302 | 303), "{}: the buyer's browser got {status}", self.method);
            }
        }
    }

    /// The buyer pays; the callback comes, is believed, and says so.
    pub fn pays_and_is_heard_of(&mut self) -> TradeNo {
        self.trade.shop.stack.test(&format!("/mock/success/{}", self.trade.number()));
        let (trade_no, amount) = self.trade.hears(|says| match says {
            Says::Paid { trade_no, amount, .. } => Some((trade_no.clone(), *amount)),
            _ => None,
        });
        assert_eq!(amount, self.trade.order.sold.price, "{}", self.method);
        trade_no
    }

    /// Asked, the provider says the same as its callback did.
    pub fn is_paid(&mut self, expected: &TradeNo) {
        let (says, price) = (self.query(), self.trade.order.sold.price);
        let paid = says.iter().any(
            |says| matches!(says, Says::Paid { trade_no, amount, .. } if trade_no == expected && *amount == price),
        );
        assert!(paid, "{}: {says:?}", self.method);
    }

    /// A close of what is paid says that it is paid.
    pub fn cannot_be_closed(&mut self, expected: &TradeNo) {
        let says = self.close();
        assert!(
            says.iter().any(|says| matches!(says, Says::Paid { trade_no, .. } if trade_no == expected)),
            "{}: {says:?}",
            self.method
        );
    }

    /// It is closed, and a buyer who is late finds it so. What nobody has scanned yet cannot be closed for good.
    pub fn is_closed(&mut self) {
        let says = self.close();
        let unseen = self.method == Method::AlipayQr;
        assert_eq!(says, [Says::Closed { for_good: !unseen }], "{}", self.method);
        if !unseen {
            let pay = format!("/mock/success/{}", self.trade.number());
            assert_eq!(self.trade.shop.stack.call(Verb::Post, &pay).status, 409, "{}", self.method);
            assert_eq!(self.query(), [Says::Closed { for_good: true }], "{}", self.method);
        }
    }

    /// So much goes back, and the provider says so when it is asked.
    pub fn goes_back(&mut self, minor: u64) -> RefundId {
        let id = self.trade.decide_refund(None, minor);
        self.repeats(&id);
        let until = Instant::now() + LONGEST_SILENCE;
        while word(&self.trade.query_refund(&id).unwrap()) != RefundWord::Succeeded {
            assert!(Instant::now() < until, "{}: {id:?} does not come to an end", self.method);
            std::thread::sleep(Duration::from_millis(100));
        }
        id
    }

    /// A refund is told (again, which is the same refund).
    pub fn repeats(&mut self, id: &RefundId) {
        let says = self.trade.send_refund(id).unwrap();
        assert!(matches!(word(&says), RefundWord::Processing | RefundWord::Succeeded), "{}: {says:?}", self.method);
    }

    /// Both sides' books hold one payment of the price, and so much has gone back.
    pub fn books_agree(&self, back: u64) {
        let books = self.trade.books();
        let amounts = |list: &str| -> Vec<u64> {
            books[list].as_array().unwrap().iter().map(|one| one["amount"].as_u64().unwrap()).collect()
        };
        assert_eq!(amounts("payments"), [PRICE], "{}", self.method);
        assert_eq!(amounts("refunds").iter().sum::<u64>(), back, "{}: {}", self.method, books["refunds"]);
        let order = &self.trade.order;
        assert_eq!((order.payments.len(), order.refunded_amount().minor()), (1, back), "{}", self.method);
    }
}

/// The only reported refund state.
fn word(says: &[Says]) -> RefundWord {
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
