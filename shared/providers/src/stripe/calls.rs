//! Builds requests and checks answers. An answer counts only if it is about the requested object, in the same mode (live or
//! test), and has our numbers.

use aws_lc_rs::digest::{SHA256, digest};
use serde::de::DeserializeOwned;
use till_app::ports::{NewTrade, RefundOrder};
use till_domain::id::{PaymentNo, RefundNo};
use till_domain::money::Money;
use till_domain::provider::Method;
use till_domain::time::{Seconds, Time};

use super::account::{MOST_URL_CHARS, Merchant};
use super::translate;
use super::wire::{Failure, Metadata, PaymentIntent, Refund, Said, Session};
use crate::error::{Code, Distrust, Error};
use crate::http::{Form, Request, Response, Verb};

/// Stripe requires a Checkout Session to end at least 30 minutes after the request arrives; five minutes are for the way and
/// for clocks that differ.
const LEAST_SESSION: Seconds = Seconds::minutes(35);
/// Stripe's limit is 24 hours. An order that lives longer is paid by another attempt after that.
const MOST_SESSION: Seconds = Seconds::minutes(24 * 60 - 5);
/// Stripe's limit for one page.
const LONGEST_PAGE: u8 = 100;
const DIGEST_BYTES: usize = 16;

const INTENT_PARTS: [&str; 2] = ["latest_charge", "latest_charge.refunds"];
const SESSION_PARTS: [&str; 2] = ["payment_intent.latest_charge", "payment_intent.latest_charge.refunds"];

/// An object's id at Stripe, safe in a path.
#[derive(Clone, Copy)]
pub struct Id<'a>(&'a str);

impl<'a> Id<'a> {
    pub fn of(prefix: &str, text: &'a str) -> Option<Self> {
        let is_legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        (text.starts_with(prefix) && text.len() > prefix.len() && text.bytes().all(is_legal)).then_some(Self(text))
    }

    pub fn session(text: &'a str) -> Option<Self> {
        Self::of("cs_", text)
    }

    pub fn intent(text: &'a str) -> Option<Self> {
        Self::of("pi_", text)
    }

    /// A refund's: of a card `re_…`, of other ways to pay `pyr_…`.
    pub fn refund(text: &'a str) -> Option<Self> {
        Self::of("re_", text).or_else(|| Self::of("pyr_", text))
    }

    /// A dispute's: of today `du_…`, of old `dp_…`.
    pub fn dispute(text: &'a str) -> Option<Self> {
        Self::of("du_", text).or_else(|| Self::of("dp_", text))
    }

