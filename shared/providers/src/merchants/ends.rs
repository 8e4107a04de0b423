//! Looks at all accounts from time to time, also at those that nobody pays through now: whether they can be used, and whether a
//! certificate of theirs ends soon.

use std::sync::PoisonError;

use till_app::ports::{Alarm, AlarmWord, Measured, RaiseAlarm, ReadAccounts, ReadSecret};
use till_domain::provider::{Account, Provider};
use till_domain::time::{Seconds, Time};

use super::Merchants;
use crate::account::CertificateEnd;
use crate::certificate::ENDS_SOON;
use crate::provide::FindMerchant as _;
use crate::time::to_china;

/// Processes live for hours, so that each alarm is raised more often than once a day.
const EVERY: Seconds = Seconds::hours(6);
const DAY: u32 = 86_400;

impl<S: ReadAccounts + ReadSecret + RaiseAlarm> Merchants<'_, S> {
    /// Looks at every account that is open for new payments, if none of this process did lately. An account that cannot be used
    /// raises its alarm when it is parsed.
    pub async fn look_at_all(&self, now: Time) {
        if self.looked_at().is_some_and(|at| at <= now && now.since(at) < EVERY) {
            return;
        }
        for provider in Provider::ALL {
            // What does not answer now is looked at next time.
            let Ok(accounts) = self.store.read_accounts(provider).await else { return };
            for settings in accounts.iter().filter(|settings| settings.is_on) {
                let merchant = self.find_merchant(&settings.account).await;
                let end = merchant.and_then(|merchant| merchant.certificate_end());
                if let Some(end) = end.filter(|end| now.plus(ENDS_SOON) > end.at) {
                    // If this is lost, the next process raises it again.
                    let _ = self.store.raise(&alarm(&settings.account, end, now)).await;
                }
            }
        }
        *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    fn looked_at(&self) -> Option<Time> {
        *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn alarm(account: &Account, end: CertificateEnd, now: Time) -> Alarm {
    let days = |length: Seconds| format!("{} d", length.0 / DAY);
    Alarm {
        measured: Some(Measured::new(days(end.at.since(now)), days(ENDS_SOON))),
        note: Some(format!("{} ends at {} in China", end.field, to_china(end.at))),
        ..Alarm::about_account(AlarmWord::KeyEnding, account)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{Store, account_of, secret};
    use super::*;
    use crate::testing::keys::{certificate_for, own, provider};
    use crate::testing::prelude::{now, pem};
    use crate::testing::run;

    const DAY: i64 = 86_400;

    fn certificate(ends_in_days: i64) -> String {
        let (name, from) = ([(10, "Example"), (3, "CA")], now().unix() - DAY);
        let until = now().unix() + ends_in_days * DAY;
        pem("CERTIFICATE", &certificate_for(&name, &name, &[0x5a, 0x0b], &own().spki, from, until))
    }

    fn wechat(more: &Value) -> Value {
        let mut settings = json!({
            "appid": "wx0123456789abcdef", "mchid": "1900000109", "merchant_serial": "5A0B",
            "merchant_private_key": own().private_text, "apiv3_key": "0123456789abcdef0123456789abcdef",
            "platform_public_key_id": "PUB_KEY_ID_1", "platform_public_key": provider().public_text,
        });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    }

    fn store(settings: &Value, is_on: bool) -> Store {
        let account = account_of(Provider::WeChat, "shop", is_on);
        Store::with(account, ("account/shop".to_owned(), secret(settings, None)))
    }

    fn told(settings: &Value, is_on: bool) -> Vec<Alarm> {
        let store = store(settings, is_on);
        run(Merchants::new(&store, "https://pay.example", false).look_at_all(now()));
        store.raised.take()
    }

    #[test]
    fn certificate_that_ends_within_thirty_days_is_told() {
        let ends_in = |days| told(&wechat(&json!({"merchant_certificate": certificate(days)})), true);
        assert!(ends_in(30).is_empty());
        let alarms = ends_in(29);
        assert_eq!(alarms.len(), 1, "{alarms:?}");
        assert_eq!((alarms[0].word, alarms[0].subject.as_str()), (AlarmWord::KeyEnding, "wechat:shop"));
        assert_eq!(alarms[0].measured, Some(Measured::new("29 d", "30 d")));
        let note = alarms[0].note.as_deref().unwrap();
        assert!(note.starts_with("merchant_certificate ends at 2"), "{note}");
        assert_eq!(ends_in(-1)[0].measured, Some(Measured::new("0 d", "30 d")), "it has ended");
        assert!(told(&wechat(&json!({})), true).is_empty(), "its end is not known");
    }

    #[test]
    fn accounts_that_are_off_are_left_alone_and_unusable_ones_are_told() {
        let soon = wechat(&json!({"merchant_certificate": certificate(1)}));
        assert!(told(&soon, false).is_empty());
        let alarms = told(&wechat(&json!({"mchid": "none"})), true);
        assert_eq!(alarms.len(), 1);
        assert_eq!(alarms[0].word, AlarmWord::UnusableAccount);
    }

    #[test]
    fn process_looks_at_its_start_and_every_six_hours() {
        let store = store(&wechat(&json!({"merchant_certificate": certificate(1)})), true);
        let merchants = Merchants::new(&store, "https://pay.example", false);
        let looks = [0, 6 * 3_600 - 1, 6 * 3_600].map(|later| {
            run(merchants.look_at_all(now().plus(Seconds(later))));
            store.raised.take().len()
        });
        assert_eq!(looks, [1, 0, 1]);
    }

    #[test]
    fn accounts_that_cannot_be_read_are_looked_at_by_the_next_run() {
        let store = store(&wechat(&json!({"merchant_certificate": certificate(1)})), true);
        let merchants = Merchants::new(&store, "https://pay.example", false);
        store.hides_accounts.set(true);
        run(merchants.look_at_all(now()));
        store.hides_accounts.set(false);
        run(merchants.look_at_all(now()));
        assert_eq!(store.raised.take().len(), 1);
    }
}
