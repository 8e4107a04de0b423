//! The JSON shapes that several functions answer with. Amounts keep their literal digits, times have an offset.

mod order;
mod orphan;
mod team;
mod wallet;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use till_domain::money::Money;
use till_domain::time::Time;

use crate::messages::{Language, message};

pub use order::{AttemptShape, OddPaymentShape, OrderShape, ProductShape, View, order, qr_code_end};
pub use orphan::{ClosingShape, HeardShape, OrphanShape, ReportShape, SettlementShape, dispute_word, orphan};
pub use team::{
    HoldShape, PaymentShape, RefundShape, TeamOrderShape, cancelled_by, refund, refund_state, role, team_order,
};
pub use wallet::{
    ChangeShape, CommandShape, EntryShape, GrantShape, LotShape, MembershipShape, PortionShape, QuotaShape, SpanShape,
    SpentShape, TimeShape, WalletShape, entry, grant, team_entry, wallet,
};

/// A JSON number with its currency's places: `99.00`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Amount(pub Money);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// RFC 3339, in China's time zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instant(pub Time);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = self.0.in_china();
        serializer.collect_str(&format_args!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+08:00",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        ))
    }
}

/// `{"code":200,"msg":"…","data":null}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DoneShape {
    pub code: u16,
    pub msg: &'static str,
    pub data: Option<()>,
}
pub fn done(key: &str, language: Language) -> DoneShape {
    DoneShape { code: 200, msg: message(key, language), data: None }
}

#[cfg(test)]
mod tests {
    use till_domain::currency::Currency;

    use super::*;

    #[test]
    fn amounts_have_the_places_of_their_currency() {
        for (minor, currency, text) in [
            (9900, Currency::CNY, "99.00"),
            (990, Currency::USD, "9.90"),
            (5, Currency::CNY, "0.05"),
            (500, Currency::JPY, "500"),
        ] {
            assert_eq!(serde_json::to_string(&Amount(Money::new(minor, currency).unwrap())).unwrap(), text);
        }
    }

    #[test]
    fn times_are_in_china_with_their_offset() {
        assert_eq!(
            serde_json::to_string(&Instant(Time::from_unix(1_735_660_800).unwrap())).unwrap(),
            r#""2025-01-01T00:00:00+08:00""#
        );
    }
}
