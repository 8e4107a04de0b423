//! WeChat Pay's implementation of [`PaymentApi`]. An uncertain answer is never turned into a certain one.

use percent_encoding::utf8_percent_encode;
use till_app::ports::{Asked, CallbackReplies, NewTrade, Opened, Payer, RefundOrder, Show};
use till_domain::order::{Attempt, RefundWord, Says};
use till_domain::provider::Method;
use till_domain::text::{AccountId, Handle, TradeNo};
use till_domain::time::{Seconds, Time};

use super::account::Merchant;
use super::calls::{self, CERTIFICATES, Unsigned};
use super::keys::{Downloading, Refresh};
use super::notify::{self, Raw};
use super::sign::{Signed, Unverified};
use super::translate::{self, Call, is_unknown_there};
use crate::account::{self, CertificateEnd, Faults, Place};
use crate::callback_content::{CallbackContent, refund_is};
use crate::error::{Code, Distrust, Error, NoAnswer, SaysResult, Verdict};
use crate::http::{Headers, PLAIN, Response, Verb};
use crate::outside::Outside;
use crate::provide::PaymentApi;

/// Lifetime of a `code_url` and a `prepay_id`.
const HANDLE_LIFETIME: Seconds = Seconds::hours(2);
/// How long an `h5_url` is shown. It lives for five minutes, and its buyer needs some time to open it.
const PAGE_LIFETIME: Seconds = Seconds::minutes(4);
const ASK_AGAIN: u16 = 202;

enum Standing {
    Says(Vec<Says>),
    /// WeChat Pay does not know the trade. Such an answer is never signed.
    NotThere,
}

impl PaymentApi for Merchant {
    const CALLBACK_PATH: &'static str = "/api/v1/payment/wechat/callback";
    const REPLIES: CallbackReplies = CallbackReplies { taken: notify::TAKEN, send_again: notify::NOT_NOW };

    fn read(id: AccountId, json: &str, place: Place<'_>) -> Result<Self, Faults> {
        Self::parse(id, &account::read(json)?, place)
    }

    /// The trade can be paid until `expire_at`, which is sent as `time_expire`: "the last moment at which the user can
    /// complete the payment; not the moment at which the order is closed" (pay.weixin.qq.com/doc/v3/merchant/4012791877).
    async fn create(&self, outside: &impl Outside, trade: NewTrade<'_>) -> Result<Opened, Error> {
        let (handle, show) = self.open_trade(outside, &trade).await?;
        // A page's address expires after minutes, so it is not kept with the order.
        let handle = (trade.method != Method::WechatH5).then_some(handle);
        Ok(Opened { handle, payable_until: Some(trade.expire_at), show })
    }

    /// Shows an open trade. If its handle has expired, the same request is sent again, which makes a new handle of the same
    /// trade.
    async fn show(&self, outside: &impl Outside, asked: Asked<'_>, payer: &Payer) -> Result<Show, Error> {
        let Asked { payment_no, attempt, order } = asked;
        if let Some(handle) = valid_handle(attempt, outside.now()) {
            return self.show_handle(outside, attempt.method, handle, attempt.begun_at, order.expire_at, payer);
        }
        let trade = NewTrade {
            payment_no,
            method: attempt.method,
            account: &attempt.account,
            sold: &order.sold,
            expire_at: order.expire_at,
            payer,
        };
        let until = outside.now().plus(HANDLE_LIFETIME);
        let (_, show) = self.open_trade(outside, &trade).await?;
        // The order keeps only the attempt's first handle.
        Ok(Show { good_until: show.good_until.or(Some(until)), ..show })
    }

    /// A trade that WeChat Pay does not know has not been paid.
    async fn query(&self, outside: &impl Outside, asked: Asked<'_>) -> SaysResult {
        match self.standing(outside, asked).await? {
            Standing::Says(says) => Ok(says),
            Standing::NotThere => Ok(vec![Says::NotPaid]),
        }
    }

    async fn close(&self, outside: &impl Outside, asked: Asked<'_>) -> SaysResult {
        let call = self.close_call(asked.payment_no)?;
        let error = match self.ask(outside, &call, |_, _| Ok(())).await {
            Ok(()) => return Ok(vec![Says::Closed { for_good: true }]),
            Err(error) => error,
        };
        let code = bare_code(&error);
        let not_there = is_unknown_there(&code);
        let can_be_looked_up = matches!(code.as_str(), "ORDERPAID" | "ORDERCLOSED" | "TRADEERROR");
        if !not_there && !can_be_looked_up {
            return Err(error);
        }
        match self.standing(outside, asked).await? {
            Standing::Says(says) => Ok(says),
            // Both answers are unsigned, and a slow `create` may still open the trade: not closed for good.
            Standing::NotThere if not_there => Ok(vec![Says::Closed { for_good: false }]),
            Standing::NotThere => Err(error),
        }
    }