    pub fn account(text: &'a str) -> Option<Self> {
        Self::of("acct_", text)
    }

    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl Merchant {
    pub fn ask_to_open(&self, trade: &NewTrade<'_>, now: Time) -> Result<Request, Error> {
        let amount =
            translate::to_wire(trade.sold.price).ok_or(Error::Cannot("Stripe does not take this price exactly"))?;
        let currency = trade.sold.price.currency().code().to_ascii_lowercase();
        let (target, form) = match trade.method {
            Method::StripeCheckout => ("/v1/checkout/sessions", self.session_form(trade, amount, &currency, now)?),
            Method::StripeIntent => ("/v1/payment_intents", self.intent_form(trade, amount, &currency)),
            Method::WechatNative
            | Method::WechatJsapi
            | Method::WechatH5
            | Method::AlipayQr
            | Method::AlipayPage
            | Method::AlipayWap => return Err(Error::Cannot("this method is not Stripe's")),
        };
        let body = form.into_string();
        // A session's end depends on the clock and its return page on the buyer, so the same trade can have two bodies, which
        // Stripe refuses under one key. Therefore the key contains the body's digest: an exact repetition is the same trade;
        // any other body opens a second one with our number, of which at most one is shown to a buyer.
        let digest = digest(&SHA256, body.as_bytes());
        let digest = crate::hex::lower(digest.as_ref().get(..DIGEST_BYTES).unwrap_or_default());
        let key = format!("till:{}:{}:create:{digest}", self.deployment, trade.payment_no);
        Ok(self.post(target.to_owned(), body, Some(key)))
    }

    fn session_form(&self, trade: &NewTrade<'_>, amount: u64, currency: &str, now: Time) -> Result<Form, Error> {
        let back = trade.payer.return_url.as_deref();
        let success = back.or(self.success_url.as_deref());
        let success = success.ok_or(Error::Cannot("neither the request nor the account has a page to go back to"))?;
        let cancel = trade.payer.cancel_url.as_deref().or(back).or(self.cancel_url.as_deref());
        if success.len() > MOST_URL_CHARS {
            return Err(Error::Cannot("the page to go back to has too long an address"));
        }
        let expires_at = trade.expire_at.clamp(now.plus(LEAST_SESSION), now.plus(MOST_SESSION));
        let form = Form::default()
            .with("mode", "payment")
            .with("client_reference_id", trade.payment_no)
            .with("line_items[0][quantity]", 1)
            .with("line_items[0][price_data][currency]", currency)
            .with("line_items[0][price_data][unit_amount]", amount)
            .with("line_items[0][price_data][product_data][name]", &trade.sold.name)
            .with("expires_at", expires_at.unix())
            .with("success_url", success)
            .with_some("cancel_url", cancel);
        let form = self.with_methods(form);
        let form = self.with_metadata(form, "metadata", trade);
        Ok(self.with_metadata(form, "payment_intent_data[metadata]", trade))
    }

    fn intent_form(&self, trade: &NewTrade<'_>, amount: u64, currency: &str) -> Form {
        let form = Form::default().with("amount", amount).with("currency", currency);
        let form = self.with_methods(form.with("description", &trade.sold.name));
        self.with_metadata(form, "metadata", trade)
    }

    fn with_methods(&self, form: Form) -> Form {
        let methods = self.methods.iter().enumerate();
        methods.fold(form, |form, (n, method)| form.with(&format!("payment_method_types[{n}]"), method))
    }

    fn with_metadata(&self, form: Form, place: &str, trade: &NewTrade<'_>) -> Form {
        form.with(&format!("{place}[deployment]"), &self.deployment)
            .with(&format!("{place}[order_no]"), trade.payment_no.order)
            .with(&format!("{place}[payment_no]"), trade.payment_no)
            .with(&format!("{place}[method]"), trade.method)
            .with(&format!("{place}[expire_at]"), trade.expire_at.unix())
    }

    pub fn ask_session(&self, id: Id<'_>) -> Request {
        self.get(format!("/v1/checkout/sessions/{}?{}", id.0, expand(&SESSION_PARTS)))
    }

    pub fn ask_intent(&self, id: Id<'_>) -> Request {
        self.get(format!("/v1/payment_intents/{}?{}", id.0, expand(&INTENT_PARTS)))
    }

    /// Ends a session. It needs no key, which would only repeat an old refusal: ending it twice is ending it.
    pub fn ask_to_expire(&self, id: Id<'_>) -> Request {
        self.post(format!("/v1/checkout/sessions/{}/expire", id.0), expand(&SESSION_PARTS), None)
    }

    /// Cancels a PaymentIntent; as with a session, without a key.
    pub fn ask_to_cancel(&self, id: Id<'_>) -> Request {
        self.post(format!("/v1/payment_intents/{}/cancel", id.0), expand(&INTENT_PARTS), None)
    }

    /// Sends a refund. `again` makes a new key for a refund that Stripe refused for certain and may accept now: under the old
    /// key it would repeat its refusal.
    ///
    /// All fields are fixed with the refund, so the same number is always the same request. The key contains only the
    /// refund's number: with the deployment in it, a deployment of another name that continues this one's orders would send
    /// the money a second time.
    pub fn ask_to_refund(&self, number: RefundNo, intent: Id<'_>, amount: u64, again: Option<u32>) -> Request {
        let body = Form::default()
            .with("payment_intent", intent.0)
            .with("amount", amount)
            .with("metadata[deployment]", &self.deployment)
            .with("metadata[order_no]", number.order)
            .with("metadata[refund_no]", number)
            .into_string();
        let again = again.map(|n| format!(":{n}")).unwrap_or_default();
        let key = format!("till:{number}:refund{again}");
        self.post("/v1/refunds".to_owned(), body, Some(key))
    }

    pub fn ask_refunds(&self, intent: Id<'_>, after: Option<Id<'_>>) -> Request {
        let query = Form::default()
            .with("payment_intent", intent.0)
            .with("limit", LONGEST_PAGE)
            .with_some("starting_after", after.map(Id::as_str));
        self.get(format!("/v1/refunds?{}", query.into_string()))
    }

    pub fn ask_refund(&self, id: Id<'_>) -> Request {
        self.get(format!("/v1/refunds/{}", id.0))
    }

    /// A page of the account's disputes that were opened at `since` or later, each with its whole PaymentIntent.
    pub fn ask_disputes(&self, since: Time, after: Option<Id<'_>>) -> Request {
        let query = Form::default()
            .with("limit", LONGEST_PAGE)
            .with("created[gte]", since.unix())
            .with_some("starting_after", after.map(Id::as_str))
            .with("expand[]", "data.payment_intent");
        self.get(format!("/v1/disputes?{}", query.into_string()))
    }

    /// The Stripe account that the secret key belongs to.
    pub fn ask_own_account(&self) -> Request {
        self.get("/v1/account".to_owned())
    }

    fn get(&self, target: String) -> Request {
        let headers = vec![
            ("Authorization", self.authorization.clone()),
            ("Stripe-Version", self.api_version.clone()),
            ("Accept", "application/json".to_owned()),
        ];
        Request { verb: Verb::Get, base: self.base.clone(), target, headers, body: Vec::new() }
    }

    fn post(&self, target: String, form: String, key: Option<String>) -> Request {
        let mut request = Request { verb: Verb::Post, body: form.into_bytes(), ..self.get(target) };
        request.headers.push(("Content-Type", "application/x-www-form-urlencoded".to_owned()));
        request.headers.extend(key.map(|key| ("Idempotency-Key", key)));
        request
    }
}

fn expand(parts: &[&str]) -> String {
    parts.iter().fold(Form::default(), |form, part| form.with("expand[]", part)).into_string()
}

/// A refusal: its error, and the body from which it was made.
pub struct Refused {
    pub error: Error,
    pub said: Said,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

impl From<Distrust> for Refused {
    fn from(why: Distrust) -> Self {
        Self { error: why.into(), said: Said::default() }
    }
}

pub fn read<T: DeserializeOwned>(answer: &Response) -> Result<T, Refused> {
    if answer.status == 200 {
        return Ok(serde_json::from_slice(&answer.body).map_err(|_| Distrust::Malformed("answer"))?);
    }
    // An error without a readable body, which a proxy may have made, is judged by its status.
    let said = serde_json::from_slice(&answer.body).map_or_else(|_| Said::default(), |failure: Failure| failure.error);
    let should_retry = match answer.headers.find("Stripe-Should-Retry") {
        Ok(Some("true")) => Some(true),
        Ok(Some("false")) => Some(false),
        Ok(_) | Err(_) => None,
    };
    let word = said.code.as_deref().or(said.kind.as_deref()).unwrap_or_default();
    let verdict = translate::verdict(answer.status, should_retry, &said);
    Err(Refused { error: Error::Said { status: answer.status, code: Code::new(word), verdict }, said })
}

pub fn is_unknown(error: &Error) -> bool {
    matches!(error, Error::Said { status: 404, code, .. } if code.as_str() == "resource_missing")
}

impl Merchant {
    pub fn check_session(&self, session: &Session, id: Option<Id<'_>>, payment: PaymentNo) -> Result<(), Distrust> {
        check(id.is_none_or(|id| id.0 == session.id) && Id::session(&session.id).is_some(), "id")?;
        self.check_mode(session.livemode)?;
        self.check_metadata(session.metadata.as_ref(), payment)?;
        let reference = session.client_reference_id.as_deref();
        check(reference.is_none_or(|number| number == payment.to_string()), "client_reference_id")?;
        // A whole PaymentIntent in the answer is what the buyer pays, so it is checked too.
        let intent = session.payment_intent.as_ref().and_then(|intent| intent.object());
        intent.map_or(Ok(()), |intent| self.check_intent(intent, None, payment))
    }

