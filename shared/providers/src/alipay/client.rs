//! Alipay's implementation of [`PaymentApi`].
//!
//! Alipay opens a trade only when a buyer scans the code or opens its page. Until then it does not know our number, which
//! means "not paid". Every trade has its order's end (`time_expire`), after which no buyer can begin to pay. A buyer who has
//! begun may finish some seconds later, which the query after `payable_until` finds.

use serde::Serialize;
use serde::de::DeserializeOwned;
use till_app::ports::{Asked, CallbackReplies, NewTrade, Opened, Payer, RefundOrder, Show};
use till_domain::currency::Currency;
use till_domain::id::{PaymentNo, RefundNo};
use till_domain::order::{AttemptState, RefundWord, Says, Sold};
use till_domain::provider::{Method, Provider};
use till_domain::text::{AccountId, Buyer, Handle, Reason, TradeNo};
use till_domain::time::{Seconds, Time};

use super::account::{MOST_URL_CHARACTERS, Merchant};
use super::calls::{self, Answer};
use super::notify::{self, Raw};
use super::translate::{self, Back, Meaning, Status, Taken};
use super::wire::{self, Api, needed, optional};
use crate::account::{self, CertificateEnd, Faults, Place};
use crate::callback_content::{CallbackContent, refund_is};
use crate::error::{Distrust, Error, SaysResult, Verdict};
use crate::http::Headers;
use crate::outside::Outside;
use crate::provide::PaymentApi;

/// Alipay's limit for the lifetime of a QR code.
const LONGEST_QR: Seconds = Seconds::hours(2);
/// Alipay's limit for a trade's subject, in characters.
const MOST_SUBJECT_CHARACTERS: usize = 256;

/// The terms of a trade. Every call about one attempt must have the same, or Alipay takes it for another trade.
#[derive(Clone, Copy)]
struct Sale<'a> {
    number: PaymentNo,
    method: Method,
    sold: &'a Sold,
    until: Time,
}

impl PaymentApi for Merchant {
    const CALLBACK_PATH: &'static str = "/api/v1/payment/alipay/callback";
    const REPLIES: CallbackReplies = CallbackReplies { taken: notify::TAKEN, send_again: notify::NOT_NOW };

    fn read(id: AccountId, json: &str, place: Place<'_>) -> Result<Self, Faults> {
        Self::parse(id, &account::read(json)?, place)
    }

    /// Only a QR code needs a call: pages are links that we sign.
    async fn create(&self, outside: &impl Outside, trade: NewTrade<'_>) -> Result<Opened, Error> {
        let sale = Sale { number: trade.payment_no, method: trade.method, sold: trade.sold, until: trade.expire_at };
        let now = outside.now();
        if now >= sale.until {
            return Err(Error::Cannot("the order is past its end"));
        }
        let payable_until = Some(sale.until);
        if sale.method != Method::AlipayQr {
            let show = self.page(now, sale, trade.payer)?;
            return Ok(Opened { handle: None, payable_until, show });
        }
        let handle = self.precreate(outside, now, sale).await?;
        let show = scannable(&handle, now, sale.until);
        Ok(Opened { handle: Some(handle), payable_until, show })
    }

    async fn show(&self, outside: &impl Outside, asked: Asked<'_>, payer: &Payer) -> Result<Show, Error> {
        let Asked { payment_no: number, attempt, order } = asked;
        let until = attempt.payable_until.unwrap_or(order.expire_at);
        if attempt.method == Method::AlipayQr {
            let handle = attempt.handle.as_ref().ok_or(Error::Cannot("this attempt has no QR code"))?;
            return Ok(scannable(handle, attempt.begun_at, until));
        }
        self.page(outside.now(), Sale { number, method: attempt.method, sold: &order.sold, until }, payer)
    }

    async fn query(&self, outside: &impl Outside, asked: Asked<'_>) -> SaysResult {
        let request = calls::query(self, outside.now(), asked.payment_no)?;
        let response = outside.send(&request).await?;
        match calls::read::<wire::Trade>(self, Api::Query, &response)? {
            Answer::Accepted(trade) => Ok(standing(&trade, asked, outside.now())?),
            Answer::Refused(refusal) if refusal.meaning == Meaning::NoTrade => Ok(vec![Says::NotPaid]),
            Answer::Refused(refusal) => Err(refusal.error()),
        }
    }

