//! What the providers answer: as usual, unless a test sets something else.

use std::cell::RefCell;
use std::rc::Rc;

use till_app::ports::{CreateError, DisputePage, Opened, Show, Unanswered};
use till_domain::order::{RefundWord, Says};
use till_domain::provider::Method;
use till_domain::text::Handle;
use till_domain::time::Time;
use till_memory::{Answer, ProviderCall, RefundCall};

/// Clones share one script.
#[derive(Clone, Default)]
pub struct Script(Rc<RefCell<Lines>>);

#[derive(Default)]
pub struct Lines {
    /// The answer to `create`; `None`: a trade is opened.
    pub create: Option<CreateError>,
    /// The end of a new QR code, if the provider gives one.
    pub qr_code_expire_at: Option<Time>,
    /// Until when what is shown is good, if only another call could show it again.
    pub good_until: Option<Time>,
    /// The answer to `query`; `None`: not paid.
    pub query: Option<Result<Vec<Says>, Unanswered>>,
    /// The answer to `ask_trade`; `None`: not paid.
    pub trade: Option<Result<Vec<Says>, Unanswered>>,
    /// The answer to `close`; `None`: closed for good.
    pub close: Option<Result<Vec<Says>, Unanswered>>,
    /// The state of a refund; `None`: processing.
    pub refund: Option<Result<RefundWord, Unanswered>>,
    /// The answer to `list_disputes`; `None`: there are none.
    pub disputes: Option<Result<DisputePage, Unanswered>>,
    /// Whether each call panics.
    pub panics: bool,
    pub calls: Vec<ProviderCall>,
    method: Option<Method>,
}

impl Script {
    pub fn lines<T>(&self, look: impl FnOnce(&mut Lines) -> T) -> T {
        look(&mut self.0.borrow_mut())
    }

    pub(crate) fn perform(&self, call: &ProviderCall) -> Answer {
        assert!(!self.lines(|lines| lines.panics), "a panic with a secret in its message");
        self.lines(|lines| {
            lines.calls.push(call.clone());
            lines.perform(call)
        })
    }
}

impl Lines {
    fn perform(&mut self, call: &ProviderCall) -> Answer {
        match call {
            ProviderCall::Create { method, expire_at, .. } => {
                self.method = Some(*method);
                Answer::Opened(match self.create {
                    Some(error) => Err(error),
                    None => Ok(Box::new(Opened {
                        handle: Some(Handle::parse(CODE).unwrap()),
                        payable_until: Some(*expire_at),
                        show: self.show(),
                    })),
                })
            }
            ProviderCall::Show(..) => Answer::Show(Ok(Box::new(self.show()))),
            ProviderCall::Query(..) => Answer::Says(self.query.clone().unwrap_or(Ok(vec![Says::NotPaid]))),
            ProviderCall::AskTrade(..) => Answer::Says(self.trade.clone().unwrap_or(Ok(vec![Says::NotPaid]))),
            ProviderCall::Close(..) => {
                Answer::Says(self.close.clone().unwrap_or(Ok(vec![Says::Closed { for_good: true }])))
            }
            ProviderCall::Refund(refund) | ProviderCall::QueryRefund(refund) => Answer::Says(self.refunded(refund)),
            ProviderCall::ListDisputes(..) => {
                let none = Ok(DisputePage { disputes: Vec::new(), next: None });
                Answer::Disputes(self.disputes.clone().unwrap_or(none).map(Box::new))
            }
        }
    }

    fn refunded(&self, refund: &RefundCall) -> Result<Vec<Says>, Unanswered> {
        let word = self.refund.unwrap_or(Ok(RefundWord::Processing))?;
        let RefundCall { id, trade_no, amount, .. } = refund.clone();
        Ok(vec![Says::Refund { id, trade_no, amount, word }])
    }

    fn show(&self) -> Show {
        let text = |text: &str| Some(text.to_owned());
        let show = Show { good_until: self.good_until, ..Show::default() };
        match self.method.unwrap_or(Method::WechatNative) {
            Method::WechatNative | Method::AlipayQr => {
                Show { qr_code_url: text(CODE), qr_code_expire_at: self.qr_code_expire_at, ..show }
            }
            Method::WechatJsapi => {
                let pairs = [("appId", "wx1"), ("package", "prepay_id=p1")];
                Show { pay_params: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(), ..show }
            }
            Method::WechatH5 | Method::AlipayWap | Method::StripeCheckout => {
                Show { pay_url: text("https://pay.example/p1"), ..show }
            }
            Method::AlipayPage => Show { pay_form: text("<form></form>"), ..show },
            Method::StripeIntent => {
                Show { client_secret: text("pi_1_secret"), publishable_key: text("pk_test_1"), ..show }
            }
        }
    }
}

/// The text of a QR code.
pub const CODE: &str = "weixin://wxpay/bizpayurl?pr=xxx";
