//! Moments, slots, holds and remedies, each as one short line such as `1795244400 provider paid:1:kept`. An order has many of them, and a
//! map for each would double its size.

use till_domain::id::AttemptNo;
use till_domain::order::{About, By, Cancelled, Duty, Fingerprint, Hold, Moment, Remedied, Remedy, Slot, What};
use till_domain::text::UserId;
use till_domain::time::Time;

use crate::codec::Text;
use crate::stored_words::{Unreadable, Word};
use crate::values::whole;

/// A field of a variant.
trait Field: Sized {
    fn show(&self) -> String;
    fn parse(text: &str) -> Result<Self, Unreadable>;
}

impl<T: Word> Field for T {
    fn show(&self) -> String {
        self.word().to_owned()
    }

    fn parse(text: &str) -> Result<Self, Unreadable> {
        Self::of(text)
    }
}

macro_rules! numbers {
    ($($kind:ty: $parse:expr;)+) => {$(
        impl Field for $kind {
            fn show(&self) -> String {
                self.to_string()
            }

            fn parse(text: &str) -> Result<Self, Unreadable> {
                $parse(text)
            }
        }
    )+};
}

numbers! {
    u8: whole;
    u16: whole;
    AttemptNo: |text| Self::new(whole(text)?).ok_or(Unreadable);
}

/// `Enum { Variant(fields) = "word", … }`: a variant is its word and its fields, joined by colons.
macro_rules! variants {
    ($($kind:ident { $($variant:ident $(($($field:ident),+))? = $word:literal),+ $(,)? })+) => {$(
        impl Text for $kind {
            fn to_text(&self) -> String {
                match self {
                    $(Self::$variant $(($($field),+))? => [$word.to_owned() $($(, $field.show())+)?].join(":"),)+
                }
            }

            fn of_text(text: &str) -> Result<Self, Unreadable> {
                let parts: Vec<&str> = text.split(':').collect();
                Ok(match *parts.as_slice() {
                    $([$word $($(, $field)+)?] => Self::$variant $(($(Field::parse($field)?),+))?,)+
                    _ => return Err(Unreadable),
                })
            }
        }
    )+};
}

variants! {
    What {
        Created = "created",
        Retried(n) = "retried",
        Opened(n) = "opened",
        Processing(n) = "processing",
        Failed(n) = "failed",
        Closed(n) = "closed",
        Paid(n, role) = "paid",
        Cancelled(why) = "cancelled",
        Refund(place, state) = "refund",
        Dispute(state) = "dispute",
        Figure = "figure",
        Granted = "granted",
        Revoked = "revoked",
        Superseded = "superseded",
        Resolved(word) = "resolved",
        Stated(n) = "stated",
        Denied(n) = "denied",
    }
    Duty {
        Return(place) = "return",
        SendRefund(place) = "send_refund",
        Grant = "grant",
        Revoke = "revoke",
        Alarm = "alarm",
        Close(n) = "close",
        Ask(n) = "ask",
        AskRefund(place) = "ask_refund",
        Remind = "remind",
        Expire = "expire",
        LastAsk(n) = "last_ask",
    }
    About {
        Payment(place) = "payment",
        Refund(place) = "refund",
        Dispute(place) = "dispute",
        Attempt(n) = "attempt",
        Round(round) = "round",
        Revoke(round) = "revoke",
    }
}

/// `buyer`, `provider`, `till`, or `admin:ann`; a user's name may itself have colons.
impl Text for By {
    fn to_text(&self) -> String {
        match self {
            Self::Buyer => "buyer".to_owned(),
            Self::Provider => "provider".to_owned(),
            Self::Till => "till".to_owned(),
            Self::Admin(user) => format!("admin:{user}"),
        }
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        match text {
            "buyer" => Ok(Self::Buyer),
            "provider" => Ok(Self::Provider),
            "till" => Ok(Self::Till),
            other => UserId::of_text(other.strip_prefix("admin:").ok_or(Unreadable)?).map(Self::Admin),
        }
    }
}

/// When, by whom, what: `1795244400 till granted`.
impl Text for Moment {
    fn to_text(&self) -> String {
        format!("{} {} {}", self.at.unix(), self.by.to_text(), self.what.to_text())
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let parts: Vec<&str> = text.split(' ').collect();
        let [at, by, what] = *parts.as_slice() else { return Err(Unreadable) };
        Ok(Self { at: instant(at)?, by: By::of_text(by)?, what: What::of_text(what)? })
    }
}

/// When and why: `1795244400 expired`.
impl Text for Cancelled {
    fn to_text(&self) -> String {
        format!("{} {}", self.at.unix(), self.why.word())
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let (at, why) = text.split_once(' ').ok_or(Unreadable)?;
        Ok(Self { at: instant(at)?, why: Word::of(why)? })
    }
}

