//! Verifying a callback, the same for all providers: what can be refused unread, then the accounts that it may be for, then
//! the one whose keys verify it.

use till_app::ports::{
    Answered, CallbackAnswer, Notice, RaiseAlarm, ReadAccounts, ReadSecret, Unavailable, VerifiedCallback,
    VerifyCallback,
};
use till_domain::provider::Provider;
use till_domain::text::AccountId;

use crate::callback_content::CallbackContent;
use crate::error::{Distrust, Error};
use crate::http::Headers;
use crate::merchants::{Candidate, Candidates, Merchants};
use crate::outside::Outside;
use crate::provide::{glance, rejection_status};

/// The callbacks of one provider, for one invocation.
#[derive(Clone, Copy, Debug)]
pub struct Callbacks<'a, S, O> {
    pub provider: Provider,
    pub merchants: &'a Merchants<'a, S>,
    pub outside: &'a O,
}

enum Rejection {
    /// The accounts, or the secret of one, could not be read.
    Unreadable,
    /// No account of ours can have sent it: there is none, or none with settings that can be used.
    NoAccount,
    Error(Error),
}

impl<S: ReadAccounts + ReadSecret + RaiseAlarm, O: Outside> VerifyCallback for Callbacks<'_, S, O> {
    async fn verify(&self, notice: Notice<'_>) -> Result<VerifiedCallback, Answered> {
        let headers = Headers::new(notice.headers.iter().copied());
        let hint = glance(self.provider, &headers, notice.body, self.outside.now());
        let hint = hint.map_err(|why| (answer(self.provider, &why.into()), None))?;
        let callback = Callback { headers: &headers, body: notice.body, hint: hint.as_deref() };
        let found = self.candidates(notice.account, callback).await.map_err(|why| (self.answer(&why), None))?;
        let only = match found.all.as_slice() {
            [only] => Some(only.account().clone()),
            _ => None,
        };
        match self.believe(&found, callback).await {
            Ok(verified) => Ok(verified),
            Err(Rejection::NoAccount) => Err((self.as_by_another(callback).await, only)),
            Err(why) => Err((self.answer(&why), only)),
        }
    }
}

/// A callback that passed its first checks.
#[derive(Clone, Copy)]
struct Callback<'a> {
    headers: &'a Headers,
    body: &'a [u8],
    /// The account or key that it says it is for.
    hint: Option<&'a str>,
}

impl<S: ReadAccounts + ReadSecret + RaiseAlarm, O: Outside> Callbacks<'_, S, O> {
    /// The accounts that it may be for. Those that have its key come first: the others would have to fetch it.
    async fn candidates(&self, named: Option<&AccountId>, callback: Callback<'_>) -> Result<Candidates, Rejection> {
        let found = self.merchants.candidates(self.provider, named, callback.hint).await;
        let mut found = found.map_err(|Unavailable| Rejection::Unreadable)?;
        found.all.sort_by_key(|candidate| !self.has_key(candidate, callback.hint));
        Ok(found)
    }

    /// Asks each account in turn. If none verifies it, secrets that are not current are read again once: they may just have
    /// been changed.
    async fn believe(&self, found: &Candidates, callback: Callback<'_>) -> Result<VerifiedCallback, Rejection> {
        let mut rejection = if found.is_incomplete { Rejection::Unreadable } else { Rejection::NoAccount };
        for candidate in &found.all {
            match self.by(candidate, callback).await {
                Ok(verified) => return Ok(verified),
                Err(why) => rejection = rejection.or(why),
            }
        }
        if !rejection.may_be_stale() {
            return Err(rejection);
        }
        for candidate in &found.all {
            match self.merchants.refreshed(candidate).await {
                Ok(Some(refreshed)) => match self.by(&refreshed, callback).await {
                    Ok(verified) => return Ok(verified),
                    Err(why) => rejection = rejection.or(why),
                },
                Ok(None) => {}
                Err(Unavailable) => rejection = rejection.or(Rejection::Unreadable),
            }
        }
        Err(rejection)
    }

    /// The answer to a callback at the address of an account that does not exist, is another provider's, or has no settings
    /// that can be used. Another account does the work and gives the answer, so that neither the answer nor the time until it
    /// tells a stranger which accounts exist. The callback is rejected even if the other account verifies it.
    async fn as_by_another(&self, callback: Callback<'_>) -> CallbackAnswer {
        let mut others = match self.candidates(None, callback).await {
            Ok(others) => others,
            Err(why) => return self.answer(&why),
        };
        others.all.retain(|candidate| !candidate.merchants.is_empty());
        others.all.truncate(1);
        let why = match self.believe(&others, callback).await {
            Ok(_) | Err(Rejection::NoAccount) => Error::from(Distrust::BadSignature),
            Err(Rejection::Error(why)) => why,
            Err(Rejection::Unreadable) => return self.answer(&Rejection::Unreadable),
        };
        match answer(self.provider, &why) {
            CallbackAnswer::Rejected { status, .. } => CallbackAnswer::Rejected { word: "unknown_account", status },
            other => other,
        }
    }

    fn has_key(&self, candidate: &Candidate, hint: Option<&str>) -> bool {
        candidate.merchants.iter().any(|merchant| merchant.has_key(hint, self.outside.now()))
    }

    /// Verifies with an account's current secret, then with the previous one.
    async fn by(&self, candidate: &Candidate, callback: Callback<'_>) -> Result<VerifiedCallback, Rejection> {
        let mut rejection = Rejection::NoAccount;
        for merchant in &candidate.merchants {
            match merchant.verify(self.outside, callback.headers, callback.body).await {
                Ok(CallbackContent { about, facts }) => {
                    return Ok(VerifiedCallback { account: candidate.account().clone(), about, facts });
                }
                Err(error) => rejection = rejection.or(Rejection::Error(error)),
            }
        }
        Err(rejection)
    }

    fn answer(&self, rejection: &Rejection) -> CallbackAnswer {
        match rejection {
            Rejection::Unreadable => CallbackAnswer::SendAgain("unavailable"),
            Rejection::NoAccount => answer(self.provider, &Distrust::BadSignature.into()),
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
            Self::NoAccount | Self::Unreadable => true,
            Self::Error(Error::NoAccount | Error::NoAnswer(_) | Error::Said { .. } | Error::Cannot(_)) => false,
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
