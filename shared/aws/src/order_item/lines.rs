//! Moments, slots and holds, each as one short line: `1795244400 provider paid:1:kept`. There are many of them in an order,
//! and a map for each would double its size.

use std::fmt;

use till_domain::id::AttemptNo;
use till_domain::order::{About, By, Cancelled, Duty, Hold, HoldWord, Moment, Slot, What};
use till_domain::text::UserId;
use till_domain::time::Time;

use crate::codec::Text;
use crate::pieces::whole;
use crate::words::{Unreadable, Word};

/// Who: `buyer`, `provider`, `till`, `admin:ann`.
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

/// A moment: when, by whom, what.
impl Text for Moment {
    fn to_text(&self) -> String {
        format!("{} {} {}", self.at.unix(), self.by.to_text(), write_what(self.what))
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let parts: Vec<&str> = text.split(' ').collect();
        let [at, by, what] = *parts.as_slice() else { return Err(Unreadable) };
        Ok(Self { at: instant(at)?, by: By::of_text(by)?, what: read_what(what)? })
    }
}

/// When and why an order was cancelled: `1795244400 expired`.
impl Text for Cancelled {
    fn to_text(&self) -> String {
        format!("{} {}", self.at.unix(), self.why.word())
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let (at, why) = text.split_once(' ').ok_or(Unreadable)?;
        Ok(Self { at: instant(at)?, why: Word::of(why)? })
    }
}

fn write_what(what: What) -> String {
    match what {
        What::Created => "created".to_owned(),
        What::Retried(n) => line("retried", n),
        What::Opened(n) => line("opened", n),
        What::Processing(n) => line("processing", n),
        What::Failed(n) => line("failed", n),
        What::Closed(n) => line("closed", n),
        What::Paid(n, role) => format!("paid:{n}:{}", role.word()),
        What::Cancelled(why) => line("cancelled", why.word()),
        What::Refund(place, state) => format!("refund:{place}:{}", state.word()),
        What::Dispute(state) => line("dispute", state.word()),
        What::Figure => "figure".to_owned(),
        What::Granted => "granted".to_owned(),
        What::Revoked => "revoked".to_owned(),
        What::Superseded => "superseded".to_owned(),
        What::Resolved(word) => line("resolved", word.word()),
    }
}

fn read_what(text: &str) -> Result<What, Unreadable> {
    let parts: Vec<&str> = text.split(':').collect();
    Ok(match *parts.as_slice() {
        ["created"] => What::Created,
        ["retried", n] => What::Retried(attempt_no(n)?),
        ["opened", n] => What::Opened(attempt_no(n)?),
        ["processing", n] => What::Processing(attempt_no(n)?),
        ["failed", n] => What::Failed(attempt_no(n)?),
        ["closed", n] => What::Closed(attempt_no(n)?),
        ["paid", n, role] => What::Paid(attempt_no(n)?, Word::of(role)?),
        ["cancelled", why] => What::Cancelled(Word::of(why)?),
        ["refund", place, state] => What::Refund(whole(place)?, Word::of(state)?),
        ["dispute", state] => What::Dispute(Word::of(state)?),
        ["figure"] => What::Figure,
        ["granted"] => What::Granted,
        ["revoked"] => What::Revoked,
        ["superseded"] => What::Superseded,
        ["resolved", word] => What::Resolved(Word::of(word)?),
        _ => return Err(Unreadable),
    })
}

/// A slot: which duty, how often tried, when next, and `held` if it is no duty now.
impl Text for Slot {
    fn to_text(&self) -> String {
        let held = if self.owed { "" } else { " held" };
        format!("{} {} {}{held}", write_duty(self.duty), self.tries, self.next.unix())
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let parts: Vec<&str> = text.split(' ').collect();
        let (duty, tries, next, owed) = match *parts.as_slice() {
            [duty, tries, next] => (duty, tries, next, true),
            [duty, tries, next, "held"] => (duty, tries, next, false),
            _ => return Err(Unreadable),
        };
        Ok(Self { duty: read_duty(duty)?, tries: whole(tries)?, next: instant(next)?, owed })
    }
}

fn write_duty(duty: Duty) -> String {
    match duty {
        Duty::Return(place) => line("return", place),
        Duty::SendRefund(place) => line("send_refund", place),
        Duty::Grant => "grant".to_owned(),
        Duty::Revoke => "revoke".to_owned(),
        Duty::Alarm => "alarm".to_owned(),
        Duty::Close(n) => line("close", n),
        Duty::Ask(n) => line("ask", n),
        Duty::AskRefund(place) => line("ask_refund", place),
        Duty::Remind => "remind".to_owned(),
        Duty::Expire => "expire".to_owned(),
        Duty::LastAsk(n) => line("last_ask", n),
    }
}

fn read_duty(text: &str) -> Result<Duty, Unreadable> {
    let parts: Vec<&str> = text.split(':').collect();
    Ok(match *parts.as_slice() {
        ["return", place] => Duty::Return(whole(place)?),
        ["send_refund", place] => Duty::SendRefund(whole(place)?),
        ["grant"] => Duty::Grant,
        ["revoke"] => Duty::Revoke,
        ["alarm"] => Duty::Alarm,
        ["close", n] => Duty::Close(attempt_no(n)?),
        ["ask", n] => Duty::Ask(attempt_no(n)?),
        ["ask_refund", place] => Duty::AskRefund(whole(place)?),
        ["remind"] => Duty::Remind,
        ["expire"] => Duty::Expire,
        ["last_ask", n] => Duty::LastAsk(attempt_no(n)?),
        _ => return Err(Unreadable),
    })
}

/// A hold: why, and about what.
impl Text for Hold {
    fn to_text(&self) -> String {
        let about = match self.about {
            About::Payment(place) => line("payment", place),
            About::Refund(place) => line("refund", place),
            About::Dispute(place) => line("dispute", place),
            About::Attempt(n) => line("attempt", n),
            About::Round(round) => line("round", round),
            About::Revoke(round) => line("revoke", round),
        };
        format!("{} {about}", self.word.word())
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let (word, about) = text.split_once(' ').ok_or(Unreadable)?;
        let about = match about.split_once(':').ok_or(Unreadable)? {
            ("payment", place) => About::Payment(whole(place)?),
            ("refund", place) => About::Refund(whole(place)?),
            ("dispute", place) => About::Dispute(whole(place)?),
            ("attempt", n) => About::Attempt(attempt_no(n)?),
            ("round", round) => About::Round(whole(round)?),
            ("revoke", round) => About::Revoke(whole(round)?),
            _ => return Err(Unreadable),
        };
        Ok(Self { word: HoldWord::of(word)?, about })
    }
}

fn line(word: &str, subject: impl fmt::Display) -> String {
    format!("{word}:{subject}")
}

fn attempt_no(text: &str) -> Result<AttemptNo, Unreadable> {
    AttemptNo::new(whole(text)?).ok_or(Unreadable)
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
        ] {
            assert_eq!(Hold::of_text(line).unwrap().to_text(), line);
        }
    }

    #[test]
    fn a_line_that_is_not_known_is_not_guessed() {
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
    }
}
