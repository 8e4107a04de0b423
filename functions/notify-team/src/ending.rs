//! Whether an alarm is over.

use till_app::ports::{AlarmWord, CheckOrder, EndsBy, KeptAlarm, LoadOrder, LoadOrphan, Unavailable, hold_subject};
use till_domain::id::PaymentNo;
use till_domain::time::{Seconds, Time};

use crate::Notify;

/// An order near the limit of its size can be written at one time and not at another: it must not call somebody each time.
const STUCK_SILENCE: Seconds = Seconds::hours(1);

pub(crate) async fn is_over(ports: &impl Notify, kept: &KeptAlarm) -> bool {
    if kept.ended.is_some() {
        return false;
    }
    match kept.alarm.word.ends_by() {
        EndsBy::Order => !stands_on_its_order(ports, kept).await,
        EndsBy::Orphan => is_decided(ports, kept).await,
        EndsBy::UsableOrder => was_silent(kept, STUCK_SILENCE, ports.now()) && is_usable(ports, kept).await,
        EndsBy::Silence(silence) | EndsBy::Report(silence) => was_silent(kept, silence, ports.now()),
        // It is put away once it was told.
        EndsBy::Telling => false,
    }
}

fn was_silent(kept: &KeptAlarm, silence: Seconds, now: Time) -> bool {
    now.since(kept.last) >= silence
}

async fn stands_on_its_order(ports: &impl LoadOrder, kept: &KeptAlarm) -> bool {
    let Some(no) = kept.alarm.order_no else { return false };
    match ports.load_order(no).await {
        Ok(Some(order)) => order
            .holds()
            .into_iter()
            .any(|hold| AlarmWord::Hold(hold.word) == kept.alarm.word && hold_subject(no, hold) == kept.alarm.subject),
        Ok(None) => false,
        Err(Unavailable) => true,
    }
}

/// Whether nobody has to decide about the money any more: a person settled or closed it, all of it went back, or the order that it
/// names has come and taken it in.
async fn is_decided(ports: &(impl LoadOrder + LoadOrphan), kept: &KeptAlarm) -> bool {
    let (Some(account), Some(trade_no)) = (&kept.alarm.account, &kept.alarm.trade_no) else { return true };
    let number = match ports.load_orphan(account.provider, trade_no).await {
        Ok(Some(stored)) if stored.is_open() => stored.orphan.number,
        Ok(_) => return true,
        Err(Unavailable) => return false,
    };
    let Ok(PaymentNo { order: no, .. }) = PaymentNo::parse(&number) else { return false };
    match ports.load_order(no).await {
        Ok(Some(order)) => order.payments.iter().any(|payment| payment.trade_no == *trade_no),
        Ok(None) | Err(Unavailable) => false,
    }
}

async fn is_usable(ports: &impl CheckOrder, kept: &KeptAlarm) -> bool {
    // Of an item without a readable number nothing can be read again.
    let Some(no) = kept.alarm.order_no else { return true };
    ports.is_usable(no).await == Ok(true)
}
