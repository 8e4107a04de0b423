//! A webhook: raw, then verified, then read. Its signature is verified before it is parsed. What is not ours (another
//! deployment's in the same account, or a payment without our metadata) is acknowledged and ignored.

use std::{fmt, iter};

use serde::de::DeserializeOwned;
use till_app::ports::ListedDispute;
use till_domain::id::AttemptNo;
use till_domain::order::{DisputeState, Says};
use till_domain::time::Time;

use super::account::Merchant;
use super::calls::Id;
use super::decline;
use super::sign::{self, HEADER, Signed};
use super::translate;
use super::wire::{Charge, Dispute, Event, Expandable, Head, Metadata, PaymentIntent, Refund, Session};
use crate::callback_content::{self, CallbackContent, CallbackReply, CallbackSubject, about};
use crate::error::Distrust;
use crate::http::{Headers, MOST_BODY_BYTES};

const NOT_OURS: &str = "not ours";
const ANOTHER_DEPLOYMENT: &str = "another deployment";
const CONNECTED_ACCOUNT: &str = "a connected account";
const ANOTHER_EVENT: &str = "another event";
/// Limit for a field of the record.
const MOST_FACT_CHARS: usize = 128;

/// A webhook before verification.
#[derive(Clone, Copy)]
pub struct Raw<'a> {
    pub headers: &'a Headers,
    /// Byte for byte as it was sent.
    pub body: &'a [u8],
}

/// `Debug` prints no personal data.
impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({} bytes)", self.headers, self.body.len())
    }
}

#[derive(Clone, Copy)]
pub struct Verified<'a>(Signed<'a>);

pub enum Told {
    Content(CallbackContent),
    /// It names a PaymentIntent, which must be queried to find out whose it is.
    Ask(Box<Question>),
}

pub struct Question {
    intent: String,
    topic: Topic,
    facts: Facts,
}

enum Topic {
    Intent,
    Refunds,
    Refund(Refund),
    Dispute(Dispute),
}

type Facts = Vec<(&'static str, String)>;

/// Acknowledges a webhook: it was settled, or it is not ours.
pub const TAKEN: CallbackReply = reply(200, r#"{"received":true}"#);
/// Asks for the webhook again.
pub const NOT_NOW: CallbackReply = reply(503, r#"{"received":false}"#);

/// Stripe ignores the body; its dashboard shows it with the delivery.
const fn reply(status: u16, body: &'static str) -> CallbackReply {
    CallbackReply { status, content_type: Some("application/json"), body }
}

impl<'a> Raw<'a> {
    pub fn glance(self, now: Time) -> Result<(), Distrust> {
        if self.body.len() > MOST_BODY_BYTES {
            return Err(Distrust::TooLarge);
        }
        sign::glance(self.headers.one(HEADER)?, now)
    }

    pub fn verify(self, merchant: &Merchant, now: Time) -> Result<Verified<'a>, Distrust> {
        if self.body.len() > MOST_BODY_BYTES {
            return Err(Distrust::TooLarge);
        }
        sign::verify(&merchant.webhook_keys, self.headers.one(HEADER)?, self.body, now).map(Verified)
    }
}

impl Verified<'_> {
    /// Reads it for this account. Events without an arm report nothing.
    pub fn read(self, merchant: &Merchant) -> Result<Told, Distrust> {
        let body = self.0.body();
        let head: Head = parse(body)?;
        merchant.check_mode(head.livemode)?;
        let mut facts =
            vec![("event", fact(&head.id)), ("type", fact(&head.kind)), ("created", head.created.to_string())];
        if head.account.is_some() {
            return Ok(nothing(CONNECTED_ACCOUNT, facts));
        }
        let at = translate::time(head.created)?;
        match head.kind.as_str() {
            "payment_intent.succeeded"
            | "payment_intent.payment_failed"
            | "payment_intent.canceled"
            | "payment_intent.processing" => intent(merchant, &object(body)?, at, facts),
            "checkout.session.completed"
            | "checkout.session.async_payment_succeeded"
            | "checkout.session.async_payment_failed"
            | "checkout.session.expired" => {
                let failed = head.kind.ends_with("_failed");
                session(merchant, &object(body)?, at, failed, facts)
            }
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                refund(merchant, object(body)?, facts)
            }
            "charge.refunded" => Ok(charge(merchant, &object(body)?, facts)),
            "charge.dispute.created" | "charge.dispute.updated" | "charge.dispute.closed" => {
                let dispute: Dispute = object(body)?;
                merchant.check_mode(dispute.livemode)?;
                facts.extend([("object", fact(&dispute.id)), ("status", fact(&dispute.status))]);
                facts.extend(money(dispute.amount, &dispute.currency));
                let intent = dispute.payment_intent.as_ref().map(|intent| intent.id().to_owned());
                Ok(ask(intent, Topic::Dispute(dispute), facts))
            }
            _ => Ok(nothing(ANOTHER_EVENT, facts)),
        }
    }
}

