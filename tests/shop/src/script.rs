//! What the providers say. Each call is answered in the usual way, until a test wants something else.

use std::cell::RefCell;
use std::rc::Rc;

use till_app::ports::{CreateError, Opened, Show, Unanswered};
use till_domain::order::{RefundWord, Says};
use till_domain::provider::Method;
use till_domain::text::Handle;
use till_domain::time::Time;
use till_memory::{Answer, ProviderCall, RefundCall};

/// A script; clones share it.
#[derive(Clone, Default)]
pub struct Script(Rc<RefCell<Lines>>);

/// What is played.
#[derive(Default)]
pub struct Lines {
    /// New trades are not opened.
    pub create: Option<CreateError>,
    /// Until when a code works, where the provider says so.
    pub qr_code_expire_at: Option<Time>,
    /// What a question about a trade is answered; nothing: not paid.
    pub query: Option<Result<Vec<Says>, Unanswered>>,
    /// What closing a trade is answered; nothing: closed for good.
    pub close: Option<Result<Vec<Says>, Unanswered>>,
    /// What a refund has come to; nothing: it is being done.
    pub refund: Option<Result<RefundWord, Unanswered>>,
    /// Each new trade panics: a fault of our own.
    pub panics: bool,
    /// Every call, in order.
    pub calls: Vec<ProviderCall>,
    method: Option<Method>,
}

impl Script {
    /// Changes the script, or looks at what was called.
    pub fn lines<T>(&self, look: impl FnOnce(&mut Lines) -> T) -> T {
        look(&mut self.0.borrow_mut())
    }

    pub(crate) fn perform(&self, call: &ProviderCall) -> Answer {
        assert!(!self.lines(|lines| lines.panics), "a fault of our own, with a secret inside");
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
            ProviderCall::Close(..) => {
                Answer::Says(self.close.clone().unwrap_or(Ok(vec![Says::Closed { for_good: true }])))
            }
            ProviderCall::Refund(refund) | ProviderCall::QueryRefund(refund) => Answer::Says(self.refunded(refund)),
        }
    }

    fn refunded(&self, refund: &RefundCall) -> Result<Vec<Says>, Unanswered> {
        let word = self.refund.unwrap_or(Ok(RefundWord::Processing))?;
        let RefundCall { id, trade_no, amount, .. } = refund.clone();
        Ok(vec![Says::Refund { id, trade_no, amount, word }])
    }

    /// How the newest trade is paid.
    fn show(&self) -> Show {
        let text = |text: &str| Some(text.to_owned());
        let show = Show::default();
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

/// What a buyer's phone scans.
pub const CODE: &str = "weixin://wxpay/bizpayurl?pr=xxx";
