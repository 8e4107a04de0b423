//! Stripe's implementation of [`PaymentApi`]. A payment's number is always its PaymentIntent's id; a Checkout Session only
//! leads to it.

use std::iter;

use till_app::ports::{Asked, CallbackReplies, DisputePage, ListedDispute, NewTrade, Opened, Payer, RefundOrder, Show};
use till_domain::id::{OrderNo, RefundNo};
use till_domain::order::{RefundId, RefundWord, Says};
use till_domain::provider::Method;
use till_domain::text::{AccountId, DisputeNo, Handle, TradeNo};
use till_domain::time::{Seconds, Time};

use super::account::Merchant;
use super::calls::{self, Id, Refused};
use super::decline;
use super::notify::{self, Raw, Told};
use super::translate;
use super::wire::{Dispute, Expandable, List, OwnAccount, PaymentIntent, Refund, Said, Session};
use crate::account::{self, Faults, Place};
use crate::callback_content::{CallbackContent, CallbackSubject, refund_is};
use crate::error::{Distrust, Error, SaysResult, Verdict};
use crate::http::{Headers, Request};
use crate::outside::Outside;
use crate::provide::PaymentApi;

/// Stripe keeps an idempotency key for at least a day. A refund older than this may have lost its key, so it is looked up
/// before it is sent again.
const KEY_IS_SURE_FOR: Seconds = Seconds::hours(20);
const HOUR_SECONDS: u32 = 3600;
/// The most pages of a payment's refunds that are read, each with a hundred.
const MOST_PAGES: u8 = 5;