    /// A closed trade can never be paid again. A code of a trade that Alipay does not know may still be scanned until it
    /// expires.
    async fn close(&self, outside: &impl Outside, asked: Asked<'_>) -> SaysResult {
        let number = asked.payment_no.to_string();
        let content = wire::OutTradeNo { out_trade_no: &number };
        match self.call::<wire::Closed>(outside, Api::Close, &content).await? {
            Answer::Accepted(closed) => {
                same(needed(closed.out_trade_no.as_deref(), "out_trade_no")?, &number, "out_trade_no")?;
                Ok(vec![Says::Closed { for_good: true }])
            }
            Answer::Refused(refusal) => match refusal.meaning {
                Meaning::NoTrade => Ok(vec![Says::Closed { for_good: false }]),
                Meaning::OtherState | Meaning::OtherTrade => self.query(outside, asked).await,
                Meaning::OtherRefund
                | Meaning::NoBalance
                | Meaning::Later
                | Meaning::Never
                | Meaning::OurFault
                | Meaning::Unsure => Err(refusal.error()),
            },
        }
    }

    /// A refusal counts only if Alipay also does not know the refund's number, because an earlier try may have succeeded.
    async fn refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> SaysResult {
        let content = wire::RefundContent {
            trade_no: refund.trade_no.as_str(),
            refund_amount: Some(refund.refund.amount.to_string()),
            out_request_no: &own_number(refund)?.to_string(),
            refund_reason: refund.refund.reason.as_ref().map(Reason::as_str),
        };
        match self.call::<wire::Refunded>(outside, Api::Refund, &content).await? {
            Answer::Accepted(answer) => {
                let in_all = in_all(&answer, refund)?;
                let word = if translate::has_moved(answer.fund_change.as_deref()) {
                    RefundWord::Succeeded
                } else {
                    // An earlier try may have made the refund; otherwise it is to be sent again.
                    self.ask_refund(outside, refund).await?.word
                };
                Ok([refund_is(&refund, word)].into_iter().chain(in_all).collect())
            }
            Answer::Refused(refusal) if refusal.meaning == Meaning::NoBalance => {
                Ok(vec![refund_is(&refund, RefundWord::NoBalance)])
            }
            Answer::Refused(refusal) if refusal.verdict == Verdict::Final => {
                let standing = self.ask_refund(outside, refund).await?;
                Ok(vec![refund_is(&refund, if standing.is_known { standing.word } else { RefundWord::Failed })])
            }
            // Alipay knows the number, so a query that does not find it proves nothing.
            Answer::Refused(refusal) if refusal.meaning == Meaning::OtherRefund => {
                let standing = self.ask_refund(outside, refund).await?;
                if standing.is_known { Ok(vec![refund_is(&refund, standing.word)]) } else { Err(refusal.error()) }
            }
            Answer::Refused(refusal) => Err(refusal.error()),
        }
    }

    /// A refund that Alipay does not know may still be sent.
    async fn query_refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> SaysResult {
        let standing = self.ask_refund(outside, refund).await?;
        Ok(vec![refund_is(&refund, standing.word)])
    }

    async fn ask_trade(&self, outside: &impl Outside, trade_no: &TradeNo) -> SaysResult {
        let content = wire::TradeNumber { trade_no: trade_no.as_str() };
        match self.call::<wire::Trade>(outside, Api::Query, &content).await? {
            Answer::Accepted(trade) => {
                same(needed(trade.number.as_deref(), "trade_no")?, trade_no.as_str(), "trade_no")?;
                Ok(stands(&trade, Known::default(), outside.now())?)
            }
            Answer::Refused(refusal) if refusal.meaning == Meaning::NoTrade => Ok(vec![Says::NotPaid]),
            Answer::Refused(refusal) => Err(refusal.error()),
        }
    }

    fn glance(_: &Headers, body: &[u8], _: Time) -> Result<Option<String>, Distrust> {
        let raw = Raw { body };
        raw.glance()?;
        Ok(raw.app_id())
    }

    async fn verify(&self, _: &impl Outside, _: &Headers, body: &[u8]) -> Result<CallbackContent, Error> {
        Ok(Raw { body }.verify(self)?.content(self)?)
    }

    fn certificate_end(&self) -> Option<CertificateEnd> {
        self.serials.as_ref().map(|serials| serials.first_end)
    }
}

impl Merchant {
    async fn call<T: DeserializeOwned>(
        &self,
        outside: &impl Outside,
        api: Api,
        content: &impl Serialize,
    ) -> Result<Answer<T>, Error> {
        let request = calls::signed(self, api, outside.now(), content, None)?.request();
        let response = outside.send(&request).await?;
        calls::read(self, api, &response)
    }

    async fn precreate(&self, outside: &impl Outside, now: Time, sale: Sale<'_>) -> Result<Handle, Error> {
        let number = sale.number.to_string();
        let content = wire::NewTrade {
            qr_code_timeout_express: Some(format!("{}m", qr_minutes(now, sale.until))),
            ..content(sale, &number, self.precreate_product_code)?
        };
        match self.call::<wire::Precreated>(outside, Api::Precreate, &content).await? {
            Answer::Accepted(made) => {
                same(needed(made.out_trade_no.as_deref(), "out_trade_no")?, &number, "out_trade_no")?;
                let code = Handle::parse(needed(made.qr_code.as_deref(), "qr_code")?);
                Ok(code.map_err(|_| Distrust::Malformed("qr_code"))?)
            }
            Answer::Refused(refusal) => Err(refusal.error()),
        }
    }