fn intent(merchant: &Merchant, intent: &PaymentIntent, at: Time, mut facts: Facts) -> Result<Told, Distrust> {
    merchant.check_mode(intent.livemode)?;
    facts.extend([("object", fact(&intent.id)), ("status", fact(&intent.status))]);
    facts.extend(money(intent.amount_received.unwrap_or(intent.amount), &intent.currency));
    let says = translate::intent(intent, Some(at));
    if says.as_ref().is_ok_and(|says| is_late(merchant, intent.metadata.as_ref(), says)) {
        return Ok(ask(Some(intent.id.clone()), Topic::Intent, facts));
    }
    facts.extend(decline::code(intent).map(|code| ("declined", fact(code))));
    let says = || says.map(|says| iter::once(says).chain(decline::of(intent)).collect());
    tell(merchant, intent.metadata.as_ref(), facts, says).map(Told::Content)
}

/// Whether a payment of ours seems to be later than its order's end. An event is dated a second after the charge, or days
/// after it for slow ways to pay. A payment in time must not count as late, so the charge itself is queried.
fn is_late(merchant: &Merchant, metadata: Option<&Metadata>, says: &Says) -> bool {
    let (Ok(metadata), Says::Paid { paid_at, .. }) = (whose(merchant, metadata), says) else { return false };
    let expire_at = metadata.expire_at.as_deref().and_then(|at| at.parse::<i64>().ok());
    expire_at.is_some_and(|expire_at| paid_at.unix() > expire_at)
}

fn session(merchant: &Merchant, session: &Session, at: Time, failed: bool, mut facts: Facts) -> Result<Told, Distrust> {
    merchant.check_mode(session.livemode)?;
    facts.extend([("object", fact(&session.id)), ("status", fact(session.status.as_deref().unwrap_or_default()))]);
    facts.push(("payment_status", fact(&session.payment_status)));
    facts.extend(session.amount_total.zip(session.currency.as_deref()).into_iter().flat_map(|(a, c)| money(a, c)));
    let intent = session.payment_intent.as_ref().map(|intent| intent.id().to_owned());
    let is_ours = whose(merchant, session.metadata.as_ref()).is_ok();
    if is_ours && session.payment_status == "no_payment_required" && intent.is_some() {
        return Ok(ask(intent, Topic::Intent, facts));
    }
    let says = translate::session(session, Some(at));
    if says.as_ref().is_ok_and(|says| is_late(merchant, session.metadata.as_ref(), says)) {
        return Ok(ask(intent, Topic::Intent, facts));
    }
    facts.extend(intent.map(|intent| ("payment_intent", fact(&intent))));
    let says = || says.map(|says| vec![if failed && says == Says::Processing { Says::Failed } else { says }]);
    tell(merchant, session.metadata.as_ref(), facts, says).map(Told::Content)
}

/// A refund of ours has our number; any other only names its payment.
fn refund(merchant: &Merchant, refund: Refund, mut facts: Facts) -> Result<Told, Distrust> {
    facts.extend([("object", fact(&refund.id)), ("status", fact(refund.status.as_deref().unwrap_or_default()))]);
    facts.extend(money(refund.amount, &refund.currency));
    let intent = refund.payment_intent.as_ref().map(|intent| intent.id().to_owned());
    let number = match whose(merchant, refund.metadata.as_ref()) {
        Err(ANOTHER_DEPLOYMENT) => return Ok(nothing(ANOTHER_DEPLOYMENT, facts)),
        Err(_) => None,
        Ok(metadata) => translate::our_number(metadata),
    };
    let (Some(number), Some(intent)) = (number, &intent) else {
        return Ok(ask(intent, Topic::Refund(refund), facts));
    };
    let says = translate::refund(&refund, &translate::trade_no(intent)?, &merchant.deployment, None)?;
    facts.push(("payment_intent", fact(intent)));
    facts.push(("refund_no", number.to_string()));
    // The attempt does not matter to a refund, whose payment is found by the PaymentIntent.
    let payment_no = number.order.payment(AttemptNo::FIRST);
    Ok(Told::Content(CallbackContent { about: about(&payment_no.to_string(), &merchant.account, vec![says]), facts }))
}

fn charge(merchant: &Merchant, charge: &Charge, mut facts: Facts) -> Told {
    facts.push(("object", fact(&charge.id)));
    facts.extend(money(charge.amount_refunded, &charge.currency));
    // A charge has the metadata that its PaymentIntent had when it was paid.
    if whose(merchant, charge.metadata.as_ref()).is_err_and(|why| why == ANOTHER_DEPLOYMENT) {
        return nothing(ANOTHER_DEPLOYMENT, facts);
    }
    ask(charge.payment_intent.as_ref().map(|intent| intent.id().to_owned()), Topic::Refunds, facts)
}