#[derive(Clone, Copy)]
enum Subject<'a> {
    Session(Id<'a>),
    Intent(Id<'a>),
    /// The create call gave no handle, so no buyer can pay it.
    Unseen,
}

impl PaymentApi for Merchant {
    const CALLBACK_PATH: &'static str = "/api/v1/payment/stripe/webhook";
    const REPLIES: CallbackReplies = CallbackReplies { taken: notify::TAKEN, send_again: notify::NOT_NOW };

    fn read(id: AccountId, json: &str, place: Place<'_>) -> Result<Self, Faults> {
        Self::parse(id, &account::read(json)?, place)
    }

    async fn create(&self, outside: &impl Outside, trade: NewTrade<'_>) -> Result<Opened, Error> {
        let request = self.ask_to_open(&trade, outside.now())?;
        if trade.method == Method::StripeIntent {
            let intent: PaymentIntent = call(outside, &request).await?;
            self.check_intent(&intent, None, trade.payment_no)?;
            calls::check_price(trade.sold.price, Some(intent.amount), Some(&intent.currency))?;
            let secret = intent.client_secret.as_deref().ok_or(Distrust::Missing("client_secret"))?;
            let show = self.form(secret, trade.expire_at);
            return Ok(Opened { handle: Some(handle(&intent.id)?), payable_until: None, show });
        }
        let session: Session = call(outside, &request).await?;
        self.check_session(&session, None, trade.payment_no)?;
        calls::check_price(trade.sold.price, session.amount_total, session.currency.as_deref())?;
        let url = session.url.ok_or(Distrust::Missing("url"))?;
        let until = translate::time(session.expires_at)?;
        let show = page(url, until);
        Ok(Opened { handle: Some(handle(&session.id)?), payable_until: Some(until), show })
    }

    /// Shows an open trade; nothing once it has ended.
    async fn show(&self, outside: &impl Outside, asked: Asked<'_>, _payer: &Payer) -> Result<Show, Error> {
        match subject(&asked)? {
            Subject::Session(id) => {
                let session = self.session(outside, id, &asked).await?;
                let until = translate::time(session.expires_at)?;
                let url = session.url.filter(|_| session.status.as_deref() == Some("open"));
                Ok(url.map(|url| page(url, until)).unwrap_or_default())
            }
            Subject::Intent(id) => {
                let intent = self.intent(outside, id, &asked).await?;
                let is_open = matches!(translate::intent(&intent, None)?, Says::NotPaid | Says::Failed);
                let secret = intent.client_secret.as_deref().filter(|_| is_open);
                Ok(secret.map(|secret| self.form(secret, asked.order.expire_at)).unwrap_or_default())
            }
            Subject::Unseen => Err(Error::Cannot("this attempt was never opened at Stripe")),
        }
    }

    /// The state of a trade. If Stripe does not know an id that it gave us, that is an error for a person to look at, and no
    /// proof that nothing was paid: the account's key may be another Stripe account's.
    async fn query(&self, outside: &impl Outside, asked: Asked<'_>) -> SaysResult {
        self.stands(outside, subject(&asked)?, &asked).await
    }

    /// Two trades that Stripe does not know are closed, but not for good: one without a handle, which a slow `create` may
    /// still open, and a session, which ends by itself and is queried after that. A PaymentIntent has no end: it would be
    /// closed again for ever without an alarm, so for it this is an error.
    async fn close(&self, outside: &impl Outside, asked: Asked<'_>) -> SaysResult {
        let subject = subject(&asked)?;
        let ended = match subject {
            Subject::Session(id) => match call::<Session>(outside, &self.ask_to_expire(id)).await {
                Ok(session) => {
                    self.check_session(&session, Some(id), asked.payment_no)?;
                    return self.of_session(outside, &session, &asked).await;
                }
                Err(refused) => refused.error,
            },
            Subject::Intent(id) => match call::<PaymentIntent>(outside, &self.ask_to_cancel(id)).await {
                Ok(intent) => {
                    self.check_intent(&intent, Some(id), asked.payment_no)?;
                    return self.says(outside, translate::intent(&intent, None)?, &intent, &asked).await;
                }
                Err(refused) => refused.error,
            },
            Subject::Unseen => return Ok(vec![Says::Closed { for_good: false }]),
        };
        match ended.verdict() {
            // It cannot be ended: it is paid, processing, or has ended already.
            Verdict::Final => match self.stands(outside, subject, &asked).await {
                Err(error) if calls::is_unknown(&error) && matches!(subject, Subject::Session(_)) => {
                    Ok(vec![Says::Closed { for_good: false }])
                }
                stands => stands,
            },
            Verdict::Retry | Verdict::Ask | Verdict::OurFault => Err(ended),
        }
    }

    async fn refund(&self, outside: &impl Outside, order: RefundOrder<'_>) -> SaysResult {
        let number = order.refund_no.ok_or(Error::Cannot("a refund without a number of ours is not ours to send"))?;
        let intent = paid_by(&order)?;
        // An amount that Stripe cannot express can never be sent.
        let Some(amount) = translate::to_wire(order.refund.amount) else {
            return Ok(vec![refund_is(&order, RefundWord::Failed)]);
        };
        let age = outside.now().since(order.refund.at);
        let may_be_there = order.refund.no_balance || age >= KEY_IS_SURE_FOR;
        if may_be_there && let Some(found) = self.find(outside, number, intent).await? {
            return self.told(&order, &found);
        }
        // Stripe refused it for lack of balance. Under the same key it would repeat that refusal for a day.
        let again = order.refund.no_balance.then(|| age.0.div_euclid(HOUR_SECONDS));
        let request = self.ask_to_refund(number, intent, amount, again);
        match call::<Refund>(outside, &request).await {
            Ok(refund) => {
                calls::check_refund(&refund, &order)?;
                self.told(&order, &refund)
            }
            Err(refused) => self.refund_refused(outside, &order, number, intent, refused).await,
        }
    }

    async fn query_refund(&self, outside: &impl Outside, order: RefundOrder<'_>) -> SaysResult {
        if let RefundId::Theirs(id) = &order.refund.id {
            let id = Id::refund(id.as_str()).ok_or(Error::Cannot("this refund has no number of Stripe's"))?;
            let refund: Refund = call(outside, &self.ask_refund(id)).await?;
            if refund.id != id.as_str() {
                return Err(Distrust::OtherSubject("id").into());
            }
            calls::check_refund(&refund, &order)?;
            return Ok(vec![self.says_of(&order, &refund)?]);
        }
        let number = order.refund_no.ok_or(Error::Cannot("this refund has no number"))?;
        let found = self.find(outside, number, paid_by(&order)?).await?;
        match found {
            Some(refund) => self.told(&order, &refund),
            None => Ok(vec![refund_is(&order, RefundWord::Unclear)]),
        }
    }

    /// The payment may be another deployment's of the same account.
    async fn ask_trade(&self, outside: &impl Outside, trade_no: &TradeNo) -> SaysResult {
        let id = Id::intent(trade_no.as_str());
        let id = id.ok_or(Error::Cannot("this payment's number is no id of Stripe's"))?;
        let intent: PaymentIntent = match call(outside, &self.ask_intent(id)).await {
            Ok(intent) => intent,
            Err(Refused { error, .. }) if calls::is_unknown(&error) => return Ok(vec![Says::NotPaid]),
            Err(refused) => return Err(refused.error),
        };
        self.check_named(&intent, Some(id))?;
        let order = intent.metadata.as_ref().and_then(|metadata| metadata.order_no.as_deref()).unwrap_or_default();
        let back = self.back(outside, &intent, order).await?;
        Ok(iter::once(translate::intent(&intent, None)?).chain(back).collect())
    }

    /// A dispute that makes no sense does not hide the others. It counts as open, so that later looks meet it again.
    async fn list_disputes(
        &self,
        outside: &impl Outside,
        since: Time,
        after: Option<&DisputeNo>,
    ) -> Result<DisputePage, Error> {
        const STRANGE: Distrust = Distrust::Malformed("dispute");
        let after = after.map(|no| Id::dispute(no.as_str()).ok_or(STRANGE)).transpose()?;
        let page: List<Dispute<PaymentIntent>> = call(outside, &self.ask_disputes(since, after)).await?;
        let next = if page.has_more {
            let last = page.data.last().ok_or(STRANGE)?;
            Some(DisputeNo::parse(&last.id).map_err(|_| STRANGE)?)
        } else {
            None
        };
        let listed = |dispute: &Dispute<PaymentIntent>| {
            notify::listed(self, dispute).unwrap_or_else(|why| {
                let account = self.account.id.as_str();
                tracing::error!(account, %why, "a dispute of this account cannot be read: look at it at Stripe");
                ListedDispute { opened_at: since, is_open: true, about: CallbackSubject::Nothing("unreadable") }
            })
        };
        Ok(DisputePage { disputes: page.data.iter().map(listed).collect(), next })
    }

    /// A webhook does not say which account it is for.
    fn glance(headers: &Headers, body: &[u8], now: Time) -> Result<Option<String>, Distrust> {
        Raw { headers, body }.glance(now)?;
        Ok(None)
    }

    async fn verify(&self, outside: &impl Outside, headers: &Headers, body: &[u8]) -> Result<CallbackContent, Error> {
        match (Raw { headers, body }).verify(self, outside.now())?.read(self)? {
            Told::Content(content) => Ok(content),
            // The event does not say which payment it is about.
            Told::Ask(question) => {
                let id = question.intent()?;
                let intent: PaymentIntent = call(outside, &self.ask_intent(id)).await?;
                self.check_named(&intent, Some(id))?;
                Ok(question.answered(self, &intent)?)
            }
        }
    }
}

impl Merchant {
    /// The id of the Stripe account that the secret key belongs to, `acct_…`.
    pub async fn own_account(&self, outside: &impl Outside) -> Result<String, Error> {
        let own: OwnAccount = call(outside, &self.ask_own_account()).await?;
        Id::account(&own.id).map(|id| id.as_str().to_owned()).ok_or(Distrust::Malformed("id").into())
    }

    fn form(&self, client_secret: &str, until: Time) -> Show {
        Show {
            client_secret: Some(client_secret.to_owned()),
            publishable_key: Some(self.publishable_key.clone()),
            good_until: Some(until),
            ..Show::default()
        }
    }

    async fn session(&self, outside: &impl Outside, id: Id<'_>, asked: &Asked<'_>) -> Result<Session, Error> {
        let session: Session = call(outside, &self.ask_session(id)).await?;
        self.check_session(&session, Some(id), asked.payment_no)?;
        Ok(session)
    }

    async fn intent(&self, outside: &impl Outside, id: Id<'_>, asked: &Asked<'_>) -> Result<PaymentIntent, Error> {
        let intent: PaymentIntent = call(outside, &self.ask_intent(id)).await?;
        self.check_intent(&intent, Some(id), asked.payment_no)?;
        Ok(intent)
    }

    async fn stands(&self, outside: &impl Outside, subject: Subject<'_>, asked: &Asked<'_>) -> SaysResult {
        match subject {
            Subject::Session(id) => {
                let session = self.session(outside, id, asked).await?;
                self.of_session(outside, &session, asked).await
            }
            Subject::Intent(id) => {
                let intent = self.intent(outside, id, asked).await?;
                self.says(outside, translate::intent(&intent, None)?, &intent, asked).await
            }
            // The create call's answer was lost, so no buyer has the address or secret and no money can arrive.
            Subject::Unseen => Ok(vec![Says::NotPaid]),
        }
    }

    /// The state and refunds of a session. If the answer holds only its PaymentIntent's id, that is queried.
    async fn of_session(&self, outside: &impl Outside, session: &Session, asked: &Asked<'_>) -> SaysResult {
        match &session.payment_intent {
            Some(Expandable::Id(id)) if session.payment_status != "unpaid" => {
                let id = Id::intent(id).ok_or(Distrust::Malformed("payment_intent"))?;
                let intent = self.intent(outside, id, asked).await?;
                self.says(outside, translate::intent(&intent, None)?, &intent, asked).await
            }
            Some(Expandable::Object(intent)) => {
                self.says(outside, translate::session(session, None)?, intent, asked).await
            }
            Some(Expandable::Id(_)) | None => Ok(vec![translate::session(session, None)?]),
        }
    }

    /// The state, and what its PaymentIntent says besides: a decline, and refunds.
    async fn says(&self, outside: &impl Outside, state: Says, intent: &PaymentIntent, asked: &Asked<'_>) -> SaysResult {
        let back = self.back(outside, intent, asked.order.no.as_str()).await?;
        Ok(iter::once(state).chain(decline::of(intent)).chain(back).collect())
    }

    /// The refunds of a PaymentIntent, queried if the answer does not hold all of them.
    async fn back(&self, outside: &impl Outside, intent: &PaymentIntent, order: &str) -> SaysResult {
        if !translate::has_more_refunds(intent) {
            return Ok(translate::back(intent, &self.deployment, order)?);
        }
        let id = Id::intent(&intent.id).ok_or(Distrust::Malformed("payment_intent"))?;
        let trade_no = translate::trade_no(&intent.id)?;
        let mut says = Vec::new();
        self.each_refund(outside, id, |refund| {
            says.push(translate::refund(&refund, &trade_no, &self.deployment, Some(order)));
            None::<()>
        })
        .await?;
        Ok(says.into_iter().collect::<Result<_, _>>()?)
    }

    /// A refusal counts only if it is certain and Stripe has no refund of this number from an earlier, expired key.
    async fn refund_refused(
        &self,
        outside: &impl Outside,
        order: &RefundOrder<'_>,
        number: RefundNo,
        intent: Id<'_>,
        refused: Refused,
    ) -> SaysResult {
        let definite = match refused.error.verdict() {
            Verdict::Final => translate::refund_refused(&refused.said),
            // Another release may have sent other parameters under the same key: then there is a refund.
            Verdict::OurFault if refused.said.kind.as_deref() == Some("idempotency_error") => Some(RefundWord::Unclear),
            Verdict::Retry | Verdict::Ask | Verdict::OurFault => None,
        };
        let Some(definite) = definite else { return Err(refused.error) };
        match self.find(outside, number, intent).await? {
            Some(found) => self.told(order, &found),
            None => Ok(vec![refund_is(order, definite)]),
        }
    }

    /// Finds the refund of our number among all refunds of its payment. One that another deployment sent counts too, so that
    /// the money is not sent again; the answer is rejected afterwards.
    async fn find(&self, outside: &impl Outside, number: RefundNo, intent: Id<'_>) -> Result<Option<Refund>, Error> {
        let is_it = |refund: &Refund| refund.metadata.as_ref().and_then(translate::our_number) == Some(number);
        self.each_refund(outside, intent, |refund| is_it(&refund).then_some(refund)).await
    }

    /// Reads the refunds of a payment page by page until `look` finds one.
    async fn each_refund<T>(
        &self,
        outside: &impl Outside,
        intent: Id<'_>,
        mut look: impl FnMut(Refund) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let mut last: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let after = match &last {
                Some(id) => Some(Id::refund(id).ok_or(Distrust::Malformed("refund"))?),
                None => None,
            };
            let page: List<Refund> = call(outside, &self.ask_refunds(intent, after)).await?;
            last = page.data.last().map(|refund| refund.id.clone());
            if let Some(found) = page.data.into_iter().find_map(&mut look) {
                return Ok(Some(found));
            }
            if !page.has_more {
                return Ok(None);
            }
            if last.is_none() {
                return Err(Distrust::Malformed("list").into());
            }
        }
        // There may be more pages, so it is not certain that the refund does not exist.
        Err(Distrust::TooLarge.into())
    }

    /// The report about a refund that we sent or queried, which must have our number.
    fn told(&self, order: &RefundOrder<'_>, refund: &Refund) -> SaysResult {
        calls::check_refund(refund, order)?;
        let says = self.says_of(order, refund)?;
        match &says {
            Says::Refund { id, .. } if *id == order.refund.id => Ok(vec![says]),
            _ => Err(Distrust::OtherSubject("metadata.refund_no").into()),
        }
    }

    fn says_of(&self, order: &RefundOrder<'_>, refund: &Refund) -> Result<Says, Distrust> {
        let of = order.refund_no.map(|number| number.order);
        translate::refund(refund, order.trade_no, &self.deployment, of.as_ref().map(OrderNo::as_str))
    }
}