    async fn refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> SaysResult {
        let call = self.refund_call(&refund)?;
        let error = match self.ask(outside, &call, |signed, _| calls::read_refund(signed, &refund)).await {
            Ok(says) => return Ok(says),
            Err(error) => error,
        };
        let Error::Said { status, verdict, .. } = error else { return Err(error) };
        let code = bare_code(&error);
        if code == "NOTENOUGH" {
            return Ok(vec![refund_is(&refund, RefundWord::NoBalance)]);
        }
        let not_there = is_unknown_there(&code);
        let is_about_it = translate::is_about_the_request(&code);
        // After any other error a query by the refund's number proves nothing.
        if verdict != Verdict::Final && !not_there && !is_about_it && status != 429 {
            return Err(error);
        }
        match self.ask_refund(outside, &refund).await? {
            Some(says) => Ok(says),
            // A final refusal, and the refund does not exist: it certainly failed.
            None if verdict == Verdict::Final => Ok(vec![refund_is(&refund, RefundWord::Failed)]),
            None if not_there => Ok(vec![refund_is(&refund, RefundWord::Unclear)]),
            None => Err(error),
        }
    }

    async fn query_refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> SaysResult {
        match self.ask_refund(outside, &refund).await? {
            Some(says) => Ok(says),
            None => Ok(vec![refund_is(&refund, RefundWord::Unclear)]),
        }
    }

    async fn ask_trade(&self, outside: &impl Outside, trade_no: &TradeNo) -> SaysResult {
        let call = self.trade_call(trade_no);
        let read = |signed: Signed<'_>, now| Ok(self.read_trade_of(signed, trade_no, now)?);
        match self.ask(outside, &call, read).await {
            Err(error) if is_unknown_there(&bare_code(&error)) => Ok(vec![Says::NotPaid]),
            answered => answered,
        }
    }

    fn glance(headers: &Headers, body: &[u8], now: Time) -> Result<Option<String>, Distrust> {
        let serial = Raw { headers, body }.glance(now)?;
        Ok(Some(serial.to_owned()))
    }

    fn has_key(&self, name: Option<&str>, now: Time) -> bool {
        name.is_some_and(|serial| self.keys.find(serial, now).is_some())
    }

    /// Only the merchant's own: the platform's next certificate is downloaded when it is first needed.
    fn certificate_end(&self) -> Option<CertificateEnd> {
        self.certificate_end
    }

    async fn verify(&self, outside: &impl Outside, headers: &Headers, body: &[u8]) -> Result<CallbackContent, Error> {
        let raw = Raw { headers, body };
        let verified = match raw.verify(self, outside.now()) {
            // The certificate is fetched once.
            Err(Distrust::UnknownKey) => {
                let serial = Unverified::new(raw.headers, raw.body)?.serial;
                self.learn_keys(outside, serial).await?;
                raw.verify(self, outside.now())?
            }
            other => other?,
        };
        Ok(verified.content(self)?)
    }

    fn rejection_status(why: &Distrust) -> u16 {
        notify::rejection_status(why)
    }
}

impl Merchant {
    async fn open_trade(&self, outside: &impl Outside, trade: &NewTrade<'_>) -> Result<(Handle, Show), Error> {
        let asked_at = outside.now();
        let call = self.create_call(trade, asked_at)?;
        let method = trade.method;
        let handle = self.ask(outside, &call, |signed, _| Ok(calls::read_created(signed, method)?)).await?;
        let show = self.show_handle(outside, method, &handle, asked_at, trade.expire_at, trade.payer)?;
        Ok((handle, show))
    }

    fn show_handle(
        &self,
        outside: &impl Outside,
        method: Method,
        handle: &Handle,
        made_at: Time,
        expire_at: Time,
        payer: &Payer,
    ) -> Result<Show, Error> {
        Ok(match method {
            Method::WechatJsapi => {
                // The trade may just have been opened, so the error must not say that nothing was sent.
                let nonce = outside.nonce().map_err(|_| NoAnswer::Broken)?;
                let signed = self.pay_params(handle.as_str(), outside.now(), &nonce);
                let pay_params = signed.map_err(|_| NoAnswer::Broken)?;
                Show { pay_params, ..Show::default() }
            }
            Method::WechatH5 => Show {
                pay_url: Some(back_to(handle.as_str(), payer)),
                good_until: Some(made_at.plus(PAGE_LIFETIME)),
                ..Show::default()
            },
            Method::WechatNative
            | Method::AlipayQr
            | Method::AlipayPage
            | Method::AlipayWap
            | Method::StripeCheckout
            | Method::StripeIntent => Show {
                qr_code_url: Some(handle.as_str().to_owned()),
                qr_code_expire_at: Some(expire_at.min(made_at.plus(HANDLE_LIFETIME))),
                ..Show::default()
            },
        })
    }

    async fn standing(&self, outside: &impl Outside, asked: Asked<'_>) -> Result<Standing, Error> {
        let call = self.query_call(asked.payment_no);
        let read = |signed: Signed<'_>, now| Ok(self.read_trade(signed, asked.payment_no, now)?);
        match self.ask(outside, &call, read).await {
            Ok(says) => Ok(Standing::Says(says)),
            Err(error) if is_unknown_there(&bare_code(&error)) => Ok(Standing::NotThere),
            Err(error) => Err(error),
        }
    }