/// Our payments all have a PaymentIntent: without one it is not ours.
fn ask(intent: Option<String>, topic: Topic, mut facts: Facts) -> Told {
    let Some(intent) = intent else { return nothing(NOT_OURS, facts) };
    facts.push(("payment_intent", fact(&intent)));
    Told::Ask(Box::new(Question { intent, topic, facts }))
}

impl Question {
    pub fn intent(&self) -> Result<Id<'_>, Distrust> {
        Id::intent(&self.intent).ok_or(Distrust::Malformed("payment_intent"))
    }

    pub fn answered(self, merchant: &Merchant, intent: &PaymentIntent) -> Result<CallbackContent, Distrust> {
        let order = intent.metadata.as_ref().and_then(|metadata| metadata.order_no.as_deref()).unwrap_or_default();
        let trade_no = translate::trade_no(&intent.id)?;
        tell(merchant, intent.metadata.as_ref(), self.facts, || match &self.topic {
            Topic::Intent => Ok(iter::once(translate::intent(intent, None)?).chain(decline::of(intent)).collect()),
            Topic::Refunds => translate::back(intent, &merchant.deployment, order),
            Topic::Refund(refund) => Ok(vec![translate::refund(refund, &trade_no, &merchant.deployment, Some(order))?]),
            Topic::Dispute(dispute) => Ok(vec![translate::dispute(dispute, &trade_no)?]),
        })
    }
}

/// Reports only about objects with this deployment's metadata.
fn tell(
    merchant: &Merchant,
    metadata: Option<&Metadata>,
    mut facts: Facts,
    says: impl FnOnce() -> Result<Vec<Says>, Distrust>,
) -> Result<CallbackContent, Distrust> {
    let number = metadata.and_then(|metadata| metadata.payment_no.as_deref()).unwrap_or_default();
    let about = subject(merchant, metadata, says)?;
    if !matches!(about, CallbackSubject::Nothing(_)) {
        facts.push(("payment_no", fact(number)));
    }
    Ok(CallbackContent { about, facts })
}

/// Whose payment reports are about.
pub fn subject(
    merchant: &Merchant,
    metadata: Option<&Metadata>,
    says: impl FnOnce() -> Result<Vec<Says>, Distrust>,
) -> Result<CallbackSubject, Distrust> {
    Ok(match whose(merchant, metadata) {
        Err(why) => CallbackSubject::Nothing(why),
        Ok(metadata) => about(metadata.payment_no.as_deref().unwrap_or_default(), &merchant.account, says()?),
    })
}

/// A dispute of the account's list.
pub fn listed(merchant: &Merchant, dispute: &Dispute<PaymentIntent>) -> Result<ListedDispute, Distrust> {
    merchant.check_mode(dispute.livemode)?;
    let opened_at = translate::time(dispute.created.ok_or(Distrust::Missing("created"))?)?;
    let is_open = translate::dispute_state(&dispute.status) == DisputeState::Opened;
    let about = match &dispute.payment_intent {
        // Our payments all have a PaymentIntent.
        None => CallbackSubject::Nothing(NOT_OURS),
        Some(Expandable::Id(_)) => return Err(Distrust::Malformed("payment_intent")),
        Some(Expandable::Object(intent)) => {
            let trade_no = translate::trade_no(&intent.id)?;
            subject(merchant, intent.metadata.as_ref(), || Ok(vec![translate::dispute(dispute, &trade_no)?]))?
        }
    };
    Ok(ListedDispute { opened_at, is_open, about })
}

/// The metadata, or why it is not ours.
fn whose<'a>(merchant: &Merchant, metadata: Option<&'a Metadata>) -> Result<&'a Metadata, &'static str> {
    let metadata = metadata.ok_or(NOT_OURS)?;
    match metadata.deployment.as_deref() {
        None => Err(NOT_OURS),
        Some(deployment) if deployment == merchant.deployment => Ok(metadata),
        Some(_) => Err(ANOTHER_DEPLOYMENT),
    }
}

const fn nothing(why: &'static str, facts: Facts) -> Told {
    Told::Content(CallbackContent { about: CallbackSubject::Nothing(why), facts })
}

fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Distrust> {
    parse(body).map(|event: Event<T>| event.data.object)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Distrust> {
    serde_json::from_slice(body).map_err(|_| Distrust::Malformed("event"))
}

fn money(amount: u64, currency: &str) -> [(&'static str, String); 2] {
    [("amount", amount.to_string()), ("currency", fact(currency))]
}

fn fact(text: &str) -> String {
    callback_content::fact(text, MOST_FACT_CHARS)
}