/// The Stripe object of an attempt: by its handle or, without one, by a payment that Stripe reported.
fn subject<'a>(asked: &Asked<'a>) -> Result<Subject<'a>, Error> {
    const STRANGE: Error = Error::Cannot("this attempt's handle is no id of Stripe's");
    if let Some(handle) = &asked.attempt.handle {
        let text = handle.as_str();
        let session = Id::session(text).map(Subject::Session);
        return session.or_else(|| Id::intent(text).map(Subject::Intent)).ok_or(STRANGE);
    }
    match asked.order.payments.iter().find(|payment| payment.attempt == asked.attempt.n) {
        Some(payment) => Id::intent(payment.trade_no.as_str()).map(Subject::Intent).ok_or(STRANGE),
        None => Ok(Subject::Unseen),
    }
}

fn paid_by<'a>(order: &RefundOrder<'a>) -> Result<Id<'a>, Error> {
    Id::intent(order.trade_no.as_str()).ok_or(Error::Cannot("this payment's number is no id of Stripe's"))
}

fn handle(id: &str) -> Result<Handle, Distrust> {
    Handle::parse(id).map_err(|_| Distrust::Malformed("id"))
}

/// A page to pay on, until its session ends.
fn page(url: String, until: Time) -> Show {
    Show { pay_url: Some(url), good_until: Some(until), ..Show::default() }
}

async fn call<T: serde::de::DeserializeOwned>(outside: &impl Outside, request: &Request) -> Result<T, Refused> {
    let answer = outside.send(request).await.map_err(|why| Refused { error: why.into(), said: Said::default() })?;
    calls::read(&answer)
}