/// The duty, how often it was tried, when it is next due, and `held` if it is not owed now: `grant 1 1795244400 held`.
impl Text for Slot {
    fn to_text(&self) -> String {
        let held = if self.owed { "" } else { " held" };
        format!("{} {} {}{held}", self.duty.to_text(), self.tries, self.next.unix())
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let parts: Vec<&str> = text.split(' ').collect();
        let (duty, tries, next, owed) = match *parts.as_slice() {
            [duty, tries, next] => (duty, tries, next, true),
            [duty, tries, next, "held"] => (duty, tries, next, false),
            _ => return Err(Unreadable),
        };
        Ok(Self { duty: Duty::of_text(duty)?, tries: whole(tries)?, next: instant(next)?, owed })
    }
}

/// Why, and about what: `odd_payment payment:0`.
impl Text for Hold {
    fn to_text(&self) -> String {
        format!("{} {}", self.word.word(), self.about.to_text())
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let (word, about) = text.split_once(' ').ok_or(Unreadable)?;
        Ok(Self { word: Word::of(word)?, about: About::of_text(about)? })
    }
}

/// When, which remedy, and the hashes of its key and of what was requested: `1795244400 cancel 00…ff 00…ff`.
impl Text for Remedied {
    fn to_text(&self) -> String {
        let Remedy { word, key, request } = self.remedy;
        format!("{} {} {:032x} {:032x}", self.at.unix(), word.word(), key.0, request.0)
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let parts: Vec<&str> = text.split(' ').collect();
        let [at, word, key, request] = *parts.as_slice() else { return Err(Unreadable) };
        let remedy = Remedy { word: Word::of(word)?, key: fingerprint(key)?, request: fingerprint(request)? };
        Ok(Self { at: instant(at)?, remedy })
    }
}

fn fingerprint(text: &str) -> Result<Fingerprint, Unreadable> {
    let is_whole = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u128::from_str_radix(text, 16).ok().filter(|_| is_whole).map(Fingerprint).ok_or(Unreadable)
}

fn instant(text: &str) -> Result<Time, Unreadable> {
    Time::from_unix(whole(text)?).map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_reads_back() {
        for line in [
            "0 buyer created",
            "1795244400 buyer retried:2",
            "1795244400 till opened:1",
            "1795244400 provider processing:1",
            "1795244400 provider failed:99",
            "1795244400 till closed:1",
            "1795244400 provider paid:1:kept",
            "1795244400 provider paid:2:extra",
            "1795244400 provider paid:3:odd",
            "1795244400 till cancelled:expired",
            "1795244400 buyer cancelled:user",
            "1795244400 admin:a:b@c.d cancelled:admin",
            "1795244400 till refund:0:requested",
            "1795244400 provider refund:65535:succeeded",
            "1795244400 provider dispute:opened",
            "1795244400 provider figure",
            "1795244400 till granted",
            "1795244400 till revoked",
            "1795244400 till superseded",
            "253402300799 admin:ann resolved:odd_payment",
            "1795244400 admin:ann stated:1",
            "1795244400 provider denied:1",
        ] {
            assert_eq!(Moment::of_text(line).unwrap().to_text(), line);
        }
        for line in [
            "return:0 1 1795244400",
            "send_refund:1 255 1795244400 held",
            "grant 1 1795244400",
            "revoke 1 1795244400",
            "alarm 0 1795244400",
            "close:1 0 1795244400",
            "ask:2 3 1795244400",
            "ask_refund:0 0 1795244400",
            "remind 0 1795244400",
            "expire 0 1795244400",
            "last_ask:1 0 1795244400",
        ] {
            assert_eq!(Slot::of_text(line).unwrap().to_text(), line);
        }
        for line in [
            "odd_payment payment:0",
            "refund_abnormal refund:1",
            "dispute dispute:0",
            "unreachable_provider attempt:1",
            "grant_failed round:1",
            "grant_failed revoke:2",
            "stated_denied payment:0",
        ] {
            assert_eq!(Hold::of_text(line).unwrap().to_text(), line);
        }
        let line = "1795244400 settle_orphan 000000000000000000000000000000ff ffffffffffffffffffffffffffffffff";
        assert_eq!(Remedied::of_text(line).unwrap().to_text(), line);
    }

    #[test]
    fn unknown_line_is_an_error() {
        for line in [
            "",
            "created",
            "0 buyer",
            "-1 buyer created",
            "253402300800 buyer created",
            "0 nobody created",
            "0 admin: created",
            "0 buyer born",
            "0 buyer opened:0",
            "0 buyer opened:100",
            "0 buyer paid:1",
            "0 buyer paid:1:gift",
            "0 buyer created now",
        ] {
            assert_eq!(Moment::of_text(line), Err(Unreadable), "{line}");
        }
        for line in ["", "grant", "grant 1", "grant 256 0", "grant 1 0 lost", "close 1 0", "dance 1 0", "close:+1 1 0"]
        {
            assert_eq!(Slot::of_text(line), Err(Unreadable), "{line}");
        }
        for line in ["", "dispute", "dispute payment", "dispute payment:65536", "doubt payment:0", "dispute gift:0"] {
            assert_eq!(Hold::of_text(line), Err(Unreadable), "{line}");
        }
        for line in ["", "0 cancel ff ff", "0 dance 000000000000000000000000000000ff 000000000000000000000000000000ff"]
        {
            assert_eq!(Remedied::of_text(line), Err(Unreadable), "{line}");
        }
    }
}
