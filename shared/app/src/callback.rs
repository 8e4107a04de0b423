//! A provider's callback: verified by one of our accounts, then settled. It is acknowledged only if it is settled or does
//! not concern us.

use till_domain::provider::Account;

use crate::failure::Failure;
use crate::ports::{
    Answered, CallbackAnswer, CallbackAudit, CallbackSubject, Notice, VerifiedCallback, VerifyCallback,
};
use crate::settle::{Settle, settle, settle_foreign};

pub async fn receive<P: Settle>(ports: &P, accounts: &impl VerifyCallback, notice: Notice<'_>) -> Answered {
    let VerifiedCallback { account, about, facts } = match accounts.verify(notice).await {
        Ok(verified) => verified,
        Err(answered) => return answered,
    };
    let audit = CallbackAudit { from: notice.from.to_owned(), hash: notice.hash.to_owned(), facts };
    (take_in(ports, &account, about, Some(&audit)).await, Some(account))
}

/// Settles what a provider says by itself; `audit` is kept in the record of the change.
pub(crate) async fn take_in<P: Settle>(
    ports: &P,
    account: &Account,
    about: CallbackSubject,
    audit: Option<&CallbackAudit>,
) -> CallbackAnswer {
    let settled = match about {
        CallbackSubject::Nothing(word) => return CallbackAnswer::Ignored(word),
        CallbackSubject::Payment { payment_no, reports } => settle(ports, payment_no, &reports, audit).await.map(drop),
        CallbackSubject::Foreign { number, says } => {
            settle_foreign(ports, &number, account, &says, audit).await.map(drop)
        }
    };
    match settled {
        Ok(()) => CallbackAnswer::Settled,
        Err(Failure::Orphan) => CallbackAnswer::SendAgain("orphan"),
        Err(Failure::Refused(refusal)) => CallbackAnswer::SendAgain(refusal.code()),
        Err(Failure::Provider { .. } | Failure::Unavailable) => CallbackAnswer::SendAgain("unavailable"),
    }
}
