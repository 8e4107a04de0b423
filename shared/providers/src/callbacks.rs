//! Verifying a callback, the same for all providers: what can be refused unread, then the accounts that it may be for, then
//! the one whose keys verify it.

use till_app::ports::{
    Answered, CallbackAnswer, Notice, ReadAccounts, ReadSecret, Unavailable, VerifiedCallback, VerifyCallback,
};
use till_domain::provider::{Account, Provider};

use crate::callback_content::CallbackContent;
use crate::error::{Distrust, Error};
use crate::http::Headers;
use crate::merchants::{Candidate, Merchants};
use crate::outside::Outside;
use crate::provide::{glance, rejection_status, replies};

/// The callbacks of one provider, for one invocation.
#[derive(Clone, Copy, Debug)]
pub struct Callbacks<'a, S, O> {
    pub provider: Provider,
    pub merchants: &'a Merchants<'a, S>,
    pub outside: &'a O,
}

enum Rejection {
    /// An account's secret could not be read.
    Unreadable,
    /// No account of ours can have sent it.
    NoAccount,
    Error(Error),
}

impl<S: ReadAccounts + ReadSecret, O: Outside> VerifyCallback for Callbacks<'_, S, O> {
    async fn verify(&self, notice: Notice<'_>) -> Result<VerifiedCallback, Answered> {
        let headers = Headers::new(notice.headers.iter().copied());
        self.believe(notice, &headers).await.map_err(|(why, account)| (self.answer(&why), account))
    }
}

impl<S: ReadAccounts + ReadSecret, O: Outside> Callbacks<'_, S, O> {
    /// Asks each account in turn. If none verifies it, secrets that are not current are read again once: they may just have
    /// been changed.
    async fn believe(
        &self,
        notice: Notice<'_>,
        headers: &Headers,
    ) -> Result<VerifiedCallback, (Rejection, Option<Account>)> {
        let hint = glance(self.provider, headers, notice.body, self.outside.now());
        let hint = hint.map_err(|why| (Rejection::Error(why.into()), None))?;
        let found = self.merchants.candidates(self.provider, notice.account, hint.as_deref()).await;
        let mut found = found.map_err(|Unavailable| (Rejection::Unreadable, None))?;
        // Accounts that have the key come first: the others would have to fetch it.
        found.all.sort_by_key(|candidate| !self.has_key(candidate, hint.as_deref()));
        let only = match found.all.as_slice() {
            [only] => Some(only.account().clone()),
            _ => None,
        };
        let mut rejection = if found.is_incomplete { Rejection::Unreadable } else { Rejection::NoAccount };
        for candidate in &found.all {
            match self.by(candidate, headers, notice.body).await {
                Ok(verified) => return Ok(verified),
                Err(error) => rejection = rejection.or(Rejection::Error(error)),
            }
        }
        if !rejection.may_be_stale() {
            return Err((rejection, only));
        }
        for candidate in &found.all {
            match self.merchants.refreshed(candidate).await {
                Ok(Some(refreshed)) => match self.by(&refreshed, headers, notice.body).await {
                    Ok(verified) => return Ok(verified),
                    Err(error) => rejection = rejection.or(Rejection::Error(error)),
                },
                Ok(None) => {}
                Err(Unavailable) => rejection = rejection.or(Rejection::Unreadable),
            }
        }
        Err((rejection, only))
    }

    fn has_key(&self, candidate: &Candidate, hint: Option<&str>) -> bool {
        candidate.merchants.iter().any(|merchant| merchant.has_key(hint, self.outside.now()))
    }

    /// Verifies with an account's current secret, then with the previous one.
    async fn by(&self, candidate: &Candidate, headers: &Headers, body: &[u8]) -> Result<VerifiedCallback, Error> {
        let mut rejection = Error::NoAccount;
        for (nth, merchant) in candidate.merchants.iter().enumerate() {
            match merchant.verify(self.outside, headers, body).await {
                Ok(CallbackContent { about, facts }) => {
                    return Ok(VerifiedCallback { account: candidate.account().clone(), about, facts });
                }
                Err(error) if nth == 0 || weight(&error) > weight(&rejection) => rejection = error,
                Err(_) => {}
            }
        }
        Err(rejection)
    }

    fn answer(&self, rejection: &Rejection) -> CallbackAnswer {
        match rejection {
            Rejection::Unreadable => CallbackAnswer::SendAgain("unavailable"),
            Rejection::NoAccount => {
                CallbackAnswer::Rejected { word: "unknown_account", status: replies(self.provider).send_again.status }
            }
            Rejection::Error(error) => answer(self.provider, error),
        }
    }
}

/// A callback that is not believed is rejected; after any other error the provider must send it again.
pub fn answer(provider: Provider, error: &Error) -> CallbackAnswer {
    match error {
        Error::Distrust(why) => CallbackAnswer::Rejected { word: why.word(), status: rejection_status(provider, why) },
        Error::NoAnswer(_) => CallbackAnswer::SendAgain("no_answer"),
        Error::Said { .. } => CallbackAnswer::SendAgain("provider_said_no"),
        Error::NoAccount => CallbackAnswer::SendAgain("bad_account"),
        Error::Cannot(_) => CallbackAnswer::SendAgain("cannot"),
    }
}

impl Rejection {
    /// Of two reasons, the one that says more: our own fault before the sender's, and of the sender's the one that came
    /// furthest.
    fn or(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    const fn weight(&self) -> u8 {
        match self {
            Self::NoAccount => 0,
            Self::Error(error) => weight(error),
            Self::Unreadable => 5,
        }
    }

    /// Whether newer keys could verify it.
    const fn may_be_stale(&self) -> bool {
        match self {
            Self::Error(Error::Distrust(why)) => matches!(
                why,
                Distrust::BadSignature | Distrust::UnknownKey | Distrust::Sealed | Distrust::OtherMerchant(_)
            ),
            Self::Error(Error::NoAccount) | Self::Unreadable => true,
            Self::Error(Error::NoAnswer(_) | Error::Said { .. } | Error::Cannot(_)) | Self::NoAccount => false,
        }
    }
}

const fn weight(error: &Error) -> u8 {
    match error {
        Error::Distrust(Distrust::UnknownKey) => 1,
        Error::Distrust(Distrust::BadSignature) => 2,
        Error::Distrust(_) => 3,
        Error::NoAccount | Error::NoAnswer(_) | Error::Said { .. } | Error::Cannot(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::NoAnswer;

    #[test]
    fn a_callback_that_is_not_believed_is_rejected_with_the_providers_status() {
        for provider in Provider::ALL {
            let status = match provider {
                Provider::WeChat => 401,
                Provider::Alipay | Provider::Stripe => 400,
            };
            let rejected = CallbackAnswer::Rejected { word: "stale", status };
            assert_eq!(answer(provider, &Distrust::Stale.into()), rejected, "{provider}");
        }
    }

    #[test]
    fn our_own_errors_make_the_provider_send_again() {
        for provider in Provider::ALL {
            for (error, word) in [
                (Error::NoAccount, "bad_account"),
                (NoAnswer::TimedOut.into(), "no_answer"),
                (NoAnswer::NoTimeLeft.into(), "no_answer"),
                (Error::Cannot("x"), "cannot"),
            ] {
                assert_eq!(answer(provider, &error), CallbackAnswer::SendAgain(word), "{provider}");
            }
        }
    }
}