    /// Alipay's payment page, as a link and as a form.
    fn page(&self, now: Time, sale: Sale<'_>, payer: &Payer) -> Result<Show, Error> {
        let (api, product_code) = match sale.method {
            Method::AlipayPage => (Api::PagePay, "FAST_INSTANT_TRADE_PAY"),
            Method::AlipayWap => (Api::WapPay, "QUICK_WAP_WAY"),
            Method::AlipayQr
            | Method::WechatNative
            | Method::WechatJsapi
            | Method::WechatH5
            | Method::StripeCheckout
            | Method::StripeIntent => return Err(Error::Cannot("Alipay has no page for this method")),
        };
        let return_url = optional(payer.return_url.as_deref()).or(self.return_url.as_deref());
        if return_url.is_some_and(|url| url.len() > MOST_URL_CHARACTERS) {
            return Err(Error::Cannot("the address to return to is above 256 characters"));
        }
        let number = sale.number.to_string();
        let quit_url = return_url.filter(|_| api == Api::WapPay);
        let content = wire::NewTrade { quit_url, ..content(sale, &number, product_code)? };
        let signed = calls::signed(self, api, now, &content, return_url)?;
        Ok(Show { pay_url: Some(signed.url()), pay_form: Some(signed.form()), ..Show::default() })
    }

    async fn ask_refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> Result<RefundStanding, Error> {
        let number = own_number(refund)?.to_string();
        let trade_no = refund.trade_no.as_str();
        let content =
            wire::RefundContent { trade_no, refund_amount: None, out_request_no: &number, refund_reason: None };
        match self.call::<wire::RefundStanding>(outside, Api::RefundQuery, &content).await? {
            Answer::Accepted(answer) => {
                same_trade(refund, answer.trade_no.as_deref(), answer.out_trade_no.as_deref())?;
                Ok(refund_standing(&answer, refund, &number)?)
            }
            Answer::Refused(refusal) => Err(refusal.error()),
        }
    }
}

/// The parameters that open a trade, all from what the order has fixed.
fn content<'a>(sale: Sale<'_>, number: &'a str, product_code: &'a str) -> Result<wire::NewTrade<'a>, Error> {
    let Sale { method, sold, until, .. } = sale;
    if method.provider() != Provider::Alipay {
        return Err(Error::Cannot("this method is not Alipay's"));
    }
    if sold.price.currency() != Currency::CNY {
        return Err(Error::Cannot("Alipay takes CNY alone"));
    }
    if !(wire::LEAST_FEN..=wire::MOST_FEN).contains(&sold.price.minor()) {
        return Err(Error::Cannot("Alipay takes 0.01 to 100000000.00 at once"));
    }
    Ok(wire::NewTrade {
        out_trade_no: number,
        total_amount: sold.price.to_string(),
        subject: subject(sold.name.as_str()),
        product_code,
        time_expire: crate::time::to_china(until),
        qr_code_timeout_express: None,
        quit_url: None,
    })
}

/// A product's name as Alipay accepts it: full-width forms replace `/`, `=` and `&`.
fn subject(name: &str) -> String {
    let allowed = |c| match c {
        '/' => '／',
        '=' => '＝',
        '&' => '＆',
        _ => c,
    };
    name.chars().take(MOST_SUBJECT_CHARACTERS).map(allowed).collect()
}

/// The lifetime of a code made at `from` in whole minutes, at least one: until the order's end, within Alipay's limit.
fn qr_minutes(from: Time, until: Time) -> u32 {
    let seconds = until.since(from).0.min(LONGEST_QR.0);
    seconds.div_euclid(60).max(1)
}

fn scannable(code: &Handle, from: Time, until: Time) -> Show {
    let dies_at = from.plus(Seconds::minutes(qr_minutes(from, until))).min(until);
    Show { qr_code_url: Some(code.to_string()), qr_code_expire_at: Some(dies_at), ..Show::default() }
}

fn standing(trade: &wire::Trade, asked: Asked<'_>, now: Time) -> Result<Vec<Says>, Distrust> {
    let number = needed(trade.out_trade_no.as_deref(), "out_trade_no")?;
    same(number, &asked.payment_no.to_string(), "out_trade_no")?;
    let recorded = trade.number.as_deref().and_then(|stated| {
        asked.order.payments.iter().find(|payment| payment.trade_no.as_str() == stated).map(|payment| payment.paid_at)
    });
    let known = Known { is_paid: asked.attempt.state == AttemptState::Paid || recorded.is_some(), paid_at: recorded };
    stands(trade, known, now)
}