    /// The refund's state; `None` if WeChat Pay does not know it.
    async fn ask_refund(&self, outside: &impl Outside, order: &RefundOrder<'_>) -> Result<Option<Vec<Says>>, Error> {
        let call = calls::query_refund_call(order)?;
        match self.ask(outside, &call, |signed, _| calls::read_refund(signed, order)).await {
            Ok(says) => Ok(Some(says)),
            Err(error) if is_unknown_there(&bare_code(&error)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a call and reads its verified answer. After status 202 the call is repeated once.
    async fn ask<T>(
        &self,
        outside: &impl Outside,
        call: &Unsigned,
        read: impl Fn(Signed<'_>, Time) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let first = self.send(outside, call).await?;
        if first.status != ASK_AGAIN {
            return self.believe(outside, call, &first, read).await;
        }
        let second = self.send(outside, call).await.map_err(uncertain)?;
        self.believe(outside, call, &second, read).await.map_err(uncertain)
    }

    async fn believe<T>(
        &self,
        outside: &impl Outside,
        call: &Unsigned,
        response: &Response,
        read: impl Fn(Signed<'_>, Time) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let unverified = calls::answered(call.call, response)?;
        let signed = match self.keys.verify(unverified, outside.now()) {
            Err(Distrust::UnknownKey) => {
                // The download's error says nothing about this call, so the caller sees an unknown key.
                self.learn_keys(outside, unverified.serial).await.map_err(|_| Distrust::UnknownKey)?;
                self.keys.verify(unverified, outside.now())?
            }
            other => other?,
        };
        read(signed, outside.now())
    }

    /// Sends a request; to the second host when nothing was sent to the first.
    async fn send(&self, outside: &impl Outside, call: &Unsigned) -> Result<Response, Error> {
        let nonce = outside.nonce()?;
        let mut request = self.request(call.verb, &call.target, &call.body, outside.now(), &nonce)?;
        let mut sent = Err(NoAnswer::Unreachable);
        for base in &self.bases {
            request.base.clone_from(base);
            sent = outside.send(&request).await;
            if !matches!(sent, Err(NoAnswer::Unreachable)) {
                break;
            }
        }
        Ok(sent?)
    }

    /// Downloads the platform certificates, if that can help and was not done just now.
    async fn learn_keys(&self, outside: &impl Outside, serial: &str) -> Result<(), Error> {
        match self.keys.refresh(serial, outside.now()).await {
            Refresh::No => Err(Distrust::UnknownKey.into()),
            Refresh::Looked => Ok(()),
            Refresh::Download(downloading) => self.download(outside, downloading).await,
        }
    }

    async fn download(&self, outside: &impl Outside, downloading: Downloading<'_>) -> Result<(), Error> {
        let target = CERTIFICATES.to_owned();
        let call = Unsigned { call: Call::Certificates, verb: Verb::Get, target, body: Vec::new() };
        let response = self.send(outside, &call).await?;
        // A server error or a rate limit may be over soon.
        if response.status < 500 && response.status != 429 {
            downloading.answered();
        }
        let unverified = match calls::answered(call.call, &response) {
            // Merchants with a public key have no certificates: the key stays unknown.
            Err(error) if bare_code(&error) == "RESOURCENOTEXISTS" => return Err(Distrust::UnknownKey.into()),
            other => other?,
        };
        let found = self.read_certificates(&response.body)?;
        Ok(downloading.learn(unverified, found, outside.now())?)
    }
}

/// The provider's code of an error, without underscores; empty if there is none.
fn bare_code(error: &Error) -> String {
    match error {
        Error::Said { code, .. } => translate::bare(code.as_str()),
        Error::NoAnswer(_) | Error::Distrust(_) | Error::NoAccount | Error::Cannot(_) => String::new(),
    }
}

/// After a 202 the call may have taken effect, whatever the second answer is.
fn uncertain(error: Error) -> Error {
    match error {
        Error::Said { status, code, .. } => Error::Said { status, code, verdict: Verdict::Ask },
        Error::NoAnswer(NoAnswer::Unreachable | NoAnswer::NoTimeLeft) | Error::NoAccount | Error::Cannot(_) => {
            Error::Said { status: 202, code: Code::new(""), verdict: Verdict::Ask }
        }
        Error::NoAnswer(NoAnswer::TimedOut | NoAnswer::Broken | NoAnswer::TooLarge) | Error::Distrust(_) => error,
    }
}

/// The handle of an attempt, unless it has expired.
fn valid_handle(attempt: &Attempt, now: Time) -> Option<&Handle> {
    let is_valid = attempt.method != Method::WechatH5 && now < attempt.begun_at.plus(HANDLE_LIFETIME);
    attempt.handle.as_ref().filter(|_| is_valid)
}

/// The page's address with the address to which it sends the buyer back.
fn back_to(page: &str, payer: &Payer) -> String {
    match &payer.return_url {
        Some(url) => {
            let gap = if page.contains('?') { '&' } else { '?' };
            format!("{page}{gap}redirect_url={}", utf8_percent_encode(url, PLAIN))
        }
        None => page.to_owned(),
    }
}
