//! Asks a provider one harmless signed question, through the calls that functions make: the state of a trade that does not exist,
//! and at Stripe whose key it is.

use std::cell::Cell;
use std::sync::Arc;

use till_app::ports::Asked;
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{Attempt, NewOrder, Order, Policy, Sold};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{ProductId, ProductName, ProductType, UserId};
use till_domain::time::{Seconds, Time};

use super::kinds::{
    ALIPAY_APP_UNKNOWN, ALIPAY_NOT_PERMITTED, ALIPAY_SIGNATURE_REFUSED, ANSWER_NOT_BELIEVED, CLOCK_OFF, PROBE_FITS,
    PROBE_REFUSED, PROVIDER_BUSY, PROVIDER_UNREACHABLE, STRIPE_KEY_MAY_NOT, STRIPE_KEY_REFUSED,
    WECHAT_MERCHANT_UNKNOWN, WECHAT_NOT_PERMITTED, WECHAT_SIGNATURE_REFUSED,
};
use super::{Finding, Findings, Kind};
use crate::error::{Error, NoAnswer, Verdict};
use crate::http::{Request, Response};
use crate::outside::Outside;
use crate::provide::Merchant;
use crate::time::from_http;

/// Providers refuse a signature that is this old.
const MOST_CLOCK_DIFFERENCE: Seconds = Seconds::minutes(5);
/// A number that no order has, because its day was long before the first one.
const NO_ORDER: &str = "ORD20000101000000TILLTEST";

/// What came of a question.
#[derive(Debug)]
pub struct Probed {
    pub findings: Vec<Finding>,
    /// The account that Stripe says the key belongs to.
    pub stripe_account: Option<String>,
}

/// Asks the account's provider, and explains its answer.
pub async fn probe(account: &Account, merchant: &Merchant, outside: &impl Outside) -> Probed {
    const FIELD: &str = "probe";
    let dated = Dated { outside, difference: Cell::new(None) };
    let (result, stripe_account) = match merchant {
        Merchant::Stripe(stripe) => match stripe.own_account(&dated).await {
            Ok(own) => (Ok(()), Some(own)),
            Err(error) => (Err(error), None),
        },
        Merchant::WeChat(_) | Merchant::Alipay(_) => (ask(account, merchant, &dated).await, None),
    };
    let mut found = Findings::default();
    let difference = dated.difference.get();
    let is_off = difference.is_some_and(|difference| difference >= MOST_CLOCK_DIFFERENCE);
    if is_off {
        let seconds = difference.map_or(0, |difference| difference.0);
        found.add_with(CLOCK_OFF, FIELD, format!("by {seconds} seconds"));
    }
    match result {
        Ok(()) => found.add(PROBE_FITS, FIELD),
        // A clock that is off explains a refused signature.
        Err(error) if is_off && is_signature(&error) => {}
        Err(error) => {
            let detail = match &error {
                Error::Said { .. } => Some(error.to_string()),
                Error::NoAnswer(why) => Some(why.to_string()),
                Error::Distrust(why) => Some(why.to_string()),
                Error::NoAccount | Error::Cannot(_) => None,
            };
            found.0.push(Finding { kind: meaning(account.provider, &error), field: FIELD.to_owned(), detail });
        }
    }
    Probed { findings: found.0, stripe_account }
}

/// The question has the form of an order that was never made.
async fn ask(account: &Account, merchant: &Merchant, outside: &impl Outside) -> Result<(), Error> {
    const STRANGE: Error = Error::Cannot("the question cannot be written");
    let method = match account.provider {
        Provider::WeChat => Method::WechatNative,
        Provider::Alipay => Method::AlipayQr,
        Provider::Stripe => Method::StripeCheckout,
    };
    let sold = Sold {
        user: UserId::parse("check").map_err(|_| STRANGE)?,
        kind: ProductType::parse("check").map_err(|_| STRANGE)?,
        product: ProductId::parse("check").map_err(|_| STRANGE)?,
        name: ProductName::parse("check").map_err(|_| STRANGE)?,
        price: Money::new(1, Currency::CNY).map_err(|_| STRANGE)?,
        grants: vec![Grant::Points(PointsGrant::new(1).map_err(|_| STRANGE)?)],
        upgrade: None,
        upgrade_worth: None,
    };
    let now = outside.now();
    let expire_at = now.plus(Seconds::minutes(30));
    let attempt = Attempt::opening(AttemptNo::FIRST, method, account.clone(), now);
    let attempt = attempt.opened(None, Some(expire_at));
    let new = NewOrder {
        no: OrderNo::parse(NO_ORDER).map_err(|_| STRANGE)?,
        created_at: now,
        expire_at,
        sold: Arc::new(sold),
        policy: Policy::default(),
    };
    let order = Order::new(new, attempt);
    let attempt = order.attempts.first().ok_or(STRANGE)?;
    merchant.query(outside, Asked::about(&order, attempt)).await.map(drop)
}