/// What we have recorded of a trade.
#[derive(Clone, Copy, Default)]
struct Known {
    is_paid: bool,
    paid_at: Option<Time>,
}

fn stands(trade: &wire::Trade, known: Known, now: Time) -> Result<Vec<Says>, Distrust> {
    // A closed trade was paid before, if Alipay gives the date or our record says so.
    let was_paid = optional(trade.send_pay_date.as_deref()).is_some() || known.is_paid;
    Ok(match translate::status(needed(trade.status.as_deref(), "trade_status")?) {
        Status::Waiting => vec![Says::NotPaid],
        Status::Unknown => vec![Says::Unknown],
        Status::Paid => taken(trade, known, now)?.and_back(Back::Nothing),
        Status::Closed if was_paid => taken(trade, known, now)?.and_back(Back::Whole),
        Status::Closed => vec![Says::Closed { for_good: true }],
    })
}

/// The payment of a trade, dated by Alipay or else by our record; without either it was paid by now at the latest.
fn taken(trade: &wire::Trade, known: Known, now: Time) -> Result<Taken, Distrust> {
    let trade_no = TradeNo::parse(needed(trade.number.as_deref(), "trade_no")?);
    let amount = wire::money(needed(trade.total_amount.as_deref(), "total_amount")?, "total_amount")?;
    let paid_at = match optional(trade.send_pay_date.as_deref()) {
        Some(at) => wire::time(at, "send_pay_date")?,
        None => known.paid_at.unwrap_or(now),
    };
    let buyer = optional(trade.buyer_user_id.as_deref()).or(optional(trade.buyer_open_id.as_deref()));
    Ok(Taken {
        trade_no: trade_no.map_err(|_| Distrust::Malformed("trade_no"))?,
        amount,
        paid_at,
        buyer: buyer.and_then(|id| Buyer::parse(id).ok()),
    })
}

fn own_number(refund: RefundOrder<'_>) -> Result<RefundNo, Error> {
    refund.refund_no.ok_or(Error::Cannot("Alipay knows refunds by our numbers alone"))
}

/// The total that was refunded of the payment, from an accepted refund.
fn in_all(answer: &wire::Refunded, refund: RefundOrder<'_>) -> Result<Option<Says>, Distrust> {
    needed(answer.trade_no.as_deref(), "trade_no")?;
    same_trade(refund, answer.trade_no.as_deref(), answer.out_trade_no.as_deref())?;
    let total = optional(answer.refund_fee.as_deref()).map(|fee| wire::money(fee, "refund_fee")).transpose()?;
    let total = total.filter(|amount| !amount.is_zero());
    Ok(total.map(|amount| Says::BackInAll { trade_no: refund.trade_no.clone(), amount }))
}

/// A refund's state, and whether Alipay knows its number at all.
struct RefundStanding {
    is_known: bool,
    word: RefundWord,
}

fn refund_standing(
    answer: &wire::RefundStanding,
    refund: RefundOrder<'_>,
    number: &str,
) -> Result<RefundStanding, Distrust> {
    let status = optional(answer.refund_status.as_deref());
    let stated = optional(answer.refund_amount.as_deref());
    // An answer about an unknown number has no details and need not repeat the number.
    let about = optional(answer.out_request_no.as_deref());
    if about.is_some() || status.is_some() {
        same(about.ok_or(Distrust::Missing("out_request_no"))?, number, "out_request_no")?;
    }
    let amount = stated.map(|amount| wire::money(amount, "refund_amount")).transpose()?;
    let word = match translate::refund_status(status) {
        // The refund with our number has another amount: a person must find out why.
        RefundWord::Succeeded if amount.is_some_and(|amount| amount != refund.refund.amount) => RefundWord::Abnormal,
        word => word,
    };
    Ok(RefundStanding { is_known: status.is_some() || amount.is_some(), word })
}

/// Checks the payment's numbers in an answer about a refund, if it states them.
fn same_trade(refund: RefundOrder<'_>, trade_no: Option<&str>, out_trade_no: Option<&str>) -> Result<(), Distrust> {
    if let Some(stated) = optional(trade_no) {
        same(stated, refund.trade_no.as_str(), "trade_no")?;
    }
    if let (Some(stated), Some((Some(number), _))) = (optional(out_trade_no), refund.paid) {
        same(stated, &number.to_string(), "out_trade_no")?;
    }
    Ok(())
}

fn same(stated: &str, asked: &str, what: &'static str) -> Result<(), Distrust> {
    if stated == asked { Ok(()) } else { Err(Distrust::OtherSubject(what)) }
}