    pub fn check_intent(&self, intent: &PaymentIntent, id: Option<Id<'_>>, payment: PaymentNo) -> Result<(), Distrust> {
        self.check_named(intent, id)?;
        self.check_metadata(intent.metadata.as_ref(), payment)
    }

    /// Checks that a PaymentIntent is the one asked for; its payment may be another deployment's.
    pub fn check_named(&self, intent: &PaymentIntent, id: Option<Id<'_>>) -> Result<(), Distrust> {
        check(id.is_none_or(|id| id.0 == intent.id) && Id::intent(&intent.id).is_some(), "id")?;
        self.check_mode(intent.livemode)
    }

    /// Checks that an answer has the account's mode.
    pub const fn check_mode(&self, livemode: bool) -> Result<(), Distrust> {
        if livemode == self.is_live { Ok(()) } else { Err(Distrust::OtherMerchant("livemode")) }
    }

    fn check_metadata(&self, metadata: Option<&Metadata>, payment: PaymentNo) -> Result<(), Distrust> {
        let metadata = metadata.ok_or(Distrust::Missing("metadata"))?;
        if metadata.deployment.as_deref() != Some(&*self.deployment) {
            return Err(Distrust::OtherMerchant("metadata.deployment"));
        }
        check(metadata.payment_no.as_deref() == Some(&*payment.to_string()), "metadata.payment_no")
    }
}

pub fn check_price(asked: Money, amount: Option<u64>, currency: Option<&str>) -> Result<(), Distrust> {
    let (Some(amount), Some(currency)) = (amount, currency) else { return Err(Distrust::Missing("amount")) };
    check(translate::from_wire(amount, currency)? == asked, "amount")
}

pub fn check_refund(refund: &Refund, order: &RefundOrder<'_>) -> Result<(), Distrust> {
    let intent = refund.payment_intent.as_ref().ok_or(Distrust::Missing("payment_intent"))?;
    check(intent.id() == order.trade_no.as_str(), "payment_intent")
}

const fn check(holds: bool, what: &'static str) -> Result<(), Distrust> {
    if holds { Ok(()) } else { Err(Distrust::OtherSubject(what)) }
}