fn is_signature(error: &Error) -> bool {
    let Error::Said { status, code, .. } = error else { return false };
    *status == 401 || code.as_str().contains("SIGN") || code.as_str().contains("signature")
}

fn meaning(provider: Provider, error: &Error) -> Kind {
    match error {
        Error::NoAnswer(NoAnswer::Unreachable) => PROVIDER_UNREACHABLE,
        Error::NoAnswer(_) => PROVIDER_BUSY,
        Error::Distrust(_) => ANSWER_NOT_BELIEVED,
        Error::NoAccount | Error::Cannot(_) => PROBE_REFUSED,
        Error::Said { status, code, verdict } => {
            let word = code.as_str().replace('_', "").to_ascii_uppercase();
            match provider {
                Provider::WeChat => wechat(*status, &word, *verdict),
                Provider::Alipay => alipay(*status, &word, *verdict),
                Provider::Stripe => stripe(*status, *verdict),
            }
        }
    }
}

fn wechat(status: u16, word: &str, verdict: Verdict) -> Kind {
    match word {
        "SIGNERROR" => WECHAT_SIGNATURE_REFUSED,
        "MCHNOTEXISTS" => WECHAT_MERCHANT_UNKNOWN,
        "NOAUTH" => WECHAT_NOT_PERMITTED,
        _ if status == 401 => WECHAT_SIGNATURE_REFUSED,
        _ => other(status, verdict),
    }
}

fn alipay(status: u16, word: &str, verdict: Verdict) -> Kind {
    match word {
        "ISV.INVALID-SIGNATURE" | "ISV.MISSING-SIGNATURE" => ALIPAY_SIGNATURE_REFUSED,
        "ISV.INVALID-APP-ID" | "ISV.MISSING-APP-ID" => ALIPAY_APP_UNKNOWN,
        "ACQ.ACCESSFORBIDDEN" | "40006" => ALIPAY_NOT_PERMITTED,
        _ if word.contains("PERMISSIONS") => ALIPAY_NOT_PERMITTED,
        _ if verdict == Verdict::Retry => PROVIDER_BUSY,
        _ if word.starts_with("ISV.") => PROBE_REFUSED,
        _ => other(status, verdict),
    }
}

fn stripe(status: u16, verdict: Verdict) -> Kind {
    match status {
        401 => STRIPE_KEY_REFUSED,
        403 => STRIPE_KEY_MAY_NOT,
        _ => other(status, verdict),
    }
}

fn other(status: u16, verdict: Verdict) -> Kind {
    match verdict {
        Verdict::Retry => PROVIDER_BUSY,
        Verdict::Ask if status == 200 || status >= 500 => PROVIDER_BUSY,
        Verdict::Ask | Verdict::Final | Verdict::OurFault => PROBE_REFUSED,
    }
}

/// An outside that compares its clock with the date of each answer.
struct Dated<'a, O> {
    outside: &'a O,
    difference: Cell<Option<Seconds>>,
}

impl<O: Outside> Outside for Dated<'_, O> {
    fn now(&self) -> Time {
        self.outside.now()
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        self.outside.nonce()
    }

    async fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        let response = self.outside.send(request).await?;
        let date = response.headers.find("Date").ok().flatten().and_then(from_http);
        let now = self.outside.now();
        self.difference.set(date.map(|date| if date > now { date.since(now) } else { now.since(date) }));
        Ok(response)
    }
}
